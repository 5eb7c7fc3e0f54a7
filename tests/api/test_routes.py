"""The same call in another form (PUT for POST, DELETE, a list by POST, without /index), and the routes with no file of their own."""

import unittest

import routes
from harness import ADMIN_PASSWORD, ApiTest

UNKNOWN = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"


class Forms(ApiTest):

    def test_lists(self):
        # a list by GET and by POST, with and without /index
        self.new_tag()
        for path, forms in (("/tags/index", ["GET /tags"]),
                            ("/warninglists/index", ["POST /warninglists/index", "GET /warninglists", "POST /warninglists"]),
                            ("/organisations/index", ["POST /organisations/index", "POST /organisations",
                                                      "GET /admin/organisations/index", "POST /admin/organisations/index"]),
                            ("/roles/index", ["POST /roles/index", "GET /roles", "POST /roles"]),
                            ("/user_settings/index", ["POST /user_settings/index", "GET /user_settings",
                                                      "POST /user_settings"]),
                            ("/auth_keys/index", ["POST /auth_keys/index"]),
                            ("/admin/users/index", ["POST /admin/users/index", "GET /admin/users", "POST /admin/users"]),
                            ("/users/view/me", ["POST /users/view/me", "GET /admin/users/view/1",
                                                "POST /admin/users/view/1"]),
                            ("/sightings/index", ["POST /sightings/index"])):
            want = self.get(path)
            self.assert_status(want, 200)
            for form in forms:
                method, other = form.split()
                with self.subTest(form=form):
                    a = self.server.request(method, other, {} if method == "POST" else None)
                    self.assert_status(a, 200)
                    self.assertEqual(self.steady(a.body), self.steady(want.body))

    def steady(self, body):
        """without what each call moves on: counters and times of the key in use"""
        if isinstance(body, dict):
            return {k: self.steady(v) for k, v in body.items()
                    if k not in ("last_used", "unique_ips", "last_login", "current_login", "last_api_access", "date_modified")}
        return [self.steady(v) for v in body] if isinstance(body, list) else body

    def test_put(self):
        event = self.new_event(Attribute=[{"type": "text", "value": f"a{self.token}"}])
        attr, tag = event["Attribute"][0], self.new_tag()
        thing = self.new_object(event, [("filename", "filename", "a.exe")])
        key = self.add_user("User")
        role = self.post("/admin/roles/add", {"name": f"r{self.token}", "permission": 1}).body["Role"]
        k = self.post(f"/auth_keys/add/{key.user['id']}", {"comment": "one"}).body["AuthKey"]
        for path, body, model in ((f"/events/edit/{event['id']}", {"info": f"put {self.token}"}, "Event"),
                                  (f"/attributes/edit/{attr['id']}", {"comment": "put"}, "Attribute"),
                                  (f"/objects/edit/{thing['id']}", {"comment": "put"}, "Object"),
                                  (f"/tags/edit/{tag['id']}", {"colour": "#010203"}, "Tag"),
                                  (f"/admin/users/edit/{key.user['id']}", {"nids_sid": "4711"}, "User"),
                                  (f"/admin/organisations/edit/{key.org['id']}", {"nationality": "Utopia"}, "Organisation"),
                                  (f"/admin/roles/edit/{role['id']}", {"name": f"s{self.token}"}, "Role"),
                                  (f"/auth_keys/edit/{k['id']}", {"comment": "two"}, "AuthKey")):
            with self.subTest(path=path):
                a = self.put(path, body)
                self.assert_status(a, 200)
                for name, value in body.items():
                    self.assertEqual(str(a.body[model][name]), value)
        a = self.post(f"/attributes/{attr['id']}", {"comment": "posted"})
        self.assertEqual(a.body["Attribute"]["comment"], "posted")
        self.assert_status(self.put("/users/edit/me", {"contactalert": True}, key=key), 200)
        self.assert_status(self.put("/user_settings/setSetting", {"setting": "homepage", "value": {"path": "/events"}}, key=key),
                           200)
        self.assert_status(self.put("/users/change_pw", {"password": ADMIN_PASSWORD + "x"}, key=key), 200)
        self.assert_status(self.put("/users/resetauthkey/me", {}, key=key), 200)
        self.assertEqual(self.get("/users/view/me", key=key).status, 403)  # the old key is gone

    def test_delete(self):
        event = self.new_event(Attribute=[{"type": "text", "value": f"d{self.token}"}])
        attr, tag, key = event["Attribute"][0], self.new_tag(), self.add_user("User")
        thing = self.new_object(event, [("filename", "filename", "a.exe")])
        other = self.new_object(event, [("filename", "filename", "b.exe")])
        ref = self.post("/objectReferences/add", {"object_uuid": other["uuid"], "referenced_uuid": attr["uuid"],
                                                  "relationship_type": "uses"}).body["ObjectReference"]
        seen = self.post(f"/sightings/add/{attr['id']}", {}).body["Sighting"]
        role = self.post("/admin/roles/add", {"name": f"r{self.token}", "permission": 1}).body["Role"]
        k = self.post(f"/auth_keys/add/{key.user['id']}", {}).body["AuthKey"]
        org = self.add_org()
        self.post("/user_settings/setSetting", {"setting": "homepage", "value": {"path": "/events"}})
        setting = self.get("/user_settings/index").body[0]["UserSetting"]
        for path in (f"/sightings/delete/{seen['id']}", f"/objectReferences/delete/{ref['id']}",
                     f"/objects/delete/{thing['id']}", f"/attributes/delete/{attr['id']}", f"/tags/delete/{tag['id']}",
                     f"/user_settings/delete/{setting['id']}", f"/auth_keys/delete/{k['id']}",
                     f"/admin/users/delete/{key.user['id']}", f"/admin/roles/delete/{role['id']}",
                     f"/admin/organisations/delete/{org['id']}", f"/events/delete/{event['id']}"):
            with self.subTest(path=path):
                self.assert_status(self.delete(path), 200)
        for path in (f"/attributes/view/{attr['id']}", f"/tags/view/{tag['id']}", f"/organisations/view/{org['id']}",
                     f"/admin/organisations/view/{org['id']}", f"/roles/view/{role['id']}", f"/events/view/{event['id']}"):
            self.assert_error(self.get(path), 404)

    def test_by_get(self):
        event = self.new_event(Attribute=[{"type": "text", "value": f"g{self.token}"}])
        attr, tag = event["Attribute"][0], self.new_tag(f"by get {self.token}")
        self.new_object(event, [("filename", "filename", f"{self.token}.exe")])
        self.post(f"/sightings/add/{attr['id']}", {"source": "probe"})
        self.assertEqual([t["Tag"]["id"] for t in self.get(f"/tags/search/by get {self.token}".replace(" ", "%20")).body],
                         [tag["id"]])
        self.assertEqual([s["Sighting"]["source"] for s in self.get(f"/sightings/listSightings/{attr['id']}/attribute").body],
                         ["probe"])
        a = self.get(f"/sightings/restSearch/attribute/id:{attr['id']}")
        self.assertEqual([s["Sighting"]["source"] for s in a.body["response"]], ["probe"])
        a = self.get(f"/objects/restSearch/eventid:{event['id']}")
        self.assertEqual([o["Object"]["Attribute"][0]["value"] for o in a.body["response"]], [f"{self.token}.exe"])
        a = self.post("/objects/restSearch", {"object_name": "file", "eventid": event["id"]})
        self.assertEqual(len(a.body["response"]), 1)
        self.assert_status(self.get(f"/admin/organisations/view/{event['Orgc']['id']}"), 200)


class BadInput(ApiTest):
    """Never 5xx, and every refusal is JSON with its reason."""

    ODD = ({"x": [[1]]}, [], [None], -1, "\u0000", "9" * 400, True, {"OR": {"AND": [1]}}, "%", 1e400, [["a"]], {"NOT": []})
    NAMES = ("id uuid value values type category tags org eventid timestamp publish_timestamp limit page deleted name email "
             "info date distribution sharing_group_id Attribute Object Tag Event returnFormat sort requested_attributes "
             "entries list enabled setting role_id org_id comment first_seen password threat_level_id published").split()

    def bodies(self):
        yield from ("", "{", "null", "[]", "[[]]", '"x"', "17", '{"a":1,"a":2}', "{}x", b"\xff\xfe", "[" * 100, '{"request": 1}',
                    '{"Event": null}', '{"Attribute": [1, null, "x", {}]}', '[{"Event": {"uuid": 1}}]', '{"Tag": []}')
        for odd in self.ODD:
            yield {name: odd for name in self.NAMES}

    def test_bodies(self):
        event = self.new_event(Attribute=[{"type": "text", "value": f"b{self.token}"}])
        thing = self.new_object(event, [("filename", "filename", "a.exe")])
        known = {"/events/edit/:id": event["id"], "/attributes/add/:event": event["id"], "/objects/add/:event/:template?/:version?": event["id"],
                 "/events/freeTextImport/:id": event["id"], "/attributes/edit/:id": event["Attribute"][0]["id"],
                 "/objects/edit/:id": thing["id"], "/events/view/:id": event["id"], "/tags/edit/:id": self.new_tag()["id"]}
        own = ("/users/change_pw", "/users/edit")  # would change the caller
        for route in routes.table():
            if "POST" not in route.methods or route.pattern.startswith(own):
                continue
            path = routes.fill(route.pattern, known.get(route.pattern, "999999999"))
            for body in self.bodies():
                with self.subTest(path=path, body=body):
                    a = self.server.request("POST", path, body, record=False)
                    self.assertLess(a.status, 500, a.body)
                    if a.status >= 400:
                        self.assertIsInstance(a.body, dict, a.body)
                        self.assertIsInstance(a.body.get("message"), str, a.body)
                        self.assertNotRegex(a.body["message"] + str(a.body.get("errors")), r"constraint|SQL|syntax error at")

    def test_references(self):
        for route in routes.table():
            if ":" not in route.pattern or route.pattern.startswith(("/users", "/admin/users", "/auth_keys", "/user_settings")):
                continue
            for ref in ("-1", "0", "abc", "9" * 30, "%27", "%ff", "..", "%2e%2e", "1.5", "me", "%20", "1%0a", "x" * 3000, "%F0%9F%92%A9"):
                for method in route.methods:
                    with self.subTest(method=method, pattern=route.pattern, ref=ref):
                        body = {} if method in ("POST", "PUT") else None
                        a = self.server.request(method, routes.fill(route.pattern, ref), body, record=False)
                        self.assertLess(a.status, 500, a.body)
                        if a.status >= 400:
                            self.assertIsInstance(a.body.get("message"), str, a.body)


class Peers(ApiTest):

    def test_post_test(self):
        a = self.post("/servers/postTest", {"testString": "x\u00e4" * 1000})
        self.assert_status(a, 200)
        self.assertEqual(a.body, {"body": {"testString": "x\u00e4" * 1000},
                                  "headers": {"Content-type": "application/json", "Accept": "application/json",
                                              "Authorization": "OK"}})

    def test_check_uuid(self):
        self.assertEqual(self.get(f"/events/checkuuid/{UNKNOWN}").body, {"result": True})
        self.assertEqual(self.get(f"/events/checkuuid/{self.new_event()['uuid']}").body, {"result": False})
        self.assert_error(self.get("/events/checkuuid/none"), 404)

    def test_filter_for_push(self):
        # unknown here, or older here and locked
        key = self.add_user("Sync user")
        own = self.new_event(timestamp="1700000000")
        locked = self.new_event(key=key, timestamp="1700000000", locked=True)
        ask = [{"Event": {"uuid": u, "timestamp": t}} for u, t in (
            (UNKNOWN, "1"), (own["uuid"], "1800000000"), (locked["uuid"], "1800000000"))]
        self.assertEqual(self.post("/events/filterEventIdsForPush", ask).body, [UNKNOWN, locked["uuid"]])
        ask[2]["Event"]["timestamp"] = "1600000000"
        self.assertEqual(self.post("/events/filterEventIdsForPush", ask).body, [UNKNOWN])


class Acl(ApiTest):

    def test_query(self):
        self.assertEqual(self.get("/events/queryACL/findMissingFunctionNames").body, [])
        got = self.get("/servers/queryACL/printAllFunctionNames").body
        self.assertEqual((got["*"], "index" in got["events"], "admin_add" in got["users"]), ([], True, True))
        self.assert_error(self.get("/servers/queryACL/x"), 404)


class Correlations(ApiTest):

    def test_correlations(self):
        value = f"{self.token}.example.com"
        a, b = (self.new_event(Attribute=[{"type": "domain", "value": value}]) for _ in range(2))
        got = self.get(f"/events/correlations/{a['id']}")
        self.assert_status(got, 200)
        self.assertEqual((got.body["total"], [r["event_id"] for r in got.body["related"]]), (1, [b["id"]]))
        self.assert_error(self.get(f"/events/correlations/{a['id']}/limit:0"), 400)
        self.assert_error(self.get(f"/events/correlations/{UNKNOWN}"), 404)

    def test_reasons(self):
        """Each related event says by which values, of which types, how rare; an attribute says it for each of the others."""
        value, net = f"{self.token}.example.com", "198.51.100.0/24"
        a = self.new_event(Attribute=[{"type": "domain", "value": value}, {"type": "ip-dst", "value": "198.51.100.7"}])
        b = self.new_event(Attribute=[{"type": "hostname", "value": value.upper()}, {"type": "ip-src", "value": net}])
        related = {r["event_id"]: r for r in self.get(f"/events/correlations/{a['id']}").body["related"]}[b["id"]]
        self.assertEqual({(l["why"], l["value"], l["type"], l["other_type"], l["other_value"], l["rarity"]) for l in related["links"]},
                         {("equal", value, "domain", "hostname", value, 2), ("network", "198.51.100.7", "ip-dst", "ip-src", net, 2)})
        self.assertEqual(self.get(f"/events/correlations/{a['id']}/links:0").body["related"][0]["links"], [])
        self.assert_error(self.get(f"/events/correlations/{a['id']}/links:9999"), 400)
        mine = next(x for x in a["Attribute"] if x["type"] == "domain")
        got = self.get(f"/attributes/correlations/{mine['id']}")
        self.assert_status(got, 200)
        self.assertEqual([(l["event_id"], l["other_attribute_uuid"], l["rarity"]) for l in got.body["links"]],
                         [(b["id"], next(x["uuid"] for x in b["Attribute"] if x["type"] == "hostname"), 2)])
        self.assertIsNone(got.body["next"])
        self.assertEqual(self.get(f"/attributes/correlations/{mine['id']}/before:{b['id']}").body["links"], [])
        self.assert_error(self.get(f"/attributes/correlations/{UNKNOWN}"), 404)


class Tagging(ApiTest):

    def test_add_and_remove(self):
        # addTag and removeTag of events and attributes, the tag in the path or in the body, by id or name
        event = self.new_event(Attribute=[{"type": "text", "value": "t"}])
        attr, tag = event["Attribute"][0], self.new_tag()
        for thing, ref in (("events", event["id"]), ("attributes", attr["id"])):
            for by_path in (True, False):
                with self.subTest(thing=thing, by_path=by_path):
                    tail, body = (f"/{tag['id']}", None) if by_path else ("", {"tag": tag["name"]})
                    self.assert_saved(self.post(f"/{thing}/addTag/{ref}{tail}", body))
                    seen = self.view(event) if thing == "events" else self.view(event)["Attribute"][0]
                    self.assertEqual([t["id"] for t in seen["Tag"]], [tag["id"]])
                    self.assert_saved(self.post(f"/{thing}/removeTag/{ref}{tail}", body))
                    seen = self.view(event) if thing == "events" else self.view(event)["Attribute"][0]
                    self.assertNotIn("Tag", seen)


class Warninglists(ApiTest):

    def make(self, call="add", **fields):
        a = self.post(f"/warninglists/{call}", {"Warninglist": {
            "name": f"wl {self.token}", "description": "d", "type": "string", "category": "false_positive",
            "matching_attributes": ["ALL"], "entries": f"one-{self.token}\ntwo-{self.token}", **fields}})
        self.assert_status(a, 200)
        return a.body["Warninglist"]

    def test_life(self):
        wl = self.make()
        got = self.get(f"/warninglists/view/{wl['id']}").body["Warninglist"]
        self.assertEqual(sorted(e["value"] for e in got["WarninglistEntry"]), [f"one-{self.token}", f"two-{self.token}"])
        self.assertIn(wl["id"], [w["Warninglist"]["id"] for w in self.get("/warninglists/index").body["Warninglists"]])
        for method in (self.post, self.put):
            a = method(f"/warninglists/edit/{wl['id']}", {"Warninglist": {"entries": f"three-{self.token}"}})
            self.assert_status(a, 200)
        got = self.get(f"/warninglists/export/{wl['id']}").body
        self.assertEqual((got["name"], got["type"], got["list"]), (f"wl {self.token}", "string", [f"three-{self.token}"]))
        self.assert_status(self.post(f"/warninglists/delete/{wl['id']}"), 200)
        self.assert_error(self.get(f"/warninglists/view/{wl['id']}"), 404)
        self.assert_status(self.delete(f"/warninglists/delete/{self.make()['id']}"), 200)

    def test_import(self):
        a = self.post("/warninglists/import", {"name": f"im {self.token}", "description": "d", "type": "hostname", "version": 3,
                                               "matching_attributes": ["domain"], "list": [f"{self.token}.example.com"]})
        self.assert_status(a, 200)

    def test_toggle_and_check(self):
        wl, value = self.make(), f"one-{self.token}"
        self.post("/warninglists/toggleEnable", {"id": [wl["id"]], "enabled": False})
        self.assertEqual(self.post("/warninglists/checkValue", [value]).body, [])
        a = self.post("/warninglists/toggleEnable", {"name": [f"wl {self.token}"], "enabled": True})
        self.assertEqual(a.body, {"saved": True, "success": "1 warninglist(s) enabled"})
        hits = self.post("/warninglists/checkValue", [value, "free"]).body
        self.assertEqual({v: [h["name"] for h in h_] for v, h_ in hits.items()}, {value: [f"wl {self.token}"]})
        a = self.post("/warninglists/toggleEnable", {"id": [wl["id"]]})
        self.assertEqual(a.body, {"saved": True, "success": "1 warninglist(s) toggled"})

    def test_update(self):
        a = self.post("/warninglists/update")
        self.assertEqual(a.body["name"], "All warninglists are up to date already.")


if __name__ == "__main__":
    unittest.main()
