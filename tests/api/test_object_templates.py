"""Object templates: loaded from a library folder, made by people, what they fill in and refuse; what helps to build objects."""

import base64
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import shapes
from harness import ApiTest, program

UNKNOWN = "00000000-0000-4000-8000-000000000000"
TEMPLATE = {"id": "id", "user_id": "id", "org_id": "id", "uuid": "uuid", "name": "str", "meta-category": "str", "description": "str",
            "version": "id", "requirements": "any", "fixed": "bool", "active": "bool"}
ORG = {"id": "id/null", "name": "str/null", "uuid": "uuid/null"}
ROW = {"ObjectTemplate": TEMPLATE, "Organisation": ORG}
ELEMENT = {"id": "id", "object_template_id": "id", "object_relation": "str", "type": "str", "ui-priority": "id", "categories": ["str"],
           "sane_default": ["str"], "values_list": ["str"], "description": "str", "disable_correlation": "bool/null", "multiple": "bool"}
VIEW = {**ROW, "User?": {"id": "id/null", "email": "str/null"}, "ObjectTemplateElement": [ELEMENT]}

HOST = {"name": "host", "uuid": "11111111-1111-4111-8111-000000000001", "version": 2, "meta-category": "network", "description": "A host",
        "required": ["name"], "requiredOneOf": ["ip", "port"], "attributes": {
            "name": {"misp-attribute": "hostname", "description": "Its name", "ui-priority": 1, "disable_correlation": True, "to_ids": False},
            "ip": {"misp-attribute": "ip-dst", "description": "Its address", "ui-priority": 0, "multiple": True, "categories": ["Network activity"]},
            "port": {"misp-attribute": "port", "description": "A port", "ui-priority": 0, "sane_default": ["80", "443"]},
            "state": {"misp-attribute": "text", "description": "Its state", "ui-priority": 0, "values_list": ["up", "down"],
                      "categories": ["No such category", "Internal reference"]}}}
NOTE = {"name": "note", "uuid": "11111111-1111-4111-8111-000000000002", "meta-category": "misc", "description": "A note",
        "attributes": {"text": {"misp-attribute": "text", "description": "Its text", "ui-priority": 0}}}
RELATIONS = {"version": 3, "name": "relationships", "values": [
    {"name": "drops", "description": "drops it", "format": ["misp"]}, {"name": "uses", "description": "uses it", "format": ["misp", "stix-2.0"]}]}


class TemplateTest(ApiTest):

    @classmethod
    def setUpClass(cls):
        cls.library = tempfile.mkdtemp(prefix="misp-library-")
        cls.addClassCleanup(shutil.rmtree, cls.library, True)
        cls.clone = pathlib.Path(cls.library, "misp-objects")
        cls.write(HOST)
        cls.write(NOTE)
        (cls.clone / "objects" / "broken").mkdir()
        (cls.clone / "objects" / "broken" / "definition.json").write_text('{"name": "broken"')
        (cls.clone / "relationships").mkdir()
        (cls.clone / "relationships" / "definition.json").write_text(json.dumps(RELATIONS))
        cls.server_env = {"MISP_LIBRARY": cls.library}
        super().setUpClass()
        cls.first = cls.server.post("/objectTemplates/update")

    @classmethod
    def write(cls, t):
        place = cls.clone / "objects" / t["name"]
        place.mkdir(parents=True, exist_ok=True)
        (place / "definition.json").write_text(json.dumps(t))

    def own(self, **more):
        """A template of the test's own."""
        t = {**json.loads(json.dumps(NOTE)), "name": f"own-{self.token}", "uuid": f"22222222-2222-4222-8222-{self.token}", "version": 1, **more}
        return t

    def named(self, name, path="/objectTemplates"):
        return [r["ObjectTemplate"] for r in self.get(path).body if r["ObjectTemplate"]["name"] == name]


class Library(TemplateTest):

    def test_update(self):
        # the answer is the list; what is not readable is left out
        self.assert_status(self.first, 200)
        self.assert_shape(self.first.body, [ROW])
        got = {r["ObjectTemplate"]["name"]: r["ObjectTemplate"] for r in self.first.body}
        self.assertLessEqual({"host", "note"}, set(got))
        self.assertEqual(got["host"]["requirements"], {"required": ["name"], "requiredOneOf": ["ip", "port"]})
        self.assertEqual((got["note"]["requirements"], got["note"]["version"], got["note"]["fixed"], got["note"]["active"]), ([], "1", True, True))

    def test_versions(self):
        # a higher version stands beside the earlier one and is the active one; the same one changes nothing unless forced
        t = self.own()
        self.write(t)
        self.assertEqual(len(self.post(f"/objectTemplates/update/{t['name']}").body), len(self.get("/objectTemplates").body))
        self.assertEqual([x["version"] for x in self.named(t["name"])], ["1"])
        t["description"] = "changed"
        self.write(t)
        self.post(f"/objectTemplates/update/{t['name']}")
        self.assertEqual(self.named(t["name"])[0]["description"], "A note")
        self.post(f"/objectTemplates/update/type:{t['name']}/force:1")
        self.assertEqual([x["description"] for x in self.named(t["name"], "/objectTemplates/index/all")], ["changed"])
        t["version"] = 5
        self.write(t)
        self.post(f"/objectTemplates/update/{t['name']}/0")
        self.assertEqual([x["version"] for x in self.named(t["name"])], ["5"])
        self.assertEqual([(x["version"], x["active"]) for x in self.named(t["name"], "/objectTemplates/index/all")], [("1", False), ("5", True)])
        self.assertEqual(self.get(f"/objectTemplates/view/{t['uuid']}").body["ObjectTemplate"]["version"], "5")
        self.assertEqual(self.named(t["name"], "/objectTemplates/index/active:0/all:1")[0]["version"], "1")
        self.assert_error(self.post("/objectTemplates/update/nothing-of-this-name"), 404)

    def test_view(self):
        host = self.named("host")[0]
        for ref in (host["id"], HOST["uuid"]):
            a = self.get(f"/objectTemplates/view/{ref}")
            self.assert_status(a, 200)
            self.assert_shape(a.body, VIEW)
            e = {x["object_relation"]: x for x in a.body["ObjectTemplateElement"]}
            self.assertEqual(list(e), ["name", "ip", "port", "state"])
            self.assertEqual((e["name"]["type"], e["name"]["ui-priority"], e["name"]["disable_correlation"], e["name"]["multiple"]),
                             ("hostname", "1", True, False))
            self.assertEqual((e["ip"]["multiple"], e["ip"]["categories"], e["ip"]["disable_correlation"]), (True, ["Network activity"], None))
            self.assertEqual((e["port"]["sane_default"], e["state"]["values_list"]), (["80", "443"], ["up", "down"]))
        for ref in (UNKNOWN, "999999", "x"):
            self.assert_error(self.get(f"/objectTemplates/view/{ref}"), 404)
        self.assertNotIn("User", self.get(f"/objectTemplates/view/{host['id']}", key=self.add_user("User")).body)

    def test_raw(self):
        for ref in ("host", HOST["uuid"]):
            self.assertEqual(self.get(f"/objectTemplates/getRaw/{ref}").body, HOST)
        self.assert_error(self.get("/objectTemplates/getRaw/nothing"), 404, "Template not found")
        self.assert_error(self.get("/objectTemplates/getRaw/host", key=self.add_user("User")), 403)

    def test_filters(self):
        for named, want in (("searchall:a HOS", {"host"}), ("meta-category:misc/name:note", {"note"}), (f"uuid:{HOST['uuid']}", {"host"}),
                            ("searchall:no such", set())):
            a = self.get(f"/objectTemplates/index/{named}".replace(" ", "%20"))
            self.assertEqual({r["ObjectTemplate"]["name"] for r in a.body}, want)
        self.assertEqual(len(self.post("/objectTemplates/index", {"limit": 1, "page": 1}).body), 1)
        self.assertEqual([r["ObjectTemplate"]["name"] for r in self.post("/objectTemplates", {"value": "A host"}).body], ["host"])
        # only site admins see those that are off
        note = self.named("note")[0]
        self.assertEqual(self.post("/objectTemplates/deactivate", {"id": note["id"]}).body, {"saved": True, "success": "Template disabled."})
        self.assertEqual((len(self.named("note")), len(self.named("note", "/objectTemplates/index/1"))), (0, 1))
        self.assertNotIn("note", [r["ObjectTemplate"]["name"] for r in self.get("/objectTemplates/index/all", key=self.add_user("User")).body])
        self.assertEqual(self.post("/objectTemplates/activate", {"ObjectTemplate": {"data": note["id"]}}).body,
                         {"saved": True, "success": "Template activated."})
        self.assertEqual(self.post(f"/objectTemplates/activate/{note['id']}").body["success"], "Template disabled.")
        self.post(f"/objectTemplates/activate/{note['id']}")
        self.assertEqual(len(self.named("note")), 1)

    def test_relationships(self):
        for path in ("/objectRelationships", "/objectRelationships/index"):
            a = self.get(path)
            self.assert_shape(a.body, [{"ObjectRelationship": {"id": "id", "version": "id", "name": "str", "description": "str", "format": ["str"]}}])
            self.assertEqual([(r["ObjectRelationship"]["name"], r["ObjectRelationship"]["format"]) for r in a.body],
                             [("drops", ["misp"]), ("uses", ["misp", "stix-2.0"])])

    def test_command_line(self):
        if self.server.engine == "pg":
            self.skipTest("the data folder alone names no database")
        def run(*args):
            return subprocess.run([program(), *args, "--data", self.server.data], capture_output=True, text=True, timeout=60)
        done = run("object-template", "load", str(self.clone))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 not readable", done.stdout)
        rows = [json.loads(line) for line in run("object-template", "list", "--json").stdout.splitlines()]
        self.assertIn(("host", 2, True), [(r["name"], r["version"], r["active"]) for r in rows])
        self.assertEqual(run("object-template", "load", self.library).returncode, 3)

    def test_possible(self):
        def names(*types):
            a = self.post("/objectTemplates/possibleObjectTemplates", {"attributeTypes": list(types)})
            self.assert_status(a, 200)
            self.assert_shape(a.body, [{"id": "id", "name": "str", "description": "str", "meta-category": "str"}])
            return {t["name"] for t in a.body if t["name"] in ("host", "note")}
        self.assertEqual(names("hostname", "ip-dst"), {"host"})
        self.assertEqual(names("hostname", "ip-dst", "ip-dst"), {"host"})
        self.assertEqual(names("hostname"), set())                       # one of ip and port is needed
        self.assertEqual(names("hostname", "port", "port"), set())       # port may stand once
        self.assertEqual(names("hostname", "ip-dst", "md5"), set())      # md5 has no place
        self.assertEqual(names("text"), {"note"})
        self.assert_error(self.post("/objectTemplates/possibleObjectTemplates", {}), 400)


class Own(TemplateTest):

    def test_life(self):
        t = self.own()
        a = self.post("/objectTemplates/add", {"ObjectTemplate": t})
        self.assert_status(a, 200)
        self.assert_shape(a.body, VIEW)
        self.assertEqual((a.body["ObjectTemplate"]["fixed"], a.body["ObjectTemplate"]["active"]), (False, True))
        self.assertEqual(self.get(f"/objectTemplates/getRaw/{t['name']}").body, t)
        self.assert_refused_save(self.post("/objectTemplates/add", t), "version")
        t["description"] = "other"
        a = self.put(f"/objectTemplates/edit/{a.body['ObjectTemplate']['id']}", t)
        self.assertEqual(a.body["ObjectTemplate"]["description"], "other")
        first = a.body["ObjectTemplate"]["id"]
        t["version"] = 2
        a = self.post(f"/objectTemplates/edit/{t['uuid']}", t)
        self.assert_status(a, 200)
        self.assertNotEqual(a.body["ObjectTemplate"]["id"], first)
        self.assertEqual([x["version"] for x in self.named(t["name"])], ["2"])
        self.assert_refused_save(self.post(f"/objectTemplates/edit/{t['uuid']}", {**t, "version": 1}), "version")
        self.assert_refused_save(self.post(f"/objectTemplates/edit/{t['uuid']}", {**t, "uuid": UNKNOWN}), "uuid")
        self.assert_saved(self.post(f"/objectTemplates/delete/{t['uuid']}"), "ObjectTemplate deleted")
        self.assert_status(self.delete(f"/objectTemplates/delete/{first}"), 200)
        self.assert_error(self.get(f"/objectTemplates/view/{t['uuid']}"), 404)

    def test_refused(self):
        for field, more in (("name", {"name": " "}), ("uuid", {"uuid": "x"}), ("version", {"version": -1}), ("attributes", {"attributes": {}}),
                            ("attributes", {"attributes": {"a": {}}}), ("attributes", {"attributes": {"a": {"misp-attribute": "no-type"}}}),
                            ("required", {"required": ["b"]}), ("requiredOneOf", {"requiredOneOf": ["b"]})):
            with self.subTest(more=more):
                self.assert_refused_save(self.post("/objectTemplates/add", self.own(**more)), field)
        for body in ("", "[]", "{"):
            self.assert_error(self.post("/objectTemplates/add", body), 400)

    def test_rights(self):
        t = self.own()
        role = self.post("/admin/roles/add", {"name": f"templates {self.token}", "permission": 3, "perm_add": 1, "perm_auth": 1,
                                              "perm_object_template": 1}).body["Role"]
        keys = []
        for i in range(2):
            a = self.post("/admin/users/add", {"email": f"t{i}-{self.token}@user.test", "org_id": self.add_org()["id"], "role_id": role["id"],
                                               "password": "Correct-horse-battery-9", "change_pw": False})
            self.assert_status(a, 200)
            keys.append(a.body["User"]["authkey"])
        mine, other = keys
        self.assert_error(self.post("/objectTemplates/add", t, key=self.add_user("Publisher")), 403)
        self.assert_status(self.post("/objectTemplates/add", t, key=mine), 200)
        for method, path in (("POST", f"/objectTemplates/edit/{t['uuid']}"), ("POST", f"/objectTemplates/delete/{t['uuid']}")):
            self.assert_error(self.server.request(method, path, t, key=other), 403)
        self.assert_refused_save(self.post("/objectTemplates/add", {**t, "version": 7}, key=other), "uuid")
        # those of the library are nobody's to change
        self.assert_error(self.post(f"/objectTemplates/edit/{HOST['uuid']}", {**HOST, "version": 9}, key=mine), 403)
        self.assert_error(self.post(f"/objectTemplates/delete/{HOST['uuid']}", key=mine), 403)
        for call in ("activate", "deactivate"):
            self.assert_error(self.post(f"/objectTemplates/{call}/{HOST['uuid']}", key=mine), 403)
        self.assert_error(self.post("/objectTemplates/update", key=mine), 403)
        self.assert_status(self.post(f"/objectTemplates/delete/{t['uuid']}", key=mine), 200)


class Objects(TemplateTest):

    def setUp(self):
        super().setUp()
        self.event = self.new_event()

    def host(self, *attributes, **more):
        return {"name": "host", "template_uuid": HOST["uuid"], "template_version": "2",
                "Attribute": [{"object_relation": r, "value": v} for r, v in attributes], **more}

    def add(self, body, path=""):
        return self.post(f"/objects/add/{self.event['id']}{path}", body)

    def assert_filled(self, o):
        self.assertEqual((o["name"], o["meta-category"], o["description"]), ("host", "network", "A host"))
        self.assertEqual([(x["object_relation"], x["type"], x["category"], x["to_ids"], x["disable_correlation"]) for x in o["Attribute"]], [
            ("name", "hostname", "Network activity", False, True), ("ip", "ip-dst", "Network activity", True, False),
            ("state", "text", "Internal reference", False, False)])

    FULL = (("name", "a.example.com"), ("ip", "192.0.2.1"), ("state", "up"))

    def test_fill(self):
        # what was not sent comes from the template: objects/add, events/add, events/edit
        a = self.add(self.host(*self.FULL))
        self.assert_status(a, 200)
        self.assert_filled(a.body["Object"])
        event = self.new_event(Object=[self.host(*self.FULL)])
        self.assert_filled(event["Object"][0])
        event["Object"] = [self.host(("name", "b.example.com"), ("ip", "192.0.2.2"), ("state", "down"), uuid=f"33333333-3333-4333-8333-{self.token}")]
        event["timestamp"] = str(int(event["timestamp"]) + 1)
        self.assert_status(self.post(f"/events/edit/{event['id']}", event), 200)
        self.assert_filled(self.view(event)["Object"][1])
        # objects/edit: what is new
        o = a.body["Object"]
        a = self.post(f"/objects/edit/{o['id']}", {"Attribute": [{"object_relation": "ip", "value": "192.0.2.3"}]})
        self.assert_status(a, 200)
        self.assertEqual((a.body["Object"]["Attribute"][-1]["type"], a.body["Object"]["Attribute"][-1]["value"]), ("ip-dst", "192.0.2.3"))

    def test_sent_stays(self):
        body = self.host(*self.FULL)
        body["Attribute"][0].update(to_ids=True, disable_correlation=False, type="domain", category="Payload delivery")
        a = self.add({**body, "description": "mine"})
        self.assert_status(a, 200)
        x = a.body["Object"]["Attribute"][0]
        self.assertEqual((x["type"], x["category"], x["to_ids"], x["disable_correlation"]), ("domain", "Payload delivery", True, False))
        self.assertEqual(a.body["Object"]["description"], "mine")

    def test_unknown(self):
        # an unknown template, or version of it, is kept as it is
        for more in ({"template_uuid": UNKNOWN}, {"template_version": "77"}):
            body = self.host(**more)
            body["Attribute"] = [{"object_relation": "any", "type": "text", "value": "t"}]
            a = self.add(body)
            self.assert_status(a, 200)
            o = a.body["Object"]
            self.assertEqual((o["template_uuid"], o["template_version"]), (body["template_uuid"], body["template_version"]))
            self.assert_refused_save(self.add(self.host(("name", "x.example.com"), **more)), "type")

    def test_conforms(self):
        # objects/add refuses what the template does not allow, with MISP's words; an event document is taken as it is
        for attributes, text in (
            ((("ip", "192.0.2.1"),), "Could not save the object as a required attribute is not set (name)"),
            ((("name", "a.example.com"),), "Could not save the object as it requires at least one of the following attributes to be set: ip, port"),
            ((("name", "a.example.com"), ("name", "b.example.com"), ("ip", "192.0.2.1")),
             "Could not save the object as a unique relationship within the object was assigned to more than one attribute.")):
            with self.subTest(text=text):
                a = self.add(self.host(*attributes))
                self.assert_refused_save(a)
                self.assertIn(text, a.body["errors"])
                event = self.new_event(Object=[self.host(*attributes)])
                self.assertEqual(len(event["Object"][0]["Attribute"]), len(attributes))
        self.assertEqual(self.view(self.event)["Object"], [])
        self.assert_status(self.add(self.host(("name", "a.example.com"), ("ip", "192.0.2.1"), ("ip", "192.0.2.2"))), 200)

    def test_path(self):
        # objects/add/EVENT/TEMPLATE[/VERSION]
        number = self.named("host")[0]["id"]
        for path in (f"/{number}", f"/{HOST['uuid']}", f"/{HOST['uuid']}/2"):
            a = self.add({"name": "whatever", "Attribute": self.host(*self.FULL)["Attribute"]}, path)
            self.assert_status(a, 200)
            self.assert_filled(a.body["Object"])
            self.assertEqual((a.body["Object"]["template_uuid"], a.body["Object"]["template_version"]), (HOST["uuid"], "2"))
        for path in (f"/{UNKNOWN}", f"/{HOST['uuid']}/9", "/999999"):
            self.assert_error(self.add(self.host(*self.FULL), path), 404)

    def test_duplicate(self):
        o = self.add(self.host(*self.FULL)).body["Object"]
        for body, named in (({**self.host(*self.FULL), "breakOnDuplicate": True}, ""), (self.host(*reversed(self.FULL)), "/breakOnDuplicate:1")):
            a = self.add(body, named)
            self.assert_refused_save(a)
            self.assertIn(f"Duplicate object found (id: {o['id']}, uuid: {o['uuid']}). Since breakOnDuplicate is set", a.body["errors"])
        self.assert_status(self.add({**self.host(*self.FULL[:2]), "breakOnDuplicate": True}), 200)
        self.assert_status(self.add({**self.host(*self.FULL), "breakOnDuplicate": False}), 200)


class Tools(TemplateTest):

    def setUp(self):
        super().setUp()
        self.event = self.new_event()
        self.attrs = [self.new_attr(self.event, t, v) for t, v in (("hostname", "a.example.com"), ("ip-dst", "192.0.2.9"), ("md5", "0" * 32))]

    def test_propose(self):
        ids = json.dumps([int(a["id"]) for a in self.attrs[:2]])
        for a in (self.get(f"/objects/proposeObjectsFromAttributes/{self.event['id']}/{ids}".replace(" ", "")),
                  self.post(f"/objects/proposeObjectsFromAttributes/{self.event['id']}", {"attribute_ids": [a["id"] for a in self.attrs[:2]]})):
            self.assert_status(a, 200)
            self.assertEqual(a.body["types"], ["hostname", "ip-dst"])
            first = a.body["templates"][0]
            self.assertEqual((first["name"], first["compatibility"], first["invalidTypes"]), ("host", True, []))
        a = self.get(f"/objects/proposeObjectsFromAttributes/{self.event['id']}/[{self.attrs[1]['id']},{self.attrs[2]['id']}]")
        host = next(t for t in a.body["templates"] if t["name"] == "host")
        self.assertEqual((host["compatibility"], host["invalidTypes"]), (["hostname"], ["md5"]))
        self.assert_error(self.get(f"/objects/proposeObjectsFromAttributes/{self.event['id']}"), 405)
        self.assert_error(self.get(f"/objects/proposeObjectsFromAttributes/{UNKNOWN}/1"), 404)

    def group(self, event, mapping, key=None, **more):
        path = f"/objects/groupAttributesIntoObject/{event['id']}/{self.named('host')[0]['id']}"
        return self.post(path, {"Object": {"distribution": "5", "comment": "grouped", "selectedAttributeIds": json.dumps(list(mapping)),
                                           "selectedObjectRelationMapping": json.dumps(mapping), **more}}, **({"key": key} if key else {}))

    def test_group(self):
        self.attach(self.attrs[0], self.new_tag()["name"])
        self.post(f"/sightings/add/{self.attrs[0]['id']}", {"source": "probe"})
        file = self.new_attr(self.event, "attachment", "n.txt", data=base64.b64encode(b"x").decode())
        path = f"/objects/groupAttributesIntoObject/{self.event['id']}/{self.named('host')[0]['id']}"
        a = self.get(f"{path}/[{self.attrs[0]['id']},{self.attrs[2]['id']}]")
        self.assert_status(a, 200)
        self.assertEqual([(x["id"], x["object_relations"]) for x in a.body["Attribute"]], [(self.attrs[0]["id"], ["name"])])
        self.assertEqual((a.body["skipped_attributes"], a.body["hard_delete_attribute"]), (1, True))
        a = self.group(self.event, {self.attrs[0]["id"]: "name", self.attrs[1]["id"]: "ip"})
        self.assert_saved(a)
        got = self.view(self.event)
        self.assertEqual([x["id"] for x in got["Attribute"]], [self.attrs[2]["id"], file["id"]])
        o = got["Object"][0]
        self.assertEqual((o["id"], o["name"], o["comment"], o["template_version"]), (str(a.body["id"]), "host", "grouped", "2"))
        self.assertEqual([(x["object_relation"], x["value"], len(x.get("Tag", [])), len(x.get("Sighting", []))) for x in o["Attribute"]],
                         [("name", "a.example.com", 1, 1), ("ip", "192.0.2.9", 0, 0)])
        self.assertEqual(got["attribute_count"], "4")
        self.assertEqual(self.view(self.event, named="/deleted:1")["attribute_count"], "4")
        # they are gone for good, as the event was never published; and cannot be taken twice
        self.assert_error(self.get(f"/attributes/view/{self.attrs[0]['id']}"), 404)
        self.assert_refused_save(self.group(self.event, {self.attrs[0]["id"]: "name"}))
        self.assert_refused_save(self.group(self.event, {self.attrs[2]["id"]: "no such"}))

    def test_group_published(self):
        self.post(f"/events/publish/{self.event['id']}/disable_background_processing:1")
        self.assert_saved(self.group(self.event, {self.attrs[1]["id"]: "ip"}))
        got = self.view(self.event, named="/deleted:1")
        self.assertEqual([x["deleted"] for x in got["Attribute"] if x["id"] == self.attrs[1]["id"]], [True])

    def test_group_rights(self):
        event = self.new_event(distribution=3)
        a = self.new_attr(event, "hostname", "x.example.com")
        self.post(f"/events/publish/{event['id']}/disable_background_processing:1")
        other = self.add_user("User")
        self.assert_error(self.group(event, {a["id"]: "name"}, key=other), 403)
        # attributes of another event are none of this one's
        self.assert_refused_save(self.group(self.event, {a["id"]: "name"}))
        self.assertEqual(len(self.view(event)["Attribute"]), 1)

    def test_more(self):
        o = self.post(f"/objects/add/{self.event['id']}/{HOST['uuid']}", {"Attribute": [
            {"object_relation": "name", "value": "b.example.com"}, {"object_relation": "ip", "value": "192.0.2.7"}]}).body["Object"]
        a = self.get(f"/objects/quickFetchTemplateWithValidObjectAttributes/{o['id']}")
        self.assert_status(a, 200)
        self.assertEqual([e["object_relation"] for e in a.body["ObjectTemplateElement"]], ["ip", "port", "state"])
        a = self.get(f"/objects/quickAddAttributeForm/{o['id']}/port")
        self.assertEqual([e["object_relation"] for e in a.body["ObjectTemplateElement"]], ["port"])
        for relation in ("name", "nothing"):
            self.assert_error(self.get(f"/objects/quickAddAttributeForm/{o['id']}/{relation}"), 404)
            a = self.post(f"/objects/quickAddAttributeForm/{o['id']}", {"Attribute": [{"object_relation": relation, "type": "text", "value": "x"}]})
            self.assert_refused_save(a, "object_relation")
        self.assert_error(self.get(f"/objects/quickAddAttributeForm/{o['id']}"), 405)
        a = self.post(f"/objects/quickAddAttributeForm/{o['id']}/port", {"Object": {"id": o["id"], "Attribute": [{"value": "443"}]}})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Object": shapes.OBJECT})
        self.assertEqual([(x["object_relation"], x["type"], x["value"]) for x in a.body["Object"]["Attribute"]],
                         [("name", "hostname", "b.example.com"), ("ip", "ip-dst", "192.0.2.7"), ("port", "port", "443")])
        other = self.new_object(self.event, [("filename", "filename", "a.exe")])
        self.assert_error(self.get(f"/objects/quickFetchTemplateWithValidObjectAttributes/{other['id']}"), 404, "Invalid template")

    def test_revise(self):
        # how it would be saved and what stands against it; nothing is written
        number = self.named("host")[0]["id"]
        self.post(f"/objects/add/{self.event['id']}/{number}", {"Attribute": [
            {"object_relation": "name", "value": "b.example.com"}, {"object_relation": "port", "value": "80"}]})
        body = {"Object": {"distribution": "5"}, "Attribute": [{"object_relation": "name", "value": "b.example.com"},
                                                               {"object_relation": "ip", "value": "no address"}]}
        for a in (self.post(f"/objects/revise_object/add/{self.event['id']}/{number}", body),
                  self.put(f"/objects/revise_object/add/{self.event['id']}/{HOST['uuid']}", body)):
            self.assert_status(a, 200)
            first, second = a.body["Attribute"]
            self.assertEqual((first["type"], first["disable_correlation"], second["type"], list(second["validation"])),
                             ("hostname", True, "ip-dst", ["value"]))
            self.assertIs(a.body["conforms"], True)
            self.assertEqual([o["similarity_amount"] for o in a.body["similar_objects"]], [1])
        a = self.post(f"/objects/revise_object/add/{self.event['id']}/{number}", {"Attribute": []})
        self.assertIn("required attribute is not set (name)", a.body["conforms"])
        self.assertEqual(len(self.view(self.event)["Object"]), 1)
        self.assert_error(self.post(f"/objects/revise_object/add/{UNKNOWN}/{number}", body), 404)
        self.assert_error(self.post(f"/objects/revise_object/add/{self.event['id']}/999999", body), 404)

    def test_references_at_once(self):
        o = self.new_object(self.event, [("filename", "filename", "a.exe")])
        strange = self.new_attr(self.new_event(), "text", "t")
        ids = [a["id"] for a in self.attrs[:2]] + [strange["id"]]
        a = self.post(f"/objectReferences/bulkAdd/{self.event['id']}/[{','.join(ids)}]", {"ObjectReference": {
            "source_uuid": o["uuid"], "relationship_type": "drops"}})
        self.assert_saved(a, "Added 2 Object references.")
        refs = self.view(self.event)["Object"][0]["ObjectReference"]
        self.assertEqual([(r["referenced_uuid"], r["relationship_type"]) for r in refs], [(x["uuid"], "drops") for x in self.attrs[:2]])
        self.assert_refused_save(self.post(f"/objectReferences/bulkAdd/{self.event['id']}", {"source_uuid": o["uuid"], "ids": [strange["id"]]}))
        self.assert_error(self.post(f"/objectReferences/bulkAdd/{self.event['id']}", {"source_uuid": UNKNOWN, "ids": ids}), 404)
        self.assert_error(self.post(f"/objectReferences/bulkAdd/{self.event['id']}/{ids[0]}", {"source_uuid": o["uuid"]},
                                    key=self.add_user("User")), 403)

    def test_orphans(self):
        self.assertEqual(self.get("/objects/orphanedObjectDiagnostics").body, {"count": 0, "unmapped": []})
        self.assert_error(self.get("/objects/orphanedObjectDiagnostics", key=self.add_user("Org Admin")), 403)

    def test_reference(self):
        event = self.new_event(distribution=3)
        o = self.new_object(event, [("filename", "filename", "a.exe")], distribution="0")
        p = self.new_object(event, [("filename", "filename", "b.exe")])
        ref = self.post("/objectReferences/add", {"object_uuid": o["uuid"], "referenced_uuid": p["uuid"], "relationship_type_select": "drops",
                                                  "relationship_type": "x"}).body["ObjectReference"]
        self.assertEqual(ref["relationship_type"], "drops")
        for r in (ref["id"], ref["uuid"]):
            got = self.get(f"/objectReferences/view/{r}").body["ObjectReference"]
            self.assertEqual((got["uuid"], got["referenced_uuid"]), (ref["uuid"], p["uuid"]))
        self.assert_error(self.get(f"/objectReferences/view/{UNKNOWN}"), 404)
        # as the object that holds it
        self.post(f"/events/publish/{event['id']}/disable_background_processing:1")
        self.assert_error(self.get(f"/objectReferences/view/{ref['id']}", key=self.add_user("User")), 404)


if __name__ == "__main__":
    unittest.main()
