/* The history of a load, one JSON object per line, and its figures. */
#include "bench/checkout.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *file;
static long sequence;
static double begun;
static json_t *counts;
static struct {
	double *values;
	size_t count, size;
} times[TIMINGS];

static const char *const timing_names[TIMINGS] = { "checkout_ms", "place_ms" };

void history_open(const char *path)
{
	counts = json_object();
	stat_begin();
	if (!path)
		return;
	file = fopen(path, "ae");
	if (!file) {
		fprintf(stderr, "checkout: %s: %s\n", path, strerror(errno));
		exit(1);
	}
}

void history_close(void)
{
	if (file && fclose(file) != 0) {
		fprintf(stderr, "checkout: the history could not be written\n");
		exit(1);
	}
	file = NULL;
}

static double wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Flushed line by line: what was sent is known even when this program is killed. */
void history_write(const struct client *client, const char *type, const char *op, const char *key,
		   json_t *value)
{
	json_t *line;

	if (!file) {
		json_decref(value);
		return;
	}
	pthread_mutex_lock(&lock);
	line = json_pack("{s:I, s:f, s:I, s:s, s:s, s:s?, s:o}", "seq", (json_int_t)++sequence,
			 "at", wall(), "client", (json_int_t)client->number, "type", type, "op", op,
			 "key", key, "value", value ? value : json_null());
	if (!line || json_dumpf(line, file, JSON_COMPACT) != 0 || fputc('\n', file) == EOF ||
	    fflush(file) != 0) {
		fprintf(stderr, "checkout: the history cannot be written\n");
		exit(1);
	}
	json_decref(line);
	pthread_mutex_unlock(&lock);
}

void stat_begin(void)
{
	begun = now();
}

void stat_count(const char *name, long by)
{
	pthread_mutex_lock(&lock);
	json_object_set_new(counts, name,
			    json_integer(json_integer_value(json_object_get(counts, name)) + by));
	pthread_mutex_unlock(&lock);
}

void stat_time(enum timing what, double seconds)
{
	pthread_mutex_lock(&lock);
	if (times[what].count == times[what].size) {
		times[what].size = times[what].size ? times[what].size * 2 : 4096;
		times[what].values = realloc(times[what].values, times[what].size * sizeof(double));
		if (!times[what].values)
			abort();
	}
	times[what].values[times[what].count++] = seconds;
	pthread_mutex_unlock(&lock);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double percentile(enum timing what, double p)
{
	size_t at = (size_t)(p * (double)times[what].count);

	if (at >= times[what].count)
		at = times[what].count - 1;
	return times[what].values[at] * 1000;
}

void stat_print(void)
{
	double seconds = now() - begun;
	json_t *out = json_pack("{s:f, s:O}", "seconds", seconds, "counts", counts);

	for (int i = 0; i < TIMINGS; i++) {
		if (!times[i].count)
			continue;
		qsort(times[i].values, times[i].count, sizeof(double), compare);
		json_object_set_new(out, timing_names[i],
				    json_pack("{s:I, s:f, s:f, s:f, s:f, s:f}", "count",
					      (json_int_t)times[i].count, "rate",
					      (double)times[i].count / seconds, "p50",
					      percentile(i, 0.5), "p95", percentile(i, 0.95), "p99",
					      percentile(i, 0.99), "max", percentile(i, 1)));
	}
	json_dumpf(out, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(out);
}
