/*
 * A transport is a row: what it carries, and short functions that open it, send one message and read
 * what came back. None of them repeats, waits or decides: the queue, the back-off and the states are the
 * same for all. A new provider of SMS is a row in transports.c and a file.
 */
#ifndef ECOM_DAEMONS_NOTIFYD_TRANSPORT_H
#define ECOM_DAEMONS_NOTIFYD_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/queue/outbound.h"

struct service;

enum channel { CHANNEL_EMAIL, CHANNEL_SMS, CHANNELS };

/* Strings are borrowed until the call is settled; NULL: none. */
struct message {
	const char *id, *template, *recipient, *subject, *text, *html;
	const char *sender, *shop, *reply_to; /* as the shop's settings were when it was made */
	const char *unsubscribe;
	bool is_secret;    /* has a link that opens an account: nothing of it is logged */
	int64_t created_s; /* Unix time */
};

enum send_outcome {
	SEND_DONE,
	SEND_RETRY,   /* it may have been sent, or not: again later */
	SEND_REFUSED, /* definitely not, and never */
	SEND_DOWN,    /* nobody was reached */
};

struct transport {
	const char *name;
	enum channel channel;
	bool html; /* takes a second form of the content */
	bool remote; /* answers later: send() fills in the call; others have done all when it returns */

	/* At the start. NULL: nothing to do. False with *error (freed by the caller). */
	bool (*open)(struct service *service, char **error);

	/* True: the call is to be made. False: it is not; call->status is 250 when the message was delivered,
	 * 550 when it can never be, 0 when it could not be now; call->why tells. */
	bool (*send)(struct outbound_call *call, const struct message *message);

	/* After several send() that delivered, before any of them counts: makes them last. NULL: they
	 * do. False, with errno: nothing is sure. */
	bool (*flush)(void);

	/* Of a call that was made: what its status means. NULL: as SMTP's reply codes. */
	enum send_outcome (*read)(const struct outbound_call *call);

	/* The name that it has given to the message, into arena memory; NULL: none. */
	const char *(*message_id)(struct outbound_call *call, const struct message *message);
};

extern const struct transport smtp_transport, maildir_transport, log_transport;

/* Opens those that the options choose; false with *error (the caller frees). */
bool transports_open(struct service *service, char **error);

/* The one of a channel ("email", "sms"). */
const struct transport *transport_of(const char *channel);

/* A message as a mail, in the call's arena; NULL with call->why and call->status 550. */
const char *transport_mail(struct outbound_call *call, const struct message *message, size_t *len);
const char *transport_mail_id(struct outbound_call *call, const struct message *message);
const char *transport_sender(const struct message *message);

#endif
