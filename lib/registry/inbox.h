/* Messages on their way from the NATS delivery thread to the loop's thread, in order. */
#ifndef ECOM_LIB_REGISTRY_INBOX_H
#define ECOM_LIB_REGISTRY_INBOX_H

#include <stddef.h>

struct inbox;
struct loop;

/* fn runs on the loop's thread, once per message; data is not terminated. */
typedef void inbox_fn(void *arg, const char *subject, const char *data, size_t len);
struct inbox *inbox_new(struct loop *loop, inbox_fn *fn, void *arg);
void inbox_free(struct inbox *inbox);

/* Any thread. A full inbox drops the message: everything on it is repeated every second. */
void inbox_add(struct inbox *inbox, const char *subject, const char *data, size_t len);

#endif
