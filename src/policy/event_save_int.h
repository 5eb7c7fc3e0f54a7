/* event_save_int.h - what the files of event_save share. */
#ifndef POLICY_EVENT_SAVE_INT_H
#define POLICY_EVENT_SAVE_INT_H

#include "base/map.h"
#include "model/object_template.h"
#include "policy/analyst_save.h"
#include "policy/event_save.h"
#include "store/attr.h"
#include "store/audit.h"
#include "store/object.h"
#include "store/tag.h"

/* One save under way. */
struct saving {
	struct ctx *cx;
	struct save *s;
	struct event e;
	bool fresh;             /* the event was made in this transaction */
	int64_t audit_id;
	struct attr_batch *batch;
	struct arena *mem;      /* outlives the elements: tag cache */
	struct map tags;        /* name -> struct tag_seen */
	struct map groups;      /* uuid or number -> int64_t, 0: not to be used */
	struct import_rules *rules; /* NULL: not read yet */
	struct map templates;   /* uuid and version -> struct object_template, or one without a name: not known */
	int attr_distribution;  /* of attributes that name none, outside objects */
	bool changed;
	enum rc rc;
};

void saving_begin(struct saving *sv, struct ctx *cx, const struct event *e, struct save *s);
void saving_clear(struct saving *sv);
/* Records a refusal and forgives it, so that the rest goes on; a failure that is not about this element is given back. */
enum rc saving_refuse(struct saving *sv, const char *what, size_t position, enum rc rc);
/* Tags named in the input as bindings; unknown ones are made when allowed, others counted. */
/* attr_id: the attribute whose stored tags count, too; 0: the event's; SAVING_NEW: none are stored. */
enum { SAVING_NEW = -1 };
enum rc saving_tags(struct saving *sv, const struct tag_in *in, size_t n, int64_t attr_id, struct tag_binding **out, size_t *out_n);
enum rc saving_attr_new(struct saving *sv, const struct attr_in *in, int64_t object_id, size_t position);
enum rc saving_attr(struct saving *sv, const struct attr_in *in, int64_t object_id);
enum rc saving_object(struct saving *sv, const struct object_in *in);
enum rc saving_object_new(struct saving *sv, const struct object_in *in, int64_t *ret_id); /* ret_id may be NULL */
/* The template of this uuid and version, kept for the rest of the save; *out NULL: not known here. */
enum rc saving_template(struct saving *sv, const struct uuid *u, int64_t version, const struct object_template **out);
/* The sharing group of an element that is to be written with this distribution: at 4 the one that was sent (in, or the number in *id) must be one the user
 * may use; otherwise none. What comes from a feed or a file and names none that is known stays with the own organisation. was: as it stands; an element that
 * keeps its group is not asked; NULL: it is new. */
struct group_was {
	int distribution;
	int64_t id;
};
enum rc saving_group(struct saving *sv, const struct group_in *in, const struct group_was *was, int *distribution, int64_t *id);
/* Analyst data that stands with an element of this uuid; refusals are recorded, the element stays. */
enum rc saving_analyst(struct saving *sv, const struct analyst_list *list, const struct uuid *object, enum analyst_target type, size_t position);
/* A report that stands in the document of the event: made, or changed when it is newer. */
enum rc saving_report(struct saving *sv, const struct report_in *in, size_t position);
/* timestamp now, not published any more, inside the open transaction. */
enum rc event_touch(struct ctx *cx, const struct event *e, int64_t audit_id);
/* begin .. body .. commit, or roll back */
enum rc in_transaction(struct ctx *cx, enum rc (*body)(struct ctx *cx, void *arg), void *arg);

#endif
