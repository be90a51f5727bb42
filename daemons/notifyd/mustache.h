/*
 * The language of templates, a part of Mustache (mustache.github.io):
 *
 *	{{a.b}}          the value; escaped in HTML, and there is no way around that
 *	{{a.b|filter}}   money, date, datetime, url (see filter.h)
 *	{{.}}            the element of the list that is gone through
 *	{{#a}}...{{/a}}  for each element of a list; once, within it, for an object; once for what is true
 *	{{^a}}...{{/a}}  when it is not there, false, empty, 0, or money of 0
 *	{{>name}}        a partial: the same part of the template of that name
 *	{{! comment}}
 *
 * Names are looked up from the innermost section outwards. A tag other than a value alone on its line
 * takes its line with it.
 */
#ifndef ECOM_DAEMONS_NOTIFYD_MUSTACHE_H
#define ECOM_DAEMONS_NOTIFYD_MUSTACHE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "lib/base/buf.h"

#define MUSTACHE_DEPTH_MAX 16     /* sections and partials within each other */
#define MUSTACHE_STEPS_MAX 100000 /* tags that one rendering goes through */

enum mustache_kind {
	MUSTACHE_TEXT, /* control characters of values are left out */
	MUSTACHE_HTML, /* and & < > " ' escaped */
	MUSTACHE_LINE, /* control characters become spaces, line ends too */
};

struct mustache {
	enum mustache_kind kind;
	const char *locale; /* of filters */
	struct buf *out;
	/* The text of a partial (borrowed until the rendering ends), NULL: there is none. */
	const char *(*partial)(void *arg, const char *name);
	void *partial_arg;
	char error[160]; /* why it failed: with the line in the template */
};

/* False with mustache->error: a tag that is none, a section without end, an unknown filter or
 * partial, a limit. */
bool mustache_render(struct mustache *mustache, const char *template, const json_t *data);

#endif
