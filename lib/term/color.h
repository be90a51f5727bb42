/* Colours by meaning, out of the 16 that every terminal and its user's theme know. */
#ifndef ECOM_LIB_TERM_COLOR_H
#define ECOM_LIB_TERM_COLOR_H

#include <stdbool.h>

enum color {
	COLOR_NONE,
	COLOR_GOOD,
	COLOR_WARN,
	COLOR_BAD,
	COLOR_DIM,
	COLOR_ACCENT,
	COLOR_BOLD,
};

#define COLOR_OFF "\033[0m"

/*
 * Whether to colour what goes to fd. `choice` is "auto", "always" or "never" from the command
 * line, NULL when not given. In order: choice, ECOMCTL_COLOR, NO_COLOR (not empty),
 * CLICOLOR_FORCE or FORCE_COLOR (not empty, not 0), TERM=dumb, terminal or not.
 */
bool color_enabled(const char *choice, int fd);

/* The sequence that starts a colour, "" for COLOR_NONE; COLOR_OFF ends it. */
const char *color_start(enum color color);

/* The colour that goes with a word such as "active", "failed", "starting". */
enum color color_of_status(const char *status);

#endif
