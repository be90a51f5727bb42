/* Contexts: changing config.yaml, under its lock and atomically. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "lib/base/buf.h"
#include "lib/base/file.h"
#include "lib/base/str.h"
#include "lib/client/context.h"
#include "lib/client/credential.h"
#include "lib/client/files.h"

static int add_text(yaml_document_t *document, const char *text)
{
	return yaml_document_add_scalar(document, NULL, (const yaml_char_t *)text, -1,
					YAML_ANY_SCALAR_STYLE);
}

static void add_pair(yaml_document_t *document, int mapping, const char *key, const char *value)
{
	if (value)
		yaml_document_append_mapping_pair(document, mapping, add_text(document, key),
						  add_text(document, value));
}

static int add_mapping(yaml_document_t *document)
{
	return yaml_document_add_mapping(document, NULL, YAML_BLOCK_MAPPING_STYLE);
}

static void build(yaml_document_t *document, const struct contexts *contexts)
{
	int root = add_mapping(document), list;

	add_pair(document, root, "current", contexts->current);
	list = add_mapping(document);
	yaml_document_append_mapping_pair(document, root, add_text(document, "contexts"), list);
	for (size_t i = 0; i < contexts->count; i++) {
		const struct context *context = &contexts->list[i];
		int mapping = add_mapping(document);

		yaml_document_append_mapping_pair(document, list, add_text(document, context->name),
						  mapping);
		add_pair(document, mapping, "server", context->server);
		add_pair(document, mapping, "shop", context->shop);
		add_pair(document, mapping, "state", context->state);
		add_pair(document, mapping, "protected", context->guarded ? "true" : NULL);
		add_pair(document, mapping, "readonly", context->readonly ? "true" : NULL);
	}
}

static int take_bytes(void *data, unsigned char *bytes, size_t len)
{
	return buf_add(data, bytes, len);
}

static bool save(const char *path, const struct contexts *contexts, char **error)
{
	struct buf text = BUF_INIT(FILE_SIZE_MAX);
	yaml_document_t document;
	yaml_emitter_t emitter;
	bool ok;

	yaml_document_initialize(&document, NULL, NULL, NULL, 1, 1);
	build(&document, contexts);
	yaml_emitter_initialize(&emitter);
	yaml_emitter_set_output(&emitter, take_bytes, &text);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_emitter_set_width(&emitter, -1);
	errno = EINVAL;
	ok = yaml_emitter_dump(&emitter, &document) && yaml_emitter_flush(&emitter) &&
	     file_write(path, text.data, text.len, 0600);
	if (!ok)
		*error = xasprintf("%s: %s", path, strerror(errno));
	yaml_emitter_delete(&emitter);
	buf_free(&text);
	return ok;
}

/*
 * Lock, read, change, write. change answers false with *error to leave everything as it was.
 */
typedef bool context_change(struct contexts *contexts, const void *data, char **error);

static bool change(context_change *apply, const void *data, char **error)
{
	char *path scoped(scoped_free) = context_config_path();
	char *warning scoped(scoped_free) = NULL;
	int lock scoped(scoped_close) = client_lock(path, error);
	struct contexts contexts;
	bool ok;

	if (lock < 0 || !contexts_load(&contexts, error, &warning))
		return false;
	ok = apply(&contexts, data, error) && save(path, &contexts, error);
	contexts_free(&contexts);
	return ok;
}

static bool must_find(struct contexts *contexts, const char *name, struct context **found,
		      char **error)
{
	*found = contexts_find(contexts, name);
	if (!*found)
		*error = xasprintf("there is no context \"%s\"", name);
	return *found;
}

static bool apply_store(struct contexts *contexts, const void *data, char **error)
{
	const struct context *context = data;
	struct context *place = contexts_find(contexts, context->name);

	(void)error;
	if (!place) {
		contexts->list = xrealloc(contexts->list,
					  (contexts->count + 1) * sizeof(*contexts->list));
		place = &contexts->list[contexts->count++];
		*place = (struct context){ 0 };
	}
	context_free(place);
	*place = context_copy(context);
	if (!contexts->current)
		contexts->current = xstrdup(context->name);
	return true;
}

bool context_store(const struct context *context, const struct credential *credential, char **error)
{
	if (!context_name_is_valid(context->name)) {
		*error = xasprintf("\"%s\" is no context name: letters, digits, '.', '_' and '-'",
				   context->name);
		return false;
	}
	/* The credential first: a context that is there must work. */
	if (credential && !credential_store(context->name, credential, error))
		return false;
	return change(apply_store, context, error);
}

static void set_current(struct contexts *contexts, const char *name)
{
	char *copy = name ? xstrdup(name) : NULL;

	free(contexts->current);
	contexts->current = copy;
}

static bool apply_use(struct contexts *contexts, const void *data, char **error)
{
	struct context *found;

	if (!must_find(contexts, data, &found, error))
		return false;
	set_current(contexts, found->name);
	return true;
}

bool context_use(const char *name, char **error)
{
	return change(apply_use, name, error);
}

static bool apply_rename(struct contexts *contexts, const void *data, char **error)
{
	const char *const *names = data;
	struct context *found;

	if (!must_find(contexts, names[0], &found, error))
		return false;
	if (contexts->current && str_eq(contexts->current, names[0]))
		set_current(contexts, names[1]);
	free(found->name);
	found->name = xstrdup(names[1]);
	/* Before the contexts are written: a credential too many is harmless, a missing one not. */
	return credential_copy(names[0], names[1], error);
}

bool context_rename(const char *from, const char *to, char **error)
{
	const char *const names[] = { from, to };
	struct contexts contexts;
	char *warning scoped(scoped_free) = NULL;
	bool taken;

	if (!contexts_load(&contexts, error, &warning))
		return false;
	taken = contexts_find(&contexts, to);
	contexts_free(&contexts);
	if (taken || !context_name_is_valid(to)) {
		*error = xasprintf(taken ? "the context \"%s\" is there already"
					 : "\"%s\" is no context name: letters, digits, '.', '_' "
					   "and '-'",
				   to);
		return false;
	}
	return change(apply_rename, names, error) && credential_store(from, NULL, error);
}

static bool apply_delete(struct contexts *contexts, const void *data, char **error)
{
	struct context *found;

	if (!must_find(contexts, data, &found, error))
		return false;
	if (contexts->current && str_eq(contexts->current, found->name))
		set_current(contexts, NULL);
	context_free(found);
	*found = contexts->list[--contexts->count];
	return true;
}

bool context_delete(const char *name, char **error)
{
	return change(apply_delete, name, error) && credential_store(name, NULL, error);
}
