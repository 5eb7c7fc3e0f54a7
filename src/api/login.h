/* login.h - handlers of what a browser does before and behind the login, and of requests for an account. */
#ifndef API_LOGIN_H
#define API_LOGIN_H

#include "http/http.h"

route_fn users_login, users_logout, users_otp, users_route_after_login, users_check_logged_in, users_heartbeat;
route_fn users_change_pw, users_change_pw_page, users_terms, users_password_reset, users_initiate_reset;
route_fn users_totp_new, users_totp_delete, users_hotp, users_destroy_sessions;
route_fn users_register, registrations_index, registrations_view, registrations_accept, registrations_discard;

#endif
