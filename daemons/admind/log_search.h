/* Searching the log files, until logd keeps their lines. */
#ifndef ECOM_DAEMONS_ADMIND_LOG_SEARCH_H
#define ECOM_DAEMONS_ADMIND_LOG_SEARCH_H

#include <stddef.h>

#include <jansson.h>

#define LOG_SEARCH_BYTES (16 << 20) /* of the end of each file; what is older is not looked at */

/*
 * The lines of the daemons that contain any of the words of `text`, in order of their times: the
 * newest `limit` of them. Blocks. New reference.
 */
json_t *log_search(const char *folder, const char *text, size_t limit);

#endif
