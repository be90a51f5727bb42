/* -o json: one document, an array for lists. -o ndjson: a line per record, in constant memory. */
#include <stdlib.h>
#include <string.h>

#include "ecomctl/output/format.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/term/escape.h"

static void add_record(struct output *output, const json_t *record, size_t flags)
{
	json_t *chosen scoped(scoped_json) = value_chosen(output, record);
	char *text scoped(scoped_free) =
		json_dumps(chosen, flags | JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS));

	if (text)
		term_escape_json(&output->pending, text, strlen(text));
	else
		buf_adds(&output->pending, "null");
}

static void json_begin(struct output *output)
{
	if (output->shape == OUTPUT_LIST)
		buf_adds(&output->pending, "[");
}

static void json_record(struct output *output, const json_t *record)
{
	if (output->shape == OUTPUT_LIST)
		buf_adds(&output->pending, output->count ? ",\n" : "\n");
	add_record(output, record, output->shape == OUTPUT_LIST ? JSON_COMPACT : JSON_INDENT(2));
}

static void json_finish(struct output *output)
{
	if (output->shape == OUTPUT_LIST)
		buf_adds(&output->pending, output->count ? "\n]" : "]");
	buf_addc(&output->pending, '\n');
}

const struct output_format output_json = { "json", json_begin, json_record, json_finish };

static void nothing(struct output *output)
{
	(void)output;
}

static void ndjson_record(struct output *output, const json_t *record)
{
	add_record(output, record, JSON_COMPACT);
	buf_addc(&output->pending, '\n');
}

const struct output_format output_ndjson = { "ndjson", nothing, ndjson_record, nothing };
