/*
 * Mail by SMTP (RFC 5321) to a relay, through libcurl: STARTTLS unless an option says otherwise, one
 * recipient per mail, connections used again. The password comes from a file, which is read for each
 * mail, so that it can be changed while we run.
 */
#include "daemons/notifyd/transport.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/queue/transfer.h"

static struct {
	const char *url, *user, *password_file, *ca_file;
	enum transfer_tls tls;
} smtp;

static bool tls_parse(const char *word)
{
	static const char *const words[] = { [TLS_REQUIRED] = "required",
					     [TLS_OPPORTUNISTIC] = "opportunistic",
					     [TLS_NONE] = "none" };

	for (size_t i = 0; i < array_size(words); i++) {
		if (str_eq(words[i], word)) {
			smtp.tls = (enum transfer_tls)i;
			return true;
		}
	}
	return false;
}

/* NULL: not set, or set to nothing. */
static const char *option_of(const struct service *service, const char *key)
{
	const char *value = options_str(service->options, key);

	return value && *value ? value : NULL;
}

/* NULL when it is fine. */
static const char *wrong_option(void)
{
	if (!str_has_prefix(smtp.url, "smtp://") && !str_has_prefix(smtp.url, "smtps://"))
		return "smtp_url: this begins with smtp:// or smtps://";
	if (strchr(smtp.url, '@'))
		return "smtp_url: the user belongs into smtp_user, the password into "
		       "smtp_password_file";
	if (smtp.user && !smtp.password_file)
		return "smtp_password_file: smtp_user needs a password";
	if (smtp.user && smtp.tls != TLS_REQUIRED && str_has_prefix(smtp.url, "smtp://"))
		return "smtp_tls: a password is only sent with smtp_tls required";
	return NULL;
}

static bool smtp_open(struct service *service, char **error)
{
	const char *tls = options_str(service->options, "smtp_tls"), *wrong;
	char *password scoped(scoped_free) = NULL;

	smtp.url = options_str(service->options, "smtp_url");
	smtp.user = option_of(service, "smtp_user");
	smtp.password_file = option_of(service, "smtp_password_file");
	smtp.ca_file = option_of(service, "smtp_ca_file");
	wrong = tls_parse(tls) ? wrong_option()
			       : "smtp_tls: this is required, opportunistic or none";
	if (wrong) {
		*error = xstrdup(wrong);
		return false;
	}
	if (smtp.password_file && !(password = file_read_line(smtp.password_file))) {
		*error = xasprintf("smtp_password_file: %s: %s", smtp.password_file,
				   strerror(errno));
		return false;
	}
	if (password)
		sodium_memzero(password, strlen(password));
	return true;
}

/* Our name for EHLO is the path of the URL: the domain, when there is none. */
static const char *url_of(struct outbound_call *call, const struct message *message)
{
	const char *host = strstr(smtp.url, "://") + 3;

	if (strchr(host, '/') && strchr(host, '/')[1])
		return smtp.url;
	return arena_printf(&call->arena, "%s%s%s", smtp.url, strchr(host, '/') ? "" : "/",
			    strchr(transport_sender(message), '@') + 1);
}

static bool smtp_password(struct outbound_call *call, struct transfer_mail *mail)
{
	char *password scoped(scoped_free) = file_read_line(smtp.password_file);

	if (!password) {
		snprintf(call->why, sizeof(call->why), "the file of smtp_password_file: %s",
			 strerror(errno));
		return false;
	}
	mail->password = arena_strdup(&call->arena, password);
	sodium_memzero(password, strlen(password));
	return true;
}

static bool smtp_send(struct outbound_call *call, const struct message *message)
{
	struct transfer_mail *mail = arena_zalloc(&call->arena, sizeof(*mail));

	mail->data = transport_mail(call, message, &mail->len);
	if (!mail->data)
		return false;
	mail->from = arena_printf(&call->arena, "<%s>", transport_sender(message));
	mail->to = arena_printf(&call->arena, "<%s>", message->recipient);
	mail->tls = smtp.tls;
	mail->ca_file = smtp.ca_file;
	mail->user = smtp.user;
	if (smtp.user && !smtp_password(call, mail)) {
		call->unsent = true;
		return false;
	}
	call->url = url_of(call, message);
	call->mail = mail;
	return true;
}

const struct transport smtp_transport = {
	.name = "smtp",
	.channel = CHANNEL_EMAIL,
	.html = true,
	.remote = true,
	.open = smtp_open,
	.send = smtp_send,
	.message_id = transport_mail_id,
};
