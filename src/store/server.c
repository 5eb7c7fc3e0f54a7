/* server.c - rows of server <-> struct server. A key is bound to the row's id, so that one copied into another row does not open. */
#include "store/server.h"

#include <sodium.h>

enum { NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, MAC = crypto_aead_xchacha20poly1305_ietf_ABYTES };

#define FLAG_COLS \
	"push, pull, push_sightings, push_galaxy_clusters, push_analyst_data, pull_analyst_data, pull_galaxy_clusters, publish_without_email, " \
	"unpublish_event, self_signed, internal, skip_proxy, remove_missing_tags, caching_enabled"
#define COLS "id, name, url, authkey, org_id, remote_org_id, lastpulledid, lastpushedid, pull_rules, push_rules, cache_timestamp, priority, " FLAG_COLS
enum { FIRST_FLAG = 12 };

static void key_seal(struct ctx *cx, struct stmt *q, int n, int64_t id, struct str key)
{
	uint8_t *box = arena_alloc(cx->mem, NONCE + MAC + key.n);

	randombytes_buf(box, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE, NULL, (const uint8_t *)key.p, key.n, (const uint8_t *)&id, sizeof(id), NULL, box,
		cx->st->seal_key);
	bind_blob(q, n, box, NONCE + MAC + key.n);
}

/* {NULL,0}: it was not made by this instance, or not for this row */
static struct str key_open(struct ctx *cx, int64_t id, struct str box)
{
	uint8_t *text;

	if (box.n < NONCE + MAC)
		return (struct str){ 0 };
	text = arena_alloc(cx->mem, box.n);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(text, NULL, NULL, (const uint8_t *)box.p + NONCE, box.n - NONCE, (const uint8_t *)&id, sizeof(id),
		    (const uint8_t *)box.p, cx->st->seal_key) != 0)
		return (struct str){ 0 };
	return str_n((const char *)text, box.n - NONCE - MAC);
}

static void row(struct ctx *cx, struct stmt *q, struct server *s)
{
	int i = FIRST_FLAG;

	*s = (struct server){
		.id = col_i64(q, 0),
		.name = col_text_dup(cx, q, 1),
		.url = col_text_dup(cx, q, 2),
		.authkey = key_open(cx, col_i64(q, 0), col_blob(q, 3)),
		.org_id = col_i64(q, 4),
		.remote_org_id = col_i64(q, 5),
		.lastpulledid = col_i64(q, 6),
		.lastpushedid = col_i64(q, 7),
		.pull_rules = col_text_dup(cx, q, 8),
		.push_rules = col_text_dup(cx, q, 9),
		.cache_timestamp = col_i64(q, 10),
		.priority = col_i64(q, 11),
	};
#define X(name) s->name = col_i64(q, i++) != 0;
	SERVER_FLAGS(X)
#undef X
}

static enum rc one(struct ctx *cx, struct stmt *q, struct server *out)
{
	enum rc rc = stmt_row(cx, q);

	if (rc == RC_OK)
		row(cx, q, out);
	return rc;
}

enum rc server_load(struct ctx *cx, int64_t id, struct server *out)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM server WHERE id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	return one(cx, &q, out);
}

enum rc server_list(struct ctx *cx, struct server **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM server ORDER BY priority, id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	return STMT_ALL(cx, &q, out, n, row(cx, &q, e));
}

enum rc server_find(struct ctx *cx, struct str ref, struct server *out)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM server WHERE url = $1 OR name = $1 ORDER BY id LIMIT 1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t id;

	if (str_i64(ref, &id))
		return server_load(cx, id, out);
	while (str_ends(ref, S("/")))
		ref.n--;
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_text(&q, 1, ref);
	return one(cx, &q, out);
}

static void bind_or_null(struct stmt *q, int n, int64_t v)
{
	if (v)
		bind_i64(q, n, v);
	else
		bind_null(q, n);
}

static enum rc write(struct ctx *cx, const struct sql *sql, const struct server *s)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int i = FIRST_FLAG + 1;

	TRY(stmt_open(cx, cx->conn, sql, &q));
	bind_i64(&q, 1, s->id);
	bind_text(&q, 2, s->name);
	bind_text(&q, 3, s->url);
	key_seal(cx, &q, 4, s->id, s->authkey);
	bind_i64(&q, 5, s->org_id);
	bind_i64(&q, 6, s->remote_org_id);
	bind_or_null(&q, 7, s->lastpulledid);
	bind_or_null(&q, 8, s->lastpushedid);
	bind_text(&q, 9, s->pull_rules);
	bind_text(&q, 10, s->push_rules);
	bind_i64(&q, 11, s->cache_timestamp);
	bind_i64(&q, 12, s->priority);
#define X(name) bind_i64(&q, i++, s->name);
	SERVER_FLAGS(X)
#undef X
	return stmt_run(cx, &q);
}

enum rc server_insert(struct ctx *cx, struct server *s)
{
	static const struct sql Q = SQL("INSERT INTO server (" COLS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
					"$18, $19, $20, $21, $22, $23, $24, $25, $26)");

	TRY(id_next(cx, "server", &s->id));
	return write(cx, &Q, s);
}

enum rc server_update(struct ctx *cx, const struct server *s)
{
	static const struct sql Q =
		SQL("UPDATE server SET name = $2, url = $3, authkey = $4, org_id = $5, remote_org_id = $6, lastpulledid = $7, lastpushedid = $8, "
		    "pull_rules = $9, push_rules = $10, cache_timestamp = $11, priority = $12, push = $13, pull = $14, push_sightings = $15, "
		    "push_galaxy_clusters = $16, push_analyst_data = $17, pull_analyst_data = $18, pull_galaxy_clusters = $19, publish_without_email = $20, "
		    "unpublish_event = $21, self_signed = $22, internal = $23, skip_proxy = $24, remove_missing_tags = $25, caching_enabled = $26 WHERE id = $1");

	return write(cx, &Q, s);
}

enum rc server_delete(struct ctx *cx, int64_t id)
{
	static const struct sql GROUPS = SQL("DELETE FROM sharing_group_server WHERE server_id = $1 AND server_id > 0"), Q = SQL("DELETE FROM server WHERE id = $1");
	const struct sql *const both[] = { &GROUPS, &Q };

	for (int i = 0; i < 2; i++) {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, both[i], &q));
		bind_i64(&q, 1, id);
		TRY(stmt_run(cx, &q));
	}
	return data_version_bump(cx, "user");
}
