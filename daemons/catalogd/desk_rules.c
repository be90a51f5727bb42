/* Stock and locations as people change and list them: bodies and query strings. */
#include "daemons/catalogd/desk_rules.h"

#include <stddef.h>
#include <stdint.h>

#define QUANTITY_MAX  1000000000000
#define POSITION_MAX  1000000
#define LOCATION_FORM "^[a-z0-9]+(-[a-z0-9]+)*$"

#define LOCATION                                                                                 \
	{                                                                                        \
		"location", STRING, .min = 1, .max = 64, .match = LOCATION_FORM,                 \
				    .fallback = "\"main\"", .help = "Where; `main` unless given" \
	}
#define LEVEL_VERSION                                                                              \
	{                                                                                          \
		"version", INT, .min = 1, .max = INT64_MAX, .nullable = true,                      \
				.help = "Of the level, as read before: 412 when it is another one" \
	}
#define REASON(...)                                                   \
	{                                                             \
		"reason", STRING, ##__VA_ARGS__, .min = 1, .max = 200 \
	}

const struct field adjust_rules[] = {
	LOCATION,
	{ "quantity", INT, REQUIRED, .min = -QUANTITY_MAX, .max = QUANTITY_MAX,
	  .help = "More, or less when negative" },
	REASON(REQUIRED),
	LEVEL_VERSION,
	{ 0 },
};

const struct field set_rules[] = {
	LOCATION,
	{ "quantity", INT, REQUIRED, .max = QUANTITY_MAX,
	  .help = "On hand from now on; not below what is allocated and held" },
	REASON(),
	LEVEL_VERSION,
	{ 0 },
};

const struct field receive_rules[] = {
	LOCATION,
	{ "quantity", INT, REQUIRED, .min = 1, .max = QUANTITY_MAX },
	{ "reference", STRING, .max = 200, .help = "Delivery note, purchase order, ..." },
	REASON(),
	LEVEL_VERSION,
	{ 0 },
};

const struct field count_rules[] = {
	LOCATION,
	{ "quantity", INT, REQUIRED, .max = QUANTITY_MAX,
	  .help = "Counted; may be less than what is allocated" },
	REASON(),
	LEVEL_VERSION,
	{ 0 },
};

const struct field transfer_rules[] = {
	{ "from", STRING, REQUIRED, .min = 1, .max = 64, .match = LOCATION_FORM },
	{ "to", STRING, REQUIRED, .min = 1, .max = 64, .match = LOCATION_FORM },
	{ "quantity", INT, REQUIRED, .min = 1, .max = QUANTITY_MAX },
	REASON(),
	LEVEL_VERSION,
	{ 0 },
};

const struct field threshold_rules[] = {
	LOCATION,
	{ "threshold", INT, REQUIRED, .max = QUANTITY_MAX, .nullable = true,
	  .help = "An event tells when available comes down to it; null: none" },
	LEVEL_VERSION,
	{ 0 },
};

const struct field location_rules[] = {
	{ "code", STRING, REQUIRED, .min = 1, .max = 64, .match = LOCATION_FORM,
	  .help = "Identifies the location for ever" },
	{ "name", STRING, .min = 1, .max = 200, .help = "What people read; the code unless given" },
	{ "position", INT, .max = POSITION_MAX, .fallback = "0",
	  .help = "Orders take from the lowest one first" },
	{ 0 },
};

const struct field stock_query[] = {
	{ "sku", STRING, .max = 64 },
	{ "location", STRING, .max = 64 },
	{ "low", BOOL, .help = "True: at or below the threshold" },
	{ "q", STRING, .min = 1, .max = 200, .help = "Words of the product" },
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};

const struct field location_query[] = {
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};

static const char *const causes[] = { "order", "shipment", "release", "return", "import",
				      "count", "transfer", "hold",    "user",   NULL };

const struct field movement_query[] = {
	{ "sku", STRING, .max = 64 },
	{ "location", STRING, .max = 64 },
	{ "order", UUID, .help = "Caused by the order, its shipments and releases" },
	{ "cause", STRING, .values = causes },
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};
