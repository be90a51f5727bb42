/* order trace: history, stock movements, payment events and log lines of an order, in one line of time. */
#include "ecomctl/commands/order_trace.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/money.h"
#include "lib/base/str.h"

enum { PAGE_SIZE = 200, PAYMENTS_MAX = 16, KEY_SIZE = 64 };

struct trace {
	struct cli *cli;
	json_t *rows;          /* {"time", "source", "what", "detail"} */
	struct buf words;      /* what log lines of it contain */
	struct buf unreadable; /* parts that may not be read */
};

/* --- rows ------------------------------------------------------------------------------------- */

/* Times come with three or six digits, Z or +00:00; of one form they sort as texts. */
static void time_normal(const char *time, char out[KEY_SIZE])
{
	const char *digits = strlen(time) > 20 && time[19] == '.' ? time + 20 : "";
	int count = (int)strspn(digits, "0123456789");

	count = count > 6 ? 6 : count;
	snprintf(out, KEY_SIZE, "%.19s.%.*s%.*sZ", time, count, digits, 6 - count, "000000");
}

static void add_row(struct trace *trace, const char *time, const char *source, const char *what,
		    const char *detail)
{
	char normal[KEY_SIZE];

	time_normal(time, normal);
	json_array_append_new(trace->rows,
			      json_pack("{s:s, s:s, s:s, s:s}", "time", normal, "source", source,
					"what", what, "detail", detail ? detail : ""));
}

static void add_value(struct buf *out, const json_t *value)
{
	struct money money = { .amount = json_get_int(value, "amount", 0) };
	const char *currency = json_get_string(value, "currency", NULL);

	if (json_is_string(value)) {
		buf_adds(out, json_string_value(value));
	} else if (currency && strlen(currency) == 3) {
		char text[MONEY_TEXT_SIZE];

		memcpy(money.currency, currency, sizeof(money.currency));
		money_format(&money, text);
		buf_adds(out, text);
	} else {
		char *text scoped(scoped_free) = json_text(value);

		buf_adds(out, text);
	}
}

/* "reason=out_of_stock actor=orderd": those of the members that are there, or all of an object. */
static void add_members(struct buf *out, const json_t *object, const char *const *names)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)object, name, value) {
		bool wanted = !names;

		for (size_t i = 0; names && names[i]; i++)
			wanted |= str_eq(names[i], name);
		if (!wanted || json_is_null(value))
			continue;
		buf_addf(out, "%s%s=", out->len ? " " : "", name);
		add_value(out, value);
	}
}

static void add_object(struct trace *trace, const json_t *object, const char *time,
		       const char *source, const char *what, const char *const *names)
{
	struct buf detail = BUF_INIT(0);

	add_members(&detail, object, names);
	add_row(trace, json_get_string(object, time, ""), source, json_get_string(object, what, ""),
		detail.data);
	buf_free(&detail);
}

/* --- where they come from --------------------------------------------------------------------- */

/* NULL: not all of it can be read. What the caller may not see is named at the end, and no failure. */
static json_t *ask(struct trace *trace, const char *path, enum api_target target, const char *part)
{
	json_t *answer =
		cli_call(trace->cli,
			 &(struct api_request){ .method = "GET", .path = path, .target = target });

	if (!answer && cli_exit(trace->cli) == EXIT_FORBIDDEN) {
		buf_addf(&trace->unreadable, "%s%s", trace->unreadable.len ? ", " : "", part);
		cli_fail_forget(trace->cli);
	}
	return answer;
}

/* The order's id, or NULL. The caller frees. */
static char *trace_order(struct trace *trace, const char *order)
{
	static const char *const names[] = { "actor", NULL };
	char *path scoped(scoped_free) = api_path("/v1/orders/{}/timeline", order);
	json_t *answer scoped(scoped_json) = ask(trace, path, API_SERVER, "the order");
	const char *id = json_get_string(answer, "order", NULL);
	const json_t *event;
	size_t i;

	json_array_foreach (json_object_get(answer, "data"), i, event) {
		struct buf detail = BUF_INIT(0);

		add_members(&detail, event, names);
		add_members(&detail, json_object_get(event, "data"), NULL);
		add_row(trace, json_get_string(event, "at", ""), "order",
			json_get_string(event, "kind", ""), detail.data);
		buf_free(&detail);
	}
	if (id)
		buf_addf(&trace->words, "%s %s", id, json_get_string(answer, "number", ""));
	return id ? xstrdup(id) : NULL;
}

static void trace_stock(struct trace *trace, const char *order)
{
	static const char *const names[] = { "sku",       "location", "quantity", "on_hand",
					     "allocated", "reason",   NULL };
	char *path scoped(scoped_free) = api_path_query(xstrdup("/v1/stock-movements"), "order",
							order);
	char *cursor scoped(scoped_free) = NULL;

	do {
		char *page = api_path_query(api_path_query(xstrdup(path), "limit", "200"), "after",
					    cursor);
		json_t *answer scoped(scoped_json) = ask(trace, page, API_SERVER, "stock");
		const char *next = json_get_string(answer, "next", NULL);
		const json_t *movement;
		size_t i;

		free(page);
		json_array_foreach (json_object_get(answer, "data"), i, movement)
			add_object(trace, movement, "created_at", "stock", "kind", names);
		free(cursor);
		cursor = next ? xstrdup(next) : NULL;
	} while (cursor);
}

static void trace_payment(struct trace *trace, const char *payment)
{
	static const char *const event_names[] = { "amount", "reason", "source", "reference",
						   NULL };
	static const char *const operation_names[] = { "kind",   "state",     "amount", "attempt",
						       "reason", "reference", NULL };
	char *path scoped(scoped_free) = api_path("/v1/payments/{}/events", payment);
	json_t *answer scoped(scoped_json) = ask(trace, path, API_SERVER, "payment events");
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(answer, "data"), i, row)
		add_object(trace, row, "created_at", "payment", "kind", event_names);
	json_array_foreach (json_object_get(answer, "operations"), i, row) {
		struct buf detail = BUF_INIT(0);

		add_members(&detail, row, operation_names);
		add_row(trace, json_get_string(row, "created_at", ""), "payment", "operation",
			detail.data);
		buf_free(&detail);
	}
	buf_addf(&trace->words, " %s", payment);
}

static void trace_payments(struct trace *trace, const char *order)
{
	char *path scoped(scoped_free) = api_path_query(xstrdup("/v1/payments"), "order", order);
	json_t *answer scoped(scoped_json) = ask(trace, path, API_SERVER, "payments");
	const json_t *payment;
	size_t i;

	json_array_foreach (json_object_get(answer, "data"), i, payment) {
		if (i < PAYMENTS_MAX && !cli_exit(trace->cli))
			trace_payment(trace, json_get_string(payment, "id", ""));
	}
}

static void trace_logs(struct trace *trace)
{
	char *path scoped(scoped_free) =
		api_path_query(api_path_query(xstrdup("/v1/log-lines"), "text", trace->words.data),
			       "limit", "1000");
	json_t *answer scoped(scoped_json) = ask(trace, path, API_ENGINE, "log lines");
	const json_t *line;
	size_t i;

	json_array_foreach (json_object_get(answer, "data"), i, line)
		add_row(trace, json_get_string(line, "time", ""),
			json_get_string(line, "instance", ""), json_get_string(line, "level", ""),
			json_get_string(line, "message", ""));
}

/* --- the command ------------------------------------------------------------------------------ */

static int by_time(const void *a, const void *b)
{
	return strcmp(json_get_string(*(json_t *const *)a, "time", ""),
		      json_get_string(*(json_t *const *)b, "time", ""));
}

static void emit_sorted(struct cli *cli, const json_t *rows)
{
	size_t count = json_array_size(rows);
	json_t **sorted scoped(scoped_free) = xcalloc(count + 1, sizeof(json_t *));

	for (size_t i = 0; i < count; i++)
		sorted[i] = json_array_get(rows, i);
	qsort(sorted, count, sizeof(json_t *), by_time);
	output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
		     cli_command(cli)->identity);
	for (size_t i = 0; i < count; i++)
		output_record(cli_output(cli), sorted[i]);
	output_end(cli_output(cli));
}

/* What can be read is shown even when a part failed; the failure is the exit code. */
enum exit_code order_trace(struct cli *cli)
{
	struct trace trace = { .cli = cli, .rows = json_array() };
	char *order = trace_order(&trace, cli_argument(cli, 0));

	if (order) {
		trace_stock(&trace, order);
		if (!cli_exit(cli))
			trace_payments(&trace, order);
		if (!cli_exit(cli))
			trace_logs(&trace);
		emit_sorted(cli, trace.rows);
	}
	if (trace.unreadable.len)
		cli_note(cli, "not shown, because you may not read them: %s",
			 trace.unreadable.data);
	free(order);
	json_decref(trace.rows);
	buf_free(&trace.words);
	buf_free(&trace.unreadable);
	return cli_exit(cli);
}

const struct column order_trace_columns[] = {
	{ "time", COLUMN_TIME },
	{ "source", COLUMN_TEXT },
	{ "what", COLUMN_TEXT },
	{ "detail", COLUMN_TEXT },
	{ 0 },
};
