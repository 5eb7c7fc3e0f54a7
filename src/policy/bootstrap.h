/* bootstrap.h - the first content of an empty store: roles, an organisation, its admin and an API key. */
#ifndef POLICY_BOOTSTRAP_H
#define POLICY_BOOTSTRAP_H

#include "store/store.h"

/* What is empty takes its default. A password given here is the operator's choice: no rules are applied to it. */
struct bootstrap {
	struct str org_name;  /* "ORGNAME" */
	struct uuid org_uuid; /* nil: random */
	struct str email;     /* "admin@admin.test" */
	struct str password;  /* random; must then be changed at the first login */
	struct str key;       /* random; else 40 letters and digits */
};
/* Texts in cx->mem. Shown once, kept nowhere. */
struct bootstrap_result {
	int64_t org_id, user_id;
	struct str org_name, email, password, key;
	bool password_made, key_made;
};

/* One transaction. RC_EXISTS when the store holds an organisation already. */
MUST_USE enum rc instance_init(struct ctx *cx, const struct bootstrap *b, struct bootstrap_result *out);

#endif
