/* What an instance says about itself, as JSON on NATS. */
#ifndef ECOM_LIB_REGISTRY_ANNOUNCEMENT_H
#define ECOM_LIB_REGISTRY_ANNOUNCEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/registry/registry.h"

#define ANNOUNCEMENT_TEXT_MAX 2048 /* bytes; anything longer is not ours */

/* An instance with its own memory. */
struct announcement {
	struct instance instance; /* its strings are the arrays below */
	int64_t started;          /* milliseconds since the epoch */
	char service[33], id[65], version[33], address[81], direct_address[81];
};

/* Copies; false when something is too long or not a name or address. */
bool announcement_set(struct announcement *out, const struct instance *instance, int64_t started);

/* Reads a message that came on `subject`; false for anything that is not well-formed. */
bool announcement_parse(const char *subject, const char *text, size_t len,
			struct announcement *out);

/* The message; the caller frees. */
char *announcement_text(const struct announcement *announcement);

#endif
