/* One GET on the loopback address, on the loop, for its status. */
#include "daemons/admind/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/loop/loop.h"

struct probe {
	struct loop_fd *watch;
	struct loop_timer *timer;
	int fd;
	char request[256];
	char answer[32]; /* "HTTP/1.1 200" and a little more */
	size_t sent, got;
	probe_fn *fn;
	void *arg;
};

static void probe_free(struct probe *probe)
{
	loop_fd_remove(probe->watch);
	loop_timer_remove(probe->timer);
	scoped_close(&probe->fd);
	free(probe);
}

void probe_cancel(struct probe *probe)
{
	if (probe)
		probe_free(probe);
}

static void probe_end(struct probe *probe, int status)
{
	probe_fn *fn = probe->fn;
	void *arg = probe->arg;

	probe_free(probe);
	fn(arg, status);
}

static void probe_late(void *arg)
{
	struct probe *probe = arg;

	probe->timer = NULL; /* the loop frees it */
	probe_end(probe, 0);
}

static void probe_send(struct probe *probe)
{
	ssize_t done = send(probe->fd, probe->request + probe->sent,
			    strlen(probe->request) - probe->sent, MSG_NOSIGNAL);

	if (done < 0 && errno != EAGAIN) {
		probe_end(probe, 0);
		return;
	}
	probe->sent += done > 0 ? (size_t)done : 0;
	if (!probe->request[probe->sent])
		loop_fd_change(probe->watch, EPOLLIN);
}

static void probe_receive(struct probe *probe)
{
	ssize_t done = recv(probe->fd, probe->answer + probe->got,
			    sizeof(probe->answer) - 1 - probe->got, 0);
	int status = 0;

	if (done < 0 && errno == EAGAIN)
		return;
	probe->got += done > 0 ? (size_t)done : 0;
	if (done > 0 && probe->got < strlen("HTTP/1.1 200"))
		return;
	if (sscanf(probe->answer, "HTTP/1.%*1d %3d", &status) != 1)
		status = 0;
	probe_end(probe, status);
}

static void probe_ready(void *arg, uint32_t events)
{
	struct probe *probe = arg;

	if (probe->request[probe->sent] && (events & EPOLLOUT))
		probe_send(probe);
	else
		probe_receive(probe);
}

struct probe *probe_start(struct loop *loop, int port, const char *path, probe_fn *fn, void *arg)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct probe *probe;

	if (fd < 0 || (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 &&
		       errno != EINPROGRESS)) {
		scoped_close(&fd);
		return NULL;
	}
	probe = xcalloc(1, sizeof(*probe));
	*probe = (struct probe){ .fd = fd, .fn = fn, .arg = arg };
	snprintf(probe->request, sizeof(probe->request),
		 "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: ecom-engine\r\n"
		 "Connection: close\r\n\r\n",
		 path);
	probe->watch = loop_fd_add(loop, fd, EPOLLOUT, probe_ready, probe);
	probe->timer = loop_timer_add(loop, PROBE_MS, 0, probe_late, probe);
	return probe;
}

int address_port(const char *address)
{
	const char *colon = address ? strrchr(address, ':') : NULL;
	int64_t port;

	return colon && str_to_int(colon + 1, 1, 65535, &port) ? (int)port : 0;
}
