"""The settings of the instance: read, changed, checked, kept, and what those do that change who sees what."""

import unittest

from harness import ADMIN_KEY, ApiTest

NO_RIGHT = "You do not have permission to use this functionality."
ONE = {"level": "int", "description": "str", "value": "any", "test": "str", "type": "str", "null": "bool", "name": "str", "options?": "any"}
LISTED = {"level": "int", "description": "str", "value": "any", "test": "str", "type": "str", "null": "bool", "setting": "str", "tab": "str",
          "is_default": "bool", "options?": "any", "redacted?": "bool"}


class Settings(ApiTest):

    def set(self, name, value, **more):
        return self.post(f"/servers/serverSettingsEdit/{name}", {"value": value, **more})

    def value(self, name):
        a = self.get(f"/servers/getSetting/{name}")
        self.assert_status(a, 200)
        self.assert_shape(a.body, ONE)
        return a.body["value"]

    def test_kinds(self):
        # a flag comes back as a flag, a number as a number, whatever form was sent
        for name, sent, want in (("MISP.delegation", True, True), ("MISP.delegation", "0", False), ("MISP.delegation", 1, True),
                                 ("MISP.delegation", "false", False), ("MISP.max_correlations_per_event", "10", 10),
                                 ("MISP.max_correlations_per_event", 5000, 5000), ("MISP.contact", "team@example.com", "team@example.com")):
            with self.subTest(name=name, sent=sent):
                self.assert_saved(self.set(name, sent, force=True), "Field updated")
                self.assertEqual(self.value(name), want)
                self.assertIs(type(self.value(name)), type(want))

    def test_refused(self):
        # a wrong value changes nothing, and says why
        before = self.value("MISP.max_correlations_per_event")
        for name, sent, text in (("MISP.max_correlations_per_event", "many", "This setting has to be a number."),
                                 ("MISP.max_correlations_per_event", -1, "out of bounds"), ("MISP.live", "perhaps", "not a boolean"),
                                 ("Plugin.Sightings_policy", 9, "not one of those allowed"), ("MISP.baseurl", "ftp://example.com", "http://"),
                                 ("MISP.host_org_id", 99999, "no local organisation"), ("MISP.live", [1, 2], "Invalid input"),
                                 ("MISP.live", "*****", "No change.")):
            with self.subTest(name=name, sent=sent):
                a = self.set(name, sent)
                self.assert_status(a, 403)
                self.assertIs(a.body["saved"], False)
                self.assertIn(text, str(a.body["errors"]))
        self.assertEqual(self.value("MISP.max_correlations_per_event"), before)
        self.assert_error(self.set("MISP.no_such", 1), 404, "Setting MISP.no_such is invalid.")
        self.assert_error(self.get("/servers/getSetting/MISP.no_such"), 404)

    def test_secret(self):
        self.assert_saved(self.set("Security.salt", "grains of it"), "Field updated")
        for path in ("/servers/getSetting/Security.salt", "/servers/serverSettingsEdit/Security.salt"):
            self.assert_error(self.get(path), 403, "This setting is redacted.")
        self.assertNotIn("grains of it", str(self.get("/servers/serverSettings").body))

    def test_all(self):
        a = self.get("/servers/serverSettings")
        self.assert_status(a, 200)
        self.assert_shape(a.body["finalSettings"], [LISTED])
        names = [s["setting"] for s in a.body["finalSettings"]]
        self.assertEqual(len(names), len(set(names)))
        self.assertIn("MISP.live", names)
        some = [s["setting"] for s in self.get("/servers/serverSettings/Plugin").body["finalSettings"]]
        self.assertEqual(some, [n for n in names if n.startswith("Plugin.")])

    def test_who(self):
        for role in ("User", "Org Admin", "Sync user"):
            key = self.add_user(role)
            for a in (self.get("/servers/serverSettings", key=key), self.get("/servers/getSetting/MISP.live", key=key),
                      self.post("/servers/serverSettingsEdit/MISP.live", {"value": False}, key=key)):
                self.assert_error(a, 403, NO_RIGHT)
        self.assertIs(self.value("MISP.live"), True)

    def test_kept(self):
        self.assert_saved(self.set("MISP.maintenance_message", self.token))
        self.server.restart()
        self.assertEqual(self.value("MISP.maintenance_message"), self.token)

    def test_unpublished_private(self):
        # the setting counts from the next call on, both ways
        owner, other = self.add_user("Publisher"), self.add_user("User")
        event = self.new_event(key=owner, distribution=3, Attribute=[{"type": "text", "value": self.token}])
        for on in (True, False, True):
            self.assert_saved(self.set("MISP.unpublishedprivate", on))
            self.assertEqual(self.get(f"/events/view/{event['id']}", key=other).status, 404 if on else 200)
            self.assertEqual(self.get(f"/events/view/{event['id']}", key=owner).status, 200)
            found = self.post("/attributes/restSearch", {"value": self.token}, key=other).body["response"]["Attribute"]
            self.assertEqual(len(found), 0 if on else 1)
        self.post(f"/events/publish/{event['id']}", key=owner)
        self.assertEqual(self.get(f"/events/view/{event['id']}", key=other).status, 200)
        self.assert_saved(self.set("MISP.unpublishedprivate", False))

    def test_defaults(self):
        # of events and attributes that say nothing themselves
        wanted = {"MISP.default_event_distribution": 0, "MISP.default_event_threat_level": 2, "MISP.default_attribute_distribution": "1"}
        for name, value in wanted.items():
            self.assert_saved(self.set(name, value))
        event = self.new_event(Attribute=[{"type": "text", "value": "a"}, {"type": "text", "value": "b", "distribution": 3}])
        self.assertEqual((event["distribution"], event["threat_level_id"], [a["distribution"] for a in event["Attribute"]]), ("0", "2", ["1", "3"]))
        said = self.new_event(distribution=2, threat_level_id=3)
        self.assertEqual((said["distribution"], said["threat_level_id"]), ("2", "3"))
        for name, value in (("MISP.default_event_distribution", 1), ("MISP.default_event_threat_level", 4), ("MISP.default_attribute_distribution", "event")):
            self.assert_saved(self.set(name, value))
        event = self.new_event(Attribute=[{"type": "text", "value": "a"}])
        self.assertEqual((event["distribution"], event["threat_level_id"], event["Attribute"][0]["distribution"]), ("1", "4", "5"))

    def test_hidden_organisations(self):
        # who may not make sharing groups knows his own organisation, and those of whose work he sees something
        key, silent, quiet, loud = (self.add_user("User") for _ in range(4))
        self.new_event(key=quiet, distribution=0)
        event = self.new_event(key=loud, distribution=1, published=True)
        proposer = self.add_user("User")
        self.assert_status(self.post(f"/shadow_attributes/add/{event['id']}", {"type": "text", "value": self.token}, key=proposer), 200)
        self.assert_saved(self.set("Security.hide_organisation_index_from_users", True))
        try:
            for other, seen in ((key, True), (silent, False), (quiet, False), (loud, True), (proposer, True)):
                for ref in (other.org["id"], other.org["uuid"], other.org["name"].replace(" ", "+")):
                    self.assertEqual(self.get(f"/organisations/view/{ref}", key=key).status, 200 if seen else 404, ref)
            self.assert_error(self.get("/organisations/index", key=key), 403, NO_RIGHT)
            self.assert_status(self.get("/organisations/index", key=self.add_user("Org Admin")), 200)
            self.assert_status(self.get("/organisations/index"), 200)
        finally:
            self.assert_saved(self.set("Security.hide_organisation_index_from_users", False))
        self.assert_status(self.get(f"/organisations/view/{silent.org['id']}", key=key), 200)

    def test_audited(self):
        self.assert_saved(self.set("MISP.contact", f"{self.token}@example.com"))
        self.assertEqual(self.get("/servers/serverSettingsEdit/MISP.contact", key=ADMIN_KEY).body, {"MISP.contact": f"{self.token}@example.com"})


if __name__ == "__main__":
    unittest.main()
