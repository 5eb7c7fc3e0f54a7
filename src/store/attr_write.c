/* attr_write.c - writing attributes: batches in key order, single changes, the digest index kept in step.
 *
 * A batch holds rows until there are BATCH_ROWS of them, then writes them: attributes by (event, id), tags by attribute. What the indexes need is small
 * and waits longer, INDEX_ROWS of them: digests by digest, networks by address, uuids by uuid. That order is what makes the indexes cheap (measured twice
 * as fast as row by row), and the longer the run, the fewer times each of their pages is touched. */
#include <stdlib.h>

#include "base/hash.h"
#include "model/value.h"
#include "store/attachment.h"
#include "store/attr.h"
#include "store/attr_int.h"
#include "store/decay.h"
#include "store/gram.h"

enum { BATCH_ROWS = 16384, INDEX_ROWS = 262144 };

/* A set of 64-bit keys; 0 is kept apart. */
struct u64set {
	uint64_t *v;
	size_t cap, n;
	bool zero;
};

static bool set_has(const struct u64set *s, uint64_t k)
{
	if (!k)
		return s->zero;
	for (size_t i = hash_int(k) & (s->cap - 1); s->cap && s->v[i]; i = (i + 1) & (s->cap - 1))
		if (s->v[i] == k)
			return true;
	return false;
}

static void set_add(struct u64set *s, uint64_t k)
{
	size_t i;

	if (!k) {
		s->zero = true;
		return;
	}
	if ((s->n + 1) * 4 > s->cap * 3) {
		struct u64set old = *s;

		s->cap = old.cap ? old.cap * 2 : 64;
		s->v = calloc(s->cap, sizeof(*s->v));
		if (!s->v)
			abort();
		s->n = 0;
		for (i = 0; i < old.cap; i++)
			if (old.v[i])
				set_add(s, old.v[i]);
		free(old.v);
	}
	for (i = hash_int(k) & (s->cap - 1); s->v[i]; i = (i + 1) & (s->cap - 1))
		if (s->v[i] == k)
			return;
	s->v[i] = k;
	s->n++;
}

struct digest_row {
	int64_t digest, id;
	int8_t half, state;
};
struct net_row {
	uint8_t key[17];
	uint8_t key_n, plen, fam;
	int8_t state;
	int64_t id;
};
struct uuid_row {
	struct uuid u;
	int64_t id;
	int8_t kind;
};
struct tag_row {
	int64_t id;
	struct tag_binding t;
};
#define VEC(type) \
	struct { \
		struct type *v; \
		size_t n, cap; \
	}
#define PUSH(vec) \
	(*((vec)->n == (vec)->cap ? ((vec)->cap = (vec)->cap ? (vec)->cap * 2 : 256, \
				     (vec)->v = must((vec)->v, (vec)->cap, sizeof(*(vec)->v)), &(vec)->v[(vec)->n++]) \
				  : &(vec)->v[(vec)->n++]))

static void *must(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (!p)
		abort();
	return p;
}

struct attr_batch {
	int64_t event_id;
	bool fresh;
	struct arena *mem;        /* texts of the rows waiting */
	struct id_run attr_ids, object_ids, ref_ids;
	VEC(attr) attrs;
	VEC(object) objects;
	VEC(object_ref) refs;
	VEC(digest_row) digests;
	VEC(net_row) nets;
	VEC(uuid_row) uuids;
	VEC(tag_row) tags;
	struct u64set same;       /* type, category and folded value of the live ones outside objects */
	struct u64set uuid_set;   /* hashes of the uuids added */
	uint8_t plen_seen[2][129];
	size_t added;             /* live attributes */
};

enum rc attr_batch_open(struct ctx *cx, int64_t event_id, bool fresh, struct attr_batch **out)
{
	struct attr_batch *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	b->event_id = event_id;
	b->fresh = fresh;
	b->mem = arena_new(0);
	*out = b;
	return id_run_begin(cx, "attribute", &b->attr_ids);
}

void attr_batch_drop(struct attr_batch **bp)
{
	struct attr_batch *b = *bp;

	if (!b)
		return;
	arena_free(b->mem);
	free(b->attrs.v);
	free(b->objects.v);
	free(b->refs.v);
	free(b->digests.v);
	free(b->nets.v);
	free(b->uuids.v);
	free(b->tags.v);
	free(b->same.v);
	free(b->uuid_set.v);
	free(b);
	*bp = NULL;
}

static uint64_t uuid_hash(const struct uuid *u)
{
	uint64_t a, c;

	memcpy(&a, u->b, 8);
	memcpy(&c, u->b + 8, 8);
	return hash_int(a ^ hash_int(c));
}

bool attr_batch_has_uuid(const struct attr_batch *b, const struct uuid *u)
{
	return set_has(&b->uuid_set, uuid_hash(u));
}

/* the net of a value half, when it is one */
bool attr_half_net(const struct attr *a, struct net *out)
{
	bool is = (a->type->kind1 == VK_IP && net_parse(a->value1, out)) || (a->type->kind2 == VK_IP && net_parse(a->value2, out));

	if (is)
		net_mask(out, out->plen); /* found by its first address, whichever it was written with */
	return is;
}

static enum rc flush(struct ctx *cx, struct attr_batch *b, bool last);

static uint64_t same_key(const struct attr *a, int64_t whole)
{
	return hash_int((uint64_t)whole ^ hash_int((uint64_t)a->type->id << 8 | (unsigned)a->cat));
}

bool attr_batch_has_similar(struct ctx *cx, const struct attr_batch *b, const struct attr *a)
{
	struct attr_digest d[ATTR_DIGESTS_MAX];
	struct arena_mark m = arena_mark(cx->mem);
	size_t n = attr_digests(cx, a, d);

	arena_reset(cx->mem, m);
	return n && a->object_id == 0 && !a->deleted && set_has(&b->same, same_key(a, d[n - 1].digest));
}

enum rc attr_batch_add(struct ctx *cx, struct attr_batch *b, struct attr *a, const struct tag_binding *tags, size_t tag_n, int64_t *dup)
{
	struct attr_digest d[ATTR_INDEX_MAX];
	struct attr *row;
	struct net net;
	struct arena_mark m = arena_mark(cx->mem);
	size_t n;

	a->event_id = b->event_id;
	n = attr_digests(cx, a, d);
	if (a->object_id == 0 && !a->deleted) {
		uint64_t key = same_key(a, d[n - 1].digest);
		int64_t id = 0;

		if (set_has(&b->same, key) || (!b->fresh && attr_similar(cx, a, &id) == RC_OK && id)) {
			arena_reset(cx->mem, m);
			if (dup)
				*dup = id;
			return RC_EXISTS;
		}
		if (cx->err.rc != RC_OK)
			return cx->err.rc;
		set_add(&b->same, key);
	}
	a->id = b->attr_ids.next++;
	set_add(&b->uuid_set, uuid_hash(&a->uuid));
	n += attr_pieces(cx, a, d + n);
	for (size_t i = 0; i < n; i++)
		PUSH(&b->digests) = (struct digest_row){ d[i].digest, a->id, (int8_t)d[i].half, (int8_t)d[i].state };
	if (attr_half_net(a, &net)) {
		struct net_row r = { .plen = net.plen, .fam = net.fam, .id = a->id };

		r.key_n = (uint8_t)net_key(&net, r.key);
		r.state = a->deleted ? STATE_DELETED : a->type->corr == CORR_NEVER ? STATE_LOOKUP : STATE_CORRELATES;
		PUSH(&b->nets) = r;
	}
	PUSH(&b->uuids) = (struct uuid_row){ a->uuid, a->id, KIND_ATTRIBUTE };
	for (size_t i = 0; i < tag_n; i++) {
		struct tag_binding t = tags[i];

		if (t.relationship_type.n)
			t.relationship_type = str_dup(b->mem, t.relationship_type);
		PUSH(&b->tags) = (struct tag_row){ a->id, t };
	}
	row = &PUSH(&b->attrs);
	*row = *a;
	row->value1 = str_dup(b->mem, a->value1);
	row->value2 = str_dup(b->mem, a->value2);
	row->comment = str_dup(b->mem, a->comment);
	row->relation = str_dup(b->mem, a->relation);
	if (!a->deleted)
		b->added++;
	arena_reset(cx->mem, m);
	return b->attrs.n >= BATCH_ROWS ? flush(cx, b, false) : RC_OK;
}

enum rc attr_batch_object(struct ctx *cx, struct attr_batch *b, struct object *o)
{
	struct object *row;

	if (!b->object_ids.name)
		TRY(id_run_begin(cx, "object", &b->object_ids));
	o->id = b->object_ids.next++;
	o->event_id = b->event_id;
	set_add(&b->uuid_set, uuid_hash(&o->uuid));
	row = &PUSH(&b->objects);
	*row = *o;
	row->name = str_dup(b->mem, o->name);
	row->meta_category = str_dup(b->mem, o->meta_category);
	row->description = str_dup(b->mem, o->description);
	row->comment = str_dup(b->mem, o->comment);
	PUSH(&b->uuids) = (struct uuid_row){ o->uuid, o->id, KIND_OBJECT };
	return RC_OK;
}

enum rc attr_batch_ref(struct ctx *cx, struct attr_batch *b, struct object_ref *r)
{
	struct object_ref *row;

	if (!b->ref_ids.name)
		TRY(id_run_begin(cx, "object_ref", &b->ref_ids));
	r->id = b->ref_ids.next++;
	r->event_id = b->event_id;
	row = &PUSH(&b->refs);
	*row = *r;
	row->relationship_type = str_dup(b->mem, r->relationship_type);
	row->comment = str_dup(b->mem, r->comment);
	PUSH(&b->uuids) = (struct uuid_row){ r->uuid, r->id, KIND_REF };
	return RC_OK;
}

/* ---- rows ---- */

static uint8_t hex_byte(const char *p)
{
	return (uint8_t)(ch_hex((unsigned char)p[0]) << 4 | ch_hex((unsigned char)p[1]));
}

static bool packs(bool hex, struct str s)
{
	if (!hex || s.n == 0 || s.n % 2 || s.n > 256)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ch_digit((unsigned char)s.p[i]) && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return true;
}

/* how a value is kept: see attribute.value1, value2, hash */
struct kept {
	struct str v1, v2;
	uint8_t hash[128];
	size_t hash_n;
};

static void keep_value(const struct attr *a, struct kept *k)
{
	struct str hex = { 0 };

	*k = (struct kept){ .v1 = a->value1, .v2 = a->value2.n ? a->value2 : (struct str){ 0 } };
	if (!a->value2.n && packs(a->type->hex1, a->value1)) {
		hex = a->value1;
		k->v1 = (struct str){ 0 };
	} else if (a->value2.n && packs(a->type->hex2, a->value2)) {
		hex = a->value2;
		k->v2 = (struct str){ 0 };
	}
	for (size_t i = 0; i + 1 < hex.n; i += 2)
		k->hash[k->hash_n++] = hex_byte(hex.p + i);
}

static enum rc write_attrs(struct ctx *cx, struct attr_batch *b)
{
	static const struct bulk_table T = { "attribute",
					     "event_id, id, object_id, type, category, to_ids, deleted, disable_correlation, distribution, "
					     "sharing_group_id, timestamp, uuid, value1, value2, hash, comment, relation, first_seen_us, last_seen_us",
					     "iiissssssiixttxttii", ATTR_COL_N };
	SCOPED(bulk_drop) struct bulk *k = NULL;

	if (!b->attrs.n)
		return RC_OK;
	decay_mark(cx, b->event_id, b->attrs.v[0].id, b->attrs.v[b->attrs.n - 1].id);
	TRY(bulk_open(cx, cx->conn, &T, &k));
	for (size_t i = 0; i < b->attrs.n; i++) {
		const struct attr *a = &b->attrs.v[i];
		struct kept v;

		keep_value(a, &v);
		bulk_i64(k, a->event_id);
		bulk_i64(k, a->id);
		bulk_i64(k, a->object_id);
		bulk_i64(k, a->type->id);
		bulk_i64(k, a->cat);
		bulk_i64(k, a->to_ids);
		bulk_i64(k, a->deleted);
		bulk_i64(k, a->disable_correlation);
		bulk_i64(k, a->distribution);
		bulk_i64(k, a->sharing_group_id);
		bulk_i64(k, a->timestamp);
		bulk_blob(k, a->uuid.b, 16);
		bulk_text(k, v.v1);
		bulk_text(k, v.v2);
		if (v.hash_n)
			bulk_blob(k, v.hash, v.hash_n);
		else
			bulk_null(k);
		bulk_text(k, a->comment.n ? a->comment : (struct str){ 0 });
		bulk_text(k, a->relation.n ? a->relation : (struct str){ 0 });
		if (a->first_seen_us == SEEN_NONE)
			bulk_null(k);
		else
			bulk_i64(k, a->first_seen_us);
		if (a->last_seen_us == SEEN_NONE)
			bulk_null(k);
		else
			bulk_i64(k, a->last_seen_us);
		TRY(bulk_row(cx, k));
	}
	b->attrs.n = 0;
	return bulk_end(cx, &k);
}

static void bulk_seen(struct bulk *k, int64_t us)
{
	if (us == SEEN_NONE)
		bulk_null(k);
	else
		bulk_i64(k, us);
}

static enum rc write_objects(struct ctx *cx, struct attr_batch *b)
{
	static const struct bulk_table T = { "object",
					     "event_id, id, uuid, name, meta_category, description, template_uuid, template_version, timestamp, "
					     "distribution, sharing_group_id, comment, deleted, first_seen_us, last_seen_us",
					     "iixtttxiisitsii", 15 };
	static const struct bulk_table R = { "object_ref",
					     "event_id, id, object_id, uuid, referenced_uuid, relationship_type, comment, timestamp, deleted",
					     "iiixxttis", 9 };
	SCOPED(bulk_drop) struct bulk *k = NULL;

	if (b->objects.n) {
		TRY(bulk_open(cx, cx->conn, &T, &k));
		for (size_t i = 0; i < b->objects.n; i++) {
			const struct object *o = &b->objects.v[i];

			bulk_i64(k, o->event_id);
			bulk_i64(k, o->id);
			bulk_blob(k, o->uuid.b, 16);
			bulk_text(k, o->name);
			bulk_text(k, o->meta_category);
			bulk_text(k, o->description);
			if (o->has_template)
				bulk_blob(k, o->template_uuid.b, 16);
			else
				bulk_null(k);
			bulk_i64(k, o->template_version);
			bulk_i64(k, o->timestamp);
			bulk_i64(k, o->distribution);
			bulk_i64(k, o->sharing_group_id);
			bulk_text(k, o->comment);
			bulk_i64(k, o->deleted);
			bulk_seen(k, o->first_seen_us);
			bulk_seen(k, o->last_seen_us);
			TRY(bulk_row(cx, k));
		}
		b->objects.n = 0;
		TRY(bulk_end(cx, &k));
	}
	if (b->refs.n) {
		TRY(bulk_open(cx, cx->conn, &R, &k));
		for (size_t i = 0; i < b->refs.n; i++) {
			const struct object_ref *r = &b->refs.v[i];

			bulk_i64(k, r->event_id);
			bulk_i64(k, r->id);
			bulk_i64(k, r->object_id);
			bulk_blob(k, r->uuid.b, 16);
			bulk_blob(k, r->referenced_uuid.b, 16);
			bulk_text(k, r->relationship_type);
			bulk_text(k, r->comment);
			bulk_i64(k, r->timestamp);
			bulk_i64(k, r->deleted);
			TRY(bulk_row(cx, k));
		}
		b->refs.n = 0;
		TRY(bulk_end(cx, &k));
	}
	return RC_OK;
}

static int by_digest(const void *x, const void *y)
{
	const struct digest_row *a = x, *b = y;

	if (a->digest != b->digest)
		return a->digest < b->digest ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id ? 1 : a->half - b->half;
}

static int by_net(const void *x, const void *y)
{
	const struct net_row *a = x, *b = y;
	int d = memcmp(a->key, b->key, a->key_n < b->key_n ? a->key_n : b->key_n);

	if (d)
		return d;
	return a->plen != b->plen ? a->plen - b->plen : a->id < b->id ? -1 : a->id > b->id;
}

static int by_uuid(const void *x, const void *y)
{
	const struct uuid_row *a = x, *b = y;
	int d = memcmp(a->u.b, b->u.b, 16);

	return d ? d : a->kind - b->kind;
}

static enum rc plen_add(struct ctx *cx, struct attr_batch *b)
{
	static const struct sql Q = SQL("INSERT INTO net_plen (family, plen) VALUES ($1, $2) ON CONFLICT DO NOTHING");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	for (size_t i = 0; i < b->nets.n; i++) {
		const struct net_row *r = &b->nets.v[i];
		uint8_t *seen = &b->plen_seen[r->fam == 6][r->plen];

		if (*seen)
			continue;
		*seen = 1;
		bind_i64(&q, 1, r->fam);
		bind_i64(&q, 2, r->plen);
		TRY(stmt_run(cx, &q));
	}
	return RC_OK;
}

static enum rc write_tags(struct ctx *cx, struct attr_batch *b)
{
	static const struct bulk_table T = { "attr_tag", "event_id, attr_id, tag_id, local, relationship_type", "iiist", 5 };
	SCOPED(bulk_drop) struct bulk *k = NULL;

	if (b->tags.n) {
		TRY(bulk_open(cx, cx->conn, &T, &k));
		for (size_t i = 0; i < b->tags.n; i++) {
			const struct tag_row *r = &b->tags.v[i];

			bulk_i64(k, b->event_id);
			bulk_i64(k, r->id);
			bulk_i64(k, r->t.tag_id);
			bulk_i64(k, r->t.local);
			bulk_text(k, r->t.relationship_type.n ? r->t.relationship_type : (struct str){ 0 });
			TRY(bulk_row(cx, k));
		}
		b->tags.n = 0;
		TRY(bulk_end(cx, &k));
	}
	return RC_OK;
}

static enum rc write_indexes(struct ctx *cx, struct attr_batch *b)
{
	static const struct bulk_table D = { "attr_value", "digest, event_id, attr_id, half, state", "iiiss", 5 };
	static const struct bulk_table N = { "attr_net", "addr, plen, event_id, attr_id, state", "xsiis", 5 };
	static const struct bulk_table U = { "element_uuid", "uuid, kind, event_id, id", "xsii", 4 };
	SCOPED(bulk_drop) struct bulk *k = NULL;

	if (b->digests.n) {
		qsort(b->digests.v, b->digests.n, sizeof(*b->digests.v), by_digest);
		TRY(bulk_open(cx, cx->conn, &D, &k));
		for (size_t i = 0; i < b->digests.n; i++) {
			const struct digest_row *r = &b->digests.v[i];

			bulk_i64(k, r->digest);
			bulk_i64(k, b->event_id);
			bulk_i64(k, r->id);
			bulk_i64(k, r->half);
			bulk_i64(k, r->state);
			TRY(bulk_row(cx, k));
		}
		b->digests.n = 0;
		TRY(bulk_end(cx, &k));
	}
	if (b->nets.n) {
		TRY(plen_add(cx, b));
		qsort(b->nets.v, b->nets.n, sizeof(*b->nets.v), by_net);
		TRY(bulk_open(cx, cx->conn, &N, &k));
		for (size_t i = 0; i < b->nets.n; i++) {
			const struct net_row *r = &b->nets.v[i];

			bulk_blob(k, r->key, r->key_n);
			bulk_i64(k, r->plen);
			bulk_i64(k, b->event_id);
			bulk_i64(k, r->id);
			bulk_i64(k, r->state);
			TRY(bulk_row(cx, k));
		}
		b->nets.n = 0;
		TRY(bulk_end(cx, &k));
	}
	if (b->uuids.n) {
		qsort(b->uuids.v, b->uuids.n, sizeof(*b->uuids.v), by_uuid);
		TRY(bulk_open(cx, cx->conn, &U, &k));
		for (size_t i = 0; i < b->uuids.n; i++) {
			const struct uuid_row *r = &b->uuids.v[i];

			bulk_blob(k, r->u.b, 16);
			bulk_i64(k, r->kind);
			bulk_i64(k, b->event_id);
			bulk_i64(k, r->id);
			TRY(bulk_row(cx, k));
		}
		b->uuids.n = 0;
		TRY(bulk_end(cx, &k));
	}
	return RC_OK;
}

static enum rc flush(struct ctx *cx, struct attr_batch *b, bool last)
{
	TRY(write_objects(cx, b));
	TRY(write_attrs(cx, b));
	TRY(write_tags(cx, b));
	if (last || b->digests.n >= INDEX_ROWS)
		TRY(write_indexes(cx, b));
	arena_clear(b->mem);
	return RC_OK;
}

enum rc attr_batch_end(struct ctx *cx, struct attr_batch **bp, size_t *added)
{
	struct attr_batch *b = *bp;

	TRY(flush(cx, b, true));
	TRY(id_run_end(cx, &b->attr_ids));
	TRY(id_run_end(cx, &b->object_ids));
	TRY(id_run_end(cx, &b->ref_ids));
	if (b->added)
		TRY(event_count_add(cx, b->event_id, (int64_t)b->added));
	if (added)
		*added = b->added;
	attr_batch_drop(bp);
	return RC_OK;
}

/* ---- single changes ---- */

enum rc attr_similar(struct ctx *cx, const struct attr *a, int64_t *id)
{
	static const struct sql Q = SQL("SELECT " ATTR_COLS("a") " FROM attr_value v JOIN attribute a ON a.event_id = v.event_id AND a.id = v.attr_id "
					"WHERE v.digest = $1 AND v.event_id = $2 AND a.type = $3 AND a.category = $4 AND a.object_id = 0 "
					"AND a.deleted = 0 AND a.id <> $5");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct attr_digest d[ATTR_DIGESTS_MAX], e[ATTR_DIGESTS_MAX];
	size_t n = attr_digests(cx, a, d), m;
	enum rc rc;

	*id = 0;
	if (n == 0)
		return RC_OK;
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, d[n - 1].digest);
	bind_i64(&q, 2, a->event_id);
	bind_i64(&q, 3, a->type->id);
	bind_i64(&q, 4, a->cat);
	bind_i64(&q, 5, a->id);
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		struct attr other;

		attr_of_row(cx, &q, &other);
		m = attr_digests(cx, &other, e);
		if (m == n && str_eq(d[n - 1].folded, e[m - 1].folded)) {
			*id = other.id;
			return RC_OK;
		}
	}
	return rc == RC_DONE ? RC_OK : rc;
}

#define OLD_COLS \
	"event_id, id, object_id, type, category, to_ids, deleted, disable_correlation, distribution, sharing_group_id, timestamp, uuid, value1, " \
	"value2, hash, comment, relation, first_seen_us, last_seen_us"

/* Of several changes under one audit row the content before the first is kept. */
static enum rc keep_old(struct ctx *cx, const struct attr *a, int64_t audit_id, bool removed)
{
	static const struct sql Q = SQL("INSERT INTO attribute_old (audit_id, removed, " OLD_COLS ") SELECT $3, $4, " OLD_COLS
					" FROM attribute WHERE event_id = $1 AND id = $2 ON CONFLICT DO NOTHING");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, a->event_id);
	bind_i64(&q, 2, a->id);
	bind_i64(&q, 3, audit_id);
	bind_i64(&q, 4, removed);
	return stmt_run(cx, &q);
}

static enum rc index_drop(struct ctx *cx, const struct attr *a)
{
	static const struct sql D = SQL("DELETE FROM attr_value WHERE digest = $1 AND event_id = $2 AND attr_id = $3");
	static const struct sql N = SQL("DELETE FROM attr_net WHERE addr = $1 AND plen = $4 AND event_id = $2 AND attr_id = $3");
	SCOPED(stmt_done) struct stmt q = STMT_INIT, p = STMT_INIT;
	struct attr_digest d[ATTR_INDEX_MAX];
	size_t n = attr_index_rows(cx, a, d);
	struct net net;

	TRY(stmt_open(cx, cx->conn, &D, &q));
	for (size_t i = 0; i < n; i++) {
		bind_i64(&q, 1, d[i].digest);
		bind_i64(&q, 2, a->event_id);
		bind_i64(&q, 3, a->id);
		TRY(stmt_run(cx, &q));
	}
	if (attr_half_net(a, &net)) {
		uint8_t key[17];
		int kn = net_key(&net, key);

		TRY(stmt_open(cx, cx->conn, &N, &p));
		bind_blob(&p, 1, key, (size_t)kn);
		bind_i64(&p, 2, a->event_id);
		bind_i64(&p, 3, a->id);
		bind_i64(&p, 4, net.plen);
		TRY(stmt_run(cx, &p));
	}
	return RC_OK;
}

static enum rc index_put(struct ctx *cx, const struct attr *a)
{
	static const struct sql D = SQL("INSERT INTO attr_value (digest, event_id, attr_id, half, state) VALUES ($1, $2, $3, $4, $5)");
	static const struct sql N = SQL("INSERT INTO attr_net (addr, plen, event_id, attr_id, state) VALUES ($1, $2, $3, $4, $5)");
	static const struct sql P = SQL("INSERT INTO net_plen (family, plen) VALUES ($1, $2) ON CONFLICT DO NOTHING");
	SCOPED(stmt_done) struct stmt q = STMT_INIT, p = STMT_INIT, r = STMT_INIT;
	struct attr_digest d[ATTR_INDEX_MAX];
	size_t n = attr_index_rows(cx, a, d);
	struct net net;

	TRY(stmt_open(cx, cx->conn, &D, &q));
	for (size_t i = 0; i < n; i++) {
		bind_i64(&q, 1, d[i].digest);
		bind_i64(&q, 2, a->event_id);
		bind_i64(&q, 3, a->id);
		bind_i64(&q, 4, d[i].half);
		bind_i64(&q, 5, d[i].state);
		TRY(stmt_run(cx, &q));
	}
	if (attr_half_net(a, &net)) {
		uint8_t key[17];
		int kn = net_key(&net, key);

		TRY(stmt_open(cx, cx->conn, &N, &p));
		bind_blob(&p, 1, key, (size_t)kn);
		bind_i64(&p, 2, net.plen);
		bind_i64(&p, 3, a->event_id);
		bind_i64(&p, 4, a->id);
		bind_i64(&p, 5, a->deleted ? STATE_DELETED : a->type->corr == CORR_NEVER ? STATE_LOOKUP : STATE_CORRELATES);
		TRY(stmt_run(cx, &p));
		TRY(stmt_open(cx, cx->conn, &P, &r));
		bind_i64(&r, 1, net.fam);
		bind_i64(&r, 2, net.plen);
		TRY(stmt_run(cx, &r));
	}
	return RC_OK;
}

enum rc attr_update(struct ctx *cx, const struct attr *old, const struct attr *a, int64_t audit_id)
{
	static const struct sql Q =
		SQL("UPDATE attribute SET object_id = $3, type = $4, category = $5, to_ids = $6, deleted = $7, disable_correlation = $8, distribution = $9, "
		    "sharing_group_id = $10, timestamp = $11, value1 = $12, value2 = $13, hash = $14, comment = $15, relation = $16, "
		    "first_seen_us = $17, last_seen_us = $18 WHERE event_id = $1 AND id = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	bool same = old->type == a->type && old->deleted == a->deleted && str_eq(old->value1, a->value1) && str_eq(old->value2, a->value2);
	struct kept v;
	int64_t id;

	if (!a->deleted && a->object_id == 0 && (!same || old->cat != a->cat)) {
		TRY(attr_similar(cx, a, &id));
		if (id)
			return RC_EXISTS;
	}
	if (audit_id)
		TRY(keep_old(cx, old, audit_id, false));
	decay_mark(cx, a->event_id, a->id, a->id);
	keep_value(a, &v);
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, a->event_id);
	bind_i64(&q, 2, a->id);
	bind_i64(&q, 3, a->object_id);
	bind_i64(&q, 4, a->type->id);
	bind_i64(&q, 5, a->cat);
	bind_i64(&q, 6, a->to_ids);
	bind_i64(&q, 7, a->deleted);
	bind_i64(&q, 8, a->disable_correlation);
	bind_i64(&q, 9, a->distribution);
	bind_i64(&q, 10, a->sharing_group_id);
	bind_i64(&q, 11, a->timestamp);
	bind_text(&q, 12, v.v1);
	bind_text(&q, 13, v.v2);
	if (v.hash_n)
		bind_blob(&q, 14, v.hash, v.hash_n);
	else
		bind_blob(&q, 14, NULL, 0);
	bind_text(&q, 15, a->comment.n ? a->comment : (struct str){ 0 });
	bind_text(&q, 16, a->relation.n ? a->relation : (struct str){ 0 });
	if (a->first_seen_us == SEEN_NONE)
		bind_null(&q, 17);
	else
		bind_i64(&q, 17, a->first_seen_us);
	if (a->last_seen_us == SEEN_NONE)
		bind_null(&q, 18);
	else
		bind_i64(&q, 18, a->last_seen_us);
	TRY(stmt_run(cx, &q));
	if (!same) {
		TRY(index_drop(cx, old));
		TRY(index_put(cx, a));
	}
	if (!str_eq(old->value1, a->value1) || !str_eq(old->value2, a->value2) || !str_eq(old->comment, a->comment))
		TRY(gram_note_change(cx, a->id));
	return old->deleted == a->deleted ? RC_OK : event_count_add(cx, a->event_id, a->deleted ? -1 : 1);
}

enum rc attr_remove(struct ctx *cx, const struct attr *a, int64_t audit_id, bool hard)
{
	static const struct sql row = SQL("DELETE FROM attribute WHERE event_id = $1 AND id = $2");
	static const struct sql rest[] = {
		SQL("DELETE FROM attr_tag WHERE event_id = $1 AND attr_id = $2"),
		SQL("DELETE FROM sighting WHERE event_id = $1 AND attr_id = $2"),
	};
	static const struct sql versions[] = {
		SQL("DELETE FROM attribute_old WHERE event_id = $1 AND id = $2"),
		SQL("DELETE FROM tag_binding_old WHERE event_id = $1 AND attr_id = $2"),
	};
	static const struct sql keep_tags = SQL("INSERT INTO tag_binding_old (audit_id, event_id, attr_id, tag_id, local, relationship_type) SELECT $3, "
						"event_id, attr_id, tag_id, local, relationship_type FROM attr_tag WHERE event_id = $1 AND attr_id = $2 "
						"ON CONFLICT DO NOTHING");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	const struct sql *list[6];
	size_t n = 0;

	if (!hard) {
		TRY(keep_old(cx, a, audit_id, true));
		list[n++] = &keep_tags;
	}
	list[n++] = &row;
	list[n++] = &rest[0];
	list[n++] = &rest[1];
	if (hard) {
		list[n++] = &versions[0];
		list[n++] = &versions[1];
	}
	decay_mark(cx, a->event_id, a->id, a->id);
	TRY(index_drop(cx, a));
	TRY(element_remove(cx, &a->uuid, KIND_ATTRIBUTE));
	TRY(attachment_remove(cx, a->event_id, a->id, ATTACHED_ATTR));
	for (size_t i = 0; i < n; i++) {
		TRY(stmt_open(cx, cx->conn, list[i], &q));
		bind_i64(&q, 1, a->event_id);
		bind_i64(&q, 2, a->id);
		if (list[i] == &keep_tags)
			bind_i64(&q, 3, audit_id);
		TRY(stmt_run(cx, &q));
		stmt_done(&q);
	}
	return a->deleted ? RC_OK : event_count_add(cx, a->event_id, -1);
}

enum rc attr_hand_over(struct ctx *cx, int64_t event_id, int64_t from, int64_t to)
{
	static const struct sql list[] = {
		SQL("INSERT INTO attr_tag (event_id, attr_id, tag_id, local, relationship_type) SELECT event_id, $3, tag_id, local, relationship_type FROM attr_tag "
		    "WHERE event_id = $1 AND attr_id = $2"),
		SQL("INSERT INTO attachment (event_id, attr_id, kind, sha256, size) SELECT event_id, $3, kind, sha256, size FROM attachment "
		    "WHERE event_id = $1 AND attr_id = $2 AND kind = 0"),
		SQL("UPDATE sighting SET attr_id = $3 WHERE event_id = $1 AND attr_id = $2"),
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, &list[i], &q));
		bind_i64(&q, 1, event_id);
		bind_i64(&q, 2, from);
		bind_i64(&q, 3, to);
		TRY(stmt_run(cx, &q));
	}
	return RC_OK;
}

enum rc event_index_remove(struct ctx *cx, int64_t event_id);

/* Digests, networks and uuids of a whole event, a page at a time. */
enum rc event_index_remove(struct ctx *cx, int64_t event_id)
{
#define DEL_DIGEST(L) "DELETE FROM attr_value WHERE digest " L("$1") " AND event_id = $2"
	static const struct sql D = SQL_BOTH(DEL_DIGEST);
	static const struct sql N = SQL("DELETE FROM attr_net WHERE addr = $1 AND plen = $2 AND event_id = $3");
	static const struct sql U[] = {
		SQL("DELETE FROM element_uuid WHERE kind = 1 AND uuid IN (SELECT uuid FROM attribute WHERE event_id = $1)"),
		SQL("DELETE FROM element_uuid WHERE kind = 2 AND uuid IN (SELECT uuid FROM object WHERE event_id = $1)"),
		SQL("DELETE FROM element_uuid WHERE kind = 3 AND uuid IN (SELECT uuid FROM event_report WHERE event_id = $1)"),
		SQL("DELETE FROM element_uuid WHERE kind = 4 AND uuid IN (SELECT uuid FROM object_ref WHERE event_id = $1)"),
	};
	enum { PAGE = 2000 };
	struct attr_range r = { .event_id = event_id, .deleted = DELETED_ALL, .limit = PAGE };
	struct arena_mark m = arena_mark(cx->mem);
	size_t n;

	do {
		SCOPED(stmt_done) struct stmt q = STMT_INIT, p = STMT_INIT;
		int64_t *digests = NULL;
		struct attr *v;
		size_t k = 0, cap = 0;

		TRY(attr_page(cx, &scope_all, &r, &v, &n));
		for (size_t i = 0; i < n; i++) {
			struct attr_digest d[ATTR_INDEX_MAX];
			size_t dn = attr_index_rows(cx, &v[i], d);
			struct net net;
			uint8_t key[17];

			for (size_t j = 0; j < dn; j++) {
				digests = arena_grow(cx->mem, digests, &cap, k, sizeof(*digests));
				digests[k++] = d[j].digest;
			}
			if (attr_half_net(&v[i], &net)) {
				int kn = net_key(&net, key);

				if (!p.h)
					TRY(stmt_open(cx, cx->conn, &N, &p));
				bind_blob(&p, 1, key, (size_t)kn);
				bind_i64(&p, 2, net.plen);
				bind_i64(&p, 3, event_id);
				TRY(stmt_run(cx, &p));
			}
			r.after = v[i].id;
		}
		if (k) {
			TRY(stmt_open(cx, cx->conn, &D, &q));
			bind_i64s(&q, 1, digests, k);
			bind_i64(&q, 2, event_id);
			TRY(stmt_run(cx, &q));
		}
		stmt_done(&q);
		stmt_done(&p);
		arena_reset(cx->mem, m);
	} while (n == PAGE);
	for (size_t i = 0; i < sizeof(U) / sizeof(*U); i++) {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, &U[i], &q));
		bind_i64(&q, 1, event_id);
		TRY(stmt_run(cx, &q));
	}
	return RC_OK;
}
