/* invoice: list get verify. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/resource.h"
#include "lib/base/buf.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

static const struct resource invoice = {
	.collection = "/v1/invoices",
	.item = "/v1/invoices/{}",
	.key = "number",
	.singular = "invoice",
	.plural = "invoices",
};

/* INV-2026-000001 and not the number or id of an order. */
static bool is_invoice_number(const char *text)
{
	size_t prefix = strcspn(text, "-");

	return prefix >= 1 && prefix <= 8 && text[prefix] &&
	       strspn(text + prefix + 1, "0123456789") == 4 && text[prefix + 5] == '-' &&
	       text[prefix + 6] &&
	       text[prefix + 6 + strspn(text + prefix + 6, "0123456789")] == '\0';
}

static enum exit_code not_found(struct cli *cli, const char *what)
{
	char *hint scoped(scoped_free) = NULL;

	if (cli_exit(cli) != EXIT_NOT_FOUND)
		return cli_exit(cli);
	hint = xasprintf("ecomctl %s list", what);
	cli_fail_restate(cli, hint, "%s \"%s\" not found", what, cli_argument(cli, 0));
	return EXIT_NOT_FOUND;
}

/* The documents that the argument names: one, or all of an order. New reference, an array. */
static json_t *documents_of(struct cli *cli)
{
	const char *name = cli_argument(cli, 0);
	bool one = is_invoice_number(name);
	char *path scoped(scoped_free) =
		api_path(one ? "/v1/invoices/{}" : "/v1/orders/{}/invoices", name);
	json_t *answer = cli_call(cli, &(struct api_request){ .method = "GET", .path = path });
	json_t *list;

	if (!answer) {
		not_found(cli, one ? "invoice" : "order");
		return NULL;
	}
	if (one)
		return json_pack("[o]", answer);
	list = json_incref(json_object_get(answer, "data"));
	json_decref(answer);
	if (json_array_size(list) == 0)
		cli_fail(cli, EXIT_NOT_FOUND, "an invoice is made when something was shipped",
			 "order \"%s\" has no invoices", name);
	return list;
}

/* A number that may stand in a path: what the server says is not taken on trust. */
static const char *number_of(struct cli *cli, const json_t *document)
{
	const char *number = json_get_string(document, "number", "");

	if (is_invoice_number(number)) {
		for (const char *c = number; isalnum((unsigned char)*c) || *c == '-'; c++) {
			if (!c[1])
				return number;
		}
	}
	cli_fail(cli, EXIT_FAILED, NULL, "the server sent no number of an invoice");
	return NULL;
}

/* One of them as /pdf or /text. */
static bool fetch(struct cli *cli, const char *number, const char *form, struct api_answer *answer)
{
	char *pattern scoped(scoped_free) = xasprintf("/v1/invoices/{}/%s", form);
	char *path scoped(scoped_free) = api_path(pattern, number);
	struct api *api = cli_api(cli);

	if (!api)
		return false;
	if (api_call(api, &(struct api_request){ .method = "GET", .path = path }, answer))
		return true;
	cli_fail_answer(cli, answer);
	return false;
}

static bool is_folder(const char *path)
{
	struct stat found;

	return str_has_suffix(path, "/") || (stat(path, &found) == 0 && S_ISDIR(found.st_mode));
}

/* FILE with %n replaced by the number, or a file of that name in the folder. The caller frees. */
static char *file_of(const char *file, const char *number)
{
	const char *mark = strstr(file, "%n");

	if (mark)
		return xasprintf("%.*s%s%s", (int)(mark - file), file, number, mark + 2);
	if (is_folder(file))
		return xasprintf("%s%s%s.pdf", file, str_has_suffix(file, "/") ? "" : "/", number);
	return xstrdup(file);
}

static bool save(struct cli *cli, const char *path, const struct api_answer *answer)
{
	if (str_eq(path, "-")) {
		output_raw(cli_output(cli), answer->text, answer->len);
		return true;
	}
	if (file_write(path, answer->text, answer->len, 0666))
		return true;
	cli_fail(cli, EXIT_FAILED, NULL, "%s cannot be written: %s", path, strerror(errno));
	return false;
}

static bool save_pdf(struct cli *cli, json_t *document)
{
	const char *number = number_of(cli, document);
	char *path scoped(scoped_free) = number ? file_of(cli_text(cli, "pdf"), number) : NULL;
	struct api_answer answer = { 0 };
	bool saved = path && fetch(cli, number, "pdf", &answer) && save(cli, path, &answer);

	if (saved)
		json_object_set_new(document, "file", json_string(path));
	api_answer_free(&answer);
	return saved;
}

/* "INV-2026-000001, CN-2026-000001". The caller frees. */
static char *numbers_of(const json_t *documents)
{
	struct buf names = BUF_INIT(0);
	const json_t *document;
	size_t i;

	json_array_foreach (documents, i, document)
		buf_addf(&names, "%s%s", i ? ", " : "", json_get_string(document, "number", ""));
	return buf_steal(&names);
}

static enum exit_code save_pdfs(struct cli *cli, const json_t *documents)
{
	const char *file = cli_text(cli, "pdf");
	json_t *document;
	size_t i;

	if (str_eq(file, "-") && isatty(STDOUT_FILENO))
		return cli_fail(cli, EXIT_USAGE, "give a file", "standard output is the terminal");
	if (json_array_size(documents) > 1 && !strstr(file, "%n") && !is_folder(file)) {
		char *numbers scoped(scoped_free) = numbers_of(documents);

		return cli_fail(cli, EXIT_USAGE,
				"name one of them, or a folder, or a file with %n for the number",
				"order \"%s\" has several: %s", cli_argument(cli, 0), numbers);
	}
	json_array_foreach (documents, i, document) {
		if (!save_pdf(cli, document))
			return cli_exit(cli);
	}
	if (!str_eq(file, "-"))
		cli_emit_list(cli, documents);
	return cli_exit(cli);
}

static enum exit_code show_texts(struct cli *cli, const json_t *documents)
{
	const json_t *document;
	size_t i;

	json_array_foreach (documents, i, document) {
		const char *number = number_of(cli, document);
		struct api_answer answer = { 0 };

		if (i > 0)
			output_raw(cli_output(cli), "\n", 1);
		if (number && fetch(cli, number, "text", &answer))
			output_text(cli_output(cli), answer.text, answer.len);
		api_answer_free(&answer);
		if (cli_exit(cli))
			break;
	}
	return cli_exit(cli);
}

static enum exit_code invoice_get(struct cli *cli)
{
	json_t *documents scoped(scoped_json) = NULL;

	if (cli_has(cli, "pdf") && cli_has(cli, "text"))
		return cli_fail(cli, EXIT_USAGE, NULL, "--pdf and --text do not go together");
	documents = documents_of(cli);
	if (cli_exit(cli))
		return cli_exit(cli);
	if (cli_has(cli, "pdf"))
		return save_pdfs(cli, documents);
	if (cli_has(cli, "text"))
		return show_texts(cli, documents);
	cli_emit_list(cli, documents);
	return cli_exit(cli);
}

static enum exit_code invoice_verify(struct cli *cli)
{
	json_t *answer scoped(scoped_json) = cli_call(
		cli, &(struct api_request){ .method = "GET", .path = "/v1/invoice-verification" });
	const json_t *differences = json_object_get(answer, "differences");
	size_t unpaid = json_array_size(json_object_get(answer, "unpaid"));

	if (!answer)
		return cli_exit(cli);
	cli_emit_list(cli, differences);
	cli_note(cli, "%lld documents, %lld orders that are settled",
		 (long long)json_get_int(answer, "documents", 0),
		 (long long)json_get_int(answer, "orders", 0));
	if (unpaid)
		cli_note(cli,
			 "%zu orders are invoiced and not paid; "
			 "ecomctl api GET /v1/invoice-verification names them",
			 unpaid);
	if (json_array_size(differences) > 0)
		return cli_fail(cli, EXIT_FAILED, NULL, "the invoices are not as they must be");
	return EXIT_OK;
}

static const struct column invoice_columns[] = {
	{ "number", COLUMN_TEXT, 0 },
	{ "kind", COLUMN_TEXT, 1 },
	{ "order_number", COLUMN_TEXT, 0, "ORDER" },
	{ "total", COLUMN_MONEY, 0 },
	{ "tax", COLUMN_MONEY, 3 },
	{ "issued_at", COLUMN_TIME, 2, "ISSUED" },
	{ "year", COLUMN_NUMBER, .detail = true },
	{ "order", COLUMN_TEXT, .detail = true },
	{ "shipment", COLUMN_TEXT, .detail = true },
	{ "refund", COLUMN_TEXT, .detail = true },
	{ "corrects", COLUMN_OBJECT, .detail = true },
	{ "reverses", COLUMN_TEXT, .detail = true },
	{ "hash", COLUMN_TEXT, .detail = true },
	{ "file", COLUMN_TEXT, .detail = true },
	{ 0 },
};

static const struct column difference_columns[] = {
	{ "problem", COLUMN_STATUS, 0 },
	{ "number", COLUMN_TEXT, 0 },
	{ "order", COLUMN_TEXT, 0 },
	{ "detail", COLUMN_TEXT, 0 },
	{ 0 },
};

static const char *const kinds[] = { "invoice", "credit_note", "credit_note_reversal", NULL };

static const struct argument one[] = {
	{ "ORDER|NUMBER", "an order, by its number or id, or the number of an invoice" }, { 0 }
};

static const struct flag list_flags[] = {
	{ "year", 0, FLAG_NUMBER, NULL, "of the number", .min = 2000, .max = 9999,
	  .field = "year" },
	{ "kind", 0, FLAG_CHOICE, NULL, "only these", .choices = kinds, .field = "kind" },
	{ "order", 0, FLAG_TEXT, "ORDER", "of this order: its number or id", .field = "order" },
	{ "since", 0, FLAG_TEXT, "TIME", "issued at or after this time", .field = "since" },
	{ 0 },
};

static const struct flag get_flags[] = {
	{ "pdf", 0, FLAG_FILE, NULL,
	  "write it to print: a file, with %n for the number; a folder; -" },
	{ "text", 0, FLAG_SWITCH, NULL, "show it as text" },
	{ 0 },
};

const struct command invoice_commands[] = {
	{ "list", "List invoices and credit notes, newest first", resource_list, NULL, list_flags,
	  invoice_columns, "number",
	  EXAMPLES("ecomctl invoice list --year 2026 --kind credit_note",
		   "ecomctl invoice list --order 100001"),
	  .resource = &invoice, .pages = true },
	{ "get", "Show, print or save the invoices of an order", invoice_get, one, get_flags,
	  invoice_columns, "number",
	  EXAMPLES("ecomctl invoice get 100001 --pdf invoice.pdf",
		   "ecomctl invoice get 100001 --pdf 'order-100001-%n.pdf'",
		   "ecomctl invoice get INV-2026-000001 --text"),
	  "An order has an invoice for each shipment and a credit note for each refund; a refund "
	  "that fails after it had succeeded has its credit note reversed." },
	{ "verify", "Check numbers, contents and sums of all invoices", invoice_verify, NULL, NULL,
	  difference_columns, "problem", EXAMPLES("ecomctl invoice verify"),
	  "Shows what differs; the exit code is 1 then. Orders that something happened to in the "
	  "last minute are left out of the sums." },
	{ 0 },
};
