"""Notes, opinions and relationships: who may make, see and change them, how they nest, how events carry them, what a peer asks for."""

import unittest
import uuid

from harness import ADMIN_KEY, ApiTest

ORG = {"id": "id", "name": "str", "uuid": "uuid", "type": "str", "sector": "str", "nationality": "str", "local": "bool"}
GROUP = {"id": "id", "name": "str", "uuid": "uuid", "releasability": "str", "description": "str", "org_id": "id", "active": "bool",
         "roaming": "bool", "local": "bool"}
COMMON = {"id": "id", "uuid": "uuid", "object_uuid": "uuid", "object_type": "str", "authors": "str", "org_uuid": "uuid",
          "orgc_uuid": "uuid", "created": "str", "modified": "str", "distribution": "id", "sharing_group_id": "null/id",
          "locked": "bool", "note_type": "int", "note_type_name": "str", "Org": ORG, "Orgc": ORG, "SharingGroup?": GROUP,
          "Note?": "any", "Opinion?": "any", "Relationship?": "any", "RelationshipInbound?": "any"}
NOTE = {**COMMON, "note": "str", "language": "str"}
OPINION = {**COMMON, "opinion": "id", "comment": "str"}
RELATIONSHIP = {**COMMON, "related_object_uuid": "uuid", "related_object_type": "str", "relationship_type": "str",
                "related_object?": "any"}
NOT_YOURS = "You are not authorised to do that."
STAMP = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"


def fresh():
    return str(uuid.uuid4())


class AnalystTest(ApiTest):

    def add(self, what, object_uuid, object_type="Event", key=ADMIN_KEY, **fields):
        fields.setdefault("distribution", 1)
        if what == "Note":
            fields.setdefault("note", f"note {self.token}")
        elif what == "Opinion":
            fields.setdefault("opinion", 42)
        a = self.post(f"/analyst_data/add/{what}/{object_uuid}/{object_type}", fields, key=key)
        self.assert_status(a, 200)
        return a.body[what]

    def seen(self, thing, what="Note", key=ADMIN_KEY):
        """True when the reader gets it, in every way there is."""
        ways = {"view": self.get(f"/analyst_data/view/{what}/{thing['uuid']}", key=key).status == 200,
                "all": self.get(f"/analystData/view/all/{thing['uuid']}", key=key).status == 200,
                "number": self.get(f"/analyst_data/view/{what}/{thing['id']}", key=key).status == 200,
                "index": thing["uuid"] in [n[what]["uuid"] for n in self.get(f"/analyst_data/index/{what}", key=key).body],
                "minimal": thing["uuid"] in self.get("/analyst_data/indexMinimal", key=key).body[what],
                "children": self.get(f"/analyst_data/getChildren/{what}/{thing['uuid']}", key=key).status == 200}
        self.assertEqual(len(set(ways.values())), 1, ways)
        return ways["view"]


class Life(AnalystTest):

    def test_note(self):
        about = fresh()  # nothing here has this uuid: it may be somewhere else
        a = self.post(f"/analystData/add/Note/{about}/Event", {"Note": {"note": "first", "language": "en", "distribution": 0}})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Note": NOTE})
        n = a.body["Note"]
        self.assertEqual((n["note"], n["language"], n["object_uuid"], n["object_type"], n["distribution"], n["locked"], n["authors"],
                          n["note_type"], n["note_type_name"], n["sharing_group_id"], n["Org"]["id"], n["Orgc"]["id"]),
                         ("first", "en", about, "Event", "0", False, "admin@admin.test", 0, "Note", None, "1", "1"))
        self.assertRegex(n["created"], STAMP)
        self.assertEqual(n["created"], n["modified"])
        for ref in (n["uuid"], n["uuid"].upper(), n["id"]):
            with self.subTest(ref=ref):
                a = self.get(f"/analyst_data/view/Note/{ref}")
                self.assert_status(a, 200)
                self.assertEqual(a.body["Note"], n)
        self.assertEqual(self.get(f"/analyst_data/view/all/{n['uuid']}").body["Note"], n)
        a = self.put(f"/analyst_data/edit/Note/{n['uuid']}", {"note": "second", "object_uuid": fresh(), "uuid": fresh(), "locked": True})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Note": NOTE})
        self.assertEqual({k: v for k, v in a.body["Note"].items() if k != "modified"},
                         {**{k: v for k, v in n.items() if k != "modified"}, "note": "second"})
        a = self.post(f"/analyst_data/edit/all/{n['uuid']}", {"Note": {"authors": "a, b", "distribution": 1}})
        self.assertEqual([a.body["Note"][k] for k in ("note", "authors", "distribution")], ["second", "a, b", "1"])
        self.assert_saved(self.post(f"/analyst_data/delete/Note/{n['uuid']}"), "Note deleted.")
        for method, path in (("GET", f"/analyst_data/view/Note/{n['uuid']}"), ("POST", f"/analyst_data/edit/Note/{n['uuid']}"),
                             ("POST", f"/analyst_data/delete/Note/{n['uuid']}"), ("GET", f"/analyst_data/getChildren/Note/{n['id']}")):
            self.assert_error(self.server.request(method, path, {} if method == "POST" else None), 404, "Invalid Note.")
        self.assert_error(self.get(f"/analyst_data/view/all/{n['uuid']}"), 404, "Invalid UUID")

    def test_opinion_and_relationship(self):
        event, other = self.new_event(), self.new_event()
        o = self.add("Opinion", event["uuid"], opinion="100", comment="sure")
        self.assert_shape(o, OPINION)
        self.assertEqual((o["opinion"], o["comment"], o["note_type"]), ("100", "sure", 1))
        a = self.post(f"/analyst_data/edit/Opinion/{o['id']}", {"opinion": 0})
        self.assertEqual((a.body["Opinion"]["opinion"], a.body["Opinion"]["comment"]), ("0", "sure"))
        r = self.add("Relationship", event["uuid"], related_object_uuid=other["uuid"], related_object_type="Event",
                     relationship_type="related-to")
        self.assert_shape(r, RELATIONSHIP)
        self.assertEqual(r["related_object"]["Event"]["uuid"], other["uuid"])
        self.assertEqual(self.view(event)["Relationship"][0]["uuid"], r["uuid"])
        self.assertEqual([x["uuid"] for x in self.view(other)["RelationshipInbound"]], [r["uuid"]])
        for what, thing in (("Opinion", o), ("Relationship", r)):
            self.assert_status(self.delete(f"/analyst_data/delete/{what}/{thing['uuid']}"), 200)
        self.assertNotIn("RelationshipInbound", self.view(other))

    def test_related(self):
        event = self.new_event(Attribute=[{"type": "text", "value": f"r {self.token}"}])
        thing = self.new_object(event, [("filename", "filename", "a.exe")])
        report = self.post(f"/eventReports/add/{event['id']}", {"name": "r", "content": "c"}).body["EventReport"]
        note = self.add("Note", event["uuid"])
        for what, u in (("Event", event["uuid"]), ("Attribute", event["Attribute"][0]["uuid"]), ("Object", thing["uuid"]),
                        ("EventReport", report["uuid"]), ("Note", note["uuid"])):
            with self.subTest(what=what):
                a = self.get(f"/analyst_data/getRelatedElement/{what}/{u}")
                self.assert_status(a, 200)
                self.assertEqual(a.body[what]["uuid"], u)
        self.assertEqual(self.get(f"/analyst_data/getRelatedElement/Event/{fresh()}").body, [])
        self.assertEqual(self.get(f"/analyst_data/getRelatedElement/Opinion/{note['uuid']}").body, [])
        self.assert_error(self.get(f"/analyst_data/getRelatedElement/Thing/{fresh()}"), 405, "Invalid type.")
        hidden = self.new_event(distribution=0)
        key = self.add_user("User")
        self.assertEqual(self.get(f"/analyst_data/getRelatedElement/Event/{hidden['uuid']}", key=key).body, [])

    def test_type_is_found(self):
        event = self.new_event(Attribute=[{"type": "text", "value": f"t {self.token}"}])
        note = self.add("Note", event["uuid"])
        for want, u in (("Event", event["uuid"]), ("Attribute", event["Attribute"][0]["uuid"]), ("Note", note["uuid"]),
                        ("Organisation", note["Org"]["uuid"])):
            a = self.post(f"/analyst_data/add/Note/{u}", {"note": "x"})
            self.assert_status(a, 200)
            self.assertEqual(a.body["Note"]["object_type"], want)
        self.assert_refused_save(self.post(f"/analyst_data/add/Note/{fresh()}", {"note": "x"}), "object_type")

    def test_nested(self):
        about = fresh()
        n = self.add("Note", about)
        a = self.post(f"/analyst_data/edit/Note/{n['uuid']}", {"Opinion": [{"opinion": 10, "comment": "no", "Note": [{"note": "why"}]}]})
        self.assert_status(a, 200)
        o = a.body["Note"]["Opinion"][0]
        self.assertEqual((o["opinion"], o["object_uuid"], o["object_type"]), ("10", n["uuid"], "Note"))
        self.assertEqual((o["Note"][0]["note"], o["Note"][0]["object_type"], o["Note"][0]["object_uuid"]), ("why", "Opinion", o["uuid"]))
        a = self.get(f"/analyst_data/getChildren/Note/{n['uuid']}/5")
        self.assertEqual(a.body["Opinion"][0]["Note"][0]["note"], "why")
        # what hangs on it stays
        self.post(f"/analyst_data/delete/Note/{n['uuid']}")
        self.assertEqual(self.get(f"/analyst_data/view/Opinion/{o['uuid']}").body["Opinion"]["Note"][0]["note"], "why")

    def test_deep_and_in_a_ring(self):
        event = self.new_event()
        top, u = self.add("Note", event["uuid"]), None
        u = top["uuid"]
        for _ in range(20):
            u = self.add("Note", u, "Note")["uuid"]
        at, depth = self.view(event), 0
        while "Note" in at:
            at, depth = at["Note"][0], depth + 1
        self.assertEqual((depth, at["_max_depth_reached"]), (8, True))
        one, two = fresh(), fresh()
        self.add("Note", two, "Note", uuid=one)
        self.add("Note", one, "Note", uuid=two)
        self.assert_status(self.get(f"/analyst_data/view/Note/{one}"), 200)

    def test_rejected(self):
        about, taken = fresh(), self.add("Note", fresh())["uuid"]
        for what, field, body in (
                ("Note", "note", {}), ("Note", "note", {"note": ""}), ("Note", "uuid", {"note": "x", "uuid": "none"}),
                ("Note", "uuid", {"note": "x", "uuid": taken}), ("Note", "distribution", {"note": "x", "distribution": 6}),
                ("Note", "distribution", {"note": "x", "distribution": "all"}), ("Note", "created", {"note": "x", "created": "soon"}),
                ("Note", "sharing_group_id", {"note": "x", "distribution": 4}), ("Note", "language", {"note": "x", "language": "e" * 17}),
                ("Note", "sharing_group_id", {"note": "x", "distribution": 4, "sharing_group_id": 99999}),
                ("Opinion", "opinion", {}), ("Opinion", "opinion", {"opinion": 101}), ("Opinion", "opinion", {"opinion": -1}),
                ("Opinion", "opinion", {"opinion": "much"}), ("Relationship", "related_object_uuid", {"related_object_type": "Event"}),
                ("Relationship", "related_object_type", {"related_object_uuid": fresh()}),
                ("Relationship", "related_object_type", {"related_object_uuid": fresh(), "related_object_type": "Thing"}),
                ("Relationship", "related_object_uuid", {"related_object_uuid": about, "related_object_type": "Event"})):
            with self.subTest(what=what, body=body):
                self.assert_refused_save(self.post(f"/analyst_data/add/{what}/{about}/Event", body), field)
        self.assertEqual(self.get(f"/analyst_data/index/Note/object_uuid:{about}").body, [])
        self.assert_refused_save(self.post(f"/analyst_data/add/Note/{about}/Thing", {"note": "x"}), "object_type")
        self.assert_refused_save(self.post("/analyst_data/add/Note", {"note": "x"}), "object_uuid")
        for path in (f"/analyst_data/add/Thing/{about}/Event", "/analyst_data/edit/all/17", "/analyst_data/delete/none/1"):
            self.assert_error(self.post(path, {}), 405, "Invalid type.")
        self.assert_error(self.get("/analyst_data/index/Thing"), 405, "Invalid type.")
        for body in ("", "{", "17", '{"note": ["x"]}', '{"Opinion": [1]}'):
            with self.subTest(body=body):
                self.assert_error(self.post(f"/analyst_data/add/Note/{about}/Event", body), 400)


class Lists(AnalystTest):

    def test_index(self):
        about, other = fresh(), fresh()
        notes = [self.add("Note", about, note=f"n{i} {self.token}") for i in range(5)] + [self.add("Note", other, "Attribute", note="else")]
        u = [n["uuid"] for n in notes]

        def got(path, **more):
            a = self.get(f"/analyst_data/index/Note/{path}", **more)
            self.assert_status(a, 200)
            self.assert_shape(a.body, [{"Note": NOTE}])
            return [n["Note"]["uuid"] for n in a.body]

        self.assertEqual(got(f"uuid[]:{u[1]}/uuid[]:{u[3]}/uuid[]:{fresh()}.json"), [u[1], u[3]])
        self.assertEqual(got(f"object_uuid:{about}"), u[:5])
        self.assertEqual(got(f"object_uuid:{about}/limit:2/page:2"), u[2:4])
        self.assertEqual(got(f"object_uuid:{about}/limit:2/page:9"), [])
        self.assertEqual(got(f"object_uuid:{other}/object_type:Attribute"), u[5:])
        self.assertEqual(got(f"object_uuid:{other}/object_type:Event"), [])
        self.assertEqual(got(f"value:n3 {self.token}".replace(" ", "%20")), [u[3]])
        self.assertEqual(got(f"object_uuid:{about}/orgc_uuid:{fresh()}"), [])
        self.assertEqual(got("uuid:none"), [])
        a = self.post("/analyst_data/index/Note", {"uuid": u[:2]})
        self.assertEqual([n["Note"]["uuid"] for n in a.body], u[:2])
        self.assertIn(u[0], [n["Note"]["uuid"] for n in self.get("/analyst_data").body])
        self.assertEqual(self.get(f"/analyst_data/index/Opinion/object_uuid:{about}").body, [])


class Access(AnalystTest):

    def test_distribution(self):
        mine, theirs = self.add_user("User"), self.add_user("User")
        for level, others in ((0, False), (1, True), (2, True), (3, True), (5, False)):
            with self.subTest(level=level):
                n = self.add("Note", fresh(), key=mine, distribution=level)
                self.assertEqual((n["Orgc"]["id"], n["authors"]), (mine.org["id"], mine.user["email"]))
                self.assertTrue(self.seen(n, key=mine))
                self.assertTrue(self.seen(n))
                self.assertEqual(self.seen(n, key=theirs), others)
                refusal = (405, NOT_YOURS) if others else (404, "Invalid Note.")
                self.assert_error(self.post(f"/analyst_data/edit/Note/{n['uuid']}", {"note": "x"}, key=theirs), *refusal)
                self.assert_error(self.post(f"/analyst_data/delete/Note/{n['uuid']}", key=theirs), *refusal)
                self.assertEqual(self.get(f"/analyst_data/view/Note/{n['uuid']}").body["Note"]["note"], n["note"])

    def test_sharing_group(self):
        mine, inside, outside = self.add_user("User"), self.add_user("User"), self.add_user("User")
        g = self.post("/sharing_groups/add", {"name": f"g {self.token}", "releasability": "x", "SharingGroupOrg": [
            {"extend": True, "Organisation": {"uuid": o["uuid"], "name": o["name"]}} for o in (mine.org, inside.org)]}).body["SharingGroup"]
        event = self.new_event(key=mine, distribution=1)
        n = self.add("Note", event["uuid"], key=mine, distribution=4, sharing_group_id=g["id"])
        self.assertEqual((n["sharing_group_id"], n["SharingGroup"]["uuid"]), (g["id"], g["uuid"]))
        for key, may in ((inside, True), (outside, False)):
            self.assertEqual(self.seen(n, key=key), may)
            self.assertEqual("Note" in self.view(event, key=key), may)
        # a group one is not in cannot be used
        self.assert_refused_save(self.post(f"/analyst_data/add/Note/{fresh()}/Event", {"note": "x", "distribution": 4,
                                           "sharing_group_id": g["id"]}, key=outside), "sharing_group_id")
        self.post("/sharing_groups/removeOrg", {"sg_id": g["id"], "org_id": inside.org["id"]})
        self.assertFalse(self.seen(n, key=inside))

    def test_nested_ones_hide_themselves(self):
        mine, theirs = self.add_user("User"), self.add_user("User")
        n = self.add("Note", fresh(), key=mine)
        self.add("Opinion", n["uuid"], "Note", key=mine, distribution=0)
        self.assertIn("Opinion", self.get(f"/analyst_data/view/Note/{n['uuid']}", key=mine).body["Note"])
        self.assertNotIn("Opinion", self.get(f"/analyst_data/view/Note/{n['uuid']}", key=theirs).body["Note"])

    def test_for_others(self):
        other, user, sync = self.add_org(), self.add_user("User"), self.add_user("Sync user")
        n = self.add("Note", fresh(), key=user, orgc_uuid=other["uuid"], locked=True)
        self.assertEqual((n["orgc_uuid"], n["org_uuid"], n["locked"]), (user.org["uuid"], user.org["uuid"], False))
        n = self.add("Note", fresh(), key=sync, orgc_uuid=other["uuid"], locked=True)
        self.assertEqual((n["orgc_uuid"], n["org_uuid"], n["locked"]), (other["uuid"], sync.org["uuid"], True))
        made = {"uuid": fresh(), "name": f"far {self.token}"}
        n = self.add("Note", fresh(), key=sync, Orgc=made)
        self.assertEqual((n["Orgc"]["uuid"], n["Orgc"]["name"]), (made["uuid"], made["name"]))
        # the organisation goes, what it said stays
        self.assert_status(self.post(f"/admin/organisations/delete/{other['id']}"), 200)

    def test_right(self):
        reader = self.add_user("Read Only")
        n = self.add("Note", fresh())
        for path in (f"/analyst_data/add/Note/{fresh()}/Event", f"/analyst_data/edit/Note/{n['uuid']}", f"/analyst_data/delete/Note/{n['uuid']}"):
            self.assert_error(self.post(path, {"note": "x"}, key=reader), 403, "You do not have permission to use this functionality.")
        self.assertTrue(self.seen(n, key=reader))


class InDocuments(AnalystTest):

    def test_event(self):
        u = {name: fresh() for name in ("event", "attr", "object", "inner", "report", "note")}
        said = {name: {"note": f"on {name}", "distribution": 1} for name in u}
        event = self.new_event(uuid=u["event"], Note=[{**said["event"], "uuid": u["note"], "Opinion": [{"opinion": 1, "comment": "c"}]}],
                               Opinion=[{"opinion": 77, "comment": ""}],
                               Relationship=[{"related_object_uuid": fresh(), "related_object_type": "Event", "relationship_type": "x"}],
                               Attribute=[{"uuid": u["attr"], "type": "text", "value": f"v {self.token}", "Note": [said["attr"]]}],
                               Object=[{"uuid": u["object"], "name": "file", "Note": [said["object"]], "Attribute": [
                                   {"uuid": u["inner"], "type": "filename", "value": "a.exe", "object_relation": "filename",
                                    "Note": [said["inner"]]}]}],
                               EventReport=[{"uuid": u["report"], "name": "r", "content": "c", "Note": [said["report"]]}])
        for doc in (event, self.view(event)):
            self.assert_shape(doc["Note"], [NOTE])
            self.assertEqual((doc["Note"][0]["note"], doc["Note"][0]["object_uuid"], doc["Note"][0]["Opinion"][0]["comment"]),
                             ("on event", u["event"], "c"))
            self.assertEqual((doc["Opinion"][0]["opinion"], doc["Relationship"][0]["relationship_type"]), ("77", "x"))
            obj = doc["Object"][0]
            for name, thing, what in (("attr", doc["Attribute"][0], "Attribute"), ("object", obj, "Object"),
                                      ("inner", obj["Attribute"][0], "Attribute"), ("report", doc["EventReport"][0], "EventReport")):
                self.assertEqual([(n["note"], n["object_uuid"], n["object_type"]) for n in thing["Note"]], [(f"on {name}", u[name], what)])
        self.assertEqual(self.get(f"/attributes/view/{u['attr']}").body["Attribute"]["Note"][0]["note"], "on attr")
        a = self.get(f"/objects/view/{u['object']}").body["Object"]
        self.assertEqual((a["Note"][0]["note"], a["Attribute"][0]["Note"][0]["note"]), ("on object", "on inner"))
        a = self.get(f"/eventReports/view/{u['report']}").body
        self.assertEqual((a["Note"][0]["note"], a["RelationshipInbound"]), ("on report", []))
        a = self.post("/events/restSearch", {"uuid": u["event"]}).body["response"][0]["Event"]
        self.assertEqual(a["Note"][0]["note"], "on event")
        # an event without has no such members
        self.assertFalse({"Note", "Opinion", "Relationship"} & set(self.new_event()))

    def test_newer_wins(self):
        u = fresh()
        event = self.new_event(Note=[{"uuid": u, "note": "one", "modified": "2024-01-01 10:00:00", "created": "2024-01-01 09:00:00"}])
        self.assertEqual([event["Note"][0][k] for k in ("created", "modified")], ["2024-01-01 09:00:00", "2024-01-01 10:00:00"])
        for modified, text, want in (("2024-01-01 10:00:00", "same", "one"), ("2023-01-01 10:00:00", "older", "one"),
                                     ("2024-01-01 10:00:01", "newer", "newer")):
            a = self.post(f"/events/edit/{event['id']}", {"Note": [{"uuid": u, "note": text, "modified": modified}]})
            self.assert_status(a, 200)
            self.assertEqual(self.view(event)["Note"][0]["note"], want)
        # what others said is left alone
        key = self.add_user("User")
        mine = self.new_event(key=key)
        self.post(f"/events/edit/{mine['id']}", {"Note": [{"uuid": u, "note": "stolen", "modified": "2030-01-01 10:00:00"}]}, key=key)
        self.assertEqual(self.get(f"/analyst_data/view/Note/{u}").body["Note"]["note"], "newer")

    def test_bad_ones_do_not_stop_the_event(self):
        event = self.new_event(Note=[{"note": ""}, {"note": "good"}], Opinion=[{"opinion": 500}])
        doc = self.view(event)
        self.assertEqual([n["note"] for n in doc["Note"]], ["good"])
        self.assertNotIn("Opinion", doc)

    def test_elements(self):
        event = self.new_event()
        a = self.post(f"/attributes/add/{event['id']}", {"type": "text", "value": f"e {self.token}", "Note": [{"note": "with it"}]})
        attr = a.body["Attribute"]
        self.assertEqual(attr["Note"][0]["note"], "with it")
        self.post(f"/attributes/edit/{attr['id']}", {"comment": "c", "Opinion": [{"opinion": 5}]})
        a = self.get(f"/attributes/view/{attr['id']}").body["Attribute"]
        self.assertEqual((a["Note"][0]["note"], a["Opinion"][0]["opinion"]), ("with it", "5"))


class Blocklist(AnalystTest):

    def test_deleted_does_not_come_back(self):
        event, u = self.new_event(), fresh()
        n = self.add("Note", event["uuid"], uuid=u, note=f"gone {self.token}")
        self.post(f"/analyst_data/delete/Note/{u}")
        rows = [b for b in self.get("/analystDataBlocklists/index").body if b["analyst_data_uuid"] == u]
        self.assertEqual([(b["analyst_data_info"], b["analyst_data_orgc"]) for b in rows], [(n["note"], n["Orgc"]["name"])])
        self.post(f"/events/edit/{event['id']}", {"Note": [{"uuid": u, "note": "again"}]})
        self.assertNotIn("Note", self.view(event))
        self.assert_saved(self.post(f"/analyst_data_blocklists/delete/{u}"), "Blocklist entry removed")
        self.post(f"/events/edit/{event['id']}", {"Note": [{"uuid": u, "note": "again"}]})
        self.assertEqual(self.view(event)["Note"][0]["note"], "again")
        # not noted down when that was asked for
        self.post(f"/analyst_data/delete/Note/{u}/0")
        self.assertNotIn(u, [b["analyst_data_uuid"] for b in self.get("/analystDataBlocklists/index").body])

    def test_list(self):
        u = fresh()
        a = self.post("/analyst_data_blocklists/add", {"uuids": [u, "none"], "analyst_data_info": "i", "analyst_data_orgc": "o", "comment": "c"})
        self.assertEqual(a.body["result"], {"successes": [u], "fails": ["none"]})
        for a in (self.get(f"/analyst_data_blocklists/index/analyst_data_uuid:{u}"), self.post("/analyst_data_blocklists/index", {"searchall": u}),
                  self.get(f"/analyst_data_blocklists?searchall={u}"), self.post("/analyst_data_blocklists", {"searchall": u})):
            self.assertEqual([(b["analyst_data_info"], b["analyst_data_orgc"], b["comment"]) for b in a.body], [("i", "o", "c")])
        a = self.put(f"/analyst_data_blocklists/edit/{u}", {"comment": "d"})
        self.assertEqual(a.body["AnalystDataBlocklist"]["comment"], "d")
        self.assertEqual(self.post(f"/analyst_data_blocklists/edit/{u}", {"analyst_data_orgc": "p"}).body["AnalystDataBlocklist"]["analyst_data_orgc"], "p")
        self.assert_status(self.delete(f"/analyst_data_blocklists/delete/{u}"), 200)


class Peer(AnalystTest):

    def push(self, body, key):
        return self.post("/analyst_data/pushAnalystData", body, key=key)

    def test_push(self):
        key, far = self.add_user("Sync user"), {"uuid": fresh(), "name": f"far {self.token}"}
        u, about = fresh(), fresh()
        body = {"Note": {"uuid": u, "object_uuid": about, "object_type": "Event", "note": "one", "distribution": "1", "locked": True,
                         "created": "2024-01-01 10:00:00", "modified": "2024-01-01 10:00:00", "Orgc": far,
                         "Opinion": [{"uuid": fresh(), "opinion": 3, "comment": "", "locked": True, "modified": "2024-01-01 10:00:00"}]}}
        a = self.push(body, key)
        self.assert_status(a, 200)
        self.assertIn("2 imported, 0 ignored, 0 failed", a.body["message"])
        n = self.get(f"/analyst_data/view/Note/{u}").body["Note"]
        self.assertEqual((n["locked"], n["Orgc"]["uuid"], n["org_uuid"], n["object_uuid"], n["Opinion"][0]["opinion"]),
                         (True, far["uuid"], key.org["uuid"], about, "3"))
        body["Note"]["note"] = "two"
        self.assertIn("not newer", self.push(body, key).body["errors"])
        body["Note"]["modified"] = "2024-01-02 10:00:00"
        self.assert_status(self.push(body, key), 200)
        self.assertEqual(self.get(f"/analyst_data/view/Note/{u}").body["Note"]["note"], "two")
        # the members alone, its kind among them
        flat = {**body["Note"], "note_type_name": "Note", "uuid": fresh()}
        self.assert_status(self.push(flat, key), 200)
        # made here: not to be changed from outside
        own = self.add("Note", about)
        a = self.push({"Note": {**own, "note": "theirs", "modified": "2035-01-01 10:00:00"}}, key)
        self.assertIn("created locally", a.body["errors"])
        self.assertEqual(self.get(f"/analyst_data/view/Note/{own['uuid']}").body["Note"]["note"], own["note"])
        # blocked, and of an organisation that is blocked
        self.post("/analyst_data_blocklists/add", {"uuids": [u]})
        self.assertIn("blocklist", self.push(body, key).body["errors"])
        self.post("/orgBlocklists/add", {"uuids": [far["uuid"]]})
        body["Note"]["uuid"] = fresh()
        self.assertIn("blocklist", self.push(body, key).body["errors"])
        self.assert_status(self.get(f"/analyst_data/view/Note/{body['Note']['uuid']}"), 404)
        self.assert_error(self.push({"x": 1}, key), 404)
        self.assert_error(self.push(body, self.add_user("User")), 403)

    def test_filter(self):
        key = self.add_user("Sync user")
        own, unknown, blocked, locked = self.add("Note", fresh())["uuid"], fresh(), fresh(), fresh()
        self.post("/analyst_data_blocklists/add", {"uuids": [blocked]})
        self.push({"Note": {"uuid": locked, "object_uuid": fresh(), "object_type": "Event", "note": "x", "locked": True,
                            "modified": "2024-01-01 10:00:00"}}, key)
        late = "2035-01-01 10:00:00"
        ask = {"Note": {own: late, unknown: late, blocked: late, locked: late}, "Opinion": [], "Relationship": {unknown: late}}
        a = self.post("/analyst_data/filterAnalystDataForPush", ask, key=key)
        self.assert_status(a, 200)
        self.assertEqual(a.body, {"Note": {unknown: late, locked: late}, "Relationship": {unknown: late}})
        a = self.post("/analyst_data/filterAnalystDataForPush", {"Note": {locked: "2024-01-01 10:00:00"}}, key=key)
        self.assertEqual(a.body, {"Note": {}})

    def test_minimal(self):
        key = self.add_user("User")
        n, o = self.add("Note", fresh(), key=key), self.add("Opinion", fresh())
        a = self.post("/analyst_data/indexMinimal", {})
        self.assertEqual((a.body["Note"][n["uuid"]], a.body["Opinion"][o["uuid"]]), (n["modified"], o["modified"]))
        for names, has_n, has_o in (([key.org["name"]], True, False), (["!" + key.org["name"]], False, True), (key.org["name"], True, False)):
            a = self.post("/analyst_data/indexMinimal", {"orgc_name": names}).body
            self.assertEqual((n["uuid"] in a["Note"], o["uuid"] in a["Opinion"]), (has_n, has_o))


if __name__ == "__main__":
    unittest.main()
