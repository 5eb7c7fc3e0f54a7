/* attachment.h - which file belongs to which attribute or proposal. Who may read it is asked of the attribute or proposal itself. */
#ifndef STORE_ATTACHMENT_H
#define STORE_ATTACHMENT_H

#include "store/file.h"

enum attachment_kind { ATTACHED_ATTR = 0, ATTACHED_PROPOSAL = 1 };
struct attachment {
	int64_t event_id, attr_id;
	enum attachment_kind kind;
	struct file_id file;
};

/* In a transaction. put replaces; what nobody names any more is removed by a job. move: of an accepted proposal to its attribute. */
MUST_USE enum rc attachment_put(struct ctx *cx, const struct attachment *a);
MUST_USE enum rc attachment_move(struct ctx *cx, int64_t event_id, int64_t proposal_id, int64_t attr_id);
MUST_USE enum rc attachment_remove(struct ctx *cx, int64_t event_id, int64_t attr_id, enum attachment_kind kind);
MUST_USE enum rc attachment_remove_event(struct ctx *cx, int64_t event_id);

/* RC_DONE when there is none (no failure recorded). */
MUST_USE enum rc attachment_load(struct ctx *cx, int64_t event_id, int64_t attr_id, enum attachment_kind kind, struct attachment *out);
/* Of an event's attributes with ids from first to last, by id. */
MUST_USE enum rc attachment_list(struct ctx *cx, int64_t event_id, int64_t first, int64_t last, struct attachment **out, size_t *n);
MUST_USE enum rc attachment_any(struct ctx *cx, int64_t event_id, bool *out);
/* Each one stored: behind (event, attribute, kind) of *from, at most limit. For checks. */
MUST_USE enum rc attachment_page(struct ctx *cx, const struct attachment *from, size_t limit, struct attachment **out, size_t *n);

#endif
