/* Options from defaults, a YAML file and the environment, through tables of struct option. */
#include "lib/base/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define LIST_MAX 64

struct value {
	const struct option *option;
	char *text; /* as given; NULL: no value */
	int64_t number;
	char *list[LIST_MAX + 1]; /* into list_text */
	char *list_text;
	char *origin; /* "default", "FILE:LINE" or "environment" */
};

struct options {
	char *section;
	struct value *values;
	size_t count;
};

static struct value *value_find(const struct options *options, const char *key)
{
	for (size_t i = 0; i < options->count; i++) {
		if (str_eq(options->values[i].option->key, key))
			return &options->values[i];
	}
	return NULL;
}

static struct value *value_get(const struct options *options, const char *key)
{
	struct value *value = value_find(options, key);

	if (!value) {
		log_error("option %s is in no table", key);
		abort();
	}
	return value;
}

static void list_split(struct value *value)
{
	size_t count = 0;
	char *rest = NULL;

	free(value->list_text);
	value->list_text = xstrdup(value->text);
	for (char *word = strtok_r(value->list_text, ", \n", &rest); word && count < LIST_MAX;
	     word = strtok_r(NULL, ", \n", &rest))
		value->list[count++] = word;
	value->list[count] = NULL;
}

static bool number_parse(const struct option *option, const char *text, int64_t *out)
{
	bool any = option->min == 0 && option->max == 0;

	switch (option->type) {
	case OPTION_INT:
		return str_to_int(text, any ? INT64_MIN : option->min,
				  any ? INT64_MAX : option->max, out);
	case OPTION_DURATION:
		return str_to_ms(text, out) &&
		       (any || (*out >= option->min && *out <= option->max));
	case OPTION_BOOL:
		*out = str_eq(text, "true") || str_eq(text, "yes");
		return *out || str_eq(text, "false") || str_eq(text, "no");
	case OPTION_STRING:
	case OPTION_LIST:
		return true;
	}
	return false;
}

static char *expectation(const struct option *option)
{
	static const char *const kinds[] = { "a string", "a whole number", "true or false",
					     "a duration such as 250ms, 30s or 15m", "a list" };

	if (option->min == 0 && option->max == 0)
		return xstrdup(kinds[option->type]);
	return xasprintf("%s from %lld to %lld%s", kinds[option->type], (long long)option->min,
			 (long long)option->max, option->type == OPTION_DURATION ? " ms" : "");
}

/* Takes `origin`. */
static bool value_set(struct value *value, const char *text, char *origin, char **error)
{
	if (!number_parse(value->option, text, &value->number)) {
		char *expected scoped(scoped_free) = expectation(value->option);

		*error = xasprintf("%s: %s must be %s, not \"%s\"", origin, value->option->key,
				   expected, value->option->secret ? "***" : text);
		free(origin);
		return false;
	}
	free(value->text);
	free(value->origin);
	value->text = xstrdup(text);
	value->origin = origin;
	if (value->option->type == OPTION_LIST)
		list_split(value);
	return true;
}

/* A scalar as it is, a sequence of scalars joined by commas; NULL when it is neither. */
static char *node_text(yaml_document_t *document, const yaml_node_t *node)
{
	struct buf buf = BUF_INIT(65536);

	if (node->type == YAML_SCALAR_NODE)
		return xstrdup((const char *)node->data.scalar.value);
	if (node->type != YAML_SEQUENCE_NODE)
		return NULL;
	for (yaml_node_item_t *item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		const yaml_node_t *element = yaml_document_get_node(document, *item);

		if (element->type != YAML_SCALAR_NODE) {
			buf_free(&buf);
			return NULL;
		}
		buf_addf(&buf, "%s%s", buf.len ? "," : "", element->data.scalar.value);
	}
	return buf_steal(&buf);
}

static const char *key_nearest(const struct options *options, const char *key)
{
	const char *keys[256] = { 0 };

	for (size_t i = 0; i < options->count && i < array_size(keys) - 1; i++)
		keys[i] = options->values[i].option->key;
	return str_nearest(key, keys, 2);
}

static bool unknown_key(const struct options *options, const char *path, const yaml_node_t *node,
			char **error)
{
	const char *key = (const char *)node->data.scalar.value;
	const char *nearest = key_nearest(options, key);

	*error = xasprintf("%s:%zu: unknown option \"%s\"%s%s%s", path, node->start_mark.line + 1,
			   key, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
			   nearest ? "\"?" : "");
	return false;
}

/* Keys at the top may be another daemon's option, so only those of our section must be known. */
static bool pair_apply(struct options *options, const char *path, yaml_document_t *document,
		       const yaml_node_pair_t *pair, bool ours, char **error)
{
	const yaml_node_t *key = yaml_document_get_node(document, pair->key);
	const yaml_node_t *node = yaml_document_get_node(document, pair->value);
	char *text scoped(scoped_free) = node_text(document, node);
	struct value *value;

	if (key->type != YAML_SCALAR_NODE) {
		*error = xasprintf("%s:%zu: a key must be a word", path, key->start_mark.line + 1);
		return false;
	}
	value = value_find(options, (const char *)key->data.scalar.value);
	if (!value)
		return ours ? unknown_key(options, path, key, error) : true;
	if (!text) {
		*error = xasprintf("%s:%zu: %s must be a value or a list of values", path,
				   node->start_mark.line + 1, value->option->key);
		return false;
	}
	return value_set(value, text, xasprintf("%s:%zu", path, node->start_mark.line + 1), error);
}

static bool map_apply(struct options *options, const char *path, yaml_document_t *document,
		      const yaml_node_t *map, bool ours, char **error)
{
	if (map->type == YAML_SCALAR_NODE && map->data.scalar.length == 0)
		return true; /* `catalogd:` with nothing below it */
	if (map->type != YAML_MAPPING_NODE) {
		*error = xasprintf("%s:%zu: expected `key: value` lines", path,
				   map->start_mark.line + 1);
		return false;
	}
	for (yaml_node_pair_t *pair = map->data.mapping.pairs.start;
	     pair < map->data.mapping.pairs.top; pair++) {
		if (!pair_apply(options, path, document, pair, ours, error))
			return false;
	}
	return true;
}

static const yaml_node_t *section_find(const struct options *options, yaml_document_t *document,
				       const yaml_node_t *root)
{
	if (root->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *pair = root->data.mapping.pairs.start;
	     pair < root->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(document, pair->key);

		if (key->type == YAML_SCALAR_NODE &&
		    str_eq((const char *)key->data.scalar.value, options->section))
			return yaml_document_get_node(document, pair->value);
	}
	return NULL;
}

static bool document_apply(struct options *options, const char *path, yaml_document_t *document,
			   char **error)
{
	const yaml_node_t *root = yaml_document_get_root_node(document);
	const yaml_node_t *section;

	if (!root)
		return true;
	section = section_find(options, document, root);
	return map_apply(options, path, document, root, false, error) &&
	       (!section || map_apply(options, path, document, section, true, error));
}

static bool file_apply(struct options *options, const char *path, char **error)
{
	yaml_parser_t parser;
	yaml_document_t document;
	FILE *file = fopen(path, "re");
	bool ok;

	if (!file) {
		*error = xasprintf("%s: %s", path, strerror(errno));
		return false;
	}
	yaml_parser_initialize(&parser);
	yaml_parser_set_input_file(&parser, file);
	ok = yaml_parser_load(&parser, &document);
	if (ok) {
		ok = document_apply(options, path, &document, error);
		yaml_document_delete(&document);
	} else {
		*error = xasprintf("%s:%zu: not valid YAML: %s", path, parser.problem_mark.line + 1,
				   parser.problem ? parser.problem : "cannot read");
	}
	yaml_parser_delete(&parser);
	fclose(file);
	return ok;
}

static const char *environment_get(const char *section, const char *key)
{
	char *name scoped(scoped_free) = *section ? xasprintf("ECOM_%s_%s", section, key)
						  : xasprintf("ECOM_%s", key);

	for (char *c = name; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return getenv(name);
}

static bool environment_apply(struct options *options, char **error)
{
	for (size_t i = 0; i < options->count; i++) {
		struct value *value = &options->values[i];
		const char *text = environment_get(options->section, value->option->key);

		if (!text)
			text = environment_get("", value->option->key);
		if (text && !value_set(value, text, xstrdup("environment"), error))
			return false;
	}
	return true;
}

static void defaults_apply(struct options *options, const struct option *const *tables)
{
	for (; *tables; tables++) {
		for (const struct option *option = *tables; option->key; option++) {
			struct value *value;
			char *error;

			options->values = xrealloc(options->values,
						   (options->count + 1) * sizeof(*value));
			value = &options->values[options->count++];
			*value = (struct value){ .option = option, .origin = xstrdup("default") };
			if (option->fallback &&
			    !value_set(value, option->fallback, xstrdup("default"), &error))
				die("%s", error);
		}
	}
}

struct options *options_load(const char *section, const struct option *const *tables,
			     const char *path, char **error)
{
	struct options *options = xcalloc(1, sizeof(*options));

	options->section = xstrdup(section);
	defaults_apply(options, tables);
	if ((path && !file_apply(options, path, error)) || !environment_apply(options, error)) {
		options_free(options);
		return NULL;
	}
	return options;
}

void options_free(struct options *options)
{
	if (!options)
		return;
	for (size_t i = 0; i < options->count; i++) {
		free(options->values[i].text);
		free(options->values[i].list_text);
		free(options->values[i].origin);
	}
	free(options->values);
	free(options->section);
	free(options);
}

const char *options_str(const struct options *options, const char *key)
{
	return value_get(options, key)->text;
}

int64_t options_int(const struct options *options, const char *key)
{
	return value_get(options, key)->number;
}

bool options_bool(const struct options *options, const char *key)
{
	return value_get(options, key)->number != 0;
}

const char *const *options_list(const struct options *options, const char *key)
{
	return (const char *const *)value_get(options, key)->list;
}

void options_set(struct options *options, const char *key, const char *text)
{
	char *error;

	if (!value_set(value_get(options, key), text, xstrdup("set"), &error))
		die("%s", error);
}

void options_print(const struct options *options, FILE *out)
{
	fprintf(out, "%s:\n", options->section);
	for (size_t i = 0; i < options->count; i++) {
		const struct value *value = &options->values[i];

		if (!value->text)
			fprintf(out, "  # %s: not set\n", value->option->key);
		else
			fprintf(out, "  %s: \"%s\" # %s\n", value->option->key,
				value->option->secret ? "***" : value->text, value->origin);
	}
}
