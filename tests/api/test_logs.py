"""The audit log read back, in both forms of MISP, and statistics: what they count, and for whom."""

import time
import unittest

from harness import ADMIN_EMAIL, ADMIN_KEY, ROLES, ApiTest

LOG = {"id": "id", "title": "str", "created": "str", "model": "str", "model_id": "id", "action": "str", "user_id": "id", "change": "str",
       "email": "str", "org": "str", "description": "str", "ip": "str"}
AUDIT = {"AuditLog": {"id": "id", "created": "str", "user_id": "id", "org_id": "id", "ip": "str", "request_type": "str", "authkey_id": "id",
                      "action": "str", "model": "str", "model_id": "id", "model_title": "str", "event_id": "id/null", "change": "any", "title": "str"},
         "User": {"id": "id", "email": "str/null", "org_id": "id"}, "Organisation": {"id": "id", "name": "str/null", "uuid": "uuid/null"}}
NO_RIGHT = "You do not have permission to use this functionality."


class Logs(ApiTest):

    def logs(self, key=ADMIN_KEY, **filters):
        a = self.post("/admin/logs/index", filters, key=key)
        self.assert_status(a, 200)
        self.assert_shape(a.body, [{"Log": LOG}])
        return [x["Log"] for x in a.body]

    def test_change(self):
        # a change says field, old and new; the newest entry comes first
        key = self.add_user("User")
        for email in (f"a{self.token}@user.test", f"b{self.token}@user.test"):
            self.assert_status(self.post(f"/admin/users/edit/{key.user['id']}", {"email": email}), 200)
        found = self.logs(model="User", model_id=key.user["id"], action="edit")
        self.assertEqual([x["change"] for x in found], [f"email (a{self.token}@user.test) => (b{self.token}@user.test)",
                                                        f"email ({key.user['email']}) => (a{self.token}@user.test)"])
        self.assertEqual({x["email"] for x in found}, {ADMIN_EMAIL})
        self.assertEqual(len(self.logs(model="User", model_id=key.user["id"], action="edit", limit=1, page=2)), 1)

    def test_filters(self):
        event = self.new_event(info=f"logged {self.token}")
        for filters, there in (({"title": f"%{self.token}%"}, True), ({"model": "Event", "model_id": event["id"]}, True),
                               ({"model": ["User", "event"], "model_id": event["id"]}, True), ({"model": "!Event", "title": f"%logged {self.token}%"}, False),
                               ({"title": f"%{self.token}%", "created": "1h"}, True), ({"title": f"%{self.token}%", "created": time.time() + 60}, False),
                               ({"title": f"%{self.token}%", "email": ADMIN_EMAIL.upper()}, True), ({"title": f"%{self.token}%", "email": "nobody@x.test"}, False),
                               ({"title": f"%{self.token}%", "ip": "127.0.0.%"}, True), ({"title": f"%{self.token}%", "ip": "192.0.2.1"}, False),
                               ({"title": self.token}, False)):
            with self.subTest(filters=filters):
                self.assertEqual(bool(self.logs(**filters)), there)
        for bad in ({"limit": 0}, {"page": 0}, {"limit": -5}):
            self.assert_error(self.post("/admin/logs/index", bad), 400, "a number from 1 is wanted")

    def test_refusal(self):
        key = self.add_user("Read Only")
        self.assert_error(self.post("/events/add", {"info": "x"}, key=key), 403)
        found = self.logs(action="refuse", user_id=key.user["id"])
        self.assertEqual([x["title"] for x in found], ["POST /events/add"])

    def test_who_sees(self):
        # site admins all, organisation admins their organisation, others with the right themselves
        chief = self.add_user("Org Admin")
        mate, other = self.add_user("Publisher", org=chief.org), self.add_user("Publisher")
        for key in (mate, other):
            self.new_event(key=key, info=f"seen {self.token}")
        self.assertEqual(len(self.logs(title=f"%seen {self.token}%")), 2)
        self.assertEqual({x["user_id"] for x in self.logs(key=chief, title=f"%seen {self.token}%")}, {mate.user["id"]})
        self.assertEqual({x["user_id"] for x in self.logs(key=other)}, {other.user["id"]})
        a = self.post("/admin/roles/add", {"name": f"no audit {self.token}", "perm_auth": True, "perm_audit": False})
        self.assert_status(a, 200)
        ROLES["no audit"] = a.body["Role"]["id"]
        self.assert_error(self.post("/admin/logs/index", {}, key=self.add_user("no audit")), 403, NO_RIGHT)

    def test_audit_logs(self):
        event = self.new_event(info=f"first {self.token}")
        self.assert_status(self.post(f"/events/edit/{event['id']}", {"info": f"second {self.token}"}), 200)
        a = self.get(f"/audit_logs/eventIndex/{event['uuid']}")
        self.assert_status(a, 200)
        self.assert_shape(a.body, [AUDIT])
        self.assertEqual([x["AuditLog"]["action"] for x in a.body], ["edit", "add"])
        one = self.get(f"/audit_logs/fullChange/{a.body[0]['AuditLog']['id']}")
        self.assertEqual(one.body, a.body[0])
        self.assert_error(self.get("/audit_logs/fullChange/999999999"), 404)
        self.assert_error(self.get("/audit_logs/fullChange/x"), 404)
        self.assert_status(self.get("/admin/audit_logs/index"), 200)
        hidden = self.new_event(info="x", distribution=0)
        self.assert_error(self.get(f"/audit_logs/eventIndex/{hidden['id']}", key=self.add_user("Publisher")), 404)

    def test_every_request(self):
        key = self.add_user("User")
        self.assert_saved(self.post("/servers/serverSettingsEdit/MISP.log_paranoid", {"value": True}))
        try:
            self.get("/users/view/me", key=key)
        finally:
            self.post("/servers/serverSettingsEdit/MISP.log_paranoid", {"value": False})
        self.assertEqual([x["title"] for x in self.logs(action="request", user_id=key.user["id"])], ["GET /users/view/me"])
        self.get("/users/view/me", key=key)
        self.assertEqual(len(self.logs(action="request", user_id=key.user["id"])), 1)

    def test_user_header(self):
        key = self.add_user("User")
        self.assertNotIn("X-Username", self.get("/users/view/me", key=key).headers)
        self.assert_saved(self.post("/servers/serverSettingsEdit/Security.username_in_response_header", {"value": 1}))
        self.assertRegex(self.get("/users/view/me", key=key).headers["X-Username"], rf"^{key.user['email']}/API/\d+$")
        self.assert_saved(self.post("/servers/serverSettingsEdit/Security.username_in_response_header", {"value": 0}))

    def test_not_live(self):
        key = self.add_user("User")
        self.assert_saved(self.post("/servers/serverSettingsEdit/MISP.live", {"value": False}))
        self.assert_error(self.get("/events/index", key=key), 403, "maintenance")
        self.assert_status(self.get("/events/index"), 200)
        self.assert_saved(self.post("/servers/serverSettingsEdit/MISP.live", {"value": True}))
        self.assert_status(self.get("/events/index", key=key), 200)


class Statistics(ApiTest):

    def statistics(self, page, key=ADMIN_KEY):
        a = self.get(f"/users/statistics/{page}", key=key)
        self.assert_status(a, 200)
        return a.body

    def test_counts(self):
        before = self.statistics("data")["stats"]
        values = [{"type": "ip-dst", "value": "192.0.2.77"}, {"type": "text", "value": self.token}]
        for i in range(2):
            self.new_event(info=f"{self.token} {i}", Attribute=values)
        after = self.statistics("data")["stats"]
        self.assertEqual(int(after["event_count"]) - int(before["event_count"]), 2)
        self.assertEqual(int(after["event_count_month"]) - int(before["event_count_month"]), 2)
        self.assertEqual(int(after["attribute_count"]) - int(before["attribute_count"]), 4)
        self.assertGreaterEqual(int(after["correlation_count"]) - int(before["correlation_count"]), 4)  # two values, each way
        # nobody counts what he does not see
        self.new_event(info="hidden", distribution=0)
        key = self.add_user("User")
        self.assertEqual(int(self.statistics("data", key)["stats"]["event_count"]), len(self.get("/events/index/limit:1000", key=key).body))

    def test_orgs(self):
        owner = self.add_user("Publisher")
        self.new_event(key=owner, info="one", distribution=1, Attribute=[{"type": "text", "value": self.token}, {"type": "ip-src", "value": "192.0.2.9"}])
        mine = self.statistics("orgs")[owner.org["name"]]
        self.assertEqual((mine["userCount"], mine["eventCount"], mine["attributeCount"]), ("1", "1", "2"))
        self.assertEqual(list(mine["orgActivity"]["data"].values()), ["1"])
        histogram = [x for x in self.statistics("attributehistogram") if x["org_name"] == owner.org["name"]]
        self.assertEqual(histogram, [{"data": {"ip-src": "1", "text": "1"}, "org_name": owner.org["name"], "total": 2}])

    def test_users(self):
        before = self.statistics("users")
        self.assertEqual(list(before), ["user", "org_local", "org_external"])
        self.add_user("User")
        after = self.statistics("users")
        for span in ("total", "month", "year"):
            self.assertEqual(after["user"]["data"][span], before["user"]["data"][span] + 1)
            self.assertEqual(after["org_local"]["data"][span], before["org_local"]["data"][span] + 1)

    def test_tags(self):
        tag = self.new_tag()
        self.attach(self.new_event(info="tagged"), tag["name"])
        body = self.statistics("tags")
        self.assertEqual(list(body), ["flatData", "treemap"])
        self.assertEqual(body["flatData"]["custom"][tag["name"]], {"name": tag["name"], "size": "1"})
        group = next(g for g in body["treemap"]["children"] if g["name"] == "custom")
        self.assertIn({"name": tag["name"], "size": "1"}, group["children"])

    def test_sightings(self):
        key = self.add_user("User")
        event = self.new_event(info="seen", distribution=1, Attribute=[{"type": "domain", "value": f"{self.token}.example.com"}])
        for kind in ("0", "0", "1"):
            self.assert_status(self.post("/sightings/add", {"id": event["Attribute"][0]["id"], "type": kind, "source": "probe"}, key=key), 200)
        self.assertEqual(self.statistics("sightings", key),
                         {"toplist": {"probe": 3}, "eventids": {"probe": {"sighting": [event["id"]], "false-positive": [event["id"]]}}})
        self.assert_error(self.get("/users/statistics/nothing"), 404)


if __name__ == "__main__":
    unittest.main()
