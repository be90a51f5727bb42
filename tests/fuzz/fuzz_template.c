/* Templates of a shop's own folder: any text, rendered with any data, and mailed. */
#include <stdlib.h>
#include <string.h>

#include "daemons/notifyd/mail.h"
#include "daemons/notifyd/mustache.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "tests/fuzz/fuzz.h"

static const char *partial(void *arg, const char *name)
{
	(void)name;
	return arg;
}

static void mail_it(const char *text)
{
	const struct mail mail = { .id = "id",
				   .domain = "x.example",
				   .from = "a@x.example",
				   .to = "b@x.example",
				   .from_name = text,
				   .subject = text,
				   .text = text,
				   .html = text };
	const char *why;
	size_t len;

	free(mail_build(&mail, &len, &why));
}

/* The first line is the data, the rest the template. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text scoped(scoped_free) = xstrndup((const char *)data,
						  strnlen((const char *)data, size));
	char *template = strchr(text, '\n');
	const char *error;
	json_t *context scoped(scoped_json) = NULL;

	if (!template)
		return 0;
	*template ++ = '\0';
	context = json_parse(text, strlen(text), &error);
	for (int kind = MUSTACHE_TEXT; context && kind <= MUSTACHE_LINE; kind++) {
		struct buf out = BUF_INIT(4096);
		struct mustache mustache = { .kind = (enum mustache_kind)kind,
					     .locale = "de",
					     .out = &out,
					     .partial = partial,
					     .partial_arg = template };

		if (mustache_render(&mustache, template, context) && out.data)
			mail_it(out.data);
		buf_free(&out);
	}
	return 0;
}
