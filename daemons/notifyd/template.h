/*
 * Templates of messages: what is sent, in a locale's words, from the context data of a notification.
 *
 * A template is a file NAME.LOCALE.mustache of three parts (subject, text, html); see
 * docs/notifications.md for its language. Those of the package are in the program; files of the
 * folder of the option `templates` replace them one by one.
 */
#ifndef ECOM_DAEMONS_NOTIFYD_TEMPLATE_H
#define ECOM_DAEMONS_NOTIFYD_TEMPLATE_H

#include <stdbool.h>

#include <jansson.h>

#define TEMPLATE_SUBJECT_MAX 200          /* code points; a longer subject is cut */
#define TEMPLATE_PART_MAX    (256 * 1024) /* bytes of a rendered part; more is an error */

struct rendered {
	char *subject, *text,
		*html; /* malloc'd; the subject is one line without control characters */
};

/*
 * Renders a template with context data (an object). The locale is a language tag as "de" or "de-AT";
 * without a template of it that of its language is taken, then the English one; NULL is English. What
 * is not in the data renders as nothing. False with *error (the caller frees; one line that names
 * template and place): unknown template, a file that is no template, a part that grows too long.
 * Any thread.
 */
bool template_render(const char *template, const char *locale, const json_t *data,
		     struct rendered *out, char **error);
void rendered_done(struct rendered *rendered);

/* The names, ends with NULL. */
extern const char *const template_names[];
bool template_is_known(const char *name);

/* The folder whose files replace the built-in ones; NULL: none. Before any rendering. */
void template_open(const char *folder);

/* Context data with something in every member that a template uses, for previews. New reference. */
json_t *template_sample(const char *template, const char *locale);

#endif
