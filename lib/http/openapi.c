/* The OpenAPI 3.1 description, made from the route tables. */
#include "lib/http/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/http/problem.h"

/* --- schemas of rules ------------------------------------------------------------------------- */

static const struct {
	const char *type, *format;
} schema_types[] = {
	[STRING] = { "string", NULL },   [EMAIL] = { "string", "email" },
	[UUID] = { "string", "uuid" },   [INT] = { "integer", "int64" },
	[BOOL] = { "boolean", NULL },    [TIME] = { "string", "date-time" },
	[MONEY] = { "object", NULL },    [OBJECT] = { "object", NULL },
	[ARRAY] = { "array", NULL },     [CURSOR] = { "string", NULL },
	[CURRENCY] = { "string", NULL },
};

static json_t *money_schema(void)
{
	return json_pack("{s:s}", "$ref", "#/components/schemas/Money");
}

static void set_limits(json_t *schema, const struct field *field, const char *least,
		       const char *most)
{
	if (field->min || (field->max && field->type == INT))
		json_object_set_new(schema, least, json_integer(field->min));
	if (field->max)
		json_object_set_new(schema, most, json_integer(field->max));
}

static json_t *field_schema(const struct field *field)
{
	json_t *schema;

	if (field->type == MONEY && !field->nullable)
		return money_schema();
	if (field->type == MONEY)
		return json_pack("{s:[o, {s:s}]}", "anyOf", money_schema(), "type", "null");
	schema = json_object();
	if (field->nullable)
		json_object_set_new(schema, "type",
				    json_pack("[s, s]", schema_types[field->type].type, "null"));
	else
		json_object_set_new(schema, "type", json_string(schema_types[field->type].type));
	if (schema_types[field->type].format)
		json_object_set_new(schema, "format",
				    json_string(schema_types[field->type].format));
	if (field->type == STRING)
		set_limits(schema, field, "minLength", "maxLength");
	if (field->type == INT)
		set_limits(schema, field, "minimum", "maximum");
	if (field->type == ARRAY)
		set_limits(schema, field, "minItems", "maxItems");
	if (field->match)
		json_object_set_new(schema, "pattern", json_string(field->match));
	if (field->values) {
		json_t *values = json_array();

		for (const char *const *value = field->values; *value; value++)
			json_array_append_new(values, json_string(*value));
		json_object_set_new(schema, "enum", values);
	}
	if (field->fallback)
		json_object_set_new(schema, "default",
				    json_loads(field->fallback, JSON_DECODE_ANY, NULL));
	if (field->help)
		json_object_set_new(schema, "description", json_string(field->help));
	if (field->type == ARRAY && field->items)
		json_object_set_new(schema, "items", field_schema(field->items));
	if (field->type == OBJECT && field->fields)
		json_object_update_new(schema, rules_schema(field->fields, false));
	return schema;
}

json_t *rules_schema(const struct field *fields, bool is_patch)
{
	json_t *properties = json_object(), *required = json_array();
	json_t *schema = json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties", 0,
				   "properties", properties);

	for (const struct field *field = fields; field->name; field++) {
		json_object_set_new(properties, field->name, field_schema(field));
		if (field->presence == REQUIRED && !is_patch)
			json_array_append_new(required, json_string(field->name));
	}
	if (json_array_size(required))
		json_object_set(schema, "required", required);
	json_decref(required);
	return schema;
}

/* --- operations ------------------------------------------------------------------------------- */

static json_t *parameter(const char *name, const char *in, bool required, json_t *schema)
{
	return json_pack("{s:s, s:s, s:b, s:o}", "name", name, "in", in, "required", required,
			 "schema", schema);
}

static json_t *string_schema(void)
{
	return json_pack("{s:s}", "type", "string");
}

static void add_path_parameters(json_t *parameters, const char *path)
{
	for (const char *open = path; (open = strchr(open, '{')); open++) {
		char *name scoped(scoped_free) = xstrndup(open + 1, strcspn(open, "}") - 1);

		json_array_append_new(parameters, parameter(name, "path", true, string_schema()));
	}
}

static json_t *parameters_make(const struct route *route)
{
	json_t *parameters = json_array();

	add_path_parameters(parameters, route->path);
	for (const struct field *field = route->query; field && field->name; field++)
		json_array_append_new(parameters,
				      parameter(field->name, "query", field->presence == REQUIRED,
						field_schema(field)));
	if (route->if_match)
		json_array_append_new(parameters,
				      parameter("If-Match", "header", true, string_schema()));
	if (route->wait)
		json_array_append_new(parameters,
				      parameter("Prefer", "header", false, string_schema()));
	if (route->method == POST)
		json_array_append_new(parameters,
				      parameter("Idempotency-Key", "header",
						route->key == KEY_REQUIRED, string_schema()));
	return parameters;
}

static json_t *body_make(const struct route *route)
{
	json_t *content = json_object();

	if (route->ndjson)
		json_object_set_new(content, "application/x-ndjson",
				    json_pack("{s:o}", "schema", string_schema()));
	if (route->raw)
		json_object_set_new(content, "application/octet-stream",
				    json_pack("{s:o}", "schema", string_schema()));
	if (route->body)
		json_object_set_new(content, "application/json",
				    json_pack("{s:o}", "schema",
					      rules_schema(route->body, route->method == PATCH)));
	if (route->form)
		json_object_set_new(content, "application/x-www-form-urlencoded",
				    json_pack("{s:o}", "schema", rules_schema(route->body, false)));
	return json_pack("{s:b, s:o}", "required", 1, "content", content);
}

static json_t *responses_make(const struct route *route)
{
	char status[8];
	json_t *responses = json_object(), *ok;

	snprintf(status, sizeof(status), "%d", route->ok ? route->ok : 200);
	ok = json_pack("{s:s}", "description", "Success");
	if (route->ok != 204)
		json_object_set_new(ok, "content",
				    json_pack("{s:{s:{s:s}}}",
					      route->type ? route->type : "application/json",
					      "schema", "type", route->type ? "string" : "object"));
	json_object_set_new(responses, status, ok);
	json_object_set_new(responses, "default",
			    json_pack("{s:s, s:{s:{s:{s:s}}}}", "description", "A problem",
				      "content", "application/problem+json", "schema", "$ref",
				      "#/components/schemas/Problem"));
	return responses;
}

static char *operation_id(const struct route *route)
{
	char *id = xasprintf("%s%s", method_name(route->method), route->path), *to = id;

	for (const char *from = id; *from; from++) {
		char c = (char)tolower((unsigned char)*from);

		if (isalnum((unsigned char)c))
			*to++ = c;
		else if (to > id && to[-1] != '_')
			*to++ = '_';
	}
	if (to > id && to[-1] == '_')
		to--;
	*to = '\0';
	return id;
}

static json_t *operation_make(const struct route *route, enum frontend frontend)
{
	char *id scoped(scoped_free) = operation_id(route);
	json_t *operation = json_pack("{s:s, s:s*, s:o, s:o}", "operationId", id, "summary",
				      route->summary, "parameters", parameters_make(route),
				      "responses", responses_make(route));

	if (route->body || route->ndjson || route->raw)
		json_object_set_new(operation, "requestBody", body_make(route));
	if (route->scope)
		json_object_set_new(operation, "security",
				    json_pack("[{s:[s]}]", "bearer", route->scope));
	else if (route->token || frontend == INTERNAL)
		json_object_set_new(operation, "security", json_pack("[{s:[]}]", "bearer"));
	return operation;
}

static json_t *components_make(void)
{
	json_t *codes = json_array();

	for (const struct problem *const *p = problems; *p; p++)
		json_array_append_new(codes, json_string((*p)->code));
	return json_pack(
		"{s:{s:{s:s, s:s, s:s}}, s:{s:{s:s, s:[s,s], s:{s:{s:s}, s:{s:s, s:i, s:i}}},"
		" s:{s:s, s:[s,s,s,s], s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s, s:o}, s:{s:s},"
		" s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}}}}",
		"securitySchemes", "bearer", "type", "http", "scheme", "bearer", "bearerFormat",
		"JWT", "schemas", "Money", "type", "object", "required", "amount", "currency",
		"properties", "amount", "type", "integer", "currency", "type", "string",
		"minLength", 3, "maxLength", 3, "Problem", "type", "object", "required", "type",
		"title", "status", "code", "properties", "type", "type", "string", "title", "type",
		"string", "status", "type", "integer", "code", "type", "string", "examples", codes,
		"detail", "type", "string", "hint", "type", "string", "request_id", "type",
		"string", "retryable", "type", "boolean", "errors", "type", "array");
}

static void route_add(json_t *paths, const struct route *route, enum frontend frontend)
{
	char method[8] = "";
	json_t *path = json_object_get(paths, route->path);

	if (!(route->on & frontend))
		return;
	if (!path) {
		path = json_object();
		json_object_set_new(paths, route->path, path);
	}
	for (int i = 0; method_name(route->method)[i]; i++)
		method[i] = (char)tolower((unsigned char)method_name(route->method)[i]);
	if (!json_object_get(path, method))
		json_object_set_new(path, method, operation_make(route, frontend));
}

json_t *openapi_document(const struct route *const *tables, enum frontend frontend,
			 const char *version)
{
	const char *title = frontend == SHOP    ? "ecom shop API"
			    : frontend == ADMIN ? "ecom admin API"
						: "ecom internal API";
	json_t *paths = json_object();

	for (; *tables; tables++) {
		for (const struct route *route = *tables; route->path; route++)
			route_add(paths, route, frontend);
	}
	return json_pack("{s:s, s:{s:s, s:s}, s:o, s:o}", "openapi", "3.1.0", "info", "title",
			 title, "version", version, "paths", paths, "components",
			 components_make());
}
