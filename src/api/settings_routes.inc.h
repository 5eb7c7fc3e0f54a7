/* settings_routes.inc.h - rows of the route table for the settings of the instance; included by routes.c. */
{ HTTP_GET, "/servers/serverSettings/:tab?", servers_settings, PERM(SITE_ADMIN), ROUTE_READ, 0, "ServerSettings" },
{ HTTP_GET, "/servers/getSetting/:name", servers_setting_view, PERM(SITE_ADMIN), ROUTE_READ, 0, "ServerSetting" },
{ HTTP_GET, "/servers/serverSettingsEdit/:name", servers_setting_edit, PERM(SITE_ADMIN), ROUTE_READ, 0, "ServerSettingValue" },
{ HTTP_POST, "/servers/serverSettingsEdit/:name", servers_setting_edit, PERM(SITE_ADMIN), ROUTE_WRITE, 1 << 20, "Saved" },
