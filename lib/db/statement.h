/*
 * A SQL statement made from a .sql file by build-aux/embed-sql. In the file parameters have names,
 * `:sku` as psql writes them; SQL(file_name) is its address.
 */
#ifndef ECOM_LIB_DB_STATEMENT_H
#define ECOM_LIB_DB_STATEMENT_H

#define STATEMENT_PARAMS_MAX 40

struct statement {
	const char *name;
	const char *text; /* with $1, $2, ... */
	int nparams;
	const char *params[STATEMENT_PARAMS_MAX]; /* the name of each, in order */
};

#endif
