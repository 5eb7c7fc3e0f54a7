"""Users, organisations, roles, keys, settings: what an administrator does with them, and the shapes of the answers."""

import json
import unittest
import uuid

import shapes
from harness import ADMIN_EMAIL, ADMIN_KEY, ROLES, ApiTest

PASSWORD = "Correct-horse-battery-9"

USER_FLAGS = {"autoalert": "bool", "termsaccepted": "bool", "change_pw": "bool", "contactalert": "bool",
              "disabled": "bool", "force_logout": "bool"}
USER_LIST = {
    "id": "id", "org_id": "id", "server_id": "id", "email": "str", "invited_by": "id", "gpgkey": "null/str",
    "certif_public": "str", "nids_sid": "id", "newsread": "id", "role_id": "id", "expiration": "null/str",
    "current_login": "time", "last_login": "time", "last_api_access": "time", "date_created": "time",
    "date_modified": "time", "last_pw_change": "time", **USER_FLAGS,
}
USER_ADMIN = {
    **USER_LIST, "password": "str", "authkey?": "str", "sub": "null", "external_auth_required": "bool",
    "external_auth_key": "str", "notification_daily": "bool", "notification_weekly": "bool",
    "notification_monthly": "bool", "totp": "null", "hotp_counter": "null", "totp_is_set": "str",
}
ORG = {
    "id": "id", "name": "str", "date_created": "str", "date_modified": "str", "description": "null/str", "type": "str",
    "nationality": "str", "sector": "str", "created_by": "id", "uuid": "uuid", "contacts": "null/str", "local": "bool",
    "restricted_to_domain": "any", "landingpage": "null/str",
}
KEY = {
    "id": "id", "uuid": "uuid", "authkey_start": "str", "authkey_end": "str", "created": "time", "expiration": "time",
    "read_only": "bool", "user_id": "id", "comment": "null/str", "allowed_ips": "any", "unique_ips": [],
}
SETTING = {"id": "id", "setting": "str", "value": "any", "user_id": "id", "timestamp": "time"}
OK = {"saved": "bool", "success": "bool", "name": "str", "message": "str", "url": "str", "id?": "id"}


class PeopleTest(ApiTest):

    def assert_ok(self, a, message):
        self.assert_status(a, 200)
        self.assert_shape(a.body, OK)
        self.assertEqual((a.body["message"], a.body["name"], a.body["saved"]), (message, message, True))

    def assert_rejected(self, a, field=None):
        self.assert_status(a, 403)
        self.assertIs(a.body.get("saved"), False, a.body)
        if field:
            self.assertIn(field, a.body["errors"])
            self.assertIsInstance(a.body["errors"][field], list)

    def email(self):
        return f"u-{self.token}-{uuid.uuid4().hex[:6]}@user.test"


class Users(PeopleTest):

    def test_add_view_edit_delete(self):
        org, email = self.add_org(), self.email()
        a = self.post("/admin/users/add", {"email": email, "org_id": org["id"], "role_id": "4", "password": PASSWORD})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"User": USER_ADMIN})
        user = a.body["User"]
        self.assertRegex(user["authkey"], r"^[A-Za-z0-9]{40}$")
        self.assertEqual((user["email"], user["org_id"], user["role_id"]), (email, org["id"], "4"))
        self.assertNotIn(PASSWORD, json.dumps(a.body))
        self.assertIs(user["change_pw"], True)
        self.assertEqual(self.get("/users/view/me", key=user["authkey"]).body["User"]["id"], user["id"])

        a = self.post(f"/admin/users/edit/{user['id']}", {**user, "email": "x" + email, "autoalert": True,
                                                          "password": "*****"})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"User": USER_ADMIN})
        self.assertEqual((a.body["User"]["email"], a.body["User"]["autoalert"]), ("x" + email, True))
        self.assertNotIn("authkey", a.body["User"])
        a = self.get(f"/users/view/{user['id']}")
        self.assert_shape(a.body, shapes.USER_ME)
        self.assertEqual((a.body["User"]["email"], a.body["Organisation"]["id"]), ("x" + email, org["id"]))
        # a part of a user leaves the rest
        a = self.post(f"/admin/users/edit/{user['id']}", {"role_id": 3})
        self.assertEqual((a.body["User"]["role_id"], a.body["User"]["autoalert"]), ("3", True))

        self.assert_ok(self.post(f"/admin/users/delete/{user['id']}"), "User deleted.")
        self.assert_error(self.get(f"/users/view/{user['id']}"), 404)
        self.assert_error(self.post(f"/admin/users/delete/{user['id']}"), 404)

    def test_wrapped(self):
        a = self.post("/admin/users/add", {"User": {"email": self.email(), "password": PASSWORD}})
        self.assert_status(a, 200)
        # without an organisation: the admin's own
        self.assertEqual(a.body["User"]["org_id"], "1")

    def test_rejected(self):
        for field, body in (("email", {}), ("email", {"email": "no address"}),
                            ("email", {"email": ADMIN_EMAIL.upper()}),
                            ("password", {"email": self.email(), "password": "short"}),
                            ("password", {"email": self.email(), "password": "lowercase-only"}),
                            ("role_id", {"email": self.email(), "role_id": "99"}),
                            ("org_id", {"email": self.email(), "org_id": "99999"}),
                            ("nids_sid", {"email": self.email(), "nids_sid": "x"}),
                            ("expiration", {"email": self.email(), "expiration": "soon"})):
            with self.subTest(field=field, body=body):
                self.assert_rejected(self.post("/admin/users/add", body), field)
        for body in ("{", "nonsense", '{"email": 1', '"text"'):
            with self.subTest(body=body):
                self.assert_error(self.post("/admin/users/add", body), 400)
        self.assert_error(self.post("/admin/users/edit/99999", {"autoalert": True}), 404)
        self.assert_error(self.post("/admin/users/edit/nobody", {"autoalert": True}), 404)

    def test_list(self):
        key = self.add_user("User", email=self.email())
        a = self.get("/admin/users/index")
        self.assert_status(a, 200)
        self.assert_shape(a.body, [{
            "User": USER_LIST,
            "Role": {"id": "id", "name": "str", "perm_auth": "bool", "perm_site_admin": "bool", "perm_admin": "bool"},
            "Organisation": {"id": "id", "name": "str"},
        }])
        self.assertEqual(a.headers["X-Result-Count"], str(len(a.body)))
        mine, org = [key.user["id"]], key.org["id"]
        for path in (f"value:{key.user['email']}", f"value:{key.user['email'].upper()}", f"value:{key.org['name']}",
                     f"value:{key.user['email']}/searchorg:{org}", f"searchorg:{org}", f"searchorg:{key.org['uuid']}"):
            with self.subTest(path=path):
                found = self.get("/admin/users/index/" + path.replace(" ", "%20")).body
                self.assertEqual([u["User"]["id"] for u in found], mine)
        self.assertEqual(self.get(f"/admin/users/index/value:{key.user['email']}/searchorg:1").body, [])
        self.assertEqual(self.get("/admin/users/index/searchorg:nowhere").body, [])

    def test_own_profile(self):
        key = self.add_user("User")
        body = {"autoalert": True, "change_pw": False, "role_id": 1, "org_id": 1, "email": "m-" + self.email()}
        a = self.post(f"/users/edit/{key.user['id']}", body, key=key)
        self.assert_status(a, 200)
        self.assert_shape(a.body, shapes.USER_ME)
        self.assertIs(a.body["User"]["autoalert"], True)
        self.assertTrue(a.body["User"]["email"].startswith("m-"))
        self.assertEqual((a.body["User"]["role_id"], a.body["User"]["org_id"], a.body["User"]["change_pw"]),
                         (ROLES["User"], key.org["id"], key.user["change_pw"]))
        # somebody else's number changes nothing of his
        self.post("/users/edit/1", {"autoalert": True}, key=key)
        self.assertIs(self.get("/users/view/1").body["User"]["autoalert"], False)

    def test_change_password(self):
        key = self.add_user("User")
        self.assert_rejected(self.post("/users/change_pw", {"password": "short"}, key=key))
        self.assert_rejected(self.post("/users/change_pw", {}, key=key))
        a = self.post("/users/change_pw", {"password": "Password1234"}, key=key)
        self.assert_ok(a, "Password Changed.")
        self.assert_rejected(self.post("/users/change_pw", {"password": "Password1234"}, key=key))
        self.assertIs(self.get("/users/view/me", key=key).body["User"]["change_pw"], False)

    def test_domains(self):
        # an organisation may take users of certain mail domains only
        org = self.add_org(restricted_to_domain=["one.test", "two.test"])
        chief = self.add_user("Org Admin", org=org, email=f"chief{self.token}@one.test")
        for domain, status in (("one.test", 200), ("sub.two.test", 200), ("xone.test", 403), ("three.test", 403)):
            with self.subTest(domain=domain):
                a = self.post("/admin/users/add", {"email": f"x{self.token}@{domain}", "password": PASSWORD}, key=chief)
                self.assert_status(a, status)


    def test_more_fields(self):
        key = self.add_user("User")
        fields = {"notification_daily": True, "notification_weekly": True, "notification_monthly": True, "newsread": "17",
                  "external_auth_required": True, "external_auth_key": "abc"}
        a = self.post(f"/admin/users/edit/{key.user['id']}", fields)
        self.assert_status(a, 200)
        self.assertEqual({k: a.body["User"][k] for k in fields}, fields)
        a = self.post("/users/edit/me", {"notification_daily": False, "external_auth_required": False}, key=key)
        self.assertEqual((a.body["User"]["notification_daily"], a.body["User"]["external_auth_required"], a.body["User"]["external_auth_key"]),
                         (False, True, "*****"))
        self.assert_rejected(self.post("/users/edit/me", {"newsread": "x"}, key=key), "newsread")

    def test_filters(self):
        org = self.add_org()
        one, two = self.add_user("User", org=org), self.add_user("Publisher", org=org)
        self.assert_status(self.post(f"/admin/users/edit/{two.user['id']}", {"autoalert": True, "disabled": True, "termsaccepted": True,
                                                                             "contactalert": True}), 200)
        self.assertIs(one.user["autoalert"], True)  # MISP.default_publish_alert
        self.assert_status(self.post(f"/admin/users/edit/{one.user['id']}", {"autoalert": False}), 200)
        a, b = one.user["id"], two.user["id"]
        for path, want in (("searchrole:3", [a]), ("searchrole:3|4", [a, b]), ("searchrole:!3", [b]), ("searchautoalert:1", [b]),
                           ("searchautoalert:0", [a]), ("searchdisabled:1", [b]), ("searchtermsaccepted:0", [a]), ("searchcontactalert:1", [b]),
                           (f"searchemail:{one.user['email']}|{two.user['email']}", [a, b]), (f"searchemail:!{one.user['email']}", [b]),
                           ("searchinactive:1", [a, b]), ("searchrole:9", [])):
            with self.subTest(path=path):
                got = self.get(f"/admin/users/index/searchorg:{org['id']}/" + path.replace("|", "%7C"))
                self.assert_status(got, 200)
                self.assertEqual([u["User"]["id"] for u in got.body], want)

    def test_site_admins_at_home(self):
        org, path = self.add_org(), "/servers/serverSettingsEdit/Security.limit_site_admins_to_host_org"
        key = self.add_user("User", org=org)
        self.assert_status(self.post(path, {"value": True}), 200)
        self.addCleanup(self.post, path, {"value": False})
        self.assert_rejected(self.post(f"/admin/users/edit/{key.user['id']}", {"role_id": 1}), "role_id")
        self.assert_rejected(self.post("/admin/users/add", {"email": self.email(), "org_id": org["id"], "role_id": 1}), "role_id")
        self.assert_status(self.post(f"/admin/users/edit/{key.user['id']}", {"role_id": 1, "org_id": 1}), 200)


class Organisations(PeopleTest):

    def test_merge(self):
        a, b, other = self.add_org(), self.add_org(local=False), self.add_org()
        user = self.add_user("Org Admin", org=a)
        event = self.new_event(key=user)
        group = self.post("/sharing_groups/add", {"name": f"g {self.token}", "releasability": "x"}).body["SharingGroup"]
        for o in (a, b):
            self.assert_status(self.post(f"/sharingGroups/addOrg/{group['id']}/{o['id']}"), 200)
        path = f"/admin/organisations/merge/{a['id']}"
        self.assert_error(self.post(path, {"target_id": b["id"]}, key=user), 403)
        for body in ({}, {"target_id": a["id"]}, {"target_id": "99999"}):
            self.assertIn(self.post(path, body).status, (403, 404))
        self.assert_ok(self.post(path, {"Organisation": {"targetType": 1, "orgsLocal": other["id"], "orgsExternal": b["id"]}}),
                       "The organisation has been successfully merged.")
        self.assert_error(self.get(f"/organisations/view/{a['id']}"), 404)
        self.assertIs(self.get(f"/organisations/view/{b['id']}").body["Organisation"]["local"], True)  # it has users now
        me = self.get("/users/view/me", key=user).body
        self.assertEqual(me["Organisation"]["id"], b["id"])
        e = self.get(f"/events/view/{event['id']}", key=user).body["Event"]
        self.assertEqual((e["org_id"], e["orgc_id"], e["Orgc"]["uuid"]), (b["id"], b["id"], b["uuid"]))
        members = self.get(f"/sharing_groups/view/{group['id']}").body["SharingGroupOrg"]
        self.assertEqual([m["org_id"] for m in members if m["org_id"] in (a["id"], b["id"])], [b["id"]])
        self.assert_ok(self.post(f"/admin/organisations/merge/{b['uuid']}/{other['id']}"), "The organisation has been successfully merged.")
        self.assertEqual(self.get("/users/view/me", key=user).body["Organisation"]["id"], other["id"])

    def test_uuids(self):
        org, away = self.add_org(), self.add_org(local=False)
        got = self.get("/organisations/getUUIDs", key=self.add_user("Sync user")).body
        self.assertIn(org["uuid"], got)
        self.assertNotIn(away["uuid"], got)
        self.assert_error(self.get("/organisations/getUUIDs", key=self.add_user("User")), 403)
        self.assertRegex(self.get("/admin/organisations/generateuuid").body["uuid"], r"^[0-9a-f-]{36}$")

    def test_add_view_edit_delete(self):
        a = self.post("/admin/organisations/add", {"name": f"o {self.token}"})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Organisation": ORG})
        org = a.body["Organisation"]
        self.assertIs(org["local"], True)
        user = self.add_user("User")
        for ref in (org["id"], org["uuid"], org["uuid"].upper(), org["name"].replace(" ", "%20"),
                    org["name"].upper().replace(" ", "+")):
            with self.subTest(ref=ref):
                a = self.get(f"/organisations/view/{ref}")
                self.assert_status(a, 200)
                want = {k: v for k, v in ORG.items() if k != "landingpage"}
                self.assert_shape(a.body, {"Organisation": {**want, "user_count": "id", "created_by_email": "str"}})
                self.assertEqual(a.body["Organisation"]["created_by_email"], ADMIN_EMAIL)
                self.assert_status(self.head(f"/organisations/view/{ref}"), 200)
                a = self.get(f"/organisations/view/{ref}", key=user)
                self.assertNotIn("created_by", a.body["Organisation"])
                self.assertNotIn("created_by_email", a.body["Organisation"])
        a = self.post(f"/admin/organisations/edit/{org['uuid']}",
                      {**org, "sector": "Bank", "local": False, "description": "d",
                       "restricted_to_domain": "a.test\nb.test"})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Organisation": ORG})
        e = a.body["Organisation"]
        self.assertEqual((e["sector"], e["local"], e["description"], e["restricted_to_domain"], e["name"]),
                         ("Bank", False, "d", ["a.test", "b.test"], org["name"]))
        a = self.post(f"/admin/organisations/edit/{org['id']}", {"Organisation": {"description": None}})
        self.assertEqual((a.body["Organisation"]["description"], a.body["Organisation"]["sector"]), (None, "Bank"))
        self.assert_ok(self.post(f"/admin/organisations/delete/{org['uuid']}"), "Organisation deleted")
        self.assert_error(self.get(f"/organisations/view/{org['id']}"), 404)
        self.assert_status(self.head(f"/organisations/view/{org['id']}"), 404)
        self.assert_error(self.post(f"/admin/organisations/delete/{org['id']}"), 404)

    def test_list(self):
        here, away = self.add_org(name=f"Hier {self.token}"), self.add_org(name=f"Weg {self.token}", local=False)
        user, chief = self.add_user("User"), self.add_user("Org Admin")

        def ids(path, key=ADMIN_KEY):
            a = self.get(path, key=key)
            self.assert_status(a, 200)
            self.assert_shape(a.body, [{
                "Organisation": {**{k: v for k, v in ORG.items() if k != "created_by"}, "created_by?": "id",
                                 "user_count": "id", "created_by_email?": "str"}
            }])
            return [o["Organisation"]["id"] for o in a.body]

        for path, has, lacks in (("/organisations", here, away), ("/organisations/index", here, away),
                                 ("/organisations/index/scope:local", here, away),
                                 ("/organisations/index/scope:external", away, here),
                                 ("/organisations/index/scope:something", here, away)):
            with self.subTest(path=path):
                self.assertIn(has["id"], ids(path))
                self.assertNotIn(lacks["id"], ids(path))
        self.assertTrue({here["id"], away["id"]} <= set(ids("/organisations/index/scope:all", key=user)))
        self.assertEqual(ids(f"/organisations/index/scope:all/searchall:HIER+{self.token.upper()}"), [here["id"]])
        self.assertEqual(ids("/organisations/index/scope:local/searchall:ORGNAME"), ["1"])
        self.assertEqual(ids(f"/organisations/index/searchall:{here['uuid'][:13]}"), [here["id"]])
        for key, full in ((ADMIN_KEY, True), (chief, False), (user, False)):
            for o in self.get("/organisations/index/scope:all", key=key).body:
                self.assertEqual("created_by_email" in o["Organisation"], full)

    def test_rejected(self):
        org = self.add_org()
        for field, body in (("name", {}), ("name", {"name": "  "}), ("name", {"name": org["name"].upper()}),
                            ("uuid", {"name": f"n{self.token}", "uuid": org["uuid"]}),
                            ("uuid", {"name": f"n{self.token}", "uuid": "none"})):
            with self.subTest(body=body):
                self.assert_rejected(self.post("/admin/organisations/add", body), field)
        # not while something belongs to it
        key = self.add_user("User", org=org)
        self.assert_rejected(self.post(f"/admin/organisations/delete/{org['id']}"))
        event = self.new_event(key=key)
        self.assert_status(self.post(f"/admin/users/delete/{key.user['id']}"), 200)
        self.assert_rejected(self.post(f"/admin/organisations/delete/{org['id']}"))
        self.assert_status(self.post(f"/events/delete/{event['id']}"), 200)
        self.assert_ok(self.post(f"/admin/organisations/delete/{org['id']}"), "Organisation deleted")


class Roles(PeopleTest):

    def test_add_edit_delete(self):
        a = self.post("/admin/roles/add", {"name": f"r {self.token}"})
        self.assert_status(a, 200)
        role = a.body["Role"]
        self.assert_shape(role, {**shapes.USER_ME["Role"]})
        self.assertEqual([k for k, v in role.items() if k.startswith("perm_") and v], [])
        self.assertEqual((role["permission"], role["permission_description"]), ("0", "read_only"))
        a = self.post(f"/admin/roles/edit/{role['id']}",
                      {**role, "perm_sighting": True, "perm_auth": True, "permission": "2", "max_execution_time": 1234})
        self.assert_status(a, 200)
        e = a.body["Role"]
        self.assertEqual(sorted(k for k, v in e.items() if k.startswith("perm_") and v),
                         ["perm_add", "perm_auth", "perm_modify", "perm_modify_org", "perm_sighting"])
        self.assertEqual((e["max_execution_time"], e["permission_description"]), ("1234", "manage_org"))
        a = self.post(f"/admin/roles/edit/{role['id']}", {"perm_tagger": "1"})
        self.assertTrue(a.body["Role"]["perm_tagger"] and a.body["Role"]["perm_add"])
        self.assertEqual(self.get(f"/roles/view/{role['id']}").body["Role"]["name"], role["name"])

        # what the role may do, its users may at once
        key = self.add_user("User")
        self.assert_status(self.post(f"/admin/users/edit/{key.user['id']}", {"role_id": role["id"]}), 200)
        self.assert_status(self.post("/events/add", {"info": "x"}, key=key), 200)
        self.assert_status(self.post(f"/admin/roles/edit/{role['id']}", {"perm_auth": False}), 200)
        self.assert_error(self.get("/users/view/me", key=key), 403)
        self.assert_rejected(self.post(f"/admin/roles/delete/{role['id']}"))
        self.assert_status(self.post(f"/admin/users/delete/{key.user['id']}"), 200)
        self.assert_ok(self.post(f"/admin/roles/delete/{role['id']}"), "Role deleted.")
        self.assert_error(self.get(f"/roles/view/{role['id']}"), 404)

    def test_rejected(self):
        for field, body in (("name", {}), ("name", {"name": "User"}),
                            ("memory_limit", {"name": "x", "memory_limit": "lots"}),
                            ("max_execution_time", {"name": "x", "max_execution_time": "long"}),
                            ("rate_limit_count", {"name": "x", "rate_limit_count": "-1"})):
            with self.subTest(body=body):
                self.assert_rejected(self.post("/admin/roles/add", body), field)
        self.assert_error(self.post("/admin/roles/edit/999", {"name": "x"}), 404)
        self.assert_error(self.post("/admin/roles/set_default/999"), 404)

    def test_default(self):
        try:
            self.assert_ok(self.post("/admin/roles/set_default/4"), "Default role set.")
            roles = self.get("/roles/index").body
            self.assertEqual([r["Role"]["id"] for r in roles if r["Role"]["default"]], ["4"])
            a = self.post("/admin/users/add", {"email": self.email()})
            self.assertEqual(a.body["User"]["role_id"], "4")
        finally:
            self.assert_ok(self.post("/admin/roles/set_default/3"), "Default role set.")


class Keys(PeopleTest):

    def test_add_view_edit_delete(self):
        user = self.add_user("User")
        a = self.post(f"/authKeys/add/{user.user['id']}",
                      {"comment": "c", "allowed_ips": "127.0.0.1, ::1\n10.0.0.0/8", "authkey": "a" * 40})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"AuthKey": {**KEY, "authkey_raw": "str"}})
        k = a.body["AuthKey"]
        self.assertNotEqual(k["authkey_raw"], "a" * 40)
        self.assertEqual((k["allowed_ips"], k["comment"], k["user_id"], k["expiration"]),
                         (["127.0.0.1", "::1", "10.0.0.0/8"], "c", user.user["id"], "0"))
        for ref in (k["id"], k["uuid"]):
            a = self.get(f"/authKeys/view/{ref}")
            self.assert_shape(a.body, {"AuthKey": KEY, "User": {"id": "id", "email": "str"}})
            self.assertNotIn("authkey_raw", a.body["AuthKey"])
        a = self.post(f"/auth_keys/edit/{k['id']}", {"read_only": 1, "expiration": "2100-01-01", "allowed_ips": []},
                      key=user)
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"AuthKey": KEY})
        e = a.body["AuthKey"]
        self.assertEqual((e["read_only"], e["expiration"], e["allowed_ips"], e["comment"]),
                         (True, "4102444800", None, "c"))
        raw = k["authkey_raw"]
        self.assertEqual(self.get("/users/view/me", key=raw).headers["X-Auth-Key-Expiration"][:10], "2100-01-01")
        # a read-only key makes no better one of itself
        for path in (f"/authKeys/edit/{k['id']}", "/authKeys/add/me", "/users/resetauthkey/me",
                     f"/authKeys/delete/{k['id']}"):
            self.assert_error(self.post(path, {"read_only": 0}, key=raw), 403)
        self.assert_ok(self.post(f"/auth_keys/delete/{k['uuid']}", key=user), "AuthKey deleted.")
        self.assert_error(self.get(f"/auth_keys/view/{k['id']}"), 404)
        # gone already, by itself or with its user: done for the site admin; never there: not found
        self.assert_ok(self.post(f"/auth_keys/delete/{k['id']}"), "AuthKey deleted.")
        self.assert_error(self.post(f"/auth_keys/delete/{k['id']}", key=user), 404)
        for ref in ("999999", "0", k["uuid"]):
            self.assert_error(self.post(f"/auth_keys/delete/{ref}"), 404)
        self.assert_error(self.get("/users/view/me", key=raw), 403)

    def test_list(self):
        one, two = self.add_user("User"), self.add_user("User")
        chief = self.add_user("Org Admin", org=one.org)
        for key, want in ((one, {one.user["id"]}), (chief, {one.user["id"], chief.user["id"]})):
            for path in ("/auth_keys", "/authKeys/index/"):
                a = self.get(path, key=key)
                self.assert_shape(a.body, [{"AuthKey": {**KEY, "last_used": "null/int"},
                                            "User": {"id": "id", "email": "str"}}])
                self.assertEqual({k["User"]["id"] for k in a.body}, want)
        self.assertEqual(self.get(f"/auth_keys/index/{one.user['id']}", key=two).body, [])
        self.assertEqual(len(self.get(f"/auth_keys/index/{one.user['id']}").body), 1)
        a = self.post("/auth_keys", {"authkey_start": one[:4], "authkey_end": one[-4:], "User.id": one.user["id"]})
        self.assertEqual([k["User"]["id"] for k in a.body], [one.user["id"]])

    def test_rejected(self):
        for field, body in (("expiration", {"expiration": "__nonsense__"}),
                            ("allowed_ips", {"allowed_ips": ["1.2.3"]})):
            with self.subTest(body=body):
                self.assert_rejected(self.post("/auth_keys/add/me", body), field)
        self.assert_rejected(self.post("/authKeys/add/9999"), "user_id")
        # an organisation admin makes no key of another admin, a user none of anybody
        chief = self.add_user("Org Admin")
        peer, user = self.add_user("Org Admin", org=chief.org), self.add_user("User", org=chief.org)
        self.assert_status(self.post(f"/auth_keys/add/{user.user['id']}", key=chief), 200)
        for who, whose in ((chief, peer.user["id"]), (chief, "1"), (user, chief.user["id"]), (user, "9999")):
            with self.subTest(whose=whose):
                self.assert_error(self.post(f"/auth_keys/add/{whose}", key=who), 405)
                self.assert_error(self.post(f"/users/resetauthkey/{whose}", key=who), 405)

    def test_reset(self):
        user = self.add_user("User")
        for path, by in (("/users/resetauthkey/me", None), (f"/users/resetauthkey/{user.user['id']}", ADMIN_KEY)):
            old = getattr(self, "now", str(user))
            a = self.post(path, [], key=by or old)
            self.assert_status(a, 200)
            self.assertTrue(a.body["message"].startswith("Authkey updated: "))
            self.now = a.body["message"].replace("Authkey updated: ", "")
            self.assertEqual(self.get("/users/view/me", key=self.now).body["User"]["id"], user.user["id"])
            self.assert_error(self.get("/users/view/me", key=old), 403)


class Settings(PeopleTest):

    def test_set_get_delete(self):
        user = self.add_user("User")
        value = {"Tag.name": "a"}
        a = self.post("/userSettings/setSetting", {"setting": "publish_alert_filter", "value": json.dumps(value)},
                      key=user)
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"UserSetting": SETTING})
        # a value given as JSON text comes back as an object
        self.assertEqual(a.body["UserSetting"]["value"], value)
        self.post("/user_settings/setSetting", {"UserSetting": {"setting": "homepage", "value": {"path": "/x"}}},
                  key=user)
        a = self.post("/userSettings/getSetting", {"setting": "publish_alert_filter"}, key=user)
        self.assert_shape(a.body, SETTING)
        self.assertEqual(a.body["value"], value)
        a = self.get(f"/userSettings/getSetting/{user.user['id']}/homepage")
        self.assertEqual(a.body["value"], {"path": "/x"})
        a = self.get("/userSettings/index", key=user)
        self.assert_shape(a.body, [{"UserSetting": SETTING}])
        self.assertEqual([s["UserSetting"]["setting"] for s in a.body], ["homepage", "publish_alert_filter"])
        self.assertEqual(self.get("/users/view/me", key=user).body["UserSetting"],
                         {"homepage": {"path": "/x"}, "publish_alert_filter": value})
        by_id = {s["UserSetting"]["setting"]: s["UserSetting"]["id"] for s in a.body}
        self.assert_ok(self.post(f"/userSettings/delete/{by_id['homepage']}", key=user), "Setting deleted.")
        filter_ = {"setting": "publish_alert_filter"}
        self.assert_ok(self.post("/userSettings/delete", filter_, key=user), "Setting deleted.")
        self.assert_error(self.post("/userSettings/delete", filter_, key=user), 404)
        self.assertEqual(self.get("/users/view/me", key=user).body["UserSetting"], [])

    def test_columns_and_view(self):
        user, other = self.add_user("User"), self.add_user("User")
        for want in (["clusters"], [], ["clusters"]):
            self.assert_ok(self.post("/userSettings/eventIndexColumnToggle/clusters", key=user), "Column visibility switched")
            a = self.post("/userSettings/getSetting", {"setting": "event_index_hide_columns"}, key=user)
            self.assertEqual(a.body["value"], want)
        a = self.get(f"/userSettings/view/{a.body['id']}", key=user)
        self.assert_shape(a.body, {"UserSetting": SETTING})
        self.assert_error(self.get(f"/userSettings/view/{a.body['UserSetting']['id']}", key=other), 404)
        self.assert_error(self.get("/userSettings/view/x", key=user), 400)
        self.assert_ok(self.post("/userSettings/setHomePage", {"path": "/events/index"}, key=user), "Homepage set to /events/index")

    def test_of_others(self):
        self.assert_status(self.post("/userSettings/setSetting", {"setting": "dashboard_access", "value": 1}), 200)
        user = self.add_user("User")
        for call in ("delete", "getSetting"):
            a = self.post(f"/userSettings/{call}", {"setting": "dashboard_access", "user_id": "1"}, key=user)
            self.assert_error(a, 404)
        path = "/userSettings/setSetting"
        self.assert_error(self.post(path, {"setting": "dashboard_access", "value": 1}, key=user), 405)
        self.assert_error(self.post(path, {"setting": "no such", "value": 1}), 405)
        self.assert_rejected(self.post(path, {"setting": "homepage", "value": "{"}), "value")
        self.assert_error(self.post("/userSettings/getSetting", {}), 400)
        self.assertEqual(self.get("/userSettings/index", key=user).body, [])
        a = self.post("/userSettings/setSetting", {"setting": "homepage", "value": {}, "user_id": user.user["id"]})
        self.assertEqual(a.body["UserSetting"]["user_id"], user.user["id"])


if __name__ == "__main__":
    unittest.main()
