/* From what an event named to what is sent: see prepare.c. */
#ifndef ECOM_DAEMONS_NOTIFYD_PREPARE_H
#define ECOM_DAEMONS_NOTIFYD_PREPARE_H

#include <stdbool.h>

#include <jansson.h>

/*
 * The context of a preview, for tasks: `refs` names at least the order, cart, user or SKU that the
 * template is about, and else the newest shipment, refund or return of the order is taken. Links are
 * examples: no token is made. New reference; NULL with why[160], *unknown: it does not exist (else a
 * service does not answer).
 */
json_t *prepare_context(const char *template, const json_t *refs, char why[160], bool *unknown);

#endif
