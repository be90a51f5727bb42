/*
 * The gateway: HAProxy's files and servers kept equal to options, keys and registry. gatewayd talks
 * to HAProxy through its two sockets only, so that killing either of them changes nothing.
 */
#ifndef ECOM_DAEMONS_GATEWAYD_GATEWAY_H
#define ECOM_DAEMONS_GATEWAYD_GATEWAY_H

#include <stdbool.h>

#include "lib/base/options.h"

struct service;

extern const struct option gatewayd_options[];

/* Writes and checks the configuration; false with *error (the caller frees). */
bool gateway_start(struct service *service, char **error);
void gateway_stop(struct service *service);

#endif
