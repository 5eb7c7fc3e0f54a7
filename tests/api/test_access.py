"""Who may see and do what: distribution, organisations, roles, keys. Each test quotes its rule.

Every way to a value is tried: a thing that one call hides and another shows is not hidden.
"""

import json
import time
import unittest

from harness import ADMIN_EMAIL, ADMIN_KEY, ROLES, ApiTest

NO_RIGHT = "You do not have permission to use this functionality."
NO_KEY = ("Authentication failed. Please make sure you pass the API key of an API enabled user along in the "
          "Authorization header.")


class AccessTest(ApiTest):

    def publish(self, event, key=None):
        a = self.post(f"/events/publish/{event['id']}/disable_background_processing:1", **({"key": key} if key else {}))
        self.assert_status(a, 200)

    def ways(self, event, value, key):
        """{way: whether it shows the event or its value to this key}"""
        attr = event["Attribute"][0]
        index = self.get("/events/index", key=key).body
        minimal = self.post("/events/index", {"minimal": 1}, key=key).body
        out = {
            "view": self.get(f"/events/view/{event['id']}", key=key).status == 200,
            "view by uuid": self.get(f"/events/view/{event['uuid']}", key=key).status == 200,
            "post view": self.post(f"/events/view/{event['id']}", {}, key=key).status == 200,
            "head": self.head(f"/events/view/{event['uuid']}", key=key).status == 200,
            "index": event["id"] in [e["id"] for e in index],
            "minimal index": event["uuid"] in [e["uuid"] for e in minimal],
            "index by attribute": event["id"]
            in [e["id"] for e in self.post("/events/index", {"attribute": value}, key=key).body],
            "attribute": self.get(f"/attributes/view/{attr['id']}", key=key).status == 200,
            "attribute head": self.head(f"/attributes/view/{attr['uuid']}", key=key).status == 200,
            "attributes": attr["id"] in [a["id"] for a in self.get("/attributes/index/limit:100000", key=key).body],
        }
        for scope in ("attributes", "events"):
            for q in ({"value": value}, {"eventid": event["id"]},
                      {"uuid": attr["uuid"]} if scope == "attributes" else {"uuid": event["uuid"]}):
                a = self.post(f"/{scope}/restSearch", q, key=key)
                out[f"{scope} search {next(iter(q))}"] = value in json.dumps(a.body)
            for fmt in ("csv", "text"):
                a = self.post(f"/{scope}/restSearch",
                              {"value": value, "returnFormat": fmt, "to_ids": [0, 1], "published": [0, 1]},
                              key=key)
                out[f"{scope} {fmt}"] = value in a.body
        return out

    def assert_sees(self, event, value, key, visible):
        wrong = [way for way, seen in self.ways(event, value, key).items() if seen != visible]
        self.assertEqual(wrong, [], f"expected {'to see' if visible else 'not to see'} it")


class Distribution(AccessTest):

    def test_levels(self):
        # 0 own organisation only; 1 this community, 2 connected communities, 3 all: every local user
        owner = self.add_user("Publisher")
        colleague, reader = self.add_user("User", org=owner.org), self.add_user("Read Only", org=owner.org)
        other, other_chief = self.add_user("User"), self.add_user("Org Admin")
        for level in range(4):
            value = f"level{level}-{self.token}"
            event = self.new_event(key=owner, distribution=level, Attribute=[{"type": "text", "value": value}])
            self.publish(event, owner)
            for who, key, visible in (("owner", owner, True), ("colleague", colleague, True), ("reader", reader, True),
                                      ("site admin", ADMIN_KEY, True), ("other", other, level > 0),
                                      ("other org admin", other_chief, level > 0)):
                with self.subTest(level=level, who=who):
                    self.assert_sees(event, value, key, visible)

    def test_attribute_level(self):
        # an attribute inherits (5) or narrows: 0 stays with the organisation in every answer
        event = self.new_event(distribution=3,
                               Attribute=[{"type": "text", "value": f"open-{self.token}"},
                                          {"type": "text", "value": f"closed-{self.token}", "distribution": 0}])
        self.publish(event)
        key = self.add_user("User")
        closed = next(a for a in event["Attribute"] if a["value"].startswith("closed"))
        for a in (self.get(f"/events/view/{event['id']}",
                           key=key), self.post("/attributes/restSearch", {"eventid": event["id"]}, key=key),
                  self.post("/events/restSearch", {"eventid": event["id"]},
                            key=key), self.get("/attributes/index/limit:100000", key=key),
                  self.post("/attributes/restSearch", {"eventid": event["id"], "returnFormat": "csv"}, key=key)):
            self.assert_status(a, 200)
            self.assertIn(f"open-{self.token}", json.dumps(a.body))
            self.assertNotIn(f"closed-{self.token}", json.dumps(a.body))
        self.assert_error(self.get(f"/attributes/view/{closed['id']}", key=key), 404)
        for scope in ("attributes", "events"):
            self.assertNotIn(
                closed["uuid"],
                json.dumps(self.post(f"/{scope}/restSearch", {"value": f"closed-{self.token}"}, key=key).body))
        self.assertEqual(self.post("/events/index", {"attribute": f"closed-{self.token}"}, key=key).body, [])

    def test_changed_level(self):
        # a later level counts at once
        event = self.new_event(distribution=3, Attribute=[{"type": "text", "value": f"v-{self.token}"}])
        self.publish(event)
        key = self.add_user("User")
        self.assertEqual(self.head(f"/events/view/{event['id']}", key=key).status, 200)
        self.assert_status(self.post(f"/events/edit/{event['id']}", {"distribution": "0"}), 200)
        self.publish(event)
        self.assert_sees(event, f"v-{self.token}", key, False)

    def test_no_link_reveals(self):
        # no correlation, tag or sighting reveals an event the reader may not see
        value = f"{self.token}.example.com"
        hidden = self.new_event(distribution=0,
                                info=f"hidden {self.token}",
                                Attribute=[{"type": "domain", "value": value}])
        key = self.add_user("User")
        mine = self.new_event(key=key, Attribute=[{"type": "domain", "value": value}])
        seen = self.view(mine, key=key)
        self.assertEqual(seen["RelatedEvent"], [])
        a = self.post("/attributes/restSearch", {"eventid": mine["id"], "includeCorrelations": 1}, key=key)
        self.assertEqual(a.body["response"]["Attribute"][0]["RelatedAttribute"], [])
        self.assertEqual([r["Event"]["id"] for r in self.view(mine)["RelatedEvent"]],
                         [hidden["id"]])  # the site admin sees it
        self.post("/sightings/add", {"value": value})
        self.assertEqual(
            self.post("/sightings/restSearch/event", {"returnFormat": "json", "id": hidden["id"]},
                      key=key).body.get("response", []), [])
        a = self.post("/sightings/listSightings", {"context": "event", "id": hidden["id"]}, key=key)
        self.assertTrue(a.status // 100 == 4 or a.body == [], a.body)

    def test_extending_reveals_nothing(self):
        hidden = self.new_event(distribution=0, Attribute=[{"type": "text", "value": f"h-{self.token}"}])
        key = self.add_user("User")
        mine = self.new_event(key=key, extends_uuid=hidden["uuid"])
        a = self.post(f"/events/view/{mine['id']}", {"extended": 1}, key=key)
        self.assertNotIn(f"h-{self.token}", json.dumps(a.body))

    def test_deleted_stays_hidden(self):
        # soft-deleted attributes are for those who may change the event
        event = self.new_event(distribution=3,
                               Attribute=[{"type": "text", "value": f"gone-{self.token}", "distribution": 0}])
        self.post(f"/attributes/delete/{event['Attribute'][0]['id']}")
        self.publish(event)
        key = self.add_user("User")
        for deleted in (1, 2, [0, 1]):
            for a in (self.post(f"/events/view/{event['id']}", {"deleted": deleted}, key=key),
                      self.post("/attributes/restSearch", {"eventid": event["id"], "deleted": deleted}, key=key)):
                self.assertNotIn(f"gone-{self.token}", json.dumps(a.body))


class Changing(AccessTest):

    def test_other_org(self):
        # visible is not changeable: 403; invisible: 404
        event = self.new_event(distribution=3)
        self.publish(event)
        hidden = self.new_event(distribution=0)
        for role in ("User", "Publisher", "Org Admin"):
            key = self.add_user(role)
            for call, body in (("edit", {"info": "taken"}), ("delete", None), ("publish", None), ("unpublish", None)):
                with self.subTest(role=role, call=call):
                    a = self.post(f"/events/{call}/{event['id']}", body, key=key)
                    self.assert_error(a, 403)
                    a = self.post(f"/events/{call}/{hidden['id']}", body, key=key)
                    self.assertIn(a.status, (403, 404))
                    self.assertNotIn(hidden["info"], json.dumps(a.body))
        got = self.view(event)
        self.assertEqual((got["info"], got["published"]), (event["info"], True))
        self.assertEqual(self.view(hidden)["published"], False)

    def test_failing_delete(self):
        # failing one: 403 {"saved": false, ...}
        event = self.new_event(distribution=3)
        self.publish(event)
        a = self.post(f"/events/delete/{event['id']}", key=self.add_user("Org Admin"))
        self.assert_error(a, 403)
        self.assertIs(a.body.get("saved"), False, a.body)

    def test_publish_right(self):
        # publishing without right does not fail events/add: the flag is dropped; events/publish does fail
        key = self.add_user("User")
        event = self.new_event(key=key, published=True)
        self.assertIs(event["published"], False)
        self.assert_error(self.post(f"/events/publish/{event['id']}", key=key), 403, NO_RIGHT)
        a = self.post(f"/events/edit/{event['id']}", {"published": True}, key=key)
        self.assert_status(a, 200)
        self.assertIs(self.view(event)["published"], False)
        self.publish(event, self.add_user("Publisher", org=key.org))
        self.assertIs(self.view(event)["published"], True)

    def test_creator_is_not_a_choice(self):
        # an ordinary user's event belongs to his organisation, whatever was sent
        key, other = self.add_user("User"), self.add_org()
        event = self.new_event(key=key,
                               org_id=other["id"],
                               orgc_id=other["id"],
                               user_id="1",
                               Orgc={"name": other["name"], "uuid": other["uuid"]},
                               id="77",
                               locked=True)
        self.assertEqual((event["Orgc"]["id"], event["Org"]["id"]), (key.org["id"], key.org["id"]))
        self.assertNotEqual(event["id"], "77")
        a = self.post(f"/events/edit/{event['id']}",
                      {"orgc_id": other["id"], "Orgc": {"name": other["name"], "uuid": other["uuid"]}},
                      key=key)
        self.assert_status(a, 200)
        self.assertEqual(self.view(event)["Orgc"]["id"], key.org["id"])

    def test_sync_user_keeps_creator(self):
        # a peer's push (perm_sync) keeps the creating organisation and makes it when unknown
        key = self.add_user("Sync user")
        orgc = {"name": f"far {self.token}", "uuid": f"aaaaaaaa-aaaa-4aaa-8aaa-{self.token}"}
        event = self.new_event(key=key, Orgc=orgc, distribution=3)
        self.assertEqual((event["Orgc"]["name"], event["Orgc"]["uuid"], event["Org"]["id"]),
                         (orgc["name"], orgc["uuid"], key.org["id"]))

    def test_moving_attributes(self):
        # an attribute's event is not changed by an edit, nor does a uuid reach into another event
        mine_key = self.add_user("User")
        mine = self.new_event(key=mine_key)
        theirs = self.new_event(distribution=3, Attribute=[{"type": "text", "value": f"t-{self.token}"}])
        self.publish(theirs)
        attr = theirs["Attribute"][0]
        self.post(f"/events/edit/{mine['id']}",
                  {"Attribute": [{"uuid": attr["uuid"], "type": "text", "value": "stolen"}]},
                  key=mine_key)
        self.post(f"/events/edit/{mine['id']}",
                  {"Attribute": [{"id": attr["id"], "type": "text", "value": "stolen too", "event_id": theirs["id"]}]},
                  key=mine_key)
        self.assertEqual(self.values(self.view(theirs)["Attribute"]), [f"t-{self.token}"])
        own = self.new_attr(mine, "text", "own", key=mine_key)
        self.post(f"/attributes/edit/{own['id']}", {"event_id": theirs["id"], "comment": "moved"}, key=mine_key)
        self.assertEqual(self.get(f"/attributes/view/{own['id']}").body["Attribute"]["event_id"], mine["id"])


class ReadOnly(AccessTest):

    def test_may_read(self):
        event = self.new_event(distribution=3, Attribute=[{"type": "text", "value": f"v-{self.token}"}])
        self.publish(event)
        self.assert_sees(event, f"v-{self.token}", self.add_user("Read Only"), True)

    def test_may_not_write(self):
        # read-only role doing anything: 403 "You do not have permission to use this functionality."
        owner = self.add_user("Publisher")
        key = self.add_user("Read Only", org=owner.org)
        event = self.new_event(key=owner, Attribute=[{"type": "text", "value": "v"}])
        attr = event["Attribute"][0]
        for path, body in (("/events/add", {"info": "x"}), (f"/events/edit/{event['id']}", {"info": "x"}),
                           (f"/events/delete/{event['id']}", None), (f"/events/publish/{event['id']}", None),
                           (f"/events/unpublish/{event['id']}", None), (f"/events/freeTextImport/{event['id']}",
                                                                        {"value": "198.51.100.1"}),
                           (f"/attributes/add/{event['id']}", {"type": "text", "value": "w"
                                                               }), (f"/attributes/edit/{attr['id']}", {"comment": "x"}),
                           (f"/attributes/delete/{attr['id']}", None), (f"/attributes/restore/{attr['id']}", None),
                           (f"/objects/add/{event['id']}", {"name": "file", "Attribute": []}), ("/tags/add", {
                               "name": f"x{self.token}"
                           }), ("/sightings/add", {"value": "v"}), ("/admin/users/add", {"email": "x@user.test"}),
                           ("/admin/organisations/add", {"name": f"x{self.token}"}), ("/feeds/add",
                                                                                      {"Feed": {"name": "x"}})):
            with self.subTest(path=path):
                a = self.post(path, body, key=key)
                self.assert_error(a, 403)
                self.assertEqual(a.body["message"], NO_RIGHT)
        got = self.view(event)
        self.assertEqual((got["info"], got["published"], self.values(got["Attribute"])), (event["info"], False, ["v"]))


class Keys(AccessTest):

    def test_no_key(self):
        # 403 for a missing or wrong key, on every path, before anything else is looked at
        event = self.new_event()
        for method, path in (("GET", "/events/index"), ("GET", f"/events/view/{event['id']}"), ("POST", "/events/add"),
                             ("POST", "/attributes/restSearch"), ("POST", f"/events/delete/{event['id']}"),
                             ("GET", "/users/view/me"), ("POST", "/admin/users/add"), ("GET", "/tags/index"),
                             ("GET", "/events/view/999999999"), ("POST", "/warninglists/checkValue"), ("GET",
                                                                                                       "/feeds/index")):
            for key in (None, "", "short", "Basic abc", "x" * 40, "\u00e4" * 20, "' OR 1=1 --"):
                with self.subTest(path=path, key=key):
                    a = self.server.request(method,
                                            path, {} if method == "POST" else None,
                                            key=key and key.encode().decode("latin-1"))
                    self.assert_error(a, 403, NO_KEY)
        self.assertEqual(self.view(event)["id"], event["id"])

    def test_disabled_user(self):
        key = self.add_user("User")
        self.assert_status(self.get("/users/view/me", key=key), 200)
        self.assert_status(self.post(f"/admin/users/edit/{key.user['id']}", {"disabled": True}), 200)
        self.assertEqual(self.get("/users/view/me", key=key).status, 403)
        self.assert_status(self.post(f"/admin/users/edit/{key.user['id']}", {"disabled": False}), 200)
        self.assert_status(self.get("/users/view/me", key=key), 200)

    def test_deleted_user(self):
        key = self.add_user("User")
        self.assert_status(self.post(f"/admin/users/delete/{key.user['id']}"), 200)
        self.assert_error(self.get("/users/view/me", key=key), 403, NO_KEY)

    def test_changed_role(self):
        # a role counts from the next request on
        key = self.add_user("User")
        self.assert_status(self.post("/events/add", {"info": "x"}, key=key), 200)
        self.assert_status(self.post(f"/admin/users/edit/{key.user['id']}", {"role_id": ROLES["Read Only"]}), 200)
        self.assert_error(self.post("/events/add", {"info": "x"}, key=key), 403, NO_RIGHT)

    def new_key(self, key, **fields):
        a = self.post("/auth_keys/add/me", fields, key=key)
        self.assert_status(a, 200)
        k = a.body["AuthKey"]
        self.assertRegex(k["authkey_raw"], r"^[A-Za-z0-9]{40}$")
        self.assertEqual((k["authkey_raw"][:4], k["authkey_raw"][-4:]), (k["authkey_start"], k["authkey_end"]))
        return k

    def test_more_keys(self):
        # {"AuthKey": {..., "authkey_raw": clear}}; each works until it is deleted
        key = self.add_user("User")
        k = self.new_key(key, comment="second")
        self.assertEqual(self.get("/users/view/me", key=k["authkey_raw"]).body["User"]["id"], key.user["id"])
        self.assert_status(self.post(f"/auth_keys/delete/{k['id']}", key=key), 200)
        self.assert_error(self.get("/users/view/me", key=k["authkey_raw"]), 403, NO_KEY)
        self.assert_status(self.get("/users/view/me", key=key), 200)

    def test_read_only_key(self):
        key = self.add_user("User")
        k = self.new_key(key, read_only=True)["authkey_raw"]
        self.assert_status(self.get("/events/index", key=k), 200)
        self.assert_error(self.post("/events/add", {"info": "x"}, key=k), 403)

    def test_expired_key(self):
        key = self.add_user("User")
        k = self.new_key(key, expiration=time.strftime("%Y-%m-%d", time.gmtime(time.time() + 5 * 86400)))["authkey_raw"]
        a = self.get("/users/view/me", key=k)
        self.assert_status(a, 200)
        # header X-Auth-Key-Expiration when the key expires
        self.assertIsNotNone(a.headers["X-Auth-Key-Expiration"])
        self.assertIsNone(self.get("/users/view/me", key=key).headers["X-Auth-Key-Expiration"])
        a = self.post("/auth_keys/add/me", {"expiration": "2001-01-01"}, key=key)
        if a.status == 200:
            self.assertEqual(self.get("/users/view/me", key=a.body["AuthKey"]["authkey_raw"]).status, 403)

    def test_allowed_ips(self):
        key = self.add_user("User")
        self.assert_status(
            self.get("/users/view/me", key=self.new_key(key, allowed_ips=["127.0.0.0/8"])["authkey_raw"]), 200)
        self.assertEqual(
            self.get("/users/view/me", key=self.new_key(key, allowed_ips=["192.0.2.1"])["authkey_raw"]).status, 403)

    def test_keys_of_others(self):
        key, other = self.add_user("User"), self.add_user("User")
        a = self.post(f"/auth_keys/add/{other.user['id']}", {}, key=key)
        self.assertIn(a.status, (403, 404, 405))
        self.assertNotIn("authkey_raw", json.dumps(a.body))

    def test_keys_are_not_shown_again(self):
        key = self.add_user("User")
        for who in (key, None):
            for path in ("/users/view/me", f"/users/view/{key.user['id']}", "/admin/users/index", "/auth_keys/index"):
                a = self.get(path, **({"key": who} if who else {}))
                self.assertNotIn(str(key), json.dumps(a.body), path)


class OrgAdmins(AccessTest):

    def user_body(self, org_id, role="User"):
        return {
            "email": f"n-{self.token}-{time.monotonic_ns()}@user.test", "org_id": org_id, "role_id": ROLES[role],
            "password": "Correct-horse-battery-9"
        }

    def test_own_users(self):
        chief = self.add_user("Org Admin")
        a = self.post("/admin/users/add", self.user_body(chief.org["id"]), key=chief)
        self.assert_status(a, 200)
        self.assertEqual(a.body["User"]["org_id"], chief.org["id"])
        a = self.post(f"/admin/users/edit/{a.body['User']['id']}", {"contactalert": True}, key=chief)
        self.assert_status(a, 200)
        self.assert_status(self.post(f"/admin/users/delete/{a.body['User']['id']}", key=chief), 200)

    def test_other_orgs_users(self):
        chief, other = self.add_user("Org Admin"), self.add_user("User")
        # never a user in another organisation
        a = self.post("/admin/users/add", self.user_body(other.org["id"]), key=chief)
        if a.status == 200:
            self.assertEqual(a.body["User"]["org_id"], chief.org["id"])
        for call, body in (("edit", {"email": f"x-{self.token}@user.test"}), ("delete", None)):
            a = self.post(f"/admin/users/{call}/{other.user['id']}", body, key=chief)
            self.assertIn(a.status, (403, 404, 405))
        self.assertEqual(self.get("/users/view/me", key=other).body["User"]["email"], other.user["email"])
        users = self.get("/admin/users/index", key=chief).body
        self.assertEqual({u["Organisation"]["id"] for u in users}, {chief.org["id"]})
        self.assertNotIn(ADMIN_EMAIL, json.dumps(users))
        a = self.get(f"/users/view/{other.user['id']}", key=chief)
        self.assertIn(a.status, (403, 404))

    def test_no_way_up(self):
        # no site admin made by an organisation admin, nor himself raised or moved
        chief = self.add_user("Org Admin")
        a = self.post("/admin/users/add", self.user_body(chief.org["id"], "admin"), key=chief)
        self.assertEqual(a.status // 100, 4)
        for path in (f"/admin/users/edit/{chief.user['id']}", f"/users/edit/{chief.user['id']}", "/users/edit/me"):
            self.post(path, {"role_id": ROLES["admin"], "org_id": "1"}, key=chief)
        me = self.get("/users/view/me", key=chief).body
        self.assertEqual((me["Role"]["id"], me["Organisation"]["id"]), (ROLES["Org Admin"], chief.org["id"]))

    def test_no_site_functions(self):
        chief = self.add_user("Org Admin")
        for path, body in (("/admin/organisations/add", {"name": f"x {self.token}"}),
                           ("/admin/roles/add", {"name": f"x {self.token}", "permission": 3}),
                           (f"/admin/organisations/edit/{chief.org['id']}",
                            {"name": f"y {self.token}"}), ("/feeds/add", {"Feed": {"name": "x"}})):
            with self.subTest(path=path):
                self.assert_error(self.post(path, body, key=chief), 403)

    def test_ordinary_user(self):
        # no user administration at all
        key = self.add_user("User")
        self.assert_error(self.get("/admin/users/index", key=key), 403, NO_RIGHT)
        self.assert_error(self.post("/admin/users/add", self.user_body(key.org["id"]), key=key), 403, NO_RIGHT)
        self.post("/users/edit/me", {"role_id": ROLES["admin"], "org_id": "1"}, key=key)
        self.assertEqual(self.get("/users/view/me", key=key).body["Role"]["id"], ROLES["User"])


class Roles(AccessTest):

    def test_built_in(self):
        # ids 1 admin, 2 Org Admin, 3 User (default), 4 Publisher, 5 Sync user, 6 Read Only
        roles = {r["Role"]["name"]: r["Role"] for r in self.get("/roles/index").body}
        self.assertEqual({n: r["id"] for n, r in roles.items() if int(r["id"]) <= 6}, ROLES)
        self.assertEqual([n for n, r in roles.items() if r["default_role"]], ["User"])
        may = {
            n: {p
                for p in ("add", "modify", "publish", "sync", "admin", "site_admin", "sighting") if r[f"perm_{p}"]}
            for n, r in roles.items()
        }
        self.assertEqual(may["admin"], {"add", "modify", "publish", "sync", "admin", "site_admin", "sighting"})
        self.assertEqual(may["Read Only"], set())
        self.assertIn("admin", may["Org Admin"])
        self.assertNotIn("site_admin", may["Org Admin"])
        self.assertNotIn("publish", may["User"])
        self.assertIn("publish", may["Publisher"])
        self.assertIn("sync", may["Sync user"])

    def test_default_role(self):
        # role_id: the default role when absent
        a = self.post("/admin/users/add", {
            "email": f"d-{self.token}@user.test", "org_id": self.add_org()["id"], "password": "Correct-horse-battery-9"
        })
        self.assert_status(a, 200)
        self.assertEqual(a.body["User"]["role_id"], ROLES["User"])


if __name__ == "__main__":
    unittest.main()
