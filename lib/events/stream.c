/* JetStream streams: one per service, with its events of the last days. */
#include "lib/events/stream.h"

#include <ctype.h>
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"

#define NS_PER_S      INT64_C(1000000000)
#define MAX_AGE_NS    (STREAM_KEPT_MS / 1000 * NS_PER_S)
#define DUPLICATES_NS (120 * NS_PER_S)
#define STREAM_IN_USE_ERR \
	10058 /* JetStream: the name is taken, by one with another configuration */

bool stream_ensure(jsCtx *js, const char *name)
{
	char *subject scoped(scoped_free) = xasprintf("%s.>", name);
	const char *subjects[] = { subject };
	jsStreamConfig config;
	jsStreamInfo *info = NULL; /* the library insists on one */
	jsErrCode code = 0;
	natsStatus status = js_GetStreamInfo(&info, js, name, NULL, &code);

	jsStreamInfo_Destroy(info);
	if (status != NATS_NOT_FOUND)
		return status == NATS_OK;
	for (char *c = subject; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	jsStreamConfig_Init(&config);
	config.Name = name;
	config.Subjects = subjects;
	config.SubjectsLen = 1;
	config.Storage = js_FileStorage;
	config.MaxAge = MAX_AGE_NS;
	config.Duplicates = DUPLICATES_NS;
	status = js_AddStream(NULL, js, &config, NULL, &code);
	if (status == NATS_OK)
		log_info("created the JetStream stream %s", name);
	else if ((int)code != STREAM_IN_USE_ERR)
		log_warn("cannot create the JetStream stream %s: %s", name,
			 natsStatus_GetText(status));
	return status == NATS_OK || (int)code == STREAM_IN_USE_ERR;
}
