/*
 * Fault points: places where a test lets a process die, stall or fail. Without ECOM_FAULT they cost
 * one comparison.
 *
 *	ECOM_FAULT=POINT:NTH:ACTION[,...]   at the NTH pass (1 is the first) of POINT:
 *	                                    kill (SIGKILL), hang (10 s), fail (fault_point() is true)
 *	ECOM_FAULT=@PATH                    the same from the file PATH, or PATH/PROGRAM in a folder.
 *	                                    It may be put there at any time, by a rename. It is removed
 *	                                    before the first action, which is its only one: a process
 *	                                    that was killed is not killed again. PATH/PROGRAM.passed gets the
 *	                                    name of each point when it is first passed.
 *
 * The library passes points by itself, with names made from the tables:
 *
 *	statement.NAME.before|after   every statement, by the name of its .sql file
 *	commit.SCOPE.before|after     every COMMIT; the scope is the worker's, consumer's or task's name
 *	call.METHOD PATH.before|after every call to another service
 *	outbound.NAME.before|after    every call to the outside, by the row's name
 *	relay.publish.before|after, consumer.NAME.ack.before
 *
 * `fail` before a step means that it is not made; after it, that its answer is lost.
 */
#ifndef ECOM_LIB_BASE_FAULT_H
#define ECOM_LIB_BASE_FAULT_H

#include <stdbool.h>

extern bool fault_armed; /* ECOM_FAULT is set */

/* At the start of the process; dies with the reason when ECOM_FAULT has another form. */
void fault_init(const char *program);

bool fault_pass(const char *kind, const char *name, const char *place);

/* True: behave as if the step had failed. `fault_point("statement", sql->name, "before")`. */
static inline bool fault_point(const char *kind, const char *name, const char *place)
{
	return fault_armed && fault_pass(kind, name, place);
}

/* Names what this thread does, for the points of its commits. NULL: nothing in particular. */
void fault_scope(const char *name);
const char *fault_scope_name(void); /* never NULL */

#endif
