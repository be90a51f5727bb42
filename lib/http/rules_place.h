/* The inside of rules, for lib/http alone: where a value stands, and the checks of plain values. */
#ifndef ECOM_LIB_HTTP_RULES_PLACE_H
#define ECOM_LIB_HTTP_RULES_PLACE_H

#include "lib/http/rules.h"

/* Where we are: "/addresses/0/name". */
struct place {
	const struct place *parent;
	const char *name;
	int index; /* when name is NULL */
};

typedef void check_fn(const struct field *field, json_t *value, const struct place *place,
		      struct field_errors *errors);

/* Adds an error about the value at this place. */
void place_fail(struct field_errors *errors, const struct place *place, const char *code,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

check_fn check_string, check_email, check_uuid, check_int, check_bool, check_time;

#endif
