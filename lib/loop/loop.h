/*
 * The event loop: epoll with file descriptors, timers, signals and wake-ups from other threads.
 * One thread runs it, and nothing that it calls may block.
 */
#ifndef ECOM_LIB_LOOP_LOOP_H
#define ECOM_LIB_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_fd;
struct loop_timer;
struct loop_wakeup;

struct loop *loop_new(void);
void loop_free(struct loop *loop);

/* Until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* `events` are EPOLLIN and EPOLLOUT, level-triggered. The descriptor stays the caller's. */
typedef void loop_fd_fn(void *arg, uint32_t events);
struct loop_fd *loop_fd_add(struct loop *loop, int fd, uint32_t events, loop_fd_fn *fn, void *arg);
void loop_fd_change(struct loop_fd *watch, uint32_t events);
void loop_fd_remove(struct loop_fd *watch); /* NULL is fine; allowed inside its own callback */

/* Every `every_ms`, first after that time; `every_ms` 0 with `after_ms` fires once. */
typedef void loop_fn(void *arg);
struct loop_timer *loop_timer_add(struct loop *loop, int64_t after_ms, int64_t every_ms,
				  loop_fn *fn, void *arg);
void loop_timer_remove(struct loop_timer *timer); /* NULL is fine; allowed inside its callback */

/* Before the loop sleeps again, once per turn; for work that gathers during a turn. */
void loop_on_turn(struct loop *loop, loop_fn *fn, void *arg);

/* The signal is blocked for the whole process and arrives here. Call before threads start. */
void loop_on_signal(struct loop *loop, int signal_number, loop_fn *fn, void *arg);

/* fn runs on the loop's thread soon after any thread called loop_wake(); wakes may coalesce. */
struct loop_wakeup *loop_wakeup_add(struct loop *loop, loop_fn *fn, void *arg);
void loop_wake(struct loop_wakeup *wakeup);
void loop_wakeup_remove(struct loop_wakeup *wakeup);

#endif
