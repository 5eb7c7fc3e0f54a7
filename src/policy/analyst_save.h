/* analyst_save.h - changing analyst data, and taking it in with the documents that hold it. */
#ifndef POLICY_ANALYST_SAVE_H
#define POLICY_ANALYST_SAVE_H

#include "model/input.h"
#include "model/user.h"
#include "store/analyst.h"

/* Site admins, and with the right to analyst data whose organisation made it. */
bool user_may_edit_analyst(const struct user *u, const struct analyst *a);

/* One transaction each, audited; what is sent below (Note, Opinion, Relationship) is taken in with it. RC_INVALID with a field when it is not acceptable. */
MUST_USE enum rc analyst_add(struct ctx *cx, const struct analyst_in *in, struct analyst *out);
/* RC_NOTFOUND "Invalid Note.", RC_METHOD "You are not authorised to do that." */
MUST_USE enum rc analyst_edit(struct ctx *cx, enum analyst_kind kind, const struct event_key *k, const struct analyst_in *in, struct analyst *out);
/* block: its uuid is not to come back by way of a document or a peer. What hangs on it stays. */
MUST_USE enum rc analyst_remove(struct ctx *cx, enum analyst_kind kind, const struct event_key *k, bool block, int64_t *id);

/* Inside the transaction of a save: what a document holds about object. New ones are made; known ones are changed when what was sent is newer and the user may
 * change them, or they came from a peer (locked) and the user synchronises. Refusals are counted, the first one told. */
struct analyst_capture {
	int64_t org_id;         /* who takes it in */
	struct uuid org_uuid;
	bool trusted;           /* feeds, the command line: rights are not asked */
	bool no_groups;         /* sharing groups mean nothing here: own organisation only instead */
	bool pushed;            /* by a peer: known ones must be locked */

	size_t imported, ignored, failed;
	char why[200];          /* the reasons, with commas between them */
};
MUST_USE enum rc analyst_take(struct ctx *cx, struct analyst_capture *c, const struct analyst_list *list, const struct uuid *object, enum analyst_target type);
/* One that a peer pushed: a transaction of its own. */
MUST_USE enum rc analyst_push(struct ctx *cx, const struct analyst_in *in, struct analyst_capture *out);

#endif
