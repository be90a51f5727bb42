/* What HAProxy tells about its servers: the reply to `show servers state`, format version 1. */
#include "daemons/gatewayd/server_state.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"

#define ROW_MAX 1024

/* Columns, counted from 0 (HAProxy's management guide, "show servers state"). */
enum column {
	BACKEND = 1,
	NAME = 3,
	ADDRESS,
	ADMIN_STATE = 6,
	PORT = 18,
	CHECK_PORT = 21,
	CHECK_ADDRESS,
	COLUMNS = 25
};

/* Bits of srv_admin_state; CMAINT (4) only says that the file has `disabled`. */
#define ADMIN_MAINT (0x01 | 0x02 | 0x20 | 0x40)
#define ADMIN_DRAIN (0x08 | 0x10)

static bool is_ip(const char *host)
{
	unsigned char address[16];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

bool endpoint_parse(const char *text, struct endpoint *out)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	int64_t port;

	memset(out, 0, sizeof(*out));
	if (!colon || !str_to_int(colon + 1, 1, 65535, &port))
		return false;
	if (len > 2 && text[0] == '[' && colon[-1] == ']') {
		text++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof(out->host))
		return false;
	memcpy(out->host, text, len);
	out->port = (int)port;
	return is_ip(out->host);
}

bool endpoint_eq(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && str_eq(a->host, b->host);
}

void endpoint_format(const struct endpoint *endpoint, char *out, size_t size)
{
	snprintf(out, size, strchr(endpoint->host, ':') ? "[%s]:%d" : "%s:%d", endpoint->host,
		 endpoint->port);
}

static int split(char *line, char *columns[COLUMNS])
{
	char *rest = NULL;
	int count = 0;

	for (char *word = strtok_r(line, " ", &rest); word && count < COLUMNS;
	     word = strtok_r(NULL, " ", &rest))
		columns[count++] = word;
	return count;
}

static void endpoint_set(struct endpoint *out, const char *host, const char *port)
{
	int64_t number = 0;

	memset(out, 0, sizeof(*out));
	if (!str_eq(host, "-"))
		snprintf(out->host, sizeof(out->host), "%s", host);
	str_to_int(port, 0, 65535, &number);
	out->port = (int)number;
}

static bool server_parse(char *line, struct server_state *out)
{
	char *columns[COLUMNS];
	long admin;

	if (split(line, columns) < CHECK_ADDRESS + 1)
		return false;
	snprintf(out->backend, sizeof(out->backend), "%s", columns[BACKEND]);
	snprintf(out->name, sizeof(out->name), "%s", columns[NAME]);
	endpoint_set(&out->address, columns[ADDRESS], columns[PORT]);
	endpoint_set(&out->check, columns[CHECK_ADDRESS], columns[CHECK_PORT]);
	admin = strtol(columns[ADMIN_STATE], NULL, 10);
	out->is_maint = admin & ADMIN_MAINT;
	out->is_drain = admin & ADMIN_DRAIN;
	return true;
}

bool server_state_next(const char **text, struct server_state *out)
{
	char line[ROW_MAX];

	while (**text) {
		size_t len = strcspn(*text, "\n"), kept = len < sizeof(line) ? len : 0;

		memcpy(line, *text, kept);
		line[kept] = '\0';
		*text += len + ((*text)[len] == '\n');
		if (line[0] >= '0' && line[0] <= '9' && server_parse(line, out))
			return true;
	}
	return false;
}
