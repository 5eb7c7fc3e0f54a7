"""Dry runs: a call that writes answers as it would, and leaves nothing behind."""

import unittest

from harness import ApiTest

DRY = {"X-Dry-Run": "1"}


class DryRun(ApiTest):

    def counts(self):
        """What is stored, as far as the lists say."""
        return [len(self.get(path).body) for path in ("/events/index", "/tags/index", "/admin/organisations/index", "/roles/index",
                                                      "/admin/users/index", "/auth_keys/index")]

    def test_nothing_stays(self):
        event = self.new_event(Attribute=[{"type": "text", "value": f"a{self.token}"}])
        attr, tag = event["Attribute"][0], self.new_tag()
        before, seen = self.counts(), self.get(f"/events/view/{event['id']}").body
        for method, path, body in (
                ("POST", "/events/add", {"info": self.token, "Attribute": [{"type": "text", "value": "x"}]}),
                ("POST", f"/events/edit/{event['id']}", {"info": "other"}),
                ("POST", f"/attributes/add/{event['id']}", {"type": "text", "value": f"b{self.token}"}),
                ("POST", f"/attributes/edit/{attr['id']}", {"comment": "other"}),
                ("DELETE", f"/attributes/delete/{attr['id']}", None),
                ("POST", f"/attributes/addTag/{attr['id']}/{tag['id']}", {}),
                ("POST", f"/events/publish/{event['id']}", {}),
                ("POST", f"/sightings/add/{attr['id']}", {}),
                ("POST", "/tags/add", {"name": f"t{self.token}", "colour": "#010203"}),
                ("POST", "/admin/organisations/add", {"name": f"o{self.token}"}),
                ("POST", "/admin/roles/add", {"name": f"r{self.token}", "permission": 1}),
                ("DELETE", f"/events/delete/{event['id']}", None)):
            with self.subTest(path=path):
                for form, headers in ((path, DRY), (path + "/dryRun:1", {}), (path + "?dryRun=true", {})):
                    a = self.server.request(method, form, body, headers=headers)
                    self.assert_status(a, 200)
                    self.assertEqual(a.headers["X-Dry-Run"], "1")
                self.assertEqual(self.get(f"/events/view/{event['id']}").body, seen)
        self.assertEqual(self.counts(), before)

    def test_answer_shows_the_change(self):
        a = self.post("/events/add", {"info": self.token, "Attribute": [{"type": "text", "value": self.token}]}, headers=DRY)
        self.assertEqual([x["value"] for x in a.body["Event"]["Attribute"]], [self.token])
        self.assert_error(self.get(f"/events/view/{a.body['Event']['uuid']}"), 404)
        # the ids are not used up
        self.assertEqual(self.new_event()["id"], a.body["Event"]["id"])

    def test_long_answer(self):
        values = [{"type": "text", "value": f"{i} {self.token} {'x' * 200}"} for i in range(6000)]
        a = self.post("/events/add", {"info": self.token, "Attribute": values}, headers=DRY)
        self.assertEqual(len(a.body["Event"]["Attribute"]), 6000)
        self.assert_error(self.get(f"/events/view/{a.body['Event']['uuid']}"), 404)

    def test_errors_stay_errors(self):
        event = self.new_event()
        a = self.post(f"/attributes/add/{event['id']}", {"type": "ip-dst", "value": "no address"}, headers=DRY)
        b = self.post(f"/attributes/add/{event['id']}", {"type": "ip-dst", "value": "no address"})
        self.assertEqual((a.status, a.body), (b.status, b.body))
        self.assertEqual(self.post("/tags/add", {"name": ""}, headers=DRY).status, self.post("/tags/add", {"name": ""}).status)

    def test_words(self):
        for word in ("0", "false"):
            a = self.post("/tags/add", {"name": f"{word}{self.token}", "colour": "#010203"}, headers={"X-Dry-Run": word})
            self.assertIsNone(a.headers["X-Dry-Run"])
            self.assert_status(self.get(f"/tags/view/{a.body['Tag']['id']}"), 200)
        before = self.counts()
        self.assert_error(self.post("/tags/add", {"name": self.token, "colour": "#010203"}, headers={"X-Dry-Run": "perhaps"}), 400)
        self.assertEqual(self.counts(), before)
        self.assertIsNone(self.get("/tags/index", headers=DRY).headers["X-Dry-Run"])  # reads are as they are

    def test_shared_memory(self):
        # a setting changed in a dry run is not seen by anybody else
        def message():
            return self.get("/servers/getSetting/MISP.maintenance_message").body["value"]
        before = message()
        self.assert_status(self.post("/servers/serverSettingsEdit/MISP.maintenance_message", {"value": self.token}, headers=DRY), 200)
        self.assertEqual(message(), before)


if __name__ == "__main__":
    unittest.main()
