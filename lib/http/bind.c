/* Listening sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/http/server.h"

#define BACKLOG 1024

/* "127.0.0.1:80" and "[::1]:80"; names are not resolved. */
static bool address_parse(const char *text, struct sockaddr_storage *out, socklen_t *len)
{
	char *copy scoped(scoped_free) = xstrdup(text);
	char *colon = strrchr(copy, ':'), *host = copy;
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;

	if (!colon)
		return false;
	*colon = '\0';
	if (*host == '[' && colon[-1] == ']') {
		host++;
		colon[-1] = '\0';
	}
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return false;
	memcpy(out, found->ai_addr, found->ai_addrlen);
	*len = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

static void port_set(struct sockaddr_storage *address, int port)
{
	/* Both families keep the port in the same place. */
	((struct sockaddr_in *)address)->sin_port = htons((uint16_t)port);
}

static int port_get(const struct sockaddr_storage *address)
{
	return ntohs(((const struct sockaddr_in *)address)->sin_port);
}

static int listen_on(const struct sockaddr *address, socklen_t len)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, saved;

	if (fd < 0)
		return -1;
	if (address->sa_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int http_bind(const char *address, int preferred_port)
{
	struct sockaddr_storage storage = { 0 };
	socklen_t len;
	int fd;

	if (!address_parse(address, &storage, &len)) {
		errno = EINVAL;
		return -1;
	}
	if (port_get(&storage) == 0 && preferred_port > 0) {
		port_set(&storage, preferred_port);
		fd = listen_on((struct sockaddr *)&storage, len);
		if (fd >= 0)
			return fd;
		port_set(&storage, 0);
	}
	return listen_on((struct sockaddr *)&storage, len);
}

char *http_address(int fd)
{
	struct sockaddr_storage storage;
	socklen_t len = sizeof(storage);
	char host[INET6_ADDRSTRLEN], port[8];

	if (getsockname(fd, (struct sockaddr *)&storage, &len) < 0 ||
	    getnameinfo((struct sockaddr *)&storage, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return xstrdup("");
	return xasprintf(strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

int http_bind_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	unlink(path); /* left behind by a killed process: the state folder's lock says it is ours */
	mask = umask(0177);
	fd = listen_on((struct sockaddr *)&address, sizeof(address));
	umask(mask);
	return fd;
}
