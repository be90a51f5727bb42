/* HAProxy's two Unix sockets: commands go in, a reply comes out, the loop does not wait. */
#ifndef ECOM_DAEMONS_GATEWAYD_RUNTIME_H
#define ECOM_DAEMONS_GATEWAYD_RUNTIME_H

struct loop;
struct runtime_call;

/* reply is NULL when HAProxy is away or too slow; it is freed after the call. */
typedef void runtime_fn(void *arg, const char *reply);

/* Commands are separated by ';'. The handle is valid until fn is called. Never calls
 * fn before it returns. */
struct runtime_call *runtime_call(struct loop *loop, const char *socket_path, const char *commands,
				  runtime_fn *fn, void *arg);

/* Forgets the call without calling fn. NULL is fine. */
void runtime_cancel(struct runtime_call *call);

#endif
