/* blocklist.h - blocklists: changing them (site admins; each call one transaction, audited), and what they keep out.
 * Settings MISP.enableEventBlocklisting, MISP.enableOrgBlocklisting and MISP.enableSightingBlocklisting, each on unless it is set to false. */
#ifndef POLICY_BLOCKLIST_H
#define POLICY_BLOCKLIST_H

#include "model/event.h"
#include "store/blocklist.h"

/* As sent; p == NULL: was not sent. */
struct block_form {
	struct str name, orgc, comment;
};
/* Each of the texts is a uuid or is counted among the failed ones; so is one that is blocked already. */
struct block_added {
	struct str *added, *failed;
	size_t added_n, failed_n;
};
MUST_USE enum rc block_add(struct ctx *cx, enum block_kind kind, const struct str *uuids, size_t n, const struct block_form *f, struct block_added *out);
/* RC_NOTFOUND "Blocklist item not found." */
MUST_USE enum rc block_edit(struct ctx *cx, enum block_kind kind, const struct event_key *k, const struct block_form *f, struct block *out);
/* RC_NOTFOUND "Invalid blocklist entry" */
MUST_USE enum rc block_remove(struct ctx *cx, enum block_kind kind, const struct event_key *k, int64_t *id);

/* RC_DENIED, with MISP's text, for an event that may not come in: by its uuid or by who created it. */
MUST_USE enum rc block_check_event(struct ctx *cx, const struct uuid *u);
MUST_USE enum rc block_check_org(struct ctx *cx, const struct uuid *orgc);
/* Sightings of this organisation are left out. */
MUST_USE enum rc block_has_sightings_of(struct ctx *cx, const struct uuid *org, bool *out);
/* In the transaction that deletes it: the event is not to come back. */
MUST_USE enum rc block_deleted_event(struct ctx *cx, const struct event *e);
/* Analyst data of this uuid is not taken in with a document, nor from a peer; and is not to come back, in the transaction that deletes it. */
MUST_USE enum rc block_has_analyst(struct ctx *cx, const struct uuid *u, bool *out);
MUST_USE enum rc block_deleted_analyst(struct ctx *cx, const struct uuid *u, struct str info, struct str orgc);

#endif
