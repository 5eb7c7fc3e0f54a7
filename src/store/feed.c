/* feed.c - rows of feed <-> struct feed. Fetching: feed/. */
#include "store/feed.h"

#define COLS \
	"id, name, provider, url, rules, enabled, distribution, sharing_group_id, tag_id, is_default, source_format, fixed_event, delta_merge, " \
	"event_id, publish, override_ids, force_to_ids, settings, input_source, delete_local_file, lookup_visible, headers, caching_enabled, " \
	"orgc_id, tag_collection_id, cache_timestamp, etag, last_modified, content_hash, last_fetch, last_report"

static void row(struct ctx *cx, struct stmt *q, struct feed *f)
{
	struct str hash = col_blob(q, 28);

	*f = (struct feed){
		.id = col_i64(q, 0),
		.name = col_text_dup(cx, q, 1),
		.provider = col_text_dup(cx, q, 2),
		.url = col_text_dup(cx, q, 3),
		.rules = col_text_dup(cx, q, 4),
		.enabled = col_i64(q, 5),
		.distribution = (int)col_i64(q, 6),
		.sharing_group_id = col_i64(q, 7),
		.tag_id = col_i64(q, 8),
		.is_default = col_i64(q, 9),
		.source_format = col_text_dup(cx, q, 10),
		.fixed_event = col_i64(q, 11),
		.delta_merge = col_i64(q, 12),
		.event_id = col_i64(q, 13),
		.publish = col_i64(q, 14),
		.override_ids = col_i64(q, 15),
		.force_to_ids = col_i64(q, 16),
		.settings = col_text_dup(cx, q, 17),
		.input_source = col_text_dup(cx, q, 18),
		.delete_local_file = col_i64(q, 19),
		.lookup_visible = col_i64(q, 20),
		.headers = col_text_dup(cx, q, 21),
		.caching_enabled = col_i64(q, 22),
		.orgc_id = col_i64(q, 23),
		.tag_collection_id = col_i64(q, 24),
		.cache_timestamp = col_i64(q, 25),
		.etag = col_text_dup(cx, q, 26),
		.last_modified = col_text_dup(cx, q, 27),
		.has_hash = hash.n == FEED_HASH_LEN,
		.last_fetch = col_i64(q, 29),
		.last_report = col_text_dup(cx, q, 30),
	};
	if (f->has_hash)
		memcpy(f->content_hash, hash.p, FEED_HASH_LEN);
}

static enum rc load(struct ctx *cx, const struct sql *s, int64_t id, struct feed *out)
{
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, s, &q));
	bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "Invalid feed.");
	TRY(rc);
	row(cx, &q, out);
	return RC_OK;
}

enum rc feed_load(struct ctx *cx, int64_t id, struct feed *out)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM feed WHERE id = $1");

	return load(cx, &Q, id, out);
}

enum rc feed_load_locked(struct ctx *cx, int64_t id, struct feed *out)
{
	static const struct sql Q = SQL2("SELECT " COLS " FROM feed WHERE id = $1", "SELECT " COLS " FROM feed WHERE id = $1 FOR UPDATE");

	return load(cx, &Q, id, out);
}

enum rc feed_list(struct ctx *cx, struct feed **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM feed ORDER BY id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	return STMT_ALL(cx, &q, out, n, row(cx, &q, e));
}

static void bind_feed(struct stmt *q, const struct feed *f)
{
	bind_i64(q, 1, f->id);
	bind_text(q, 2, f->name);
	bind_text(q, 3, f->provider);
	bind_text(q, 4, f->url);
	bind_text(q, 5, f->rules);
	bind_i64(q, 6, f->enabled);
	bind_i64(q, 7, f->distribution);
	bind_i64(q, 8, f->sharing_group_id);
	bind_i64(q, 9, f->tag_id);
	bind_i64(q, 10, f->is_default);
	bind_text(q, 11, f->source_format);
	bind_i64(q, 12, f->fixed_event);
	bind_i64(q, 13, f->delta_merge);
	bind_i64(q, 14, f->event_id);
	bind_i64(q, 15, f->publish);
	bind_i64(q, 16, f->override_ids);
	bind_i64(q, 17, f->force_to_ids);
	bind_text(q, 18, f->settings);
	bind_text(q, 19, f->input_source);
	bind_i64(q, 20, f->delete_local_file);
	bind_i64(q, 21, f->lookup_visible);
	bind_text(q, 22, f->headers);
	bind_i64(q, 23, f->caching_enabled);
	bind_i64(q, 24, f->orgc_id);
	bind_i64(q, 25, f->tag_collection_id);
}

enum rc feed_insert(struct ctx *cx, struct feed *f)
{
	static const struct sql Q =
		SQL("INSERT INTO feed (id, name, provider, url, rules, enabled, distribution, sharing_group_id, tag_id, is_default, source_format, "
		    "fixed_event, delta_merge, event_id, publish, override_ids, force_to_ids, settings, input_source, delete_local_file, lookup_visible, "
		    "headers, caching_enabled, orgc_id, tag_collection_id, cache_timestamp, last_fetch) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
		    "$11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, 0, 0)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(id_next(cx, "feed", &f->id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_feed(&q, f);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "feeds");
}

enum rc feed_update(struct ctx *cx, const struct feed *f, bool forget)
{
	static const struct sql Q =
		SQL("UPDATE feed SET name = $2, provider = $3, url = $4, rules = $5, enabled = $6, distribution = $7, sharing_group_id = $8, tag_id = $9, "
		    "is_default = $10, source_format = $11, fixed_event = $12, delta_merge = $13, event_id = $14, publish = $15, override_ids = $16, "
		    "force_to_ids = $17, settings = $18, input_source = $19, delete_local_file = $20, lookup_visible = $21, headers = $22, "
		    "caching_enabled = $23, orgc_id = $24, tag_collection_id = $25 WHERE id = $1");
	static const struct sql F = SQL("UPDATE feed SET etag = NULL, last_modified = NULL, content_hash = NULL WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT, p = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_feed(&q, f);
	TRY(stmt_run(cx, &q));
	if (forget) {
		TRY(stmt_open(cx, cx->conn, &F, &p));
		bind_i64(&p, 1, f->id);
		TRY(stmt_run(cx, &p));
	}
	return data_version_bump(cx, "feeds");
}

enum rc feed_delete(struct ctx *cx, int64_t id)
{
	static const struct sql cache = SQL("DELETE FROM feed_cache WHERE feed_id = $1"), feed = SQL("DELETE FROM feed WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT, p = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &cache, &q));
	bind_i64(&q, 1, id);
	TRY(stmt_run(cx, &q));
	TRY(stmt_open(cx, cx->conn, &feed, &p));
	bind_i64(&p, 1, id);
	TRY(stmt_run(cx, &p));
	if (p.changes == 0)
		return fail(cx, RC_NOTFOUND, "Invalid feed.");
	return data_version_bump(cx, "feeds");
}

enum rc feed_fetched(struct ctx *cx, const struct feed *f)
{
	static const struct sql Q = SQL("UPDATE feed SET event_id = $2, etag = $3, last_modified = $4, content_hash = $5, last_fetch = $6, "
					"last_report = $7 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, f->id);
	bind_i64(&q, 2, f->event_id);
	bind_text(&q, 3, f->etag);
	bind_text(&q, 4, f->last_modified);
	if (f->has_hash)
		bind_blob(&q, 5, f->content_hash, FEED_HASH_LEN);
	else
		bind_blob(&q, 5, NULL, 0);
	bind_i64(&q, 6, f->last_fetch);
	bind_text(&q, 7, f->last_report);
	return stmt_run(cx, &q);
}

enum rc feed_cached(struct ctx *cx, int64_t id, int64_t at_s)
{
	static const struct sql Q = SQL("UPDATE feed SET cache_timestamp = $2 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, id);
	bind_i64(&q, 2, at_s);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "feeds");
}
