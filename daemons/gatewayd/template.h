/*
 * Templates for configuration files: {{name}} is a value of the context, {{#name}} ... {{/name}} is
 * repeated for each object of a list (or stands once for an object or true), {{^name}} ... {{/name}}
 * stands when there is none. Inner names hide outer ones. A line with nothing but one of these
 * section marks leaves no line.
 */
#ifndef ECOM_DAEMONS_GATEWAYD_TEMPLATE_H
#define ECOM_DAEMONS_GATEWAYD_TEMPLATE_H

#include <jansson.h>

/*
 * The text filled in; the caller frees. NULL with *error (the caller frees) when a value has a
 * character that could end a word or a line of the file: quotes, backslash, $, control characters.
 * An unknown name, or a section without its end, is a bug of the template and aborts.
 */
char *template_render(const char *text, const json_t *context, char **error);

#endif
