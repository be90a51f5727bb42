/* payment reconcile: a report as CSV or NDJSON is sent, the differences are shown. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ecomctl/commands/payment.h"
#include "lib/base/buf.h"
#include "lib/base/csv.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

#define REPORT_MAX (16 << 20) /* bytes, as the server takes */

const struct argument reconcile_args[] = { { "FILE", "the report; - is standard input" }, { 0 } };

const struct flag reconcile_flags[] = {
	{ "provider", 0, FLAG_TEXT, NULL, "whose report it is; sandbox when not given" },
	{ "since", 0, FLAG_TEXT, "TIME", "where the report begins; else with its first row" },
	{ "until", 0, FLAG_TEXT, "TIME", "where the report ends; else after its last row" },
	{ 0 },
};

const struct column reconcile_columns[] = {
	{ "difference", COLUMN_STATUS, 0 },
	{ "kind", COLUMN_TEXT, 0 },
	{ "report", COLUMN_NUMBER, 0 },
	{ "event", COLUMN_NUMBER, 0 },
	{ "ledger", COLUMN_NUMBER, 0 },
	{ "currency", COLUMN_TEXT, 0 },
	{ "reference", COLUMN_TEXT, 2 },
	{ "payment", COLUMN_TEXT, 3 },
	{ 0 },
};

/* The columns of a report; their cells by place, -1: not there. */
enum { REFERENCE, KIND, AMOUNT, CURRENCY, OCCURRED_AT, FIELDS };
static const char *const fields[FIELDS] = { "reference", "kind", "amount", "currency",
					    "occurred_at" };

static bool find_columns(struct cli *cli, const struct csv_record *header, int places[FIELDS])
{
	for (int field = 0; field < FIELDS; field++) {
		places[field] = -1;
		for (size_t i = 0; i < header->ncells; i++) {
			if (str_eq(header->cells[i], fields[field]))
				places[field] = (int)i;
		}
		if (places[field] < 0 && field != OCCURRED_AT) {
			cli_fail(cli, EXIT_INVALID, "see ecomctl payment reconcile --help",
				 "the report has no column %s", fields[field]);
			return false;
		}
	}
	return true;
}

static bool add_row(struct cli *cli, const struct csv_record *row, const int places[FIELDS],
		    struct buf *out)
{
	json_t *object scoped(scoped_json) = json_object();
	char *text scoped(scoped_free) = NULL;
	struct money money;

	for (int field = 0; field < FIELDS; field++) {
		const char *cell = places[field] < 0 ? "" : row->cells[places[field]];

		if (*cell && field != AMOUNT)
			json_object_set_new(object, fields[field], json_string(cell));
	}
	if (!money_parse(row->cells[places[AMOUNT]], row->cells[places[CURRENCY]], &money)) {
		cli_fail(cli, EXIT_INVALID, NULL, "line %zu: %s %s is no amount of money",
			 row->line, row->cells[places[AMOUNT]], row->cells[places[CURRENCY]]);
		return false;
	}
	json_object_set_new(object, "amount", json_integer(money.amount));
	text = json_text(object);
	return buf_adds(out, text) && buf_addc(out, '\n');
}

static void read_csv(struct cli *cli, FILE *stream, struct buf *out)
{
	struct csv_reader *reader = csv_reader_open(stream, ',');
	struct csv_record record;
	int places[FIELDS];
	enum csv_read status = csv_reader_next(reader, &record);
	bool good = status == CSV_READ_RECORD && find_columns(cli, &record, places);

	while (good && (status = csv_reader_next(reader, &record)) == CSV_READ_RECORD)
		good = add_row(cli, &record, places, out);
	if (!cli_exit(cli) && (status == CSV_READ_BAD || status == CSV_READ_FAILED))
		cli_fail(cli, EXIT_INVALID, NULL, "line %zu: %s", record.line, record.error);
	csv_reader_close(reader);
}

static void read_ndjson(FILE *stream, struct buf *out)
{
	char block[16384];
	size_t got;

	while ((got = fread(block, 1, sizeof(block), stream)) > 0 && buf_add(out, block, got))
		;
}

static bool read_report(struct cli *cli, struct buf *out)
{
	const char *path = cli_argument(cli, 0);
	bool from_stdin = str_eq(path, "-");
	FILE *stream;
	int c;

	if (from_stdin && isatty(STDIN_FILENO)) {
		cli_fail(cli, EXIT_USAGE, "ecomctl payment reconcile - < report.csv",
			 "standard input is the terminal");
		return false;
	}
	stream = from_stdin ? stdin : fopen(path, "re");
	if (!stream) {
		cli_fail(cli, EXIT_USAGE, NULL, "%s cannot be read: %s", path, strerror(errno));
		return false;
	}
	c = getc(stream);
	ungetc(c, stream);
	if (c == '{')
		read_ndjson(stream, out);
	else
		read_csv(cli, stream, out);
	if (!from_stdin)
		fclose(stream);
	if (!cli_exit(cli) && out->overflow)
		cli_fail(cli, EXIT_INVALID, "split it, and give --since and --until of each part",
			 "the report is larger than 16 MiB");
	return !cli_exit(cli);
}

static json_t *compare(struct cli *cli, const struct buf *report)
{
	char *path = xstrdup("/v1/reconciliations");
	json_t *answer;

	path = api_path_query(path, "provider", cli_text(cli, "provider"));
	path = api_path_query(path, "since", cli_text(cli, "since"));
	path = api_path_query(path, "until", cli_text(cli, "until"));
	answer = cli_call(cli, &(struct api_request){ .method = "POST",
						      .path = path,
						      .data = report->data ? report->data : "",
						      .len = report->len,
						      .type = "application/x-ndjson" });
	free(path);
	return answer;
}

enum exit_code payment_reconcile(struct cli *cli)
{
	struct buf report = BUF_INIT(REPORT_MAX);
	json_t *answer scoped(scoped_json) = NULL;
	int64_t different;

	if (read_report(cli, &report))
		answer = compare(cli, &report);
	buf_free(&report);
	if (!answer)
		return cli_exit(cli);
	different = json_get_int(answer, "different", 0);
	cli_emit_list(cli, json_object_get(answer, "differences"));
	cli_note(cli, "%lld rows, %lld match, %lld ignored",
		 (long long)json_get_int(answer, "rows", 0),
		 (long long)json_get_int(answer, "matched", 0),
		 (long long)json_get_int(answer, "ignored", 0));
	if (different)
		return cli_fail(cli, EXIT_FAILED, NULL, "%lld differences", (long long)different);
	return cli_exit(cli);
}
