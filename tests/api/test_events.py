"""Events over the API: add, view, edit, delete, index, publish. Each test quotes the rule it holds the program to."""

import time
import unittest
import uuid

import shapes
from harness import ApiTest

UNKNOWN = "00000000-0000-4000-8000-000000000000"
ZERO = "0"


class Add(ApiTest):

    def test_bare(self):
        # the client sends events bare; the answer is the full event as stored
        u = str(uuid.uuid4())
        a = self.post(
            "/events/add", {
                "uuid": u, "info": f"bare {self.token}", "date": "2026-01-31", "distribution": 0, "threat_level_id": 2,
                "analysis": "1", "Attribute": [{"type": "ip-dst", "value": "198.51.100.7", "comment": "c"}]
            })
        self.assert_status(a, 200)
        e = a.body["Event"]
        self.assert_shape(a.body, {"Event": shapes.EVENT})
        got = {
            k: e[k]
            for k in ("uuid", "info", "date", "distribution", "threat_level_id", "analysis", "attribute_count",
                      "published", "publish_timestamp", "sharing_group_id", "locked", "disable_correlation",
                      "extends_uuid")
        }
        self.assertEqual(
            got, {
                "uuid": u, "info": f"bare {self.token}", "date": "2026-01-31", "distribution": "0",
                "threat_level_id": "2", "analysis": "1", "attribute_count": "1", "published": False,
                "publish_timestamp": "0", "sharing_group_id": "0", "locked": False, "disable_correlation": False,
                "extends_uuid": ""
            })
        attr = e["Attribute"][0]
        got = {
            k: attr[k]
            for k in ("type", "category", "to_ids", "value", "comment", "event_id", "object_id", "object_relation",
                      "distribution", "sharing_group_id", "deleted", "first_seen", "last_seen")
        }
        self.assertEqual(
            got, {
                "type": "ip-dst", "category": "Network activity", "to_ids": True, "value": "198.51.100.7",
                "comment": "c", "event_id": e["id"], "object_id": "0", "object_relation": None, "distribution": "5",
                "sharing_group_id": "0", "deleted": False, "first_seen": None, "last_seen": None
            })
        # and it is what a view answers
        self.assertEqual(self.view(e), e)

    def test_wrapped(self):
        # {"Event": {...}} and {...} are the same
        a = self.post("/events/add", {"Event": {"info": f"wrapped {self.token}"}})
        self.assert_status(a, 200)
        self.assertEqual(a.body["Event"]["info"], f"wrapped {self.token}")

    def test_rest_style(self):
        # /events without an action: POST add, GET view, PUT or POST edit, DELETE delete
        a = self.post("/events", {"info": f"rest {self.token}"})
        self.assert_status(a, 200)
        e = a.body["Event"]
        self.assertEqual(self.get(f"/events/{e['id']}").body["Event"]["uuid"], e["uuid"])
        for n, call in enumerate((self.put, self.post)):
            a = call(f"/events/{e['id']}",
                     {"info": f"rest {n} {self.token}", "timestamp": str(int(e["timestamp"]) + 10 + n)})
            self.assert_status(a, 200)
            self.assertEqual(a.body["Event"]["info"], f"rest {n} {self.token}")
        self.assert_status(self.delete(f"/events/{e['id']}"), 200)
        self.assert_error(self.get(f"/events/{e['id']}"), 404, "Invalid event")

    def test_defaults(self):
        # default distribution: event 1, everything below 5
        e = self.new_event(Attribute=[{"type": "text", "value": "a"}])
        self.assertEqual((e["distribution"], e["Attribute"][0]["distribution"]), ("1", "5"))
        # one text attribute without category becomes Other
        self.assertEqual(e["Attribute"][0]["category"], "Other")
        self.assertLess(abs(int(e["timestamp"]) - time.time()), 60)
        self.assertEqual(e["date"], time.strftime("%Y-%m-%d", time.gmtime()))
        self.assertRegex(e["uuid"], r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertEqual(e["Org"], e["Orgc"])
        self.assertEqual(e["Org"]["name"], "ORGNAME")
        self.assertEqual(e["event_creator_email"], "admin@admin.test")

    def test_no_tag_key(self):
        # no Tag key when there is none; the others are always arrays
        e = self.new_event()
        self.assertNotIn("Tag", e)
        self.assertNotIn("SharingGroup", e)
        for k in ("Galaxy", "ShadowAttribute", "RelatedEvent", "Object", "EventReport", "CryptographicKey",
                  "Attribute"):
            self.assertEqual(e[k], [], k)

    def test_metadata(self):
        # with metadata:1 without Attribute, Object, EventReport, ShadowAttribute
        e = self.new_event(metadata=True, Attribute=[{"type": "text", "value": "a"}])
        self.assert_shape(e, shapes.EVENT_BARE)
        self.assertEqual(e["attribute_count"], "1")
        self.assertEqual(self.values(self.view(e)["Attribute"]), ["a"])

    def test_tags(self):
        # unknown tags are made on the fly by users with tag-editor right
        name = f"tag:{self.token}"
        e = self.new_event(Tag=[{"name": name}],
                           Attribute=[{"type": "text", "value": "a", "Tag": [{"name": name + ".attr"}]}])
        self.assertEqual([t["name"] for t in e["Tag"]], [name])
        self.assertEqual([t["name"] for t in e["Attribute"][0]["Tag"]], [name + ".attr"])
        self.assert_shape(e, shapes.EVENT)

    def test_objects(self):
        # the full event as stored, objects, their attributes in order, references
        o1, o2 = str(uuid.uuid4()), str(uuid.uuid4())
        e = self.new_event(Object=[{
            "uuid": o1, "name": "file", "meta-category": "file", "template_version": "24", "Attribute": [{
                "object_relation": "filename", "type": "filename", "value": "b.exe"
            }, {"object_relation": "md5", "type": "md5", "value": "00112233445566778899aabbccddeeff"}, {
                "object_relation": "filename", "type": "filename", "value": "a.exe"
            }], "ObjectReference": [{"object_uuid": o1, "referenced_uuid": o2, "relationship_type": "drops"}]
        }, {
            "uuid": o2, "name": "url", "meta-category": "network",
            "Attribute": [{"object_relation": "url", "type": "url", "value": "http://example.com/"}]
        }])
        self.assert_shape(
            e,
            {**shapes.EVENT, "Object": [{**shapes.OBJECT_IN_EVENT, "template_uuid": "str", "template_version": "str"}]})
        self.assertEqual([o["uuid"] for o in e["Object"]], [o1, o2])
        self.assertEqual([a["value"] for a in e["Object"][0]["Attribute"]],
                         ["b.exe", "00112233445566778899aabbccddeeff", "a.exe"])
        self.assertEqual({a["object_id"] for a in e["Object"][0]["Attribute"]}, {e["Object"][0]["id"]})
        ref = e["Object"][0]["ObjectReference"][0]
        self.assertEqual(
            (ref["referenced_uuid"], ref["referenced_id"], ref["relationship_type"], ref["referenced_type"]),
            (o2, e["Object"][1]["id"], "drops", "1"))
        # attribute_count counts those in objects too; Attribute holds only those outside
        self.assertEqual((e["attribute_count"], e["Attribute"]), ("4", []))

    def test_bad_attribute_does_not_stop_the_event(self):
        # what is valid is stored
        e = self.new_event(
            Attribute=[{"type": "ip-dst", "value": "no address"}, {"type": "ip-dst", "value": "198.51.100.1"},
                       {"type": "no-type", "value": "x"}, {"type": "md5", "value": "1234"}])
        self.assertEqual(self.values(e["Attribute"]), ["198.51.100.1"])

    def test_first_seen(self):
        # microseconds are kept and come back as +00:00
        e = self.new_event(Attribute=[{
            "type": "text", "value": "a", "first_seen": "2020-01-03T02:30:00.123456+02:00",
            "last_seen": "2020-01-04T00:00:00"
        }])
        self.assertEqual(e["Attribute"][0]["first_seen"], "2020-01-03T00:30:00.123456+00:00")
        self.assertEqual(e["Attribute"][0]["last_seen"], "2020-01-04T00:00:00.000000+00:00")

    def test_members_in_any_order(self):
        e = self.new_event(
            **{
                "Attribute": [{"value": "order", "type": "text"}], "Tag": [{"name": f"t{self.token}"}], "info": "late",
                "distribution": "3"
            })
        self.assertEqual((e["info"], e["distribution"], self.values(e["Attribute"])), ("late", "3", ["order"]))

    def test_errors(self):
        # rejected saves are HTTP 403 with saved false and the field at fault
        for body, field in (({"info": ""}, "info"), ({"info": "x", "date": "2026-02-31"}, "date"),
                            ({"info": "x", "date": "today"}, "date"), ({"info": "x",
                                                                        "distribution": 9}, "distribution"),
                            ({"info": "x",
                              "distribution": 5}, "distribution"), ({"info": "x",
                                                                     "threat_level_id": 9}, "threat_level_id"),
                            ({"info": "x", "analysis": 9}, "analysis"), ({"info": "x", "uuid": "no-uuid"}, "uuid")):
            with self.subTest(body=body):
                self.assert_refused_save(self.post("/events/add", body), field)
        for body in ({}, [], {"Event": {}}, {"Event": []}, [1], {"Event": "x"}, None, "null", '"x"'):
            with self.subTest(body=body):
                a = self.post("/events/add", body)
                self.assertEqual(a.status // 100, 4)
                self.assert_error(a, a.status)

    def test_existing_uuid(self):
        # add of an existing uuid: 404 with a Location header ending in the id
        e = self.new_event()
        a = self.post("/events/add", {"info": "again", "uuid": e["uuid"]})
        self.assertEqual(a.status, 404)
        self.assertTrue(a.headers["Location"].endswith("/" + e["id"]), a.headers["Location"])
        self.assertEqual(self.view(e)["info"], e["info"])

    def test_upper_case_uuid(self):
        u = str(uuid.uuid4())
        self.assertEqual(self.new_event(uuid=u.upper())["uuid"], u)

    def test_sharing_group_only_with_four(self):
        # sharing_group_id back to "0" whenever distribution is not 4
        self.assertEqual(self.new_event(distribution="3", sharing_group_id="17")["sharing_group_id"], "0")

    def test_ids_ascend(self):
        a, b = self.new_event(), self.new_event()
        self.assertGreater(int(b["id"]), int(a["id"]))
        self.assert_saved(self.post(f"/events/delete/{b['id']}"))
        # never reused
        self.assertGreater(int(self.new_event()["id"]), int(b["id"]))

    def test_unicode(self):
        info = "\u00e4\u4e2d \"quoted\" \\ / \u2028 <b>&amp;"
        e = self.new_event(info=info, Attribute=[{"type": "text", "value": "v\u00e4lue\nline", "comment": info}])
        e = self.view(e)
        self.assertEqual((e["info"], e["Attribute"][0]["comment"], e["Attribute"][0]["value"]),
                         (info, info, "v\u00e4lue\nline"))

    def test_published_on_add(self):
        # publishing on add works for those who may
        e = self.new_event(published=True)
        self.assertIs(self.view(e)["published"], True)


class View(ApiTest):

    def test_by_id_and_uuid(self):
        # wherever an id is asked for, a uuid works too
        e = self.new_event()
        for ref in (e["id"], e["uuid"], e["uuid"].upper()):
            self.assertEqual(self.get(f"/events/view/{ref}").body["Event"]["id"], e["id"])
        self.assertEqual(self.get(f"/events/view/{e['id']}.json").body["Event"]["id"], e["id"])

    def test_post(self):
        e = self.new_event()
        self.assertEqual(self.post(f"/events/view/{e['id']}", {}).body["Event"]["uuid"], e["uuid"])

    def test_head(self):
        # HEAD on view: 200 or 404 without a body
        e = self.new_event()
        for ref, status in ((e["id"], 200), (e["uuid"], 200), (UNKNOWN, 404), (ZERO, 404), ("999999999", 404)):
            a = self.head(f"/events/view/{ref}")
            self.assertEqual((a.status, a.body), (status, ""), ref)

    def test_unknown(self):
        # 404 for event 0 and for an unknown uuid
        for ref in (ZERO, UNKNOWN, "999999999", "99999999999999999999999999", "-1", "abc"):
            with self.subTest(ref=ref):
                self.assert_error(self.get(f"/events/view/{ref}"), 404, "Invalid event")
        self.assert_error(self.get("/events/view/1%00"), 400)

    def test_deleted_flags(self):
        # deleted = 0 / 1 / 2 / [0,1]: not deleted, included, only deleted, both; without: not deleted
        e = self.new_event(Attribute=[{"type": "text", "value": "live"}, {"type": "text", "value": "gone"}])
        gone = next(a for a in e["Attribute"] if a["value"] == "gone")
        self.assert_status(self.post(f"/attributes/delete/{gone['id']}"), 200)
        for deleted, want in ((None, ["live"]), (0, ["live"]), (1, ["gone", "live"]), (True, ["gone", "live"]),
                              (2, ["gone"]), ([0, 1], ["gone", "live"])):
            with self.subTest(deleted=deleted):
                a = self.post(f"/events/view/{e['id']}", {} if deleted is None else {"deleted": deleted})
                self.assertEqual(self.values(a.body["Event"]["Attribute"]), want)
        # the same as named parameters
        self.assertEqual(self.values(self.view(e, named="/deleted[]:0/deleted[]:1")["Attribute"]), ["gone", "live"])
        self.assertEqual(self.values(self.view(e, named="/deleted[]:0")["Attribute"]), ["live"])
        self.assertEqual(self.values(self.view(e, named="/deleted:1")["Attribute"]), ["gone", "live"])
        self.assertEqual([a["deleted"] for a in self.view(e, named="/deleted:2")["Attribute"]], [True])
        self.assertEqual(self.view(e)["attribute_count"], "1")

    def test_related(self):
        # RelatedEvent [{"Event": {...}}]: events that hold the same value
        value = f"{self.token}.example.com"
        a = self.new_event(Attribute=[{"type": "domain", "value": value}])
        b = self.new_event(Attribute=[{"type": "hostname", "value": value.upper()}])
        for one, other in ((a, b), (b, a)):
            e = self.view(one)
            self.assert_shape(e, shapes.EVENT)
            self.assertEqual([r["Event"]["id"] for r in e["RelatedEvent"]], [other["id"]])
        self.assertEqual(self.view(a, named="/includeEventCorrelations:0").get("RelatedEvent", []), [])

    def test_no_sightings(self):
        value = f"{self.token}.example.com"
        e = self.new_event(Attribute=[{"type": "domain", "value": value}])
        self.assertNotIn("Sighting", self.view(e)["Attribute"][0])
        self.assert_status(self.post("/sightings/add", {"value": value}), 200)
        self.assert_shape(self.view(e), shapes.EVENT)
        self.assertEqual(len(self.view(e)["Attribute"][0]["Sighting"]), 1)
        self.assertNotIn("Sighting", self.view(e, named="/noSightings:1")["Attribute"][0])

    def test_extends(self):
        # extends_uuid; with extended the parts of the extending events are shown too
        base = self.new_event(Attribute=[{"type": "text", "value": "base"}])
        ext = self.new_event(extends_uuid=base["uuid"], Attribute=[{"type": "text", "value": "more"}])
        self.assertEqual(self.view(ext)["extends_uuid"], base["uuid"])
        a = self.post(f"/events/view/{base['id']}", {"extended": 1})
        self.assertEqual(self.values(a.body["Event"]["Attribute"]), ["base", "more"])
        self.assertEqual(self.values(self.view(base)["Attribute"]), ["base"])

    def test_extended_merges_all_parts(self):
        # reports, tags and proposals of the extending events too, and who they are; a tag of both is written once
        shared, own = f"s{self.token}", f"o{self.token}"
        base = self.new_event(Tag=[{"name": shared}])
        ext = self.new_event(extends_uuid=base["uuid"], info="more", Tag=[{"name": shared}, {"name": own}],
                             EventReport=[{"name": "r", "content": "c"}])
        a = self.get(f"/events/view/{base['id']}/extended:1")
        self.assert_status(a, 200)
        got = a.body["Event"]
        self.assert_shape(got["extensionEvents"], {ext["id"]: {"id": "id", "info": "str", "orgc_id": "id", "Orgc": {
            "id": "id", "uuid": "uuid", "name": "str"}}})
        self.assertEqual(sorted(t["name"] for t in got["Tag"]), [own, shared])
        self.assertEqual([r["event_id"] for r in got["EventReport"]], [ext["id"]])
        self.assertNotIn("extensionEvents", self.view(base))
        self.assertNotIn("extensionEvents", self.get(f"/events/view/{ext['id']}/extended:1").body["Event"])
        by = self.view(base, named="/extensionList:1")["ExtendedBy"]
        self.assertEqual([(e["uuid"], e["info"]) for e in by], [(ext["uuid"], "more")])

    def test_extension_of_others_hidden(self):
        base = self.new_event(distribution=3, published=True)
        self.new_event(extends_uuid=base["uuid"], distribution=0, info=f"secret {self.token}")
        key = self.add_user("User")
        for named in ("extended:1", "extensionList:1"):
            a = self.get(f"/events/view/{base['id']}/{named}", key=key)
            self.assert_status(a, 200)
            self.assertNotIn(f"secret {self.token}", str(a.body))
        self.assertEqual(self.get(f"/events/getEditStrategy/{base['id']}", key=key).body,
                         {"extensions": [], "strategy": "extend"})

    def test_edit_strategy(self):
        base = self.new_event()
        ext = self.new_event(extends_uuid=base["uuid"], info="more")
        a = self.get(f"/events/getEditStrategy/{base['uuid']}")
        self.assert_status(a, 200)
        self.assertEqual(a.body, {"extensions": [{"id": ext["id"], "info": "more", "uuid": ext["uuid"]}], "strategy": "edit"})
        self.assert_status(self.get("/events/getEditStrategy/999999999"), 404)

    def test_local_tags_left_out(self):
        e = self.new_event()
        for name, local in ((f"l{self.token}", True), (f"g{self.token}", False)):
            self.new_tag(name)
            self.attach(e, name, local=local)
        self.assertEqual(sorted(t["name"][0] for t in self.view(e)["Tag"]), ["g", "l"])
        self.assertEqual([t["name"][0] for t in self.view(e, named="/excludeLocalTags:1")["Tag"]], ["g"])


class Edit(ApiTest):

    def test_parts_not_sent_stay(self):
        e = self.new_event(threat_level_id=1,
                           Attribute=[{"type": "text", "value": "a"}],
                           Tag=[{"name": f"t{self.token}"}])
        for ref in (e["id"], e["uuid"]):
            a = self.post(f"/events/edit/{ref}", {"info": f"new {ref}"})
            self.assert_status(a, 200)
            self.assert_shape(a.body, {"Event": shapes.EVENT})
            got = a.body["Event"]
            self.assertEqual(
                (got["info"], got["threat_level_id"], self.values(got["Attribute"]), got["Tag"][0]["name"]),
                (f"new {ref}", "1", ["a"], f"t{self.token}"))

    def test_metadata(self):
        e = self.new_event(Attribute=[{"type": "text", "value": "a"}])
        a = self.post(f"/events/edit/{e['id']}/metadata:1", {"info": "new"})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Event": shapes.EVENT_BARE})

    def test_timestamps(self):
        # sent timestamp must be newer than stored; absent timestamp means now
        e = self.new_event(timestamp="1700000000")
        self.assertEqual(e["timestamp"], "1700000000")
        for stale in ("1700000000", "1699999999", 1600000000):
            a = self.post(f"/events/edit/{e['id']}", {"info": "stale", "timestamp": stale})
            # exact text that steers a peer
            self.assert_refused_save(a)
            self.assertEqual(a.body["errors"],
                             "Event could not be saved: Event in the request not newer than the local copy.")
        self.assertEqual(self.view(e)["info"], e["info"])
        a = self.post(f"/events/edit/{e['id']}", {"info": "newer", "timestamp": "1700000001"})
        self.assert_status(a, 200)
        self.assertEqual((a.body["Event"]["info"], a.body["Event"]["timestamp"]), ("newer", "1700000001"))
        a = self.post(f"/events/edit/{e['id']}", {"info": "now"})
        self.assertLess(abs(int(a.body["Event"]["timestamp"]) - time.time()), 60)

    def test_attributes_by_uuid(self):
        # matched by uuid; new ones added; deleted true removes
        e = self.new_event(Attribute=[{"type": "text", "value": v} for v in ("keep", "change", "drop")],
                           timestamp="1700000000")
        by = {a["value"]: a for a in e["Attribute"]}
        a = self.post(
            f"/events/edit/{e['id']}", {
                "Attribute": [{"uuid": by["change"]["uuid"], "type": "text", "value": "changed"},
                              {"uuid": by["drop"]["uuid"], "deleted": True}, {"type": "text", "value": "added"}]
            })
        self.assert_status(a, 200)
        self.assertEqual(self.values(a.body["Event"]["Attribute"]), ["added", "changed", "keep"])
        changed = next(x for x in a.body["Event"]["Attribute"] if x["value"] == "changed")
        self.assertEqual(changed["id"], by["change"]["id"])

    def test_attribute_with_the_events_id(self):
        # clients add attributes through edit with an id equal to the event's and a new uuid: matched by uuid, never by
        # that id
        e = self.new_event(Attribute=[{"type": "text", "value": "first"}])
        a = self.post(f"/events/edit/{e['id']}",
                      {"Attribute": [{"id": e["id"], "uuid": str(uuid.uuid4()), "type": "text", "value": "second"}]})
        self.assert_status(a, 200)
        self.assertEqual(self.values(a.body["Event"]["Attribute"]), ["first", "second"])

    def test_attribute_not_newer_is_skipped(self):
        # attributes inside an edit that are not newer are skipped
        e = self.new_event(timestamp="1700000000",
                           Attribute=[{"type": "text", "value": "a", "timestamp": "1700000000"}])
        attr = e["Attribute"][0]
        for stamp, want in (("1700000000", "a"), ("1600000000", "a"), ("1700000001", "b")):
            a = self.post(f"/events/edit/{e['id']}",
                          {"Attribute": [{"uuid": attr["uuid"], "type": "text", "value": "b", "timestamp": stamp}]})
            self.assert_status(a, 200)
            self.assertEqual(self.values(a.body["Event"]["Attribute"]), [want], stamp)

    def test_whole_event_back(self):
        # an event as the server answered it can be sent back with a change
        e = self.new_event(Attribute=[{"type": "text", "value": "a"}], Tag=[{"name": f"t{self.token}"}])
        whole = self.view(e)
        whole["info"] = "round trip"
        del whole["timestamp"]
        a = self.post(f"/events/edit/{e['uuid']}", {"Event": whole})
        self.assert_status(a, 200)
        got = a.body["Event"]
        self.assertEqual((got["info"], self.values(got["Attribute"]), [t["name"] for t in got["Tag"]]),
                         ("round trip", ["a"], [f"t{self.token}"]))

    def test_objects(self):
        e = self.new_event()
        o = self.new_object(e, [("filename", "filename", "a.exe"), ("text", "text", "t")])
        a = self.post(
            f"/events/edit/{e['id']}", {
                "Object": [{
                    "uuid": o["uuid"], "name": "file", "comment": "seen", "Attribute": [{
                        "uuid": o["Attribute"][0]["uuid"], "object_relation": "filename", "type": "filename",
                        "value": "b.exe"
                    }]
                }]
            })
        self.assert_status(a, 200)
        got = a.body["Event"]["Object"][0]
        self.assertEqual((got["comment"], [x["value"] for x in got["Attribute"]]), ("seen", ["b.exe", "t"]))

    def test_unpublishes(self):
        # attribute changes unpublish the event
        e = self.new_event(published=True)
        self.assertIs(self.view(e)["published"], True)
        self.new_attr(e, "text", "x")
        self.assertIs(self.view(e)["published"], False)

    def test_unknown(self):
        for ref in (ZERO, UNKNOWN, "999999999"):
            self.assert_error(self.post(f"/events/edit/{ref}", {"info": "x"}), 404, "Invalid event")

    def test_errors(self):
        e = self.new_event()
        for body in ({"info": ""}, {"date": "31.12.2026"}, {"distribution": "9"}):
            self.assert_refused_save(self.post(f"/events/edit/{e['id']}", body), next(iter(body)))
        self.assertEqual(self.view(e)["info"], e["info"])


class Delete(ApiTest):

    def test_delete(self):
        for ref in ("id", "uuid"):
            e = self.new_event(Attribute=[{"type": "text", "value": f"x{self.token}"}])
            self.assert_saved(self.post(f"/events/delete/{e[ref]}"), "Event deleted.")
            self.assert_error(self.get(f"/events/view/{e['id']}"), 404, "Invalid event")
            self.assertEqual(self.head(f"/events/view/{e['uuid']}").status, 404)
            self.assertEqual(self.head(f"/attributes/view/{e['Attribute'][0]['id']}").status, 404)
            self.assertNotIn(e["id"], self.ids(self.get("/events/index").body))
        a = self.post("/attributes/restSearch", {"value": f"x{self.token}"})
        self.assertEqual(a.body, {"response": {"Attribute": []}})

    def test_delete_and_add_again(self):
        # a deleted event is on the blocklist and comes back only once it was taken off
        e = self.new_event()
        self.assert_saved(self.post(f"/events/delete/{e['id']}"))
        self.assert_error(self.post("/events/add", {"info": "again", "uuid": e["uuid"]}), 403, "Event blocked by event blocklist.")
        self.assert_saved(self.post(f"/eventBlocklists/delete/{e['uuid']}"))
        self.assertEqual(self.new_event(uuid=e["uuid"])["uuid"], e["uuid"])

    def test_unknown(self):
        for ref in (ZERO, UNKNOWN, "999999999"):
            a = self.post(f"/events/delete/{ref}")
            self.assertIn(a.status, (403, 404))
            self.assert_error(a, a.status)

    def test_wrong_verb(self):
        # 405 for wrong verbs
        e = self.new_event()
        a = self.get(f"/events/delete/{e['id']}")
        self.assertIn(a.status, (200, 405))  # a GET may describe the call, but deletes nothing
        self.assertEqual(self.view(e)["id"], e["id"])


class Publish(ApiTest):

    def test_inline(self):
        # off (or named disable_background_processing:1): ok with success true and published at once
        for action in ("publish", "alert"):
            e = self.new_event(Attribute=[{"type": "text", "value": "x"}])
            a = self.post(f"/events/{action}/{e['id']}/disable_background_processing:1")
            self.assert_status(a, 200)
            self.assertIs(a.body["success"], True)
            got = self.view(e)
            self.assertIs(got["published"], True)
            self.assertLess(abs(int(got["publish_timestamp"]) - time.time()), 60)

    def test_job(self):
        # background jobs on: "Job queued", and it takes effect within seconds
        e = self.new_event()
        a = self.post(f"/events/publish/{e['uuid']}")
        self.assert_status(a, 200)
        if a.body["message"] != "Job queued":
            self.assertIs(a.body["success"], True)
        end = time.monotonic() + 10
        while not self.view(e)["published"] and time.monotonic() < end:
            time.sleep(0.05)
        self.assertIs(self.view(e)["published"], True)

    def test_unpublish(self):
        e = self.new_event(published=True)
        for ref in ("id", "uuid"):
            self.assert_saved(self.post(f"/events/unpublish/{e[ref]}"))
            self.assertIs(self.view(e)["published"], False)

    def test_publish_keeps_timestamp(self):
        e = self.new_event(timestamp="1700000000")
        self.post(f"/events/publish/{e['id']}/disable_background_processing:1")
        self.assertEqual(self.view(e)["timestamp"], "1700000000")

    def test_unknown(self):
        for action in ("publish", "unpublish"):
            self.assert_error(self.post(f"/events/{action}/{UNKNOWN}"), 404)


class Index(ApiTest):

    def search(self, **filters):
        a = self.post("/events/index", filters)
        self.assert_status(a, 200)
        return a.body

    def own(self, **filters):
        """ids, of the events of this test only"""
        return [e["id"] for e in self.search(**filters) if self.token in e["info"]]

    def test_shape(self):
        # array of flat events (no "Event" key), with Org, Orgc, EventTag, no Attribute
        e = self.new_event(Tag=[{"name": f"t{self.token}"}], Attribute=[{"type": "text", "value": "x"}])
        a = self.get("/events/index")
        self.assert_status(a, 200)
        self.assert_shape(a.body, [shapes.EVENT_IN_INDEX])
        row = next(r for r in a.body if r["id"] == e["id"])
        self.assertEqual((row["attribute_count"], [t["Tag"]["name"] for t in row["EventTag"]]),
                         ("1", [f"t{self.token}"]))
        # header X-Result-Count on index answers
        self.assertEqual(a.headers["X-Result-Count"], str(len(a.body)))

    def test_same_everywhere(self):
        # GET on / and /events are the event index; POST {} too
        self.new_event()
        want = self.ids(self.get("/events/index").body)
        for a in (self.get("/events"), self.get("/"), self.get("/events/index.json"), self.post("/events/index", {})):
            self.assertEqual(self.ids(a.body), want)

    def test_minimal(self):
        # minimal:1 gives six keys
        e = self.new_event()
        rows = self.search(minimal=1, eventid=e["id"])
        self.assert_shape(rows, [shapes.EVENT_MINIMAL])
        self.assertEqual([r["uuid"] for r in rows], [e["uuid"]])
        self.assertEqual(rows[0]["orgc_uuid"], e["Orgc"]["uuid"])

    def test_eventid(self):
        # eventid (id or uuid)
        e, other = self.new_event(), self.new_event()
        self.assertEqual(self.own(eventid=e["id"]), [e["id"]])
        self.assertEqual(self.own(eventid=e["uuid"]), [e["id"]])
        self.assertEqual(sorted(self.own(eventid=[e["id"], other["uuid"]])), sorted([e["id"], other["id"]]))

    def test_eventinfo(self):
        # substring; "!" negates
        e, other = self.new_event(info=f"alpha {self.token}"), self.new_event(info=f"beta {self.token}")
        self.assertEqual(self.own(eventinfo=f"lpha {self.token}"), [e["id"]])
        self.assertEqual(self.own(eventinfo=f"ALPHA {self.token}"), [e["id"]])
        self.assertEqual(self.own(eventinfo=f"!alpha {self.token}"), [other["id"]])

    def test_published(self):
        # published (0, 1, 2 for both, or [0,1])
        p, u = self.new_event(published=True), self.new_event()
        self.assertEqual(self.own(published=1), [p["id"]])
        self.assertEqual(self.own(published=0), [u["id"]])
        for both in (2, [0, 1]):
            self.assertEqual(sorted(self.own(published=both)), sorted([p["id"], u["id"]]))

    def test_dates(self):
        old, new = self.new_event(date="2019-05-01"), self.new_event(date="2021-05-01")
        self.assertEqual(self.own(datefrom="2020-01-01"), [new["id"]])
        self.assertEqual(self.own(dateuntil="2020-01-01"), [old["id"]])
        self.assertEqual(self.own(datefrom="2019-05-01", dateuntil="2019-05-01"), [old["id"]])

    def test_levels(self):
        e = self.new_event(threat_level_id=1, analysis=2, distribution=3)
        self.new_event(threat_level_id=3, analysis=0, distribution=0)
        for one in ({"threatlevel": 1}, {"analysis": 2}, {"distribution": 3}, {"threatlevel": "1", "analysis": "2"}):
            self.assertEqual(self.own(**one), [e["id"]], one)

    def test_org(self):
        # org (name in any case, id, uuid, "!x")
        key = self.add_user("Publisher")
        theirs = self.new_event(key=key, published=True)
        mine = self.new_event()
        org = key.org
        for value in (org["name"], org["name"].upper(), org["id"], org["uuid"]):
            self.assertEqual(self.own(org=value), [theirs["id"]], value)
        self.assertEqual(self.own(org="!" + org["name"]), [mine["id"]])

    def test_tags(self):
        # tags (name, id, "a|b", array, "!x")
        a, b = self.new_tag(f"a{self.token}"), self.new_tag(f"b{self.token}")
        ea, eb = self.new_event(Tag=[{"name": a["name"]}]), self.new_event(Tag=[{"name": b["name"]}])
        self.assertEqual(self.own(tags=a["name"]), [ea["id"]])
        self.assertEqual(self.own(tags=a["id"]), [ea["id"]])
        for both in (f"{a['name']}|{b['name']}", [a["name"], b["name"]]):
            self.assertEqual(sorted(self.own(tags=both)), sorted([ea["id"], eb["id"]]))
        self.assertEqual(self.own(tags="!" + a["name"]), [eb["id"]])

    def test_backslashes(self):
        # as in SQL's LIKE, two stand for one
        e = self.new_event(info=rf"C:\Temp\{self.token}.exe")
        for text in (rf"C:\Temp\{self.token}", rf"C:\\Temp\\{self.token}", rf"\{self.token}"):
            self.assertEqual(self.own(eventinfo=text), [e["id"]], text)

    def test_timestamps(self):
        # since, or two values
        old, new = self.new_event(timestamp="1600000000"), self.new_event(timestamp="1700000000")
        self.assertEqual(self.own(timestamp="1650000000"), [new["id"]])
        self.assertEqual(self.own(timestamp=["1590000000", "1650000000"]), [old["id"]])
        p = self.new_event(published=True)
        self.assertEqual(self.own(publish_timestamp=str(int(time.time()) - 300)), [p["id"]])

    def test_attribute(self):
        e = self.new_event(Attribute=[{"type": "text", "value": f"needle-{self.token}"}])
        self.new_event()
        self.assertEqual(self.own(attribute=f"needle-{self.token}"), [e["id"]])

    def test_email(self):
        e = self.new_event()
        self.assertIn(e["id"], self.own(email="admin@admin.test"))
        self.assertEqual(self.own(email=f"nobody-{self.token}@user.test"), [])

    def test_paging_and_order(self):
        # sort, direction asc/desc, limit, page; limit and page cut the array
        ids = [self.new_event(date=f"2020-01-0{n}")["id"] for n in (3, 1, 2)]
        order = [ids[1], ids[2], ids[0]]
        info = {"eventinfo": self.token}
        self.assertEqual(self.own(sort="date", direction="asc", **info), order)
        self.assertEqual(self.own(sort="date", direction="desc", **info), order[::-1])
        pages = [self.own(sort="date", direction="asc", limit=2, page=p, **info) for p in (1, 2, 3)]
        self.assertEqual(pages, [order[:2], order[2:], []])
        a = self.get(f"/events/index/sort:date/direction:asc/limit:2/page:1/eventinfo:{self.token}")
        self.assertEqual(self.ids(a.body), order[:2])

    def test_named_parameters(self):
        # trailing pieces /name:value mean the same as body keys
        e = self.new_event(info=f"blank inside {self.token}")
        for text in (f"blank+inside+{self.token}", f"blank%20inside%20{self.token}"):
            self.assertEqual(self.ids(self.get(f"/events/index/eventinfo:{text}").body), [e["id"]])
        self.assertEqual(self.ids(self.get(f"/events/index?eventinfo=blank+inside+{self.token}").body), [e["id"]])

    def test_sharinggroup(self):
        self.new_event()
        self.assertEqual(self.own(sharinggroup="999998|999999"), [])


class FreeText(ApiTest):
    TEXT = "see hxxp://evil[.]example.com/a and 198[.]51[.]100[.]9, hash 00112233445566778899aabbccddeeff"

    def test_import(self):
        # array of {"Attribute": {...}} as stored
        e = self.new_event()
        a = self.post(f"/events/freeTextImport/{e['id']}/disable_background_processing:1",
                      {"value": self.TEXT, "adhereToWarninglists": False, "distribution": 5})
        self.assert_status(a, 200)
        want = ["00112233445566778899aabbccddeeff", "198.51.100.9", "http://evil.example.com/a"]
        self.assertEqual(self.values(row["Attribute"] for row in a.body), want)
        self.assertEqual(self.values(self.view(e)["Attribute"]), want)

    def test_meta_attributes(self):
        # with returnMetaAttributes nothing is stored
        e = self.new_event()
        a = self.post(f"/events/freeTextImport/{e['uuid']}", {"value": self.TEXT, "returnMetaAttributes": True})
        self.assert_status(a, 200)
        row = next(r for r in a.body if r["value"] == "198.51.100.9")
        self.assertEqual(row["default_type"], "ip-dst")
        self.assertIn("ip-src", row["types"])
        self.assertEqual(self.view(e)["Attribute"], [])

    def test_unpublishes(self):
        # freetext import unpublishes the event
        e = self.new_event(published=True)
        self.post(f"/events/freeTextImport/{e['id']}/disable_background_processing:1", {"value": self.TEXT})
        self.assertIs(self.view(e)["published"], False)

    def test_unknown_event(self):
        self.assert_error(self.post(f"/events/freeTextImport/{UNKNOWN}", {"value": "198.51.100.9"}), 404,
                          "Invalid event")


if __name__ == "__main__":
    unittest.main()
