/*
 * Log lines: one JSON object per line on stderr, with the Elastic Common Schema's field names.
 * Daemons call log_init() once; a program that never does (ecomctl, tests) gets plain text.
 * Never log secrets, tokens, personal data or request bodies.
 */
#ifndef ECOM_LIB_BASE_LOG_H
#define ECOM_LIB_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

void log_init(const char *service, const char *instance);
void log_set_level(enum log_level level);
bool log_level_parse(const char *name, enum log_level *out);

/* The request or job that this thread works for; NULL when it works for none. Not copied. */
void log_set_request(const char *request_id);
const char *log_request(void); /* NULL: none */

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)  log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)

/* Logs the error and ends the process with exit code 1: for start-up only. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
