/* -o name and -q: what identifies each record, a line each. */
#include "ecomctl/output/format.h"

static void nothing(struct output *output)
{
	(void)output;
}

static void record_name(struct output *output, const json_t *record)
{
	const struct column column = { .name = output->identity };
	const json_t *value = output->identity ? value_find(record, &column) : NULL;

	/* A line of its own is the promise: a name from outside must not break it. */
	if (value) {
		value_human(&output->pending, &column, value);
		buf_addc(&output->pending, '\n');
	}
}

const struct output_format output_name = { "name", nothing, record_name, nothing };
