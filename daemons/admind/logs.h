/* The files in log/: kept from growing without end, read when something failed. */
#ifndef ECOM_DAEMONS_ADMIND_LOGS_H
#define ECOM_DAEMONS_ADMIND_LOGS_H

#include <stdint.h>

#define LOGS_EVERY_MS 10000
#define LOG_SIZE_MAX \
	(64 << 20) /* bytes of a log; as many again in the file before it, NAME.log.1 */

/* Before its writer starts: a log that is too large moves aside. */
void log_rotate(const char *path);

/*
 * Under running writers: every NAME.log of the folder that takes more than `most` is copied and
 * emptied. What is written between the two is lost. A log that cannot be copied stays. HAProxy
 * takes O_APPEND away and writes on where it was: its log then begins with a hole, which takes no
 * space.
 */
void logs_trim(const char *folder, int64_t most);

/* The last line that tells something: the message of a JSON line, else the text. Caller frees. */
char *log_last_line(const char *path);

#endif
