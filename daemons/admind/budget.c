/* Database connections are a budget: instances times connections fit into the role's limit. */
#include "daemons/admind/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"

/* A number in the text of --print-config: `  key: "value" # origin`. What the tables of a daemon need
 * besides is a comment of this form there. */
static int config_number(const char *text, const char *key)
{
	char *start scoped(scoped_free) = xasprintf("\n  %s: \"", key);
	const char *found = strstr(text, start);

	return found ? atoi(found + strlen(start)) : 0;
}

int budget_per_instance(const struct state *state, const struct component *component)
{
	static const char *const keys[] = { "read_connections", "write_connections",
					    "slow_connections", "task_threads",
					    "# background connections" };
	char *path scoped(scoped_free) = state_path(state, "run/%s.config", component->name);
	char *text scoped(scoped_free) = NULL;
	int sum = BUDGET_EXTRA;

	if (!component->database_connections)
		return 0;
	text = file_read(path, NULL);
	for (size_t i = 0; text && i < array_size(keys); i++)
		sum += config_number(text, keys[i]);
	return sum;
}

int budget_needed(int per_instance, int replicas)
{
	return per_instance * (replicas + 1);
}

int budget_most(const struct component *component, int per_instance)
{
	int most = component->replicas_max;

	while (most > component->replicas_min &&
	       budget_needed(per_instance, most) > component->database_connections)
		most--;
	return most;
}
