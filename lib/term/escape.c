/* Text from others made safe to show. */
#include "lib/term/escape.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/term/width.h"

static bool is_hidden(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x0080, 0x009f }, /* C1 */
		{ 0x061c, 0x061c }, /* Arabic letter mark */
		{ 0x200e, 0x200f }, /* left-to-right and right-to-left marks */
		{ 0x2028, 0x202e }, /* line and paragraph separators, embeddings, overrides */
		{ 0x2066, 0x2069 }, /* isolates */
		{ 0xfeff, 0xfeff }, /* byte order mark */
		{ 0xfff9, 0xfffb }, /* interlinear annotation */
	};

	for (size_t i = 0; i < array_size(ranges); i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

static void add_control(struct buf *out, unsigned char byte)
{
	static const char names[] = "\tt\nn\rr";
	const char *name = byte ? strchr(names, byte) : NULL;

	if (name && byte < 0x20)
		buf_addf(out, "\\%c", name[1]);
	else
		buf_addf(out, "\\x%02x", byte);
}

void term_escape(struct buf *out, const char *s, size_t len)
{
	size_t plain = 0; /* bytes since the last escape, added together */

	for (size_t at = 0; at < len;) {
		uint32_t code;
		size_t more = utf8_decode(s + at, len - at, &code);
		bool control = code < 0x20 || code == 0x7f || code == UTF8_BAD;

		if (!control && !is_hidden(code)) {
			plain += more;
			at += more;
			continue;
		}
		buf_add(out, s + at - plain, plain);
		plain = 0;
		if (control)
			add_control(out, (unsigned char)s[at]);
		else
			buf_addf(out, "\\u%04x", (unsigned int)code);
		at += more;
	}
	buf_add(out, s + len - plain, plain);
}

void term_escape_json(struct buf *out, const char *s, size_t len)
{
	size_t plain = 0; /* the first byte that is not added yet */

	for (size_t at = 0; at < len;) {
		uint32_t code = (unsigned char)s[at];
		size_t more = code < 0x80 ? 1 : utf8_decode(s + at, len - at, &code);

		if (code == 0x7f || is_hidden(code)) {
			buf_add(out, s + plain, at - plain);
			buf_addf(out, "\\u%04x", (unsigned int)code);
			plain = at + more;
		}
		at += more;
	}
	buf_add(out, s + plain, len - plain);
}

char *term_escaped(const char *s)
{
	struct buf out = BUF_INIT(0);

	term_escape(&out, s, strlen(s));
	return buf_steal(&out);
}
