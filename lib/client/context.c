/* Contexts: reading config.yaml. */
#include "lib/client/context.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "lib/base/buf.h"
#include "lib/base/file.h"
#include "lib/base/str.h"
#include "lib/client/files.h"

enum { NAME_MAX_LENGTH = 64 };

/* What is being read; problems go to error (the first) and warnings (all, in one line). */
struct reading {
	const char *path;
	yaml_document_t document;
	char *error;
	struct buf warnings;
};

char *context_config_path(void)
{
	return client_file("XDG_CONFIG_HOME", ".config", "config.yaml");
}

bool context_name_is_valid(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= NAME_MAX_LENGTH && *name != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       len;
}

void context_free(struct context *context)
{
	free(context->name);
	free(context->server);
	free(context->shop);
	free(context->state);
	memset(context, 0, sizeof(*context));
}

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

struct context context_copy(const struct context *context)
{
	return (struct context){
		.name = copy(context->name),
		.server = copy(context->server),
		.shop = copy(context->shop),
		.state = copy(context->state),
		.guarded = context->guarded,
		.readonly = context->readonly,
	};
}

void contexts_free(struct contexts *contexts)
{
	for (size_t i = 0; i < contexts->count; i++)
		context_free(&contexts->list[i]);
	free(contexts->list);
	free(contexts->current);
	memset(contexts, 0, sizeof(*contexts));
}

struct context *contexts_find(const struct contexts *contexts, const char *name)
{
	if (!name)
		name = contexts->current;
	for (size_t i = 0; name && i < contexts->count; i++) {
		if (str_eq(contexts->list[i].name, name))
			return &contexts->list[i];
	}
	return NULL;
}

static void fail(struct reading *reading, const yaml_node_t *node, const char *what)
{
	if (!reading->error)
		reading->error = xasprintf("%s:%zu:%zu: %s", reading->path,
					   node->start_mark.line + 1, node->start_mark.column + 1,
					   what);
}

static const char *text_of(struct reading *reading, const yaml_node_t *node)
{
	if (node->type == YAML_SCALAR_NODE)
		return (const char *)node->data.scalar.value;
	fail(reading, node, "a plain value is expected here");
	return "";
}

static bool truth_of(struct reading *reading, const yaml_node_t *node)
{
	const char *text = text_of(reading, node);

	if (!str_eq(text, "true") && !str_eq(text, "false"))
		fail(reading, node, "write true or false");
	return str_eq(text, "true");
}

/* Calls each for every pair of a mapping; an empty value counts as an empty mapping. */
static void for_pairs(struct reading *reading, const yaml_node_t *mapping, void *data,
		      void (*each)(struct reading *reading, const yaml_node_t *key,
				   const yaml_node_t *value, void *data))
{
	if (mapping->type == YAML_SCALAR_NODE && mapping->data.scalar.length == 0)
		return;
	if (mapping->type != YAML_MAPPING_NODE) {
		fail(reading, mapping, "\"key: value\" lines are expected here");
		return;
	}
	for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
	     pair < mapping->data.mapping.pairs.top; pair++)
		each(reading, yaml_document_get_node(&reading->document, pair->key),
		     yaml_document_get_node(&reading->document, pair->value), data);
}

static void warn_unknown(struct reading *reading, const yaml_node_t *key)
{
	buf_addf(&reading->warnings, "%s%s:%zu: unknown key \"%s\"",
		 reading->warnings.len ? "; " : "", reading->path, key->start_mark.line + 1,
		 text_of(reading, key));
}

static void read_context_key(struct reading *reading, const yaml_node_t *key,
			     const yaml_node_t *value, void *data)
{
	struct context *context = data;
	const struct {
		const char *name;
		char **text;
		bool *truth;
	} keys[] = {
		{ "server", .text = &context->server },
		{ "shop", .text = &context->shop },
		{ "state", .text = &context->state },
		{ "protected", .truth = &context->guarded },
		{ "readonly", .truth = &context->readonly },
	};
	const char *name = text_of(reading, key);

	for (size_t i = 0; i < array_size(keys); i++) {
		if (!str_eq(keys[i].name, name))
			continue;
		if (keys[i].truth) {
			*keys[i].truth = truth_of(reading, value);
			return;
		}
		free(*keys[i].text);
		*keys[i].text = xstrdup(text_of(reading, value));
		return;
	}
	warn_unknown(reading, key);
}

static void read_context(struct reading *reading, const yaml_node_t *key, const yaml_node_t *value,
			 void *data)
{
	struct contexts *contexts = data;
	const char *name = text_of(reading, key);
	struct context *context;

	if (!context_name_is_valid(name))
		fail(reading, key, "a context name has letters, digits, '.', '_' and '-' only");
	if (contexts_find(contexts, name))
		fail(reading, key, "this context is there twice");
	contexts->list = xrealloc(contexts->list, (contexts->count + 1) * sizeof(*contexts->list));
	context = &contexts->list[contexts->count++];
	*context = (struct context){ .name = xstrdup(name) };
	for_pairs(reading, value, context, read_context_key);
}

static void read_top(struct reading *reading, const yaml_node_t *key, const yaml_node_t *value,
		     void *data)
{
	struct contexts *contexts = data;
	const char *name = text_of(reading, key);

	if (str_eq(name, "current")) {
		free(contexts->current);
		contexts->current = xstrdup(text_of(reading, value));
	} else if (str_eq(name, "contexts")) {
		for_pairs(reading, value, contexts, read_context);
	} else {
		warn_unknown(reading, key);
	}
}

static void parse(struct reading *reading, const char *text, size_t len, struct contexts *out)
{
	yaml_parser_t parser;
	const yaml_node_t *root;

	yaml_parser_initialize(&parser);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (yaml_parser_load(&parser, &reading->document)) {
		root = yaml_document_get_root_node(&reading->document);
		if (root)
			for_pairs(reading, root, out, read_top);
		yaml_document_delete(&reading->document);
	} else {
		reading->error = xasprintf("%s:%zu:%zu: %s", reading->path,
					   parser.problem_mark.line + 1,
					   parser.problem_mark.column + 1,
					   parser.problem ? parser.problem : "not YAML");
	}
	yaml_parser_delete(&parser);
}

bool contexts_load(struct contexts *out, char **error, char **warning)
{
	char *path scoped(scoped_free) = context_config_path();
	size_t len;
	char *text scoped(scoped_free) = file_read(path, &len);
	struct reading reading = { .path = path };

	*out = (struct contexts){ 0 };
	*warning = NULL;
	if (!text && errno == ENOENT)
		return true;
	if (!text) {
		*error = xasprintf("%s: %s", path, strerror(errno));
		return false;
	}
	parse(&reading, text, len, out);
	if (reading.error) {
		*error = reading.error;
		buf_free(&reading.warnings);
		contexts_free(out);
		return false;
	}
	if (reading.warnings.len)
		*warning = buf_steal(&reading.warnings);
	return true;
}
