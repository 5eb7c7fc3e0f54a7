"""What the pictures of an event are drawn from, layouts that users keep, collections."""

import json
import unittest
import uuid

from harness import ADMIN_KEY, ApiTest

NO_RIGHTS = "Invalid Collection or insuficient privileges"
NODE = {"id": "str", "uuid?": "str", "type": "str", "label": "str", "node_type": "str", "event_id?": "id", "comment?": "str",
        "Attribute?": "any", "meta-category?": "str", "template_uuid?": "any", "color?": "str", "tagContent?": "any"}
EDGE = {"id": "str", "from": "str", "to": "str", "type?": "str", "comment?": "str", "uuid?": "uuid", "event_id?": "id"}
GRAPH = {"existing_tags": "any", "available_pivot_key": ["str"], "items": [NODE], "relations": [EDGE], "existing_object_relation": "any",
         "extended_event_uuid_mapping?": "any"}
COLLECTION = {"id": "id", "uuid": "uuid", "org_id": "id", "orgc_id": "id", "user_id": "id", "created": "str", "modified": "str",
              "distribution": "id", "sharing_group_id": "null/id", "name": "str", "type": "str", "description": "str"}
NAMED = {"id": "id", "uuid": "uuid", "name": "str"}
ELEMENT = {"id": "id", "uuid": "uuid", "element_uuid": "uuid", "element_type": "str", "collection_id": "id", "description": "str"}
VIEWED = {"Collection": {**COLLECTION, "Orgc": NAMED, "Org": NAMED, "User": {"id": "id", "email?": "str"}, "CollectionElement": [ELEMENT]}}


class Graphs(ApiTest):

    def make(self, key=ADMIN_KEY, **fields):
        event = self.new_event(key=key, Attribute=[
            {"type": "ip-dst", "value": "192.0.2.1", "Tag": [{"name": f"t {self.token}"}], "first_seen": "2024-01-01T00:00:00+00:00"},
            {"type": "text", "value": f"w {self.token}", "category": "Other"}], **fields)
        attr = event["Attribute"][0]
        one = self.new_object(event, [("filename", "filename", "a.exe"), ("size-in-bytes", "size-in-bytes", "17")], key=key)
        two = self.new_object(event, [("filename", "filename", "b.exe")], key=key)
        for target in (attr["uuid"], two["uuid"]):
            self.post("/objectReferences/add", {"object_uuid": one["uuid"], "referenced_uuid": target, "relationship_type": "drops"}, key=key)
        return event, attr, one, two

    def graph(self, what, event, body=None, key=ADMIN_KEY, named=""):
        path = f"/events/getEventGraph{what}/{event['id']}/event{named}"
        a = self.get(path, key=key) if body is None else self.post(path, body, key=key)
        self.assert_status(a, 200)
        self.assert_shape(a.body, GRAPH)
        return a.body

    def test_references(self):
        event, attr, one, two = self.make()
        g = self.graph("References", event)
        self.assertEqual([n["id"] for n in g["items"]],
                         [attr["id"], event["Attribute"][1]["id"], f"o-{one['id']}", f"o-{two['id']}"])
        self.assertEqual([n["label"] for n in g["items"]], ["192.0.2.1", f"w {self.token}", "", ""])
        self.assertEqual([(e["from"], e["to"], e["type"]) for e in g["relations"]],
                         [(f"o-{one['id']}", attr["id"], "drops"), (f"o-{one['id']}", f"o-{two['id']}", "drops")])
        self.assertEqual(g["existing_object_relation"], {"filename": 0, "size-in-bytes": 0})
        self.assertIn(f"t {self.token}", g["existing_tags"].values())
        self.assertRegex(g["items"][2]["color"], "^#[0-9a-f]{6}$")
        self.assertEqual([a["value"] for a in g["items"][2]["Attribute"]], ["a.exe", "17"])

    def test_tags(self):
        event, attr, one, _ = self.make()
        inner = one["Attribute"][0]
        self.attach(inner, self.new_tag(f"u {self.token}")["name"])
        g = self.graph("Tags", event)
        edges = [(e["from"], e["to"]) for e in g["relations"]]
        for want in ((attr["id"], f"t {self.token}"), (f"o-{one['id']}", inner["id"]), (inner["id"], f"u {self.token}")):
            self.assertIn(want, edges)
        tags = {n["id"]: n["tagContent"]["name"] for n in g["items"] if n["node_type"] == "tag"}
        self.assertEqual(tags, {f"t {self.token}": f"t {self.token}", f"u {self.token}": f"u {self.token}"})
        self.assert_status(self.post(f"/events/getEventGraphTags/{event['id']}", {}), 200)

    def test_generic(self):
        event, attr, one, two = self.make()
        g = self.graph("Generic", event, {"keyType": "type"})
        edges = {(e["from"], e["to"]) for e in g["relations"]}
        for want in ((attr["id"], 'keyType_"ip-dst"'), (f"o-{one['id']}", 'keyType_"filename"'), (f"o-{two['id']}", 'keyType_"filename"')):
            self.assertIn(want, edges)
        self.assertIn('keyType_"filename"', [n["id"] for n in g["items"] if n["node_type"] == "keyType"])
        self.assertIn("keyType_true", [n["id"] for n in self.graph("Generic", event, {"keyType": "to_ids"})["items"]])
        for body in ({"keyType": "password"}, {}, None):
            self.assertNotIn("keyType", [n["node_type"] for n in self.graph("Generic", event, body)["items"]])

    def test_filtering(self):
        event, attr, one, two = self.make()

        def left(rules):
            return {n["id"] for n in self.graph("References", event, {"filtering": rules})["items"] if n["node_type"] == "object"}

        both, first, second = {f"o-{one['id']}", f"o-{two['id']}"}, {f"o-{one['id']}"}, {f"o-{two['id']}"}
        for rules, want in (({}, both), ({"presence": [["Contains", "size-in-bytes"]]}, first),
                            ({"presence": [["Do not contain", "size-in-bytes"]]}, second), ({"presence": [["Contains", "x"]]}, set()),
                            ({"value": [["size-in-bytes", ">", "9"]]}, both), ({"value": [["size-in-bytes", ">", "17"]]}, second),
                            ({"value": [["filename", "==", "b.exe"]]}, second), ({"tag_presence": [["Contains", f"t {self.token}"]]}, set()),
                            ({"tag_presence": [["Do not contain", f"t {self.token}"]]}, both)):
            with self.subTest(rules=rules):
                self.assertEqual(left(rules), want)
        got = self.graph("References", event, {"filtering": {"tag_presence": [["Contains", f"t {self.token}"]]}})["items"]
        self.assertEqual([n["id"] for n in got], [attr["id"]])

    def test_extended(self):
        event, *_ = self.make()
        other = self.new_event(extends_uuid=event["uuid"], Attribute=[{"type": "text", "value": f"more {self.token}"}])
        self.assertNotIn(f"more {self.token}", [n["label"] for n in self.graph("References", event)["items"]])
        g = self.graph("References", event, named="/extended:1")
        self.assertIn(f"more {self.token}", [n["label"] for n in g["items"]])
        self.assertEqual(g["extended_event_uuid_mapping"], {event["id"]: event["uuid"], other["id"]: other["uuid"]})

    def test_timeline(self):
        event, attr, one, _ = self.make()
        self.post(f"/sightings/add/{attr['id']}", {"timestamp": 1704100000})
        items = {i["id"] + i["group"]: i for i in self.get(f"/events/getEventTimeline/{event['id']}").body["items"]}
        got = items[attr["id"] + "attribute"]
        self.assertEqual((got["content"], got["attribute_type"], got["first_seen"], got["last_seen"], got["date_sighting"], got["is_image"]),
                         ("192.0.2.1", "ip-dst", "2024-01-01T00:00:00.000000+00:00", None, ["1704100000"], False))
        got = items[one["id"] + "object"]
        self.assertEqual(([a["contentType"] for a in got["Attribute"]], got["first_seen_overwrite"]), (["filename", "size-in-bytes"], False))
        # by what an attribute of the object says
        thing = self.post(f"/objects/add/{event['id']}", {"name": "x", "Attribute": [
            {"type": "datetime", "object_relation": "first-seen", "value": "2020-02-02T00:00:00"}]}).body["Object"]
        items = {i["id"] + i["group"]: i for i in self.get(f"/events/getEventTimeline/{event['id']}").body["items"]}
        self.assertTrue(items[thing["id"] + "object"]["first_seen_overwrite"])
        self.assertTrue(items[thing["id"] + "object"]["first_seen"].startswith("2020-02-02"))

    def test_sightings(self):
        event, attr, *_ = self.make()
        for type_, when in (("0", 1704100000), ("0", 1704200000), ("1", 1704300000), ("0", 1704400000)):
            self.post(f"/sightings/add/{attr['id']}", {"timestamp": when, "type": type_})
        a = self.post(f"/events/getEventTimeline/{event['id']}", {"scope": "sightings"})
        self.assert_status(a, 200)
        self.assertEqual([(i["group"], i["first_seen"] // 1000, i["last_seen"] // 1000) for i in a.body["items"]][:2],
                         [("sighting_positive", 1704100000, 1704200000), ("sighting_negative", 1704300000, 1704400000)])
        self.assertEqual((a.body["items"][2]["group"], a.body["items"][2]["first_seen"]), ("sighting_positive", 1704400000000))
        self.assert_error(self.post(f"/events/getEventTimeline/{event['id']}", {"scope": "x"}), 405)

    def test_distribution(self):
        event = self.new_event(distribution=1, Attribute=[
            {"type": "text", "value": f"a{i} {self.token}", "distribution": d} for i, d in enumerate((0, 3, 3, 5))])
        self.new_object(event, [("filename", "filename", "a.exe")])
        a = self.get(f"/events/getDistributionGraph/{event['id']}/event")
        self.assert_status(a, 200)
        self.assertEqual((a.body["attribute"], a.body["object"], a.body["obj_attr"], a.body["event"]),
                         ([1, 1, 0, 2, 0], [0, 1, 0, 0, 0], [0, 1, 0, 0, 0], [1, 3, 0, 2, 0]))
        self.assertEqual([d["value"] for d in a.body["distributionInfo"]], list("01234"))
        self.assertEqual(a.body["additionalDistributionInfo"][3], ["This community", "All other communities"])
        g = self.post("/sharing_groups/add", {"name": f"g {self.token}", "releasability": "x"}).body["SharingGroup"]
        self.post(f"/attributes/add/{event['id']}", {"type": "text", "value": f"g {self.token}", "distribution": 4, "sharing_group_id": g["id"]})
        a = self.post(f"/events/getDistributionGraph/{event['id']}", {})
        self.assertEqual((a.body["sharingGroupRepartition"], a.body["additionalDistributionInfo"][4]), ({g["name"]: 1}, [g["name"]]))

    def test_info(self):
        event = self.new_event(info=f"i {self.token}", threat_level_id=2, Tag=[{"name": f"t {self.token}"}])
        a = self.get(f"/events/getEventInfoById/{event['uuid']}")
        self.assertEqual((a.body["Event"]["info"], a.body["ThreatLevel"]["name"], [t["Tag"]["name"] for t in a.body["EventTag"]]),
                         (f"i {self.token}", "Medium", [f"t {self.token}"]))

    def test_access(self):
        mine, theirs = self.add_user("User"), self.add_user("User")
        event = self.new_event(key=mine, distribution=1, Attribute=[
            {"type": "text", "value": f"open {self.token}"}, {"type": "text", "value": f"own {self.token}", "distribution": 0}])
        hidden = self.new_event(key=mine, distribution=0)
        for what in ("getEventGraphReferences", "getEventGraphTags", "getEventGraphGeneric", "getEventTimeline", "getDistributionGraph",
                     "getEventInfoById"):
            self.assert_error(self.get(f"/events/{what}/{hidden['id']}", key=theirs), 404, "Invalid event")
            text = json.dumps(self.get(f"/events/{what}/{event['id']}", key=theirs).body)
            self.assertNotIn(f"own {self.token}", text)
        self.assertEqual(self.get(f"/events/getDistributionGraph/{event['id']}", key=theirs).body["attribute"], [0, 1, 0, 0, 0])
        self.assert_error(self.get(f"/events/getEventTimeline/{event['id']}/galaxy"), 405, "Invalid type.")

    def test_layouts(self):
        mine, same, theirs = self.add_user("User"), None, self.add_user("User")
        same = self.add_user("User", org=mine.org)
        event = self.new_event(key=mine, distribution=1)
        body = {"EventGraph": {"network_json": '{"nodes": []}', "network_name": f"n {self.token}", "preview_img": "data:image/png;base64,AA=="}}
        a = self.post(f"/eventGraph/add/{event['uuid']}", body, key=mine)
        self.assert_status(a, 200)
        self.assertEqual(a.body, {"saved": True, "success": "eventGraph saved."})
        self.post(f"/event_graph/add/{event['id']}", {"network_json": "[]"}, key=mine)
        rows = self.get(f"/eventGraph/view/{event['id']}", key=mine).body
        self.assert_shape(rows, [{"EventGraph": {"id": "id", "event_id": "id", "user_id": "id", "org_id": "id", "timestamp": "time",
                                                 "network_name": "null/str", "network_json": "str", "preview_img": "null/str"},
                                  "User": {"email": "str"}}])
        g = rows[1]["EventGraph"]
        self.assertEqual((len(rows), g["network_name"], g["network_json"], rows[1]["User"]["email"]),
                         (2, f"n {self.token}", '{"nodes": []}', mine.user["email"]))
        self.assertEqual(len(self.get(f"/eventGraph/view/{event['id']}/{g['id']}", key=same).body), 1)
        self.assertEqual(self.get(f"/eventGraph/view/{event['id']}", key=theirs).body, [])
        for body, text in (({}, "No network data set"), ({"network_json": "{"}, "Network data is not valid JSON.")):
            self.assert_error(self.post(f"/eventGraph/add/{event['id']}", body, key=mine), 405, text)
        self.assert_error(self.post(f"/eventGraph/add/{event['id']}", {"network_json": "{}"}, key=theirs), 403)
        self.assert_error(self.post(f"/eventGraph/delete/{g['id']}", key=theirs), 404, "Invalid EventGraph")
        self.assert_error(self.post(f"/eventGraph/delete/{g['id']}", key=same), 405, "This eventGraph does not belong to you.")
        self.assertEqual(self.post(f"/eventGraph/delete/{g['id']}", key=mine).body, {"saved": True, "success": "EventGraph deleted."})
        self.assert_status(self.delete(f"/event_graph/delete/{rows[0]['EventGraph']['id']}"), 200)  # a site admin may
        self.post(f"/eventGraph/add/{event['id']}", {"network_json": "{}"}, key=mine)
        self.assert_status(self.post(f"/events/delete/{event['id']}", key=mine), 200)


class Collections(ApiTest):

    def new(self, key=ADMIN_KEY, **fields):
        a = self.post("/collections/add", {"name": f"c {self.token}", "type": "campaign", "distribution": 1, **fields}, key=key)
        self.assert_status(a, 200)
        self.assert_shape(a.body, VIEWED)
        return a.body["Collection"]

    def test_life(self):
        event, other = self.new_event(), self.new_event()
        c = self.new(description="d", CollectionElement=[{"element_uuid": event["uuid"], "element_type": "Event", "description": "one"}])
        self.assertEqual((c["name"], c["type"], c["description"], c["distribution"], c["sharing_group_id"], c["User"]["email"]),
                         (f"c {self.token}", "campaign", "d", "1", None, "admin@admin.test"))
        e = c["CollectionElement"][0]
        for ref in (c["id"], c["uuid"]):
            self.assertEqual(self.get(f"/collections/view/{ref}").body["Collection"], c)
        # elements sent are all there are: what is known stays as it is, the rest goes
        a = self.put(f"/collections/edit/{c['id']}", {"name": "renamed", "CollectionElement": [
            {"element_uuid": event["uuid"], "description": "changed"}, {"element_uuid": other["uuid"]}]})
        self.assert_status(a, 200)
        got = a.body["Collection"]["CollectionElement"]
        self.assertEqual([(x["element_uuid"], x["element_type"], x["description"]) for x in got],
                         [(event["uuid"], "Event", "changed"), (other["uuid"], "Event", "")])
        self.assertEqual(got[0]["uuid"], e["uuid"])
        a = self.post(f"/collections/edit/{c['uuid']}", {"Collection": {"CollectionElement": []}})
        self.assertEqual((a.body["Collection"]["name"], a.body["Collection"]["CollectionElement"]), ("renamed", []))
        self.assert_error(self.post(f"/collections/edit/{c['id']}", {"name": "x", "modified": "2020-01-01 00:00:00"}), 403,
                          "Collection received older or same as local version.")
        self.assert_saved(self.post(f"/collections/delete/{c['id']}"), "Collection deleted.")
        self.assert_error(self.get(f"/collections/view/{c['id']}"), 405, NO_RIGHTS)
        self.assert_status(self.delete(f"/collections/delete/{self.new()['uuid']}"), 200)

    def test_elements(self):
        event, other, c = self.new_event(), self.new_event(), self.new()
        a = self.post(f"/collectionElements/add/{c['id']}", {"element_uuid": event["uuid"], "description": "x"})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"CollectionElement": ELEMENT})
        e = a.body["CollectionElement"]
        self.assertEqual((e["element_type"], e["collection_id"]), ("Event", c["id"]))
        put = f"/collectionElements/addElementToCollection/Event/{other['uuid']}"
        self.assert_saved(self.post(put, {"collection_id": c["id"]}), "Element added to the Collection.")
        self.assertIn("already in Collection", self.post(put, {"collection_id": c["id"]}).body["errors"])
        for a in (self.get(f"/collectionElements/index/{c['id']}"), self.post(f"/collectionElements/index/{c['uuid']}", {})):
            self.assertEqual([x["CollectionElement"]["element_uuid"] for x in a.body], [event["uuid"], other["uuid"]])
        self.assert_saved(self.post(f"/collectionElements/delete/{e['id']}"), "CollectionElement deleted.")
        self.assert_error(self.delete(f"/collectionElements/delete/{e['uuid']}"), 405, NO_RIGHTS)
        for field, body in (("element_uuid", {}), ("element_uuid", {"element_uuid": "x"}), ("element_uuid", {"element_uuid": other["uuid"]}),
                            ("element_type", {"element_uuid": str(uuid.uuid4())}), ("uuid", {"element_uuid": event["uuid"], "uuid": "x"}),
                            ("element_type", {"element_uuid": event["uuid"], "element_type": "Attribute"})):
            with self.subTest(body=body):
                self.assert_refused_save(self.post(f"/collectionElements/add/{c['id']}", body), field)
        self.assert_error(self.post(put, {}), 404, "No collection_id specified.")
        self.assert_error(self.post(put, {"collection_id": 99999}), 404, "Invalid collection or not authorized.")

    def test_rejected(self):
        for field, body in (("name", {}), ("name", {"name": " "}), ("name", {"name": "x" * 256}), ("type", {"name": "x", "type": "y"}),
                            ("distribution", {"name": "x", "distribution": 5}), ("uuid", {"name": "x", "uuid": "y"}),
                            ("sharing_group_id", {"name": "x", "distribution": 4}), ("uuid", {"name": "x", "uuid": self.new()["uuid"]}),
                            ("element_uuid", {"name": f"half {self.token}", "CollectionElement": [{"element_uuid": "x"}]})):
            with self.subTest(body=body):
                self.assert_refused_save(self.post("/collections/add", body), field)
        self.assertNotIn(f"half {self.token}", [c["Collection"]["name"] for c in self.get("/collections/index").body])  # nothing half

    def test_access(self):
        mine, same, theirs = self.add_user("User"), None, self.add_user("User")
        same = self.add_user("User", org=mine.org)
        reader = self.add_user("Read Only", org=mine.org)
        open_, own = self.new(key=mine), self.new(key=mine, distribution=0)

        def listed(key, named=""):
            a = self.get(f"/collections/index{named}", key=key)
            self.assert_shape(a.body, [{"Collection": {**COLLECTION, "element_count": "int"}, "Orgc": NAMED}])
            return {c["Collection"]["id"] for c in a.body} & {open_["id"], own["id"]}

        self.assertEqual(listed(mine), {open_["id"], own["id"]})
        self.assertEqual(listed(theirs), {open_["id"]})
        self.assertEqual((listed(mine, "/my_collections"), listed(same, "/my_collections"), listed(same, "/org_collections")),
                         ({open_["id"], own["id"]}, set(), {open_["id"], own["id"]}))
        self.assertEqual(listed(mine, f"/org/uuid:{own['uuid']}"), {own["id"]})
        self.assertNotIn("email", self.get(f"/collections/view/{open_['id']}", key=theirs).body["Collection"]["User"])
        for c in (open_, own):
            for path in ("collections/edit", "collections/delete", "collectionElements/add"):
                self.assert_error(self.post(f"/{path}/{c['id']}", {"name": "x", "element_uuid": str(uuid.uuid4()), "element_type": "Event"},
                                            key=theirs), 405, NO_RIGHTS)
        self.assert_error(self.get(f"/collections/view/{own['id']}", key=theirs), 405, NO_RIGHTS)
        self.assert_error(self.get(f"/collectionElements/index/{own['id']}", key=theirs), 405, NO_RIGHTS)
        # with modify_org those of the own organisation; without the right to modify none
        self.assert_status(self.post(f"/collections/edit/{own['id']}", {"description": "x"}, key=same), 200)
        self.assert_error(self.post(f"/collections/edit/{own['id']}", {"description": "x"}, key=reader), 403)
        for a in (self.get("/collections"), self.post("/collections", {}), self.post("/collections/index", {"quickFilter": f"c {self.token}"})):
            self.assertIn(open_["id"], [c["Collection"]["id"] for c in a.body])


if __name__ == "__main__":
    unittest.main()
