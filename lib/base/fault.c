/* Fault points. */
#include "lib/base/fault.h"

#include <stddef.h>

bool fault_armed;
static _Thread_local const char *scope;

void fault_init(void)
{
}

bool fault_pass(const char *kind, const char *name, const char *place)
{
	(void)kind;
	(void)name;
	(void)place;
	return false;
}

void fault_scope(const char *name)
{
	scope = name;
}

const char *fault_scope_name(void)
{
	return scope ? scope : "none";
}
