/* Filling in templates: @name@ becomes its value. */
#include "daemons/admind/templates.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

static const char *value_of(const char *const *pairs, const char *name, size_t len)
{
	for (; *pairs; pairs += 2) {
		if (strlen(*pairs) == len && strncmp(*pairs, name, len) == 0)
			return pairs[1];
	}
	log_error("a template has the unknown name %.*s", (int)len, name);
	abort();
}

char *template_fill(const char *text, const char *const *pairs)
{
	struct buf out = { 0 };
	const char *mark, *end;

	while ((mark = strchr(text, '@'))) {
		end = mark + 1 + strspn(mark + 1, "abcdefghijklmnopqrstuvwxyz_");
		if (*end != '@' || end == mark + 1) { /* an @ of the text itself */
			buf_add(&out, text, (size_t)(end - text));
			text = end;
			continue;
		}
		buf_add(&out, text, (size_t)(mark - text));
		buf_adds(&out, value_of(pairs, mark + 1, (size_t)(end - mark - 1)));
		text = end + 1;
	}
	buf_adds(&out, text);
	return buf_steal(&out);
}
