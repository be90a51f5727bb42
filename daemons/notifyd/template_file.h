/* Where templates come from: the folder of the option `templates`, then the program itself. */
#ifndef ECOM_DAEMONS_NOTIFYD_TEMPLATE_FILE_H
#define ECOM_DAEMONS_NOTIFYD_TEMPLATE_FILE_H

#include <stdbool.h>

struct template_file {
	const char *name, *locale, *text;
};

/* Those of templates/, made by build-aux/embed-templates; end with an all-zero row. */
extern const struct template_file template_files[];
extern const char template_sample_text[];

struct template_parts {
	char *content; /* the parts stand in it; freed by template_parts_done() */
	const char *subject, *text, *html; /* NULL: the file does not have it */
};

/*
 * The template of that name in the first of: the locale, its language, English. NULL content: there is
 * none. False with *error (the caller frees): a file that cannot be read or has no such form.
 */
bool template_load(const char *folder, const char *name, const char *locale,
		   struct template_parts *parts, char **error);
void template_parts_done(struct template_parts *parts);

#endif
