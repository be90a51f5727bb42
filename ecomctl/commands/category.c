/* category: list get describe create update archive. */
#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/resource.h"

static const struct resource category = {
	.collection = "/v1/categories",
	.item = "/v1/categories/{}",
	.archive = "/v1/categories/{}/archive",
	.key = "slug",
	.singular = "category",
	.plural = "categories",
};

static const struct column category_columns[] = {
	{ "slug", COLUMN_TEXT, 0 },
	{ "name", COLUMN_TEXT, 0 },
	{ "parent", COLUMN_TEXT, 2 },
	{ "position", COLUMN_NUMBER, 3 },
	{ "archived", COLUMN_BOOL, 4 },
	{ "updated_at", COLUMN_TIME, 5, "UPDATED" },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ "created_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

static const struct argument one_slug[] = { { "SLUG", "the category's name in URLs" }, { 0 } };
static const struct argument many_slugs[] = {
	{ "SLUG", "the category's name in URLs", .many = true }, { 0 }
};

static const struct flag list_flags[] = {
	{ "parent", 0, FLAG_TEXT, "SLUG", "directly below this one", .field = "parent" },
	{ "archived", 0, FLAG_TRUTH, NULL, "yes: only archived ones; no: only the others",
	  .field = "archived" },
	{ 0 },
};

#define CATEGORY_FIELDS                                                         \
	{ "name", 'n', FLAG_TEXT, NULL, "what people read", .field = "name" },  \
		{ "parent",                                                     \
		  0,                                                            \
		  FLAG_TEXT,                                                    \
		  "SLUG",                                                       \
		  "the category above; none: at the top",                       \
		  .nullable = true,                                             \
		  .field = "parent" },                                          \
	{                                                                       \
		"position", 0, FLAG_NUMBER, NULL, "order among its neighbours", \
			.field = "position"                                     \
	}

static const struct flag create_flags[] = { CATEGORY_FIELDS, { 0 } };
static const struct flag update_flags[] = {
	CATEGORY_FIELDS,
	{ "archived", 0, FLAG_TRUTH, NULL, "no brings it back, without those below it",
	  .field = "archived" },
	RESOURCE_IF_VERSION,
	{ 0 },
};
static const struct flag archive_flags[] = { RESOURCE_IF_VERSION, { 0 } };

const struct command category_commands[] = {
	{ "list", "List categories", resource_list, NULL, list_flags, category_columns, "slug",
	  EXAMPLES("ecomctl category list", "ecomctl category list --parent kitchen -o json"),
	  .resource = &category, .pages = true },
	{ "get", "Show categories in a line each", resource_get, many_slugs, NULL, category_columns,
	  "slug", EXAMPLES("ecomctl category get mugs"), .resource = &category },
	{ "describe", "Show all about a category", resource_describe, one_slug, NULL,
	  category_columns, "slug", EXAMPLES("ecomctl category describe mugs"),
	  .resource = &category },
	{ "create", "Create a category", resource_create, one_slug, create_flags, category_columns,
	  "slug", EXAMPLES("ecomctl category create mugs --name Mugs --parent kitchen"),
	  .resource = &category, .writes = true },
	{ "update", "Change a category", resource_update, one_slug, update_flags, category_columns,
	  "slug",
	  EXAMPLES("ecomctl category update mugs --name 'Mugs and cups'",
		   "ecomctl category update mugs --parent none"),
	  .resource = &category, .writes = true },
	{ "archive", "Take categories, and all below them, out of the shop", resource_archive,
	  many_slugs, archive_flags, category_columns, "slug",
	  EXAMPLES("ecomctl category archive mugs"), .resource = &category, .writes = true,
	  .destructive = true },
	{ 0 },
};
