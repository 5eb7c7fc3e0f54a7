/* settings.inc.h - rows of the table of setting.h: id, name, type, default, lowest, highest, options, level, flags, what it does. */
#define B(id, name, dflt, level, text) SETTING_ROW(id, name, SETTING_BOOL, dflt, 0, 1, NULL, SETTING_##level, 0, text)
#define N(id, name, dflt, lo, hi, level, text) SETTING_ROW(id, name, SETTING_NUMBER, dflt, lo, hi, NULL, SETTING_##level, 0, text)
#define O(id, name, dflt, options, level, text) SETTING_ROW(id, name, SETTING_NUMBER, dflt, 0, INT32_MAX, options, SETTING_##level, 0, text)
#define T(id, name, dflt, level, text) SETTING_ROW(id, name, SETTING_TEXT, dflt, 0, 0, NULL, SETTING_##level, 0, text)
#define J(id, name, level, text) SETTING_ROW(id, name, SETTING_TEXT, "", 0, 0, NULL, SETTING_##level, SETTING_JSON, text)
#define X(id, name, level, text) SETTING_ROW(id, name, SETTING_TEXT, "", 0, 0, NULL, SETTING_##level, SETTING_SECRET, text)

/* the instance */
B(LIVE, "MISP.live", "1", CRITICAL, "Off: only site admins may use the instance.")
T(BASEURL, "MISP.baseurl", "", CRITICAL, "Address under which users reach the instance; goes into mails and links.")
T(ORG, "MISP.org", "ORGNAME", RECOMMENDED, "Short name of the organisation that runs the instance; goes into the subjects of mails.")
N(HOST_ORG, "MISP.host_org_id", "1", 0, INT32_MAX, CRITICAL, "Id of the organisation that runs the instance.")
T(CONTACT, "MISP.contact", "", RECOMMENDED, "Mail address of the people who run the instance.")
T(MAINTENANCE_MESSAGE, "MISP.maintenance_message", "The instance is under maintenance.", OPTIONAL, "Shown to those who come while MISP.live is off.")
B(BACKGROUND_JOBS, "MISP.background_jobs", "1", RECOMMENDED, "Long work is done by jobs; off: within the call.")
O(DEBUG, "debug", "0", "0:off|1:on|2:on, with statements", CRITICAL, "Kept for clients: what the log says is configured where the program is started.")

/* events and attributes */
O(EVENT_DISTRIBUTION, "MISP.default_event_distribution", "1", "0:own organisation|1:this community|2:connected communities|3:all", CRITICAL,
	"Distribution of an event that names none.")
SETTING_ROW(ATTRIBUTE_DISTRIBUTION, "MISP.default_attribute_distribution", SETTING_TEXT, "event", 0, 0,
	"0:own organisation|1:this community|2:connected communities|3:all|5:inherit|event:inherit", SETTING_CRITICAL, 0,
	"Distribution of an attribute that names none.")
O(THREAT_LEVEL, "MISP.default_event_threat_level", "4", "1:high|2:medium|3:low|4:undefined", RECOMMENDED, "Threat level of an event that names none.")
B(UNPUBLISHED_PRIVATE, "MISP.unpublishedprivate", "0", OPTIONAL, "Unpublished events are seen by their own organisation only.")
B(EVENT_BLOCKLIST, "MISP.enableEventBlocklisting", "1", RECOMMENDED, "Deleted and listed events are not taken in again.")
B(ORG_BLOCKLIST, "MISP.enableOrgBlocklisting", "1", RECOMMENDED, "Events of listed organisations are not taken in.")
B(SIGHTING_BLOCKLIST, "MISP.enableSightingBlocklisting", "1", RECOMMENDED, "Sightings of listed organisations are not taken in.")
B(DELEGATION, "MISP.delegation", "0", RECOMMENDED, "Kept for clients: delegation is not offered by this version.")
N(HISTORY_DAYS, "MISP.history_retention_days", "0", 0, 36500, OPTIONAL, "Days for which earlier versions are kept; 0: for ever.")
N(LOG_DAYS, "MISP.log_retention_days", "0", 0, 36500, OPTIONAL, "Days for which entries of the audit log are kept; 0: for ever.")

/* correlation */
N(CORRELATIONS_PER_EVENT, "MISP.max_correlations_per_event", "5000", 0, INT32_MAX, RECOMMENDED,
	"Related events shown with an event; every further one is reached by paging.")
B(ADVANCED_CORRELATIONS, "MISP.enable_advanced_correlations", "0", CRITICAL,
	"Addresses correlate with networks that hold them. This engine always does so: kept for clients.")
SETTING_ROW(CORRELATION_ENGINE, "MISP.correlation_engine", SETTING_TEXT, "Default", 0, 0, "Default:access control applies|NoAcl:kept for clients, access control applies",
	SETTING_CRITICAL, 0, "Name of the correlation engine; there is one, and it never shows what its reader may not see.")

/* sightings */
O(SIGHTINGS_POLICY, "Plugin.Sightings_policy", "0",
	"0:the event's organisation sees all, others their own|1:who has sighted the event sees all|2:everyone sees all|3:own, and those of the organisation that runs the instance",
	RECOMMENDED, "Who sees the sightings of an event.")
N(SIGHTINGS_ANONYMISE_AS, "Plugin.Sightings_anonymise_as", "0", 0, INT32_MAX, RECOMMENDED, "Organisation under which sightings are pushed to peers; 0: their own.")

/* people */
T(WELCOME_TEXT, "MISP.welcome_text_top", "", OPTIONAL, "Shown on the login page.")
T(TERMS_FILE, "MISP.terms_file", "", RECOMMENDED, "File in the folder terms of the data folder that users must accept in a browser; empty: none.")
J(AUTH, "Security.auth", OPTIONAL, "Ways to log in beside the password: [\"ShibbAuth.ApacheShibb\"] for headers of a login service in front of this server.")
B(AUTH_ENFORCED, "Security.auth_enforced", "0", OPTIONAL, "No login by password: only the ways of Security.auth.")
T(SHIBB_MAIL, "ApacheShibbAuth.MailTag", "", OPTIONAL, "Header with the mail address of who is logged in (HTTP_EMAIL_TAG: Email-Tag), believed from the proxies of serve only.")
T(SHIBB_ORG, "ApacheShibbAuth.OrgTag", "", OPTIONAL, "Header with the name or uuid of the organisation.")
T(SHIBB_GROUP, "ApacheShibbAuth.GroupTag", "", OPTIONAL, "Header with the groups.")
T(SHIBB_SEPARATOR, "ApacheShibbAuth.GroupSeparator", ";", OPTIONAL, "What stands between two groups.")
J(SHIBB_ROLES, "ApacheShibbAuth.GroupRoleMatching", OPTIONAL, "Groups and their roles: {\"group\": role id}; of several the lowest id counts.")
N(SHIBB_DEFAULT_ROLE, "ApacheShibbAuth.DefaultRole", "0", 0, INT32_MAX, OPTIONAL, "Role of all who have a group with a role; 0: that of the group.")
T(SHIBB_DEFAULT_ORG, "ApacheShibbAuth.DefaultOrg", "", OPTIONAL, "Organisation of who comes without one.")
B(SHIBB_USE_DEFAULT_ORG, "ApacheShibbAuth.UseDefaultOrg", "0", OPTIONAL, "All belong to the default organisation.")
B(SHIBB_KEEP_ROLE, "ApacheShibbAuth.BlockRoleModifications", "0", OPTIONAL, "Roles of known users stay as they are.")
B(SHIBB_KEEP_ORG, "ApacheShibbAuth.BlockOrgModifications", "0", OPTIONAL, "Organisations of known users stay as they are.")
B(SELF_REGISTRATION, "Security.allow_self_registration", "0", RECOMMENDED, "Anybody may ask for an account.")
T(SELF_REGISTRATION_TEXT, "Security.self_registration_message", "", OPTIONAL, "Shown on the page where an account is asked for.")
N(PASSWORD_LENGTH, "Security.password_policy_length", "12", 6, 128, OPTIONAL, "Least number of characters of a password.")
T(PASSWORD_REGEX, "Security.password_policy_complexity", "/^((?=.*\\d)|(?=.*\\W+))(?![\\n])(?=.*[A-Z])(?=.*[a-z]).*$|.{16,}/", OPTIONAL,
	"Regular expression that a password must match.")
B(PASSWORD_CONFIRM, "Security.require_password_confirmation", "0", RECOMMENDED, "The current password is asked for when a user changes his account in a browser.")
N(LOGIN_TRIES, "SecureAuth.amount", "5", 1, 1000, CRITICAL, "Failed logins after which further ones are refused for a while.")
N(LOGIN_LOCK, "SecureAuth.expire", "300", 1, 86400, CRITICAL, "Seconds for which logins are refused after too many failed ones.")
B(OTP_DISABLED, "Security.otp_disabled", "0", RECOMMENDED, "One-time passwords cannot be enrolled.")
B(OTP_REQUIRED, "Security.otp_required", "0", OPTIONAL, "Every user must enrol one-time passwords.")
T(OTP_ISSUER, "Security.otp_issuer", "", OPTIONAL, "Name shown by the program that makes one-time passwords.")
N(SESSION_TIMEOUT, "Session.timeout", "600", 1, 525600, CRITICAL, "Minutes of rest after which a session ends.")
N(SESSION_COOKIE, "Session.cookieTimeout", "10080", 1, 525600, CRITICAL, "Minutes after which a session ends whatever its use.")
B(LOGIN_CHANGE_OFF, "MISP.disable_user_login_change", "0", RECOMMENDED, "Only site admins change mail addresses.")
B(PASSWORD_CHANGE_OFF, "MISP.disable_user_password_change", "0", RECOMMENDED, "Only site admins change passwords.")
B(USER_ADD_OFF, "MISP.disable_user_add", "0", RECOMMENDED, "No user can be added.")
B(SELF_MANAGEMENT_OFF, "MISP.disableUserSelfManagement", "0", RECOMMENDED, "Users cannot change their own account.")
B(ADVANCED_KEYS, "Security.advanced_authkeys", "1", CRITICAL, "Users have several keys with expiry, allowed addresses, comment; off: one each.")
N(KEY_VALIDITY, "Security.advanced_authkeys_validity", "0", 0, 36500, OPTIONAL, "Days after which a key expires at the latest; 0: never.")
B(KEY_IPS_MANDATORY, "Security.mandate_ip_allowlist_advanced_authkeys", "0", OPTIONAL, "A key must name the addresses it may be used from.")
B(KEY_SESSION, "Security.authkey_keep_session", "0", OPTIONAL, "Kept for clients: a call with a key begins no session.")
B(ADMINS_IN_HOST_ORG, "Security.limit_site_admins_to_host_org", "0", RECOMMENDED, "Only users of the organisation that runs the instance can be site admins.")
B(HIDE_ORGS, "Security.hide_organisation_index_from_users", "0", RECOMMENDED, "Users see only organisations whose contributions they can see.")
B(HIDE_GROUP_ORGS, "Security.hide_organisations_in_sharing_groups", "0", RECOMMENDED, "Users without the right to make sharing groups do not see their members.")
B(USER_MONITORING, "Security.user_monitoring_enabled", "0", RECOMMENDED, "Requests of users marked as monitored are logged.")
B(USERNAME_HEADER, "Security.username_in_response_header", "0", OPTIONAL, "Answers carry a header X-Username.")
B(CHECK_SEC_FETCH, "Security.check_sec_fetch_site_header", "1", CRITICAL, "Writes that a browser sends from another site are refused.")

/* the log */
B(LOG_AUTH, "MISP.log_auth", "0", RECOMMENDED, "Each use of a key is logged.")
B(LOG_AUTH_FAIL_EACH, "Security.log_each_individual_auth_fail", "0", RECOMMENDED, "Each failed login is logged, also many of one kind.")
B(LOG_PARANOID, "MISP.log_paranoid", "0", CRITICAL, "Each request is logged.")
B(LOG_PARANOID_API, "MISP.log_paranoid_api", "0", CRITICAL, "Each request with a key is logged.")
B(LOG_PARANOID_BODY, "MISP.log_paranoid_include_post_body", "0", CRITICAL, "Kept for clients: bodies are not logged, they may hold secrets.")
B(LOG_PARANOID_SKIP_DB, "MISP.log_paranoid_skip_db", "0", CRITICAL, "With MISP.log_paranoid: to syslog only.")
B(LOG_USER_IPS, "MISP.log_user_ips", "0", CRITICAL, "Kept for clients: log entries always carry the address.")
B(LOG_USER_IPS_KEYS, "MISP.log_user_ips_authkeys", "0", RECOMMENDED, "Kept for clients: the addresses that a key is used from are always kept.")
B(LOG_CLIENT_IP, "MISP.log_client_ip", "1", RECOMMENDED, "Kept for clients: log entries always carry the address.")
B(LOG_NEW_AUDIT, "MISP.log_new_audit", "1", RECOMMENDED, "Changes are logged field by field. This log always does so: kept for clients.")
B(SYSLOG, "Security.syslog", "0", CRITICAL, "Log entries also go to syslog.")
T(SYSLOG_IDENT, "Security.syslog_ident", "misp", OPTIONAL, "Name under which entries go to syslog.")
X(SALT, "Security.salt", CRITICAL, "Kept for clients, not used.")

/* mail */
B(PUBLISH_ALERT_DEFAULT, "MISP.default_publish_alert", "1", CRITICAL, "New users get mails about published events.")
T(GPG_HOME, "GnuPG.homedir", "", CRITICAL, "Folder of the keys of GnuPG; empty: gnupg in the data folder.")
T(GPG_EMAIL, "GnuPG.email", "", CRITICAL, "Mail address of the key that signs.")
X(GPG_PASSWORD, "GnuPG.password", RECOMMENDED, "Pass phrase of the key that signs.")

/* services */
B(ZMQ, "Plugin.ZeroMQ_enable", "0", OPTIONAL, "Changes are sent out over ZeroMQ.")
T(ZMQ_HOST, "Plugin.ZeroMQ_host", "127.0.0.1", OPTIONAL, "Address on which subscribers connect.")
N(ZMQ_PORT, "Plugin.ZeroMQ_port", "50000", 1, 65535, OPTIONAL, "Port on which subscribers connect.")
#undef B
#undef N
#undef O
#undef T
#undef J
#undef X
