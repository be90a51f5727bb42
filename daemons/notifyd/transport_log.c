/* The provider of SMS that sends nothing: what would be sent goes to the log. */
#include "daemons/notifyd/transport.h"

#include "lib/base/log.h"

static bool log_send(struct outbound_call *call, const struct message *message)
{
	/* The number is personal; the text of an account's message has a link or a code. */
	log_info("sms %s: %s, not sent: there is no provider", message->id, message->template);
	if (!message->is_secret)
		log_debug("sms %s: %s", message->id, message->text);
	call->status = 250;
	return false;
}

const struct transport log_transport = {
	.name = "log",
	.channel = CHANNEL_SMS,
	.send = log_send,
};
