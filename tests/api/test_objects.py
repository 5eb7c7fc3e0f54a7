"""Objects and references over the API. Each test quotes its rule."""

import unittest
import uuid

import shapes
from harness import ApiTest

UNKNOWN = "00000000-0000-4000-8000-000000000000"
NO_RIGHT = "You do not have permission to use this functionality."
FILE = [("filename", "filename", "a.exe"), ("md5", "md5", "00112233445566778899aabbccddeeff"),
        ("size-in-bytes", "size-in-bytes", "17")]


class ObjectTest(ApiTest):

    def setUp(self):
        super().setUp()
        self.event = self.new_event()

    def now(self, named=""):
        """The event's objects."""
        return self.view(self.event, named=named)["Object"]


class Add(ObjectTest):

    def test_add(self):
        # {"Object": {...}} with its attributes
        for ref in ("id", "uuid"):
            event = self.new_event()
            a = self.post(
                f"/objects/add/{event[ref]}", {
                    "name": "file", "meta-category": "file", "description": "d",
                    "template_uuid": "688c46fb-5edb-40a3-8273-1af7923e2215", "template_version": "24", "comment": "c",
                    "Attribute": [{"object_relation": r, "type": t, "value": v} for r, t, v in FILE]
                })
            self.assert_status(a, 200)
            self.assert_shape(a.body, {"Object": shapes.OBJECT})
            o = a.body["Object"]
            self.assertEqual(
                {
                    k: o[k]
                    for k in ("name", "meta-category", "description", "template_uuid", "template_version", "event_id",
                              "distribution", "sharing_group_id", "comment", "deleted", "first_seen", "last_seen")
                }, {
                    "name": "file", "meta-category": "file", "description": "d",
                    "template_uuid": "688c46fb-5edb-40a3-8273-1af7923e2215", "template_version": "24",
                    "event_id": event["id"], "distribution": "5", "sharing_group_id": "0", "comment": "c",
                    "deleted": False, "first_seen": None, "last_seen": None
                })
            # object attribute order is kept
            self.assertEqual([(x["object_relation"], x["type"], x["value"]) for x in o["Attribute"]], FILE)
            self.assertEqual({x["object_id"] for x in o["Attribute"]}, {o["id"]})

    def test_wrapped(self):
        a = self.post(
            f"/objects/add/{self.event['id']}", {
                "Object": {
                    "name": "url", "meta-category": "network",
                    "Attribute": [{"object_relation": "url", "type": "url", "value": "http://example.com/"}]
                }
            })
        self.assert_status(a, 200)
        self.assertEqual(a.body["Object"]["Attribute"][0]["value"], "http://example.com/")

    def test_unknown_template(self):
        # unknown templates and unknown object_relation values are stored as sent; type, category and flags come from
        # the sender
        o = self.new_object(self.event, [], name="own-thing", template_uuid=str(uuid.uuid4()), template_version="7")
        a = self.post(
            f"/objects/edit/{o['id']}", {
                "Attribute": [{
                    "object_relation": "my-relation", "type": "ip-src", "value": "198.51.100.1",
                    "category": "Payload delivery", "to_ids": False, "disable_correlation": True
                }]
            })
        self.assert_status(a, 200)
        got = self.now()[0]
        x = got["Attribute"][0]
        self.assertEqual((got["name"], got["template_version"]), ("own-thing", "7"))
        self.assertEqual((x["object_relation"], x["type"], x["category"], x["to_ids"], x["disable_correlation"]),
                         ("my-relation", "ip-src", "Payload delivery", False, True))

    def test_same_value_twice(self):
        # uniqueness looks outside objects only
        self.new_attr(self.event, "filename", "a.exe")
        o = self.new_object(self.event, [("filename", "filename", "a.exe"), ("filename", "filename", "a.exe")])
        self.assertEqual([x["value"] for x in o["Attribute"]], ["a.exe", "a.exe"])

    def test_duplicate(self):
        # breakOnDuplicate:1: 403 whose errors contains "Duplicate object found"
        self.new_object(self.event, FILE)
        body = {
            "name": "file", "meta-category": "file", "template_uuid": "688c46fb-5edb-40a3-8273-1af7923e2215",
            "template_version": "24", "Attribute": [{"object_relation": r, "type": t, "value": v} for r, t, v in FILE]
        }
        a = self.post(f"/objects/add/{self.event['id']}/breakOnDuplicate:1", body)
        self.assert_error(a, 403)
        self.assertIn("Duplicate object found", str(a.body["errors"]))
        self.assertEqual(len(self.now()), 1)
        # without it the second is stored
        self.assert_status(self.post(f"/objects/add/{self.event['id']}", body), 200)
        self.assertEqual(len(self.now()), 2)

    def test_first_seen(self):
        o = self.new_object(self.event, FILE, first_seen="2020-01-03T00:00:00.000001+00:00", last_seen="2020-01-04")
        self.assertEqual((o["first_seen"], o["last_seen"]),
                         ("2020-01-03T00:00:00.000001+00:00", "2020-01-04T00:00:00.000000+00:00"))

    def test_counts(self):
        self.new_object(self.event, FILE)
        e = self.view(self.event)
        self.assertEqual((e["attribute_count"], e["Attribute"]), ("3", []))
        # in an event: ObjectReference always there, no value1 and value2
        self.assert_shape(e["Object"], [shapes.OBJECT_IN_EVENT])
        self.assertEqual(e["Object"][0]["ObjectReference"], [])

    def test_errors(self):
        for body in ({"name": "", "meta-category": "file"
                      }, {"name": "file", "Attribute": [{"object_relation": "ip", "type": "ip-dst", "value": "bad"}]},
                     {"name": "file", "Attribute": [{"type": "text",
                                                     "value": "no relation"}]}, {"name": "file", "distribution": 9}):
            with self.subTest(body=body):
                a = self.post(f"/objects/add/{self.event['id']}", body)
                self.assert_error(a, 403)
        # what was refused left nothing behind
        self.assertEqual(self.now(), [])

    def test_unknown_event(self):
        for ref in ("0", "999999999", UNKNOWN):
            self.assert_error(self.post(f"/objects/add/{ref}", {"name": "file", "Attribute": []}), 404)


class View(ObjectTest):

    def test_view(self):
        o = self.new_object(self.event, FILE)
        for ref in (o["id"], o["uuid"]):
            a = self.get(f"/objects/view/{ref}")
            self.assert_status(a, 200)
            self.assert_shape(a.body, {"Object": shapes.OBJECT})
            self.assertEqual(a.body["Object"]["Event"]["id"], self.event["id"])
            self.assertEqual([x["value"] for x in a.body["Object"]["Attribute"]], [v for _, _, v in FILE])

    def test_head(self):
        o = self.new_object(self.event, FILE)
        for ref, status in ((o["id"], 200), (o["uuid"], 200), ("0", 404), (UNKNOWN, 404)):
            a = self.head(f"/objects/view/{ref}")
            self.assertEqual((a.status, a.body), (status, ""))

    def test_unknown(self):
        for ref in ("0", UNKNOWN):
            self.assert_error(self.get(f"/objects/view/{ref}"), 404)


class Edit(ObjectTest):

    def test_by_uuid(self):
        # updates match by uuid, not position; what was not sent stays; new attributes are added
        o = self.new_object(self.event, FILE)
        md5 = o["Attribute"][1]
        a = self.post(
            f"/objects/edit/{o['uuid']}", {
                "comment": "seen", "Attribute": [{
                    "uuid": md5["uuid"], "object_relation": "md5", "type": "md5",
                    "value": "ffeeddccbbaa99887766554433221100"
                }, {"object_relation": "text", "type": "text", "value": "note"}]
            })
        self.assert_status(a, 200)
        got = self.now()[0]
        self.assertEqual((got["comment"], got["name"]), ("seen", "file"))
        self.assertEqual([x["value"] for x in got["Attribute"]],
                         ["a.exe", "ffeeddccbbaa99887766554433221100", "17", "note"])
        self.assertEqual(got["Attribute"][1]["id"], md5["id"])

    def test_deleted_attribute(self):
        o = self.new_object(self.event, FILE)
        a = self.post(f"/objects/edit/{o['id']}", {"Attribute": [{"uuid": o["Attribute"][0]["uuid"], "deleted": True}]})
        self.assert_status(a, 200)
        self.assertEqual([x["object_relation"] for x in self.now()[0]["Attribute"]], ["md5", "size-in-bytes"])

    def test_whole_back(self):
        o = self.new_object(self.event, FILE)
        whole = self.get(f"/objects/view/{o['id']}").body["Object"]
        whole["comment"] = "round trip"
        for x in (whole, *whole["Attribute"]):
            x.pop("timestamp")
        a = self.post(f"/objects/edit/{o['id']}", whole)
        self.assert_status(a, 200)
        self.assertEqual((a.body["Object"]["comment"], len(self.now()[0]["Attribute"])), ("round trip", 3))

    def test_unknown(self):
        self.assert_error(self.post(f"/objects/edit/{UNKNOWN}", {"comment": "x"}), 404)


class Delete(ObjectTest):

    def test_soft(self):
        # ok("Object deleted"); its attributes go with it
        o = self.new_object(self.event, FILE)
        self.assert_saved(self.post(f"/objects/delete/{o['uuid']}"), "Object deleted")
        self.assertEqual(self.now(), [])
        self.assertEqual(self.view(self.event)["attribute_count"], "0")
        self.assertEqual([x["deleted"] for x in self.now("/deleted[]:0/deleted[]:1")], [True])
        self.assertEqual(self.head(f"/attributes/view/{o['Attribute'][0]['id']}").status, 404)

    def test_hard(self):
        o = self.new_object(self.event, FILE)
        self.assert_saved(self.post(f"/objects/delete/{o['id']}", {"hard": 1}), "Object deleted")
        self.assertEqual(self.now("/deleted[]:0/deleted[]:1"), [])
        self.assert_error(self.get(f"/objects/view/{o['id']}"), 404)

    def test_unknown(self):
        self.assert_error(self.post(f"/objects/delete/{UNKNOWN}"), 404)


class References(ObjectTest):

    def reference(self, source, target, type_="drops"):
        a = self.post("/objectReferences/add", {
            "object_uuid": source["uuid"], "referenced_uuid": target["uuid"], "relationship_type": type_, "comment": "c"
        })
        self.assert_status(a, 200)
        return a.body["ObjectReference"]

    def test_add(self):
        o, p = self.new_object(self.event, FILE), self.new_object(self.event, [("filename", "filename", "b.exe")])
        attr = self.new_attr(self.event, "text", "t")
        ref = self.reference(o, p)
        # referenced_type: 1 object, 0 attribute
        self.assertEqual((ref["object_id"], ref["referenced_uuid"], ref["referenced_id"], ref["relationship_type"],
                          ref["referenced_type"], ref["comment"]), (o["id"], p["uuid"], p["id"], "drops", "1", "c"))
        self.assertEqual(self.reference(o, attr, "uses")["referenced_type"], "0")
        got = next(x for x in self.now() if x["id"] == o["id"])["ObjectReference"]
        self.assert_shape(got, [shapes.REFERENCE_IN_EVENT])
        self.assertEqual(sorted(r["relationship_type"] for r in got), ["drops", "uses"])

    def test_delete(self):
        # ok("ObjectReference deleted"), true: hard
        o, p = self.new_object(self.event, FILE), self.new_object(self.event, FILE)
        for named in ("", "/true"):
            ref = self.reference(o, p)
            a = self.post(f"/objectReferences/delete/{ref['id']}{named}")
            self.assert_status(a, 200)
            self.assertEqual(a.body["message"], "ObjectReference deleted")
            self.assertEqual(self.now()[0]["ObjectReference"], [])

    def test_unknown(self):
        o = self.new_object(self.event, FILE)
        for body in ({"object_uuid": o["uuid"], "referenced_uuid": UNKNOWN, "relationship_type": "x"},
                     {"object_uuid": UNKNOWN, "referenced_uuid": o["uuid"], "relationship_type": "x"}, {}):
            a = self.post("/objectReferences/add", body)
            self.assertEqual(a.status // 100, 4)
            self.assert_error(a, a.status)


class Rights(ObjectTest):

    def test_rights(self):
        event = self.new_event(distribution=3, published=True)
        o = self.new_object(event, FILE)
        self.post(f"/events/publish/{event['id']}/disable_background_processing:1")
        other, reader = self.add_user("User"), self.add_user("Read Only")
        for path, body in ((f"/objects/add/{event['id']}", {"name": "file", "Attribute": []}),
                           (f"/objects/edit/{o['id']}", {"comment": "x"}), (f"/objects/delete/{o['id']}", None)):
            self.assert_error(self.post(path, body, key=other), 403)
            self.assert_error(self.post(path, body, key=reader), 403, NO_RIGHT)
        self.assertEqual(self.get(f"/objects/view/{o['id']}", key=other).body["Object"]["comment"], "")

    def test_invisible(self):
        event = self.new_event(distribution=0)
        o, key = self.new_object(event, FILE), self.add_user("User")
        self.assert_error(self.get(f"/objects/view/{o['id']}", key=key), 404)
        self.assertEqual(self.head(f"/objects/view/{o['uuid']}", key=key).status, 404)
        for call in ("edit", "delete"):
            self.assert_error(self.post(f"/objects/{call}/{o['id']}", {"comment": "x"}, key=key), 404)

    def test_object_distribution(self):
        # an object of distribution 0 stays with its organisation, attributes included
        event = self.new_event(distribution=3)
        self.new_object(event, FILE, distribution="0", name="closed")
        self.new_object(event, [("filename", "filename", "open.exe")], name="open")
        self.post(f"/events/publish/{event['id']}/disable_background_processing:1")
        got = self.view(event, key=self.add_user("User"))
        self.assertEqual([o["name"] for o in got["Object"]], ["open"])
        a = self.post("/attributes/restSearch", {"eventid": event["id"]}, key=self.add_user("User"))
        self.assertEqual(self.values(a.body["response"]["Attribute"]), ["open.exe"])


if __name__ == "__main__":
    unittest.main()
