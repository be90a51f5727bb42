/* Questions to the person at the terminal: asked on stderr, answered on stdin. */
#ifndef ECOM_LIB_TERM_PROMPT_H
#define ECOM_LIB_TERM_PROMPT_H

#include <stdbool.h>

#define PROMPT_MAX 1024 /* bytes of an answer */

/* Whether somebody can be asked: stdin and stderr are a terminal. */
bool prompt_possible(void);

/* The line without its end, freed by the caller; NULL at the end of input or with Ctrl-C. */
char *prompt_line(const char *question);

/* The same without echo; the terminal is put back in any case. */
char *prompt_secret(const char *question);

/* y or yes, in any case. Anything else, an empty line too, is no. */
bool prompt_yes(const char *question);

/* Columns of the terminal at fd: COLUMNS when set, else what it says, else 80. */
int term_columns(int fd);

#endif
