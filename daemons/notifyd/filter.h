/* Filters: values as people write them, in the language of a locale. */
#ifndef ECOM_DAEMONS_NOTIFYD_FILTER_H
#define ECOM_DAEMONS_NOTIFYD_FILTER_H

#include <jansson.h>

#define FILTER_SIZE 2048

/* Writes the value's text, "" for a value that it does not fit. `out` holds FILTER_SIZE bytes. */
typedef void filter_fn(const json_t *value, const char *locale, char *out);

/*
 * money: {"amount": 1999, "currency": "EUR"} as 19.99 EUR or 19,99 EUR; date: an RFC 3339 time as
 * 22 November 2026; datetime: with the time, in UTC; url: an address that begins with http:// or
 * https://, and nothing of any other. NULL: unknown.
 */
filter_fn *filter_find(const char *name);

#endif
