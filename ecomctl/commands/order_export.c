/* order export: all pages, a row per order or per line. */
#include "ecomctl/commands/order.h"

#include "ecomctl/commands/resource.h"
#include "lib/base/json.h"

#define PAGE_SIZE 200

/* The order's members, and those of the line under names of their own. */
static void emit_line(struct output *output, const json_t *order, const json_t *line)
{
	static const char *const names[][2] = {
		{ "line", "line" },           { "sku", "sku" },
		{ "name", "product" },        { "quantity", "quantity" },
		{ "cancelled", "cancelled" }, { "shipped", "shipped" },
		{ "price", "price" },         { "tax", "line_tax" },
		{ "total", "line_total" },
	};
	json_t *row = json_copy((json_t *)(uintptr_t)order);

	json_object_del(row, "lines");
	for (size_t i = 0; i < array_size(names); i++) {
		json_t *value = json_object_get(line, names[i][0]);

		if (value)
			json_object_set(row, names[i][1], value);
	}
	output_record(output, row);
	json_decref(row);
}

static void emit(struct cli *cli, const json_t *order)
{
	const json_t *line;
	size_t i;

	if (!cli_has(cli, "with-lines")) {
		output_record(cli_output(cli), order);
		return;
	}
	json_array_foreach (json_object_get(order, "lines"), i, line)
		emit_line(cli_output(cli), order, line);
}

enum exit_code order_export(struct cli *cli)
{
	struct api *api = cli_api(cli);
	char *path scoped(scoped_free) = NULL;
	struct api_pages pages;
	const json_t *page, *order;
	bool begun = false;
	size_t i;

	if (!api)
		return cli_exit(cli);
	path = resource_list_path(cli);
	api_pages_open(&pages, api, path, PAGE_SIZE);
	while (!cli_interrupted() && !output_failed(cli_output(cli)) &&
	       (page = api_pages_next(&pages))) {
		if (!begun)
			output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
				     cli_command(cli)->identity);
		begun = true;
		json_array_foreach (page, i, order)
			emit(cli, order);
	}
	if (begun)
		output_end(cli_output(cli));
	if (pages.answer.failure)
		cli_fail_answer(cli, &pages.answer);
	api_pages_close(&pages);
	return cli_interrupted() ? EXIT_INTERRUPTED : cli_exit(cli);
}
