/* Passwords that are tried first. */
#ifndef ECOM_DAEMONS_USERD_COMMON_PASSWORD_H
#define ECOM_DAEMONS_USERD_COMMON_PASSWORD_H

#include <stdbool.h>

/* One of the most common ones, in either case, one character repeated, or the own address. */
bool password_is_common(const char *password, const char *email);

#endif
