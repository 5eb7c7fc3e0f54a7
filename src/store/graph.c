/* graph.c - rows of event_graph. */
#include "store/graph.h"

#define COLS "g.id, g.event_id, g.user_id, g.org_id, g.timestamp, g.network_name, g.network_json, g.preview_img, u.email"
#define FROM "event_graph g LEFT JOIN users u ON u.id = g.user_id"

static void row(struct ctx *cx, struct stmt *q, struct saved_graph *g)
{
	*g = (struct saved_graph){
		.id = col_i64(q, 0),
		.event_id = col_i64(q, 1),
		.user_id = col_i64(q, 2),
		.org_id = col_i64(q, 3),
		.timestamp = col_i64(q, 4),
		.network_json = col_text_dup(cx, q, 6),
		.email = col_null(q, 8) ? S("") : col_text_dup(cx, q, 8),
	};
	if (!col_null(q, 5))
		g->network_name = col_text_dup(cx, q, 5);
	if (!col_null(q, 7))
		g->preview_img = col_text_dup(cx, q, 7);
}

enum rc graph_list(struct ctx *cx, int64_t org_id, int64_t event_id, int64_t id, struct saved_graph **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM " FROM " WHERE g.event_id = $1 AND g.org_id = $2 AND ($3 = 0 OR g.id = $3) "
					"ORDER BY g.timestamp DESC, g.id DESC");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, event_id);
	bind_i64(&q, 2, org_id);
	bind_i64(&q, 3, id);
	return STMT_ALL(cx, &q, out, n, row(cx, &q, e));
}

enum rc graph_load(struct ctx *cx, const struct scope *sc, int64_t id, struct saved_graph *out)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM " FROM " WHERE g.id = $1 AND ($2 <> 0 OR g.org_id = $3)");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	bind_i64(&q, 2, sc->all);
	bind_i64(&q, 3, sc->org_id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

enum rc graph_insert(struct ctx *cx, struct saved_graph *g)
{
	static const struct sql Q = SQL("INSERT INTO event_graph (event_id, id, user_id, org_id, timestamp, network_name, network_json, preview_img) "
					"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(id_next(cx, "event_graph", &g->id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, g->event_id);
	bind_i64(&q, 2, g->id);
	bind_i64(&q, 3, g->user_id);
	bind_i64(&q, 4, g->org_id);
	bind_i64(&q, 5, g->timestamp);
	bind_text(&q, 6, g->network_name);
	bind_text(&q, 7, g->network_json);
	bind_text(&q, 8, g->preview_img);
	return stmt_run(cx, &q);
}

enum rc graph_delete(struct ctx *cx, const struct saved_graph *g)
{
	static const struct sql Q = SQL("DELETE FROM event_graph WHERE event_id = $1 AND id = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, g->event_id);
	bind_i64(&q, 2, g->id);
	return stmt_run(cx, &q);
}
