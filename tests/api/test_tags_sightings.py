"""Tags and sightings over the API. Each test quotes its rule."""

import time
import unittest

import shapes
from harness import ApiTest

UNKNOWN = "00000000-0000-4000-8000-000000000000"
NO_RIGHT = "You do not have permission to use this functionality."


class Tags(ApiTest):

    def setUp(self):
        super().setUp()
        self.event = self.new_event(Attribute=[{"type": "text", "value": f"v{self.token}"}])
        self.attribute = self.event["Attribute"][0]

    def names(self, thing="event"):
        e = self.view(self.event)
        return [t["name"] for t in (e if thing == "event" else e["Attribute"][0]).get("Tag", [])]

    def test_add(self):
        # {"Tag": {...}}
        name = f"a:b=\"{self.token}\""
        a = self.post("/tags/add", {"name": name, "colour": "#ff00aa", "exportable": False})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Tag": shapes.TAG})
        t = a.body["Tag"]
        self.assertEqual((t["name"], t["colour"], t["exportable"], t["hide_tag"], t["local_only"], t["is_galaxy"],
                          t["org_id"], t["user_id"]), (name, "#ff00aa", False, False, False, False, "0", "0"))
        # without a colour one is chosen
        self.assertRegex(self.new_tag()["colour"], r"^#[0-9a-f]{6}$")

    def test_add_errors(self):
        for body in ({"name": ""}, {}, {"name": "x", "colour": "red"}):
            a = self.post("/tags/add", body)
            self.assertEqual(a.status // 100, 4, body)
            self.assert_error(a, a.status)

    def test_add_existing(self):
        # names are unique; a second add never makes a second tag
        t = self.new_tag(f"once {self.token}")
        self.post("/tags/add", {"name": t["name"]})
        found = self.post("/tags/search", {"tagname": t["name"], "strict_tagname": 1}).body
        self.assertEqual([x["Tag"]["id"] for x in found], [t["id"]])

    def test_index_and_view(self):
        # index {"Tag": [...]}; view bare
        t = self.new_tag()
        self.attach(self.event, t["name"])
        self.attach(self.attribute, t["name"])
        a = self.get("/tags/index")
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Tag": [shapes.TAG_COUNTED]})
        row = next(x for x in a.body["Tag"] if x["id"] == t["id"])
        self.assertEqual((row["count"], row["attribute_count"]), (1, 1))
        a = self.get(f"/tags/view/{t['id']}")
        self.assert_status(a, 200)
        self.assert_shape(a.body, shapes.TAG_COUNTED)
        self.assertEqual(a.body["name"], t["name"])
        self.assert_error(self.get("/tags/view/999999999"), 404)

    def test_edit(self):
        t = self.new_tag()
        a = self.post(f"/tags/edit/{t['id']}", {"name": t["name"] + " new", "colour": "#000001", "hide_tag": True})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Tag": shapes.TAG})
        self.assertEqual(
            (a.body["Tag"]["name"], a.body["Tag"]["colour"], a.body["Tag"]["hide_tag"], a.body["Tag"]["exportable"]),
            (t["name"] + " new", "#000001", True, True))

    def test_delete(self):
        # {"name": "Tag deleted.", "message": "Tag deleted.", ...}
        t = self.new_tag()
        self.attach(self.event, t["name"])
        a = self.post(f"/tags/delete/{t['id']}")
        self.assert_status(a, 200)
        self.assertEqual((a.body["name"], a.body["message"]), ("Tag deleted.", "Tag deleted."))
        self.assert_error(self.get(f"/tags/view/{t['id']}"), 404)
        self.assertEqual(self.names(), [])
        self.assert_error(self.post("/tags/delete/999999999"), 404)

    def test_search(self):
        # tagname (% wildcards), strict_tagname; an array of {"Tag": ...}, [] for none
        a, b = self.new_tag(f"find {self.token} one"), self.new_tag(f"find {self.token} two")

        def found(**q):
            r = self.post("/tags/search", q)
            self.assert_status(r, 200)
            self.assert_shape(r.body, [{"Tag": shapes.TAG, "Taxonomy?": "any", "TaxonomyPredicate?": "any"}],
                              extra=True)
            return sorted(x["Tag"]["name"] for x in r.body)

        self.assertEqual(found(tagname=f"find {self.token}%"), [a["name"], b["name"]])
        self.assertEqual(found(tagname=a["name"]), [a["name"]])
        self.assertEqual(found(tagname=a["name"].upper(), strict_tagname=0), [a["name"]])
        self.assertEqual(found(tagname=a["name"], strict_tagname=1), [a["name"]])
        self.assertEqual(found(tagname=f"find {self.token}", strict_tagname=1), [])
        self.assertEqual(found(tagname=f"none {self.token}"), [])

    def test_attach(self):
        # text contains "successfully" and "(ID)"
        for thing, ref in ((self.event, "name"), (self.attribute, "id")):
            t = self.new_tag()
            a = self.post("/tags/attachTagToObject", {"uuid": thing["uuid"], "tag": t[ref]})
            self.assert_saved(a)
            self.assertIn("successfully", a.body["message"])
            self.assertIn(f"({thing['id']})", a.body["message"])
            self.assertEqual(self.names("event" if thing is self.event else "attribute"), [t["name"]])
        self.assert_shape(self.view(self.event), shapes.EVENT)

    def test_attach_twice(self):
        t = self.new_tag()
        self.attach(self.event, t["name"])
        self.post("/tags/attachTagToObject", {"uuid": self.event["uuid"], "tag": t["name"]})
        self.assertEqual(self.names(), [t["name"]])

    def test_attach_unknown_tag(self):
        # unknown tags are made on the fly only by users with tag-editor right
        name = f"fly {self.token}"
        self.attach(self.event, name)
        self.assertEqual(self.names(), [name])
        owner = self.add_user("User")
        event = self.new_event(key=owner)
        a = self.post("/tags/attachTagToObject", {"uuid": event["uuid"], "tag": f"no {self.token}"}, key=owner)
        roles = {r["Role"]["name"]: r["Role"] for r in self.get("/roles/index").body}
        if not roles["User"]["perm_tag_editor"]:
            self.assertEqual(a.status // 100, 4)
            self.assertNotIn("Tag", self.view(event, key=owner))
            # others lose them silently on add
            self.assertNotIn("Tag", self.new_event(key=owner, Tag=[{"name": f"lost {self.token}"}]))

    def test_attach_unknown_target(self):
        # not allowed there: 404-class answer with message "Invalid Target."
        t = self.new_tag()
        a = self.post("/tags/attachTagToObject", {"uuid": UNKNOWN, "tag": t["name"]})
        self.assert_error(a, 404, "Invalid Target.")
        hidden = self.new_event(distribution=0)
        a = self.post("/tags/attachTagToObject", {"uuid": hidden["uuid"], "tag": t["name"]}, key=self.add_user("User"))
        self.assert_error(a, 404, "Invalid Target.")

    def test_attach_fixed_user(self):
        # tag of another user: errors contains "Invalid Tag. This tag can only be set by a fixed user."
        key = self.add_user("Org Admin")
        t = self.new_tag(user_id="1")
        event = self.new_event(key=key)
        a = self.post("/tags/attachTagToObject", {"uuid": event["uuid"], "tag": t["name"]}, key=key)
        self.assert_error(a, 403)
        self.assertIn("Invalid Tag. This tag can only be set by a fixed user.", str(a.body["errors"]))

    def test_remove(self):
        # ends "successfully removed from Event(ID)." or "... from Attribute(ID)."
        for thing, word in ((self.event, "Event"), (self.attribute, "Attribute")):
            t = self.new_tag()
            self.attach(thing, t["name"])
            a = self.post("/tags/removeTagFromObject", {"uuid": thing["uuid"], "tag": t["name"]})
            self.assert_saved(a)
            self.assertTrue(a.body["message"].endswith(f"successfully removed from {word}({thing['id']})."),
                            a.body["message"])
            self.assertEqual(self.names(word.lower()), [])
        self.assert_error(self.post("/tags/removeTagFromObject", {"uuid": UNKNOWN, "tag": t["name"]}), 404)

    def test_timestamp(self):
        # local tags do not touch the event timestamp; every other edit does
        e = self.new_event(timestamp="1700000000", published=True)
        t, u = self.new_tag(), self.new_tag()
        self.attach(e, t["name"], local=True)
        got = self.view(e)
        self.assertEqual((got["timestamp"], bool(got["Tag"][0]["local"]), got["published"]), ("1700000000", True, True))
        self.attach(e, u["name"], local=False)
        self.assertLess(abs(int(self.view(e)["timestamp"]) - time.time()), 60)

    def test_other_org(self):
        # a visible event of another organisation takes no global tag from an ordinary user
        t = self.new_tag()
        e = self.new_event(distribution=3, published=True)
        a = self.post("/tags/attachTagToObject", {"uuid": e["uuid"], "tag": t["name"], "local": False},
                      key=self.add_user("User"))
        self.assertIn(a.status, (403, 404))
        self.assertNotIn("Tag", self.view(e))

    def test_read_only(self):
        key, t = self.add_user("Read Only"), self.new_tag()
        for path, body in (("/tags/add", {"name": f"x{self.token}"}), (f"/tags/edit/{t['id']}", {"name": "y"}),
                           (f"/tags/delete/{t['id']}", None)):
            self.assert_error(self.post(path, body, key=key), 403, NO_RIGHT)


class TagStatistics(ApiTest):

    def test_statistics(self):
        # {"tags": {name: "n"}, "taxonomies": []}, taxonomies an array when empty
        event = self.new_event(Tag=[{"name": "tlp:white___test"}])
        for path in ("/tags/tagStatistics/false/false", "/tags/tagStatistics/true/true"):
            got = self.get(path).body
            self.assertEqual(set(got), {"tags", "taxonomies"})
            self.assertIn("tlp:white___test", got["tags"], event)


class Sightings(ApiTest):

    def setUp(self):
        super().setUp()
        self.value = f"{self.token}.example.com"
        self.event = self.new_event(
            Attribute=[{"type": "domain", "value": self.value}, {"type": "text", "value": "other"}])
        self.attribute = self.event["Attribute"][0]

    def listed(self, **body):
        a = self.post("/sightings/listSightings", body)
        self.assert_status(a, 200)
        self.assert_shape(a.body, [{"Sighting": shapes.SIGHTING, "Organisation": {"name": "str"}}], extra=True)
        return [r["Sighting"] for r in a.body]

    def test_by_value(self):
        # {"Sighting": {...}} the last one made; value or values
        a = self.post("/sightings/add", {"value": self.value.upper()})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Sighting": shapes.SIGHTING})
        s = a.body["Sighting"]
        self.assertEqual((s["attribute_id"], s["event_id"], s["type"], s["source"]),
                         (self.attribute["id"], self.event["id"], "0", ""))
        self.assertLess(abs(int(s["date_sighting"]) - time.time()), 60)
        other = self.new_event(Attribute=[{"type": "hostname", "value": self.value}])
        self.assert_status(self.post("/sightings/add", {"values": [self.value]}), 200)
        # every attribute that holds the value is sighted
        self.assertEqual(len(self.listed(context="event", id=other["id"])), 1)
        self.assertEqual(len(self.listed(context="event", id=self.event["id"])), 2)

    def test_by_attribute(self):
        # sightings/add[/ATTRIBUTE]; type 0 seen, 1 false positive, 2 expiration; source, timestamp
        for n, (ref, type_) in enumerate((("id", "0"), ("uuid", "1"), ("uuid", "2"))):
            a = self.post(f"/sightings/add/{self.attribute[ref]}",
                          {"type": type_, "source": f"probe {n}", "timestamp": str(1700000000 + n)})
            self.assert_status(a, 200)
            s = a.body["Sighting"]
            self.assertEqual((s["type"], s["source"], s["date_sighting"], s["attribute_id"]),
                             (type_, f"probe {n}", str(1700000000 + n), self.attribute["id"]))
        for key in ("id", "uuid"):
            self.assert_status(self.post("/sightings/add", {key: self.attribute[key]}), 200)
        self.assertEqual(len(self.listed(context="attribute", id=self.attribute["id"])), 5)

    def test_composite(self):
        e = self.new_event(Attribute=[{"type": "domain|ip", "value": f"h.{self.value}|198.51.100.77"}])
        self.assert_status(self.post("/sightings/add", {"value": f"h.{self.value}"}), 200)
        self.assertEqual(len(self.listed(context="event", id=e["id"])), 1)

    def test_list(self):
        # context "event"/"attribute", id, org_id
        self.post(f"/sightings/add/{self.attribute['id']}", {})
        self.post(f"/sightings/add/{self.event['Attribute'][1]['id']}", {})
        org = self.event["Orgc"]["id"]
        self.assertEqual(len(self.listed(context="event", id=self.event["id"])), 2)
        self.assertEqual(len(self.listed(context="attribute", id=self.attribute["id"])), 1)
        self.assertEqual(len(self.listed(context="event", id=self.event["id"], org_id=org)), 2)
        self.assertEqual(self.listed(context="event", id=self.event["id"], org_id="999999"), [])
        self.assert_error(self.post("/sightings/listSightings", {"context": "nothing", "id": self.event["id"]}), 405)

    def test_in_event(self):
        # Sighting [] in the attributes of an event, the key absent when none
        self.post(f"/sightings/add/{self.attribute['id']}", {"source": "probe"})
        e = self.view(self.event)
        self.assert_shape(e, shapes.EVENT)
        by = {a["id"]: a for a in e["Attribute"]}
        self.assertEqual([s["source"] for s in by[self.attribute["id"]]["Sighting"]], ["probe"])
        self.assertNotIn("Sighting", by[self.event["Attribute"][1]["id"]])
        self.assertEqual(len(self.get(f"/attributes/view/{self.attribute['id']}").body["Attribute"]["Sighting"]), 1)

    def test_rest_search(self):
        # {"response": [{"Sighting": {..., "Event", "Attribute"}}]}
        for type_, source, stamp in (("0", "a", 1600000000), ("1", "b", 1700000000)):
            self.post(f"/sightings/add/{self.attribute['id']}", {"type": type_, "source": source, "timestamp": stamp})

        def found(context, **q):
            a = self.post(f"/sightings/restSearch{context}", {"returnFormat": "json", **q})
            self.assert_status(a, 200)
            return [r["Sighting"] for r in a.body["response"]]

        on_event, on_attribute = {"id": self.event["id"]}, {"id": self.attribute["id"]}
        self.assertEqual([s["source"] for s in found("/event", **on_event)], ["a", "b"])
        self.assertEqual([s["source"] for s in found("/attribute", **on_attribute)], ["a", "b"])
        self.assertEqual([s["source"] for s in found("/attribute", **on_attribute, type="1")], ["b"])
        self.assertEqual([s["source"] for s in found("/attribute", **on_attribute, source="a")], ["a"])
        self.assertEqual(
            [s["source"] for s in found("/attribute", **on_attribute, to="1650000000", **{"from": "1500000000"})],
            ["a"])
        self.assertEqual([s["source"] for s in found("/event", uuid=[self.event["uuid"]], includeUuid=True, last=0)],
                         ["a", "b"])
        one = found("/attribute", **on_attribute, includeAttribute=True, includeEvent=True, includeUuid=True)[0]
        self.assertEqual(
            (one["value"], one["Attribute"]["id"], one["Event"]["id"], one["attribute_uuid"], one["event_uuid"]),
            (self.value, self.attribute["id"], self.event["id"], self.attribute["uuid"], self.event["uuid"]))
        self.assertNotIn("Attribute", found("/attribute", **on_attribute)[0])

    def test_delete(self):
        # {"message": "Sighting successfully deleted."}
        s = self.post(f"/sightings/add/{self.attribute['id']}", {}).body["Sighting"]
        for ref in (s["id"], self.post(f"/sightings/add/{self.attribute['id']}", {}).body["Sighting"]["uuid"]):
            a = self.post(f"/sightings/delete/{ref}")
            self.assert_status(a, 200)
            self.assertEqual(a.body["message"], "Sighting successfully deleted.")
        self.assertEqual(self.listed(context="event", id=self.event["id"]), [])
        self.assert_error(self.post(f"/sightings/delete/{UNKNOWN}"), 404)

    def test_index(self):
        self.post(f"/sightings/add/{self.attribute['id']}", {})
        a = self.post("/sightings/index", {})
        self.assert_status(a, 200)
        self.assertIsInstance(a.body, list)

    def test_unknown(self):
        for path, body in ((f"/sightings/add/{UNKNOWN}", {}),
                           ("/sightings/add", {"value": f"nobody holds {self.token}"}), ("/sightings/add", {})):
            a = self.post(path, body)
            self.assertEqual(a.status // 100, 4, (path, body))
            self.assert_error(a, a.status)

    def test_event_timestamp_stays(self):
        # a sighting is no edit of the event
        e = self.new_event(timestamp="1700000000", Attribute=[{"type": "text", "value": f"s{self.token}"}])
        self.post("/sightings/add", {"value": f"s{self.token}"})
        self.assertEqual(self.view(e)["timestamp"], "1700000000")

    def test_rights(self):
        # sightings on what one may see, with the role's right; nothing else
        e = self.new_event(distribution=0, Attribute=[{"type": "text", "value": f"hidden{self.token}"}])
        other, reader = self.add_user("User"), self.add_user("Read Only")
        a = self.post("/sightings/add", {"value": f"hidden{self.token}"}, key=other)
        self.assertEqual(a.status // 100, 4)
        a = self.post(f"/sightings/add/{e['Attribute'][0]['id']}", {}, key=other)
        self.assertEqual(a.status // 100, 4)
        self.assert_error(self.post("/sightings/add", {"value": self.value}, key=reader), 403, NO_RIGHT)
        self.assertNotIn("Sighting", self.view(e)["Attribute"][0])


if __name__ == "__main__":
    unittest.main()
