/* The connection to NATS: opened in the background, replaced when libnats gives it up. */
#include "lib/events/bus.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/options.h"

#define CONNECT_TIMEOUT_MS  1000
#define RECONNECT_WAIT_MS   250
#define RECONNECT_JITTER_MS 250
#define PING_INTERVAL_MS    2000 /* a server that is stopped or unplugged is noticed in 3 pings */
#define PINGS_OUT_MAX       2
#define WRITE_DEADLINE_MS   500
#define REOPEN_WAIT_S       1
#define CLOSE_WAIT_S        3

const struct option bus_options[] = {
	{ "nats_url", OPTION_STRING, "nats://127.0.0.1:4222",
	  .help = "Address of the NATS server" },
	{ "nats_user", OPTION_STRING, NULL, .help = "User name at the NATS server" },
	{ "nats_password_file", OPTION_STRING, NULL,
	  .help = "File whose first line is the password of the NATS user" },
	{ 0 }
};

struct bus_subscription {
	struct bus *bus;
	char *subject;
	natsSubscription *nats; /* guarded by the bus */
	pthread_mutex_t lock;   /* held while fn runs, and fn may take the bus's */
	bus_fn *fn;             /* NULL after the end */
	void *arg;
	atomic_int refs; /* the bus's, and one for each natsSubscription that may still deliver */
	TAILQ_ENTRY(bus_subscription) link;
};

struct bus {
	char *name, *url, *user, *password_file;
	char *inbox; /* what the subjects of replies to us begin with */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* closing or closed */
	natsConnection *connection;
	bool closing; /* bus_close() was called */
	bool closed;  /* the last callback of the last connection has run */
	TAILQ_HEAD(, bus_subscription) subscriptions;
};

/* Waits on `changed` for at most so many seconds; the lock is held. */
static void wait_changed(struct bus *bus, int seconds)
{
	struct timespec until = clock_deadline(seconds * 1000);

	pthread_cond_timedwait(&bus->changed, &bus->lock, &until);
}

static void subscription_unref(struct bus_subscription *subscription)
{
	if (atomic_fetch_sub(&subscription->refs, 1) > 1)
		return;
	pthread_mutex_destroy(&subscription->lock);
	free(subscription->subject);
	free(subscription);
}

static void on_message(natsConnection *connection, natsSubscription *nats, natsMsg *message,
		       void *arg)
{
	struct bus_subscription *subscription = arg;

	(void)connection;
	(void)nats;
	pthread_mutex_lock(&subscription->lock);
	if (subscription->fn)
		subscription->fn(subscription->arg, natsMsg_GetSubject(message),
				 natsMsg_GetReply(message), natsMsg_GetData(message),
				 (size_t)natsMsg_GetDataLength(message));
	pthread_mutex_unlock(&subscription->lock);
	natsMsg_Destroy(message);
}

static void on_complete(void *arg)
{
	subscription_unref(arg);
}

/* Tells NATS; the bus's lock is held. */
static void subscription_begin(struct bus_subscription *subscription)
{
	natsStatus status =
		natsConnection_Subscribe(&subscription->nats, subscription->bus->connection,
					 subscription->subject, on_message, subscription);

	if (status == NATS_CONNECTION_CLOSED)
		return; /* on_closed() comes, and begins again */
	if (status != NATS_OK) {
		log_error("NATS subscription to %s: %s", subscription->subject,
			  natsStatus_GetText(status));
		return;
	}
	atomic_fetch_add(&subscription->refs, 1);
	status = natsSubscription_SetOnCompleteCB(subscription->nats, on_complete, subscription);
	if (status != NATS_OK)
		atomic_fetch_sub(&subscription->refs,
				 1); /* closed already: nothing was delivered */
}

static void subscription_end(struct bus_subscription *subscription)
{
	natsSubscription_Destroy(subscription->nats);
	subscription->nats = NULL;
}

static void on_connected(natsConnection *connection, void *arg)
{
	(void)connection;
	(void)arg;
	log_info("connected to NATS");
}

static void on_disconnected(natsConnection *connection, void *arg)
{
	struct bus *bus = arg;

	(void)connection;
	pthread_mutex_lock(&bus->lock);
	if (!bus->closing)
		log_warn("lost NATS, reconnecting");
	pthread_mutex_unlock(&bus->lock);
}

static natsConnection *connection_open(struct bus *bus);

/* The lock is held. */
static void connection_replace(struct bus *bus, natsConnection *fresh)
{
	struct bus_subscription *subscription;

	TAILQ_FOREACH (subscription, &bus->subscriptions, link)
		subscription_end(subscription);
	natsConnection_Destroy(bus->connection);
	bus->connection = fresh;
	TAILQ_FOREACH (subscription, &bus->subscriptions, link)
		subscription_begin(subscription);
}

/* The last callback of a connection. libnats closes by itself when its credentials are refused. */
static void on_closed(natsConnection *connection, void *arg)
{
	struct bus *bus = arg;
	natsConnection *fresh;
	bool closing;

	(void)connection;
	pthread_mutex_lock(&bus->lock);
	if (!bus->closing) {
		log_error("NATS refuses user %s; trying again", bus->user ? bus->user : "(none)");
		wait_changed(bus, REOPEN_WAIT_S);
	}
	closing = bus->closed = bus->closing;
	pthread_cond_broadcast(&bus->changed);
	pthread_mutex_unlock(&bus->lock);
	if (closing)
		return;               /* bus_close() frees the bus */
	fresh = connection_open(bus); /* may wait for the server, so without the lock */
	pthread_mutex_lock(&bus->lock);
	if (!bus->closing)
		connection_replace(bus, fresh);
	else
		natsConnection_Destroy(fresh); /* calls back here */
	pthread_mutex_unlock(&bus->lock);
}

static natsStatus credentials_set(const struct bus *bus, natsOptions *options)
{
	char *password scoped(scoped_free) = NULL;

	if (!bus->user)
		return NATS_OK;
	if (bus->password_file)
		password = file_read_line(bus->password_file);
	if (bus->password_file && !password)
		log_error("cannot read nats_password_file %s", bus->password_file);
	return natsOptions_SetUserInfo(options, bus->user, password ? password : "");
}

static natsOptions *options_make(struct bus *bus)
{
	natsOptions *options = NULL;
	natsStatus status = natsOptions_Create(&options);

	if (status == NATS_OK)
		status = natsOptions_SetURL(options, bus->url);
	if (status != NATS_OK)
		die("nats_url: %s is no address like nats://127.0.0.1:4222", bus->url);
	natsOptions_SetName(options, bus->name);
	natsOptions_SetTimeout(options, CONNECT_TIMEOUT_MS);
	natsOptions_SetMaxReconnect(options, -1);
	natsOptions_SetReconnectWait(options, RECONNECT_WAIT_MS);
	natsOptions_SetReconnectJitter(options, RECONNECT_JITTER_MS, RECONNECT_JITTER_MS);
	natsOptions_SetPingInterval(options, PING_INTERVAL_MS);
	natsOptions_SetMaxPingsOut(options, PINGS_OUT_MAX);
	natsOptions_SetWriteDeadline(options, WRITE_DEADLINE_MS);
	natsOptions_SetFailRequestsOnDisconnect(options, true);
	natsOptions_UseGlobalMessageDelivery(options, true);
	natsOptions_SetRetryOnFailedConnect(options, true, on_connected, bus);
	natsOptions_SetReconnectedCB(options, on_connected, bus);
	natsOptions_SetDisconnectedCB(options, on_disconnected, bus);
	natsOptions_SetClosedCB(options, on_closed, bus);
	if (natsOptions_SetCustomInboxPrefix(options, bus->inbox) != NATS_OK ||
	    credentials_set(bus, options) != NATS_OK)
		die("nats_user: %s is not a user name", bus->user);
	return options;
}

static natsConnection *connection_open(struct bus *bus)
{
	natsOptions *options = options_make(bus);
	natsConnection *connection = NULL;
	natsStatus status = natsConnection_Connect(&connection, options);

	natsOptions_Destroy(options);
	if (status == NATS_OK)
		log_info("connected to NATS");
	else if (status == NATS_NOT_YET_CONNECTED)
		log_warn("NATS at %s does not answer yet", bus->url);
	else
		die("NATS at %s: %s", bus->url, natsStatus_GetText(status));
	return connection;
}

static char *option_copy(const struct options *options, const char *key)
{
	const char *text = options_str(options, key);

	return text && *text ? xstrdup(text) : NULL;
}

struct bus *bus_open(const struct options *options, const char *name)
{
	struct bus *bus = xcalloc(1, sizeof(*bus));

	bus->name = xstrdup(name);
	bus->url = option_copy(options, "nats_url");
	bus->user = option_copy(options, "nats_user");
	bus->password_file = option_copy(options, "nats_password_file");
	/* Its own, so that the server can keep replies to others from it. */
	bus->inbox = bus->user ? xasprintf("_INBOX.%s", bus->user) : xstrdup("_INBOX");
	pthread_mutex_init(&bus->lock, NULL);
	clock_cond_init(&bus->changed);
	TAILQ_INIT(&bus->subscriptions);
	nats_SetMessageDeliveryPoolSize(1);
	bus->connection = connection_open(bus);
	return bus;
}

void bus_close(struct bus *bus)
{
	bool closed;

	if (!bus)
		return;
	while (!TAILQ_EMPTY(&bus->subscriptions))
		bus_unsubscribe(TAILQ_FIRST(&bus->subscriptions));
	pthread_mutex_lock(&bus->lock);
	bus->closing = true;
	pthread_cond_broadcast(&bus->changed);
	natsConnection_Close(bus->connection);
	if (!bus->closed)
		wait_changed(bus, CLOSE_WAIT_S);
	closed = bus->closed;
	pthread_mutex_unlock(&bus->lock);
	natsConnection_Destroy(bus->connection);
	if (!closed)
		return; /* a callback may still come: rather lose these bytes */
	pthread_cond_destroy(&bus->changed);
	pthread_mutex_destroy(&bus->lock);
	free(bus->name);
	free(bus->url);
	free(bus->user);
	free(bus->password_file);
	free(bus->inbox);
	free(bus);
}

bool bus_is_connected(struct bus *bus)
{
	bool connected;

	pthread_mutex_lock(&bus->lock);
	connected = natsConnection_Status(bus->connection) == NATS_CONN_STATUS_CONNECTED;
	pthread_mutex_unlock(&bus->lock);
	return connected;
}

char *bus_inbox_of(const struct bus *bus, const char *name)
{
	return xasprintf("%s.%s", bus->inbox, name);
}

char *bus_inbox(const struct bus *bus)
{
	char *id scoped(scoped_free) = hash_random_token(16);

	return xasprintf("%s.%s", bus->inbox, id);
}

bool bus_publish(struct bus *bus, const char *subject, const char *text)
{
	bool sent;

	pthread_mutex_lock(&bus->lock);
	sent = natsConnection_Status(bus->connection) == NATS_CONN_STATUS_CONNECTED &&
	       natsConnection_PublishString(bus->connection, subject, text) == NATS_OK;
	pthread_mutex_unlock(&bus->lock);
	return sent;
}

struct bus_subscription *bus_subscribe(struct bus *bus, const char *subject, bus_fn *fn, void *arg)
{
	struct bus_subscription *subscription = xcalloc(1, sizeof(*subscription));

	*subscription = (struct bus_subscription){
		.bus = bus, .subject = xstrdup(subject), .fn = fn, .arg = arg, .refs = 1
	};
	pthread_mutex_init(&subscription->lock, NULL);
	pthread_mutex_lock(&bus->lock);
	TAILQ_INSERT_TAIL(&bus->subscriptions, subscription, link);
	subscription_begin(subscription);
	pthread_mutex_unlock(&bus->lock);
	return subscription;
}

void bus_unsubscribe(struct bus_subscription *subscription)
{
	struct bus *bus;

	if (!subscription)
		return;
	bus = subscription->bus;
	pthread_mutex_lock(&bus->lock);
	TAILQ_REMOVE(&bus->subscriptions, subscription, link);
	subscription_end(subscription);
	pthread_mutex_unlock(&bus->lock);
	pthread_mutex_lock(&subscription->lock);
	subscription->fn = NULL;
	pthread_mutex_unlock(&subscription->lock);
	subscription_unref(subscription);
}

jsCtx *bus_jetstream(struct bus *bus, jsOptions *options)
{
	jsCtx *context = NULL;

	pthread_mutex_lock(&bus->lock);
	if (natsConnection_Status(bus->connection) == NATS_CONN_STATUS_CONNECTED &&
	    natsConnection_JetStream(&context, bus->connection, options) != NATS_OK)
		context = NULL;
	pthread_mutex_unlock(&bus->lock);
	return context;
}
