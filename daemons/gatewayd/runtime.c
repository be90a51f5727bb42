/* HAProxy's two Unix sockets: commands go in, a reply comes out, the loop does not wait. */
#include "daemons/gatewayd/runtime.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/loop/loop.h"

#define REPLY_MAX  (1 << 20)
#define TIMEOUT_MS 2000

struct runtime_call {
	int fd;
	struct loop_fd *watch;
	struct loop_timer *timer; /* the time limit, or the report of a failure */
	struct buf commands, reply;
	runtime_fn *fn;
	void *arg;
};

void runtime_cancel(struct runtime_call *call)
{
	if (!call)
		return;
	loop_fd_remove(call->watch);
	loop_timer_remove(call->timer);
	if (call->fd >= 0)
		close(call->fd);
	buf_free(&call->commands);
	buf_free(&call->reply);
	free(call);
}

static void finish(struct runtime_call *call, bool ok)
{
	char *reply scoped(scoped_free) = ok ? buf_steal(&call->reply) : NULL;
	runtime_fn *fn = call->fn;
	void *arg = call->arg;

	runtime_cancel(call);
	fn(arg, reply);
}

static void on_timeout(void *arg)
{
	finish(arg, false);
}

static bool is_temporary(int error)
{
	return error == EAGAIN || error == EINTR;
}

/* False when the connection failed. HAProxy ends its reply when it has seen our end. */
static bool send_some(struct runtime_call *call)
{
	ssize_t done = send(call->fd, call->commands.data, call->commands.len, MSG_NOSIGNAL);

	if (done < 0)
		return is_temporary(errno);
	buf_consume(&call->commands, (size_t)done);
	if (call->commands.len)
		return true;
	loop_fd_change(call->watch, EPOLLIN);
	return shutdown(call->fd, SHUT_WR) == 0;
}

static void receive_some(struct runtime_call *call)
{
	char chunk[16384];
	ssize_t got = recv(call->fd, chunk, sizeof(chunk), 0);

	if (got == 0)
		finish(call, true);
	else if (got < 0 ? !is_temporary(errno) : !buf_add(&call->reply, chunk, (size_t)got))
		finish(call, false);
}

static void on_ready(void *arg, uint32_t events)
{
	struct runtime_call *call = arg;

	if (call->commands.len && !send_some(call))
		finish(call, false);
	else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		receive_some(call);
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

struct runtime_call *runtime_call(struct loop *loop, const char *socket_path, const char *commands,
				  runtime_fn *fn, void *arg)
{
	struct runtime_call *call = xcalloc(1, sizeof(*call));

	*call = (struct runtime_call){
		.fd = connect_unix(socket_path), .reply = BUF_INIT(REPLY_MAX), .fn = fn, .arg = arg
	};
	call->timer = loop_timer_add(loop, call->fd < 0 ? 1 : TIMEOUT_MS, 0, on_timeout, call);
	if (call->fd < 0)
		return call;
	buf_addf(&call->commands, "%s\n", commands);
	call->watch = loop_fd_add(loop, call->fd, EPOLLIN | EPOLLOUT, on_ready, call);
	return call;
}
