/* tag.c - rows of tag, event_tag, attr_tag. */
#include "store/tag.h"

#include "base/hash.h"
#include "model/value.h"
#include "store/decay.h"
#include "store/taxonomy.h"

void tag_of_row(struct ctx *cx, struct stmt *q, int at, struct tag *t)
{
	*t = (struct tag){
		.id = col_i64(q, at),
		.name = col_text_dup(cx, q, at + 1),
		.colour = col_text_dup(cx, q, at + 2),
		.exportable = col_i64(q, at + 3),
		.org_id = col_i64(q, at + 4),
		.user_id = col_i64(q, at + 5),
		.hide_tag = col_i64(q, at + 6),
		.numerical_value = col_i64(q, at + 7),
		.has_numerical_value = !col_null(q, at + 7),
		.is_galaxy = col_i64(q, at + 8),
		.is_custom_galaxy = col_i64(q, at + 9),
		.local_only = col_i64(q, at + 10),
	};
}

enum rc tag_load(struct ctx *cx, int64_t id, struct str name, struct tag *out)
{
	static const struct sql by_id = SQL("SELECT " TAG_COLS " FROM tag t WHERE t.id = $1");
	static const struct sql by_name = SQL("SELECT " TAG_COLS " FROM tag t WHERE t.name_fold = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, name.n ? &by_name : &by_id, &q));
	if (name.n)
		bind_text(&q, 1, value_fold(cx->mem, name));
	else
		bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		tag_of_row(cx, &q, 0, out);
	return rc;
}

enum rc tag_list(struct ctx *cx, struct str like, bool counts, struct tag_row **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " TAG_COLS ", 0, 0, t.name_fold FROM tag t ORDER BY t.id");
	static const struct sql C =
		SQL("SELECT " TAG_COLS ", (SELECT count(*) FROM event_tag x WHERE x.tag_id = t.id), (SELECT count(*) FROM attr_tag y WHERE y.tag_id = t.id), "
		    "t.name_fold FROM tag t ORDER BY t.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct str pattern = like.p ? value_fold(cx->mem, like) : like;
	size_t cap = 64;
	struct tag_row *v = arena_many(cx->mem, cap, struct tag_row);
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, counts ? &C : &Q, &q));
	*n = 0;
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		if (pattern.p && !value_like(col_text(&q, TAG_COL_N + 2), pattern))
			continue;
		v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
		tag_of_row(cx, &q, 0, &v[*n].t);
		v[*n].event_count = col_i64(&q, TAG_COL_N);
		v[(*n)++].attribute_count = col_i64(&q, TAG_COL_N + 1);
	}
	*out = v;
	return rc == RC_DONE ? RC_OK : rc;
}

static void bind_tag(struct ctx *cx, struct stmt *q, const struct tag *t)
{
	bind_i64(q, 1, t->id);
	bind_text(q, 2, t->name);
	bind_text(q, 3, value_fold(cx->mem, t->name));
	bind_text(q, 4, t->colour);
	bind_i64(q, 5, t->exportable);
	bind_i64(q, 6, t->org_id);
	bind_i64(q, 7, t->user_id);
	bind_i64(q, 8, t->hide_tag);
	if (t->has_numerical_value)
		bind_i64(q, 9, t->numerical_value);
	else
		bind_null(q, 9);
	bind_i64(q, 10, t->is_galaxy);
	bind_i64(q, 11, t->is_custom_galaxy);
	bind_i64(q, 12, t->local_only);
}

enum rc tag_insert(struct ctx *cx, struct tag *t)
{
	static const struct sql Q = SQL("INSERT INTO tag (id, name, name_fold, colour, exportable, org_id, user_id, hide_tag, numerical_value, is_galaxy, "
					"is_custom_galaxy, local_only) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct tag there;
	enum rc rc = tag_load(cx, 0, t->name, &there);

	if (rc != RC_DONE)
		return rc == RC_OK ? RC_EXISTS : rc;
	TRY(id_next(cx, "tag", &t->id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_tag(cx, &q, t);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "tag");
}

enum rc tag_update(struct ctx *cx, const struct tag *t)
{
	static const struct sql Q = SQL("UPDATE tag SET name = $2, name_fold = $3, colour = $4, exportable = $5, org_id = $6, user_id = $7, hide_tag = $8, "
					"numerical_value = $9, is_galaxy = $10, is_custom_galaxy = $11, local_only = $12 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct tag there;
	bool number_moves;
	enum rc rc = tag_load(cx, 0, t->name, &there);

	if (rc == RC_OK && there.id != t->id)
		return RC_EXISTS;
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	rc = tag_load(cx, t->id, S(""), &there);
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	number_moves = rc == RC_OK && (there.has_numerical_value != t->has_numerical_value || there.numerical_value != t->numerical_value ||
				       !str_eq(there.name, t->name));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_tag(cx, &q, t);
	TRY(stmt_run(cx, &q));
	if (number_moves)
		TRY(decay_refill_all(cx));
	return data_version_bump(cx, "tag");
}

enum rc tag_delete(struct ctx *cx, int64_t id)
{
	static const struct sql list[] = {
		SQL("DELETE FROM event_tag WHERE tag_id = $1"),
		SQL("DELETE FROM attr_tag WHERE tag_id = $1"),
		SQL("DELETE FROM tag_binding_old WHERE tag_id = $1"),
		SQL("DELETE FROM tag_collection_tag WHERE tag_id = $1"),
		SQL("DELETE FROM favourite_tag WHERE tag_id = $1"),
		SQL("DELETE FROM tag WHERE id = $1"),
	};
	struct tag there;
	enum rc rc = tag_load(cx, id, S(""), &there);

	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	if (rc == RC_OK && there.has_numerical_value)
		TRY(decay_refill_all(cx));
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, &list[i], &q));
		bind_i64(&q, 1, id);
		TRY(stmt_run(cx, &q));
	}
	return data_version_bump(cx, "tag");
}

void tag_name_flags(struct tag *t)
{
	struct str stem = taxonomy_stem(t->name), value;
	struct uuid u;

	t->is_galaxy = str_starts(t->name, S("misp-galaxy:"));
	value = str_from(t->name, stem.n + 2);
	if (value.n)
		value.n--;
	t->is_custom_galaxy = t->is_galaxy && uuid_parse(value, &u);
}

static bool is_colour(struct str s)
{
	return s.n == 7 && s.p[0] == '#' && str_is_hex(str_from(s, 1));
}

enum rc tag_capture(struct ctx *cx, struct str name, struct str colour, bool may_create, struct tag *out)
{
	static const uint8_t key[HASH_KEY_LEN] = "colour of tags.";
	struct taxonomy_word w;
	enum rc rc;

	name = str_trim(name);
	rc = tag_load(cx, 0, name, out);
	if (rc != RC_DONE || !may_create || name.n == 0)
		return rc;
	*out = (struct tag){ .name = name, .exportable = true };
	tag_name_flags(out);
	if (out->is_galaxy && !is_colour(colour))
		colour = S("#0088cc"); /* MISP's for clusters */
	rc = taxonomy_find(cx, name, &w);
	if (rc == RC_OK) {
		out->has_numerical_value = w.has_numerical;
		out->numerical_value = w.numerical;
		if (!is_colour(colour))
			colour = w.colour;
	} else if (rc != RC_DONE) {
		return rc;
	}
	out->colour = is_colour(colour) ? colour : str_fmt(cx->mem, "#%06x", (unsigned)(hash_keyed(name, key) & 0xffffff));
	return tag_insert(cx, out);
}

enum rc tag_bind(struct ctx *cx, int64_t event_id, int64_t attr_id, const struct tag_binding *b)
{
	static const struct sql E = SQL("INSERT INTO event_tag (event_id, tag_id, local, relationship_type) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING");
	static const struct sql A = SQL("INSERT INTO attr_tag (event_id, attr_id, tag_id, local, relationship_type) VALUES ($1, $5, $2, $3, $4) "
					"ON CONFLICT DO NOTHING");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, attr_id ? &A : &E, &q));
	bind_i64(&q, 1, event_id);
	bind_i64(&q, 2, b->tag_id);
	bind_i64(&q, 3, b->local);
	bind_text(&q, 4, b->relationship_type.n ? b->relationship_type : (struct str){ 0 });
	if (attr_id)
		bind_i64(&q, 5, attr_id);
	TRY(stmt_run(cx, &q));
	if (!q.changes)
		return RC_EXISTS;
	decay_mark_tag(cx, event_id, attr_id, b->tag_id);
	return RC_OK;
}

enum rc tag_unbind(struct ctx *cx, int64_t event_id, int64_t attr_id, int64_t tag_id, int64_t audit_id, bool *was, bool *local)
{
	static const struct sql keep[] = {
		SQL("INSERT INTO tag_binding_old (audit_id, event_id, attr_id, tag_id, local, relationship_type) SELECT $3, event_id, 0, tag_id, local, "
		    "relationship_type FROM event_tag WHERE event_id = $1 AND tag_id = $2 ON CONFLICT DO NOTHING"),
		SQL("INSERT INTO tag_binding_old (audit_id, event_id, attr_id, tag_id, local, relationship_type) SELECT $3, event_id, attr_id, tag_id, "
		    "local, relationship_type FROM attr_tag WHERE event_id = $1 AND tag_id = $2 AND attr_id = $4 ON CONFLICT DO NOTHING"),
	};
	static const struct sql drop[] = {
		SQL("DELETE FROM event_tag WHERE event_id = $1 AND tag_id = $2 RETURNING local"),
		SQL("DELETE FROM attr_tag WHERE event_id = $1 AND tag_id = $2 AND attr_id = $3 RETURNING local"),
	};
	SCOPED(stmt_done) struct stmt k = STMT_INIT, q = STMT_INIT;
	bool on_attr = attr_id != 0;
	int64_t was_local = 0;
	enum rc rc;

	if (audit_id) {
		TRY(stmt_open(cx, cx->conn, &keep[on_attr], &k));
		bind_i64(&k, 1, event_id);
		bind_i64(&k, 2, tag_id);
		bind_i64(&k, 3, audit_id);
		if (on_attr)
			bind_i64(&k, 4, attr_id);
		TRY(stmt_run(cx, &k));
	}
	TRY(stmt_open(cx, cx->conn, &drop[on_attr], &q));
	bind_i64(&q, 1, event_id);
	bind_i64(&q, 2, tag_id);
	if (on_attr)
		bind_i64(&q, 3, attr_id);
	rc = stmt_get_i64(cx, &q, &was_local);
	*was = rc == RC_OK;
	if (*was)
		decay_mark_tag(cx, event_id, attr_id, tag_id);
	if (local)
		*local = was_local;
	return rc == RC_DONE ? RC_OK : rc;
}

static enum rc uses(struct ctx *cx, struct stmt *q, struct tag_use **out, size_t *n)
{
	size_t cap = 16;
	struct tag_use *v = arena_many(cx->mem, cap, struct tag_use);
	enum rc rc;

	*n = 0;
	while ((rc = stmt_row(cx, q)) == RC_OK) {
		struct tag_use *u;

		v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
		u = &v[(*n)++];
		u->owner = col_i64(q, 0);
		u->local = col_i64(q, 1);
		u->relationship_type = col_null(q, 2) ? (struct str){ 0 } : col_text_dup(cx, q, 2);
		/* many uses of one tag in a row share its texts */
		if (*n > 1 && v[*n - 2].t.id == col_i64(q, 3))
			u->t = v[*n - 2].t;
		else
			tag_of_row(cx, q, 3, &u->t);
	}
	*out = v;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc tag_of_events(struct ctx *cx, const int64_t *events, size_t n, struct tag_use **out, size_t *out_n)
{
#define OF_EVENTS(L) "SELECT b.event_id, b.local, b.relationship_type, " TAG_COLS " FROM event_tag b JOIN tag t ON t.id = b.tag_id WHERE b.event_id " \
	L("$1") " ORDER BY b.event_id, b.tag_id"
	static const struct sql Q = SQL_BOTH(OF_EVENTS);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64s(&q, 1, events, n);
	return uses(cx, &q, out, out_n);
}

enum rc tag_of_attrs(struct ctx *cx, int64_t event_id, int64_t first, int64_t last, struct tag_use **out, size_t *out_n)
{
	static const struct sql Q = SQL("SELECT b.attr_id, b.local, b.relationship_type, " TAG_COLS " FROM attr_tag b JOIN tag t ON t.id = b.tag_id "
					"WHERE b.event_id = $1 AND b.attr_id BETWEEN $2 AND $3 ORDER BY b.attr_id, b.tag_id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, event_id);
	bind_i64(&q, 2, first);
	bind_i64(&q, 3, last);
	return uses(cx, &q, out, out_n);
}

enum rc tag_scores(struct ctx *cx, const struct scope *sc, int64_t event_id, struct tag_score **out, size_t *n)
{
#define SCORES(L) "SELECT t.id, count(*), t.name FROM attr_tag b JOIN attribute a ON a.event_id = b.event_id AND a.id = b.attr_id JOIN event e ON e.id = b.event_id " \
	"JOIN tag t ON t.id = b.tag_id WHERE b.event_id = $5 AND a.deleted = 0 AND " VISIBLE_EVENT("e", L) " AND " VISIBLE_ATTR("a", "e", L) \
	" GROUP BY t.id, t.name ORDER BY t.id"
	static const struct sql Q = SQL_BOTH(SCORES);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, event_id);
	return STMT_ALL(cx, &q, out, n, *e = ((struct tag_score){ col_i64(&q, 0), col_i64(&q, 1), col_text_dup(cx, &q, 2) }));
}
