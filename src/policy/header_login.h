/* header_login.h - users whom a login service in front of this server vouches for (Shibboleth): it puts mail address, organisation and groups into
 * headers. Settings: Security.auth names "ShibbAuth.ApacheShibb", ApacheShibbAuth.* say how the headers are called and which group has which role.
 * Whether the one who sent the request may be believed is the caller's to decide.
 */
#ifndef POLICY_HEADER_LOGIN_H
#define POLICY_HEADER_LOGIN_H

#include "base/ctx.h"

struct header_login {
	struct str mail, org, groups; /* {NULL,0}: the header was not there */
};
bool header_login_on(struct ctx *cx);
/* Name of the header of a setting: "HTTP_EMAIL_TAG" is "EMAIL-TAG". "" when none is set. */
struct str header_login_name(struct ctx *cx, struct str tag);
/* cx->who. A user who is not there yet is made, an organisation named for the first time too; role and organisation follow the headers.
 * RC_UNAUTH: no right to come in (no group with a role, no such organisation, disabled). Outside a transaction. */
MUST_USE enum rc header_login(struct ctx *cx, const struct header_login *h);

#endif
