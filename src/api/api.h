/* api.h - what the handlers of api/ share: the application behind the HTTP server, answers and errors in MISP's form, reading of bodies and parameters.
 *
 * A handler is 10 to 40 lines: read parameters, call one or two functions below, write the answer.
 *
 *     enum rc tags_view(struct req *rq, struct resp *rs)
 *     {
 *         ...
 *         struct jw w = api_json(rq, rs);
 *         jw_obj(&w); ... jw_obj_end(&w);
 *         return RC_OK;
 *     }
 *
 * A failure is returned; its JSON body is made in one place (api.c: failed). A rejected save is told apart by api_saving, called before the save:
 * {"saved": false, "name": "Could not add Tag", ..., "errors": {"field": ["text"]}}.
 */
#ifndef API_API_H
#define API_API_H

#include "base/json.h"
#include "http/http.h"
#include "model/input.h"
#include "model/user.h"
#include "store/query.h"
#include "store/store.h"

/* What can be done with the threads that do jobs: functions of jobs/worker.h. All NULL: there are none. */
struct job_worker;
struct api_workers {
	size_t (*list)(void *jobs, struct job_worker *v, size_t max);
	bool (*start)(void *jobs);
	size_t (*stop)(void *jobs, int64_t pid);
	size_t (*fill)(void *jobs);
};
struct api_options {
	struct store *st;      /* borrowed */
	struct str library;    /* folder with clones of MISP's libraries, which the update calls read; "" none; borrowed */
	bool fetch_loopback;   /* feeds may come from loopback addresses (serve listens there only) */
	struct ip_nets fetch_allow; /* private networks that may be fetched from; borrowed */
	bool audit_reads;      /* each read answered goes into the audit, too (refusals always do) */
	void (*wake)(void *arg);     /* a job was added; NULL: nobody to wake */
	void *wake_arg;              /* the jobs, also for what follows */
	struct api_workers workers;
};
struct api;
MUST_USE enum rc api_open(struct ctx *cx, const struct api_options *o, struct api **out);
void api_close(struct api *a);
const struct http_app *api_app(struct api *a);
const struct api_options *api_opts(const struct req *rq);
/* The route table, for listings and tests. */
const struct route *api_routes(size_t *n);

/* Route flags of our own, beside ROUTE_READ etc. */
enum {
	ROUTE_SELF = ROUTE_USER_1,      /* a person's own matters: also with a read-only key */
	ROUTE_DUTY = ROUTE_USER_1 << 1 /* also in a session that must change its password or the like first */
};

/* ---- answers ---- */

/* JSON writer into rs->body; indented unless the client is PyMISP, MISP or a script of a page. */
struct jw api_json(struct req *rq, struct resp *rs);
bool api_pretty(const struct req *rq);
/* {"saved": true, "success": true, "name": message, "message": message, "url": url[/id], "id": "id"}; id 0: no id. */
void api_ok(struct req *rq, struct resp *rs, const char *message, const char *url, int64_t id);
/* {"message": text} and nothing else; {"name": .., "message": .., "url": ..}. */
void api_message(struct req *rq, struct resp *rs, const char *text);
void api_named(struct req *rq, struct resp *rs, const char *text);
/* From here on a failure is a rejected save: name is "Could not add Attribute" and the like; errors as one text when flat. */
void api_saving(struct req *rq, const char *name, const char *url, bool flat_errors);
/* Header Location of the answer should the call fail. */
void api_location(struct req *rq, struct str url);
/* "1" or "true": flags in a path. */
bool api_is_true(struct str s);
/* X-Result-Count. */
void api_count(struct req *rq, struct resp *rs, int64_t n);

/* ---- body and parameters ---- */

/* Reader at the body's object: {"Event": {...}} and {...} are the same. True when the body is a JSON object (false: absent; r then is not usable).
 * After the member loop call api_body_end(r), which takes the wrapper's end. */
struct api_body {
	struct jr r;
	bool wrapped, there;
};
void api_body_open(struct req *rq, const char *wrapper, struct api_body *b);
MUST_USE enum rc api_body_end(struct req *rq, struct api_body *b);
/* The whole body as text without a wrapper's need (list or object), "" when there is none. */

/* Parameters of a call: members of the JSON body, named parameters, query: one list, the body wins. Values may be lists and {"OR","AND","NOT"}. */
struct param {
	struct str key;
	struct str *v;       /* plain values in order */
	size_t n;
	struct cond c;       /* the same values sorted: "!x" and NOT go to none */
	bool is_list, is_null;
};
struct params {
	struct param *v;
	size_t n;
};
MUST_USE enum rc api_params(struct req *rq, struct params *out);
const struct param *param_get(const struct params *p, const char *key);  /* NULL when absent or null */
struct str param_text(const struct params *p, const char *key);          /* first value; {NULL,0} when absent */
bool param_bool(const struct params *p, const char *key, bool dflt);     /* 1, "1", true, "true" */
int64_t param_int(const struct params *p, const char *key, int64_t dflt);
void param_cond(const struct params *p, const char *key, struct cond *out);
/* "5d", "4m", "30s", "2h", "1w", seconds with decimals, dates; two values: between. */
void param_range(struct ctx *cx, const struct params *p, const char *key, struct time_range *out);

/* ---- things named in a path ---- */

/* Event / attribute / object of the path's variable i; RC_NOTFOUND with MISP's text when it cannot be seen. */
MUST_USE enum rc api_event(struct req *rq, size_t i, struct event *out);
MUST_USE enum rc api_attr(struct req *rq, size_t i, struct attr *out);
/* Denied (403, the text that steers clients into proposing) unless the user may change the event. */
MUST_USE enum rc api_may_edit(struct req *rq, const struct event *e);
/* The route's role permission is missing. */
MUST_USE enum rc api_denied(struct ctx *cx);

#endif
