/* TCP ports on the loopback address: free or taken, open or not. */
#include "daemons/admind/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/mem.h"

#define ANSWER_MS 100

const char *const port_names[PORTS_COUNT] = { "shop", "admin", "internal" };

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static int listen_on(int port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, saved;

	/* As the servers do: connections of the past in TIME_WAIT are no obstacle. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(fd, 1) == 0)
		return fd;
	saved = errno;
	scoped_close(&fd);
	errno = saved;
	return -1;
}

bool port_is_free(int port, int *error)
{
	int fd scoped(scoped_close) = listen_on(port);

	*error = fd < 0 ? errno : 0;
	return fd >= 0;
}

int port_choose(void)
{
	int fd scoped(scoped_close) = listen_on(0);
	struct sockaddr_in address = { 0 };
	socklen_t len = sizeof(address);

	if (fd < 0 || getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return 0;
	return ntohs(address.sin_port);
}

/* A server that hangs accepts nothing, and its queue may be full: never wait for long. */
static int connect_to(int port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd watch = { .fd = fd, .events = POLLOUT };

	if (fd >= 0 && (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
			(errno == EINPROGRESS && poll(&watch, 1, ANSWER_MS) == 1 &&
			 !(watch.revents & (POLLERR | POLLHUP)))))
		return fd;
	scoped_close(&fd);
	return -1;
}

bool port_answers(int port)
{
	int fd scoped(scoped_close) = connect_to(port);

	return fd >= 0;
}

bool port_greets(int port)
{
	int fd scoped(scoped_close) = connect_to(port);
	struct pollfd watch = { .fd = fd, .events = POLLIN };

	return fd >= 0 && poll(&watch, 1, ANSWER_MS) == 1 && (watch.revents & POLLIN);
}

bool ports_check(int first, struct failure *failure)
{
	for (int i = 0; i < PORTS_COUNT; i++) {
		int error;

		if (port_is_free(first + i, &error))
			continue;
		if (error == EADDRINUSE)
			return failure_set(failure,
					   "choose another with --port N: the shop takes N, N+1 "
					   "and N+2",
					   "port %d (%s) is in use by another program", first + i,
					   port_names[i]);
		return failure_set(failure, "choose one above 1023 with --port N",
				   "port %d (%s) cannot be opened: %s", first + i, port_names[i],
				   strerror(error));
	}
	return true;
}
