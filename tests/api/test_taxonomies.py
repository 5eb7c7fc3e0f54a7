"""Taxonomies: loaded from a library folder, switched, their tags made, and what they forbid on every path that binds a tag."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import shapes
from harness import ApiTest, program

EXCLUSIVE = "Tag is not allowed due to taxonomy exclusivity settings"
TAXONOMY = {"id": "id", "namespace": "str", "description": "str", "version": "id", "enabled": "bool", "exclusive": "bool",
            "required": "bool", "highlighted": "bool"}
ENTRY = {"tag": "str", "expanded": "str", "description": "str/null", "exclusive_predicate?": "bool", "colour?": "str",
         "numerical_value?": "id", "existing_tag": "any"}

# exclusive as a whole, without values
LIGHT = {"namespace": "light", "description": "Who may read it", "version": 3, "exclusive": True, "predicates": [
    {"value": "red", "expanded": "Red light", "colour": "#cc0033", "description": "nobody else"},
    {"value": "green", "expanded": "Green light", "colour": "#33ff00"},
    {"value": "blue"}]}
# one exclusive predicate, one that is not, one without values; numbers
GRADE = {"namespace": "grade", "description": "How good it is", "version": 1, "predicates": [
    {"value": "source", "expanded": "Source", "exclusive": True}, {"value": "topic"}, {"value": "done", "numerical_value": 7}],
    "values": [
        {"predicate": "source", "entry": [{"value": "good", "expanded": "Good one", "numerical_value": 90},
                                          {"value": "bad", "numerical_value": 10}]},
        {"predicate": "topic", "entry": [{"value": "a b", "expanded": "A and B"}, {"value": "c"}]}]}


def write(folder, *taxonomies):
    for t in taxonomies:
        place = pathlib.Path(folder, t["namespace"])
        place.mkdir(parents=True, exist_ok=True)
        (place / "machinetag.json").write_text(json.dumps(t))


class TaxonomyTest(ApiTest):

    @classmethod
    def setUpClass(cls):
        cls.library = tempfile.mkdtemp(prefix="misp-library-")
        cls.addClassCleanup(shutil.rmtree, cls.library, True)
        cls.clone = pathlib.Path(cls.library, "misp-taxonomies")
        write(cls.clone, LIGHT, GRADE)
        (cls.clone / "MANIFEST.json").write_text("{}")
        cls.server_env = {"MISP_LIBRARY": cls.library}
        super().setUpClass()
        cls.first = cls.server.post("/taxonomies/update")
        for namespace in ("light", "grade"):
            cls.server.post(f"/taxonomies/enable/{namespace}")

    def taxonomy(self, namespace):
        return next(t for t in self.get("/taxonomies/index").body if t["Taxonomy"]["namespace"] == namespace)

    def names(self, event, attribute=False):
        e = self.view(event)
        return sorted(t["name"].lower() for t in (e["Attribute"][0] if attribute else e).get("Tag", []))


class Library(TaxonomyTest):

    def test_warninglists(self):
        """The same folder holds the warninglists."""
        one = pathlib.Path(self.library, "misp-warninglists", "lists", "ours")
        one.mkdir(parents=True)
        self.addCleanup(shutil.rmtree, one.parents[1])
        (one / "list.json").write_text(json.dumps({"name": f"ours {self.token}", "type": "hostname", "version": 1, "description": "d",
                                                   "matching_attributes": ["domain"], "list": ["example.org"]}))
        self.assertEqual(self.post("/warninglists/update").body["name"], "Successfully updated 1 warninglists.")
        self.assertEqual(self.post("/warninglists/update").body["name"], "All warninglists are up to date already.")
        lists = self.get("/warninglists/index").body["Warninglists"]
        self.assertIn(f"ours {self.token}", [l["Warninglist"]["name"] for l in lists])

    def test_update(self):
        self.assert_saved(self.first, "Successfully updated 2 taxonomy libraries.")
        self.assert_saved(self.post("/taxonomies/update"), "All taxonomy libraries are up to date already.")
        # a newer version replaces what is in it, switches stay; an older one changes nothing; a broken file is left out
        new = {"namespace": f"t{self.token}", "description": "one", "version": 1, "predicates": [{"value": "x"}, {"value": "y"}]}
        broken = pathlib.Path(self.clone, "broken")
        broken.mkdir()
        self.addCleanup(shutil.rmtree, broken)
        self.addCleanup(shutil.rmtree, self.clone / new["namespace"])
        (broken / "machinetag.json").write_text('{"namespace": "broken", "predicates": [], "values": 1}')
        write(self.clone, new)
        self.assert_saved(self.post("/taxonomies/update"), "Successfully updated 1 taxonomy libraries.")
        id_ = self.taxonomy(new["namespace"])["Taxonomy"]["id"]
        self.post(f"/taxonomies/enable/{id_}")
        self.post(f"/taxonomies/toggleRequired/{id_}", {"required": True})
        write(self.clone, {**new, "version": 2, "description": "two", "predicates": [{"value": "z"}]})
        self.assert_saved(self.post("/taxonomies/update"), "Successfully updated 1 taxonomy libraries.")
        write(self.clone, {**new, "version": 1, "description": "old"})
        self.assert_saved(self.post("/taxonomies/update"), "All taxonomy libraries are up to date already.")
        got = self.get(f"/taxonomies/view/{id_}").body
        self.assertEqual((got["Taxonomy"]["description"], got["Taxonomy"]["enabled"], got["Taxonomy"]["required"],
                          [e["tag"] for e in got["entries"]]), ("two", True, True, [f"{new['namespace']}:z"]))
        self.assertNotIn("broken", [t["Taxonomy"]["namespace"] for t in self.get("/taxonomies").body])
        self.assert_saved(self.post(f"/taxonomies/delete/{id_}"), "Taxonomy successfully deleted.")
        self.assert_error(self.get(f"/taxonomies/view/{id_}"), 404, "Taxonomy not found.")

    def test_index(self):
        a = self.get("/taxonomies/index")
        self.assert_status(a, 200)
        self.assert_shape(a.body, [{"Taxonomy": TAXONOMY, "total_count": "int", "current_count": "int"}])
        light = self.taxonomy("light")
        self.assertEqual((light["total_count"], light["Taxonomy"]["exclusive"], light["Taxonomy"]["version"]), (3, True, "3"))
        self.assertEqual(self.taxonomy("grade")["total_count"], 5)
        self.assertEqual([t["Taxonomy"]["namespace"] for t in self.post("/taxonomies", {"value": "gra"}).body], ["grade"])
        self.assertEqual([t["Taxonomy"]["namespace"] for t in self.post("/taxonomies/index", {"enabled": 0, "value": "light"}).body], [])

    def test_view(self):
        a = self.get("/taxonomies/view/grade")
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Taxonomy": TAXONOMY, "entries": [ENTRY]})
        self.assertEqual([(e["tag"], e["expanded"], e.get("numerical_value"), e.get("exclusive_predicate")) for e in a.body["entries"]], [
            ('grade:source="good"', "Source: Good one", "90", True), ('grade:source="bad"', "Source: bad", "10", True),
            ('grade:topic="a b"', "topic: A and B", None, False), ('grade:topic="c"', "topic: c", None, False),
            ("grade:done", "done", "7", None)])
        by_id = self.get(f"/taxonomies/view/{a.body['Taxonomy']['id']}")
        self.assertEqual(by_id.body, a.body)
        self.assertEqual(self.get("/taxonomies/view/GRADE").body, a.body)
        for ref in ("999999", "nonsense", "%20"):
            self.assert_error(self.get(f"/taxonomies/view/{ref}"), 404)

    def test_export(self):
        self.assertEqual(self.get("/taxonomies/export/grade").body, {**GRADE, "exclusive": False, "predicates": [
            {"value": "source", "expanded": "Source", "exclusive": True}, {"value": "topic"}, {"value": "done", "numerical_value": 7}]})
        self.assertEqual(self.get("/taxonomies/export/light").body, {**LIGHT, "values": []})
        self.assert_error(self.get("/taxonomies/export/999999"), 404)

    def test_switches(self):
        t = self.taxonomy("grade")["Taxonomy"]
        self.assert_saved(self.post(f"/taxonomies/disable/{t['id']}"), "Taxonomy disabled", t["id"])
        self.assertFalse(self.taxonomy("grade")["Taxonomy"]["enabled"])
        self.assert_saved(self.post(f"/taxonomies/enable/{t['id']}"), "Taxonomy enabled", t["id"])
        self.assertTrue(self.taxonomy("grade")["Taxonomy"]["enabled"])
        for call, name in (("toggleRequired", "required"), ("toggleHighlighted", "highlighted")):
            self.assert_saved(self.post(f"/taxonomies/{call}/{t['id']}", {"Taxonomy": {name: True}}), f"Taxonomy {call}ed", t["id"])
            self.assertTrue(self.taxonomy("grade")["Taxonomy"][name])
            self.post(f"/taxonomies/{call}/{t['id']}")
            self.assertFalse(self.taxonomy("grade")["Taxonomy"][name])
            self.assert_error(self.post(f"/taxonomies/{call}/999999"), 404)
        org_admin = self.add_user("Org Admin")
        for call in ("enable", "disable", "toggleRequired", "toggleHighlighted", "delete"):
            self.assert_error(self.post(f"/taxonomies/{call}/{t['id']}", key=org_admin), 403)

    def test_delete(self):
        write(self.clone, {"namespace": f"d{self.token}", "description": "", "version": 1, "predicates": [{"value": "x"}]})
        self.addCleanup(shutil.rmtree, self.clone / f"d{self.token}")
        self.post("/taxonomies/update")
        self.assert_saved(self.delete(f"/taxonomies/delete/d{self.token}"))
        self.assert_error(self.post(f"/taxonomies/delete/d{self.token}"), 404)


class Tags(TaxonomyTest):

    def test_add_and_hide(self):
        t = self.taxonomy("grade")["Taxonomy"]
        self.assert_saved(self.post(f"/taxonomies/addTag/{t['id']}", {"Taxonomy": {"taxonomy_id": t["id"], "name": 'grade:topic="c"'}}),
                          "The tag(s) has been saved.", t["id"])
        self.assertEqual(self.taxonomy("grade")["current_count"], 1)
        self.assert_refused_save(self.post("/taxonomies/addTag", {"taxonomy_id": t["id"], "name": ["grade:nonsense"]}))
        self.assert_saved(self.post(f"/taxonomies/addTag/{t['id']}"))
        self.assertEqual(self.taxonomy("grade")["current_count"], 5)
        entries = {e["tag"]: e["existing_tag"]["Tag"] for e in self.get("/taxonomies/view/grade").body["entries"]}
        for tag in entries.values():
            self.assert_shape(tag, shapes.TAG)
        self.assertEqual({n: e["numerical_value"] for n, e in entries.items() if e["numerical_value"]},
                         {'grade:source="good"': "90", 'grade:source="bad"': "10", "grade:done": "7"})
        for hide, show in (("disableTag", "addTag"), ("hideTag", "unhideTag")):
            self.assert_saved(self.post(f"/taxonomies/{hide}/{t['id']}"), "The tag(s) has been saved.")
            got = self.get("/taxonomies/view/grade").body["entries"]
            self.assertEqual({e["existing_tag"]["Tag"]["hide_tag"] for e in got}, {True})
            self.assert_saved(self.post(f"/taxonomies/{show}/{t['id']}"))
            got = self.get("/taxonomies/view/grade").body["entries"]
            self.assertEqual({e["existing_tag"]["Tag"]["hide_tag"] for e in got}, {False})
        event = self.new_event(Tag=[{"name": "grade:done"}])
        used = {e["tag"]: (e["events"], e["attributes"]) for e in self.get("/taxonomies/taxonomy_tags/grade").body["entries"]}
        self.assertEqual((used["grade:done"], used['grade:topic="a b"']), ((1, 0), (0, 0)))
        self.post(f"/events/delete/{event['id']}")
        user = self.add_user("User")
        self.assert_error(self.post(f"/taxonomies/addTag/{t['id']}", key=user), 403)
        self.assert_error(self.post("/taxonomies/addTag/999999"), 404)

    def test_captured(self):
        # colour and number of a tag that is made by its first use
        event = self.new_event(Tag=[{"name": 'Grade:Source="Bad"'}, {"name": "light:green"}])
        got = {t["name"].lower(): t for t in self.view(event)["Tag"]}
        self.assertEqual((got['grade:source="bad"']["numerical_value"], got["light:green"]["colour"], got["light:green"]["numerical_value"]),
                         (10, "#33ff00", None))

    def test_number_of_a_tag_that_is_here(self):
        ns = f"n{self.token}"
        tag = self.new_tag(f"{ns}:x")
        self.assertIsNone(tag["numerical_value"])
        write(self.clone, {"namespace": ns, "description": "", "version": 1, "predicates": [{"value": "x", "numerical_value": 5}]})
        self.addCleanup(shutil.rmtree, self.clone / ns)
        self.post("/taxonomies/update")
        self.assertEqual(self.get(f"/tags/view/{tag['id']}").body["numerical_value"], "5")


class Exclusive(TaxonomyTest):

    def both(self):
        event = self.new_event(Attribute=[{"type": "text", "value": f"v{self.token}"}])
        return event, event["Attribute"][0]

    def test_attach(self):
        event, attribute = self.both()
        for thing, on_attribute in ((event, False), (attribute, True)):
            self.attach(thing, "light:red")
            for call, path in (("attachTagToObject", "/tags/attachTagToObject"),
                               ("addTag", f"/{'attributes' if on_attribute else 'events'}/addTag/{thing['id']}")):
                with self.subTest(call=call, on_attribute=on_attribute):
                    a = self.post(path, {"uuid": thing["uuid"], "tag": "light:green"})
                    self.assert_refused_save(a)
                    self.assertIn(EXCLUSIVE, json.dumps(a.body["errors"]))
            # local tags are looked at by themselves, other tags are free, values of one exclusive predicate exclude one another
            self.attach(thing, "light:green", local=1)
            self.assert_refused_save(self.post("/tags/attachTagToObject", {"uuid": thing["uuid"], "tag": "LIGHT:Blue", "local": 1}))
            self.attach(thing, f"light:other {self.token}")  # not of the taxonomy
            self.attach(thing, 'grade:source="good"')
            self.assert_refused_save(self.post("/tags/attachTagToObject", {"uuid": thing["uuid"], "tag": 'grade:source="bad"'}))
            self.attach(thing, 'grade:topic="c"')
            self.attach(thing, 'grade:topic="a b"')
            self.attach(thing, "grade:done")
            want = ["light:red", "light:green", f"light:other {self.token}", 'grade:source="good"', 'grade:topic="c"', 'grade:topic="a b"', "grade:done"]
            self.assertEqual(self.names(event, on_attribute), sorted(want))
            # once the one is gone the other may come
            self.post("/tags/removeTagFromObject", {"uuid": thing["uuid"], "tag": "light:red"})
            self.post("/tags/removeTagFromObject", {"uuid": thing["uuid"], "tag": f"light:other {self.token}"})
            self.attach(thing, "light:blue")

    def test_disabled(self):
        self.post("/taxonomies/disable/light")
        try:
            event, _ = self.both()
            self.attach(event, "light:red")
            self.attach(event, "light:green")
            self.assertEqual(self.names(event), ["light:green", "light:red"])
        finally:
            self.post("/taxonomies/enable/light")

    def test_event_add(self):
        a = self.post("/events/add", {"info": self.token, "Tag": [{"name": "light:red"}, {"name": "light:green"}, {"name": "x"}], "Attribute": [
            {"type": "text", "value": "v", "Tag": [{"name": 'grade:source="bad"'}, {"name": 'grade:source="good"'}, {"name": "light:blue"}]}]})
        self.assert_status(a, 200)
        self.assertEqual(a.headers["X-Skipped-Elements-Count"], "2")
        self.assertEqual(self.names(a.body["Event"]), ["light:red", "x"])
        self.assertEqual(self.names(a.body["Event"], True), ['grade:source="bad"', "light:blue"])

    def test_event_edit(self):
        event = self.new_event(Tag=[{"name": "light:red"}], Attribute=[{"type": "text", "value": "v", "Tag": [{"name": "light:red"}]}])
        attribute = {"uuid": event["Attribute"][0]["uuid"], "type": "text", "value": "v"}
        green = [{"name": "light:green"}]
        self.assert_status(self.post(f"/events/edit/{event['id']}", {"Tag": green, "Attribute": [{**attribute, "Tag": green}]}), 200)
        self.assertEqual((self.names(event), self.names(event, True)), (["light:red"], ["light:red"]))
        # the same again is no conflict; in exchange for the other it may come
        swap = [{"name": "light:red", "deleted": True}, *green]
        self.assert_status(self.post(f"/events/edit/{event['id']}", {"Tag": swap, "Attribute": [{**attribute, "Tag": swap}]}), 200)
        self.assertEqual((self.names(event), self.names(event, True)), (["light:green"], ["light:green"]))
        a = self.post(f"/events/edit/{event['id']}", {"Tag": green})
        self.assertNotIn("X-Skipped-Elements-Count", a.headers)

    def test_attribute_add_and_edit(self):
        event = self.new_event()
        tags = [{"name": "light:red"}, {"name": "light:green"}]
        a = self.new_attr(event, "text", f"w{self.token}", Tag=tags)
        self.assertEqual(self.names(event, True), ["light:red"])
        self.assert_status(self.post(f"/attributes/edit/{a['id']}", {"Tag": [{"name": "light:green"}]}), 200)
        self.assertEqual(self.names(event, True), ["light:red"])

    def test_object(self):
        event = self.new_event()
        a = self.post(f"/objects/add/{event['id']}", {
            "name": "file", "meta-category": "file", "description": "a file", "template_uuid": "688c46fb-5edb-40a3-8273-1af7923e2215",
            "template_version": "24", "Attribute": [{"object_relation": "filename", "type": "filename", "value": "a.exe",
                                                     "Tag": [{"name": "light:red"}, {"name": "light:green"}]}]})
        self.assert_status(a, 200)
        got = self.view(event)["Object"][0]["Attribute"][0]
        self.assertEqual([t["name"] for t in got["Tag"]], ["light:red"])


class Required(TaxonomyTest):

    def test_publish(self):
        # named, not held back: MISP warns
        event = self.new_event()
        self.post("/taxonomies/toggleRequired/light", {"required": True})
        try:
            a = self.post(f"/events/publish/{event['id']}")
            self.assert_status(a, 200)
            self.assertEqual(a.headers["X-Missing-Taxonomies"], "light")
            self.attach(event, "light:red")
            self.assertNotIn("X-Missing-Taxonomies", self.post(f"/events/publish/{event['id']}").headers)
        finally:
            self.post("/taxonomies/toggleRequired/light", {"required": False})


class CommandLine(unittest.TestCase):

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="misp-taxonomy-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.run_("init")

    def run_(self, *args, status=0):
        r = subprocess.run([program(), *args, "--data", f"{self.dir}/data"], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(r.returncode, status, r.stderr)
        return [json.loads(line) for line in r.stdout.splitlines()] if "--json" in args else r.stdout + r.stderr

    def test_all(self):
        write(f"{self.dir}/clone", LIGHT, GRADE)
        self.assertEqual(self.run_("taxonomy", "load", f"{self.dir}/clone", "--json"), [{"added": 2, "updated": 0, "unchanged": 0, "unreadable": 0}])
        self.assertEqual([(t["namespace"], t["enabled"], t["tags"]) for t in self.run_("taxonomy", "list", "--json")],
                         [("grade", False, 5), ("light", False, 3)])
        self.assertEqual(self.run_("taxonomy", "enable", "light", "1", "--json"), [{"changed": 2}])
        self.assertEqual(self.run_("taxonomy", "enable", "light", "--json"), [{"changed": 0}])
        self.assertEqual(self.run_("taxonomy", "disable", "light", "--json"), [{"changed": 1}])
        self.assertEqual(self.run_("taxonomy", "list", "--enabled"), "1\tenabled\t5\tgrade\n")
        self.assertEqual(self.run_("taxonomy", "load", f"{self.dir}/clone", "--enable", "--json"), [{"added": 0, "updated": 1, "unchanged": 1, "unreadable": 0}])
        self.assertIn("no taxonomy", self.run_("taxonomy", "enable", "light", "nonsense", status=3))
        self.assertIn("cannot list", self.run_("taxonomy", "load", f"{self.dir}/nothing", status=3))
        self.assertIn("holds no", self.run_("taxonomy", "load", f"{self.dir}/data", status=3))


if __name__ == "__main__":
    unittest.main()
