/* decay_admin.h - who may see and change decaying models; adding, changing, enabling and deleting them, loading MISP's. Each one transaction, audited, and it
 * adds the job that makes the stored expiries anew. */
#ifndef POLICY_DECAY_ADMIN_H
#define POLICY_DECAY_ADMIN_H

#include "model/input.h"
#include "model/user.h"
#include "policy/library_load.h"
#include "store/decay_model.h"

/* Its own organisation's, those for all organisations; site admins all. */
bool user_may_see_decay_model(const struct user *u, const struct decay_row *d);
/* Site admins; holders of the permission those that their organisation made. */
bool user_may_edit_decay_model(const struct user *u, const struct decay_row *d);

/* Texts as sent; {NULL,0}: not sent. parameters, attribute_types and ref: JSON. */
struct decay_form {
	struct str name, description, formula, parameters, attribute_types, ref, version, all_orgs, enabled;
};
/* RC_INVALID with the field. */
MUST_USE enum rc decay_model_add(struct ctx *cx, const struct decay_form *f, struct decay_row *out);
/* Of a library's model only enabled and all_orgs change. RC_METHOD when the user may not. */
MUST_USE enum rc decay_model_edit(struct ctx *cx, int64_t id, const struct decay_form *f, struct decay_row *out);
MUST_USE enum rc decay_model_switch(struct ctx *cx, int64_t id, bool enabled, struct decay_row *out);
MUST_USE enum rc decay_model_remove(struct ctx *cx, int64_t id);
/* RC_NOTFOUND when there is none that the user may see. */
MUST_USE enum rc decay_model_visible(struct ctx *cx, int64_t id, struct decay_row *out);

/* A clone of misp-decaying-models: DIR/models/NAME.json. New ones come disabled and for all organisations; force: the same version, too. */
MUST_USE enum rc decay_models_load_library(struct ctx *cx, struct str dir, bool force, struct library_report *out);

#endif
