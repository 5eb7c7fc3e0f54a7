"""Decaying models: their life over the API, scores, and that leaving out what has decayed is what the scores say, whichever way it is found out."""

import json
import os
import pathlib
import random
import shutil
import tempfile
import time
import unittest
import uuid

from harness import ADMIN_KEY, ApiTest

NO_MODEL = "No Decaying Model with the provided ID exists"
DAY = 86400
MODEL = {"id": "id", "uuid": "uuid", "name": "str", "parameters": {"lifetime": "num", "decay_speed": "num", "threshold": "num", "default_base_score": "num",
                                                                  "base_score_config": "any", "settings?": "any"},
         "attribute_types": ["str"], "description": "str", "org_id": "id", "enabled": "bool", "all_orgs": "bool", "ref": ["str"], "formula": "str",
         "version": "str", "default": "bool"}
MAPPING = [{"id": "id", "attribute_type": "str", "model_id": "id"}]
ROW = {"DecayingModel": MODEL, "DecayingModelMapping": MAPPING}
EDITABLE = {"DecayingModel": {**MODEL, "isEditable": "bool"}, "DecayingModelMapping": MAPPING}
SCORE = [{"score": "num", "base_score": "num", "decayed": "bool", "DecayingModel": {"id": "id", "name": "str"}}]


class DecayTest(ApiTest):

    @classmethod
    def setUpClass(cls):
        cls.library = tempfile.mkdtemp(prefix="misp-decay-")
        cls.addClassCleanup(shutil.rmtree, cls.library, ignore_errors=True)
        cls.server_args = ("--library", cls.library)
        super().setUpClass()

    def library_model(self, name, version=1, **more):
        folder = pathlib.Path(self.library) / "misp-decaying-models/models"
        os.makedirs(folder, exist_ok=True)
        body = {"uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)), "name": name, "formula": "Polynomial", "ref": ["https://example.org/paper"],
                "authors": ["somebody"], "parameters": self.parameters(), "description": "d", "attribute_types": ["ip-dst", "url", "no-such-type"],
                "version": version, **more}
        (folder / f"{name}.json").write_text(json.dumps(body))
        return body

    def parameters(self, **more):
        return {"lifetime": 10, "decay_speed": 1, "threshold": 30, "default_base_score": 80, "base_score_config": {}, **more}

    def make(self, key=ADMIN_KEY, **fields):
        a = self.post("/decayingModel/add", {"name": f"m {uuid.uuid4().hex[:8]}", "description": "d", "formula": "Polynomial",
                                             "parameters": self.parameters(), "attribute_types": ["ip-dst"], "enabled": True, **fields}, key=key)
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"data": EDITABLE, "action": "str"})
        return a.body["data"]["DecayingModel"]

    def drop(self, model):
        self.assert_status(self.post(f"/decayingModel/delete/{model['id']}"), 200)

    def settle(self):
        """until no model waits to be filled"""
        for _ in range(400):
            jobs = [j["Job"] for j in self.get("/jobs/index").body]
            if not [j for j in jobs if j["job_type"] == "decay_fill" and j["date_finished"] in ("0", None)]:
                return
            time.sleep(0.05)
        self.fail(f"the jobs do not end: {self.get('/jobs/index').body}")

    def search(self, what="attributes", key=ADMIN_KEY, **fields):
        a = self.post(f"/{what}/restSearch", {"returnFormat": "json", **fields}, key=key)
        self.assert_status(a, 200)
        return a.body["response"]["Attribute"] if what == "attributes" else [e["Event"] for e in a.body["response"]]


class Life(DecayTest):

    def test_made_here(self):
        m = self.make(name=f"one {self.token}", ref=["https://example.org"], attribute_types=["ip-dst", "url"])
        self.assertEqual((m["enabled"], m["default"], m["isEditable"], m["attribute_types"], m["formula"]), (True, False, True, ["ip-dst", "url"], "Polynomial"))
        got = self.get(f"/decaying_model/view/{m['id']}")
        self.assert_shape(got.body, EDITABLE)
        self.assertEqual(got.body["DecayingModel"], m)
        self.assertEqual([x["attribute_type"] for x in got.body["DecayingModelMapping"]], ["ip-dst", "url"])
        for method in (self.post, self.put):
            a = method(f"/decayingModel/edit/{m['id']}", {"DecayingModel": {"name": "two", "parameters": json.dumps(self.parameters(lifetime="2.5"))}})
            self.assert_status(a, 200)
            now = a.body["data"]["DecayingModel"]
            self.assertEqual((now["name"], now["parameters"]["lifetime"], now["attribute_types"]), ("two", 2.5, ["ip-dst", "url"]))
        for call, on in (("disable", False), ("enable", True), ("enable", True)):
            a = self.post(f"/decayingModel/{call}/{m['id']}")
            self.assert_shape(a.body, {"saved": "bool", "success": "bool", "name": "str", "message": "str", "url": "str", "data": EDITABLE, "id": "id"})
            self.assertEqual((a.body["name"], a.body["data"]["DecayingModel"]["enabled"]), (f"Decaying model {call}d", on))
        for path in ("/decayingModel/index", "/decayingModel"):
            for call in (self.get, self.post):
                a = call(path)
                self.assert_shape(a.body, [ROW])
                self.assertIn(m["id"], [r["DecayingModel"]["id"] for r in a.body])
        self.assert_shape(self.get("/decayingModel/getAllDecayingModels").body, [{"DecayingModel": {**MODEL, "isEditable": "bool"}}])
        file = self.get(f"/decayingModel/export/{m['id']}").body
        a = self.post("/decayingModel/import", file)
        self.assert_status(a, 200)
        copy = a.body["data"]["DecayingModel"]
        self.assertEqual({k: copy[k] for k in ("name", "parameters", "attribute_types", "ref")}, {k: now[k] for k in ("name", "parameters", "attribute_types", "ref")})
        self.assertIs(copy["enabled"], False)
        self.assertEqual(self.post(f"/decayingModelMapping/linkAttributeTypeToModel/{m['id']}", {"attributetypes": '["domain"]'}).body, ["domain"])
        self.assertEqual(self.get(f"/decayingModelMapping/viewAssociatedTypes/{m['id']}").body, ["domain"])
        self.assert_error(self.post(f"/decayingModelMapping/linkAttributeTypeToModel/{m['id']}", {}), 405, "at least one attribute type")
        self.assert_saved(self.delete(f"/decayingModel/delete/{copy['id']}"), "Decaying Model deleted.")
        self.drop(m)
        for path in ("view", "export"):
            self.assert_error(self.get(f"/decayingModel/{path}/{m['id']}"), 404, NO_MODEL)

    def test_wrong(self):
        for field, value in (("name", ""), ("formula", "magic"), ("parameters", {"lifetime": 3}), ("parameters", self.parameters(lifetime=0)),
                             ("parameters", self.parameters(decay_speed="x")), ("parameters", "[]"), ("attribute_types", "x"), ("attribute_types", [1]), ("ref", "{")):
            with self.subTest(field=field, value=value):
                self.assert_refused_save(self.post("/decayingModel/add", {"name": "x", "parameters": self.parameters(), field: value}), field)
        self.assert_refused_save(self.post("/decayingModel/add", {"name": "x"}), "parameters", "Missing JSON key `parameters`.")

    def test_library(self):
        self.assert_status(self.post("/decayingModel/update"), 404) if not os.path.exists(self.library + "/misp-decaying-models") else None
        name = f"lib{self.token}"
        self.library_model(name)
        self.assert_saved(self.post("/decayingModel/update"), "Default decaying models updated")
        find = lambda: [r["DecayingModel"] for r in self.get("/decayingModel/index/default_models:1").body if r["DecayingModel"]["name"] == name]
        one = find()[0]
        self.assertEqual((one["enabled"], one["default"], one["all_orgs"], one["version"]), (False, True, True, "1"))
        self.post(f"/decayingModel/enable/{one['id']}")
        self.library_model(name, version=2, description="newer")
        self.post("/decayingModel/update")
        self.assertEqual([(m["id"], m["description"], m["enabled"]) for m in find()], [(one["id"], "newer", True)])
        self.library_model(name, version=2, description="same number")
        self.post("/decayingModel/update")
        self.assertEqual(find()[0]["description"], "newer")
        self.post("/decayingModel/update/true")
        self.assertEqual(find()[0]["description"], "same number")
        # of a library's model the switches change, nothing else
        self.post(f"/decayingModel/edit/{one['id']}", {"name": "mine", "all_orgs": False, "enabled": False})
        self.assertEqual((find()[0]["all_orgs"], find()[0]["enabled"]), (False, False))
        self.assert_error(self.post(f"/decayingModel/delete/{one['id']}"), 405, "You are not authorised to delete this model.")

    def test_who_may(self):
        role = self.post("/admin/roles/add", {"name": f"decaying {self.token}", "permission": 3, "perm_decaying": True, "perm_add": True, "perm_auth": True}).body["Role"]
        keys = []
        for _ in range(2):
            org = self.add_org()
            a = self.post("/admin/users/add", {"email": f"d{uuid.uuid4().hex[:8]}@user.test", "org_id": org["id"], "role_id": role["id"],
                                               "password": "Correct-horse-battery-9", "change_pw": False})
            keys.append(a.body["User"]["authkey"])
        mine = self.make(key=keys[0], all_orgs=False, enabled=False)
        shared = self.make(key=keys[0], all_orgs=True, enabled=False)
        seen = [r["DecayingModel"]["id"] for r in self.get("/decayingModel/index", key=keys[1]).body]
        self.assertTrue(shared["id"] in seen and mine["id"] not in seen)
        self.assert_error(self.get(f"/decayingModel/view/{mine['id']}", key=keys[1]), 404, NO_MODEL)
        for call in ("edit", "delete", "enable", "disable"):
            self.assert_error(self.post(f"/decayingModel/{call}/{mine['id']}", {}, key=keys[1]), 404, NO_MODEL)
            self.assert_error(self.post(f"/decayingModel/{call}/{shared['id']}", {}, key=keys[1]), 405, "You are not authorised")
            self.assert_error(self.post(f"/decayingModel/{call}/{shared['id']}", {}, key=self.add_user("Read Only")), 403, "You do not have permission")
        self.assert_status(self.post(f"/decayingModel/edit/{mine['id']}", {"name": "ours"}, key=keys[0]), 200)
        self.assert_error(self.post("/decayingModel/update", key=keys[0]), 403)


class Scores(DecayTest):

    def test_shape(self):
        m = self.make(parameters=self.parameters(base_score_config={"confidence": 1}))
        now = int(time.time())
        e = self.new_event(Attribute=[{"type": "ip-dst", "value": "192.0.2.1", "timestamp": str(now - 5 * DAY)}, {"type": "text", "value": self.token}])
        for attrs in (self.search(eventid=e["id"], includeDecayScore=1), self.search("events", eventid=e["id"], includeDecayScore=1)[0]["Attribute"],
                      self.view(e, named="/includeDecayScore:1")["Attribute"]):
            by = {a["type"]: a for a in attrs}
            self.assertNotIn("decay_score", by["text"])
            mine = [s for s in by["ip-dst"]["decay_score"] if s["DecayingModel"]["id"] == m["id"]]
            self.assert_shape(mine, SCORE)
            self.assertAlmostEqual(mine[0]["score"], 40, delta=0.1)
            self.assertEqual((mine[0]["base_score"], mine[0]["decayed"], mine[0]["DecayingModel"]["name"]), (80, False, m["name"]))
        self.assertNotIn("decay_score", self.search(eventid=e["id"], type="ip-dst")[0])
        score = lambda **more: [s for s in self.search(eventid=e["id"], type="ip-dst", includeDecayScore=1, **more)[0]["decay_score"]
                                if s["DecayingModel"]["id"] == m["id"]][0]
        self.assertIs(score(score=50)["decayed"], True)
        self.assertAlmostEqual(score(modelOverrides={"lifetime": 20})["score"], 60, delta=0.1)
        self.assertEqual(score(includeFullModel=1)["DecayingModel"]["parameters"]["lifetime"], 10)
        self.assertEqual([s["DecayingModel"]["id"] for s in self.search(eventid=e["id"], type="text", includeDecayScore=1, decayingModel=[m["id"]])[0]["decay_score"]],
                         [m["id"]])
        # a sighting sets the clock back, a tag the base
        self.post(f"/sightings/add/{e['Attribute'][0]['id']}", {"timestamp": str(now - DAY)})
        self.assertAlmostEqual(score()["score"], 72, delta=0.1)
        tag = self.new_tag(f"confidence:{self.token}", numerical_value=50)
        self.attach(e["Attribute"][0], tag["name"])
        self.assertEqual(score()["base_score"], 50)
        sim = self.get(f"/decayingModel/decayingToolComputeSimulation/{m['id']}/{e['Attribute'][0]['id']}").body
        self.assertTrue(sim["csv"].startswith("date,value\n"))
        self.assertGreater(sim["csv"].count("\n"), 24 * 10)
        self.assertEqual((len(sim["sightings"]), sim["base_score_config"]["base_score"], sim["Model"]["id"]), (1, 50, m["id"]))
        self.assert_error(self.get(f"/decayingModel/decayingToolComputeSimulation/{m['id']}/999999"), 404)
        self.drop(m)


class Filter(DecayTest):
    """excludeDecayed against the scores: stored expiries (an enabled model that is filled), and computed (not filled yet, other thresholds)."""

    def want(self, **fields):
        """ids of those that some model holds to be good, or for which there is none"""
        return [a["id"] for a in self.search(includeDecayScore=1, **fields) if not a.get("decay_score") or not all(s["decayed"] for s in a["decay_score"])]

    def check(self, **fields):
        want = self.want(**fields)
        got = [a["id"] for a in self.search(excludeDecayed=1, **fields)]
        self.assertEqual(got, want)
        csv = self.post("/attributes/restSearch", {"returnFormat": "csv", "excludeDecayed": 1, "requested_attributes": ["uuid"], "headerless": 1, **fields})
        self.assertEqual(len(csv.body.split()), len(want))
        self.assertEqual(csv.headers["X-Result-Count"], str(len(want)))
        inside = [a["id"] for e in self.search("events", excludeDecayed=1, **fields) for a in e["Attribute"]]
        self.assertEqual(sorted(inside), sorted(want))
        return want

    def test_filter_is_the_formula(self):
        rnd = random.Random(4711)
        now = int(time.time())
        tags = [self.new_tag(f"conf:{self.token}-{n}", numerical_value=n) for n in (0, 20, 60, 100)]
        kinds = ("ip-dst", "url", "text", "domain")
        value = lambda i, t: {"ip-dst": f"198.51.{i % 200}.{i % 250}", "url": f"http://{i}.example.org/", "text": f"{self.token} {i}", "domain": f"{i}.example.net"}[t]
        events = []
        for n in range(3):
            attrs = []
            for i in range(120):
                t = rnd.choice(kinds)
                a = {"type": t, "value": value(n * 1000 + i, t), "timestamp": str(now - rnd.randrange(15 * DAY))}
                if rnd.random() < 0.4:
                    a["Tag"] = [{"name": rnd.choice(tags)["name"]}]
                if rnd.random() < 0.2:
                    a["last_seen"] = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(now - rnd.randrange(15 * DAY)))
                if rnd.random() < 0.3:
                    a["Sighting"] = [{"type": rnd.choice("01"), "date_sighting": str(now - rnd.randrange(12 * DAY)), "uuid": str(uuid.uuid4())} for _ in range(2)]
                attrs.append(a)
            events.append(self.new_event(Attribute=attrs, Tag=[{"name": rnd.choice(tags)["name"]}] if n else []))
        ask = {"eventid": [e["id"] for e in events]}
        models = [self.make(attribute_types=["ip-dst", "url"], parameters=self.parameters(base_score_config={"conf": 1})),
                  self.make(attribute_types=["url", "domain"], formula="PolynomialExtended", parameters=self.parameters(decay_speed=2.3, lifetime=7)),
                  self.make(attribute_types=["domain"], formula="Sightings", parameters=self.parameters(threshold=50))]
        total = sum(len(e["Attribute"]) for e in events)
        first = self.check(**ask)  # perhaps before the job has been through
        self.assertTrue(0 < len(first) < total)
        self.settle()
        self.assertEqual(self.check(**ask), first)
        for more in ({"score": 60}, {"modelOverrides": {"lifetime": 3}}, {"decayingModel": [models[0]["id"]]}, {"decayingModel": models[1]["id"], "score": 10}):
            with self.subTest(more):
                self.check(**ask, **more)
        # every way of changing what it depends on
        one = next(a for a in events[1]["Attribute"] if a["id"] not in first and a["type"] in ("ip-dst", "url"))
        changes = (("a sighting", lambda: self.post(f"/sightings/add/{one['id']}", {})),
                   ("an edit", lambda: self.post(f"/attributes/edit/{events[0]['Attribute'][0]['id']}", {"comment": "x"})),
                   ("a tag on the event", lambda: self.attach(events[0], tags[0]["name"])),
                   ("a tag less", lambda: self.post("/tags/removeTagFromObject", {"uuid": events[0]["uuid"], "tag": tags[0]["name"]})),
                   ("a tag on an attribute", lambda: self.attach(one, tags[1]["name"])),
                   ("more attributes", lambda: self.post(f"/attributes/add/{events[2]['id']}", [
                       {"type": "ip-dst", "value": f"203.0.113.{i}", "timestamp": str(now - i * DAY)} for i in range(12)])),
                   ("a tag's number", lambda: self.post(f"/tags/edit/{tags[2]['id']}", {"numerical_value": 1})),
                   ("another lifetime", lambda: self.post(f"/decayingModel/edit/{models[0]['id']}", {"parameters": self.parameters(lifetime=4)})),
                   ("other types", lambda: self.post(f"/decayingModel/edit/{models[0]['id']}", {"attribute_types": ["domain"]})),
                   ("one less", lambda: self.post(f"/decayingModel/disable/{models[1]['id']}")),
                   ("one again", lambda: self.post(f"/decayingModel/enable/{models[1]['id']}")),
                   ("an attribute less", lambda: self.post(f"/attributes/delete/{one['id']}", {"hard": 1})))
        for name, change in changes:
            with self.subTest(name):
                a = change()
                if a is not None:
                    self.assert_status(a, 200)
                self.check(**ask)
                self.settle()
                self.check(**ask)
        self.assert_status(self.post(f"/events/delete/{events[0]['id']}"), 200)
        self.check(**ask)
        for m in models:
            self.drop(m)
        self.settle()
        self.assertEqual(len(self.check(**ask)), len(self.search(**ask)))


if __name__ == "__main__":
    unittest.main()
