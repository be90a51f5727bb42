/* Messages on their way from the NATS delivery thread to the loop's thread, in order. */
#include "lib/registry/inbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "lib/base/mem.h"
#include "lib/loop/loop.h"

#define INBOX_MAX 4096 /* messages */

struct inbox_message {
	STAILQ_ENTRY(inbox_message) link;
	char *subject;
	size_t len;
	char data[];
};

STAILQ_HEAD(message_queue, inbox_message);

struct inbox {
	inbox_fn *fn;
	void *arg;
	struct loop_wakeup *wakeup;
	pthread_mutex_t lock;
	struct message_queue queue;
	int count;
};

static void message_free(struct inbox_message *message)
{
	free(message->subject);
	free(message);
}

static void deliver(void *arg)
{
	struct inbox *inbox = arg;
	struct message_queue queue = STAILQ_HEAD_INITIALIZER(queue);
	struct inbox_message *message;

	pthread_mutex_lock(&inbox->lock);
	STAILQ_CONCAT(&queue, &inbox->queue);
	inbox->count = 0;
	pthread_mutex_unlock(&inbox->lock);
	while ((message = STAILQ_FIRST(&queue))) {
		STAILQ_REMOVE_HEAD(&queue, link);
		inbox->fn(inbox->arg, message->subject, message->data, message->len);
		message_free(message);
	}
}

struct inbox *inbox_new(struct loop *loop, inbox_fn *fn, void *arg)
{
	struct inbox *inbox = xcalloc(1, sizeof(*inbox));

	inbox->fn = fn;
	inbox->arg = arg;
	inbox->wakeup = loop_wakeup_add(loop, deliver, inbox);
	pthread_mutex_init(&inbox->lock, NULL);
	STAILQ_INIT(&inbox->queue);
	return inbox;
}

void inbox_free(struct inbox *inbox)
{
	struct inbox_message *message;

	if (!inbox)
		return;
	loop_wakeup_remove(inbox->wakeup);
	while ((message = STAILQ_FIRST(&inbox->queue))) {
		STAILQ_REMOVE_HEAD(&inbox->queue, link);
		message_free(message);
	}
	pthread_mutex_destroy(&inbox->lock);
	free(inbox);
}

void inbox_add(struct inbox *inbox, const char *subject, const char *data, size_t len)
{
	struct inbox_message *message = NULL;

	pthread_mutex_lock(&inbox->lock);
	if (inbox->count < INBOX_MAX) {
		message = xmalloc(sizeof(*message) + len);
		message->subject = xstrdup(subject);
		message->len = len;
		if (len)
			memcpy(message->data, data, len);
		STAILQ_INSERT_TAIL(&inbox->queue, message, link);
		inbox->count++;
	}
	pthread_mutex_unlock(&inbox->lock);
	if (message)
		loop_wake(inbox->wakeup);
}
