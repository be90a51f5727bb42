/* Stock between services: quotes, allocations, releases, shipments, returns, holds. */
#include "daemons/catalogd/stock_rules.h"

#include <stddef.h>

#define ORDERS_MAX   200
#define LINES_MAX    500
#define LINE_MAX     1000000
#define QUANTITY_MAX 1000000000
#define SKUS_MAX     1000
#define HOLD_MAX     86400 /* seconds */

#define SKU                                                  \
	{                                                    \
		"sku", STRING, REQUIRED, .min = 1, .max = 64 \
	}
#define QUANTITY                                                         \
	{                                                                \
		"quantity", INT, REQUIRED, .min = 1, .max = QUANTITY_MAX \
	}
#define LINE                                                     \
	{                                                        \
		"line", INT, REQUIRED, .min = 1, .max = LINE_MAX \
	}

static const struct field sku_item[] = { { "", STRING, .min = 1, .max = 64 }, { 0 } };

const struct field quote_rules[] = {
	{ "skus", ARRAY, REQUIRED, .min = 0, .max = SKUS_MAX, .items = sku_item },
	{ 0 },
};

static const struct field demand_fields[] = { LINE, SKU, QUANTITY, { 0 } };
static const struct field demand_item[] = { { "", OBJECT, .fields = demand_fields }, { 0 } };
static const struct field share_fields[] = { LINE, QUANTITY, { 0 } };
static const struct field share_item[] = { { "", OBJECT, .fields = share_fields }, { 0 } };
static const struct field held_fields[] = { SKU, QUANTITY, { 0 } };
static const struct field held_item[] = { { "", OBJECT, .fields = held_fields }, { 0 } };

static const struct field order_fields[] = {
	{ "order", UUID, REQUIRED },
	{ "cart", UUID, .nullable = true, .help = "What it holds is used first" },
	{ "lines", ARRAY, REQUIRED, .min = 1, .max = LINES_MAX, .items = demand_item },
	{ 0 },
};
static const struct field order_item[] = { { "", OBJECT, .fields = order_fields }, { 0 } };

const struct field allocation_rules[] = {
	{ "orders", ARRAY, REQUIRED, .min = 1, .max = ORDERS_MAX, .items = order_item },
	{ 0 },
};

static const struct field released_fields[] = {
	{ "id", UUID, REQUIRED, .help = "Of the release: the same again changes nothing" },
	{ "order", UUID, REQUIRED },
	{ "lines", ARRAY, .min = 1, .max = LINES_MAX, .nullable = true, .items = share_item,
	  .help = "Null: all that is left, and no allocation afterwards" },
	{ "restock", BOOL, .fallback = "true", .help = "False: it is gone from the shelf" },
	{ "reason", STRING, .max = 200, .nullable = true },
	{ 0 },
};
static const struct field released_item[] = { { "", OBJECT, .fields = released_fields }, { 0 } };

const struct field release_rules[] = {
	{ "releases", ARRAY, REQUIRED, .min = 1, .max = ORDERS_MAX, .items = released_item },
	{ 0 },
};

static const struct field shipped_fields[] = {
	{ "id", UUID, REQUIRED, .help = "Of the shipment: the same again changes nothing" },
	{ "order", UUID, REQUIRED },
	{ "lines", ARRAY, REQUIRED, .min = 1, .max = LINES_MAX, .items = share_item },
	{ 0 },
};
static const struct field shipped_item[] = { { "", OBJECT, .fields = shipped_fields }, { 0 } };

const struct field shipment_rules[] = {
	{ "shipments", ARRAY, REQUIRED, .min = 1, .max = ORDERS_MAX, .items = shipped_item },
	{ 0 },
};

static const struct field returned_fields[] = {
	{ "id", UUID, REQUIRED, .help = "Of the return: the same again changes nothing" },
	{ "order", UUID, REQUIRED },
	{ "lines", ARRAY, REQUIRED, .min = 1, .max = LINES_MAX, .items = demand_item },
	{ 0 },
};
static const struct field returned_item[] = { { "", OBJECT, .fields = returned_fields }, { 0 } };

const struct field stock_return_rules[] = {
	{ "returns", ARRAY, REQUIRED, .min = 1, .max = ORDERS_MAX, .items = returned_item },
	{ 0 },
};

const struct field hold_rules[] = {
	{ "lines", ARRAY, REQUIRED, .min = 0, .max = LINES_MAX, .items = held_item,
	  .help = "All that the cart holds from now on" },
	{ "seconds", INT, REQUIRED, .min = 1, .max = HOLD_MAX },
	{ 0 },
};
