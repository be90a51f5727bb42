/* One GET on the loopback address, on the loop, for its status: is somebody there, and ready? */
#ifndef ECOM_DAEMONS_ADMIND_PROBE_H
#define ECOM_DAEMONS_ADMIND_PROBE_H

#include <stdint.h>

struct loop;
struct probe;

/* status 0: no answer within PROBE_MS. The probe is gone when fn is called. */
#define PROBE_MS 1000
typedef void probe_fn(void *arg, int status);

/* NULL, and fn is not called, when nobody listens there. */
struct probe *probe_start(struct loop *loop, int port, const char *path, probe_fn *fn, void *arg);
void probe_cancel(struct probe *probe); /* NULL is fine; fn is not called */

/* The port in "127.0.0.1:8080", 0 when there is none. */
int address_port(const char *address);

#endif
