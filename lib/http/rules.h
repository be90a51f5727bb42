/*
 * Rules: rows that check a body or a query string, give the SQL parameters their types, and
 * describe themselves in the OpenAPI document. Unknown fields are refused; every bad field is
 * reported, not just the first.
 */
#ifndef ECOM_LIB_HTTP_RULES_H
#define ECOM_LIB_HTTP_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

enum field_type {             /* SQL type of the parameter */
		  STRING = 1, /* text; min and max count code points */
		  EMAIL,      /* text; lower-cased */
		  UUID,       /* text */
		  INT,        /* int8 */
		  BOOL,       /* bool */
		  TIME,       /* timestamptz; RFC 3339 */
		  MONEY, /* jsonb; {"amount": minor units, "currency": "EUR"}, min and max of amount */
		  OBJECT, /* jsonb; .fields, or any content when there are none */
		  ARRAY,  /* jsonb; .items, min and max count elements */
		  CURSOR, /* jsonb array; base64url in a query string, made by SQL's cursor_encode() */
		  CURRENCY, /* text; a code of ISO 4217 */
};

enum field_presence { OPTIONAL, REQUIRED };

struct field {
	const char *name;
	enum field_type type;
	enum field_presence presence;
	int64_t min, max;           /* 0, 0: any (strings: at most 1000, arrays: at most 100) */
	const char *match;          /* POSIX extended regular expression for a STRING */
	const char *const *values;  /* the allowed STRINGs, ends with NULL */
	const char *fallback;       /* used when absent: JSON text such as "\"EUR\"" or "20" */
	bool nullable;              /* null is allowed (a merge patch removes the value) */
	bool secret;                /* never shown, logged or repeated in an error */
	bool digits;                /* may hold what looks like a card number (a tracking number) */
	const struct field *fields; /* of an OBJECT */
	const struct field *items;  /* of an ARRAY: one row, its name is ignored */
	const char *help;           /* one sentence for OpenAPI */
};

/* A field that went wrong. */
struct field_error {
	char pointer[128]; /* RFC 6901, cut when it is longer */
	char code[32];     /* required, unknown_field, wrong_type, too_long, ... */
	char detail[192];
};

#define RULES_ERRORS_MAX 32

struct field_errors {
	struct field_error list[RULES_ERRORS_MAX];
	size_t count; /* may be larger than RULES_ERRORS_MAX: the rest was only counted */
};

/*
 * Checks the object and fills in fallbacks and canonical forms (an EMAIL's lower case). True when
 * errors->count stayed 0. `fields` ends with an all-zero row.
 */
bool rules_check(const struct field *fields, json_t *object, struct field_errors *errors);

/* Adds an error of the member with that name at the top. */
void rules_fail(struct field_errors *errors, const char *name, const char *code,
		const char *detail);

/* One value from a query string to JSON of the field's type, NULL when it is none. New reference. */
json_t *rules_from_text(const struct field *field, const char *text);

/* The type's OID for PREPARE. */
unsigned int rules_type_oid(enum field_type type);

const struct field *rules_find(const struct field *fields, const char *name); /* may be NULL */

/* The JSON Schema of the rows, for OpenAPI. New reference. */
json_t *rules_schema(const struct field *fields, bool is_patch);

#endif
