/* An order beside its cart and the catalogue. */
#include "daemons/orderd/compare.h"

#include "lib/base/json.h"
#include "lib/base/str.h"

static const json_t *line_of(const json_t *lines, const char *sku)
{
	const json_t *line;
	size_t i;

	json_array_foreach (lines, i, line) {
		if (str_eq(json_get_string(line, "sku", ""), sku))
			return line;
	}
	return NULL;
}

static void add_quantity(json_t *out, const char *sku, const json_t *expected, const json_t *actual)
{
	json_array_append_new(out,
			      json_pack("{s:s, s:I, s:I}", "sku", sku, "expected",
					(json_int_t)json_get_int(expected, "quantity", 0), "actual",
					(json_int_t)json_get_int(actual, "quantity", 0)));
}

/* SKUs whose quantities differ; 0 is not there. */
static json_t *quantities_differ(const json_t *expected, const json_t *actual)
{
	json_t *differ = json_array();
	const json_t *line;
	size_t i;

	json_array_foreach (expected, i, line) {
		const char *sku = json_get_string(line, "sku", "");
		const json_t *other = line_of(actual, sku);

		if (json_get_int(line, "quantity", 0) != json_get_int(other, "quantity", 0))
			add_quantity(differ, sku, line, other);
	}
	json_array_foreach (actual, i, line) {
		const char *sku = json_get_string(line, "sku", "");

		if (!line_of(expected, sku))
			add_quantity(differ, sku, NULL, line);
	}
	return differ;
}

/* Of somebody else's cart nothing is told. */
static bool cart_differs(const struct checkout *order, const json_t *cart, json_t **detail)
{
	const char *status = json_get_string(cart, "status", "missing");
	int64_t version = json_get_int(cart, "version", 0);
	json_t *differ;

	if (!cart || !str_eq(json_get_string(cart, "owner", ""), order->owner)) {
		*detail = json_pack("{s:{s:s}}", "cart", "status", "missing");
		return true;
	}
	differ = quantities_differ(order->lines, json_object_get(cart, "lines"));
	if (str_eq(status, "active") && version == order->cart_version &&
	    json_array_size(differ) == 0) {
		json_decref(differ);
		return false;
	}
	*detail = json_pack("{s:{s:s, s:I, s:I}, s:o}", "cart", "status", status, "version",
			    (json_int_t)version, "expected_version",
			    (json_int_t)order->cart_version, "lines", differ);
	return true;
}

static bool has_cart(const struct checkout *order)
{
	return order->cart && *order->cart;
}

/* Staff also sell what the shop does not show yet, but not what it has given up. */
static bool is_sold(const struct checkout *order, const json_t *quote)
{
	const char *status = json_get_string(quote, "status", "");

	if (!has_cart(order))
		return quote && !str_eq(status, "archived");
	return quote && str_eq(status, "active") && !json_get_bool(quote, "hidden", false);
}

static bool price_rose(const struct checkout *order, const json_t *line, const json_t *quote)
{
	const json_t *price = json_object_get(quote, "price");

	return !str_eq(json_get_string(price, "currency", ""), order->currency) ||
	       json_get_int(price, "amount", INT64_MAX) > json_get_int(line, "price", 0);
}

static json_t *unsold(const struct checkout *order, const json_t *quotes)
{
	json_t *list = json_array();
	const json_t *line;
	size_t i;

	json_array_foreach (order->lines, i, line) {
		const char *sku = json_get_string(line, "sku", "");
		const json_t *quote = json_object_get(quotes, sku);

		if (!is_sold(order, quote))
			json_array_append_new(
				list,
				json_pack("{s:I, s:s, s:s}", "line",
					  (json_int_t)json_get_int(line, "line", 0), "sku", sku,
					  "status",
					  json_get_bool(quote, "hidden", false)
						  ? "hidden"
						  : json_get_string(quote, "status", "unknown")));
	}
	return list;
}

static json_t *dearer(const struct checkout *order, const json_t *quotes)
{
	json_t *list = json_array();
	const json_t *line;
	size_t i;

	json_array_foreach (order->lines, i, line) {
		const char *sku = json_get_string(line, "sku", "");
		json_t *quote = json_object_get(quotes, sku);

		if (price_rose(order, line, quote))
			json_array_append_new(list,
					      json_pack("{s:I, s:s, s:{s:I, s:s}, s:O*}", "line",
							(json_int_t)json_get_int(line, "line", 0),
							"sku", sku, "expected", "amount",
							(json_int_t)json_get_int(line, "price", 0),
							"currency", order->currency, "actual",
							json_object_get(quote, "price")));
	}
	return list;
}

const char *checkout_compare(const struct checkout *order, const json_t *cart, const json_t *quotes,
			     json_t **detail)
{
	static const struct {
		const char *reason;
		json_t *(*find)(const struct checkout *order, const json_t *quotes);
	} checks[] = { { "product_unavailable", unsold }, { "price_changed", dearer } };

	size_t count = has_cart(order) ? sizeof(checks) / sizeof(checks[0]) : 1;

	if (has_cart(order) && cart_differs(order, cart, detail))
		return "cart_changed";
	for (size_t i = 0; i < count; i++) {
		json_t *lines = checks[i].find(order, quotes);

		if (json_array_size(lines)) {
			*detail = json_pack("{s:o}", "lines", lines);
			return checks[i].reason;
		}
		json_decref(lines);
	}
	return NULL;
}
