/*
 * Databases of services on other clusters. Only the environment puts them there: ECOM_<SERVICE>_DATABASE_URL
 * for the service, ECOM_<SERVICE>_OWNER_DATABASE_URL for its migrations and its backups.
 */
#ifndef ECOM_DAEMONS_ADMIND_ELSEWHERE_H
#define ECOM_DAEMONS_ADMIND_ELSEWHERE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemons/admind/child.h"

bool elsewhere_is(const char *service);

/* Of the owner role; NULL when the service is not elsewhere, or nobody told the owner's. Borrowed. */
const char *elsewhere_url(const char *service);

/* There is one that we can reach. */
bool elsewhere_any(void);

/* Every one of them has its owner's URL; else *failure names the first that has none. */
bool elsewhere_check(struct failure *failure);

/* Bytes of those that we can reach. */
int64_t elsewhere_size(void);

/* Nothing is in it yet. */
bool elsewhere_check_empty(const char *service, struct failure *failure);

/* Connection parameters as libpq's variables: in arguments everybody could read a password. */
bool elsewhere_environment(const char *url, struct words *environment, struct failure *failure);

#endif
