/* registration.h - people without an account ask for one; a site admin grants or discards what they ask. */
#ifndef POLICY_REGISTRATION_H
#define POLICY_REGISTRATION_H

#include "store/inbox.h"

/* As sent; p == NULL: was not sent. */
struct registration_form {
	struct str email, org_name, org_uuid, message, pgp, custom_perms, perm_sync, perm_publish, perm_admin;
};
bool registration_is_open(struct ctx *cx); /* Security.allow_self_registration */
/* Nobody acts. RC_METHOD when registration is closed, RC_BAD without an e-mail address, RC_INVALID field "email", RC_LIMIT. */
MUST_USE enum rc registration_ask(struct ctx *cx, const struct registration_form *f, struct str user_agent);

/* The user is made and the request goes, together. org and role: as in user_form; role "": the default one. RC_BAD without an organisation. */
MUST_USE enum rc registration_accept(struct ctx *cx, const struct inbox *in, struct str org_id, struct str role_id);
MUST_USE enum rc registration_discard(struct ctx *cx, const struct inbox *in);

#endif
