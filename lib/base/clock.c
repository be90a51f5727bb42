/* Time: a steady clock for intervals, a calendar clock for people. */
#include "lib/base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t now_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_mono_us(void)
{
	return now_us(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
	return now_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_real_ms(void)
{
	return now_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_real_s(void)
{
	return now_us(CLOCK_REALTIME) / 1000000;
}

void clock_cond_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

struct timespec clock_deadline(int64_t ms)
{
	int64_t us = clock_mono_us() + ms * 1000;

	return (struct timespec){ .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };
}

void clock_format(int64_t real_ms, char out[CLOCK_RFC3339_SIZE])
{
	time_t seconds = (time_t)(real_ms / 1000);
	struct tm utc;
	char date[CLOCK_RFC3339_SIZE];

	gmtime_r(&seconds, &utc);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out, CLOCK_RFC3339_SIZE, "%.19s.%03uZ", date,
		 (unsigned int)(real_ms % 1000) % 1000u);
}
