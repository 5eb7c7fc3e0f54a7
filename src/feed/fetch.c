/* fetch.c - one fetch of one feed: which kind it is, and what is remembered of a failure. */
#include "feed/feed_int.h"

#include "model/user.h"

void fetch_progress(struct fetch *x, uint64_t done, uint64_t total, const char *text)
{
	if (x->o->progress)
		x->o->progress(x->o->progress_arg, done, total, text);
}

/* The feed is told what it was told when the fetch began; if not, what was read must not count as known. */
bool fetch_still(const struct fetch *x, const struct feed *now)
{
	const struct feed *f = &x->f;

	return str_eq(f->url, now->url) && str_eq(f->source_format, now->source_format) && str_eq(f->settings, now->settings) &&
	       str_eq(f->rules, now->rules) && f->fixed_event == now->fixed_event && f->delta_merge == now->delta_merge && f->tag_id == now->tag_id;
}

static enum rc begin(struct fetch *x, struct ctx *cx, const struct feed_options *o, int64_t id, struct feed_report *rep)
{
	*x = (struct fetch){ .cx = cx, .o = o, .rep = rep, .org_id = cx->who ? cx->who->org_id : o->org_id,
			     .user_id = cx->who ? cx->who->id : o->user_id };
	return feed_load(cx, id, &x->f);
}

/* The reason, for who looks at the feed later; when it cannot be kept the failure itself still goes up. */
static void note_failure(struct fetch *x)
{
	struct ctx *cx = x->cx;
	struct err err = cx->err;
	struct buf b;
	struct jw w;

	if (err.rc == RC_STOPPED || err.rc == RC_BUSY || err.rc == RC_DB)
		return;
	ctx_forgive(cx);
	buf_init(&b, 4096);
	jw_init(&w, &b, false);
	jw_obj(&w);
	jw_kstr(&w, "error", str_c(err.msg[0] ? err.msg : rc_text(err.rc)));
	jw_obj_end(&w);
	if (!str_eq(x->f.last_report, buf_view(&b)) && store_begin(cx) == RC_OK) {
		struct feed now;

		if (feed_load_locked(cx, x->f.id, &now) == RC_OK) {
			now.last_fetch = ctx_now_s(cx);
			now.last_report = buf_view(&b);
			if (feed_fetched(cx, &now) == RC_OK && store_commit(cx) == RC_OK)
				x->f.last_fetch = now.last_fetch;
		}
		store_rollback(cx);
	}
	buf_clear(&b);
	cx->err = err;
}

enum rc feed_fetch(struct ctx *cx, const struct feed_options *o, int64_t feed_id, struct feed_report *rep)
{
	struct fetch x;
	enum rc rc;

	TRY(begin(&x, cx, o, feed_id, rep));
	if (!x.org_id)
		return fail(cx, RC_INTERNAL, "a fetch has no organisation that owns what it makes");
	rc = str_eq(x.f.source_format, S("misp")) ? fetch_misp(&x) : fetch_list(&x);
	if (rc != RC_OK)
		note_failure(&x);
	return rc;
}
