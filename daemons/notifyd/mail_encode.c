/* Encodings of mail. */
#include "daemons/notifyd/mail_encode.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"

#define LINE_MAX_QP   76
#define LINE_MAX_WORD 76
#define WORD_BYTES    42 /* 12 for =?UTF-8?B?...?= and 56 of base64 make 68 octets */

static const char hex[] = "0123456789ABCDEF";

void mail_encode_body(struct buf *out, const char *text)
{
	size_t column = 0;

	for (const char *s = text; *s; s++) {
		unsigned char c = (unsigned char)*s;
		bool ends = s[1] == '\n' || s[1] == '\0' || s[1] == '\r';
		bool plain = (c > ' ' && c < 0x7f && c != '=') ||
			     ((c == ' ' || c == '\t') && !ends);
		char escaped[] = { '=', hex[c >> 4], hex[c & 15], '\0' };

		if (c == '\r')
			continue;
		if (c == '\n') {
			buf_adds(out, "\r\n");
			column = 0;
			continue;
		}
		/* The last column is for the = of a soft line end. */
		if (column + (plain ? 1 : 3) > LINE_MAX_QP - 1) {
			buf_adds(out, "=\r\n");
			column = 0;
		}
		if (plain)
			buf_addc(out, *s);
		else
			buf_adds(out, escaped);
		column += plain ? 1 : 3;
	}
	if (column > 0)
		buf_adds(out, "\r\n");
}

/* --- headers ---------------------------------------------------------------------------------- */

static bool is_plain(const char *text, size_t room)
{
	if (strlen(text) > room || strstr(text, "=?"))
		return false;
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
			return false;
	}
	return true;
}

static void add_base64(struct buf *out, const char *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned char in[3] = { 0 };
		size_t have = len - i < 3 ? len - i : 3;

		memcpy(in, data + i, have);
		buf_addc(out, digits[in[0] >> 2]);
		buf_addc(out, digits[(in[0] & 3) << 4 | in[1] >> 4]);
		buf_addc(out, have > 1 ? digits[(in[1] & 15) << 2 | in[2] >> 6] : '=');
		buf_addc(out, have > 2 ? digits[in[2] & 63] : '=');
	}
}

/* As many bytes from the front as fit, whole characters only (RFC 2047, section 5). */
static size_t piece(const char *text, size_t most)
{
	size_t len = strnlen(text, most + 1);

	if (len <= most)
		return len;
	len = most;
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len > 0 ? len : most; /* no UTF-8: cut anywhere */
}

void mail_encode_words(struct buf *out, const char *text, size_t used)
{
	size_t most;

	if (is_plain(text, LINE_MAX_WORD - (used < LINE_MAX_WORD ? used : LINE_MAX_WORD))) {
		buf_adds(out, text);
		return;
	}
	most = used < 24 ? WORD_BYTES - used * 3 / 4 : WORD_BYTES / 2;
	while (*text) {
		size_t len = piece(text, most);

		buf_adds(out, "=?UTF-8?B?");
		add_base64(out, text, len);
		buf_adds(out, "?=");
		text += len;
		most = WORD_BYTES;
		if (*text)
			buf_adds(out, "\r\n ");
	}
}

void mail_encode_date(struct buf *out, int64_t unix_s)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t when = (time_t)unix_s;
	struct tm tm;

	if (!gmtime_r(&when, &tm))
		return;
	buf_addf(out, "%s, %d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday], tm.tm_mday,
		 months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
