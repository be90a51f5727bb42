/* The JetStream side of a consumer. */
#include "lib/events/subscription.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/events/bus.h"

#define NS_PER_MS INT64_C(1000000)
#define ACK_WAIT_MS \
	15000 /* longer than a batch takes; so long an event waits when its consumer dies */
#define API_WAIT_MS 2000
#define BYTES_MOST  ((size_t)4 << 20) /* of a list: it becomes one parameter */
#define NO_STREAM   10059

struct subscription {
	jsCtx *js;
	natsSubscription *nats;
	char *stream, *durable, *inbox;
};

static char *stream_of(const char *subject)
{
	char *name = xstrndup(subject, strcspn(subject, "."));

	for (char *c = name; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return name;
}

/* Made, or brought up to date. */
static natsStatus consumer_ensure(const struct subscription *subscription, const char *subject,
				  int unacked, jsErrCode *code)
{
	jsConsumerConfig config;

	jsConsumerConfig_Init(&config);
	config.Durable = subscription->durable;
	config.DeliverPolicy = js_DeliverAll;
	config.AckPolicy = js_AckExplicit;
	config.AckWait = ACK_WAIT_MS * NS_PER_MS;
	config.MaxDeliver = -1;
	config.FilterSubject = subject;
	config.DeliverSubject = subscription->inbox;
	config.DeliverGroup = subscription->durable;
	config.MaxAckPending = unacked;
	return js_AddConsumer(NULL, subscription->js, subscription->stream, &config, NULL, code);
}

static natsStatus attach(struct subscription *subscription, const char *subject)
{
	jsSubOptions options;

	jsSubOptions_Init(&options);
	options.Stream = subscription->stream;
	options.Consumer = subscription->durable;
	options.Queue = subscription->durable;
	options.ManualAck = true;
	return js_SubscribeSync(&subscription->nats, subscription->js, subject, NULL, &options,
				NULL);
}

struct subscription *subscription_open(struct bus *bus, const char *durable, const char *subject,
				       int unacked, const char **why)
{
	struct subscription *subscription = xcalloc(1, sizeof(*subscription));
	natsStatus status = NATS_CONNECTION_DISCONNECTED;
	jsErrCode code = 0;
	jsOptions options;

	subscription->stream = stream_of(subject);
	subscription->durable = xstrdup(durable);
	subscription->inbox = bus_inbox_of(bus, durable);
	jsOptions_Init(&options);
	options.Wait = API_WAIT_MS;
	subscription->js = bus_jetstream(bus, &options);
	if (subscription->js)
		status = consumer_ensure(subscription, subject, unacked, &code);
	if (status == NATS_OK)
		status = attach(subscription, subject);
	if (status == NATS_OK)
		return subscription;
	*why = (int)code == NO_STREAM ? "its stream does not exist yet"
				      : natsStatus_GetText(status);
	subscription_close(subscription);
	return NULL;
}

void subscription_close(struct subscription *subscription)
{
	if (!subscription)
		return;
	natsSubscription_Destroy(subscription->nats);
	jsCtx_Destroy(subscription->js);
	free(subscription->stream);
	free(subscription->durable);
	free(subscription->inbox);
	free(subscription);
}

static void list_add(natsMsgList *list, natsMsg *message)
{
	list->Msgs[list->Count++] = message;
}

/* NATS_OK with the message, or why there is none within the time. */
static natsStatus next(struct subscription *subscription, int wait_ms, natsMsg **message)
{
	*message = NULL;
	return natsSubscription_NextMsg(message, subscription->nats, wait_ms);
}

void subscription_more(struct subscription *subscription, int most, natsMsgList *list)
{
	natsMsg *message;
	size_t bytes = 0;

	for (int i = 0; i < list->Count; i++)
		bytes += (size_t)natsMsg_GetDataLength(list->Msgs[i]);
	while (list->Count < most && bytes < BYTES_MOST &&
	       next(subscription, 0, &message) == NATS_OK) {
		bytes += (size_t)natsMsg_GetDataLength(message);
		list_add(list, message);
	}
}

enum fetched subscription_fetch(struct subscription *subscription, int most, int wait_ms,
				natsMsgList *list)
{
	natsMsg *message;
	natsStatus status = next(subscription, wait_ms, &message);

	*list = (natsMsgList){ 0 };
	if (status == NATS_TIMEOUT)
		return NOTHING;
	if (status != NATS_OK)
		return LOST;
	/* libnats frees the array with free(). */
	list->Msgs = xcalloc((size_t)most, sizeof(natsMsg *));
	list_add(list, message);
	subscription_more(subscription, most, list);
	return FETCHED;
}

int64_t subscription_pending(struct subscription *subscription)
{
	jsConsumerInfo *info = NULL;
	natsStatus status = js_GetConsumerInfo(&info, subscription->js, subscription->stream,
					       subscription->durable, NULL, NULL);
	int64_t pending = -1;

	if (status == NATS_OK)
		pending = (int64_t)info->NumPending + info->NumAckPending;
	jsConsumerInfo_Destroy(info);
	return pending;
}
