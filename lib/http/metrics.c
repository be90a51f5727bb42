/* Counters and gauges in the Prometheus text format. */
#include "lib/http/metrics.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"

#define SOURCES_MAX 16

static struct {
	metrics_fn *fn;
	void *arg;
} sources[SOURCES_MAX];
static int nsources;

void metrics_register(metrics_fn *fn, void *arg)
{
	if (nsources == SOURCES_MAX)
		die("more than %d sources of metrics", SOURCES_MAX);
	sources[nsources].fn = fn;
	sources[nsources++].arg = arg;
}

void metrics_collect(struct buf *out)
{
	for (int i = 0; i < nsources; i++)
		sources[i].fn(out, sources[i].arg);
}

void metrics_family(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_escaped(struct buf *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n') {
			buf_adds(out, "\\n");
			continue;
		}
		if (*value == '\\' || *value == '"')
			buf_addc(out, '\\');
		buf_addc(out, *value);
	}
}

void metrics_sample_labels(struct buf *out, const char *name, double value,
			   const char *const *labels)
{
	buf_adds(out, name);
	for (int i = 0; labels[i]; i += 2) {
		buf_addf(out, "%s%s=\"", i ? "," : "{", labels[i]);
		add_escaped(out, labels[i + 1]);
		buf_addc(out, '"');
	}
	buf_addf(out, "%s %.15g\n", labels[0] ? "}" : "", value);
}
