/* api_int.h - shared inside api/ only. */
#ifndef API_API_INT_H
#define API_API_INT_H

#include <pthread.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "policy/access.h"

struct held_lists;
struct api {
	struct api_options o;
	struct router *router;
	struct http_app app;
	pthread_mutex_t lists_lock;
	struct held_lists *lists; /* warninglist.c */
};
void lists_free(struct api *a);

#endif
