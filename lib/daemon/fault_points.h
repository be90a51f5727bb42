/* DAEMON --fault-points: the fault points that a daemon's tables give, for tests. */
#ifndef ECOM_LIB_DAEMON_FAULT_POINTS_H
#define ECOM_LIB_DAEMON_FAULT_POINTS_H

struct daemon;

/*
 * One per line, by kind, on stdout. Those of calls are told by the service that is called (its
 * internal routes): which daemon passes them, no table knows. Nor is it known which workers and tasks
 * open transactions, so that their commits are not among them.
 */
void fault_points_print(const struct daemon *daemon);

#endif
