/* library_load.c - taxonomies: see library_load.h. */
#include "policy/library_load.h"

#include <stdio.h>

#include "lists/taxonomy.h"
#include "store/audit.h"
#include "store/taxonomy.h"

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
	struct taxonomy_file f;
	enum rc rc;

	(void)name;
	l->out->seen++;
	rc = taxonomy_read(cx, text, &f);
	if (rc == RC_BAD || rc == RC_INVALID) {
		ctx_forgive(cx);
		l->out->bad++;
		return RC_OK;
	}
	return rc == RC_OK ? put(cx, l, &f) : rc;
}

enum rc taxonomies_load_library(struct ctx *cx, struct str dir, bool enable, struct library_report *out)
{
	struct loading l = { .enable = enable, .out = out };
	char title[160];
	enum rc rc;

	*out = (struct library_report){ 0 };
	TRY(store_begin(cx));
	rc = library_each(cx, str_cdup(cx->mem, dir), TAXONOMY_DIR, TAXONOMY_LEAF, load_file, &l);
	snprintf(title, sizeof(title), "library loaded: %zu new, %zu updated, %zu unchanged, %zu not readable", out->added, out->updated, out->same, out->bad);
	if (rc == RC_OK && out->added + out->updated)
		rc = audit_add(cx, &(struct audit){ .action = "update", .model = "Taxonomy", .title = str_c(title) }, NULL);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}
