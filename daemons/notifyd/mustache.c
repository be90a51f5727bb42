/* Rendering of templates: the text is gone through once, sections again for each of their elements. */
#include "daemons/notifyd/mustache.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "daemons/notifyd/filter.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define TAG_MAX 120

/* What names are looked up in, the innermost first. */
struct scope {
	const json_t *value;
	const struct scope *outer;
};

struct tag {
	char sigil; /* # ^ / > ! or 0: a value */
	char name[TAG_MAX];
	char filter[TAG_MAX];    /* "": none */
	const char *start, *end; /* with its line when it is alone on it */
};

/* One text, the template or a partial. */
struct piece {
	struct mustache *mustache;
	const char *text, *end;
	int *steps;
	int depth;
};

static bool fail(const struct piece *piece, const char *at, const char *why, const char *what)
{
	int line = 1;

	for (const char *s = piece->text; s < at; s++)
		line += *s == '\n';
	snprintf(piece->mustache->error, sizeof(piece->mustache->error), "line %d: %s%s%s", line,
		 why, *what ? " " : "", what);
	return false;
}

/* --- tags ------------------------------------------------------------------------------------- */

static const char *find(const char *from, const char *end, const char *what)
{
	return memmem(from, (size_t)(end - from), what, strlen(what));
}

/* Takes spaces and the line's end with it, if nothing else is on the line. */
static void tag_widen(const struct piece *piece, struct tag *tag)
{
	const char *start = tag->start, *end = tag->end;

	while (start > piece->text && (start[-1] == ' ' || start[-1] == '\t'))
		start--;
	while (end < piece->end && (*end == ' ' || *end == '\t' || *end == '\r'))
		end++;
	if ((start > piece->text && start[-1] != '\n') || (end < piece->end && *end != '\n'))
		return;
	tag->start = start;
	tag->end = end < piece->end ? end + 1 : end;
}

/* A word without the spaces around it; false when it is empty, too long or has others within. */
static bool word(const char *from, const char *end, char out[TAG_MAX])
{
	while (from < end && isspace((unsigned char)*from))
		from++;
	while (end > from && isspace((unsigned char)end[-1]))
		end--;
	if (from == end || end - from >= TAG_MAX)
		return false;
	for (const char *s = from; s < end; s++) {
		if (!isalnum((unsigned char)*s) && *s != '_' && *s != '.' && *s != '-')
			return false;
	}
	memcpy(out, from, (size_t)(end - from));
	out[end - from] = '\0';
	return true;
}

/* The next tag from `at`; 0: there is none, -1: failed. */
static int tag_next(const struct piece *piece, const char *at, struct tag *tag)
{
	const char *open = find(at, piece->end, "{{"), *close, *inside, *bar;

	if (!open)
		return 0;
	if (++*piece->steps > MUSTACHE_STEPS_MAX)
		return fail(piece, open, "the rendering takes too many steps", "") - 1;
	close = find(open + 2, piece->end, "}}");
	if (!close)
		return fail(piece, open, "a tag without end", "") - 1;
	*tag = (struct tag){ .start = open, .end = close + 2 };
	inside = open + 2;
	if (inside < close && strchr("#^/>!", *inside))
		tag->sigil = *inside++;
	if (tag->sigil)
		tag_widen(piece, tag);
	if (tag->sigil == '!')
		return 1;
	bar = tag->sigil ? NULL : memchr(inside, '|', (size_t)(close - inside));
	if (!word(inside, bar ? bar : close, tag->name) ||
	    (bar && !word(bar + 1, close, tag->filter)))
		return fail(piece, open, "this is no tag", "") - 1;
	return 1;
}

/* The end tag of a section; what is in between may have sections of its own. */
static bool section_end(const struct piece *piece, const struct tag *section, struct tag *end)
{
	int depth = 1;

	*end = (struct tag){ .end = section->end };
	while (depth > 0) {
		int found = tag_next(piece, end->end, end);

		if (found < 0)
			return false;
		if (!found)
			return fail(piece, section->start, "a section without end:", section->name);
		depth += end->sigil == '/' ? -1 : end->sigil == '#' || end->sigil == '^';
	}
	if (!str_eq(end->name, section->name))
		return fail(piece, end->start, "the end of another section:", end->name);
	return true;
}

/* --- values ----------------------------------------------------------------------------------- */

/* The member at the front of `path`, which moves on behind it; NULL: not there. */
static const json_t *member(const json_t *value, const char **path)
{
	size_t len = strcspn(*path, ".");
	char name[TAG_MAX];

	memcpy(name, *path, len);
	name[len] = '\0';
	*path += len + ((*path)[len] == '.');
	return json_object_get(value, name);
}

static const json_t *lookup(const struct scope *scope, const char *name)
{
	const json_t *value = NULL;

	if (str_eq(name, "."))
		return scope->value;
	for (; scope && !value; scope = scope->outer) {
		const char *rest = name;

		value = member(scope->value, &rest);
		while (value && *rest)
			value = member(value, &rest);
	}
	return value;
}

static bool is_true(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_length(value) > 0;
	case JSON_ARRAY:
		return json_array_size(value) > 0;
	case JSON_INTEGER:
		return json_integer_value(value) != 0;
	case JSON_REAL:
		return json_real_value(value) != 0;
	case JSON_OBJECT: /* no money is nothing to tell of */
		return !json_is_integer(json_object_get(value, "amount")) ||
		       json_integer_value(json_object_get(value, "amount")) != 0;
	case JSON_TRUE:
		return true;
	default:
		return false;
	}
}

static void put_escaped(struct mustache *mustache, const char *text)
{
	static const char *const entities[128] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"
	};

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f) {
			if (mustache->kind == MUSTACHE_LINE)
				buf_addc(mustache->out, ' ');
			else if (c == '\n' || c == '\t')
				buf_addc(mustache->out, *text);
		} else if (mustache->kind == MUSTACHE_HTML && c < 128 && entities[c]) {
			buf_adds(mustache->out, entities[c]);
		} else {
			buf_addc(mustache->out, *text);
		}
	}
}

static bool put_value(const struct piece *piece, const struct scope *scope, const struct tag *tag)
{
	const json_t *value = lookup(scope, tag->name);
	char text[FILTER_SIZE] = "";

	if (*tag->filter) {
		filter_fn *filter = filter_find(tag->filter);

		if (!filter)
			return fail(piece, tag->start, "an unknown filter:", tag->filter);
		if (value)
			filter(value, piece->mustache->locale, text);
	} else if (json_is_integer(value)) {
		snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	} else if (json_is_real(value)) {
		snprintf(text, sizeof(text), "%.15g", json_real_value(value));
	}
	put_escaped(piece->mustache,
		    json_is_string(value) && !*tag->filter ? json_string_value(value) : text);
	return true;
}

/* --- rendering -------------------------------------------------------------------------------- */

static bool render(const struct piece *piece, const struct scope *scope, const char *from,
		   const char *to);

static bool render_within(const struct piece *outer, const struct scope *scope, const json_t *value,
			  const char *from, const char *to)
{
	struct piece piece = *outer;

	piece.depth++;
	return render(&piece, &(struct scope){ value, scope }, from, to);
}

static bool render_section(const struct piece *piece, const struct scope *scope,
			   const struct tag *tag, const struct tag *end)
{
	const json_t *value = lookup(scope, tag->name), *element;
	bool wanted = (value && is_true(value)) == (tag->sigil == '#');
	size_t i;

	if (!wanted)
		return true;
	if (tag->sigil == '^' || !json_is_array(value))
		return render_within(piece, scope, tag->sigil == '#' ? value : scope->value,
				     tag->end, end->start);
	json_array_foreach ((json_t *)value, i, element) {
		if (!render_within(piece, scope, element, tag->end, end->start))
			return false;
	}
	return true;
}

static bool render_partial(const struct piece *outer, const struct scope *scope,
			   const struct tag *tag)
{
	struct mustache *mustache = outer->mustache;
	const char *text = mustache->partial ? mustache->partial(mustache->partial_arg, tag->name)
					     : NULL;
	struct piece piece = *outer;

	if (!text)
		return fail(outer, tag->start, "an unknown partial:", tag->name);
	piece.text = text;
	piece.end = text + strlen(text);
	piece.depth++;
	return render(&piece, scope, piece.text, piece.end);
}

static bool render_tag(const struct piece *piece, const struct scope *scope, struct tag *tag)
{
	struct tag end;

	switch (tag->sigil) {
	case '!':
		return true;
	case '>':
		return render_partial(piece, scope, tag);
	case '/':
		return fail(piece, tag->start, "the end of no section:", tag->name);
	case '#':
	case '^':
		if (!section_end(piece, tag, &end) || !render_section(piece, scope, tag, &end))
			return false;
		tag->end = end.end;
		return true;
	default:
		return put_value(piece, scope, tag);
	}
}

static bool render(const struct piece *piece, const struct scope *scope, const char *from,
		   const char *to)
{
	struct piece part = *piece;
	struct tag tag;
	int found;

	if (piece->depth > MUSTACHE_DEPTH_MAX)
		return fail(piece, from, "too many sections within each other", "");
	part.end =
		to; /* what is alone on its line at the end of a section has its line's end there */
	while ((found = tag_next(&part, from, &tag)) > 0) {
		if (tag.start > from)
			buf_add(part.mustache->out, from, (size_t)(tag.start - from));
		if (!render_tag(&part, scope, &tag))
			return false;
		if (part.mustache->out->overflow)
			return fail(piece, tag.start, "the rendered text grows too long", "");
		from = tag.end;
	}
	return found == 0 && buf_add(part.mustache->out, from, (size_t)(to - from));
}

bool mustache_render(struct mustache *mustache, const char *template, const json_t *data)
{
	int steps = 0;
	struct piece piece = { .mustache = mustache,
			       .text = template,
			       .end = template + strlen(template),
			       .steps = &steps };

	mustache->error[0] = '\0';
	if (render(&piece, &(struct scope){ data, NULL }, piece.text, piece.end))
		return true;
	if (!*mustache->error)
		snprintf(mustache->error, sizeof(mustache->error),
			 "the rendered text grows too long");
	return false;
}
