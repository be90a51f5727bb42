/*
 * What a service does besides answering: event relay, workers, consumers, outbound calls; and
 * service_wake(), by which each lets the others look.
 */
#ifndef ECOM_LIB_DAEMON_BACKGROUND_H
#define ECOM_LIB_DAEMON_BACKGROUND_H

#include <stdbool.h>

struct service;

/* Once the schema fits. `works` as the role says: without it only the events that requests wait for
 * are listened to. */
void background_open(struct service *service, bool works);
void background_close(struct service *service); /* waits for what is in hand */

#endif
