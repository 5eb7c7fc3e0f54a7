/* fuzz_misp_event.c - MISP events, manifests and bodies: no crash, and the two passes agree on what they count. */
#include <stdlib.h>

#include "format/feed_misp.h"
#include "format/misp_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	size_t attrs, objects, bytes;
};

static size_t touch(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += (unsigned char)s.p[i];
	return n;
}

static void touch_attr(struct seen *s, const struct attr_in *a)
{
	s->bytes += touch(a->type) + touch(a->value) + touch(a->comment) + touch(a->data) + touch(a->uuid);
	for (size_t i = 0; i < a->value_n; i++)
		s->bytes += touch(a->values[i]);
	for (size_t i = 0; i < a->tag_n; i++)
		s->bytes += touch(a->tags[i].name) + touch(a->tags[i].relationship_type);
	for (size_t i = 0; i < a->sighting_n; i++)
		s->bytes += touch(a->sightings[i].source) + touch(a->sightings[i].org_name);
}

static enum rc on_attr(void *arg, struct ctx *cx, struct attr_in *a)
{
	struct seen *s = arg;

	s->attrs++;
	touch_attr(s, a);
	return RC_OK;
}

static enum rc on_object(void *arg, struct ctx *cx, struct object_in *o)
{
	struct seen *s = arg;

	s->objects++;
	for (size_t i = 0; i < o->attr_n; i++)
		touch_attr(s, &o->attrs[i]);
	for (size_t i = 0; i < o->ref_n; i++)
		s->bytes += touch(o->refs[i].referenced_uuid) + touch(o->refs[i].comment);
	s->bytes += touch(o->name) + touch(o->description);
	return RC_OK;
}

static enum rc on_bad(void *arg, struct ctx *cx, const char *what, size_t position, const char *why)
{
	struct seen *s = arg;

	s->bytes += touch(str_c(why));
	if (what[0] == 'A')
		s->attrs++;
	else
		s->objects++;
	return RC_OK;
}

static enum rc on_event(void *arg, struct ctx *cx, struct str text)
{
	return RC_OK;
}

static enum rc on_manifest(void *arg, struct ctx *cx, const struct manifest_entry *m)
{
	struct seen *s = arg;

	s->bytes += touch(m->info) + touch(m->orgc.name);
	return RC_OK;
}

static enum rc on_hash(void *arg, struct ctx *cx, const uint8_t md5[16], const struct uuid *event)
{
	return RC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct seen s = { 0 };
	struct misp_sink sink = { &s, on_attr, on_object, on_bad };
	struct manifest_sink manifest = { &s, on_manifest, NULL };
	struct event_in head = { 0 };
	struct attr_in a;
	struct object_in o;
	struct ctx cx;
	struct jr r;
	enum rc head_rc, elem_rc;

	ctx_init(&cx, 1 << 20);
	head_rc = misp_event_head(&cx, text, &head);
	if (head_rc == RC_OK)
		s.bytes += touch(head.info) + touch(head.orgc.name) + (head.group ? touch(head.group->uuid) : 0);
	ctx_forgive(&cx);
	elem_rc = misp_event_elements(&cx, text, &sink);
	if (elem_rc == RC_OK && head_rc == RC_OK && (s.attrs < head.attr_seen || s.objects < head.object_seen))
		abort();
	ctx_forgive(&cx);
	(void)(misp_events_each(&cx, text, on_event, &s) == RC_OK);
	ctx_forgive(&cx);
	(void)(feed_manifest_each(&cx, text, &manifest) == RC_OK);
	ctx_forgive(&cx);
	(void)(feed_hashes_each(&cx, text, on_hash, NULL, NULL, NULL) == RC_OK);
	ctx_forgive(&cx);
	jr_init(&r, &cx, text, NULL);
	misp_attr_read(&r, &a);
	if (jr_end(&r) == RC_OK)
		touch_attr(&s, &a);
	ctx_forgive(&cx);
	jr_init(&r, &cx, text, NULL);
	misp_object_read(&r, &o);
	(void)(jr_end(&r) == RC_OK);
	ctx_clear(&cx);
	return 0;
}
