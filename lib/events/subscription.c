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
#define REST_MS     50 /* for what is there already */
#define API_WAIT_MS 2000
#define NO_STREAM   10059

struct subscription {
	jsCtx *js;
	natsSubscription *nats;
	char *stream, *durable;
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
				  jsErrCode *code)
{
	jsConsumerConfig config;

	jsConsumerConfig_Init(&config);
	config.Durable = subscription->durable;
	config.DeliverPolicy = js_DeliverAll;
	config.AckPolicy = js_AckExplicit;
	config.AckWait = ACK_WAIT_MS * NS_PER_MS;
	config.MaxDeliver = -1;
	config.FilterSubject = subject;
	return js_AddConsumer(NULL, subscription->js, subscription->stream, &config, NULL, code);
}

static natsStatus attach(struct subscription *subscription, const char *subject)
{
	jsSubOptions options;

	jsSubOptions_Init(&options);
	options.Stream = subscription->stream;
	options.Consumer = subscription->durable;
	options.ManualAck = true;
	return js_PullSubscribe(&subscription->nats, subscription->js, subject,
				subscription->durable, NULL, &options, NULL);
}

struct subscription *subscription_open(struct bus *bus, const char *durable, const char *subject,
				       const char **why)
{
	struct subscription *subscription = xcalloc(1, sizeof(*subscription));
	natsStatus status = NATS_CONNECTION_DISCONNECTED;
	jsErrCode code = 0;
	jsOptions options;

	subscription->stream = stream_of(subject);
	subscription->durable = xstrdup(durable);
	jsOptions_Init(&options);
	options.Wait = API_WAIT_MS;
	subscription->js = bus_jetstream(bus, &options);
	if (subscription->js)
		status = consumer_ensure(subscription, subject, &code);
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
	free(subscription);
}

/* How many there were behind this one when it was sent. */
static uint64_t pending_behind(natsMsg *message)
{
	jsMsgMetaData *meta = NULL;
	uint64_t pending = 0;

	if (natsMsg_GetMetaData(&meta, message) == NATS_OK)
		pending = meta->NumPending;
	jsMsgMetaData_Destroy(meta);
	return pending;
}

/* Appends what is there: a request for no more than that is answered at once. */
static void fetch_rest(struct subscription *subscription, int count, natsMsgList *list)
{
	natsMsgList more = { 0 };
	jsFetchRequest request;

	jsFetchRequest_Init(&request);
	request.Batch = count;
	request.NoWait = true;
	request.Expires = REST_MS * NS_PER_MS;
	if (natsSubscription_FetchRequest(&more, subscription->nats, &request) != NATS_OK)
		return;
	/* libnats frees the array with free(): so it may grow. */
	list->Msgs = xrealloc(list->Msgs, (size_t)(list->Count + more.Count) * sizeof(natsMsg *));
	for (int i = 0; i < more.Count; i++) {
		list->Msgs[list->Count++] = more.Msgs[i];
		more.Msgs[i] = NULL;
	}
	natsMsgList_Destroy(&more);
}

/* A fetch of many would wait for all of them, so it is one and then the rest. */
enum fetched subscription_fetch(struct subscription *subscription, int most, int wait_ms,
				natsMsgList *list)
{
	natsStatus status;
	uint64_t behind;

	*list = (natsMsgList){ 0 };
	status = natsSubscription_Fetch(list, subscription->nats, 1, wait_ms, NULL);
	if (status == NATS_TIMEOUT || status == NATS_NOT_FOUND ||
	    (status == NATS_OK && !list->Count))
		return NOTHING;
	if (status != NATS_OK)
		return LOST;
	behind = pending_behind(list->Msgs[0]);
	if (behind && most > 1)
		fetch_rest(subscription, behind < (uint64_t)most ? (int)behind : most - 1, list);
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
