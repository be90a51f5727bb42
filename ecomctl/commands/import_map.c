/* CSV cells and NDJSON objects as products. */
#include <stdlib.h>

#include "ecomctl/cli.h"
#include "ecomctl/commands/import.h"
#include "lib/base/json.h"
#include "lib/base/money.h"
#include "lib/base/str.h"

/* What a cell becomes. */
enum cell {
	CELL_IGNORED,
	CELL_TEXT,
	CELL_NULLABLE, /* "none" is null */
	CELL_STOCK,
	CELL_PRICE,
	CELL_CURRENCY,
	CELL_ATTRIBUTES, /* a JSON object */
	CELL_ATTRIBUTE,  /* one of them: attr.NAME */
};

static const struct {
	const char *name;
	enum cell cell;
	bool ours; /* belongs into the rejects */
} known[] = {
	{ "sku", CELL_TEXT, true },
	{ "name", CELL_TEXT, true },
	{ "description", CELL_TEXT, true },
	{ "status", CELL_TEXT, true },
	{ "category", CELL_NULLABLE, true },
	{ "price", CELL_PRICE, true },
	{ "currency", CELL_CURRENCY, true },
	{ "stock", CELL_STOCK, true },
	{ "attributes", CELL_ATTRIBUTES, true },
	{ "version", CELL_IGNORED, true },
	{ "created_at", CELL_IGNORED, true },
	{ "updated_at", CELL_IGNORED, true },
	{ "_line", CELL_IGNORED, false },
	{ "_code", CELL_IGNORED, false },
	{ "_error", CELL_IGNORED, false },
};

struct import_column {
	enum cell cell;
	bool ours;
	char *name; /* member, or name of the attribute */
};

struct import_map {
	struct import_column *columns;
	size_t count;
	size_t currency_column; /* count: none */
	const char *currency;   /* default; NULL: none */
};

/* A row in the making. */
struct making {
	const struct import_map *map;
	const char *const *cells;
	struct arena *arena;
	json_t *product;
	const char **code, **error;
};

static void fail_unknown(struct cli *cli, const char *name)
{
	const char *names[array_size(known) + 1] = { NULL };
	char *hint scoped(scoped_free) = NULL;
	const char *near;

	for (size_t i = 0; i < array_size(known); i++)
		names[i] = known[i].name;
	near = suggest(name, names);
	hint = near ? xasprintf("did you mean %s?", near)
		    : xstrdup("attributes are columns named attr.NAME; ecomctl product import "
			      "--help");
	cli_fail(cli, EXIT_INVALID, hint, "there is no column \"%s\"", name);
}

static bool take_column(struct import_column *column, const char *name)
{
	if (str_has_prefix(name, "attr.") && name[5]) {
		*column = (struct import_column){ CELL_ATTRIBUTE, true, xstrdup(name + 5) };
		return true;
	}
	for (size_t i = 0; i < array_size(known); i++) {
		if (!str_eq(known[i].name, name))
			continue;
		*column = (struct import_column){ known[i].cell, known[i].ours, xstrdup(name) };
		return true;
	}
	return false;
}

static bool is_twice(const char *const *header, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (str_eq(header[i], header[at]))
			return true;
	}
	return false;
}

struct import_map *import_map_open(struct cli *cli, const char *const *header, size_t count,
				   const char *currency)
{
	struct import_map *map = xcalloc(1, sizeof(*map));
	bool named = false;

	map->columns = xcalloc(count, sizeof(*map->columns));
	map->count = map->currency_column = count;
	map->currency = currency;
	for (size_t i = 0; i < count; i++) {
		if (!take_column(&map->columns[i], header[i]))
			fail_unknown(cli, header[i]);
		else if (is_twice(header, i))
			cli_fail(cli, EXIT_INVALID, NULL, "column \"%s\" is there twice",
				 header[i]);
		if (map->columns[i].cell == CELL_CURRENCY)
			map->currency_column = i;
		named |= str_eq(header[i], "sku");
	}
	if (!named)
		cli_fail(cli, EXIT_INVALID, "the first line names the columns",
			 "there is no column \"sku\"");
	if (!cli_exit(cli))
		return map;
	import_map_free(map);
	return NULL;
}

void import_map_free(struct import_map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->count; i++)
		free(map->columns[i].name);
	free(map->columns);
	free(map);
}

bool import_map_is_ours(const struct import_map *map, size_t column)
{
	return map->columns[column].ours;
}

static bool reject(struct making *making, const char *code, const char *field, const char *text,
		   const char *reason)
{
	*making->code = code;
	*making->error = arena_printf(making->arena, "%s: \"%.100s\" %s", field, text, reason);
	return false;
}

static bool set_price(struct making *making, const char *text, const char *currency)
{
	struct money money;

	if (currency && money_exponent(currency) < 0)
		return reject(making, "invalid_currency", "currency", currency,
			      "is no ISO 4217 code, such as EUR");
	if (!money_parse(text, currency, &money))
		return reject(making, "invalid_price", "price", text,
			      currency ? "is no amount, such as 19.99 EUR"
				       : "is no amount with its currency, such as 19.99 EUR");
	json_object_set_new(making->product, "price",
			    json_pack("{s:I, s:s}", "amount", (json_int_t)money.amount, "currency",
				      money.currency));
	return true;
}

static const char *currency_of(const struct making *making)
{
	const struct import_map *map = making->map;
	const char *cell = map->currency_column < map->count ? making->cells[map->currency_column]
							     : "";

	return *cell ? cell : map->currency;
}

static bool set_attributes(struct making *making, const char *text)
{
	const char *why;
	json_t *object = json_parse(text, strlen(text), &why);

	if (!json_is_object(object)) {
		json_decref(object);
		return reject(making, "invalid_attributes", "attributes", text,
			      "is no JSON object");
	}
	/* Single attributes that came first stay. */
	json_object_update_missing_new(object,
				       json_incref(json_object_get(making->product, "attributes")));
	json_object_set_new(making->product, "attributes", object);
	return true;
}

static bool set_attribute(struct making *making, const char *name, const char *text)
{
	json_t *object = json_object_get(making->product, "attributes");

	if (!object) {
		object = json_object();
		json_object_set_new(making->product, "attributes", object);
	}
	json_object_set_new(object, name, str_eq(text, "none") ? json_null() : json_string(text));
	return true;
}

static bool set_stock(struct making *making, const char *text)
{
	int64_t count;

	if (str_eq(text, "none")) {
		json_object_set_new(making->product, "stock", json_null());
		return true;
	}
	if (!str_to_int(text, 0, INT64_MAX, &count))
		return reject(making, "invalid_stock", "stock", text, "is no number of pieces");
	json_object_set_new(making->product, "stock", json_integer(count));
	return true;
}

static bool set_cell(struct making *making, const struct import_column *column, const char *text)
{
	switch (column->cell) {
	case CELL_PRICE:
		return set_price(making, text, currency_of(making));
	case CELL_STOCK:
		return set_stock(making, text);
	case CELL_ATTRIBUTES:
		return set_attributes(making, text);
	case CELL_ATTRIBUTE:
		return set_attribute(making, column->name, text);
	case CELL_NULLABLE:
	case CELL_TEXT:
		json_object_set_new(making->product, column->name,
				    column->cell == CELL_NULLABLE && str_eq(text, "none")
					    ? json_null()
					    : json_string(text));
		break;
	case CELL_IGNORED:
	case CELL_CURRENCY:
		break;
	}
	return true;
}

json_t *import_map_row(const struct import_map *map, const char *const *cells, size_t count,
		       struct arena *arena, const char **code, const char **error)
{
	struct making making = { map, cells, arena, json_object(), code, error };

	for (size_t i = 0; i < count && i < map->count; i++) {
		if (!*cells[i] || set_cell(&making, &map->columns[i], cells[i]))
			continue;
		json_decref(making.product);
		return NULL;
	}
	return making.product;
}

json_t *import_object(const char *line, size_t len, const char *currency, struct arena *arena,
		      const char **code, const char **error)
{
	const char *why, *price;
	json_t *product = json_parse(line, len, &why);
	struct making making = { .arena = arena, .product = product, .code = code, .error = error };

	if (!json_is_object(product)) {
		*code = "invalid_json";
		*error = arena_strdup(arena, product ? "not a JSON object" : why);
		json_decref(product);
		return NULL;
	}
	for (size_t i = 0; i < array_size(known); i++) {
		if (known[i].cell == CELL_IGNORED)
			json_object_del(product, known[i].name);
	}
	price = json_get_string(product, "price", NULL);
	if (price && !set_price(&making, price, currency)) {
		json_decref(product);
		return NULL;
	}
	return product;
}
