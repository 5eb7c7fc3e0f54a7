/* galaxy.c - see galaxy.h. */
#include "lists/galaxy.h"

#include "base/json.h"

static struct str text(struct jr *r)
{
	struct str s = jr_text_dup(r);

	return s.p ? s : S("");
}

static bool read_uuid(struct jr *r, struct uuid *out)
{
	return uuid_parse(str_trim(jr_text(r)), out);
}

enum rc galaxy_read(struct ctx *cx, struct str doc, struct galaxy *out)
{
	struct galaxy g = { .name = S(""), .type = S(""), .description = S(""), .icon = S(""), .namespace = S("misp"), .enabled = true };
	bool has_uuid = false;
	struct str key;
	struct jr r;

	jr_init(&r, cx, doc, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (str_eq(key, S("uuid")))
			has_uuid = read_uuid(&r, &g.uuid);
		else if (str_eq(key, S("name")))
			g.name = text(&r);
		else if (str_eq(key, S("type")))
			g.type = text(&r);
		else if (str_eq(key, S("description")))
			g.description = text(&r);
		else if (str_eq(key, S("icon")))
			g.icon = text(&r);
		else if (str_eq(key, S("namespace")))
			g.namespace = text(&r);
		else if (str_eq(key, S("version")))
			g.version = jr_int(&r, 0);
		else if (str_eq(key, S("kill_chain_order")) && jr_peek(&r) == J_OBJ)
			g.kill_chain_order = jr_raw(&r);
		else
			jr_skip(&r);
	}
	TRY(jr_end(&r));
	if (!has_uuid || !g.name.n || !g.type.n)
		return fail(cx, RC_INVALID, "the galaxy has no uuid, name or type");
	*out = g;
	return RC_OK;
}

static void element(struct ctx *cx, struct jr *r, struct str key, struct cluster_in *c, size_t *cap)
{
	if (jr_peek(r) == J_OBJ || jr_peek(r) == J_ARR || jr_peek(r) == J_NULL) {
		jr_skip(r); /* no text: nothing that a key can be looked up by */
		return;
	}
	c->elements = arena_grow(cx->mem, c->elements, cap, c->element_n, sizeof(*c->elements));
	c->elements[c->element_n++] = (struct cluster_element){ .key = key, .value = text(r) };
}

static void read_meta(struct ctx *cx, struct jr *r, struct cluster_in *c)
{
	size_t cap = 0;
	struct str key;

	for (jr_obj(r); jr_member(r, &key);) {
		struct str k = str_dup(cx->mem, key);

		if (jr_peek(r) == J_ARR)
			for (jr_arr(r); jr_elem(r);)
				element(cx, r, k, c, &cap);
		else
			element(cx, r, k, c, &cap);
	}
}

static void read_related(struct ctx *cx, struct jr *r, struct cluster_in *c)
{
	size_t cap = 0;
	struct str key;

	for (jr_arr(r); jr_elem(r);) {
		struct relation_in x = { .type = S("") };
		bool has_uuid = false;
		size_t tag_cap = 0;

		for (jr_obj(r); jr_member(r, &key);) {
			if (str_eq(key, S("dest-uuid"))) {
				has_uuid = read_uuid(r, &x.referenced_uuid);
			} else if (str_eq(key, S("type"))) {
				x.type = text(r);
			} else if (str_eq(key, S("tags")) && jr_peek(r) == J_ARR) {
				for (jr_arr(r); jr_elem(r);) {
					x.tags = arena_grow(cx->mem, x.tags, &tag_cap, x.tag_n, sizeof(*x.tags));
					x.tags[x.tag_n++] = text(r);
				}
			} else {
				jr_skip(r);
			}
		}
		if (!has_uuid)
			continue; /* leads nowhere */
		c->relations = arena_grow(cx->mem, c->relations, &cap, c->relation_n, sizeof(*c->relations));
		c->relations[c->relation_n++] = x;
	}
}

static void read_values(struct ctx *cx, struct jr *r, struct clusters_file *f)
{
	size_t cap = 0;
	struct str key;

	for (jr_arr(r); jr_elem(r);) {
		struct cluster_in c = { .value = S(""), .description = S("") };
		bool has_uuid = false;

		for (jr_obj(r); jr_member(r, &key);) {
			if (str_eq(key, S("uuid")))
				has_uuid = read_uuid(r, &c.uuid);
			else if (str_eq(key, S("value")))
				c.value = text(r);
			else if (str_eq(key, S("description")))
				c.description = text(r);
			else if (str_eq(key, S("meta")) && jr_peek(r) == J_OBJ)
				read_meta(cx, r, &c);
			else if (str_eq(key, S("related")) && jr_peek(r) == J_ARR)
				read_related(cx, r, &c);
			else
				jr_skip(r);
		}
		if (!c.value.n && !jr_failed(r))
			jr_fail(r, "expected a \"value\" in it");
		if (!has_uuid) /* the same at every load */
			uuid_named(&f->uuid, c.value, &c.uuid);
		f->clusters = arena_grow(cx->mem, f->clusters, &cap, f->n, sizeof(*f->clusters));
		f->clusters[f->n++] = c;
	}
}

enum rc clusters_read(struct ctx *cx, struct str doc, struct clusters_file *out)
{
	struct clusters_file f = { .type = S(""), .source = S(""), .authors = S("[]") };
	bool has_uuid = false;
	struct str key;
	struct jr r;

	jr_init(&r, cx, doc, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (str_eq(key, S("uuid")))
			has_uuid = read_uuid(&r, &f.uuid);
		else if (str_eq(key, S("type")))
			f.type = text(&r);
		else if (str_eq(key, S("source")))
			f.source = text(&r);
		else if (str_eq(key, S("version")))
			f.version = jr_int(&r, 0);
		else if (str_eq(key, S("authors")) && jr_peek(&r) == J_ARR)
			f.authors = jr_raw(&r);
		else if (str_eq(key, S("values")) && jr_peek(&r) == J_ARR)
			read_values(cx, &r, &f);
		else
			jr_skip(&r);
	}
	TRY(jr_end(&r));
	if (!has_uuid || !f.type.n)
		return fail(cx, RC_INVALID, "the clusters have no uuid or type");
	*out = f;
	return RC_OK;
}
