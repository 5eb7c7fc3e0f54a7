/* query_int.h - what the files of searching share: the compiled search, and the names it resolves. */
#ifndef STORE_QUERY_INT_H
#define STORE_QUERY_INT_H

#include "base/buf.h"
#include "model/value.h"
#include "store/query.h"

enum { BINDS_MAX = 96 };

struct bind {
	enum { B_I64, B_LIST, B_UUIDS, B_TEXT } kind;
	int64_t i;
	struct str text;
	const int64_t *list;
	const uint8_t *uuids;
	size_t n;
};

/* one set of folded texts or patterns tested in C */
struct tests {
	struct cond_list any, all, none;
};

struct query {
	const struct scope *sc;
	const struct search *s;
	bool pg;
	bool impossible, too_many, on_attrs, need_info;
	bool lead_digests, lead_value; /* digest hits lead; of value, not of a half of it */
	struct str from, where_attr, where_event; /* assembled; where_event alone for event queries */
	struct binds {
		struct bind v[BINDS_MAX];
		int n;
	} attr_binds, event_binds, *b; /* b: those of the text being assembled */
	/* events that alone can match, ascending, when the conditions name them or their tags; read one after the other */
	int64_t *cand;
	size_t cand_n, cand_at;
	bool has_cand;
	/* attributes that alone can match, ascending, when the index of grams knows them; looked at in chunks */
	struct pair {
		int64_t event_id, id;
	} *pairs;
	size_t pair_n;
	bool has_pairs;
	struct tests value, value1, value2, comment, info;
	struct str quick;
	bool quick_tags;
	struct str quick_tag_sql;
	int64_t cur_event, cur_id;
	bool values_only;
	struct str page_sql;           /* of a page of attributes */
	/* while compiling */
	struct buf *out;
};

static inline bool tests_set(const struct tests *t)
{
	return t->any.n || t->all.n || t->none.n;
}

const char *query_visible_event(const struct query *q);
const char *query_visible_attr(const struct query *q);
/* Pages hold only what a value is made of: a row costs a third. */
bool query_narrow(const struct query *q);
/* Assembles page_sql into cx->mem, which has to live as long as the plan. */
void query_page_sql(struct ctx *cx, struct query *q);

/* Looks for patterns of the search in the index of grams: fills pairs when that narrows it. Before query_page_sql. */
MUST_USE enum rc query_grams(struct ctx *cx, struct query *q);

/* a pattern of LIKE */
static inline bool wild(struct str s)
{
	return str_chr(s, '%') != STR_NONE;
}

/* numbers collected in an arena */
struct ids {
	int64_t *v;
	size_t n, cap;
};
void ids_add(struct arena *a, struct ids *l, int64_t v);

/* What a client calls something by, as numbers of the store; adds none when there is none. Types, categories, tags and organisations may be patterns. */
typedef enum rc resolve_fn(struct ctx *cx, struct str text, struct ids *out);
resolve_fn resolve_type, resolve_category, resolve_number, resolve_org, resolve_creator, resolve_tag, resolve_event;
MUST_USE enum rc resolve_all(struct ctx *cx, resolve_fn *fn, const struct cond_list *l, struct ids *out);

#endif
