/* Backups over the local socket. */
#ifndef ECOM_DAEMONS_ADMIND_ROUTES_BACKUP_H
#define ECOM_DAEMONS_ADMIND_ROUTES_BACKUP_H

#include "lib/http/route.h"

handler_fn backup_post, backup_verify_post, backup_work_get;
task_fn backup_list_get, backup_get;

extern const struct field backup_rules[];

#endif
