/* Notifications as mails. */
#include "daemons/notifyd/mail.h"

#include <string.h>

#include "daemons/notifyd/mail_encode.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define MAIL_MAX (2 << 20) /* bytes; three times the longest rendered parts fit */

bool mail_address_is_valid(const char *address)
{
	const char *at = address ? strchr(address, '@') : NULL;

	if (!at || at == address || at[1] == '\0' || strchr(at + 1, '@') ||
	    strlen(address) > MAIL_ADDRESS_MAX)
		return false;
	for (const char *s = address; *s; s++) {
		if (*s <= ' ' || *s > '~' || strchr("\"(),:;<>[\\]", *s))
			return false;
	}
	return at[1] != '.' && at[1] != '-' && !strstr(at, "..");
}

static bool has_control(const char *text)
{
	for (; text && *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	}
	return false;
}

static const char *refusal(const struct mail *mail)
{
	if (!mail_address_is_valid(mail->to))
		return "the recipient is no address";
	if (!mail_address_is_valid(mail->from))
		return "the sender is no address";
	if (mail->reply_to && !mail_address_is_valid(mail->reply_to))
		return "the address for replies is none";
	if (has_control(mail->subject) || has_control(mail->from_name) || has_control(mail->id) ||
	    has_control(mail->domain))
		return "a header would have a control character";
	return NULL;
}

/* A name before an address, quoted or encoded (RFC 5322, section 3.4). */
static void add_mailbox(struct buf *out, const char *header, const char *name, const char *address)
{
	buf_addf(out, "%s: ", header);
	if (name && *name) {
		size_t before = out->len;

		mail_encode_words(out, name, strlen(header) + 4);
		if (out->len - before == strlen(name)) { /* as it is: quote it */
			out->len = before;
			buf_addc(out, '"');
			for (const char *s = name; *s; s++) {
				if (*s == '"' || *s == '\\')
					buf_addc(out, '\\');
				buf_addc(out, *s);
			}
			buf_addc(out, '"');
		}
		buf_adds(out, "\r\n ");
	}
	buf_addf(out, "<%s>\r\n", address);
}

static void add_headers(struct buf *out, const struct mail *mail)
{
	add_mailbox(out, "From", mail->from_name, mail->from);
	add_mailbox(out, "To", NULL, mail->to);
	if (mail->reply_to)
		add_mailbox(out, "Reply-To", NULL, mail->reply_to);
	buf_adds(out, "Subject: ");
	mail_encode_words(out, mail->subject, strlen("Subject: "));
	buf_adds(out, "\r\nDate: ");
	mail_encode_date(out, mail->date_s);
	buf_addf(out, "\r\nMessage-ID: <%s@%s>\r\n", mail->id, mail->domain);
	/* No out-of-office answers, no loops (RFC 3834). */
	buf_adds(out, "Auto-Submitted: auto-generated\r\n");
	if (mail->unsubscribe && str_has_prefix(mail->unsubscribe, "https://") &&
	    !strpbrk(mail->unsubscribe, "<> \t\r\n") && strlen(mail->unsubscribe) < 900)
		buf_addf(out, "List-Unsubscribe: <%s>\r\n", mail->unsubscribe);
	buf_adds(out, "MIME-Version: 1.0\r\n");
}

static void add_part(struct buf *out, const char *type, const char *content)
{
	buf_addf(out,
		 "Content-Type: text/%s; charset=utf-8\r\n"
		 "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
		 type);
	mail_encode_body(out, content);
}

/* "=_" cannot stand in quoted-printable text, so the boundary cannot either (RFC 2045, 6.7). */
static void add_alternatives(struct buf *out, const struct mail *mail)
{
	buf_addf(out, "Content-Type: multipart/alternative;\r\n boundary=\"=_%s\"\r\n\r\n",
		 mail->id);
	buf_addf(out, "--=_%s\r\n", mail->id);
	add_part(out, "plain", mail->text);
	buf_addf(out, "\r\n--=_%s\r\n", mail->id);
	add_part(out, "html", mail->html);
	buf_addf(out, "\r\n--=_%s--\r\n", mail->id);
}

char *mail_build(const struct mail *mail, size_t *len, const char **why)
{
	struct buf out = BUF_INIT(MAIL_MAX);

	*why = refusal(mail);
	if (*why)
		return NULL;
	add_headers(&out, mail);
	if (mail->html)
		add_alternatives(&out, mail);
	else
		add_part(&out, "plain", mail->text);
	if (out.overflow) {
		buf_free(&out);
		*why = "the mail would be too long";
		return NULL;
	}
	*len = out.len;
	return buf_steal(&out);
}
