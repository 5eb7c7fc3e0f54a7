/* api_int.h - shared inside api/ only. */
#ifndef API_API_INT_H
#define API_API_INT_H

#include "api/api.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "policy/access.h"

struct api {
	struct api_options o;
	struct router *router;
	struct http_app app;
};

#endif
