/* What HAProxy tells about its servers: the reply to `show servers state`, format version 1. */
#ifndef ECOM_DAEMONS_GATEWAYD_SERVER_STATE_H
#define ECOM_DAEMONS_GATEWAYD_SERVER_STATE_H

#include <stdbool.h>
#include <stddef.h>

/* An IP address, without brackets, and a port. */
struct endpoint {
	char host[48];
	int port;
};

/* "127.0.0.1:80" or "[::1]:80"; false when the host is not an IP address. */
bool endpoint_parse(const char *text, struct endpoint *out);
bool endpoint_eq(const struct endpoint *a, const struct endpoint *b);
void endpoint_format(const struct endpoint *endpoint, char *out, size_t size);

struct server_state {
	char backend[64], name[16];
	struct endpoint address, check; /* check: host "" when it is the server's own */
	bool is_maint, is_drain;
};

/* Takes the next server from *text, which moves on. False at the end. */
bool server_state_next(const char **text, struct server_state *out);

#endif
