/* Roles and databases of the services, made by a thread of its own with a blocking session. */
#ifndef ECOM_DAEMONS_ADMIND_PROVISION_H
#define ECOM_DAEMONS_ADMIND_PROVISION_H

#include <stdbool.h>

#include "daemons/admind/component.h"
#include "daemons/admind/state.h"
#include "lib/db/session.h"

struct provision;

struct provision *provision_start(const struct state *state);
/* NULL is done. */
bool provision_is_done(const struct provision *provision);
/* Waits for the thread and frees; false with *failure set. */
bool provision_end(struct provision *provision, struct failure *failure);

/* Those of one service, what is missing of them. Blocking. */
bool provision_service(struct session *db, const struct component *component,
		       struct failure *failure);

#endif
