/* Long texts in lines that fit a terminal and a manual page. */
#include <string.h>

#include "ecomctl/help.h"

enum { LINE_MOST = 78 };

static void wrap_paragraph(struct buf *out, const char *text, size_t len)
{
	while (len > LINE_MOST) {
		size_t cut = LINE_MOST;

		while (cut > 0 && text[cut] != ' ')
			cut--;
		if (cut == 0)
			break;
		buf_add(out, text, cut);
		buf_addc(out, '\n');
		text += cut + 1;
		len -= cut + 1;
	}
	buf_add(out, text, len);
	buf_addc(out, '\n');
}

void wrap_text(struct buf *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		wrap_paragraph(out, text, len);
		text += len + (text[len] == '\n');
	}
}
