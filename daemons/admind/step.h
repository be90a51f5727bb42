/* What each step does: is it needed, begin it, look how far it is. */
#ifndef ECOM_DAEMONS_ADMIND_STEP_H
#define ECOM_DAEMONS_ADMIND_STEP_H

#include "daemons/admind/steps.h"

/* steps_servers.c */
bool nats_begin(struct engine *engine, struct failure *failure);
enum outcome nats_look(struct engine *engine, struct failure *failure);
bool cluster_is_needed(struct engine *engine);
bool cluster_begin(struct engine *engine, struct failure *failure);
enum outcome cluster_look(struct engine *engine, struct failure *failure);
bool postgres_begin(struct engine *engine, struct failure *failure);
enum outcome postgres_look(struct engine *engine, struct failure *failure);
bool databases_begin(struct engine *engine, struct failure *failure);
enum outcome databases_look(struct engine *engine, struct failure *failure);

/* steps_upgrade.c */
bool config_begin(struct engine *engine, struct failure *failure);
enum outcome config_look(struct engine *engine, struct failure *failure);
bool backup_is_needed(struct engine *engine);
bool backup_begin(struct engine *engine, struct failure *failure);
enum outcome backup_look(struct engine *engine, struct failure *failure);
bool migrate_begin(struct engine *engine, struct failure *failure);
enum outcome migrate_look(struct engine *engine, struct failure *failure);

/* steps_daemons.c */
bool daemons_begin(struct engine *engine, struct failure *failure);
enum outcome daemons_look(struct engine *engine, struct failure *failure);
bool gateway_begin(struct engine *engine, struct failure *failure);
enum outcome gateway_look(struct engine *engine, struct failure *failure);
bool answer_begin(struct engine *engine, struct failure *failure);
enum outcome answer_look(struct engine *engine, struct failure *failure);

/* A unit of the component runs, or will at the next tick. */
void step_ensure_unit(struct engine *engine, const struct component *component, int number);
/* Done when every unit of the component is ready; failed when one keeps ending. */
enum outcome step_units_ready(struct engine *engine, const struct component *component,
			      struct failure *failure);

#endif
