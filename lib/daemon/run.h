/* A daemon's life: from its options to the end of draining. */
#ifndef ECOM_LIB_DAEMON_RUN_H
#define ECOM_LIB_DAEMON_RUN_H

struct daemon;
struct options;

/* Takes options. The exit code. */
int daemon_run(const struct daemon *daemon, struct options *options, const char *instance);

#endif
