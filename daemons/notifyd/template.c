/* Templates: finding their parts, rendering each in its way. */
#include "daemons/notifyd/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/notifyd/mustache.h"
#include "daemons/notifyd/template_file.h"
#include "daemons/notifyd/template_names.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define PARTIALS_MAX 8 /* different ones in a template */

const char *const template_names[] = { TEMPLATE_NAMES, NULL };

static char *override_folder;

void template_open(const char *folder)
{
	override_folder = folder ? xstrdup(folder) : NULL;
}

bool template_is_known(const char *name)
{
	for (const char *const *known = template_names; *known; known++) {
		if (str_eq(*known, name))
			return true;
	}
	return false;
}

void rendered_done(struct rendered *rendered)
{
	free(rendered->subject);
	free(rendered->text);
	free(rendered->html);
	*rendered = (struct rendered){ 0 };
}

/* --- partials --------------------------------------------------------------------------------- */

struct partials {
	const char *locale;
	enum mustache_kind kind;
	struct {
		char *name;
		struct template_parts parts;
	} loaded[PARTIALS_MAX];
	size_t count;
	char *error;
};

static const char *partial(void *arg, const char *name)
{
	struct partials *partials = arg;
	size_t i = 0;

	while (i < partials->count && !str_eq(partials->loaded[i].name, name))
		i++;
	if (i == partials->count) {
		if (i == PARTIALS_MAX ||
		    !template_load(override_folder, name, partials->locale,
				   &partials->loaded[i].parts, &partials->error))
			return NULL;
		partials->loaded[i].name = xstrdup(name);
		partials->count++;
	}
	return partials->kind == MUSTACHE_HTML ? partials->loaded[i].parts.html
					       : partials->loaded[i].parts.text;
}

static void partials_done(struct partials *partials)
{
	for (size_t i = 0; i < partials->count; i++) {
		free(partials->loaded[i].name);
		template_parts_done(&partials->loaded[i].parts);
	}
	free(partials->error);
}

/* --- one part --------------------------------------------------------------------------------- */

/* One line without spaces at its ends or two in a row, and not too long for a list of mails. */
static void squeeze(char *line)
{
	char *to = line;
	size_t points = 0;

	for (const char *from = line; *from; from++) {
		bool is_space = (unsigned char)*from <= ' ' || *from == 0x7f;

		if (is_space && (to == line || to[-1] == ' '))
			continue;
		points += ((unsigned char)*from & 0xc0) != 0x80;
		if (points > TEMPLATE_SUBJECT_MAX)
			break;
		*to++ = is_space ? ' ' : *from;
	}
	if (to > line && to[-1] == ' ')
		to--;
	*to = '\0';
}

static char *render_part(const char *text, enum mustache_kind kind, const char *locale,
			 const json_t *data, char *why, size_t size)
{
	struct partials partials = { .locale = locale, .kind = kind };
	struct buf out = BUF_INIT(TEMPLATE_PART_MAX);
	struct mustache mustache = { .kind = kind,
				     .locale = locale,
				     .out = &out,
				     .partial = partial,
				     .partial_arg = &partials };
	bool rendered;

	if (!text)
		return NULL;
	rendered = mustache_render(&mustache, text, data);
	if (!rendered)
		snprintf(why, size, "%s", partials.error ? partials.error : mustache.error);
	partials_done(&partials);
	if (rendered)
		return buf_steal(&out);
	buf_free(&out);
	return NULL;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool render_parts(const struct template_parts *parts, const char *locale, const json_t *data,
			 struct rendered *out, char *why, size_t size)
{
	snprintf(why, size, "it has no subject or no text");
	out->subject = render_part(parts->subject, MUSTACHE_LINE, locale, data, why, size);
	if (!out->subject)
		return false;
	squeeze(out->subject);
	out->text = render_part(parts->text, MUSTACHE_TEXT, locale, data, why, size);
	if (!out->text)
		return false;
	out->html = render_part(parts->html, MUSTACHE_HTML, locale, data, why, size);
	return out->html || !parts->html;
}

bool template_render(const char *template, const char *locale, const json_t *data,
		     struct rendered *out, char **error)
{
	struct template_parts parts = { 0 };
	char why[256] = "";
	bool rendered;

	*out = (struct rendered){ 0 };
	*error = NULL;
	if (!template_is_known(template)) {
		*error = xasprintf("there is no template \"%s\"", template);
		return false;
	}
	if (!template_load(override_folder, template, locale, &parts, error))
		return false;
	rendered = render_parts(&parts, locale, data, out, why, sizeof(why));
	template_parts_done(&parts);
	if (!rendered) {
		rendered_done(out);
		*error = xasprintf("template %s: %s", template, why);
	}
	return rendered;
}

json_t *template_sample(const char *template, const char *locale)
{
	const char *error;
	json_t *sample = json_parse(template_sample_text, strlen(template_sample_text), &error);

	if (!sample)
		die("the sample of templates: %s", error);
	json_object_set_new(sample, "template", json_string(template));
	json_object_set_new(sample, "locale", json_string(locale ? locale : "en"));
	return sample;
}
