/* csv_write.c - see csv_write.h. A table of columns, each with the function that writes its cell. */
#include "format/csv_write.h"

#include "base/clock.h"

/* A number as the contract sees it stands bare: sign, digits, decimal point, exponent. */
static bool is_number(struct str s)
{
	size_t i = 0, digits = 0;

	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
		i++;
	for (; i < s.n && ch_digit((unsigned char)s.p[i]); i++)
		digits++;
	if (i < s.n && s.p[i] == '.')
		for (i++; i < s.n && ch_digit((unsigned char)s.p[i]); i++)
			digits++;
	if (digits == 0)
		return false;
	if (i < s.n && (s.p[i] | 0x20) == 'e') {
		size_t mark = ++i;

		if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
			mark = ++i;
		while (i < s.n && ch_digit((unsigned char)s.p[i]))
			i++;
		if (i == mark)
			return false;
	}
	return i == s.n;
}

/* The inside of a quoted cell: quotes doubled. */
static void put_inside(struct buf *b, struct str s)
{
	for (;;) {
		size_t q = str_chr(s, '"');

		if (q == STR_NONE)
			break;
		buf_str(b, str_sub(s, 0, q + 1));
		buf_ch(b, '"');
		s = str_from(s, q + 1);
	}
	buf_str(b, s);
}

static void put_text(struct buf *b, struct str s)
{
	if (is_number(s)) {
		buf_str(b, s);
		return;
	}
	buf_ch(b, '"');
	put_inside(b, s);
	buf_ch(b, '"');
}

static void put_uuid(struct buf *b, const struct uuid *u)
{
	char t[UUID_TEXT + 3];

	t[0] = '"';
	uuid_text(u, t + 1);
	t[UUID_TEXT + 1] = '"';
	buf_mem(b, t, UUID_TEXT + 2);
}

static void put_seen(struct buf *b, int64_t us)
{
	char t[CLOCK_TEXT_MAX];

	put_text(b, us == SEEN_NONE ? S("") : str_n(t, (size_t)clock_iso(us, t)));
}

static void put_value(struct buf *b, const struct attr *a)
{
	if (a->value2.n == 0) {
		put_text(b, a->value1);
		return;
	}
	buf_ch(b, '"');
	put_inside(b, a->value1);
	buf_ch(b, '|');
	put_inside(b, a->value2);
	buf_ch(b, '"');
}

static void put_date(struct buf *b, int32_t day)
{
	char t[CLOCK_TEXT_MAX];

	put_text(b, str_n(t, (size_t)clock_date((int64_t)day * 86400 * 1000000, t)));
}

static struct str threat_level(int id)
{
	static const struct str names[] = { { "High", 4 }, { "Medium", 6 }, { "Low", 3 }, { "Undefined", 9 } };

	return id >= 1 && id <= 4 ? names[id - 1] : S("");
}

/* Groups: the usual columns, the object's, the event's (context), those that only requested_attributes names. */
enum group { USUAL, OBJECT, CONTEXT, ASKED };
#define COLUMNS(X) \
	X(UUID, USUAL, "uuid", put_uuid(b, &r->attr->uuid)) \
	X(EVENT_ID, USUAL, "event_id", buf_i64(b, r->attr->event_id)) \
	X(CATEGORY, USUAL, "category", put_text(b, cat_name(r->attr->cat))) \
	X(TYPE, USUAL, "type", put_text(b, r->attr->type->name)) \
	X(VALUE, USUAL, "value", put_value(b, r->attr)) \
	X(COMMENT, USUAL, "comment", put_text(b, r->attr->comment)) \
	X(TO_IDS, USUAL, "to_ids", buf_ch(b, r->attr->to_ids ? '1' : '0')) \
	X(DATE, USUAL, "date", buf_i64(b, r->attr->timestamp)) \
	X(OBJECT_RELATION, USUAL, "object_relation", put_text(b, r->attr->relation)) \
	X(ATTRIBUTE_TAG, USUAL, "attribute_tag", put_text(b, r->attribute_tags)) \
	X(OBJECT_UUID, OBJECT, "object_uuid", if (r->object) put_uuid(b, &r->object->uuid); else put_text(b, S(""))) \
	X(OBJECT_NAME, OBJECT, "object_name", put_text(b, r->object ? r->object->name : S(""))) \
	X(OBJECT_META_CATEGORY, OBJECT, "object_meta_category", put_text(b, r->object ? r->object->meta_category : S(""))) \
	X(EVENT_INFO, CONTEXT, "event_info", put_text(b, r->event->info)) \
	X(EVENT_MEMBER_ORG, CONTEXT, "event_member_org", put_text(b, r->org ? r->org->name : S(""))) \
	X(EVENT_SOURCE_ORG, CONTEXT, "event_source_org", put_text(b, r->orgc ? r->orgc->name : S(""))) \
	X(EVENT_DISTRIBUTION, CONTEXT, "event_distribution", buf_i64(b, r->event->distribution)) \
	X(EVENT_THREAT_LEVEL_ID, CONTEXT, "event_threat_level_id", put_text(b, threat_level(r->event->threat_level_id))) \
	X(EVENT_ANALYSIS, CONTEXT, "event_analysis", buf_i64(b, r->event->analysis)) \
	X(EVENT_DATE, CONTEXT, "event_date", put_date(b, r->event->date)) \
	X(EVENT_TAG, CONTEXT, "event_tag", put_text(b, r->event_tags)) \
	X(EVENT_TIMESTAMP, CONTEXT, "event_timestamp", buf_i64(b, r->event->timestamp)) \
	X(ID, ASKED, "id", buf_i64(b, r->attr->id)) \
	X(OBJECT_ID, ASKED, "object_id", buf_i64(b, r->attr->object_id)) \
	X(VALUE1, ASKED, "value1", put_text(b, r->attr->value1)) \
	X(VALUE2, ASKED, "value2", put_text(b, r->attr->value2)) \
	X(DISTRIBUTION, ASKED, "distribution", buf_i64(b, r->attr->distribution)) \
	X(SHARING_GROUP_ID, ASKED, "sharing_group_id", buf_i64(b, r->attr->sharing_group_id)) \
	X(DELETED, ASKED, "deleted", buf_ch(b, r->attr->deleted ? '1' : '0')) \
	X(DISABLE_CORRELATION, ASKED, "disable_correlation", buf_ch(b, r->attr->disable_correlation ? '1' : '0')) \
	X(FIRST_SEEN, ASKED, "first_seen", put_seen(b, r->attr->first_seen_us)) \
	X(LAST_SEEN, ASKED, "last_seen", put_seen(b, r->attr->last_seen_us)) \
	X(EVENT_UUID, ASKED, "event_uuid", put_uuid(b, &r->event->uuid))

enum column {
#define X(id, group, name, put) COL_##id,
	COLUMNS(X)
#undef X
	COL_COUNT
};

static const struct {
	enum group group;
	struct str name;
} columns[] = {
#define X(id, group, name, put) { group, { name, sizeof(name) - 1 } },
	COLUMNS(X)
#undef X
};
_Static_assert(COL_COUNT <= CSV_OUT_COLUMNS_MAX, "a set of columns holds each once");

static void put_cell(struct buf *b, enum column col, const struct csv_out_row *r)
{
	switch (col) {
#define X(id, group, name, put) \
	case COL_##id: \
		put; \
		break;
	COLUMNS(X)
#undef X
	case COL_COUNT:
		break;
	}
}

static void add_group(struct csv_out *o, enum group group)
{
	for (size_t i = 0; i < COL_COUNT; i++)
		if (columns[i].group == group && o->column_n < CSV_OUT_COLUMNS_MAX)
			o->columns[o->column_n++] = (uint8_t)i;
}

static void add_wanted(struct csv_out *o, struct str name)
{
	if (str_eq(name, S("timestamp")))
		name = S("date");
	for (size_t i = 0; i < COL_COUNT; i++) {
		if (!str_eq(columns[i].name, name))
			continue;
		for (size_t k = 0; k < o->column_n; k++)
			if (o->columns[k] == i)
				return;
		o->columns[o->column_n++] = (uint8_t)i;
		return;
	}
}

void csv_out_init(struct csv_out *o, struct buf *out, struct csv_out_opts opts)
{
	*o = (struct csv_out){ .out = out, .headerless = opts.headerless };
	for (size_t i = 0; i < opts.wanted_n; i++)
		add_wanted(o, opts.wanted[i]);
	if (opts.wanted_n == 0) {
		add_group(o, USUAL);
		add_group(o, OBJECT);
	}
	if (opts.context) {
		for (size_t i = 0; i < COL_COUNT; i++)
			if (columns[i].group == CONTEXT)
				add_wanted(o, columns[i].name);
	}
}

void csv_out_head(struct csv_out *o)
{
	if (o->headerless)
		return;
	for (size_t i = 0; i < o->column_n; i++) {
		if (i)
			buf_ch(o->out, ',');
		buf_str(o->out, columns[o->columns[i]].name);
	}
	buf_ch(o->out, '\n');
}

void csv_out_row(struct csv_out *o, const struct csv_out_row *row)
{
	for (size_t i = 0; i < o->column_n; i++) {
		if (i)
			buf_ch(o->out, ',');
		put_cell(o->out, o->columns[i], row);
	}
	buf_ch(o->out, '\n');
}

void csv_out_end(struct csv_out *o)
{
	buf_ch(o->out, '\n');
}
