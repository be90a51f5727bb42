/* The transports, and what those that carry mail share. */
#include "daemons/notifyd/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/notifyd/mail.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"

static const struct {
	const char *name;
	const struct transport *transport;
} sms_providers[] = { { "log", &log_transport } };

static const struct transport *chosen[CHANNELS];
static const char *domain;
static char *default_sender;

static const struct transport *sms_provider(const char *name)
{
	for (size_t i = 0; i < array_size(sms_providers); i++) {
		if (str_eq(sms_providers[i].name, name))
			return sms_providers[i].transport;
	}
	return NULL;
}

bool transports_open(struct service *service, char **error)
{
	const char *sms = options_str(service->options, "sms_provider");

	domain = options_str(service->options, "mail_domain");
	default_sender = xasprintf("shop@%s", domain);
	if (!mail_address_is_valid(default_sender)) {
		*error = xasprintf("mail_domain: \"%s\" is no domain", domain);
		return false;
	}
	chosen[CHANNEL_EMAIL] = options_str(service->options, "smtp_url") ? &smtp_transport
									  : &maildir_transport;
	chosen[CHANNEL_SMS] = sms_provider(sms);
	if (!chosen[CHANNEL_SMS]) {
		*error = xasprintf("sms_provider: there is no provider \"%s\"", sms);
		return false;
	}
	for (size_t i = 0; i < CHANNELS; i++) {
		if (chosen[i]->open && !chosen[i]->open(service, error))
			return false;
	}
	return true;
}

const struct transport *transport_of(const char *channel)
{
	return chosen[str_eq(channel, "sms") ? CHANNEL_SMS : CHANNEL_EMAIL];
}

/* --- mail ------------------------------------------------------------------------------------- */

const char *transport_sender(const struct message *message)
{
	return message->sender && *message->sender ? message->sender : default_sender;
}

const char *transport_mail_id(struct outbound_call *call, const struct message *message)
{
	return arena_printf(&call->arena, "<%s@%s>", message->id, domain);
}

const char *transport_mail(struct outbound_call *call, const struct message *message, size_t *len)
{
	const char *why, *copy;
	char *mail scoped(scoped_free) = mail_build(
		&(struct mail){
			.id = message->id,
			.domain = domain,
			.from = transport_sender(message),
			.from_name = message->shop,
			.reply_to = message->reply_to && *message->reply_to ? message->reply_to
									    : NULL,
			.to = message->recipient,
			.subject = message->subject,
			.text = message->text,
			.html = message->html,
			.unsubscribe = message->unsubscribe,
			.date_s = message->created_s,
		},
		len, &why);

	if (!mail) {
		snprintf(call->why, sizeof(call->why), "%s", why);
		call->status = 550;
		return NULL;
	}
	copy = arena_strndup(&call->arena, mail, *len);
	return copy;
}
