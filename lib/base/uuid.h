/* UUID version 7 (RFC 9562): ordered by time, 74 random bits. */
#ifndef ECOM_LIB_BASE_UUID_H
#define ECOM_LIB_BASE_UUID_H

#include <stdbool.h>

#define UUID_SIZE 37 /* 36 characters and the NUL */

void uuid_make(char out[UUID_SIZE]);
bool uuid_is_valid(const char *s); /* the canonical 8-4-4-4-12 form, either case */

#endif
