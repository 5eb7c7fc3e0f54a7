/* user.h - users and their settings. */
#ifndef STORE_USER_H
#define STORE_USER_H

#include "model/event.h"
#include "model/user.h"
#include "store/store.h"

/* All that is kept of a user, the password's hash excepted. */
struct user_record {
	int64_t id, org_id, role_id;
	struct str email;
	int64_t invited_by;
	bool autoalert, contactalert, disabled, change_pw, termsaccepted;
	struct str gpgkey, certif_public; /* {NULL,0}: none */
	int64_t nids_sid;
	bool has_expiration;
	int64_t expiration;
	bool notification_daily, notification_weekly, notification_monthly; /* summaries by mail */
	int64_t newsread;
	bool external_auth_required;
	struct str external_auth_key;
	bool totp;                /* a one-time password is set up: store/user_auth.h; not written here */
	int64_t hotp_counter;     /* the same */
	int64_t last_login, current_login, last_api_access, last_pw_change, date_created, date_modified;
};
struct user_row {
	struct user_record u;
	struct role role;
	struct org org;      /* id, uuid, name, local only */
};

/* Who acts: what policy/ and api/ ask of a user. RC_DONE when there is none. */
MUST_USE enum rc user_acting(struct ctx *cx, int64_t id, struct user *out);
/* The enabled site admin with the lowest id. */
MUST_USE enum rc user_first_site_admin(struct ctx *cx, struct user *out);

/* For administration. RC_DONE when there is none; e-mail whatever its case. */
MUST_USE enum rc user_load(struct ctx *cx, int64_t id, struct user_row *out);
MUST_USE enum rc user_by_email(struct ctx *cx, struct str email, struct user_row *out);
struct user_filter {
	int64_t org_id;      /* 0: of all */
	int64_t role_id;     /* 0: of all */
	struct str search;   /* part of the e-mail, or of the name of organisation or role; {NULL,0}: all */
	struct str email;    /* part of the e-mail, "a|b": of one of them, "!a": of none */
	struct str roles;    /* numbers of roles, the same */
	int autoalert, contactalert, termsaccepted, disabled; /* 1 or -1 (not): those only */
	int64_t inactive_since; /* neither logged in nor used a key since; 0: all */
};
MUST_USE enum rc user_list(struct ctx *cx, const struct user_filter *f, struct user_row **out, size_t *n); /* by id */

bool user_email_plausible(struct str s);
/* "" when none was set. */
MUST_USE enum rc user_password(struct ctx *cx, int64_t id, struct str *hash);

/* In a transaction. RC_INVALID with a field when the e-mail is no address or taken, the role or the organisation unknown. insert sets id and dates. */
MUST_USE enum rc user_insert(struct ctx *cx, struct user_record *u, struct str password_hash);
MUST_USE enum rc user_update(struct ctx *cx, const struct user_record *u);
MUST_USE enum rc user_password_set(struct ctx *cx, int64_t id, struct str hash, bool change_pw);
MUST_USE enum rc user_login_note(struct ctx *cx, int64_t id); /* now is the current login, the former the last */
MUST_USE enum rc user_delete(struct ctx *cx, int64_t id);     /* keys and settings too */

struct user_setting {
	int64_t user_id;
	struct str name, value; /* value: JSON */
	int64_t changed;
};
/* RC_DONE when it is not set. */
MUST_USE enum rc user_setting_get(struct ctx *cx, int64_t user_id, struct str name, struct user_setting *out);
/* user_id 0: of all users; org_id 0: of all organisations. By user and name. */
MUST_USE enum rc user_setting_list(struct ctx *cx, int64_t user_id, int64_t org_id, struct user_setting **out, size_t *n);
MUST_USE enum rc user_setting_set(struct ctx *cx, int64_t user_id, struct str name, struct str value);
MUST_USE enum rc user_setting_delete(struct ctx *cx, int64_t user_id, struct str name, bool *was);

#endif
