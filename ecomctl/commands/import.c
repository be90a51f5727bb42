/*
 * product import: rows become chunks; two chunks are under way while the next one is read, so that
 * the client and the server work at the same time. Memory does not grow with the file.
 */
#include "ecomctl/commands/import.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

enum { CHUNKS = 3, MOVE_EVERY = 64, SHOW_EVERY_MS = 200, TELL_EVERY_MS = 10000 };
enum { CHUNK_TIMEOUT_MS = 120000 };

const struct argument import_args[] = { { "FILE", "CSV or NDJSON; - is standard input" }, { 0 } };

static const char *const formats[] = { "csv", "ndjson", NULL };
static const char *const delimiters[] = { "comma", "semicolon", "tab", NULL };

const struct flag import_flags[] = {
	{ "rejects", 'r', FLAG_FILE, NULL, "write the rows that are wrong there, with the reason" },
	{ "currency", 0, FLAG_TEXT, "CODE", "of prices without one, such as EUR" },
	{ "format", 0, FLAG_CHOICE, NULL, "instead of what the first byte tells",
	  .choices = formats },
	{ "delimiter", 0, FLAG_CHOICE, NULL, "between the cells of CSV", .choices = delimiters },
	{ "import-id", 0, FLAG_TEXT, "ID", "go on with an import that broke off" },
	{ 0 },
};

const struct column import_columns[] = {
	{ "rows", COLUMN_NUMBER },
	{ "created", COLUMN_NUMBER },
	{ "updated", COLUMN_NUMBER },
	{ "unchanged", COLUMN_NUMBER },
	{ "rejected", COLUMN_NUMBER },
	{ "seconds", COLUMN_NUMBER },
	{ "rows_per_second", COLUMN_NUMBER, 1, "ROWS/S" },
	{ "import_id", COLUMN_TEXT, .detail = true },
	{ 0 },
};

struct import {
	struct cli *cli;
	struct api *api;
	const char *id;
	char made_id[UUID_SIZE];
	struct import_source *source;
	struct import_rejects *rejects;
	struct import_chunk *chunks[CHUNKS]; /* a ring: oldest .. oldest + under_way - 1 are sent */
	size_t oldest, under_way, number;
	int64_t created, updated, unchanged, rejected, rows;
	int64_t started, shown;
	bool terminal;
};

static double seconds_of(const struct import *import)
{
	double seconds = (double)(clock_mono_ms() - import->started) / 1000;

	return seconds > 0.001 ? seconds : 0.001;
}

/* In place on a terminal; elsewhere a line now and then, so that logs stay readable. */
static void show_progress(struct import *import)
{
	int64_t now = clock_mono_ms();

	if (cli_quiet(import->cli) ||
	    now - import->shown < (import->terminal ? SHOW_EVERY_MS : TELL_EVERY_MS))
		return;
	import->shown = now;
	fprintf(stderr,
		import->terminal ? "\r%lld rows, %lld rejected, %.0f rows/s\033[K"
				 : "%lld rows, %lld rejected, %.0f rows/s\n",
		(long long)import->rows, (long long)import->rejected,
		(double)import->rows / seconds_of(import));
}

static void clear_progress(const struct import *import)
{
	if (import->terminal && !cli_quiet(import->cli) && import->shown != import->started)
		fputs("\r\033[K", stderr);
}

/* Row numbers of the answer count what was sent. */
static void take_rejected(struct import_chunk *chunk, const json_t *rejected)
{
	size_t i;
	const json_t *entry;

	json_array_foreach (rejected, i, entry) {
		int64_t at = json_get_int(entry, "row", -1);
		struct import_row *row;

		if (at < 0 || (size_t)at >= chunk->nsent)
			continue;
		row = &chunk->rows[chunk->sent[at]];
		row->code = arena_strdup(&chunk->arena, json_get_string(entry, "code", "rejected"));
		row->error = arena_printf(&chunk->arena, "%s: %s",
					  json_get_string(entry, "field", "row"),
					  json_get_string(entry, "reason", "not accepted"));
	}
}

static void count_chunk(struct import *import, struct import_chunk *chunk)
{
	for (size_t i = 0; i < chunk->nrows; i++) {
		if (!chunk->rows[i].code)
			continue;
		clear_progress(import);
		import_rejects_add(import->rejects, &chunk->rows[i]);
		import->rejected++;
	}
	import->rows += (int64_t)chunk->nrows;
}

static void fail_chunk(struct import *import, const struct import_chunk *chunk,
		       const struct api_answer *answer)
{
	cli_fail_answer(import->cli, answer);
	cli_fail_at(import->cli, "lines %zu to %zu; go on with --import-id %s", chunk->rows[0].line,
		    chunk->rows[chunk->nrows - 1].line, import->id);
}

/* Waits for the oldest chunk under way and takes its answer. */
static void finish_oldest(struct import *import)
{
	struct import_chunk *chunk = import->chunks[import->oldest];
	struct api_answer answer = { 0 };
	bool ok = !chunk->pending || api_finish(take_ptr(chunk->pending), &answer);

	if (ok) {
		import->created += json_get_int(answer.body, "created", 0);
		import->updated += json_get_int(answer.body, "updated", 0);
		import->unchanged += json_get_int(answer.body, "unchanged", 0);
		take_rejected(chunk, json_object_get(answer.body, "rejected"));
		count_chunk(import, chunk);
	} else {
		fail_chunk(import, chunk, &answer);
	}
	api_answer_free(&answer);
	import_chunk_clear(chunk);
	import->oldest = (import->oldest + 1) % CHUNKS;
	import->under_way--;
	show_progress(import);
}

static void fill(struct import *import, struct import_chunk *chunk)
{
	while (import_source_next(import->source, chunk)) {
		if (chunk->nrows % MOVE_EVERY == 0)
			api_move(import->api);
	}
}

/* Rows are applied in the order of the file: chunks with a product in common wait for each other. */
static bool must_wait(const struct import *import, const struct import_chunk *chunk)
{
	if (import->under_way == CHUNKS - 1)
		return true;
	for (size_t i = 0; i < import->under_way; i++) {
		if (import_chunks_clash(import->chunks[(import->oldest + i) % CHUNKS], chunk))
			return true;
	}
	return false;
}

static void send_chunk(struct import *import, struct import_chunk *chunk)
{
	import_chunk_seal(chunk, import->id, import->number++);
	while (import->under_way && must_wait(import, chunk))
		finish_oldest(import);
	import->under_way++;
	if (chunk->nsent == 0)
		return;
	chunk->request = (struct api_request){
		.method = "POST",
		.path = "/v1/product-imports",
		.data = chunk->body.data,
		.len = chunk->body.len,
		.type = "application/x-ndjson",
		.key = chunk->key,
		.timeout_ms = cli_has(import->cli, "request-timeout") ? 0 : CHUNK_TIMEOUT_MS,
	};
	chunk->pending = api_start(import->api, &chunk->request);
}

static void import_all(struct import *import)
{
	while (!import_source_ended(import->source) && !cli_exit(import->cli) &&
	       !cli_interrupted()) {
		struct import_chunk *chunk =
			import->chunks[(import->oldest + import->under_way) % CHUNKS];

		fill(import, chunk);
		if (chunk->nrows)
			send_chunk(import, chunk);
	}
	while (import->under_way)
		finish_oldest(import);
	clear_progress(import);
}

static void emit_counts(struct import *import)
{
	double seconds = seconds_of(import);
	json_t *record scoped(scoped_json) =
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:s}", "rows",
			  (json_int_t)import->rows, "created", (json_int_t)import->created,
			  "updated", (json_int_t)import->updated, "unchanged",
			  (json_int_t)import->unchanged, "rejected", (json_int_t)import->rejected,
			  "seconds", (double)(int64_t)(seconds * 10) / 10, "rows_per_second",
			  (json_int_t)((double)import->rows / seconds), "import_id", import->id);

	cli_emit(import->cli, OUTPUT_ONE, record);
}

static void conclude(struct import *import)
{
	const char *path = cli_text(import->cli, "rejects");
	char *hint scoped(scoped_free) = NULL;

	if (cli_interrupted()) {
		hint = xasprintf("go on with --import-id %s", import->id);
		cli_fail(import->cli, EXIT_INTERRUPTED, hint, "interrupted after %lld rows",
			 (long long)import->rows);
	} else if (import->rejected) {
		hint = path ? xasprintf("correct %s and run ecomctl product import %s", path, path)
			    : xstrdup("--rejects FILE keeps them with their reasons");
		cli_fail(import->cli, EXIT_PARTIAL, hint, "%lld of %lld rows were rejected",
			 (long long)import->rejected, (long long)import->rows);
	}
}

static void run_import(struct import *import, FILE *stream, const char *name)
{
	struct cli *cli = import->cli;

	import->source = import_source_open(cli, stream, name);
	if (!import->source)
		return;
	import->rejects = import_rejects_open(cli, cli_text(cli, "rejects"),
					      import_source_header(import->source));
	if (import->rejects) {
		for (size_t i = 0; i < CHUNKS; i++) {
			import->chunks[i] = xcalloc(1, sizeof(*import->chunks[i]));
			import_chunk_clear(import->chunks[i]);
		}
		import_all(import);
		import_rejects_close(cli, import->rejects);
		emit_counts(import);
		conclude(import);
	}
	for (size_t i = 0; i < CHUNKS; i++)
		import_chunk_free(import->chunks[i]);
	import_source_close(import->source);
}

enum exit_code product_import(struct cli *cli)
{
	const char *path = cli_argument(cli, 0);
	bool from_stdin = str_eq(path, "-");
	struct import import = { .cli = cli,
				 .api = cli_api(cli),
				 .id = cli_text(cli, "import-id") };
	FILE *stream;

	if (!import.api)
		return cli_exit(cli);
	if (from_stdin && isatty(STDIN_FILENO))
		return cli_fail(cli, EXIT_USAGE, "ecomctl product import - < products.csv",
				"standard input is the terminal");
	stream = from_stdin ? stdin : fopen(path, "re");
	if (!stream)
		return cli_fail(cli, EXIT_USAGE, NULL, "%s cannot be read: %s", path,
				strerror(errno));
	if (!import.id) {
		uuid_make(import.made_id);
		import.id = import.made_id;
	}
	import.started = import.shown = clock_mono_ms();
	import.terminal = isatty(STDERR_FILENO);
	run_import(&import, stream, from_stdin ? "standard input" : path);
	if (!from_stdin)
		fclose(stream);
	return cli_exit(cli);
}
