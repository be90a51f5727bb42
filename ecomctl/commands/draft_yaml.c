/* YAML documents to JSON: mappings, sequences and scalars, with limits; no tags, no merging. */
#include "ecomctl/commands/draft.h"

#include <string.h>

#include <yaml.h>

#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define DEPTH_MAX 16
#define NODES_MAX 100000 /* aliases included, so that they cannot multiply */

struct reading {
	struct cli *cli;
	const char *path;
	yaml_document_t document;
	int nodes;
};

static json_t *fail_at(struct reading *reading, size_t line, const char *why)
{
	cli_fail(reading->cli, EXIT_INVALID, "ecomctl draft create --example shows one", "%s", why);
	cli_fail_at(reading->cli, "%s:%zu", reading->path, line + 1);
	return NULL;
}

/* Plain ones may be a number, a truth or nothing; quoted ones are text. */
static json_t *scalar(const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;
	int64_t number;

	if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return json_stringn(text, node->data.scalar.length);
	if (str_eq(text, "true") || str_eq(text, "false"))
		return json_boolean(str_eq(text, "true"));
	if (str_eq(text, "") || str_eq(text, "~") || str_eq(text, "null"))
		return json_null();
	if (strspn(text, "-0123456789") == strlen(text) &&
	    str_to_int(text, INT64_MIN, INT64_MAX, &number))
		return json_integer((json_int_t)number);
	return json_stringn(text, node->data.scalar.length);
}

static json_t *convert(struct reading *reading, int index, int depth);

static json_t *sequence(struct reading *reading, const yaml_node_t *node, int depth)
{
	json_t *array = json_array();

	for (yaml_node_item_t *item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		json_t *value = convert(reading, *item, depth + 1);

		if (!value) {
			json_decref(array);
			return NULL;
		}
		json_array_append_new(array, value);
	}
	return array;
}

static bool add_pair(struct reading *reading, json_t *object, const yaml_node_pair_t *pair,
		     int depth)
{
	yaml_node_t *key = yaml_document_get_node(&reading->document, pair->key);
	const char *name = key && key->type == YAML_SCALAR_NODE
				   ? (const char *)key->data.scalar.value
				   : NULL;
	json_t *value;

	if (!name || json_object_get(object, name)) {
		fail_at(reading, key ? key->start_mark.line : 0,
			name ? "a member is there twice" : "the name of a member is no text");
		return false;
	}
	value = convert(reading, pair->value, depth + 1);
	if (value && json_object_set_new(object, name, value) == 0)
		return true;
	if (value)
		fail_at(reading, key->start_mark.line, "not valid UTF-8");
	return false;
}

static json_t *mapping(struct reading *reading, const yaml_node_t *node, int depth)
{
	json_t *object = json_object();

	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		if (!add_pair(reading, object, pair, depth)) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *convert(struct reading *reading, int index, int depth)
{
	yaml_node_t *node = yaml_document_get_node(&reading->document, index);
	json_t *value;

	if (depth > DEPTH_MAX || ++reading->nodes > NODES_MAX)
		return fail_at(reading, node->start_mark.line, "nested too deep, or too much");
	if (node->type == YAML_SEQUENCE_NODE)
		return sequence(reading, node, depth);
	if (node->type == YAML_MAPPING_NODE)
		return mapping(reading, node, depth);
	value = scalar(node);
	return value ? value : fail_at(reading, node->start_mark.line, "not valid UTF-8");
}

static bool add_document(struct reading *reading, const yaml_node_t *node, int index, json_t *out)
{
	json_t *body;

	if (node->type != YAML_MAPPING_NODE) {
		fail_at(reading, node->start_mark.line, "a draft is a mapping");
		return false;
	}
	body = convert(reading, index, 0);
	if (!body)
		return false;
	json_array_append_new(out, json_pack("{s:I, s:o}", "line",
					     (json_int_t)node->start_mark.line + 1, "body", body));
	return true;
}

/* A document is a draft, or a list of them; the root has the index 1. */
static bool add_root(struct reading *reading, json_t *out)
{
	yaml_node_t *root = yaml_document_get_root_node(&reading->document);

	if (root->type != YAML_SEQUENCE_NODE)
		return add_document(reading, root, 1, out);
	for (yaml_node_item_t *item = root->data.sequence.items.start;
	     item < root->data.sequence.items.top; item++) {
		if (!add_document(reading, yaml_document_get_node(&reading->document, *item), *item,
				  out))
			return false;
	}
	return true;
}

static bool read_documents(struct reading *reading, yaml_parser_t *parser, json_t *out)
{
	for (;;) {
		bool ended, read = true;

		if (!yaml_parser_load(parser, &reading->document)) {
			fail_at(reading, parser->problem_mark.line,
				parser->problem ? parser->problem : "not valid YAML");
			return false;
		}
		ended = !yaml_document_get_root_node(&reading->document);
		if (!ended)
			read = add_root(reading, out);
		yaml_document_delete(&reading->document);
		if (ended || !read)
			return read;
	}
}

bool drafts_read_yaml(struct cli *cli, const char *path, const char *text, size_t len, json_t *out)
{
	struct reading reading = { .cli = cli, .path = path };
	yaml_parser_t parser;
	bool read;

	if (!yaml_parser_initialize(&parser))
		die("out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	read = read_documents(&reading, &parser, out);
	yaml_parser_delete(&parser);
	return read;
}
