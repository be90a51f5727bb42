/*
 * Requests that wait for an outcome (`Prefer: wait=N`): held until the route's .wait statement names
 * them, their time is up, or the server drains. At most one such statement is under way per route;
 * it runs soon after a commit of this process, and every 100 ms as long as somebody waits, since the
 * outcome may come from another one.
 */
#ifndef ECOM_LIB_HTTP_WAITERS_H
#define ECOM_LIB_HTTP_WAITERS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/loop/loop.h"

struct request;
struct service;
struct waiters;

/* Calls location_read() of a request when its waiting ends. */
struct waiters *waiters_new(struct service *service, int most);
void waiters_free(struct waiters *waiters); /* nobody waits, nothing is under way */

/* How long the caller would wait at most: seconds as text, NULL without a (valid) preference. */
const char *waiters_preference(struct request *request);

/* The request, whose ->location is known, is held. False: it asked for no waiting, its route knows
 * none, too many wait already, or the server drains. */
bool waiters_hold(struct waiters *waiters, struct request *request);

/* A commit may have been an outcome. Any thread. */
void waiters_wake(struct waiters *waiters);

/* Everybody is answered now, and nobody is held any more. */
void waiters_drain(struct waiters *waiters);

int waiters_count(const struct waiters *waiters); /* requests that are held */
bool waiters_busy(const struct waiters *waiters); /* a statement is under way */

#endif
