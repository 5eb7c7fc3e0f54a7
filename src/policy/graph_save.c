/* graph_save.c - see graph_save.h. */
#include "policy/graph_save.h"

#include "base/json.h"
#include "model/input.h"
#include "policy/access.h"
#include "store/audit.h"

static enum rc audit_graph(struct ctx *cx, const char *action, const struct saved_graph *g)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = "EventGraph", .model_id = g->id, .event_id = g->event_id,
					      .title = g->network_name.p ? g->network_name : S("") }, NULL);
}

static enum rc transaction(struct ctx *cx, enum rc (*body)(struct ctx *cx, struct saved_graph *g), struct saved_graph *g)
{
	enum rc rc;

	TRY(store_begin(cx));
	rc = body(cx, g);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static enum rc add_tx(struct ctx *cx, struct saved_graph *g)
{
	TRY(graph_insert(cx, g));
	return audit_graph(cx, "add", g);
}

enum rc graph_add(struct ctx *cx, const struct event *e, const struct graph_form *f)
{
	struct saved_graph g = { .event_id = e->id, .user_id = cx->who->id, .org_id = cx->who->org_id, .timestamp = ctx_now_s(cx),
				 .network_name = f->network_name, .network_json = f->network_json, .preview_img = f->preview_img };
	struct jr r;

	if (!user_may_edit_event(cx->who, e))
		return fail(cx, RC_DENIED, "You do not have permission to do that.");
	if (!in_has(f->network_json))
		return fail(cx, RC_METHOD, "No network data set");
	if (f->network_name.n > 255)
		return fail_field(cx, RC_INVALID, "network_name", "The name is longer than 255 bytes.");
	jr_init(&r, cx, f->network_json, NULL);
	jr_skip(&r);
	if (jr_end(&r) != RC_OK) {
		ctx_forgive(cx);
		return fail(cx, RC_METHOD, "Network data is not valid JSON.");
	}
	return transaction(cx, add_tx, &g);
}

static enum rc remove_tx(struct ctx *cx, struct saved_graph *g)
{
	TRY(graph_delete(cx, g));
	return audit_graph(cx, "delete", g);
}

enum rc graph_remove(struct ctx *cx, int64_t id)
{
	struct saved_graph g;
	enum rc rc = graph_load(cx, cx->scope, id, &g);

	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "Invalid EventGraph");
	TRY(rc);
	if (g.user_id != cx->who->id && !user_is_site_admin(cx->who))
		return fail(cx, RC_METHOD, "This eventGraph does not belong to you.");
	return transaction(cx, remove_tx, &g);
}
