/* HAProxy's configuration and maps, made from options, keys and slots. */
#ifndef ECOM_DAEMONS_GATEWAYD_CONFIG_H
#define ECOM_DAEMONS_GATEWAYD_CONFIG_H

#include <stdbool.h>

#include <jansson.h>

#include "daemons/gatewayd/slots.h"

struct options;

#define FINGERPRINT_SIZE 33

extern const char config_template[]; /* config/haproxy/haproxy.cfg.in */

/* The part that changes only with the options, as a context for the template. NULL with *error (the
 * caller frees) when an option does not fit: one line with the remedy. */
json_t *config_context(const struct options *options, const char *const *services, char **error);

/* Makes the folders, and writes maps/{shop,admin,internal}.map. False with *error (the caller
 * frees). */
bool config_write_files(const char *folder, char **error);

/* The services that the gateway's routes name, ends with NULL; the array is the caller's, the names
 * are constants. */
const char **config_services(void);

/*
 * The text of haproxy.cfg; the caller frees. The fingerprint covers everything that needs a reload:
 * all but the servers, which change through the stats socket. NULL with *error.
 */
char *config_render(const json_t *context, const json_t *keys, const struct slots *slots,
		    char fingerprint[FINGERPRINT_SIZE], char **error);

#endif
