/* explain.c - GET /events/explain/ID?user=U and the like: why somebody may see or change something. */
#include "api/settings.h"

#include "api/handlers.h"
#include "api/objects.h"
#include "policy/explain.h"
#include "store/event.h"
#include "store/object.h"

static enum rc answer(struct req *rq, struct resp *rs, const struct event *e, const struct object *o, const struct attr *a)
{
	struct explanation x;
	struct params p;
	int64_t user;
	struct jw w;

	TRY(api_params(rq, &p));
	user = param_int(&p, "user", rq->cx->who->id);
	TRY(explain(rq->cx, user, e, o, a, &x));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kid(&w, "user_id", user);
	jw_kid(&w, "event_id", e->id);
	jw_kbool(&w, "sees", x.sees);
	jw_kbool(&w, "may_edit", x.may_edit);
	jw_kbool(&w, "may_publish", x.may_publish);
	jw_kbool(&w, "may_tag", x.may_tag);
	jw_key(&w, "steps");
	jw_arr(&w);
	for (size_t i = 0; i < x.n; i++) {
		jw_obj(&w);
		jw_kstr(&w, "rule", x.step[i].rule);
		jw_kstr(&w, "fact", x.step[i].fact);
		jw_kstr(&w, "says", x.step[i].allows > 0 ? S("yes") : x.step[i].allows < 0 ? S("no") : S("go on"));
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc events_explain(struct req *rq, struct resp *rs)
{
	struct event e;

	TRY(api_event(rq, 0, &e));
	return answer(rq, rs, &e, NULL, NULL);
}

enum rc objects_explain(struct req *rq, struct resp *rs)
{
	struct object o;
	struct event e;

	TRY(api_object(rq, 0, &o, &e));
	return answer(rq, rs, &e, &o, NULL);
}

enum rc attributes_explain(struct req *rq, struct resp *rs)
{
	struct object o;
	struct event e;
	struct attr a;

	TRY(api_attr(rq, 0, &a));
	TRY(event_load(rq->cx, rq->cx->scope, &(struct event_key){ .id = a.event_id }, &e));
	if (!a.object_id)
		return answer(rq, rs, &e, NULL, &a);
	TRY(object_load(rq->cx, rq->cx->scope, &(struct event_key){ .id = a.object_id }, &o));
	return answer(rq, rs, &e, &o, &a);
}
