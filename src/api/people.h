/* people.h - users, organisations, roles, keys and settings as JSON: the writers that their handlers share, and the handlers. */
#ifndef API_PEOPLE_H
#define API_PEOPLE_H

#include "api/api.h"
#include "store/auth_key.h"
#include "store/org.h"
#include "store/role.h"
#include "store/user.h"

/* All but the end of the object, so that callers add members of their own. */
void people_role_open(struct jw *w, const struct role *r);
void people_org_open(struct jw *w, const struct org *o, bool created_by, bool landingpage);
void people_setting(struct jw *w, const struct user_setting *s);
/* A time in seconds as "YYYY-MM-DD HH:MM:SS". */
void people_datetime(struct jw *w, const char *key, int64_t s);
/* "me" and nothing: 0; a number; -1 for anything else (nobody has it). */
int64_t people_user_ref(struct str ref);

route_fn users_view, users_index, users_add, users_admin_edit, users_edit, users_delete, users_resetauthkey;
route_fn orgs_index, orgs_view, orgs_add, orgs_edit, orgs_delete, orgs_merge, orgs_uuids, orgs_generate_uuid;
route_fn roles_index, roles_view, roles_add, roles_edit, roles_delete, roles_set_default;
route_fn auth_keys_index, auth_keys_view, auth_keys_add, auth_keys_edit, auth_keys_delete, auth_keys_pin;
route_fn user_settings_index, user_settings_get, user_settings_set, user_settings_delete, user_settings_view, user_settings_home,
	user_settings_column;

#endif
