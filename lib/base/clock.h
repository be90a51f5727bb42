/* Time: a steady clock for intervals, a calendar clock for people. */
#ifndef ECOM_LIB_BASE_CLOCK_H
#define ECOM_LIB_BASE_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#define CLOCK_RFC3339_SIZE 25 /* 2026-11-22T17:20:25.123Z and the NUL */

int64_t clock_mono_us(void); /* microseconds since some start; never steps back */
int64_t clock_mono_ms(void);
int64_t clock_real_ms(void); /* milliseconds since 1970-01-01T00:00:00Z */
int64_t clock_real_s(void);

/* For pthread_cond_timedwait() by the steady clock: a condition, and the time in so many ms. */
void clock_cond_init(pthread_cond_t *condition);
struct timespec clock_deadline(int64_t ms);

/* RFC 3339 in UTC with milliseconds. */
void clock_format(int64_t real_ms, char out[CLOCK_RFC3339_SIZE]);

#endif
