/* library_load.c - taxonomies, and how the loading of any library ends: see library_load.h. */
#include "policy/library_load.h"

#include "lists/taxonomy.h"
#include "store/audit.h"
#include "store/taxonomy.h"

enum rc library_end(struct ctx *cx, enum rc rc, const char *model, const struct library_report *l)
{
	struct str title = str_fmt(cx->mem, "library loaded: %zu new, %zu updated, %zu unchanged, %zu not readable", l->added, l->updated, l->same, l->bad);

	if (l->parts)
		title = str_fmt(cx->mem, "%.*s; %zu parts written", STR(title), l->parts);
	if (rc == RC_OK && l->added + l->updated)
		rc = audit_add(cx, &(struct audit){ .action = "update", .model = model, .title = title }, NULL);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

struct loading {
	bool enable;
	struct library_report *out;
};

static enum rc put(struct ctx *cx, struct loading *l, struct taxonomy_file *f)
{
	struct taxonomy there;
	enum rc rc = taxonomy_load(cx, 0, f->t.namespace, &there);

	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	f->t.enabled = l->enable;
	if (rc == RC_OK) {
		bool off = l->enable && !there.enabled;

		if (there.version >= f->t.version) {
			there.enabled |= l->enable;
			l->out->updated += off;
			l->out->same += !off;
			return off ? taxonomy_update(cx, &there) : RC_OK;
		}
		f->t.id = there.id;
		f->t.enabled |= there.enabled;
		f->t.required = there.required;
		f->t.highlighted = there.highlighted;
		l->out->updated++;
	} else {
		l->out->added++;
	}
	l->out->parts += f->tag_n;
	return taxonomy_put(cx, &f->t, f->predicates, f->predicate_n, f->tags, f->tag_n);
}

static enum rc load_file(struct ctx *cx, void *arg, struct str name, struct str text)
{
	struct loading *l = arg;
	struct arena_mark m = arena_mark(cx->mem);
	struct taxonomy_file f;
	enum rc rc;

	(void)name;
	l->out->seen++;
	rc = taxonomy_read(cx, text, &f);
	if (rc == RC_BAD || rc == RC_INVALID) {
		ctx_forgive(cx);
		l->out->bad++;
		rc = RC_OK;
	} else if (rc == RC_OK) {
		rc = put(cx, l, &f);
	}
	arena_reset(cx->mem, m);
	return rc;
}

enum rc taxonomies_load_library(struct ctx *cx, struct str dir, bool enable, struct library_report *out)
{
	struct loading l = { .enable = enable, .out = out };

	*out = (struct library_report){ 0 };
	TRY(store_begin(cx));
	return library_end(cx, library_each(cx, str_cdup(cx->mem, dir), TAXONOMY_DIR, TAXONOMY_LEAF, load_file, &l), "Taxonomy", out);
}
