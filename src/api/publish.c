/* publish.c - an event to the subscribers of ZeroMQ. */
#include "api/peers.h"

#include "api/api_int.h"
#include "export/event_doc.h"
#include "store/audit.h"
#include "store/setting.h"
#include "sync/publish.h"

enum { DOCUMENT_MAX = 256 << 20 };

static enum rc document(struct ctx *cx, const struct event *e, struct buf *b)
{
	struct event_doc_options o = { 0 };
	struct event_doc *d;
	struct jw w;
	enum rc rc;

	jw_init(&w, b, false);
	TRY(event_doc_open(cx, cx->scope, e, &o, &d));
	while ((rc = event_doc_more(cx, d, &w)) == RC_OK)
		;
	if (rc != RC_DONE)
		return rc;
	return buf_ok(b) ? RC_OK : fail(cx, RC_TOOBIG, "the event is too large to be published so");
}

enum rc events_push_zmq(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct event e;
	struct buf b;
	enum rc rc;

	if (!setting_on(cx, SITE_ZMQ))
		return fail(cx, RC_METHOD, "ZMQ event publishing not enabled.");
	TRY(api_event(rq, 0, &e));
	buf_init(&b, DOCUMENT_MAX);
	rc = document(cx, &e, &b);
	store_rollback(cx);
	if (rc == RC_OK)
		rc = publish_zmq(cx, setting_text(cx, SITE_ZMQ_HOST), setting_int(cx, SITE_ZMQ_PORT), "misp_json", buf_view(&b));
	buf_clear(&b);
	TRY(rc);
	audit_queue(cx, &(struct audit){ .action = "publish_zmq", .model = "Event", .model_id = e.id, .event_id = e.id, .title = S("published to ZeroMQ") });
	api_ok(rq, rs, "Event published to ZMQ", "/events/pushEventToZMQ", e.id);
	return RC_OK;
}
