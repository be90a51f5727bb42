/* Small helpers on jansson. */
#ifndef ECOM_LIB_BASE_JSON_H
#define ECOM_LIB_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define JSON_DEPTH_MAX 32 /* nesting of arrays and objects that we accept */

/* `json_t *x scoped(scoped_json)` */
void scoped_json(json_t **value);

/*
 * Parses untrusted text: one value, no duplicate keys, no U+0000, valid UTF-8, at most
 * JSON_DEPTH_MAX deep. NULL on failure, with *error (never NULL) telling what and where; the
 * caller frees neither.
 */
json_t *json_parse(const char *text, size_t len, const char **error);

/* The member of a kind, or the fallback when it is absent or of another kind. Borrowed. */
const char *json_get_string(const json_t *object, const char *key, const char *fallback);
int64_t json_get_int(const json_t *object, const char *key, int64_t fallback);
bool json_get_bool(const json_t *object, const char *key, bool fallback);

/* Compact text; the caller frees. Never NULL. */
char *json_text(const json_t *value);

#endif
