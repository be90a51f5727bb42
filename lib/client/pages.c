/* Lists, page by page: {"data":[...],"next":"cursor"}. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/client/answer.h"
#include "lib/client/api.h"

void api_pages_open(struct api_pages *pages, struct api *api, const char *path, int page_size)
{
	*pages = (struct api_pages){
		.api = api,
		.path = xstrdup(path),
		.page_size = page_size,
	};
}

void api_pages_close(struct api_pages *pages)
{
	free(pages->path);
	free(pages->next);
	api_answer_free(&pages->answer);
	memset(pages, 0, sizeof(*pages));
}

static char *page_path(const struct api_pages *pages)
{
	char limit[16];

	snprintf(limit, sizeof(limit), "%d", pages->page_size);
	return api_path_query(api_path_query(xstrdup(pages->path), "limit", limit), "after",
			      pages->next);
}

/* Remembers the next cursor. The same one twice would go round for ever. */
static const json_t *take_page(struct api_pages *pages)
{
	const json_t *data = json_object_get(pages->answer.body, "data");
	const char *next = json_get_string(pages->answer.body, "next", NULL);

	if (!json_is_array(data) || (next && pages->next && strcmp(next, pages->next) == 0)) {
		answer_fail(&pages->answer, API_LOCAL, "the server sent no proper page for %s",
			    pages->path);
		return NULL;
	}
	free(pages->next);
	pages->next = next ? xstrdup(next) : NULL;
	pages->ended = !next;
	return data;
}

const json_t *api_pages_next(struct api_pages *pages)
{
	char *path scoped(scoped_free) = NULL;
	struct api_request request = { .method = "GET", .target = pages->target };

	if (pages->ended)
		return NULL;
	path = page_path(pages);
	request.path = path;
	pages->ended = true;
	api_answer_free(&pages->answer);
	if (!api_call(pages->api, &request, &pages->answer))
		return NULL;
	return take_page(pages);
}
