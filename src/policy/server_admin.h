/* server_admin.h - adding, changing and deleting peers: site admins only, audited, a peer's key never among what is written down. */
#ifndef POLICY_SERVER_ADMIN_H
#define POLICY_SERVER_ADMIN_H

#include "model/input.h"
#include "store/server.h"

/* As sent; p == NULL: was not sent. */
struct server_form {
	struct str name, url, authkey, remote_org_id, pull_rules, push_rules, priority;
#define X(name) struct str name;
	SERVER_FLAGS(X)
#undef X
};

/* RC_NOTFOUND "Invalid server"; RC_DENIED for all but site admins. */
MUST_USE enum rc server_view(struct ctx *cx, struct str id, struct server *out);
/* RC_INVALID with a field. remote_org_id: number or uuid. */
MUST_USE enum rc server_add(struct ctx *cx, const struct server_form *f, struct server *out);
MUST_USE enum rc server_edit(struct ctx *cx, struct str id, const struct server_form *f, struct server *out);
MUST_USE enum rc server_remove(struct ctx *cx, struct str id, struct server *out);
/* What createSync of the peer gave: its organisation is made when it is not known. */
MUST_USE enum rc server_import(struct ctx *cx, const struct server_form *f, const struct org_in *org, struct server *out);
/* The peer gave a new key. */
MUST_USE enum rc server_rekey(struct ctx *cx, int64_t id, struct str key);

#endif
