"""Galaxies and clusters: loaded from a library folder, clusters of one's own with links and distribution, and what events show of them."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import ApiTest, program, shape_errors

GALAXY = {"id": "id", "uuid": "uuid", "name": "str", "type": "str", "description": "str", "version": "id", "icon": "str",
          "namespace": "str", "enabled": "bool", "local_only": "bool", "kill_chain_order?": "any"}
ELEMENT = {"id": "id", "galaxy_cluster_id": "id", "key": "str", "value": "str"}
CLUSTER = {"id": "id", "uuid": "uuid", "collection_uuid": "str", "type": "str", "value": "str", "tag_name": "str",
           "description": "str", "galaxy_id": "id", "source": "str", "authors": ["str"], "version": "id",
           "distribution?": "id", "sharing_group_id?": "id/null", "org_id": "id", "orgc_id": "id", "default": "bool",
           "locked": "bool", "extends_uuid": "uuid/null", "extends_version": "id/null", "published": "bool", "deleted": "bool"}
RELATION = {"id": "id", "galaxy_cluster_id": "id", "referenced_galaxy_cluster_id": "id", "referenced_galaxy_cluster_uuid": "uuid",
            "referenced_galaxy_cluster_type": "str", "galaxy_cluster_uuid": "uuid", "distribution": "id",
            "sharing_group_id": "id/null", "default": "bool", "Tag?": []}
FULL = {**CLUSTER, "Galaxy": GALAXY, "GalaxyElement": [ELEMENT], "GalaxyClusterRelation": [RELATION], "Org": "any", "Orgc": "any"}
IN_EVENT = {**GALAXY, "GalaxyCluster": [{**CLUSTER, "meta": "any", "tag_id": "id", "local": "bool", "relationship_type": "str/bool"}]}

WOLF = "11111111-1111-4111-8111-111111111111"
BEAR = "22222222-2222-4222-8222-222222222222"
UNKNOWN = "99999999-9999-4999-8999-999999999999"
HEADS = [
    {"uuid": "aaaaaaaa-0000-4000-8000-000000000001", "name": "Animals", "type": "animal", "description": "Beasts of the wood",
     "version": 2, "icon": "paw", "namespace": "test", "kill_chain_order": {"wood": ["edge", "middle"]}},
    {"uuid": "aaaaaaaa-0000-4000-8000-000000000002", "name": "Tools", "type": "tool", "description": "Axes", "version": 1, "icon": "axe",
     "namespace": "test"}]
ANIMALS = {"uuid": "bbbbbbbb-0000-4000-8000-000000000001", "type": "animal", "name": "Animals", "source": "a walk", "version": 5,
           "authors": ["Ann", "Bob"], "values": [
               {"uuid": WOLF, "value": "Wolf", "description": "grey", "meta": {"synonyms": ["Lupus", "Isegrim"], "country": "DE"},
                "related": [{"dest-uuid": BEAR, "type": "similar", "tags": ['sure:how="likely"']}, {"dest-uuid": UNKNOWN, "type": "eats"}]},
               {"uuid": BEAR, "value": "Bear \"big\"", "description": "brown"}]}
TOOLS = {"uuid": "bbbbbbbb-0000-4000-8000-000000000002", "type": "tool", "name": "Tools", "source": "shed", "version": 1,
         "authors": [], "values": [{"uuid": "33333333-3333-4333-8333-333333333333", "value": "Axe"}]}


def write(clone, heads, *collections):
    for kind in ("galaxies", "clusters"):
        pathlib.Path(clone, kind).mkdir(parents=True, exist_ok=True)
    for h in heads:
        pathlib.Path(clone, "galaxies", h["type"] + ".json").write_text(json.dumps(h))
    for c in collections:
        pathlib.Path(clone, "clusters", c["type"] + ".json").write_text(json.dumps(c))


class GalaxyTest(ApiTest):

    @classmethod
    def setUpClass(cls):
        cls.library = tempfile.mkdtemp(prefix="misp-library-")
        cls.addClassCleanup(shutil.rmtree, cls.library, True)
        cls.clone = pathlib.Path(cls.library, "misp-galaxy")
        write(cls.clone, HEADS, ANIMALS, TOOLS)
        cls.server_env = {"MISP_LIBRARY": cls.library}
        super().setUpClass()
        cls.first = cls.server.post("/galaxies/update")
        cls.animals, cls.tools = (g["Galaxy"] for g in cls.server.get("/galaxies/index").body)

    def cluster(self, ref, key=None, status=200):
        a = self.get(f"/galaxy_clusters/view/{ref}", **({"key": key} if key else {}))
        self.assert_status(a, status)
        return a.body["GalaxyCluster"] if status == 200 else a.body

    def make(self, key=None, galaxy=None, **fields):
        body = {"value": f"c {self.token}", "authors": ["MISP"], "distribution": 1, "description": "made here", **fields}
        a = self.post(f"/galaxy_clusters/add/{(galaxy or self.animals)['id']}", body, **({"key": key} if key else {}))
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"GalaxyCluster": FULL})
        return a.body["GalaxyCluster"]


class Library(GalaxyTest):

    def test_index_and_search(self):
        self.assert_saved(self.first, "Galaxies updated.")
        a = self.get("/galaxies/index")
        self.assert_shape(a.body, [{"Galaxy": GALAXY}])
        self.assertEqual([(g["Galaxy"]["name"], g["Galaxy"].get("kill_chain_order")) for g in a.body],
                         [("Animals", {"wood": ["edge", "middle"]}), ("Tools", None)])
        for value in ("nimal", "beasts", HEADS[0]["uuid"]):
            self.assertEqual([g["Galaxy"]["name"] for g in self.post("/galaxies", {"value": value}).body], ["Animals"])
        self.assertEqual(self.post("/galaxies/index", {"value": "none"}).body, [])
        self.assertEqual(self.get("/galaxies").body, a.body)

    def test_view(self):
        a = self.get(f"/galaxies/view/{self.animals['id']}")
        self.assert_status(a, 200)
        self.assertEqual(self.get(f"/galaxies/view/{HEADS[0]['uuid']}").body, a.body)
        self.assert_shape(a.body, {"Galaxy": GALAXY, "GalaxyCluster": [{**CLUSTER, "GalaxyElement": [ELEMENT]}]})
        wolf, bear = a.body["GalaxyCluster"][:2]
        self.assertEqual((wolf["value"], wolf["tag_name"], wolf["authors"], wolf["source"], wolf["version"], wolf["default"]),
                         ("Wolf", 'misp-galaxy:animal="Wolf"', ["Ann", "Bob"], "a walk", "5", True))
        self.assertEqual([(e["key"], e["value"]) for e in wolf["GalaxyElement"]],
                         [("synonyms", "Lupus"), ("synonyms", "Isegrim"), ("country", "DE")])
        self.assertEqual(bear["tag_name"], 'misp-galaxy:animal="Bear "big""')
        # the client refuses a library's cluster with either
        self.assertFalse({"distribution", "sharing_group_id"} & set(wolf))
        for ref in ("999999", UNKNOWN, "x"):
            self.assert_error(self.get(f"/galaxies/view/{ref}"), 404)

    def test_cluster(self):
        c = self.cluster(WOLF)
        self.assert_shape(c, FULL)
        self.assertEqual(self.cluster(c["id"]), c)
        self.assertEqual([(r["referenced_galaxy_cluster_type"], r["referenced_galaxy_cluster_id"], [t["name"] for t in r.get("Tag", [])])
                          for r in c["GalaxyClusterRelation"]], [("similar", self.cluster(BEAR)["id"], ['sure:how="likely"']), ("eats", "0", [])])
        for ref in ("999999", UNKNOWN, "x"):
            self.cluster(ref, status=404)

    def test_update(self):
        # ids stay, clusters of people stay, what the library took out goes; the same again changes nothing
        mine, wolf = self.make(galaxy=self.tools), self.cluster(WOLF)
        axe = self.cluster(TOOLS["values"][0]["uuid"])
        saw = "55555555-5555-4555-8555-555555555555"
        newer = {**TOOLS, "version": 2, "values": [{"uuid": saw, "value": "Saw"}, {**TOOLS["values"][0], "meta": {"size": "big"}}]}
        write(self.clone, [], newer)
        pathlib.Path(self.clone, "clusters", "broken.json").write_text('{"values": [')
        self.addCleanup(pathlib.Path(self.clone, "clusters", "broken.json").unlink)
        self.assert_saved(self.post("/galaxies/update"), "Galaxies updated.")
        got = self.cluster(axe["uuid"])
        self.assertEqual((got["id"], got["version"], [e["value"] for e in got["GalaxyElement"]]), (axe["id"], "2", ["big"]))
        self.assertEqual((self.cluster(saw)["value"], self.cluster(mine["id"])["value"], self.cluster(WOLF)), ("Saw", mine["value"], wolf))
        write(self.clone, [], {**newer, "version": 3, "values": newer["values"][1:]})
        self.post("/galaxies/update")
        self.cluster(saw, status=404)
        self.assertEqual(self.cluster(axe["id"])["version"], "3")

    def test_delete(self):
        head = {**HEADS[1], "uuid": "aaaaaaaa-0000-4000-8000-0000000000ff", "type": f"t{self.token}", "name": "Gone"}
        write(self.clone, [head], {**TOOLS, "type": head["type"], "values": [{"uuid": "44444444-4444-4444-8444-444444444444", "value": "x"}]})
        self.addCleanup(pathlib.Path(self.clone, "galaxies", head["type"] + ".json").unlink)
        self.addCleanup(pathlib.Path(self.clone, "clusters", head["type"] + ".json").unlink)
        for method in (self.post, self.delete):
            self.post("/galaxies/update")
            id_ = self.get(f"/galaxies/view/{head['uuid']}").body["Galaxy"]["id"]
            self.assert_error(self.post(f"/galaxies/delete/{id_}", key=self.add_user("Org Admin")), 403)
            self.assert_saved(method(f"/galaxies/delete/{id_}"), "Galaxy deleted")
            self.assert_error(self.get(f"/galaxies/view/{head['uuid']}"), 404)
            self.cluster("44444444-4444-4444-8444-444444444444", status=404)


class Own(GalaxyTest):

    def test_add_and_edit(self):
        c = self.make()
        self.assertEqual((c["tag_name"], c["default"], c["distribution"], c["published"], c["Orgc"]["name"], c["galaxy_id"], c["authors"]),
                         (f'misp-galaxy:animal="{c["uuid"]}"', False, "1", False, "ORGNAME", self.animals["id"], ["MISP"]))
        # elements and links that are sent take the place of those there
        a = self.post(f"/galaxy_clusters/edit/{c['id']}", {"GalaxyCluster": {"GalaxyElement": [{"key": "synonyms", "value": "A"}, {"key": "synonyms", "value": "B"}],
            "GalaxyClusterRelation": [{"referenced_galaxy_cluster_uuid": WOLF, "referenced_galaxy_cluster_type": "is-tested-by", "distribution": 3,
                                       "Tag": [{"name": f"link {self.token}"}]}]}})
        self.assert_status(a, 200)
        got = a.body["GalaxyCluster"]
        self.assert_shape(got, FULL)
        self.assertEqual(([e["value"] for e in got["GalaxyElement"]], got["value"]), (["A", "B"], c["value"]))
        self.assertGreater(int(got["version"]), int(c["version"]))
        link = got["GalaxyClusterRelation"][0]
        self.assertEqual((link["referenced_galaxy_cluster_uuid"], link["referenced_galaxy_cluster_type"], link["Tag"][0]["name"]),
                         (WOLF, "is-tested-by", f"link {self.token}"))
        got = self.put(f"/galaxy_clusters/edit/{c['uuid']}", {"value": "new name", "GalaxyElement": []}).body["GalaxyCluster"]
        self.assertEqual((got["value"], got["GalaxyElement"], len(got["GalaxyClusterRelation"])), ("new name", [], 1))

    def test_refusals(self):
        path = f"/galaxy_clusters/add/{self.animals['id']}"
        c = self.make()
        for body, field in (({}, "value"), ({"value": "x", "distribution": 9}, "distribution"), ({"value": "x", "uuid": "no"}, "uuid"),
                            ({"value": "x", "uuid": c["uuid"]}, "uuid"), ({"value": "x", "uuid": WOLF}, "uuid")):
            self.assert_refused_save(self.post(path, body), field)
        self.assert_refused_save(self.post(path, {"value": "x", "GalaxyElement": [{"key": "k", "value": str(i)} for i in range(5001)]}), "GalaxyElement")
        self.assertEqual(self.make(authors=["A", 1, {"x": []}, None, "B"])["authors"], ["A", "B"])
        # all or nothing: a link that is none
        before = len(self.get(f"/galaxy_clusters/index/{self.animals['id']}").body)
        self.assert_refused_save(self.post(path, {"value": "y", "GalaxyClusterRelation": [{"referenced_galaxy_cluster_uuid": "x"}]}))
        self.assertEqual(len(self.get(f"/galaxy_clusters/index/{self.animals['id']}").body), before)
        self.assert_error(self.post("/galaxy_clusters/add/999999", {"value": "x"}), 404)
        # a library's clusters do not change by hand, even for a site admin
        for call in ("edit", "publish", "unpublish", "delete", "restore"):
            self.assert_error(self.post(f"/galaxy_clusters/{call}/{WOLF}", {"value": "x"}), 403, "Default galaxy clusters cannot be modified")
        other = self.add_user("Publisher")
        for call in ("edit", "publish", "unpublish", "delete", "restore"):
            self.assert_error(self.post(f"/galaxy_clusters/{call}/{c['id']}", {"value": "x"}, key=other), 403, "Only the creator organisation")
        self.assertEqual(self.cluster(c["id"])["value"], c["value"])
        self.assert_error(self.post(path, {"value": "x"}, key=self.add_user("Read Only")), 403)

    def test_publish_delete_restore(self):
        c = self.make()
        self.assert_saved(self.post(f"/galaxy_clusters/publish/{c['uuid']}"), "GalaxyCluster published", c["id"])
        self.assertTrue(self.cluster(c["id"])["published"])
        self.assert_saved(self.post(f"/galaxy_clusters/unpublish/{c['id']}"), "GalaxyCluster unpublished", c["id"])
        self.assertFalse(self.cluster(c["id"])["published"])
        self.assert_saved(self.post(f"/galaxy_clusters/delete/{c['id']}"), "Galaxy cluster successfully soft deleted.", c["id"])
        self.assertTrue(self.cluster(c["id"])["deleted"])
        self.assertNotIn(c["id"], [x["id"] for x in self.get(f"/galaxies/view/{self.animals['id']}").body["GalaxyCluster"]])
        self.assert_saved(self.post(f"/galaxy_clusters/restore/{c['id']}"), "GalaxyCluster restored", c["id"])
        self.assertFalse(self.cluster(c["id"])["deleted"])
        self.assert_saved(self.post(f"/galaxy_clusters/delete/{c['id']}", {"hard": 1}), "Galaxy cluster successfully hard deleted.", c["id"])
        self.cluster(c["id"], status=404)
        c = self.make()
        self.assert_status(self.delete(f"/galaxy_clusters/delete/{c['id']}/1"), 200)
        self.cluster(c["id"], status=404)

    def test_fork(self):
        for ref, body in ((f"/forkUUID:{WOLF}", {}), ("", {"extends_uuid": WOLF, "value": "Wolf"})):
            a = self.post(f"/galaxy_clusters/add/{self.animals['id']}{ref}", {"distribution": 1, **body})
            self.assert_status(a, 200)
            got = a.body["GalaxyCluster"]
            self.assertEqual((got["extends_uuid"], got["extends_version"], got["value"], got["description"], len(got["GalaxyElement"]), got["default"]),
                             (WOLF, "5", "Wolf", "grey", 3, False))
        self.assert_error(self.post(f"/galaxy_clusters/add/{self.animals['id']}/forkUUID:{UNKNOWN}", {"value": "x"}), 404)

    def test_index(self):
        c, gone = self.make(GalaxyElement=[{"key": "synonyms", "value": f"syn{self.token}"}]), self.make(value=f"gone {self.token}")
        self.post(f"/galaxy_clusters/delete/{gone['id']}")

        def found(**body):
            a = self.post(f"/galaxy_clusters/index/{self.animals['id']}", body)
            self.assert_status(a, 200)
            self.assert_shape(a.body, [{"GalaxyCluster": {**CLUSTER, "GalaxyElement": [ELEMENT]}}])
            return [x["GalaxyCluster"]["id"] for x in a.body]

        wolf = self.cluster(WOLF)["id"]
        self.assertIn(wolf, found())
        self.assertEqual((found(context="default", searchall="isegrim"), found(searchall=f"syn{self.token}"), found(searchall="none at all")), ([wolf], [c["id"]], []))
        self.assertEqual(found(context="default"), [wolf, self.cluster(BEAR)["id"]])
        self.assertEqual(found(context="deleted", searchall=self.token), [gone["id"]])
        for context in ("custom", "org", "orgc"):
            self.assertEqual(found(context=context, searchall=self.token), [c["id"]])
        self.assertEqual(found(limit=1, page=2, context="default"), [self.cluster(BEAR)["id"]])
        self.assert_error(self.get("/galaxy_clusters/index/999999"), 404)

    def test_rest_search(self):
        c = self.make()

        def found(**body):
            a = self.post("/galaxy_clusters/restSearch", body)
            self.assert_status(a, 200)
            return [x["GalaxyCluster"] for x in a.body["response"]]

        got = found(uuid=c["uuid"])
        self.assert_shape(got, [FULL])
        self.assertEqual(found(uuid=[c["uuid"], WOLF], minimal=1, custom=1), [{"uuid": c["uuid"], "version": c["version"]}])
        self.assertEqual([x["id"] for x in found(value=self.token, published=0)], [c["id"]])
        self.assertEqual(found(value=self.token, published=1), [])
        self.assertEqual([x["uuid"] for x in found(galaxy_id=self.animals["id"], custom=0)], [WOLF, BEAR])
        event = self.new_event(Tag=[{"name": c["tag_name"]}], Attribute=[{"type": "text", "value": "x", "Tag": [{"name": 'misp-galaxy:animal="Wolf"'}]}])
        self.assertEqual(sorted(x["uuid"] for x in found(eventid=event["id"])), sorted([WOLF, c["uuid"]]))
        self.assertEqual([x["uuid"] for x in self.get(f"/galaxy_clusters/restSearch/uuid:{WOLF}/minimal:1").body["response"][0].values()], [WOLF])
        self.assert_error(self.post("/galaxy_clusters/restSearch", {"eventid": 999999}), 404)
        self.assert_error(self.post("/galaxy_clusters/restSearch", {"returnFormat": "nonsense"}), 404)

    def test_distribution(self):
        # own organisation only, unless it says more; a library's is everybody's
        key, other, same = self.add_user("Publisher"), self.add_user("Publisher"), None
        same = self.add_user("User", org=key.org)
        hidden = self.make(key=key, distribution=0)
        shared = self.make(key=key, distribution=1, GalaxyClusterRelation=[
            {"referenced_galaxy_cluster_uuid": hidden["uuid"], "referenced_galaxy_cluster_type": "to hidden", "distribution": 1},
            {"referenced_galaxy_cluster_uuid": WOLF, "referenced_galaxy_cluster_type": "near", "distribution": 0},
            {"referenced_galaxy_cluster_uuid": BEAR, "referenced_galaxy_cluster_type": "far", "distribution": 1}])
        event = self.new_event(key=key, distribution=1, Attribute=[{"type": "text", "value": "x"}], Tag=[{"name": 'misp-galaxy:animal="Wolf"'}])
        for c in (hidden, shared):
            self.assert_status(self.post(f"/galaxies/attachCluster/{event['id']}/event", {"Galaxy": {"target_id": c["id"]}}, key=key), 200)
        for who, may in ((key, True), (same, True), (other, False)):
            self.cluster(hidden["id"], key=who, status=200 if may else 404)
            self.cluster(hidden["uuid"], key=who, status=200 if may else 404)
            links = self.cluster(shared["id"], key=who)["GalaxyClusterRelation"]
            self.assertEqual([r["referenced_galaxy_cluster_type"] for r in links], ["to hidden", "near", "far"] if may else ["to hidden", "far"])
            lists = (self.get(f"/galaxies/view/{self.animals['id']}", key=who).body["GalaxyCluster"],
                     [x["GalaxyCluster"] for x in self.get(f"/galaxy_clusters/index/{self.animals['id']}", key=who).body],
                     [x["GalaxyCluster"] for x in self.post("/galaxy_clusters/restSearch", {}, key=who).body["response"]],
                     [x["GalaxyCluster"] for x in self.post("/galaxy_clusters/restSearch", {"eventid": event["id"]}, key=who).body["response"]],
                     self.view(event, key=who)["Galaxy"][0]["GalaxyCluster"])
            # what a link leads to is no secret that the link gives away
            link = next(r for r in self.cluster(shared["id"], key=who)["GalaxyClusterRelation"] if r["referenced_galaxy_cluster_type"] == "to hidden")
            self.assertEqual(link["referenced_galaxy_cluster_id"], hidden["id"] if may else "0")
            for seen in lists:
                ids = [x["id"] for x in seen]
                self.assertEqual(hidden["id"] in ids, may)
                self.assertIn(shared["id"], ids)
            self.assert_status(self.get(f"/galaxy_clusters/view/{WOLF}", key=who), 200)
        near = self.cluster(shared["id"])["GalaxyClusterRelation"][1]["id"]
        self.assert_error(self.post(f"/galaxy_cluster_relations/edit/{near}", {}, key=other), 404)
        self.assert_error(self.post("/galaxy_cluster_relations/add", {"galaxy_cluster_uuid": hidden["uuid"]}, key=other), 404)
        self.assert_error(self.post(f"/galaxy_clusters/add/{self.animals['id']}/forkUUID:{hidden['uuid']}", {"value": "x"}, key=other), 404)
        a = self.post(f"/galaxy_clusters/add/{self.animals['id']}", {"value": "x", "distribution": 4, "sharing_group_id": 77}, key=key)
        self.assert_refused_save(a, "sharing_group_id")

    def test_sharing_group(self):
        key, member, other = (self.add_user("Publisher") for _ in range(3))
        group = self.post("/sharing_groups/add", {"name": f"g {self.token}", "releasability": "x", "description": "x"}).body["SharingGroup"]
        for k in (key, member):
            self.assert_status(self.post(f"/sharing_groups/addOrg/{group['id']}/{k.org['id']}"), 200)
        c = self.make(key=key, distribution=4, sharing_group_id=group["id"])
        self.assertEqual((c["distribution"], c["sharing_group_id"]), ("4", group["id"]))
        self.cluster(c["id"], key=member)
        self.cluster(c["id"], key=other, status=404)
        path = f"/galaxy_clusters/add/{self.animals['id']}"
        self.assert_refused_save(self.post(path, {"value": "x", "distribution": 4, "sharing_group_id": group["id"]}, key=other), "sharing_group_id")
        self.assertGreaterEqual(self.post(f"/sharing_groups/delete/{group['id']}").status, 400)  # in use
        self.post(f"/galaxy_clusters/delete/{c['id']}/1", key=key)
        self.assert_status(self.post(f"/sharing_groups/delete/{group['id']}"), 200)

    def test_relations(self):
        c = self.make()
        body = {"galaxy_cluster_uuid": c["uuid"], "referenced_galaxy_cluster_uuid": WOLF, "referenced_galaxy_cluster_type": "near", "distribution": 3,
                "tags": [f"t {self.token}"]}
        for path, sent in (("/galaxy_cluster_relations/add", body), (f"/galaxy_cluster_relations/add/{c['id']}", {"GalaxyClusterRelation": body})):
            a = self.post(path, sent)
            self.assert_status(a, 200)
            self.assert_shape(a.body, {"GalaxyClusterRelation": RELATION})
        link = a.body["GalaxyClusterRelation"]
        self.assertEqual((link["Tag"][0]["name"], link["distribution"]), (f"t {self.token}", "3"))
        for method in (self.post, self.put):
            a = method(f"/galaxy_cluster_relations/edit/{link['id']}", {"referenced_galaxy_cluster_type": "far"})
            self.assert_status(a, 200)
            self.assertEqual(a.body["GalaxyClusterRelation"]["referenced_galaxy_cluster_type"], "far")
        self.assertEqual(len(self.cluster(c["id"])["GalaxyClusterRelation"]), 2)
        self.assert_refused_save(self.post("/galaxy_cluster_relations/add", {"galaxy_cluster_uuid": c["uuid"]}), "referenced_galaxy_cluster_uuid")
        self.assert_error(self.post("/galaxy_cluster_relations/add", {**body, "galaxy_cluster_uuid": WOLF}), 403)
        self.assert_error(self.post(f"/galaxy_cluster_relations/delete/{link['id']}", key=self.add_user("Publisher")), 403)
        links = self.cluster(c["id"])["GalaxyClusterRelation"]
        self.assert_saved(self.post(f"/galaxy_cluster_relations/delete/{links[0]['id']}"), "Galaxy cluster relationship successfully deleted.")
        self.assert_saved(self.delete(f"/galaxy_cluster_relations/delete/{links[1]['id']}"))
        self.assertEqual(self.cluster(c["id"])["GalaxyClusterRelation"], [])
        self.assert_error(self.post(f"/galaxy_cluster_relations/delete/{link['id']}"), 404)
        self.assert_error(self.post("/galaxy_cluster_relations/edit/999999", {}), 404)


class Attached(GalaxyTest):

    def setUp(self):
        super().setUp()
        self.event = self.new_event(Attribute=[{"type": "text", "value": f"v{self.token}"}])
        self.attribute = self.event["Attribute"][0]

    def galaxies(self, attribute=False, key=None, named=""):
        e = self.view(self.event, named=named, **({"key": key} if key else {}))
        return (e["Attribute"][0] if attribute else e)["Galaxy"]

    def test_attach(self):
        wolf, bear, axe = (self.cluster(u) for u in (WOLF, BEAR, TOOLS["values"][0]["uuid"]))
        for thing, id_, attribute in (("event", self.event["id"], False), ("attribute", self.attribute["id"], True)):
            a = self.post(f"/galaxies/attachCluster/{id_}/{thing}/local:0", {"Galaxy": {"target_id": wolf["id"]}})
            self.assert_status(a, 200)
            self.assertEqual(a.body, {"saved": True, "success": "Cluster attached.", "check_publish": True})
            self.assertEqual(self.post(f"/galaxies/attachCluster/{id_}/{thing}", {"Galaxy": {"target_id": wolf["id"]}}).body["success"], "Cluster already attached.")
            for ids in ([bear["id"], axe["id"]], json.dumps([bear["id"]])):
                a = self.post(f"/galaxies/attachMultipleClusters/{id_}/{thing}/local:1", {"Galaxy": {"target_ids": ids}})
                self.assert_status(a, 200)
            got = self.galaxies(attribute)
            self.assert_shape(got, [IN_EVENT])
            self.assertEqual([(g["name"], [(c["id"], c["local"]) for c in g["GalaxyCluster"]]) for g in got],
                             [("Animals", [(wolf["id"], False), (bear["id"], True)]), ("Tools", [(axe["id"], True)])])
            first = got[0]["GalaxyCluster"][0]
            self.assertEqual((first["meta"], first["tag_name"]), ({"synonyms": ["Lupus", "Isegrim"], "country": ["DE"]}, wolf["tag_name"]))
            self.assertEqual(self.galaxies(attribute, named="/excludeGalaxy:1"), [])
            tags = {t["name"]: t for t in (self.view(self.event)["Attribute"][0] if attribute else self.view(self.event))["Tag"]}
            self.assertTrue(tags[wolf["tag_name"]]["is_galaxy"])
            self.assert_saved(self.post(f"/galaxy_clusters/detach/{id_}/{thing}/{first['tag_id']}"), "Cluster detached.")
            self.assert_error(self.post(f"/galaxy_clusters/detach/{id_}/{thing}/{first['tag_id']}"), 404)
            self.assertEqual([c["id"] for g in self.galaxies(attribute) for c in g["GalaxyCluster"]], [bear["id"], axe["id"]])

    def test_by_tag(self):
        self.attach(self.event, 'misp-galaxy:animal="wolf"')  # letter case does not matter
        self.attach(self.attribute, 'misp-galaxy:animal="Nobody"')
        self.assertEqual([c["value"] for g in self.galaxies() for c in g["GalaxyCluster"]], ["Wolf"])
        self.assertEqual(self.galaxies(True), [])
        found = self.post("/events/restSearch", {"eventid": self.event["id"]}).body["response"][0]["Event"]
        self.assertEqual([g["name"] for g in found["Galaxy"]], ["Animals"])

    def test_custom(self):
        c = self.make()
        self.post(f"/galaxies/attachCluster/{self.event['id']}/event", {"Galaxy": {"target_id": c["uuid"]}})
        got = self.galaxies()
        self.assertFalse(shape_errors(got, [IN_EVENT]))
        self.assertEqual((got[0]["GalaxyCluster"][0]["distribution"], got[0]["GalaxyCluster"][0]["default"]), ("1", False))
        self.assertTrue(self.view(self.event)["Tag"][0]["is_custom_galaxy"])
        self.post(f"/galaxy_clusters/delete/{c['id']}")
        self.assertEqual(self.galaxies(), [])

    def test_many_pages(self):
        # more attributes than a page, in objects too
        tag = [{"name": 'misp-galaxy:animal="Wolf"'}]
        event = self.new_event(Attribute=[{"type": "text", "value": f"p{i}{self.token}", "Tag": tag if i % 400 == 0 else []} for i in range(1300)])
        got = self.view(event)["Attribute"]
        self.assertEqual([i for i, a in enumerate(got) if a["Galaxy"]], [0, 400, 800, 1200])

    def test_refusals(self):
        wolf = self.cluster(WOLF)["id"]
        path = f"/galaxies/attachCluster/{self.event['id']}/event"
        self.assert_error(self.post(path, {"Galaxy": {"target_id": 999999}}), 404)
        self.assert_error(self.post(path, {}), 403)
        self.assert_error(self.post(f"/galaxies/attachCluster/{self.event['id']}/nothing", {"Galaxy": {"target_id": wolf}}), 404)
        self.assert_error(self.post("/galaxies/attachCluster/999999/event", {"Galaxy": {"target_id": wolf}}), 404)
        other = self.add_user("Publisher")
        for what in (path, f"/galaxy_clusters/detach/{self.event['id']}/event/1"):
            self.assertIn(self.post(what, {"Galaxy": {"target_id": wolf}}, key=other).status, (403, 404))
        self.assertEqual(self.galaxies(), [])


class CommandLine(unittest.TestCase):

    def test_all(self):
        place = tempfile.mkdtemp(prefix="misp-galaxy-")
        self.addCleanup(shutil.rmtree, place, True)
        write(f"{place}/clone", HEADS, ANIMALS, TOOLS)

        def run(*args, status=0):
            r = subprocess.run([program(), *args, "--data", f"{place}/data"], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            self.assertEqual(r.returncode, status, r.stderr)
            return [json.loads(line) for line in r.stdout.splitlines()] if "--json" in args else r.stdout + r.stderr

        run("init")
        self.assertEqual(run("galaxy", "load", f"{place}/clone", "--json"), [{"added": 4, "updated": 0, "unchanged": 0, "unreadable": 0, "clusters": 3}])
        self.assertEqual(run("galaxy", "load", f"{place}/clone"), "4 files: 0 new, 0 updated, 4 unchanged, 0 not readable; 0 clusters written\n")
        self.assertEqual(run("galaxy", "list"), "1\t2\tanimal\tAnimals\n2\t1\ttool\tTools\n")
        self.assertEqual([(g["type"], g["clusters"]) for g in run("galaxy", "list", "--json")], [("animal", 2), ("tool", 1)])
        self.assertIn("cannot list", run("galaxy", "load", f"{place}/nothing", status=3))


if __name__ == "__main__":
    unittest.main()
