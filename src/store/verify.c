/* verify.c - see verify.h. What SQL can compare is a table of queries; digests and networks need the attribute's text and the
 * key, so they are made again from every attribute and compared with what is stored: first as a sum of hashes over both sides,
 * in the order in which either lies, and only when those differ row by row. */
#include "store/verify.h"

#include "base/hash.h"
#include "store/attachment.h"
#include "store/attr_int.h"

enum { PAGE = 4096 };

/* Each gives: number of rows, an event, an id. */
static const struct {
	const char *what;
	struct sql sql;
} queries[] = {
#define NO_EVENT(table) SQL("SELECT count(*), min(x.event_id), 0 FROM " table " x LEFT JOIN event e ON e.id = x.event_id WHERE e.id IS NULL")
	{ "attributes of no event", NO_EVENT("attribute") },
	{ "objects of no event", NO_EVENT("object") },
	{ "event reports of no event", NO_EVENT("event_report") },
	{ "object references of no event", NO_EVENT("object_ref") },
	{ "sightings of no event", NO_EVENT("sighting") },
	{ "tags bound to no event", NO_EVENT("event_tag") },
	{ "events with a wrong attribute_count",
	  SQL("SELECT count(*), min(e.id), 0 FROM event e LEFT JOIN (SELECT event_id, count(*) AS n FROM attribute WHERE deleted = 0 GROUP BY event_id) a "
	      "ON a.event_id = e.id WHERE e.attribute_count <> COALESCE(a.n, 0)") },
	{ "attributes in an object that is not there",
	  SQL("SELECT count(*), min(a.event_id), min(a.id) FROM attribute a LEFT JOIN object o ON o.event_id = a.event_id AND o.id = a.object_id "
	      "WHERE a.object_id > 0 AND o.id IS NULL") },
	{ "object references from an object that is not there",
	  SQL("SELECT count(*), min(r.event_id), min(r.id) FROM object_ref r LEFT JOIN object o ON o.event_id = r.event_id AND o.id = r.object_id "
	      "WHERE o.id IS NULL") },
#define NO_ATTR(table) \
	SQL("SELECT count(*), min(x.event_id), min(x.attr_id) FROM " table " x LEFT JOIN attribute a ON a.event_id = x.event_id AND a.id = x.attr_id " \
	    "WHERE a.id IS NULL")
	{ "sightings of an attribute that is not there", NO_ATTR("sighting") },
	{ "tags bound to an attribute that is not there", NO_ATTR("attr_tag") },
	{ "digests of an attribute that is not there", NO_ATTR("attr_value") },
	{ "networks of an attribute that is not there", NO_ATTR("attr_net") },
	{ "files of an attribute that is not there",
	  SQL("SELECT count(*), min(x.event_id), min(x.attr_id) FROM attachment x LEFT JOIN attribute a ON a.event_id = x.event_id AND a.id = x.attr_id "
	      "WHERE x.kind = 0 AND a.id IS NULL") },
#define NO_TAG(table) SQL("SELECT count(*), min(x.event_id), 0 FROM " table " x LEFT JOIN tag t ON t.id = x.tag_id WHERE t.id IS NULL")
	{ "bindings to events of a tag that is not there", NO_TAG("event_tag") },
	{ "bindings to attributes of a tag that is not there", NO_TAG("attr_tag") },
#define NO_UUID(table, kind) \
	SQL("SELECT count(*), min(x.event_id), min(x.id) FROM " table " x LEFT JOIN element_uuid u ON u.uuid = x.uuid AND u.kind = " kind \
	    " AND u.event_id = x.event_id AND u.id = x.id WHERE u.id IS NULL")
#define NO_ROW(table, kind) \
	SQL("SELECT count(*), min(u.event_id), min(u.id) FROM element_uuid u LEFT JOIN " table " x ON x.event_id = u.event_id AND x.id = u.id AND " \
	    "x.uuid = u.uuid WHERE u.kind = " kind " AND x.id IS NULL")
	{ "attributes whose uuid is not indexed", NO_UUID("attribute", "1") },
	{ "objects whose uuid is not indexed", NO_UUID("object", "2") },
	{ "event reports whose uuid is not indexed", NO_UUID("event_report", "3") },
	{ "object references whose uuid is not indexed", NO_UUID("object_ref", "4") },
	{ "uuids of an attribute that is not there", NO_ROW("attribute", "1") },
	{ "uuids of an object that is not there", NO_ROW("object", "2") },
	{ "uuids of an event report that is not there", NO_ROW("event_report", "3") },
	{ "uuids of an object reference that is not there",
	  SQL("SELECT count(*), min(u.event_id), min(u.id) FROM element_uuid u LEFT JOIN object_ref x ON x.id = u.id AND x.event_id = u.event_id AND "
	      "x.uuid = u.uuid WHERE u.kind = 4 AND x.id IS NULL") },
#define IDS(table, name) \
	SQL("SELECT count(*), 0, min(m.id) FROM (SELECT max(id) AS id FROM " table ") m LEFT JOIN id_seq s ON s.name = '" name "' WHERE m.id IS NOT NULL " \
	    "AND m.id >= COALESCE(s.next, 0)")
	{ "event ids that would be given again", IDS("event", "event") },
	{ "attribute ids that would be given again", IDS("attribute", "attribute") },
	{ "object ids that would be given again", IDS("object", "object") },
};

struct verify {
	struct finding *v;
	size_t n, cap;
	uint64_t digest_sum, net_sum; /* of what the attributes ask for */
	int64_t digest_n, net_n;
	bool plen[2][129];
};

static void found(struct ctx *cx, struct verify *f, const char *what, int64_t n, int64_t event_id, int64_t id)
{
	if (n == 0)
		return;
	f->v = arena_grow(cx->mem, f->v, &f->cap, f->n, sizeof(*f->v));
	f->v[f->n++] = (struct finding){ what, n, event_id, id };
}

static enum rc ask(struct ctx *cx, struct verify *f, size_t i)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &queries[i].sql, &q));
	TRY(stmt_row(cx, &q));
	found(cx, f, queries[i].what, col_i64(&q, 0), col_i64(&q, 1), col_i64(&q, 2));
	return RC_OK;
}

static uint64_t mix(uint64_t h, int64_t v)
{
	return hash_int(h ^ (uint64_t)v) + 0x9E3779B97F4A7C15u;
}

static uint64_t digest_hash(int64_t digest, int64_t event_id, int64_t attr_id, int64_t half, int64_t state)
{
	return mix(mix(mix(mix(1, digest), event_id), attr_id), half << 8 | state);
}

static uint64_t net_hash(struct str addr, int64_t plen, int64_t event_id, int64_t attr_id, int64_t state)
{
	static const uint8_t key[HASH_KEY_LEN] = { 0 };

	return mix(mix(mix((uint64_t)hash_keyed(addr, key), event_id), attr_id), plen << 8 | state);
}

/* Calls each for every attribute of every event, in key order. */
static enum rc each_attr(struct ctx *cx, struct verify *f, enum rc (*each)(struct ctx *cx, struct verify *f, const struct attr *a))
{
	static const struct sql Q =
		SQL("SELECT " ATTR_COLS("a") " FROM attribute a WHERE (a.event_id, a.id) > ($1, $2) ORDER BY a.event_id, a.id LIMIT $3");
	struct arena_mark m = arena_mark(cx->mem);
	int64_t event_id = 0, id = 0;
	struct attr *v;
	int n;

	do {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;
		enum rc rc;

		n = 0;
		TRY(stmt_open(cx, cx->conn, &Q, &q));
		bind_i64(&q, 1, event_id);
		bind_i64(&q, 2, id);
		bind_i64(&q, 3, PAGE);
		v = arena_many(cx->mem, PAGE, struct attr);
		while ((rc = stmt_row(cx, &q)) == RC_OK && n < PAGE)
			attr_of_row(cx, &q, &v[n++]);
		if (rc != RC_DONE && rc != RC_OK)
			return rc;
		stmt_done(&q);
		for (int i = 0; i < n; i++) {
			if (!v[i].type)
				return fail(cx, RC_DB, "attribute %lld has an unknown type", (long long)v[i].id);
			TRY(each(cx, f, &v[i]));
			event_id = v[i].event_id;
			id = v[i].id;
		}
		arena_reset(cx->mem, m);
	} while (n == PAGE);
	return RC_OK;
}

static int net_state(const struct attr *a)
{
	return a->deleted ? STATE_DELETED : a->type->corr == CORR_NEVER ? STATE_LOOKUP : STATE_CORRELATES;
}

static enum rc expect(struct ctx *cx, struct verify *f, const struct attr *a)
{
	struct attr_digest d[ATTR_INDEX_MAX];
	size_t n = attr_index_rows(cx, a, d);
	struct net net;

	for (size_t i = 0; i < n; i++)
		f->digest_sum += digest_hash(d[i].digest, a->event_id, a->id, d[i].half, d[i].state);
	f->digest_n += (int64_t)n;
	if (attr_half_net(a, &net)) {
		uint8_t key[17];
		int kn = net_key(&net, key);

		f->net_sum += net_hash(str_n((const char *)key, (size_t)kn), net.plen, a->event_id, a->id, net_state(a));
		f->net_n++;
		f->plen[net.fam == 6][net.plen] = true;
	}
	return RC_OK;
}

static enum rc sum_digests(struct ctx *cx, uint64_t *sum, int64_t *n)
{
	static const struct sql Q = SQL("SELECT digest, event_id, attr_id, half, state FROM attr_value WHERE (digest, event_id, attr_id, half) > ($1, $2, "
					"$3, $4) ORDER BY digest, event_id, attr_id, half LIMIT $5");
	int64_t last[4] = { INT64_MIN, 0, 0, 0 }, page;

	do {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;
		enum rc rc;

		page = 0;
		TRY(stmt_open(cx, cx->conn, &Q, &q));
		for (int i = 0; i < 4; i++)
			bind_i64(&q, i + 1, last[i]);
		bind_i64(&q, 5, PAGE);
		for (; (rc = stmt_row(cx, &q)) == RC_OK; page++) {
			for (int i = 0; i < 4; i++)
				last[i] = col_i64(&q, i);
			*sum += digest_hash(last[0], last[1], last[2], last[3], col_i64(&q, 4));
		}
		if (rc != RC_DONE)
			return rc;
		*n += page;
	} while (page == PAGE);
	return RC_OK;
}

static enum rc sum_nets(struct ctx *cx, uint64_t *sum, int64_t *n)
{
	static const struct sql Q = SQL("SELECT addr, plen, event_id, attr_id, state FROM attr_net WHERE (addr, plen, event_id, attr_id) > ($1, $2, $3, $4) "
					"ORDER BY addr, plen, event_id, attr_id LIMIT $5");
	int64_t last[3] = { 0, 0, 0 }, page;
	uint8_t key[17];
	size_t kn = 0;

	do {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;
		enum rc rc;

		page = 0;
		TRY(stmt_open(cx, cx->conn, &Q, &q));
		bind_blob(&q, 1, key, kn);
		for (int i = 0; i < 3; i++)
			bind_i64(&q, i + 2, last[i]);
		bind_i64(&q, 5, PAGE);
		for (; (rc = stmt_row(cx, &q)) == RC_OK; page++) {
			struct str addr = col_blob(&q, 0);

			for (int i = 0; i < 3; i++)
				last[i] = col_i64(&q, i + 1);
			*sum += net_hash(addr, last[0], last[1], last[2], col_i64(&q, 4));
			if (page == PAGE - 1 && addr.n <= sizeof(key))
				memcpy(key, addr.p, kn = addr.n);
		}
		if (rc != RC_DONE)
			return rc;
		*n += page;
	} while (page == PAGE);
	return RC_OK;
}

static enum rc plens(struct ctx *cx, struct verify *f)
{
	static const struct sql Q = SQL("SELECT family, plen FROM net_plen");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t missing = 0;
	enum rc rc;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	while ((rc = stmt_row(cx, &q)) == RC_OK)
		if (col_i64(&q, 1) >= 0 && col_i64(&q, 1) <= 128)
			f->plen[col_i64(&q, 0) == 6][col_i64(&q, 1)] = false;
	if (rc != RC_DONE)
		return rc;
	for (int i = 0; i < 2; i++)
		for (int j = 0; j <= 128; j++)
			missing += f->plen[i][j];
	found(cx, f, "prefix lengths that are in use and not listed", missing, 0, 0);
	return RC_OK;
}

/* ---- row by row, when the sums differ ---- */

struct missing {
	struct verify base;
	int64_t digests, digest_event, digest_id, digest_there;
	int64_t nets, net_event, net_id, net_there;
};

static enum rc look(struct ctx *cx, struct verify *f, const struct attr *a)
{
	static const struct sql D = SQL("SELECT state FROM attr_value WHERE digest = $1 AND event_id = $2 AND attr_id = $3 AND half = $4");
	static const struct sql N = SQL("SELECT state FROM attr_net WHERE addr = $1 AND plen = $4 AND event_id = $2 AND attr_id = $3");
	SCOPED(stmt_done) struct stmt q = STMT_INIT, p = STMT_INIT;
	struct missing *m = (struct missing *)f;
	struct attr_digest d[ATTR_INDEX_MAX];
	size_t n = attr_index_rows(cx, a, d);
	struct net net;
	int64_t have;
	enum rc rc;

	TRY(stmt_open(cx, cx->conn, &D, &q));
	for (size_t i = 0; i < n; i++) {
		bind_i64(&q, 1, d[i].digest);
		bind_i64(&q, 2, a->event_id);
		bind_i64(&q, 3, a->id);
		bind_i64(&q, 4, d[i].half);
		rc = stmt_get_i64(cx, &q, &have);
		if (rc != RC_OK && rc != RC_DONE)
			return rc;
		m->digest_there += rc == RC_OK;
		if (rc == RC_OK && have == d[i].state)
			continue;
		if (!m->digests++) {
			m->digest_event = a->event_id;
			m->digest_id = a->id;
		}
	}
	if (attr_half_net(a, &net)) {
		uint8_t key[17];
		int kn = net_key(&net, key);

		TRY(stmt_open(cx, cx->conn, &N, &p));
		bind_blob(&p, 1, key, (size_t)kn);
		bind_i64(&p, 2, a->event_id);
		bind_i64(&p, 3, a->id);
		bind_i64(&p, 4, net.plen);
		rc = stmt_get_i64(cx, &p, &have);
		if (rc != RC_OK && rc != RC_DONE)
			return rc;
		m->net_there += rc == RC_OK;
		if (rc == RC_DONE || have != net_state(a))
			if (!m->nets++) {
				m->net_event = a->event_id;
				m->net_id = a->id;
			}
	}
	return RC_OK;
}

static enum rc values(struct ctx *cx, struct verify *f)
{
	struct missing m = { 0 };
	uint64_t digest_sum = 0, net_sum = 0;
	int64_t digest_n = 0, net_n = 0;

	TRY(each_attr(cx, f, expect));
	TRY(sum_digests(cx, &digest_sum, &digest_n));
	TRY(sum_nets(cx, &net_sum, &net_n));
	TRY(plens(cx, f));
	if (digest_sum == f->digest_sum && digest_n == f->digest_n && net_sum == f->net_sum && net_n == f->net_n)
		return RC_OK;
	TRY(each_attr(cx, &m.base, look));
	found(cx, f, "digests that are missing or in a wrong state", m.digests, m.digest_event, m.digest_id);
	found(cx, f, "digests that belong to no value", digest_n - m.digest_there, 0, 0);
	found(cx, f, "networks that are missing or in a wrong state", m.nets, m.net_event, m.net_id);
	found(cx, f, "networks that belong to no value", net_n - m.net_there, 0, 0);
	return RC_OK;
}

/* Each row's file is there and has its size. */
static enum rc files(struct ctx *cx, struct verify *f)
{
	struct attachment from = { 0 }, *v;
	int64_t missing = 0, event_id = 0, attr_id = 0;
	size_t n;

	do {
		struct arena_mark m = arena_mark(cx->mem);

		TRY(attachment_page(cx, &from, 1000, &v, &n));
		for (size_t i = 0; i < n; i++) {
			bool there;

			TRY(file_there(cx, &v[i].file, &there));
			if (!there && !missing++) {
				event_id = v[i].event_id;
				attr_id = v[i].attr_id;
			}
		}
		if (n)
			from = v[n - 1];
		arena_reset(cx->mem, m);
	} while (n == 1000);
	if (missing)
		found(cx, f, "attached files that are missing or cut", missing, event_id, attr_id);
	return RC_OK;
}

enum rc store_verify(struct ctx *cx, struct finding **out, size_t *n)
{
	struct verify f = { 0 };
	enum rc rc = store_read_begin(cx);

	for (size_t i = 0; rc == RC_OK && i < sizeof(queries) / sizeof(*queries); i++)
		rc = ask(cx, &f, i);
	if (rc == RC_OK)
		rc = values(cx, &f);
	if (rc == RC_OK)
		rc = files(cx, &f);
	store_rollback(cx);
	*out = f.v;
	*n = f.n;
	return rc;
}
