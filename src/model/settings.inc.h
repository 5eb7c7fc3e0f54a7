/* settings.inc.h - rows of the table of setting.h: id, name, type, default, lowest, highest, options, level, flags, what it does. */
#define B(id, name, dflt, level, text) SETTING_ROW(id, name, SETTING_BOOL, dflt, 0, 1, NULL, SETTING_##level, 0, text)
#define N(id, name, dflt, lo, hi, level, text) SETTING_ROW(id, name, SETTING_NUMBER, dflt, lo, hi, NULL, SETTING_##level, 0, text)
#define O(id, name, dflt, options, level, text) SETTING_ROW(id, name, SETTING_NUMBER, dflt, 0, INT32_MAX, options, SETTING_##level, 0, text)
#define T(id, name, dflt, level, text) SETTING_ROW(id, name, SETTING_TEXT, dflt, 0, 0, NULL, SETTING_##level, 0, text)
#define X(id, name, level, text) SETTING_ROW(id, name, SETTING_TEXT, "", 0, 0, NULL, SETTING_##level, SETTING_SECRET, text)

/* the instance */
B(LIVE, "MISP.live", "1", CRITICAL, "Off: only site admins may use the instance.")
T(BASEURL, "MISP.baseurl", "", CRITICAL, "Address under which users reach the instance; goes into mails and links.")
T(ORG, "MISP.org", "ORGNAME", RECOMMENDED, "Short name of the organisation that runs the instance; goes into the subjects of mails.")
N(HOST_ORG, "MISP.host_org_id", "1", 0, INT32_MAX, CRITICAL, "Id of the organisation that runs the instance.")
T(EMAIL, "MISP.email", "", CRITICAL, "Sender of the mails of the instance.")
T(CONTACT, "MISP.contact", "", RECOMMENDED, "Mail address of the people who run the instance.")
T(MAINTENANCE_MESSAGE, "MISP.maintenance_message", "The instance is under maintenance.", OPTIONAL, "Shown to those who come while MISP.live is off.")
B(BACKGROUND_JOBS, "MISP.background_jobs", "1", RECOMMENDED, "Long work is done by jobs; off: within the call.")
O(DEBUG, "debug", "0", "0:off|1:on|2:on, with statements", CRITICAL, "How much the log says.")

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
B(PROPOSALS_BLOCK, "MISP.proposals_block_attributes", "0", OPTIONAL, "Attributes with an open proposal to remove them or their to_ids are left out of exports for detection.")
B(DELEGATION, "MISP.delegation", "0", RECOMMENDED, "Users may ask another organisation to publish an event for them.")
B(SANITISE_DELETED, "Security.sanitise_attribute_on_delete", "0", RECOMMENDED, "A soft-deleted attribute loses its value and comment.")
N(HISTORY_DAYS, "MISP.history_retention_days", "0", 0, 36500, OPTIONAL, "Days for which earlier versions are kept; 0: for ever.")
N(LOG_DAYS, "MISP.log_retention_days", "0", 0, 36500, OPTIONAL, "Days for which entries of the audit log are kept; 0: for ever.")

/* correlation */
N(CORRELATIONS_PER_EVENT, "MISP.max_correlations_per_event", "5000", 0, INT32_MAX, RECOMMENDED,
	"Related events shown with an event; every further one is reached by paging.")
B(ADVANCED_CORRELATIONS, "MISP.enable_advanced_correlations", "0", CRITICAL,
	"Addresses correlate with networks that hold them. This engine always does so: kept for clients.")
SETTING_ROW(CORRELATION_ENGINE, "MISP.correlation_engine", SETTING_TEXT, "Default", 0, 0, "Default:access control applies|NoAcl:kept for clients, access control applies",
	SETTING_CRITICAL, 0, "Name of the correlation engine; there is one, and it never shows what its reader may not see.")
B(CORRELATION_OFF, "MISP.completely_disable_correlation", "0", CRITICAL, "No correlations are shown.")
B(CORRELATION_MAY_DISABLE, "MISP.allow_disabling_correlation", "0", CRITICAL, "Users may switch correlation off for an event or attribute.")

/* sightings */
O(SIGHTINGS_POLICY, "Plugin.Sightings_policy", "0",
	"0:the event's organisation sees all, others their own|1:who has sighted the event sees all|2:everyone sees all|3:own, and those of the organisation that runs the instance",
	RECOMMENDED, "Who sees the sightings of an event.")
B(SIGHTINGS_ANONYMISE, "Plugin.Sightings_anonymise", "0", RECOMMENDED, "Sightings of other organisations are shown without their organisation.")
N(SIGHTINGS_ANONYMISE_AS, "Plugin.Sightings_anonymise_as", "0", 0, INT32_MAX, RECOMMENDED, "Organisation under which sightings are pushed to peers; 0: their own.")
N(SIGHTINGS_RANGE, "Plugin.Sightings_range", "365", 1, 36500, RECOMMENDED, "Days of sightings shown with an event.")

/* people */
B(SELF_REGISTRATION, "Security.allow_self_registration", "0", RECOMMENDED, "Anybody may ask for an account.")
T(SELF_REGISTRATION_TEXT, "Security.self_registration_message", "", OPTIONAL, "Shown on the page where an account is asked for.")
B(PASSWORD_FORGOTTEN, "Security.allow_password_forgotten", "0", RECOMMENDED, "Users may have a new password sent to them.")
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
B(KEY_SESSION, "Security.authkey_keep_session", "0", OPTIONAL, "A call with a key begins a session whose cookie may be used instead of it.")
B(ADMINS_IN_HOST_ORG, "Security.limit_site_admins_to_host_org", "0", RECOMMENDED, "Only users of the organisation that runs the instance can be site admins.")
B(HIDE_ORGS, "Security.hide_organisation_index_from_users", "0", RECOMMENDED, "Users see only organisations whose contributions they can see.")
B(HIDE_GROUP_ORGS, "Security.hide_organisations_in_sharing_groups", "0", RECOMMENDED, "Users without the right to make sharing groups do not see their members.")
B(DISCLOSE_EMAILS, "Security.disclose_user_emails", "0", CRITICAL, "Users see the mail addresses of other organisations' users.")
B(USER_MONITORING, "Security.user_monitoring_enabled", "0", RECOMMENDED, "Requests of users marked as monitored are logged.")
B(USERNAME_HEADER, "Security.username_in_response_header", "0", OPTIONAL, "Answers carry a header X-Username.")
B(CHECK_SEC_FETCH, "Security.check_sec_fetch_site_header", "1", CRITICAL, "Writes that a browser sends from another site are refused.")

/* the log */
B(LOG_AUTH, "MISP.log_auth", "0", RECOMMENDED, "Each use of a key is logged.")
B(LOG_AUTH_FAIL_EACH, "Security.log_each_individual_auth_fail", "0", RECOMMENDED, "Each failed login is logged, also many of one kind.")
B(LOG_PARANOID, "MISP.log_paranoid", "0", CRITICAL, "Each request is logged.")
B(LOG_PARANOID_API, "MISP.log_paranoid_api", "0", CRITICAL, "Each request with a key is logged.")
B(LOG_PARANOID_BODY, "MISP.log_paranoid_include_post_body", "0", CRITICAL, "With MISP.log_paranoid: with the bodies of requests.")
B(LOG_PARANOID_SKIP_DB, "MISP.log_paranoid_skip_db", "0", CRITICAL, "With MISP.log_paranoid: to syslog only.")
B(LOG_USER_IPS, "MISP.log_user_ips", "0", CRITICAL, "The addresses that a user comes from are kept.")
B(LOG_USER_IPS_KEYS, "MISP.log_user_ips_authkeys", "0", RECOMMENDED, "The addresses that a key is used from are kept.")
B(LOG_CLIENT_IP, "MISP.log_client_ip", "1", RECOMMENDED, "Log entries carry the address of the client.")
B(LOG_NEW_AUDIT, "MISP.log_new_audit", "1", RECOMMENDED, "Changes are logged field by field. This log always does so: kept for clients.")
B(SYSLOG, "Security.syslog", "0", CRITICAL, "Log entries also go to syslog.")
T(SYSLOG_IDENT, "Security.syslog_ident", "misp", OPTIONAL, "Name under which entries go to syslog.")
B(API_ACCESS_TIME, "MISP.store_api_access_time", "0", RECOMMENDED, "The time of a user's last call with a key is kept.")
X(SALT, "Security.salt", CRITICAL, "Kept for clients, not used.")

/* mail */
B(EMAILING_OFF, "MISP.disable_emailing", "0", CRITICAL, "No mail is sent.")
B(PUBLISH_ALERT_DEFAULT, "MISP.default_publish_alert", "1", CRITICAL, "New users get mails about published events.")
B(ALERT_METADATA_ONLY, "MISP.event_alert_metadata_only", "0", OPTIONAL, "Mails about published events hold no attributes.")
B(ALERT_SUMMARY_ONLY, "MISP.publish_alerts_summary_only", "0", RECOMMENDED, "Mails about published events hold a summary only.")
B(ALERT_BLOCKED, "MISP.block_event_alert", "0", RECOMMENDED, "No mail about events with the tag MISP.block_event_alert_tag.")
T(ALERT_BLOCKED_TAG, "MISP.block_event_alert_tag", "no-alerts=\"true\"", RECOMMENDED, "See MISP.block_event_alert.")
B(ALERT_REPUBLISH_BAN, "MISP.event_alert_republish_ban", "0", RECOMMENDED, "No second mail about an event that is published again soon.")
N(ALERT_REPUBLISH_MINUTES, "MISP.event_alert_republish_ban_threshold", "5", 1, 525600, RECOMMENDED, "Minutes, see MISP.event_alert_republish_ban.")
B(ALERT_REPUBLISH_REFRESH, "MISP.event_alert_republish_ban_refresh_on_retry", "0", RECOMMENDED, "A publication that sends no mail begins the time anew.")
B(ALERT_OLD, "MISP.block_old_event_alert", "0", RECOMMENDED, "No mail about old events.")
N(ALERT_OLD_DAYS, "MISP.block_old_event_alert_age", "0", 0, 36500, RECOMMENDED, "Days since the last change, see MISP.block_old_event_alert.")
N(ALERT_OLD_DATE, "MISP.block_old_event_alert_by_date", "0", 0, 36500, RECOMMENDED, "Days since the date of the event, see MISP.block_old_event_alert.")
N(ALERT_ORG_THRESHOLD, "MISP.org_alert_threshold", "0", 0, INT32_MAX, RECOMMENDED, "Mails a day about the events of one organisation; 0: any number.")
B(ALERT_EXTENDED_SUBJECT, "MISP.extended_alert_subject", "0", RECOMMENDED, "Subjects of mails hold the event's title.")
B(SUBJECT_THREAT_LEVEL, "MISP.threatlevel_in_email_subject", "1", OPTIONAL, "Subjects of mails hold the threat level.")
T(SUBJECT_TLP, "MISP.email_subject_TLP_string", "tlp:amber", OPTIONAL, "Put into the subject when the event has no such tag.")
T(SUBJECT_TAG, "MISP.email_subject_tag", "tlp", OPTIONAL, "Namespace of the tag that goes into subjects.")
B(SUBJECT_TAG_NAME, "MISP.email_subject_include_tag_name", "1", OPTIONAL, "The namespace goes into the subject, too.")
T(EMAIL_FROM_NAME, "MISP.email_from_name", "", OPTIONAL, "Name beside the address of the sender.")
T(EMAIL_REPLY_TO, "MISP.email_reply_to", "", OPTIONAL, "Address that answers go to.")
T(NEW_USER_TEXT, "MISP.newUserText",
	"Welcome,\\n\\nan account was made for you at $org.\\n\\nAddress: $misp\\nUser: $username\\nPassword: $password\\n\\nQuestions: $contact\\n", RECOMMENDED,
	"Mail to a new user.")
T(PASSWORD_RESET_TEXT, "MISP.passwordResetText",
	"Hello,\\n\\nyour password at $org was reset.\\n\\nAddress: $misp\\nPassword: $password\\n\\nQuestions: $contact\\n", RECOMMENDED, "Mail with a new password.")
T(GPG_HOME, "GnuPG.homedir", "", CRITICAL, "Folder of the keys of GnuPG; empty: gnupg in the data folder.")
T(GPG_EMAIL, "GnuPG.email", "", CRITICAL, "Mail address of the key that signs.")
X(GPG_PASSWORD, "GnuPG.password", RECOMMENDED, "Pass phrase of the key that signs.")
B(GPG_SIGN, "GnuPG.sign", "1", OPTIONAL, "Mails are signed.")
B(GPG_ONLY_ENCRYPTED, "GnuPG.onlyencrypted", "0", CRITICAL, "No mail to users without a key.")
B(GPG_BODY_ONLY_ENCRYPTED, "GnuPG.bodyonlyencrypted", "0", OPTIONAL, "Mails with event data only to users with a key.")
B(GPG_OBSCURE_SUBJECT, "GnuPG.obscure_subject", "0", OPTIONAL, "Encrypted mails have no telling subject.")
B(SMIME_ENABLED, "SMIME.enabled", "0", OPTIONAL, "Mails to users with a certificate are encrypted by S/MIME.")

/* services */
B(ENRICHMENT, "Plugin.Enrichment_services_enable", "0", CRITICAL, "Attributes can be enriched by misp-modules.")
T(ENRICHMENT_URL, "Plugin.Enrichment_services_url", "http://127.0.0.1", RECOMMENDED, "Address of misp-modules.")
N(ENRICHMENT_PORT, "Plugin.Enrichment_services_port", "6666", 1, 65535, RECOMMENDED, "Port of misp-modules.")
N(ENRICHMENT_TIMEOUT, "Plugin.Enrichment_timeout", "10", 1, 3600, RECOMMENDED, "Seconds for an answer of misp-modules.")
B(ENRICHMENT_HOVER, "Plugin.Enrichment_hover_enable", "0", CRITICAL, "Enrichment when a value is pointed at.")
N(ENRICHMENT_HOVER_TIMEOUT, "Plugin.Enrichment_hover_timeout", "5", 1, 3600, RECOMMENDED, "Seconds for such an answer.")
B(ZMQ, "Plugin.ZeroMQ_enable", "0", OPTIONAL, "Changes are sent out over ZeroMQ.")
T(ZMQ_HOST, "Plugin.ZeroMQ_host", "127.0.0.1", OPTIONAL, "Address on which subscribers connect.")
N(ZMQ_PORT, "Plugin.ZeroMQ_port", "50000", 1, 65535, OPTIONAL, "Port on which subscribers connect.")
#undef B
#undef N
#undef O
#undef T
#undef X
