/* TCP ports on the loopback address: free or taken, open or not. */
#include "daemons/admind/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/mem.h"

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

bool port_answers(int port)
{
	struct sockaddr_in address = loopback(port);
	int fd scoped(scoped_close) = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
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
