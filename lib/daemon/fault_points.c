/* The fault points that a daemon's tables give. */
#include "lib/daemon/fault_points.h"

#include <stdio.h>
#include <string.h>

#include "lib/daemon/daemon.h"
#include "lib/db/sql.h"

static void pair(const char *kind, const char *name)
{
	printf("%s.%s.before\n%s.%s.after\n", kind, name, kind, name);
}

static void statements(const struct statement *const *list)
{
	for (; list && *list; list++)
		pair("statement", (*list)->name);
}

/* As callers name the path: parameters are ids. */
static void call(const struct route *route, const char *place)
{
	printf("call.%s ", method_name(route->method));
	for (const char *c = route->path; *c; c++) {
		if (*c == '{') {
			fputs("{id}", stdout);
			c = strchr(c, '}');
		} else {
			putchar(*c);
		}
	}
	printf(".%s\n", place);
}

static void calls(const struct route *routes)
{
	for (const struct route *route = routes; route && route->path; route++) {
		if (route->on == INTERNAL) {
			call(route, "before");
			call(route, "after");
		}
	}
}

void fault_points_print(const struct daemon *daemon)
{
	if (daemon->migrations) {
		statements(daemon->statements);
		statements(lib_statements);
	}
	for (const struct outbound *row = daemon->outbound; row && row->name; row++)
		pair("outbound", row->name);
	for (const struct consumer *row = daemon->consumers; row && row->subject; row++) {
		printf("commit.%s-%s.before\ncommit.%s-%s.after\n", daemon->name, row->sql->name,
		       daemon->name, row->sql->name);
		printf("consumer.%s-%s.ack.before\n", daemon->name, row->sql->name);
	}
	if (daemon->stream)
		pair("relay", "publish");
	calls(daemon->routes);
}
