/* An event as it travels. */
#include "lib/events/event.h"

#include <stdio.h>

#include "lib/base/json.h"

bool event_parse(struct event *event, const char *text, size_t len)
{
	const char *error;

	*event = (struct event){ .text = text, .len = len };
	event->parsed = json_parse(text, len, &error);
	event->id = json_get_string(event->parsed, "id", NULL);
	event->subject = json_get_string(event->parsed, "subject", NULL);
	event->aggregate = json_get_string(event->parsed, "aggregate", NULL);
	event->time = json_get_string(event->parsed, "time", NULL);
	if (!event->id || !event->subject || !event->aggregate || !event->time ||
	    !json_object_get(event->parsed, "data")) {
		event->id = NULL;
		return false;
	}
	snprintf(event->version, sizeof(event->version), "%lld",
		 (long long)json_get_int(event->parsed, "version", 0));
	return true;
}

void event_done(struct event *event)
{
	json_decref(event->parsed);
	*event = (struct event){ 0 };
}

char *event_data(const struct event *event)
{
	return json_text(json_object_get(event->parsed, "data"));
}
