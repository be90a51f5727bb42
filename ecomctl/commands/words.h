/* Values of flags that several nouns have. */
#ifndef ECOM_ECOMCTL_WORDS_H
#define ECOM_ECOMCTL_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

/* "19", "8.1" or "7.25%" to parts per million, exact; false: no percentage up to 100. */
bool percent_parse(const char *text, int64_t *ppm);

/* "DE,AT" as an array of strings; "none" is empty. New reference. */
json_t *words_parse(const char *text);

#endif
