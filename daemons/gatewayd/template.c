/* Templates for configuration files. */
#include "daemons/gatewayd/template.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define DEPTH_MAX 8
#define MARK_MAX  64

struct render {
	struct buf out;
	const json_t *contexts[DEPTH_MAX]; /* the innermost last */
	int depth;
	char *error;
};

/* A mark: its kind ('#', '^', '/' or 0 for a value), its name, and what is around it. */
struct mark {
	char kind;
	char name[MARK_MAX];
	const char *start, *end; /* of the whole mark, or of its line when it stands alone on it */
};

static void mark_take_line(struct mark *mark, const char *text)
{
	const char *start = mark->start, *end = mark->end;

	while (start > text && (start[-1] == ' ' || start[-1] == '\t'))
		start--;
	if ((start == text || start[-1] == '\n') && *end == '\n') {
		mark->start = start;
		mark->end = end + 1;
	}
}

/* The first mark in [from, end); text is where the template begins. */
static bool mark_find(const char *text, const char *from, const char *end, struct mark *mark)
{
	const char *open = strstr(from, "{{"), *close;
	size_t len;

	if (!open || open >= end)
		return false;
	close = strstr(open, "}}");
	if (!close || close - open >= (ptrdiff_t)sizeof(mark->name)) {
		log_error("a template has a mark without end");
		abort();
	}
	*mark = (struct mark){ .start = open, .end = close + 2 };
	open += 2;
	if (*open == '#' || *open == '^' || *open == '/')
		mark->kind = *open++;
	len = (size_t)(close - open);
	memcpy(mark->name, open, len);
	if (mark->kind)
		mark_take_line(mark, text);
	return true;
}

/* The end of a section that begins at `from`. */
static struct mark section_end(const char *text, const char *from, const char *end,
			       const char *name)
{
	struct mark mark;
	int depth = 1;

	while (mark_find(text, from, end, &mark)) {
		if (mark.kind && str_eq(mark.name, name))
			depth += mark.kind == '/' ? -1 : 1;
		if (depth == 0)
			return mark;
		from = mark.end;
	}
	log_error("the template's section %s has no end", name);
	abort();
}

static const json_t *lookup(const struct render *render, const char *name)
{
	for (int i = render->depth - 1; i >= 0; i--) {
		const json_t *value = json_object_get(render->contexts[i], name);

		if (value)
			return value;
	}
	log_error("the template has the unknown name %s", name);
	abort();
}

static bool is_plain(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f || strchr("\"'\\$", *s))
			return false;
	}
	return true;
}

static void value_add(struct render *render, const char *name)
{
	const json_t *value = lookup(render, name);

	if (json_is_integer(value))
		buf_addf(&render->out, "%lld", (long long)json_integer_value(value));
	else if (json_is_string(value) && is_plain(json_string_value(value)))
		buf_adds(&render->out, json_string_value(value));
	else if (!render->error)
		render->error = xasprintf("%s has a character that cannot stand in a "
					  "configuration file",
					  name);
}

static void render_part(struct render *render, const char *text, const char *from, const char *end);

static void render_with(struct render *render, const json_t *context, const char *text,
			const char *from, const char *end)
{
	if (render->depth == DEPTH_MAX) {
		log_error("the template is nested deeper than %d", DEPTH_MAX);
		abort();
	}
	render->contexts[render->depth++] = context;
	render_part(render, text, from, end);
	render->depth--;
}

static void section_add(struct render *render, const struct mark *mark, const char *text,
			const char *end)
{
	const json_t *value = lookup(render, mark->name), *element;
	bool empty = json_is_array(value) ? json_array_size(value) == 0
					  : !value || json_is_false(value) || json_is_null(value);
	size_t i;

	if (mark->kind == '^') {
		if (empty)
			render_part(render, text, mark->end, end);
	} else if (json_is_array(value)) {
		json_array_foreach (value, i, element)
			render_with(render, element, text, mark->end, end);
	} else if (!empty) {
		render_with(render, value, text, mark->end, end);
	}
}

static void render_part(struct render *render, const char *text, const char *from, const char *end)
{
	struct mark mark, close;

	while (mark_find(text, from, end, &mark)) {
		buf_add(&render->out, from, (size_t)(mark.start - from));
		from = mark.end;
		if (!mark.kind) {
			value_add(render, mark.name);
			continue;
		}
		close = section_end(text, mark.end, end, mark.name);
		section_add(render, &mark, text, close.start);
		from = close.end;
	}
	buf_add(&render->out, from, (size_t)(end - from));
}

char *template_render(const char *text, const json_t *context, char **error)
{
	struct render render = { .contexts = { context }, .depth = 1 };

	render_part(&render, text, text, text + strlen(text));
	if (!render.error)
		return buf_steal(&render.out);
	buf_free(&render.out);
	*error = render.error;
	return NULL;
}
