/* An event as it travels. */
#include "lib/events/event.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/json.h"

bool event_parse(struct event *event, const char *text, size_t len)
{
	const char *error;
	const json_t *data;

	*event = (struct event){ .text = text, .len = len };
	event->parsed = json_parse(text, len, &error);
	data = json_object_get(event->parsed, "data");
	event->id = json_get_string(event->parsed, "id", NULL);
	event->subject = json_get_string(event->parsed, "subject", NULL);
	event->aggregate = json_get_string(event->parsed, "aggregate", NULL);
	event->time = json_get_string(event->parsed, "time", NULL);
	if (!event->id || !event->subject || !event->aggregate || !event->time || !data) {
		event->id = NULL;
		return false;
	}
	snprintf(event->version, sizeof(event->version), "%lld",
		 (long long)json_get_int(event->parsed, "version", 0));
	event->data = json_text(data);
	return true;
}

void event_done(struct event *event)
{
	json_decref(event->parsed);
	free(event->data);
	*event = (struct event){ 0 };
}
