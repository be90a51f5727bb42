/* RUN_DIR/<instance>.ports: where an instance listens, and will want to listen again. */
#include "lib/daemon/instance_ports.h"

#include <errno.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

static char *path_make(const char *run_dir, const char *instance)
{
	return xasprintf("%s/%s.ports", run_dir, instance);
}

static int port_of(const json_t *object, const char *key)
{
	const char *colon = strrchr(json_get_string(object, key, ""), ':');
	int64_t port = 0;

	return colon && str_to_int(colon + 1, 1, 65535, &port) ? (int)port : 0;
}

struct instance_ports instance_ports_load(const char *run_dir, const char *instance)
{
	char *path scoped(scoped_free) = run_dir ? path_make(run_dir, instance) : NULL;
	char *text scoped(scoped_free) = path ? file_read(path, NULL) : NULL;
	const char *error;
	json_t *object scoped(scoped_json) = text ? json_parse(text, strlen(text), &error) : NULL;

	return (struct instance_ports){
		.gateway = port_of(object, "address"),
		.direct = port_of(object, "direct_address"),
	};
}

void instance_ports_save(const char *run_dir, const char *instance, const char *address,
			 const char *direct_address)
{
	char *path scoped(scoped_free) = run_dir ? path_make(run_dir, instance) : NULL;
	char *text scoped(scoped_free) = NULL;
	json_t *object scoped(scoped_json) = json_pack("{s:s, s:s}", "address", address,
						       "direct_address", direct_address);

	if (!path)
		return;
	text = json_text(object);
	if (!file_write_text(path, text, 0600))
		log_warn("%s: %s", path, strerror(errno));
}
