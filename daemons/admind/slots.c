/* Which instances HAProxy sends requests to, as its stats socket tells. */
#include "daemons/admind/slots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define ANSWER_MAX (1 << 20)
#define OP_RUNNING 2
/* The configuration had it disabled: says nothing about now. */
#define ADMIN_AS_CONFIGURED 0x04

static int socket_open(const struct state *state)
{
	struct timeval limit = { .tv_usec = SLOTS_MS * 1000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%.80s/haproxy-stats.sock",
		 state->run);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	scoped_close(&fd);
	return -1;
}

static char *ask(const struct state *state, const char *command)
{
	int fd scoped(scoped_close) = socket_open(state);
	struct buf answer = BUF_INIT(ANSWER_MAX);
	char chunk[8192];
	ssize_t got;

	if (fd < 0 || send(fd, command, strlen(command), MSG_NOSIGNAL) < 0)
		return NULL;
	while ((got = recv(fd, chunk, sizeof(chunk), 0)) > 0)
		buf_add(&answer, chunk, (size_t)got);
	if (got == 0)
		return buf_steal(&answer);
	buf_free(&answer);
	return NULL;
}

/* The fields of `show servers state` that matter here. */
static json_t *slot_parse(const char *line)
{
	char backend[128], server[128], host[64];
	int op, admin, port;

	if (sscanf(line,
		   "%*d %127s %*d %127s %63s %d %d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*s %d",
		   backend, server, host, &op, &admin, &port) != 6 ||
	    port == 0)
		return NULL;
	return json_pack("{s:s, s:s, s:o, s:b}", "backend", backend, "server", server, "address",
			 json_sprintf("%s:%d", host, port), "up",
			 op == OP_RUNNING && !(admin & ~ADMIN_AS_CONFIGURED));
}

json_t *slots_read(const struct state *state)
{
	char *text scoped(scoped_free) = ask(state, "show servers state\n");
	char *rest = text, *line;
	json_t *slots;

	if (!text)
		return NULL;
	slots = json_array();
	while ((line = strsep(&rest, "\n"))) {
		json_t *slot = slot_parse(line);

		if (slot)
			json_array_append_new(slots, slot);
	}
	return slots;
}

bool slots_contain(const json_t *slots, const char *address)
{
	const json_t *slot;
	size_t i;

	json_array_foreach (slots, i, slot) {
		if (json_get_bool(slot, "up", false) &&
		    str_eq(json_get_string(slot, "address", ""), address))
			return true;
	}
	return false;
}

bool slots_have(const struct state *state, const char *address)
{
	json_t *slots scoped(scoped_json) = slots_read(state);

	return slots && slots_contain(slots, address);
}

bool slots_lack(const struct state *state, const char *address)
{
	json_t *slots scoped(scoped_json) = slots_read(state);

	return slots && !slots_contain(slots, address);
}
