"""Attributes over the API: one and many, duplicates, edit, delete and restore, who may. Each test quotes its rule."""

import time
import unittest
import uuid

import shapes
from harness import ApiTest

UNKNOWN = "00000000-0000-4000-8000-000000000000"
DUPLICATE = "A similar attribute already exists for this event."
PROPOSE = "You do not have permission to do that."
NO_RIGHT = "You do not have permission to use this functionality."


class AttributeTest(ApiTest):

    def setUp(self):
        super().setUp()
        self.event = self.new_event()

    def add(self, body, named="", **more):
        return self.post(f"/attributes/add/{self.event['id']}{named}", body, **more)

    def values_now(self, named=""):
        return self.values(self.view(self.event, named=named)["Attribute"])


class Add(AttributeTest):

    def test_one(self):
        u = str(uuid.uuid4())
        for ref, value in (("id", "198.51.100.1"), ("uuid", "198.51.100.2")):
            a = self.post(f"/attributes/add/{self.event[ref]}", {
                "type": "ip-dst", "value": value, "comment": "c", "to_ids": False,
                **({"uuid": u} if ref == "uuid" else {})
            })
            self.assert_status(a, 200)
            self.assert_shape(a.body, {"Attribute": shapes.ATTRIBUTE, "AttributeTag?": []})
            got = a.body["Attribute"]
            self.assertEqual(
                {
                    k: got[k]
                    for k in ("type", "value", "category", "comment", "to_ids", "distribution", "event_id", "object_id",
                              "deleted")
                }, {
                    "type": "ip-dst", "value": value, "category": "Network activity", "comment": "c", "to_ids": False,
                    "distribution": "5", "event_id": self.event["id"], "object_id": "0", "deleted": False
                })
        self.assertEqual(got["uuid"], u)

    def test_wrapped(self):
        a = self.add({"Attribute": {"type": "text", "value": "wrapped"}})
        self.assert_status(a, 200)
        self.assertEqual(a.body["Attribute"]["value"], "wrapped")

    def test_array_of_one(self):
        # array of one: {"Attribute": {...}}
        a = self.add([{"type": "text", "value": "one"}])
        self.assert_status(a, 200)
        self.assertIsInstance(a.body["Attribute"], dict)

    def test_array(self):
        a = self.add([{"type": "text", "value": f"v{n}"} for n in range(5)])
        self.assert_status(a, 200)
        self.assert_shape(a.body["Attribute"], [shapes.ATTRIBUTE])
        self.assertEqual([x["value"] for x in a.body["Attribute"]], [f"v{n}" for n in range(5)])
        self.assertEqual(self.view(self.event)["attribute_count"], "5")

    def test_array_partial(self):
        # HTTP 200 as long as one was saved; errors numbered by position
        self.new_attr(self.event, "text", "there")
        a = self.add([{"type": "ip-dst", "value": "bad"}, {"type": "text", "value": "good"},
                      {"type": "text", "value": "There"}, {"type": "no-type",
                                                           "value": "x"}, {"type": "text", "value": "also good"}])
        self.assert_status(a, 200)
        self.assertEqual([x["value"] for x in a.body["Attribute"]], ["good", "also good"])
        self.assertEqual(set(a.body["errors"]), {"attribute_0", "attribute_2", "attribute_3"})
        self.assertEqual(a.body["errors"]["attribute_2"], {"value": [DUPLICATE]})
        self.assertEqual(a.body["errors"]["attribute_3"], {"type": ["Invalid type."]})
        self.assertIsInstance(a.body["errors"]["attribute_0"]["value"][0], str)
        self.assertEqual(self.values_now(), ["also good", "good", "there"])

    def test_array_all_bad(self):
        a = self.add([{"type": "ip-dst", "value": "bad"}, {"type": "ip-dst", "value": "worse"}])
        self.assert_refused_save(a)
        self.assertEqual(self.values_now(), [])

    def test_value_list(self):
        # one attribute call may carry a list of values
        a = self.add({"type": "text", "value": ["a", "b"]})
        self.assert_status(a, 200)
        self.assertEqual(self.values_now(), ["a", "b"])

    def test_duplicate(self):
        # refused on value, ignoring case and accents, only within the same category and type
        self.new_attr(self.event, "text", "R\u00e9sum\u00e9")
        for value in ("R\u00e9sum\u00e9", "r\u00e9SUM\u00e9", "Resume"):
            self.assert_refused_save(self.add({"type": "text", "value": value}), "value", DUPLICATE)
        self.assert_status(self.add({"type": "comment", "value": "Resume"}), 200)
        self.assert_status(self.add({"type": "text", "value": "Resume", "category": "Internal reference"}), 200)
        # another event may hold it
        self.new_attr(self.new_event(), "text", "Resume")

    def test_duplicate_inside_the_array(self):
        a = self.add([{"type": "text", "value": "twice"}, {"type": "text", "value": "TWICE"}])
        self.assert_status(a, 200)
        self.assertEqual(a.body["errors"]["attribute_1"], {"value": [DUPLICATE]})

    def test_duplicate_of_deleted(self):
        # object attributes and deleted ones are exempt
        attr = self.new_attr(self.event, "text", "back")
        self.assert_status(self.post(f"/attributes/delete/{attr['id']}"), 200)
        self.assertNotEqual(self.new_attr(self.event, "text", "back")["id"], attr["id"])

    def test_duplicate_of_object_attribute(self):
        self.new_object(self.event, [("filename", "filename", "same.exe")])
        self.new_attr(self.event, "filename", "same.exe")

    def test_break_on_duplicate(self):
        # breakOnDuplicate:0 updates instead
        attr = self.new_attr(self.event, "text", "same", comment="old")
        a = self.add({"type": "text", "value": "SAME", "comment": "new"}, named="/breakOnDuplicate:0")
        self.assert_status(a, 200)
        self.assert_shape(a.body["Attribute"], shapes.ATTRIBUTE)
        self.assertEqual((a.body["Attribute"]["id"], a.body["Attribute"]["comment"]), (attr["id"], "new"))
        self.assertEqual(len(self.values_now()), 1)

    def test_errors(self):
        # 403 with {"saved": false, "name": "Could not add Attribute", "errors": {field: [text]}}
        for body, field, text in (({"value": "x"}, "type", "No type set."), ({"type": "nope",
                                                                              "value": "x"}, "type", "Invalid type."),
                                  ({"type": "text", "value": ""}, "value", None), ({"type": "text"}, "value", None),
                                  ({"type": "ip-dst", "value": "1.2.3.4.5"}, "value",
                                   None), ({"type": "md5", "value": "xyz"}, "value",
                                           None), ({"type": "ip-dst|port", "value": "198.51.100.1|0"}, "value", None),
                                  ({"type": "filename|md5", "value": "a.exe"}, "value",
                                   "Composite type found but the value not in the composite (value1|value2) format."),
                                  ({"type": "ip-dst", "value": "198.51.100.1",
                                    "category": "Payload type"}, "type", "Options depend on the selected category."),
                                  ({"type": "text", "value": "x", "category": "No such"}, "category",
                                   None), ({"type": "text", "value": "x", "distribution": 9}, "distribution",
                                           None), ({"type": "text", "value": "x", "uuid": "nope"}, "uuid", None),
                                  ({"type": "text",
                                    "value": "x", "first_seen": "soon"}, "first_seen", "Invalid ISO 8601 format"), ({
                                        "type": "text", "value": "x", "first_seen": "2020-01-02",
                                        "last_seen": "2020-01-01"
                                    }, "last_seen", "Last seen value should be greater than first seen value"),
                                  ({"type": "text", "value": "x" * 65536}, "value", None)):
            with self.subTest(body=str(body)[:80]):
                a = self.add(body)
                self.assert_refused_save(a, field, text)
                self.assertEqual(a.body["name"], "Could not add Attribute")
                self.assertTrue(a.body["url"].startswith("/attributes/add"), a.body["url"])
        self.assertEqual(self.values_now(), [])

    def test_used_uuid(self):
        attr = self.new_attr(self.event, "text", "a")
        self.assert_refused_save(self.add({"type": "text", "value": "b", "uuid": attr["uuid"]}), "uuid")

    def test_normalised(self):
        # trim, refang, normalise by type
        for type_, sent, want in (("url", " hxxp://example[.]com/A ",
                                   "http://example.com/A"), ("domain", "WWW.Example.COM.", "www.example.com"),
                                  ("md5", "00112233445566778899AABBCCDDEEFF",
                                   "00112233445566778899aabbccddeeff"), ("ip-dst", "2001:0DB8:0:0:0:0:0:1",
                                                                         "2001:db8::1"), ("ip-src", "198.51.100.5/32",
                                                                                          "198.51.100.5"),
                                  ("ip-dst|port", "[2001:db8::2]:443",
                                   "2001:db8::2|443"), ("hostname|port", "Host.Example.com:8080",
                                                        "host.example.com|8080"), ("email-src", "Some[@]Example[.]com",
                                                                                   "some@example.com"),
                                  ("domain|ip", "A.Example.com|198.51.100.9",
                                   "a.example.com|198.51.100.9"), ("AS", "as64500", "64500"), ("boolean", "true", "1"),
                                  ("mac-address", "00-11-22-AA-BB-CC",
                                   "00:11:22:aa:bb:cc"), ("vulnerability", "cve-2020-12345", "CVE-2020-12345"),
                                  ("filename|md5", "Name.EXE|00112233445566778899AABBCCDDEEFF",
                                   "Name.EXE|00112233445566778899aabbccddeeff"), ("phone-number", "0049 (0) 30-1234",
                                                                                  "+49301234"), ("port", "443", "443")):
            with self.subTest(type=type_, sent=sent):
                self.assertEqual(self.new_attr(self.event, type_, sent)["value"], want)

    def test_value1_value2(self):
        # empty value but value1 and value2 given: joined with "|"
        a = self.add({"type": "ip-dst|port", "value1": "198.51.100.8", "value2": "53"})
        self.assert_status(a, 200)
        self.assertEqual(a.body["Attribute"]["value"], "198.51.100.8|53")

    def test_tags(self):
        name = f"t{self.token}"
        attr = self.new_attr(self.event, "text", "tagged", Tag=[{"name": name}])
        got = self.get(f"/attributes/view/{attr['id']}").body["Attribute"]
        self.assertEqual([t["name"] for t in got["Tag"]], [name])

    def test_event_timestamp(self):
        # every edit touches the event's timestamp
        e = self.new_event(timestamp="1700000000")
        self.new_attr(e, "text", "x")
        self.assertLess(abs(int(self.view(e)["timestamp"]) - time.time()), 60)

    def test_first_seen(self):
        attr = self.new_attr(self.event, "text", "x", first_seen="2020-01-03T04:05:06.000007+00:00", last_seen="")
        self.assertEqual((attr["first_seen"], attr["last_seen"]), ("2020-01-03T04:05:06.000007+00:00", None))

    def test_unknown_event(self):
        for ref in ("0", "999999999", UNKNOWN):
            self.assert_error(self.post(f"/attributes/add/{ref}", {"type": "text", "value": "x"}), 404, "Invalid event")

    def test_large_array(self):
        n = 3000
        a = self.add([{"type": "ip-dst", "value": f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}"} for i in range(n)])
        self.assert_status(a, 200)
        self.assertEqual(len(a.body["Attribute"]), n)
        ids = [int(x["id"]) for x in a.body["Attribute"]]
        self.assertEqual(ids, sorted(ids))  # ids ascend in insertion order
        self.assertEqual(self.view(self.event)["attribute_count"], str(n))


class View(AttributeTest):

    def test_view(self):
        attr = self.new_attr(self.event, "text", "v")
        for ref in (attr["id"], attr["uuid"]):
            a = self.get(f"/attributes/view/{ref}")
            self.assert_status(a, 200)
            self.assert_shape(a.body, {"Attribute": shapes.ATTRIBUTE_VIEW})
            self.assertEqual((a.body["Attribute"]["value"], a.body["Attribute"]["event_uuid"]),
                             ("v", self.event["uuid"]))
        self.assertEqual(self.get(f"/attributes/{attr['id']}").body["Attribute"]["id"], attr["id"])

    def test_head(self):
        attr = self.new_attr(self.event, "text", "v")
        for ref, status in ((attr["id"], 200), (attr["uuid"], 200), ("0", 404), (UNKNOWN, 404)):
            a = self.head(f"/attributes/view/{ref}")
            self.assertEqual((a.status, a.body), (status, ""))

    def test_unknown(self):
        for ref in ("0", "999999999", UNKNOWN):
            self.assert_error(self.get(f"/attributes/view/{ref}"), 404)

    def test_index(self):
        # array of bare attributes visible to the user
        attr = self.new_attr(self.event, "text", f"index {self.token}")
        for path in ("/attributes/index", "/attributes"):
            a = self.get(path)
            self.assert_status(a, 200)
            self.assert_shape(a.body, [shapes.ATTRIBUTE])
        self.assertEqual(len(self.get("/attributes/index/limit:1/page:1").body), 1)
        self.assertIn(attr["id"], self.ids(self.get("/attributes/index/limit:100000").body))

    def test_related(self):
        # the correlation through an equal half of a composite
        ip = f"2001:db8::{self.token[:4]}:{self.token[4:8]}"
        self.new_attr(self.event, "ip-dst", ip)
        other = self.new_event(Attribute=[{"type": "domain|ip", "value": f"{self.token}.example.com|{ip}"}])
        self.assertEqual([r["Event"]["id"] for r in self.view(self.event)["RelatedEvent"]], [other["id"]])


class Edit(AttributeTest):

    def test_fields(self):
        attr = self.new_attr(self.event, "ip-dst", "198.51.100.1", comment="old")
        for ref, fields in (("id", {"comment": "new"}), ("uuid", {"value": "198.51.100.2", "to_ids": False}),
                            ("id", {"category": "Payload delivery"})):
            a = self.post(f"/attributes/edit/{attr[ref]}", fields)
            self.assert_status(a, 200)
            self.assert_shape(a.body, {"Attribute": shapes.ATTRIBUTE})
            for k, v in fields.items():
                self.assertEqual(a.body["Attribute"][k], v)
        # what was not sent stays
        got = a.body["Attribute"]
        self.assertEqual((got["comment"], got["value"], got["to_ids"], got["type"], got["id"]),
                         ("new", "198.51.100.2", False, "ip-dst", attr["id"]))

    def test_whole_back(self):
        attr = self.new_attr(self.event, "text", "a")
        whole = self.get(f"/attributes/view/{attr['id']}").body["Attribute"]
        whole["value"] = "b"
        del whole["timestamp"]
        a = self.post(f"/attributes/edit/{attr['uuid']}", {"Attribute": whole})
        self.assert_status(a, 200)
        self.assertEqual(a.body["Attribute"]["value"], "b")

    def test_rest_style(self):
        attr = self.new_attr(self.event, "text", "a")
        a = self.put(f"/attributes/{attr['id']}", {"comment": "put"})
        self.assert_status(a, 200)
        self.assertEqual(a.body["Attribute"]["comment"], "put")

    def test_errors(self):
        attr = self.new_attr(self.event, "ip-dst", "198.51.100.1")
        self.new_attr(self.event, "ip-dst", "198.51.100.9")
        for fields, field in (({"value": "bad"}, "value"), ({"value": "198.51.100.9"}, "value"),
                              ({"category": "Payload type"}, "type"), ({"distribution": 9}, "distribution")):
            with self.subTest(fields=fields):
                self.assert_refused_save(self.post(f"/attributes/edit/{attr['id']}", fields), field)
        self.assertEqual(self.values_now(), ["198.51.100.1", "198.51.100.9"])

    def test_same_value_in_other_case(self):
        # an attribute is no duplicate of itself
        attr = self.new_attr(self.event, "text", "case")
        a = self.post(f"/attributes/edit/{attr['id']}", {"value": "CASE"})
        self.assert_status(a, 200)
        self.assertEqual(a.body["Attribute"]["value"], "CASE")

    def test_timestamp(self):
        attr = self.new_attr(self.event, "text", "a", timestamp="1600000000")
        a = self.post(f"/attributes/edit/{attr['id']}", {"comment": "x"})
        self.assertLess(abs(int(a.body["Attribute"]["timestamp"]) - time.time()), 60)

    def test_unknown(self):
        for ref in ("0", UNKNOWN):
            self.assert_error(self.post(f"/attributes/edit/{ref}", {"comment": "x"}), 404)


class Delete(AttributeTest):

    def test_soft(self):
        attr = self.new_attr(self.event, "text", "soft")
        a = self.post(f"/attributes/delete/{attr['uuid']}")
        self.assert_status(a, 200)
        self.assertEqual(a.body["message"], "Attribute deleted.")
        self.assertEqual((self.values_now(), self.values_now("/deleted:2")), ([], ["soft"]))
        # deleted elements also vanish from HEAD and view
        self.assertEqual(self.head(f"/attributes/view/{attr['id']}").status, 404)
        self.assert_error(self.get(f"/attributes/view/{attr['id']}"), 404)

    def test_restore(self):
        attr = self.new_attr(self.event, "text", "back")
        self.post(f"/attributes/delete/{attr['id']}")
        a = self.post(f"/attributes/restore/{attr['id']}")
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Attribute": shapes.ATTRIBUTE})
        self.assertIs(a.body["Attribute"]["deleted"], False)
        self.assertEqual(self.values_now(), ["back"])

    def test_hard(self):
        for named, body in (("", {"hard": 1}), ("/hard:1", None)):
            attr = self.new_attr(self.event, "text", "hard")
            a = self.post(f"/attributes/delete/{attr['id']}{named}", body)
            self.assert_status(a, 200)
            self.assertEqual(a.body["message"], "Attribute deleted.")
            self.assertEqual(self.values_now("/deleted[]:0/deleted[]:1"), [])
            self.assert_error(self.post(f"/attributes/restore/{attr['id']}"), 404)

    def test_unknown(self):
        self.assert_error(self.post(f"/attributes/delete/{UNKNOWN}"), 404)

    def test_rest_style(self):
        attr = self.new_attr(self.event, "text", "x")
        self.assert_status(self.delete(f"/attributes/{attr['id']}"), 200)
        self.assertEqual(self.values_now(), [])


class Rights(ApiTest):
    """The sentence that makes the client send a proposal, and the one for a role without the right."""

    def test_other_org(self):
        # 403 "You do not have permission to do that." on attribute add, edit, delete of another organisation's event
        event = self.new_event(distribution=3, Attribute=[{"type": "text", "value": "theirs"}], published=True)
        attr = event["Attribute"][0]
        key = self.add_user("User")
        self.assertEqual(self.view(event, key=key)["id"], event["id"])
        for a in (self.post(f"/attributes/add/{event['id']}", {"type": "text", "value": "x"},
                            key=key), self.post(f"/attributes/edit/{attr['id']}", {"comment": "x"},
                                                key=key), self.post(f"/attributes/delete/{attr['id']}", key=key)):
            self.assert_error(a, 403)
            self.assertEqual(a.body["message"], PROPOSE)
        self.assertEqual(self.values(self.view(event)["Attribute"]), ["theirs"])

    def test_read_only(self):
        event = self.new_event(distribution=3, Attribute=[{"type": "text", "value": "v"}], published=True)
        key = self.add_user("Read Only")
        attr = event["Attribute"][0]
        for path, body in ((f"/attributes/add/{event['id']}", {"type": "text", "value": "x"}),
                           (f"/attributes/edit/{attr['id']}", {"comment": "x"}), (f"/attributes/delete/{attr['id']}",
                                                                                  None)):
            a = self.post(path, body, key=key)
            self.assert_error(a, 403)
            self.assertEqual(a.body["message"], NO_RIGHT)

    def test_same_org(self):
        # perm_modify: one's own events; perm_modify_org: all of the organisation
        roles = {r["Role"]["name"]: r["Role"] for r in self.get("/roles/index").body}
        owner = self.add_user("User")
        event = self.new_event(key=owner, distribution=0)
        self.assert_status(self.post(f"/attributes/add/{event['id']}", {"type": "text", "value": "owner"}, key=owner),
                           200)
        for role in ("User", "Publisher", "Org Admin"):
            a = self.post(f"/attributes/add/{event['id']}", {"type": "text", "value": role},
                          key=self.add_user(role, org=owner.org))
            if roles[role]["perm_modify_org"]:
                self.assert_status(a, 200)
            else:
                self.assert_error(a, 403, PROPOSE)

    def test_invisible(self):
        # 404 for unknown or invisible
        event = self.new_event(distribution=0, Attribute=[{"type": "text", "value": "secret"}])
        attr, key = event["Attribute"][0], self.add_user("User")
        self.assert_error(self.get(f"/attributes/view/{attr['id']}", key=key), 404)
        self.assertEqual(self.head(f"/attributes/view/{attr['uuid']}", key=key).status, 404)
        self.assert_error(self.post(f"/attributes/edit/{attr['id']}", {"comment": "x"}, key=key), 404)
        self.assert_error(self.post(f"/attributes/add/{event['id']}", {"type": "text", "value": "x"}, key=key), 404,
                          "Invalid event")
        self.assertNotIn(attr["id"], self.ids(self.get("/attributes/index", key=key).body))

    def test_attribute_distribution(self):
        # an attribute of distribution 0 stays with its organisation
        event = self.new_event(distribution=3,
                               published=True,
                               Attribute=[{"type": "text", "value": "open"},
                                          {"type": "text", "value": "closed", "distribution": 0}])
        key = self.add_user("User")
        self.assertEqual(self.values(self.view(event, key=key)["Attribute"]), ["open"])
        closed = next(a for a in event["Attribute"] if a["value"] == "closed")
        self.assert_error(self.get(f"/attributes/view/{closed['id']}", key=key), 404)


class Statistics(ApiTest):

    def test_statistics(self):
        # {"type": "count"}; with true {"type": "12.5%"}
        self.new_event(Attribute=[{"type": "ip-dst", "value": f"198.51.100.{n}"} for n in (1, 2)] +
                       [{"type": "ip-src", "value": "198.51.100.1"}] + [{"type": "text", "value": str(n)}
                                                                        for n in range(5)])
        self.assertEqual(
            self.get("/attributes/attributeStatistics/type").body, {"ip-dst": "2", "ip-src": "1", "text": "5"})
        self.assertEqual(
            self.get("/attributes/attributeStatistics/type/true").body,
            {"ip-dst": "25%", "ip-src": "12.5%", "text": "62.5%"})
        self.assertEqual(
            self.get("/attributes/attributeStatistics/category/true").body,
            {"Network activity": "37.5%", "Other": "62.5%"})


if __name__ == "__main__":
    unittest.main()
