/* The route table: made from rows, bound to statements, searched by path. */
#include "lib/http/route.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/http/exchange.h"

#define OID_TEXT_ARRAY 1009

static const char *const method_names[METHODS] = {
	[GET] = "GET", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE",
};

const char *method_name(enum method method)
{
	return method_names[method];
}

enum method method_parse(const char *name)
{
	if (str_eq(name, "HEAD"))
		return GET; /* libmicrohttpd leaves the body out */
	for (int method = GET; method < METHODS; method++) {
		if (str_eq(name, method_names[method]))
			return (enum method)method;
	}
	return 0;
}

static void params_find(struct route_entry *entry)
{
	const char *open = entry->route->path;

	while ((open = strchr(open, '{')) && entry->nparams < ROUTE_PARAMS_MAX) {
		size_t len = strcspn(open, "}") - 1;

		entry->param_names[entry->nparams] = open + 1;
		entry->param_lengths[entry->nparams++] = len;
		open += len;
	}
}

static int param_index(const struct route_entry *entry, const char *name)
{
	for (int i = 0; i < entry->nparams; i++) {
		if (strlen(name) == entry->param_lengths[i] &&
		    memcmp(name, entry->param_names[i], entry->param_lengths[i]) == 0)
			return i;
	}
	return -1;
}

/* Every source that has the name; a parameter must have exactly one. */
static int sources_find(const struct route_entry *entry, const char *name,
			struct param_source *source, Oid *type)
{
	const struct route *route = entry->route;
	const struct field *query = route->query ? rules_find(route->query, name) : NULL;
	const struct field *body = route->body ? rules_find(route->body, name) : NULL;
	int part = param_index(entry, name), reserved = reserved_find(name), found = 0;

	if (part >= 0 && ++found) {
		*source = (struct param_source){ .kind = FROM_PATH, .index = part };
		*type = 25;
	}
	if (reserved >= 0 && ++found) {
		*source = (struct param_source){ .kind = FROM_RESERVED, .index = reserved };
		*type = reserved_type_oid(reserved);
	}
	if (query && ++found) {
		*source = (struct param_source){ .kind = FROM_QUERY, .field = query };
		*type = rules_type_oid(query->type);
	}
	if (body && ++found) {
		*source = (struct param_source){ .kind = FROM_BODY, .field = body };
		*type = rules_type_oid(body->type);
	}
	if (str_eq(name, "body") && route->body && ++found) {
		*source = (struct param_source){ .kind = FROM_WHOLE_BODY };
		*type = rules_type_oid(OBJECT);
	}
	return found;
}

static bool entry_bind(struct route_entry *entry, char **error)
{
	const struct statement *sql = entry->route->sql;

	entry->writes_key = entry->route->task && entry->route->method == POST;
	if (entry->route->wait) {
		db_statement_init(&entry->wait_statement, entry->route->wait);
		entry->wait_statement.types[0] = OID_TEXT_ARRAY;
	}
	if (!sql)
		return true;
	db_statement_init(&entry->statement, sql);
	for (int i = 0; i < sql->nparams; i++) {
		int found = sources_find(entry, sql->params[i], &entry->sources[i],
					 &entry->statement.types[i]);

		if (found != 1) {
			*error = xasprintf("%s: parameter :%s of %s.sql has %s", entry->name,
					   sql->params[i], sql->name,
					   found ? "more than one source" : "no source");
			return false;
		}
		if (str_eq(sql->params[i], "idempotency_key"))
			entry->writes_key = true;
	}
	return true;
}

static bool waits_for_ids(const struct statement *wait)
{
	return wait->nparams == 1 && str_eq(wait->params[0], "ids");
}

static bool entry_check(const struct route_entry *entry, char **error)
{
	const struct route *route = entry->route;
	const char *wrong = NULL;

	if (!route->on)
		wrong = "does not say .on which frontends it lives";
	else if (!!route->sql + !!route->task + !!route->handler != 1)
		wrong = "needs exactly one of .sql, .task and .handler";
	else if (route->if_match && route->method != PATCH && route->method != PUT &&
		 route->method != DELETE && route->method != POST)
		wrong = "has .if_match on a read";
	else if (route->cache && (route->scope || route->token || route->method != GET))
		wrong = "has .cache but is not an anonymous read";
	else if ((route->supply || route->wait) && !route->sql)
		wrong = "has .supply or .wait but no .sql";
	else if (route->wait && !waits_for_ids(route->wait))
		wrong = "has a .wait statement whose parameter is not :ids";
	else if (route->body && route->method == GET)
		wrong = "has a .body on a read";
	if (wrong)
		*error = xasprintf("%s %s", entry->name, wrong);
	return !wrong;
}

static bool table_add(struct route_table *table, const struct route *route, char **error)
{
	struct route_entry *entry;

	table->entries = xrealloc(table->entries, (table->count + 1) * sizeof(*entry));
	entry = &table->entries[table->count];
	*entry = (struct route_entry){ .route = route };
	entry->name = xasprintf("%s %s", method_name(route->method), route->path);
	table->count++;
	for (size_t i = 0; i + 1 < table->count; i++) {
		if (!str_eq(table->entries[i].name, entry->name))
			continue;
		if (table->entries[i].route->on & route->on) {
			*error = xasprintf("%s is there twice", entry->name);
			return false;
		}
		entry->metrics = table->entries[i].metrics;
		entry->is_variant = true;
	}
	if (!entry->metrics)
		entry->metrics = xcalloc(1, sizeof(*entry->metrics));
	params_find(entry);
	return entry_check(entry, error) && entry_bind(entry, error);
}

struct route_table *route_table_make(const struct route *const *tables, char **error)
{
	struct route_table *table = xcalloc(1, sizeof(*table));

	for (; *tables; tables++) {
		for (const struct route *route = *tables; route->path; route++) {
			if (!table_add(table, route, error)) {
				route_table_free(table);
				return NULL;
			}
		}
	}
	return table;
}

void route_table_free(struct route_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->count; i++) {
		free(table->entries[i].name);
		if (!table->entries[i].is_variant)
			free(table->entries[i].metrics);
	}
	free(table->entries);
	free(table);
}

/* Compares segment by segment; a {part} takes any segment that is not empty. */
static bool path_matches(const char *pattern, const char *path, struct route_match *match)
{
	int count = 0;

	while (*pattern == '/' && *path == '/') {
		size_t pattern_len = strcspn(++pattern, "/");
		size_t path_len = strcspn(++path, "/");

		if (*pattern == '{') {
			if (path_len == 0)
				return false;
			match->params[count] = path;
			match->lengths[count++] = path_len;
		} else if (pattern_len != path_len || memcmp(pattern, path, path_len) != 0) {
			return false;
		}
		pattern += pattern_len;
		path += path_len;
	}
	return !*pattern && !*path;
}

bool route_find(const struct route_table *table, enum frontend frontend, enum method method,
		const char *path, struct route_match *match)
{
	match->entry = NULL;
	match->methods = 0;
	for (size_t i = 0; i < table->count; i++) {
		const struct route *route = table->entries[i].route;
		struct route_match tried;

		if (!(route->on & frontend) || !path_matches(route->path, path, &tried))
			continue;
		match->methods |= 1u << route->method;
		if (route->method == method && !match->entry) {
			memcpy(match->params, tried.params, sizeof(match->params));
			memcpy(match->lengths, tried.lengths, sizeof(match->lengths));
			match->entry = &table->entries[i];
			if (method == GET)
				return true; /* nobody asks for the other methods then */
		}
	}
	return match->entry != NULL;
}
