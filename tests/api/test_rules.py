"""Notice lists, expressions of import, allowed lists, excluded values, rules between events, and which values many events share."""

import json
import os
import pathlib
import shutil
import tempfile
import unittest
import uuid

from harness import ADMIN_KEY, ApiTest

DENIED = "You do not have permission to use this functionality."
NOTICE = {"id": "id", "noticelist_id": "id", "data": "any"}
LIST = {"id": "id", "name": "str", "expanded_name": "str", "ref": ["str"], "geographical_area": ["str"], "version": "id", "enabled": "bool"}


class Noticelists(ApiTest):

    @classmethod
    def setUpClass(cls):
        cls.library = tempfile.mkdtemp(prefix="misp-notice-")
        cls.addClassCleanup(shutil.rmtree, cls.library, ignore_errors=True)
        cls.server_args = ("--library", cls.library)
        super().setUpClass()

    def library_list(self, name, version=1, values=("Person",)):
        folder = pathlib.Path(self.library) / "misp-noticelist/lists" / name
        os.makedirs(folder, exist_ok=True)
        (folder / "list.json").write_text(json.dumps({
            "name": name, "expanded_name": f"The {name} list", "ref": ["https://example.org"], "geographical_area": ["EU"], "version": version,
            "notice": [{"scope": ["attribute"], "field": ["category"], "value": [v], "tags": [], "message": {"en": "careful"}} for v in values]}))

    def test_life(self):
        name = f"n{self.token}"
        self.library_list(name)
        self.assert_saved(self.post("/noticelists/update"), "Successfully updated 1 noticelists.")
        self.assert_saved(self.post("/noticelists/update"), "All noticelists are up to date already.")
        row = next(r["Noticelist"] for r in self.get("/noticelists/index").body if r["Noticelist"]["name"] == name)
        self.assert_shape(row, LIST)
        self.assertIs(row["enabled"], False)
        for path in ("/noticelists", "/noticelists/index", "/noticelists/index/value:" + name):
            self.assertIn(row, [r["Noticelist"] for r in self.get(path).body])
        for call in ("/noticelists", "/noticelists/index"):
            self.assertIn(row, [r["Noticelist"] for r in self.post(call).body])
        for method in (self.get, self.post):
            for tail, on in (("/true", True), ("", False)):
                a = method(f"/noticelists/enableNoticelist/{row['id']}{tail}")
                self.assert_status(a, 200)
                self.assert_shape(a.body, {"Noticelist": {**LIST, "NoticelistEntry": [NOTICE]}})
                self.assertIs(a.body["Noticelist"]["enabled"], on)
        self.assert_saved(self.post(f"/noticelists/toggleEnable/{row['id']}"), "Noticelist enabled.")
        # a newer version replaces the notices and keeps the switch
        self.library_list(name, 2, ("Person", "Other"))
        self.post("/noticelists/update")
        got = self.get(f"/noticelists/view/{row['id']}").body["Noticelist"]
        self.assertEqual((got["version"], got["enabled"], [e["data"]["value"] for e in got["NoticelistEntry"]]), ("2", True, [["Person"], ["Other"]]))
        self.assert_shape(self.get(f"/noticelists/preview_entries/{row['id']}").body, [NOTICE])
        for call in ("update", f"toggleEnable/{row['id']}", f"enableNoticelist/{row['id']}", f"delete/{row['id']}"):
            self.assert_error(self.post(f"/noticelists/{call}", key=self.add_user("Org Admin")), 403, DENIED)
        self.assert_status(self.get(f"/noticelists/view/{row['id']}", key=self.add_user("Read Only")), 200)
        self.assert_saved(self.post(f"/noticelists/delete/{row['id']}"))
        for path in ("view", "preview_entries"):
            self.assert_error(self.get(f"/noticelists/{path}/{row['id']}"), 404, "Noticelist not found.")
        self.post("/noticelists/update")
        again = next(r["Noticelist"] for r in self.get("/noticelists/index").body if r["Noticelist"]["name"] == name)
        self.assert_status(self.delete(f"/noticelists/delete/{again['id']}"), 200)


class Regexps(ApiTest):

    ROW = [{"Regexp": {"id": "id", "regexp": "str", "replacement": "str", "type": "str"}}]

    def add(self, regexp, replacement="", **more):
        a = self.post("/admin/regexp/add", {"Regexp": {"regexp": regexp, "replacement": replacement, **more}})
        self.assert_status(a, 200)
        self.assert_shape(a.body, self.ROW)
        for r in a.body:
            self.addCleanup(self.post, f"/admin/regexp/delete/{r['Regexp']['id']}")
        return [r["Regexp"] for r in a.body]

    def test_life(self):
        rows = self.add(f"/a{self.token}/i", "b", type=["url", "domain"])
        self.assertEqual([r["type"] for r in rows], ["url", "domain"])
        for path in ("/regexp/index", "/admin/regexp/index"):
            for call in (self.get, self.post):
                got = call(path).body
                self.assertTrue(all({"Regexp": r} in got for r in rows))
        self.assertEqual(self.get(f"/admin/regexp/view/{rows[0]['id']}").body, {"Regexp": rows[0]})
        # an edit takes the place of all rows of the same expression
        for method in (self.post, self.put):
            a = method(f"/admin/regexp/edit/{rows[0]['id']}", {"regexp": f"/c{self.token}/", "replacement": "d", "all": 1})
            self.assert_status(a, 200)
            self.assertEqual([r["Regexp"]["type"] for r in a.body], ["ALL"])
            old = [r["id"] for r in rows]
            rows = [r["Regexp"] for r in a.body]
            self.assertFalse({r["Regexp"]["id"] for r in self.get("/regexp/index").body} & set(old))
        self.assert_saved(self.post(f"/admin/regexp/delete/{rows[0]['id']}"), "Regexp deleted")
        self.assert_error(self.delete(f"/admin/regexp/delete/{rows[0]['id']}"), 404, "Invalid Regexp")
        self.assert_error(self.get(f"/admin/regexp/view/{rows[0]['id']}"), 404)

    def test_wrong(self):
        for body, field in (({"regexp": "abc"}, "regexp"), ({"regexp": ""}, "regexp"), ({"regexp": "/(/"}, "regexp"), ({"regexp": "/a/e"}, "regexp"),
                            ({"regexp": "/a/", "replacement": "${"}, "replacement"), ({"regexp": "/a/", "type": "nonsense"}, "type")):
            self.assert_refused_save(self.post("/admin/regexp/add", body), field)
        for call in ("add", "edit/1", "delete/1", "clean"):
            self.assert_error(self.post(f"/admin/regexp/{call}", {}, key=self.add_user("User")), 403, DENIED)

    def test_import(self):
        self.add(r"/C:\\Users\\[^\\]+/i", r"%USER%", type="filename")
        self.add(f"/secret-{self.token}/", "")
        self.add(f"/(one)-(two)-{self.token}/", r"\2-$1")
        e = self.new_event(Attribute=[{"type": "filename", "value": r"C:\Users\me\a.exe"}, {"type": "text", "value": r"C:\Users\me\b"},
                                      {"type": "text", "value": f"one-two-{self.token}"}, {"type": "text", "value": f"x secret-{self.token}"}])
        self.assertEqual(self.values(e["Attribute"]), sorted([r"%USER%\a.exe", r"C:\Users\me\b", "two-one"]))
        a = self.post(f"/attributes/add/{e['id']}", {"type": "text", "value": f"secret-{self.token}"})
        self.assert_refused_save(a, "value", "This value is blocked by a regular expression in the import filters.")
        a = self.post(f"/attributes/edit/{e['Attribute'][1]['id']}", {"value": f"one-two-{self.token} again"})
        self.assertEqual(a.body["Attribute"]["value"], "two-one again")
        # one that would take for ever is given up, not waited for
        self.add("/^(a+)+$/", "")
        self.assert_status(self.post(f"/attributes/add/{e['id']}", {"type": "text", "value": "a" * 60 + "b"}), 200)

    def test_clean(self):
        e = self.new_event(Attribute=[{"type": "text", "value": f"keep-{self.token}"}, {"type": "text", "value": f"change-{self.token}"},
                                      {"type": "text", "value": f"drop-{self.token}"}])
        self.add(f"/change-{self.token}/", "changed")
        self.add(f"/drop-{self.token}/", "")
        self.assert_saved(self.post("/admin/regexp/clean"), "All done! Number of changed attributes: 1 Number of deletions: 1")
        self.assertEqual(self.values(self.view(e)["Attribute"]), sorted(["changed", f"keep-{self.token}"]))


class Allowedlists(ApiTest):

    def test_life_and_export(self):
        e = self.new_event(published=True, Attribute=[{"type": "ip-dst", "value": "203.0.113.5", "to_ids": True}, {"type": "ip-dst", "value": "203.0.113.6", "to_ids": True}])
        self.post(f"/events/publish/{e['id']}")
        text = lambda: sorted(self.post("/attributes/restSearch", {"returnFormat": "text", "eventid": e["id"]}).body.split())
        self.assertEqual(text(), ["203.0.113.5", "203.0.113.6"])
        a = self.post("/admin/allowedlists/add", {"Allowedlist": {"name": r"/^203\.0\.113\.5$/"}})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Allowedlist": {"id": "id", "name": "str"}})
        row = a.body["Allowedlist"]
        self.assertEqual(text(), ["203.0.113.6"])
        self.assertEqual(len(self.post("/attributes/restSearch", {"eventid": e["id"]}).body["response"]["Attribute"]), 2)
        for path in ("/allowedlists/index", "/admin/allowedlists/index"):
            for call in (self.get, self.post):
                self.assertIn(a.body, call(path).body)
        self.assert_refused_save(self.post("/admin/allowedlists/add", {"name": row["name"]}), "name", "A similar name already exists.")
        for wrong in ("abc", "", "/(/"):
            self.assert_refused_save(self.post("/admin/allowedlists/add", {"name": wrong}), "name")
        for method in (self.post, self.put):
            self.assertEqual(method(f"/admin/allowedlists/edit/{row['id']}", {"name": "/113.6/"}).body["Allowedlist"]["name"], "/113.6/")
        self.assertEqual(text(), ["203.0.113.5"])
        for call in ("add", f"edit/{row['id']}", f"delete/{row['id']}"):
            self.assert_error(self.post(f"/admin/allowedlists/{call}", {"name": "/x/"}, key=self.add_user("Publisher")), 403, DENIED)
        self.assert_saved(self.post(f"/admin/allowedlists/delete/{row['id']}"), "Allowedlist deleted")
        self.assert_error(self.delete(f"/admin/allowedlists/delete/{row['id']}"), 404)
        self.assertEqual(len(text()), 2)


class Exclusions(ApiTest):

    ROW = {"CorrelationExclusion": {"id": "id", "value": "str", "from_json": "bool", "comment": "null/str"}}

    def pair(self, value, other=None, type_="domain"):
        return [self.new_event(Attribute=[{"type": type_, "value": v}]) for v in (value, other or value)]

    def related(self, e):
        """by all three ways of asking"""
        ids = sorted(r["Event"]["id"] for r in self.view(e)["RelatedEvent"])
        self.assertEqual(ids, sorted(r["event_id"] for r in self.get(f"/events/correlations/{e['id']}").body["related"]))
        attrs = self.post("/attributes/restSearch", {"eventid": e["id"], "includeCorrelations": 1}).body["response"]["Attribute"]
        self.assertEqual(ids, sorted({r["Event"]["id"] for a in attrs for r in a["RelatedAttribute"]}))
        return ids

    def exclude(self, value, **more):
        a = self.post("/correlation_exclusions/add", {"value": value, **more})
        self.assert_status(a, 200)
        self.assert_shape(a.body, self.ROW)
        row = a.body["CorrelationExclusion"]
        self.addCleanup(self.post, f"/correlation_exclusions/delete/{row['id']}")
        return row

    def test_life(self):
        row = self.exclude(f"v{self.token}", comment="c")
        self.assertEqual((row["value"], row["comment"], row["from_json"]), (f"v{self.token}", "c", False))
        self.assertIn({"CorrelationExclusion": row}, self.get("/correlationExclusions").body)
        for path in ("/correlation_exclusions", "/correlation_exclusions/index", f"/correlation_exclusions/index/value:{self.token}"):
            for call in (self.get, self.post):
                self.assertIn({"CorrelationExclusion": row}, call(path).body)
        self.assertEqual(self.get(f"/correlation_exclusions/view/{row['id']}").body, {"CorrelationExclusion": row})
        for method in (self.post, self.put):
            a = method(f"/correlation_exclusions/edit/{row['id']}", {"CorrelationExclusion": {"comment": "d", "value": "other"}})
            self.assertEqual(a.body, {"CorrelationExclusion": {**row, "comment": "d"}})
        self.assert_refused_save(self.post("/correlation_exclusions/add", {"value": f"V{self.token}"}), "value", "Value is already in the exclusion list.")
        for wrong in ("", "%", "%%"):
            self.assert_refused_save(self.post("/correlation_exclusions/add", {"value": wrong}), "value")
        self.assert_saved(self.post("/correlation_exclusions/clean"), "Correlations cleanup initiated, based on the exclusion rules.")
        for call in ("", "/index", "/view/1"):
            self.assert_error(self.get(f"/correlation_exclusions{call}", key=self.add_user("Org Admin")), 403, DENIED)
        for call in ("add", "edit/1", "delete/1", "clean"):
            self.assert_error(self.post(f"/correlation_exclusions/{call}", {"value": "x"}, key=self.add_user("Org Admin")), 403, DENIED)
        self.assert_saved(self.delete(f"/correlation_exclusions/delete/{row['id']}"), "CorrelationExclusion deleted.")
        self.assert_error(self.get(f"/correlation_exclusions/view/{row['id']}"), 404)

    def test_values(self):
        for pattern, value, other in (("{}.example.org", "{}.example.org", None), ("{}%", "{}x.example.org", None), ("%{}", "a.{}", None), ("%{}%", "a.{}.example.org", None),
                                      ("A.{}.EXAMPLE.org", "a.{}.example.org", None), ("198.51.100.77", "198.51.100.77", "198.51.100.76/30")):
            t = uuid.uuid4().hex[:10]
            type_ = "ip-dst" if value[0] == "1" else "domain"
            with self.subTest(pattern):
                a, b = self.pair(value.format(t), other, type_)
                self.assertEqual((self.related(a), self.related(b)), ([b["id"]], [a["id"]]))
                row = self.exclude(pattern.format(t))
                self.assertEqual((self.related(a), self.related(b)), ([], []))
                self.assertEqual(self.related(self.new_event(Attribute=[{"type": type_, "value": value.format(t)}])), [])
                self.post(f"/correlation_exclusions/delete/{row['id']}")
                self.assertIn(b["id"], self.related(a))

    def test_half_of_a_composite(self):
        t = self.token
        a, b = self.pair(f"{t}.example.org|198.51.100.9", type_="domain|ip")
        self.exclude("198.51.100.9")
        self.assertEqual(self.related(a), [b["id"]])
        self.exclude(f"{t}.example.org")
        self.assertEqual(self.related(a), [])


class Rules(Exclusions):

    RULE = {"CorrelationRule": {"id": "id", "uuid": "uuid", "name": "str", "comment": "str", "selector_type": "str", "selector_list": ["str"], "timestamp": "time"}}
    test_life = test_values = test_half_of_a_composite = None

    def rule(self, **body):
        a = self.post("/correlation_rules/add", {"CorrelationRule": {"name": f"r {uuid.uuid4().hex[:6]}", "comment": "c", **body}})
        self.assert_status(a, 200)
        self.assert_shape(a.body, self.RULE)
        self.addCleanup(self.post, f"/correlation_rules/delete/{a.body['CorrelationRule']['id']}")
        return a.body["CorrelationRule"]

    def test_rules(self):
        keys = [self.add_user("User") for _ in range(3)]
        value = [{"type": "domain", "value": f"{self.token}.example.org"}]
        a, b, c = (self.new_event(key=k, Attribute=value, info=f"{w} {self.token}", distribution="1") for k, w in zip(keys, ("Weekly", "weekly", "other")))
        self.assertEqual(self.related(a), sorted([b["id"], c["id"]]))
        for selector, list_ in (("event_id", [a["id"], b["id"]]), ("orgc_id", [int(keys[0].org["id"]), keys[1].org["id"]]), ("org_id", [keys[0].org["id"], keys[1].org["id"]]),
                                ("event_info", ["WEEKLY " + self.token])):
            with self.subTest(selector):
                r = self.rule(selector_type=selector, selector_list=list_)
                self.assertEqual((self.related(a), self.related(b), self.related(c)), ([c["id"]], [c["id"]], sorted([a["id"], b["id"]])))
                self.post(f"/correlation_rules/delete/{r['id']}")

    def test_rule_life(self):
        r = self.rule(selector_type="event_id", selector_list="[1, 2]", uuid=str(uuid.uuid4()))
        self.assertEqual(r["selector_list"], ["1", "2"])
        for ref in (r["id"], r["uuid"]):
            self.assertEqual(self.get(f"/correlationRules/view/{ref}").body, {"CorrelationRule": r})
        for path in ("/correlation_rules", "/correlation_rules/index"):
            for call in (self.get, self.post):
                self.assertIn({"CorrelationRule": r}, call(path).body)
        for method in (self.post, self.put):
            self.assertEqual(method(f"/correlation_rules/edit/{r['id']}", {"name": "new"}).body["CorrelationRule"]["name"], "new")
        for body, field in (({"name": "x"}, "selector_type"), ({"name": "x", "selector_type": "y"}, "selector_type"), ({"name": "", "selector_type": "org_id"}, "name"),
                            ({"name": "x", "selector_type": "org_id", "selector_list": []}, "selector_list"), ({"name": "x", "selector_type": "org_id", "selector_list": ["a"]}, "selector_list"),
                            ({"name": "x", "selector_type": "org_id", "selector_list": "{"}, "selector_list")):
            self.assert_refused_save(self.post("/correlation_rules/add", body), field)
        for call in ("add", "edit/1", "delete/1"):
            self.assert_error(self.post(f"/correlation_rules/{call}", {}, key=self.add_user("Org Admin")), 403, DENIED)
        self.assert_saved(self.delete(f"/correlation_rules/delete/{r['id']}"), "CorrelationRule deleted.")
        self.assert_error(self.get(f"/correlation_rules/view/{r['id']}"), 404)

    def test_most_frequent(self):
        value = f"{self.token}.example.org"
        for _ in range(4):
            self.new_event(Attribute=[{"type": "domain", "value": value}])
        find = lambda path, model: next(r[model] for r in self.get(path).body if r[model]["value"] == value)
        self.assertEqual(find("/correlations/top", "Correlation"), {"value": value, "count": 4, "excluded": False})
        over = find("/correlations/overCorrelations/limit:100", "OverCorrelatingValue")
        self.assert_shape(over, {"id": "id", "value": "str", "occurrence": "id", "over_correlation": "bool", "excluded": "bool"})
        self.assertEqual((over["occurrence"], over["over_correlation"]), ("4", False))
        counts = [r["Correlation"]["count"] for r in self.get("/correlations/top").body]
        self.assertEqual(counts, sorted(counts, reverse=True))
        self.exclude(value)
        self.assertIs(find("/correlations/top", "Correlation")["excluded"], True)
        self.assertEqual(self.get("/correlations/overCorrelations/scope:over_correlating").body, [])
        self.assert_error(self.get("/correlations/top/limit:0"), 400)
        for call in (self.get, self.post):
            self.assertIs(call("/correlations/generateTopCorrelations").body, True)
            self.assert_saved(call("/correlations/generateOccurrences"), "Over-correlations counted successfully.")
        for call in ("switchEngine", "truncate"):
            self.assert_error(self.post(f"/correlations/{call}/NoAcl"), 405, "one correlation engine")
        self.assert_error(self.get("/correlations/top", key=self.add_user("Org Admin")), 403, DENIED)


if __name__ == "__main__":
    unittest.main()
