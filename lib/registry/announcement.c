/* What an instance says about itself, as JSON on NATS. */
#include "lib/registry/announcement.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

static const char *const state_names[] = {
	[INSTANCE_READY] = "ready", [INSTANCE_LEAVING] = "leaving", [INSTANCE_GONE] = "gone"
};

static enum instance_state state_parse(const char *name)
{
	for (int state = INSTANCE_READY; state <= INSTANCE_GONE; state++) {
		if (str_eq(name, state_names[state]))
			return (enum instance_state)state;
	}
	return 0;
}

/* Names become parts of subjects, files and HAProxy commands: letters, digits, '-', '_'. */
static bool is_name(const char *s)
{
	return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789-_")] == '\0';
}

static bool is_version(const char *s)
{
	return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789-.+")] == '\0';
}

/* "host:port", "[2001:db8::1]:port" or "". */
static bool is_address(const char *s)
{
	const char *colon = strrchr(s, ':');
	int64_t port;

	if (!*s)
		return true;
	return colon && colon > s && str_to_int(colon + 1, 1, 65535, &port) &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			   "0123456789-.:[]")] == '\0';
}

static bool copy(char *out, size_t size, const char *text, bool (*check)(const char *s))
{
	if (!text || strlen(text) >= size || !check(text))
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}

bool announcement_set(struct announcement *out, const struct instance *instance, int64_t started)
{
	struct announcement *a = out;

	a->started = started;
	a->instance = (struct instance){ a->service,        a->id,          a->version, a->address,
					 a->direct_address, instance->state };
	return copy(a->service, sizeof(a->service), instance->service, is_name) &&
	       copy(a->id, sizeof(a->id), instance->id, is_name) &&
	       copy(a->version, sizeof(a->version), instance->version, is_version) &&
	       copy(a->address, sizeof(a->address), instance->address, is_address) &&
	       copy(a->direct_address, sizeof(a->direct_address), instance->direct_address,
		    is_address);
}

bool announcement_parse(const char *subject, const char *text, size_t len, struct announcement *out)
{
	char expected[sizeof(out->service) + sizeof(out->id) + 16];
	const char *error;
	json_t *json scoped(scoped_json) = NULL;
	struct instance instance;

	if (len > ANNOUNCEMENT_TEXT_MAX)
		return false;
	json = json_parse(text, len, &error);
	if (!json_is_object(json))
		return false;
	instance = (struct instance){
		.service = json_get_string(json, "service", NULL),
		.id = json_get_string(json, "instance", NULL),
		.version = json_get_string(json, "version", NULL),
		.address = json_get_string(json, "address", NULL),
		.direct_address = json_get_string(json, "direct_address", NULL),
		.state = state_parse(json_get_string(json, "state", "")),
	};
	if (!instance.state || !announcement_set(out, &instance, json_get_int(json, "started", 0)))
		return false;
	snprintf(expected, sizeof(expected), "registry.%s.%s", out->service, out->id);
	return str_eq(subject, expected);
}

char *announcement_text(const struct announcement *announcement)
{
	const struct instance *instance = &announcement->instance;
	json_t *json scoped(scoped_json) = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "service", instance->service, "instance",
		instance->id, "version", instance->version, "address", instance->address,
		"direct_address", instance->direct_address, "state", state_names[instance->state],
		"started", (json_int_t)announcement->started);

	return json_text(json);
}
