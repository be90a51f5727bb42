/* engine.json: what the engine was told and what it chose. */
#include "daemons/admind/settings.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"

bool settings_load(const struct state *state, struct settings *out, struct failure *failure)
{
	char *path scoped(scoped_free) = state_path(state, "engine.json");
	size_t len = 0;
	char *text scoped(scoped_free) = file_read(path, &len);
	json_t *json scoped(scoped_json) = NULL;
	const char *error;
	const json_t *replicas;

	*out = (struct settings){ 0 };
	if (!text)
		return errno == ENOENT ? true : failure_errno(failure, "cannot read %s", path);
	json = json_parse(text, len, &error);
	if (!json)
		return failure_set(failure, "repair it, or remove it and give --port again",
				   "cannot read %s: %s", path, error);
	out->port = (int)json_get_int(json, "port", 0);
	out->nats_port = (int)json_get_int(json, "nats_port", 0);
	replicas = json_object_get(json, "replicas");
	for (size_t i = 0; components[i].name; i++)
		out->replicas[i] = (int)json_get_int(replicas, components[i].name, 0);
	return true;
}

bool settings_save(const struct state *state, const struct settings *settings,
		   struct failure *failure)
{
	char *path scoped(scoped_free) = state_path(state, "engine.json");
	json_t *replicas = json_object();
	json_t *json scoped(scoped_json) = json_pack("{s:i, s:i, s:o}", "port", settings->port,
						     "nats_port", settings->nats_port, "replicas",
						     replicas);
	char *text scoped(scoped_free) = NULL;

	for (size_t i = 0; components[i].name; i++) {
		if (settings->replicas[i])
			json_object_set_new(replicas, components[i].name,
					    json_integer(settings->replicas[i]));
	}
	text = json_text(json);
	if (!file_write_text(path, text, 0600))
		return failure_errno(failure, "cannot write %s", path);
	return true;
}

int settings_replicas(const struct settings *settings, const struct component *component)
{
	int wanted = settings->replicas[component - components];

	if (wanted < component->replicas_min)
		return component->replicas_min;
	return wanted > component->replicas_max ? component->replicas_max : wanted;
}

void settings_set_replicas(struct settings *settings, const struct component *component,
			   int replicas)
{
	settings->replicas[component - components] = replicas;
}
