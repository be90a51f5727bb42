/* Counters of this process, and gauges of the table by whichever instance counted last. */
#include "daemons/notifyd/send_metrics.h"

#include <pthread.h>
#include <stdlib.h>

#include "daemons/notifyd/send.h"
#include "daemons/notifyd/sql.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/http/metrics.h"

#define STALE_MS (3 * UPKEEP_EVERY_MS) /* another instance counts now */
#define OUTCOMES 4

static const char *const channels[CHANNELS] = { "email", "sms" };
static const char *const outcomes[OUTCOMES] = { [SEND_DONE] = "sent",
						[SEND_RETRY] = "retry",
						[SEND_REFUSED] = "refused",
						[SEND_DOWN] = "down" };

static struct {
	pthread_mutex_t lock;
	double sends[CHANNELS][OUTCOMES];
	double waiting[CHANNELS][3]; /* new, queued, dead */
	double oldest[CHANNELS], failures[CHANNELS];
	int64_t counted_ms;
} figures = { .lock = PTHREAD_MUTEX_INITIALIZER };

void send_count(const char *channel, enum send_outcome outcome)
{
	pthread_mutex_lock(&figures.lock);
	figures.sends[str_eq(channel, "sms") ? CHANNEL_SMS : CHANNEL_EMAIL][outcome]++;
	pthread_mutex_unlock(&figures.lock);
}

static double number(const PGresult *rows, int row, const char *column)
{
	const char *text = row_get_at(rows, row, column);

	return text ? strtod(text, NULL) : 0;
}

enum job_result notification_upkeep(struct session *db, const struct job *job)
{
	PGresult *wiped scoped(scoped_result) = session_query(db, SQL(wipe_links));
	PGresult *rows scoped(scoped_result) = session_query(db, SQL(count_notifications));

	(void)job;
	if (!session_ok(wiped) || !session_ok(rows) || PQntuples(rows) != CHANNELS) {
		job_reason("%s", PQresultErrorMessage(session_ok(wiped) ? rows : wiped));
		return JOB_RETRY;
	}
	pthread_mutex_lock(&figures.lock);
	for (int i = 0; i < CHANNELS; i++) { /* in order of their names, as ours */
		figures.waiting[i][0] = number(rows, i, "new");
		figures.waiting[i][1] = number(rows, i, "queued");
		figures.waiting[i][2] = number(rows, i, "dead");
		figures.oldest[i] = number(rows, i, "oldest");
		figures.failures[i] = number(rows, i, "failures");
	}
	figures.counted_ms = clock_mono_ms();
	pthread_mutex_unlock(&figures.lock);
	return JOB_DONE;
}

static void waiting_metrics(struct buf *out)
{
	static const char *const statuses[] = { "new", "queued", "dead" };

	metrics_family(out, "ecom_notifications", "gauge",
		       "Notifications in a status; 100000: or more.");
	for (int i = 0; i < CHANNELS; i++) {
		for (int j = 0; j < 3; j++)
			metrics_sample(out, "ecom_notifications", figures.waiting[i][j], "channel",
				       channels[i], "status", statuses[j]);
	}
	metrics_family(out, "ecom_notifications_oldest_seconds", "gauge",
		       "Age of the oldest notification that is not sent yet.");
	for (int i = 0; i < CHANNELS; i++)
		metrics_sample(out, "ecom_notifications_oldest_seconds", figures.oldest[i],
			       "channel", channels[i]);
	metrics_family(out, "ecom_notification_channel_failures", "gauge",
		       "Failures to reach anybody since the channel last worked.");
	for (int i = 0; i < CHANNELS; i++)
		metrics_sample(out, "ecom_notification_channel_failures", figures.failures[i],
			       "channel", channels[i]);
}

static void send_metrics(struct buf *out, void *arg)
{
	(void)arg;
	pthread_mutex_lock(&figures.lock);
	metrics_family(out, "ecom_notification_sends_total", "counter",
		       "Attempts to send a notification.");
	for (int i = 0; i < CHANNELS; i++) {
		for (int j = 0; j < OUTCOMES; j++)
			metrics_sample(out, "ecom_notification_sends_total", figures.sends[i][j],
				       "channel", channels[i], "outcome", outcomes[j]);
	}
	if (figures.counted_ms && clock_mono_ms() - figures.counted_ms < STALE_MS)
		waiting_metrics(out);
	pthread_mutex_unlock(&figures.lock);
}

void send_open(void)
{
	metrics_register(send_metrics, NULL);
}
