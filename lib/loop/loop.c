/* The event loop: epoll with file descriptors, timers, signals and wake-ups from other threads. */
#include "lib/loop/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

#define EVENTS_PER_TURN 256

struct loop_fd {
	struct loop *loop;
	int fd;
	uint32_t events;
	loop_fd_fn *fn;
	void *arg;
	bool removed; /* freed at the end of the turn: epoll may still hold an event for it */
	TAILQ_ENTRY(loop_fd) link;
};

struct loop_timer {
	struct loop *loop;
	int64_t due_ms, every_ms;
	loop_fn *fn;
	void *arg;
	bool removed;
	TAILQ_ENTRY(loop_timer) link;
};

struct loop_wakeup {
	int fd;
	struct loop_fd *watch;
	loop_fn *fn;
	void *arg;
};

struct loop_callback {
	loop_fn *fn;
	void *arg;
	int signal_fd; /* -1 for a turn callback */
	TAILQ_ENTRY(loop_callback) link;
};

TAILQ_HEAD(fd_list, loop_fd);
TAILQ_HEAD(timer_list, loop_timer);
TAILQ_HEAD(callback_list, loop_callback);

struct loop {
	int epoll;
	bool stop;
	struct fd_list fds, removed_fds;
	struct timer_list timers;
	struct callback_list turns, signals;
};

struct loop *loop_new(void)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		die("epoll_create1: %s", strerror(errno));
	TAILQ_INIT(&loop->fds);
	TAILQ_INIT(&loop->removed_fds);
	TAILQ_INIT(&loop->timers);
	TAILQ_INIT(&loop->turns);
	TAILQ_INIT(&loop->signals);
	return loop;
}

struct loop_fd *loop_fd_add(struct loop *loop, int fd, uint32_t events, loop_fd_fn *fn, void *arg)
{
	struct loop_fd *watch = xcalloc(1, sizeof(*watch));
	struct epoll_event event = { .events = events, .data.ptr = watch };

	*watch = (struct loop_fd){ .loop = loop, .fd = fd, .events = events, .fn = fn, .arg = arg };
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		die("epoll_ctl: %s", strerror(errno));
	TAILQ_INSERT_TAIL(&loop->fds, watch, link);
	return watch;
}

void loop_fd_change(struct loop_fd *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (watch->events == events)
		return;
	watch->events = events;
	if (epoll_ctl(watch->loop->epoll, EPOLL_CTL_MOD, watch->fd, &event) < 0)
		die("epoll_ctl: %s", strerror(errno));
}

void loop_fd_remove(struct loop_fd *watch)
{
	if (!watch || watch->removed)
		return;
	watch->removed = true;
	epoll_ctl(watch->loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	TAILQ_REMOVE(&watch->loop->fds, watch, link);
	TAILQ_INSERT_TAIL(&watch->loop->removed_fds, watch, link);
}

struct loop_timer *loop_timer_add(struct loop *loop, int64_t after_ms, int64_t every_ms,
				  loop_fn *fn, void *arg)
{
	struct loop_timer *timer = xcalloc(1, sizeof(*timer));

	*timer = (struct loop_timer){
		.loop = loop,
		.due_ms = clock_mono_ms() + (after_ms ? after_ms : every_ms),
		.every_ms = every_ms,
		.fn = fn,
		.arg = arg,
	};
	TAILQ_INSERT_TAIL(&loop->timers, timer, link);
	return timer;
}

void loop_timer_remove(struct loop_timer *timer)
{
	if (timer)
		timer->removed = true;
}

void loop_on_turn(struct loop *loop, loop_fn *fn, void *arg)
{
	struct loop_callback *callback = xcalloc(1, sizeof(*callback));

	*callback = (struct loop_callback){ .fn = fn, .arg = arg, .signal_fd = -1 };
	TAILQ_INSERT_TAIL(&loop->turns, callback, link);
}

static void signal_ready(void *arg, uint32_t events)
{
	struct loop_callback *callback = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(callback->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		callback->fn(callback->arg);
}

void loop_on_signal(struct loop *loop, int signal_number, loop_fn *fn, void *arg)
{
	struct loop_callback *callback = xcalloc(1, sizeof(*callback));
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal_number);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	*callback = (struct loop_callback){ .fn = fn, .arg = arg };
	callback->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (callback->signal_fd < 0)
		die("signalfd: %s", strerror(errno));
	TAILQ_INSERT_TAIL(&loop->signals, callback, link);
	loop_fd_add(loop, callback->signal_fd, EPOLLIN, signal_ready, callback);
}

static void wakeup_ready(void *arg, uint32_t events)
{
	struct loop_wakeup *wakeup = arg;
	uint64_t count;

	(void)events;
	if (read(wakeup->fd, &count, sizeof(count)) == (ssize_t)sizeof(count))
		wakeup->fn(wakeup->arg);
}

struct loop_wakeup *loop_wakeup_add(struct loop *loop, loop_fn *fn, void *arg)
{
	struct loop_wakeup *wakeup = xcalloc(1, sizeof(*wakeup));

	*wakeup = (struct loop_wakeup){ .fn = fn, .arg = arg };
	wakeup->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (wakeup->fd < 0)
		die("eventfd: %s", strerror(errno));
	wakeup->watch = loop_fd_add(loop, wakeup->fd, EPOLLIN, wakeup_ready, wakeup);
	return wakeup;
}

void loop_wake(struct loop_wakeup *wakeup)
{
	uint64_t one = 1;

	if (write(wakeup->fd, &one, sizeof(one)) < 0) {
		/* Full: the loop has a wake-up waiting already. */
	}
}

void loop_wakeup_remove(struct loop_wakeup *wakeup)
{
	if (!wakeup)
		return;
	loop_fd_remove(wakeup->watch);
	close(wakeup->fd);
	free(wakeup);
}

/* Milliseconds until the next timer, -1 for none. A daemon has a handful: a list will do. */
static int timers_wait(const struct loop *loop)
{
	const struct loop_timer *timer;
	int64_t next = INT64_MAX, now = clock_mono_ms();

	TAILQ_FOREACH (timer, &loop->timers, link) {
		if (!timer->removed && timer->due_ms < next)
			next = timer->due_ms;
	}
	if (next == INT64_MAX)
		return -1;
	if (next <= now)
		return 0;
	return next - now > 60000 ? 60000 : (int)(next - now);
}

static void timers_run(struct loop *loop)
{
	struct loop_timer *timer, *next;
	int64_t now = clock_mono_ms();

	for (timer = TAILQ_FIRST(&loop->timers); timer; timer = next) {
		if (!timer->removed && timer->due_ms <= now) {
			timer->due_ms = now + timer->every_ms;
			timer->removed = timer->every_ms == 0;
			timer->fn(timer->arg);
		}
		next = TAILQ_NEXT(timer, link);
		if (timer->removed) {
			TAILQ_REMOVE(&loop->timers, timer, link);
			free(timer);
		}
	}
}

static void removed_free(struct loop *loop)
{
	struct loop_fd *watch;

	while ((watch = TAILQ_FIRST(&loop->removed_fds))) {
		TAILQ_REMOVE(&loop->removed_fds, watch, link);
		free(watch);
	}
}

static void turn(struct loop *loop)
{
	struct epoll_event events[EVENTS_PER_TURN];
	struct loop_callback *callback;
	int count = epoll_wait(loop->epoll, events, EVENTS_PER_TURN, timers_wait(loop));

	if (count < 0 && errno != EINTR)
		die("epoll_wait: %s", strerror(errno));
	for (int i = 0; i < count; i++) {
		struct loop_fd *watch = events[i].data.ptr;

		if (!watch->removed)
			watch->fn(watch->arg, events[i].events);
	}
	timers_run(loop);
	TAILQ_FOREACH (callback, &loop->turns, link)
		callback->fn(callback->arg);
	removed_free(loop);
}

void loop_run(struct loop *loop)
{
	loop->stop = false;
	while (!loop->stop)
		turn(loop);
}

void loop_stop(struct loop *loop)
{
	loop->stop = true;
}

static void callbacks_free(struct callback_list *list)
{
	struct loop_callback *callback;

	while ((callback = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, callback, link);
		if (callback->signal_fd >= 0)
			close(callback->signal_fd);
		free(callback);
	}
}

void loop_free(struct loop *loop)
{
	struct loop_timer *timer;

	if (!loop)
		return;
	while (!TAILQ_EMPTY(&loop->fds))
		loop_fd_remove(TAILQ_FIRST(&loop->fds));
	removed_free(loop);
	while ((timer = TAILQ_FIRST(&loop->timers))) {
		TAILQ_REMOVE(&loop->timers, timer, link);
		free(timer);
	}
	callbacks_free(&loop->turns);
	callbacks_free(&loop->signals);
	close(loop->epoll);
	free(loop);
}
