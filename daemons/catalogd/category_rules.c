/* Categories: bodies and query strings. */
#include "daemons/catalogd/category_rules.h"

#include <stddef.h>

#define SLUG_FORM    "^[a-z0-9]+(-[a-z0-9]+)*$"
#define POSITION_MAX 1000000

#define PARENT                                                                             \
	{                                                                                  \
		"parent", STRING, .max = 64, .match = SLUG_FORM, .nullable = true,         \
				  .help = "Slug of the category above, or null at the top" \
	}
#define POSITION(...)                                                                     \
	{                                                                                 \
		"position", INT, .max = POSITION_MAX, .help = "Order among its siblings", \
				 ##__VA_ARGS__                                            \
	}

const struct field category_rules[] = {
	{ "slug", STRING, REQUIRED, .min = 1, .max = 64, .match = SLUG_FORM,
	  .help = "Identifies the category for ever" },
	{ "name", STRING, REQUIRED, .min = 1, .max = 200 },
	PARENT,
	POSITION(.fallback = "0"),
	{ 0 },
};

const struct field category_patch_rules[] = {
	{ "name", STRING, .min = 1, .max = 200 },
	PARENT,
	POSITION(),
	{ "archived", BOOL, .help = "False brings the category back, not those below it" },
	{ 0 },
};

const struct field category_query[] = {
	{ "parent", STRING, .max = 64, .help = "Slug: only the categories right below it" },
	{ "archived", BOOL, .help = "Needs a catalog scope when true" },
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};
