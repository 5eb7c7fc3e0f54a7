/* user_admin.h - changing users, their keys and settings. Each asks whether cx->who may, opens a transaction, writes, audits.
 *
 * Site admins manage everybody. Organisation admins manage the users of their organisation, but neither site admins nor, where keys are
 * concerned, other admins, and they hand out no role that reaches beyond the organisation. Everybody manages their own keys and settings.
 * What must not be seen is not found (RC_NOTFOUND "Invalid user"); RC_DENIED for a role that may not be given away; RC_INVALID with a field for the rest.
 */
#ifndef POLICY_USER_ADMIN_H
#define POLICY_USER_ADMIN_H

#include "model/input.h"
#include "store/auth_key.h"
#include "store/user.h"

/* As sent; p == NULL: was not sent. */
struct user_form {
	struct str email, org_id, role_id, password, autoalert, contactalert, disabled, change_pw, termsaccepted, gpgkey, certif_public, nids_sid,
		expiration, notification_daily, notification_weekly, notification_monthly, newsread, external_auth_required, external_auth_key,
		force_logout;
};
/* "", "0", "false", "null" and what was not sent are false. */
bool form_bool(struct str s);

/* Rows that cx->who may look at; id 0: the acting user. */
MUST_USE enum rc user_view(struct ctx *cx, int64_t id, struct user_row *out);

/* A key is made with the user; *key in cx->mem is shown once. org_id: number, uuid or name; role_id absent: the default role. */
MUST_USE enum rc user_add(struct ctx *cx, const struct user_form *f, struct user_row *out, struct str *key);
/* also: more to be done in the same transaction. */
MUST_USE enum rc user_add_and(struct ctx *cx, const struct user_form *f, enum rc (*also)(struct ctx *cx, void *arg), void *arg,
	struct user_row *out, struct str *key);
MUST_USE enum rc user_edit(struct ctx *cx, int64_t id, const struct user_form *f, struct user_row *out);
/* One's own profile: role, organisation and must-change-password stay as they are. */
MUST_USE enum rc user_edit_self(struct ctx *cx, const struct user_form *f, struct user_row *out);
MUST_USE enum rc user_remove(struct ctx *cx, int64_t id);
/* One's own. must_know: the present one has to be told, and be right. The user's sessions end. */
MUST_USE enum rc user_change_password(struct ctx *cx, struct str password, struct str present, bool must_know);
/* A link by which a user whom cx->who manages chooses a new password; *token in cx->mem. */
MUST_USE enum rc user_reset_begin(struct ctx *cx, int64_t id, struct str *token);
/* RC_NOTFOUND for a token that is unknown or too old; nobody acts. */
MUST_USE enum rc user_reset_ask(struct ctx *cx, struct str token);
MUST_USE enum rc user_reset_finish(struct ctx *cx, struct str token, struct str password);
/* Terms of use: the file terms/NAME in the data folder, NAME by the setting MISP.terms_file. */
MUST_USE enum rc user_terms_text(struct ctx *cx, struct str *out);
MUST_USE enum rc user_accept_terms(struct ctx *cx);

struct key_form {
	struct str comment, expiration, allowed_ips, read_only;
	struct str user_id; /* for the caller: whose, when the path does not say */
};
/* user_id 0: the acting user. *key in cx->mem. */
MUST_USE enum rc key_add(struct ctx *cx, int64_t user_id, const struct key_form *f, struct auth_key_row *out, struct str *key);
MUST_USE enum rc key_view(struct ctx *cx, struct str id_or_uuid, struct auth_key_row *out);
MUST_USE enum rc key_list(struct ctx *cx, int64_t user_id, struct auth_key_row **out, size_t *n);
MUST_USE enum rc key_edit(struct ctx *cx, struct str id_or_uuid, const struct key_form *f, struct auth_key_row *out);
/* A site admin may delete by number what is deleted already. */
MUST_USE enum rc key_remove(struct ctx *cx, struct str id_or_uuid, int64_t *id);
/* user_id 0: the key in use is replaced by a new one of the same kind; else all of the user's keys end and a new one is made. */
MUST_USE enum rc key_reset(struct ctx *cx, int64_t user_id, struct str *key);

/* Settings: a fixed list of names. A number stands for (user, name), since clients know settings by one. */
int64_t setting_id(const struct user_setting *s);
bool setting_of_id(int64_t id, int64_t *user_id, struct str *name);
/* who: 0 the acting user. */
MUST_USE enum rc setting_get(struct ctx *cx, int64_t who, struct str name, struct user_setting *out);
MUST_USE enum rc setting_list(struct ctx *cx, int64_t who, struct user_setting **out, size_t *n); /* 0: of all whom cx->who manages */
MUST_USE enum rc setting_set(struct ctx *cx, int64_t who, struct str name, struct str json, struct user_setting *out);
MUST_USE enum rc setting_remove(struct ctx *cx, int64_t who, struct str name, int64_t *id);

#endif
