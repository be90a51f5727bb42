/* The rows that were not imported: as they came, with line, code and reason. */
#include <errno.h>
#include <stdlib.h>

#include "ecomctl/commands/import.h"
#include "ecomctl/output/csv.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

enum { SHOWN_MOST = 10 };

struct import_rejects {
	struct cli *cli;
	FILE *file; /* NULL: the first ones are shown on stderr */
	const char *path;
	const char *header; /* of CSV; NULL: NDJSON */
	size_t count;
};

struct import_rejects *import_rejects_open(struct cli *cli, const char *path, const char *header)
{
	struct import_rejects *rejects = xcalloc(1, sizeof(*rejects));

	rejects->cli = cli;
	rejects->path = path;
	rejects->header = header;
	if (!path)
		return rejects;
	rejects->file = fopen(path, "we");
	if (!rejects->file) {
		cli_fail(cli, EXIT_USAGE, NULL, "%s cannot be written: %s", path, strerror(errno));
		free(rejects);
		return NULL;
	}
	if (header)
		fprintf(rejects->file, "%s,_line,_code,_error\n", header);
	return rejects;
}

/* A record that could not be cut into cells has none: as many empty ones as there are columns. */
static void add_original(struct buf *out, const char *original, const char *header)
{
	if (*original) {
		buf_adds(out, original);
		return;
	}
	for (; *header; header++) {
		if (*header == ',')
			buf_addc(out, ',');
	}
}

static void add_csv(struct buf *out, const struct import_row *row, const char *header)
{
	add_original(out, row->original, header);
	buf_addf(out, ",%zu,", row->line);
	csv_add_cell(out, row->code, strlen(row->code));
	buf_addc(out, ',');
	csv_add_cell(out, row->error, strlen(row->error));
}

static void add_ndjson(struct buf *out, const struct import_row *row)
{
	const char *why;
	json_t *object scoped(scoped_json) = json_parse(row->original, strlen(row->original), &why);
	char *text scoped(scoped_free) = NULL;

	if (!json_is_object(object)) {
		json_decref(object);
		/* Not even UTF-8 is certain here. */
		object = json_object();
		json_object_set_new(object, "_raw", json_string(row->original));
	}
	json_object_set_new(object, "_line", json_integer((json_int_t)row->line));
	json_object_set_new(object, "_code", json_string(row->code));
	json_object_set_new(object, "_error", json_string(row->error));
	text = json_text(object);
	buf_adds(out, text);
}

void import_rejects_add(struct import_rejects *rejects, const struct import_row *row)
{
	struct buf line = BUF_INIT(0);

	rejects->count++;
	if (!rejects->file) {
		if (rejects->count <= SHOWN_MOST)
			cli_note(rejects->cli, "line %zu: %s: %s", row->line, row->code,
				 row->error);
		else if (rejects->count == SHOWN_MOST + 1)
			cli_note(rejects->cli, "more rejected rows are not shown: --rejects FILE");
		return;
	}
	if (rejects->header)
		add_csv(&line, row, rejects->header);
	else
		add_ndjson(&line, row);
	buf_addc(&line, '\n');
	fwrite(line.data, 1, line.len, rejects->file);
	buf_free(&line);
}

bool import_rejects_close(struct cli *cli, struct import_rejects *rejects)
{
	bool ok = true;

	if (rejects->file) {
		ok = !ferror(rejects->file);
		ok = fclose(rejects->file) == 0 && ok;
		if (!ok)
			cli_fail(cli, EXIT_FAILED, NULL, "%s cannot be written: %s", rejects->path,
				 strerror(errno));
	}
	free(rejects);
	return ok;
}
