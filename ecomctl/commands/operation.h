/*
 * What the services have in common, in one view: the same list of each of them merged by time, and a
 * flag --service that names one.
 */
#ifndef ECOM_ECOMCTL_COMMANDS_OPERATION_H
#define ECOM_ECOMCTL_COMMANDS_OPERATION_H

#include "ecomctl/command.h"

enum { OPERATION_SERVICES = 6 };
extern const char *const operation_services[]; /* ends with NULL */

#define OPERATION_SERVICE_FLAG                                         \
	{                                                              \
		"service", 0, FLAG_CHOICE, "NAME", "only of this one", \
			.choices = operation_services                  \
	}

/* True: --service does not exclude it. */
bool operation_wants(const struct cli *cli, const char *service);

/*
 * Emits the records of "/v1/{service}/<list>" of all services, the newest first by their member
 * `time`, each with its service added. The flags with `field` are the query. A service that does
 * not answer is left out, and is the failure at the end.
 */
enum exit_code operation_list(struct cli *cli, const char *list, const char *time);

/* The path of one service's list with the command's query; the caller frees. */
char *operation_path(const struct cli *cli, const char *service, const char *list);

/* --since and the like: RFC 3339, or how long ago ("2h"). The caller frees; NULL: not given. */
char *operation_time(const struct cli *cli, const char *flag);

#endif
