"""Tag collections, marked tags, choosing tags; galaxies made by people, clusters in and out as documents, matrices; sightings that peers send and who sees them."""

import time
import unittest
import uuid

from harness import ADMIN_KEY, ApiTest

DENIED = "You do not have permission to use this functionality."
COLLECTION = {"TagCollection": {"id": "id", "uuid": "uuid", "user_id?": "id", "org_id": "id", "name": "str", "description": "str", "all_orgs": "bool"},
              "TagCollectionTag": [{"id": "id", "tag_collection_id": "id", "tag_id": "id", "Tag": {"id": "id", "name": "str", "colour": "str"}}],
              "Organisation": {"id": "id", "name": "str", "uuid": "uuid"}, "User?": {"email": "str", "id": "id"}, "Galaxy": []}
CHOICE = [{"name": "str", "value": "str"}]


class Collections(ApiTest):

    def editor(self):
        role = self.post("/admin/roles/add", {"name": f"tags {uuid.uuid4().hex[:8]}", "permission": 3, "perm_tag_editor": True, "perm_tagger": True, "perm_add": True,
                                              "perm_modify": True, "perm_modify_org": True, "perm_auth": True}).body["Role"]
        org = self.add_org()
        a = self.post("/admin/users/add", {"email": f"t{uuid.uuid4().hex[:8]}@user.test", "org_id": org["id"], "role_id": role["id"],
                                           "password": "Correct-horse-battery-9", "change_pw": False})
        return a.body["User"]["authkey"]

    def make(self, key=ADMIN_KEY, tags=(), **fields):
        a = self.post("/tag_collections/add", {"TagCollection": {"name": f"c {uuid.uuid4().hex[:10]}", **fields}}, key=key)
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"TagCollection": COLLECTION["TagCollection"]})
        c = a.body["TagCollection"]
        for t in tags:
            self.assertEqual(self.post(f"/tag_collections/addTag/{c['id']}/{t['id']}", key=key).body, {"saved": True, "success": "Tag(s) added."})
        return c

    def names(self, c, key=ADMIN_KEY):
        a = self.get(f"/tagCollections/view/{c['id']}", key=key)
        self.assert_shape(a.body, COLLECTION)
        return [t["Tag"]["name"] for t in a.body["TagCollectionTag"]]

    def test_life(self):
        tags = [self.new_tag() for _ in range(3)]
        c = self.make(description="d", all_orgs=True, tags=tags[:1])
        for body, text in (({"tag_collection": c["id"], "tag": [tags[0]["id"], tags[1]["id"]]}, "Tag(s) added."),
                           ({"TagCollection": {"id": c["id"], "tag": f"[{tags[1]['id']}]"}}, "All tags are already present, nothing to add."),
                           ({"tag_collection_id": c["uuid"], "tag_id": tags[2]["name"]}, "Tag(s) added.")):
            self.assertEqual(self.post("/tag_collections/addTag", body).body, {"saved": True, "success": text})
        self.assertEqual(self.names(c), [t["name"] for t in tags])
        self.assertEqual(self.post(f"/tag_collections/removeTag/{c['id']}/{tags[1]['id']}").body, {"saved": True, "success": "Tag removed."})
        self.assert_error(self.post(f"/tag_collections/removeTag/{c['id']}/{tags[1]['id']}"), 404, "not associated")
        for method in (self.post, self.put):
            self.assertEqual(method(f"/tag_collections/edit/{c['id']}", {"description": "e"}).body["TagCollection"], {**c, "description": "e"})
        for path in ("/tag_collections", "/tag_collections/index"):
            for call in (self.get, self.post):
                self.assertIn(c["id"], [x["TagCollection"]["id"] for x in call(path).body])
        self.assertEqual(len(self.get("/tag_collections/index/limit:1/page:1").body), 1)
        self.assert_refused_save(self.post("/tag_collections/add", {"name": c["name"]}), "name", "A similar name already exists.")
        self.assert_refused_save(self.post("/tag_collections/add", {"name": ""}), "name")
        self.assert_refused_save(self.post("/tag_collections/add", {"name": "x", "uuid": "y"}), "uuid")
        for ref in ("999999", "x"):
            self.assert_error(self.get(f"/tag_collections/view/{ref}"), 404, "Invalid Tag Collection")
        self.assert_error(self.post(f"/tag_collections/addTag/{c['id']}/999999"), 404, "Invalid Tag.")
        # a tag that is deleted leaves it
        self.post(f"/tags/delete/{tags[0]['id']}")
        self.assertEqual(self.names(c), [tags[2]["name"]])
        self.assert_saved(self.post(f"/tag_collections/delete/{c['id']}"), "Tag collection deleted.")
        self.assert_error(self.delete(f"/tag_collections/delete/{c['id']}"), 404)

    def test_in_and_out(self):
        tag = self.new_tag()
        c = self.make(tags=[tag])
        doc = self.get(f"/tag_collections/export/{c['id']}").body
        self.assert_shape(doc, [COLLECTION])
        self.assertIn(doc[0], self.get("/tag_collections/export").body)
        self.assert_saved(self.post("/tag_collections/import", doc), "No new tag_collections to add.")
        self.post(f"/tag_collections/delete/{c['id']}")
        self.assert_saved(self.post("/tag_collections/import", doc), "1 new tag collections added.")
        again = self.get(f"/tag_collections/view/{c['uuid']}").body
        self.assertEqual((again["TagCollection"]["name"], self.names(again["TagCollection"])), (c["name"], [tag["name"]]))
        doc[0]["TagCollection"]["uuid"] = str(uuid.uuid4())
        self.assert_saved(self.post("/tag_collections/import", doc[0]), "No new tag_collections to add. 1 tag collections could not be added (possibly because they already exist)")
        self.assert_status(self.post("/tag_collections/import", "{"), 400)

    def test_who_may(self):
        one, two = self.editor(), self.editor()
        tag, secret = self.new_tag(), self.new_tag(user_id="1")
        mine, shared = self.make(key=one), self.make(key=one, all_orgs=1)
        for c in (mine, shared):
            self.post(f"/tag_collections/addTag/{c['id']}/{tag['id']}")
            self.post(f"/tag_collections/addTag/{c['id']}/{secret['id']}")
        self.assertEqual(self.names(shared, key=two), [tag["name"]])
        self.assertEqual(len(self.names(shared)), 2)
        self.assertNotIn("User", self.get(f"/tag_collections/view/{shared['id']}", key=two).body)
        self.assertEqual([c["TagCollection"]["id"] for c in self.get("/tag_collections/index", key=two).body if c["TagCollection"]["id"] in (mine["id"], shared["id"])],
                         [shared["id"]])
        for call, body in (("view", None), ("export", None), ("edit", {"name": "x"}), ("delete", {}), (f"addTag", {"tag": tag["id"]}), ("removeTag", {"tag": tag["id"]})):
            ask = lambda c: self.get(f"/tag_collections/{call}/{c['id']}", key=two) if body is None else self.post(f"/tag_collections/{call}/{c['id']}", body, key=two)
            self.assert_error(ask(mine), 404, "Invalid Tag Collection")
            if body is not None:
                self.assert_status(ask(shared), 403)
        for call in ("add", f"edit/{shared['id']}", f"delete/{shared['id']}", "import", "addTag"):
            self.assert_error(self.post(f"/tag_collections/{call}", {}, key=self.add_user("User")), 403, DENIED)

    def test_attaching(self):
        tags = [self.new_tag() for _ in range(3)]
        c = self.make(tags=tags[:2])
        e = self.new_event(Attribute=[{"type": "text", "value": "x"}])
        self.assert_saved(self.post(f"/events/addTag/{e['id']}/collection_{c['id']}"))
        self.assertEqual([t["id"] for t in self.view(e)["Tag"]], [t["id"] for t in tags[:2]])
        attr = e["Attribute"][0]
        self.assert_saved(self.post(f"/attributes/addTag/{attr['id']}", {"tag": f'["collection_{c["id"]}", "{tags[2]["id"]}"]'}))
        self.assertEqual([t["id"] for t in self.view(e)["Attribute"][0]["Tag"]], [t["id"] for t in tags])
        self.assert_saved(self.post("/tags/attachTagToObject", {"uuid": e["uuid"], "tag": [f"collection_{c['id']}", tags[2]["name"]]}))
        self.assertEqual(len(self.view(e)["Tag"]), 3)
        self.assert_error(self.post(f"/events/addTag/{e['id']}/collection_999999"), 404, "Invalid Tag Collection")
        # attaching once more is no failure
        a = self.post("/tags/attachTagToObject", {"uuid": e["uuid"], "tag": tags[0]["name"], "local": True})
        self.assert_saved(a, f"Event already has the requested tag attached, no changes had to be made for tag {tags[0]['name']}.")

    def test_marked(self):
        key = self.add_user("User")
        tag, other = self.new_tag(), self.new_tag(user_id="1")
        for text, n in (("Adding the tag to your favourites was successful.", 1), ("Removing the tag from your favourites was successful.", 0),
                        ("Adding the tag to your favourites was successful.", 1)):
            self.assertEqual(self.post("/favourite_tags/toggle", {"FavouriteTag": {"data": tag["id"]}}, key=key).body, {"saved": True, "success": text})
            for path in ("/favourite_tags", "/favourite_tags/index"):
                for call in (self.get, self.post):
                    self.assertEqual([t["Tag"]["id"] for t in call(path, key=key).body], [tag["id"]] * n)
        rows = {t["id"]: t["favourite"] for t in self.get("/tags/index", key=key).body["Tag"]}
        self.assertEqual((rows[tag["id"]], other["id"] in rows), (True, False))
        self.assertEqual([t["id"] for t in self.get("/tags/index/favouritesOnly:1", key=key).body["Tag"]], [tag["id"]])
        self.assertFalse(any(t["favourite"] for t in self.get("/tags/index").body["Tag"]))
        for wrong in (other["id"], "999999", "x"):
            self.assert_error(self.post(f"/favourite_tags/toggle/{wrong}", key=key), 405, "Invalid tag ID.")
        self.assertEqual([c["name"] for c in self.get("/tags/selectTag/1/favourites/event", key=key).body], [tag["name"]])

    def test_tags_of_others(self):
        # a tag reserved to a user or an organisation is not listed to others, who may not attach it either
        one, two = self.add_user("User"), self.add_user("User")
        e = self.new_event(key=two)
        for field, who in (("org_id", one.org["id"]), ("user_id", one.user["id"])):
            t = self.new_tag(**{field: who})
            for key, seen in ((one, True), (two, False), (ADMIN_KEY, True)):
                self.assertEqual(t["id"] in [x["id"] for x in self.get("/tags/index", key=key).body["Tag"]], seen)
                self.assertEqual(len(self.post("/tags/search", {"tagname": t["name"]}, key=key).body), int(seen))
            self.assert_refused_save(self.post("/tags/attachTagToObject", {"uuid": e["uuid"], "tag": t["id"]}, key=two))

    def test_choosing(self):
        tag, hidden = self.new_tag(), self.new_tag(hide_tag=True)
        c = self.make(tags=[tag])
        got = self.get("/tags/selectTaxonomy/1/event").body
        self.assert_shape(got, CHOICE)
        self.assertTrue({"Tag Collections", "Custom Tags", "All Tags"} <= {x["name"] for x in got})
        self.assertNotIn("Tag Collections", [x["name"] for x in self.get("/tags/selectTaxonomy/1/tag_collection").body])
        self.assertIn({"name": c["name"], "value": f"collection_{c['id']}"}, self.get("/tags/selectTag/1/collections/event").body)
        for what in ("all", "0"):
            got = self.get(f"/tags/selectTag/1/{what}").body
            self.assertTrue({"name": tag["name"], "value": tag["id"]} in got and hidden["name"] not in [x["name"] for x in got])
        self.assert_error(self.get("/tags/selectTag/1/999999"), 404)
        e = self.new_event(Attribute=[{"type": "text", "value": "x"}])
        self.attach(e, tag["name"])
        self.attach(e["Attribute"][0], tag["name"], local=True)
        self.assertEqual([t["id"] for t in self.get(f"/tags/showEventTag/{e['id']}").body], [tag["id"]])
        self.assertEqual([(t["id"], t["local"]) for t in self.get(f"/tags/showAttributeTag/{e['Attribute'][0]['id']}").body], [(tag["id"], 1)])
        self.assertEqual(self.get(f"/tags/viewTag/{tag['id']}").body["Tag"]["name"], tag["name"])
        self.assertEqual(self.post("/tags/quickAdd", {"Tag": {"name": f"quick {self.token}"}}).body["Tag"]["name"], f"quick {self.token}")
        self.assert_refused_save(self.post("/tags/quickAdd", {"Tag": {"name": ""}}), "name")
        secret = self.new_event(key=self.add_user("User"), distribution="0", Attribute=[{"type": "text", "value": "x"}])
        for path in (f"showEventTag/{secret['id']}", f"showAttributeTag/{secret['Attribute'][0]['id']}"):
            self.assert_error(self.get(f"/tags/{path}", key=self.add_user("User")), 404)


class Galaxies(ApiTest):

    CHAIN = {"chain": ["one", "two"]}

    def make(self, key=ADMIN_KEY, **fields):
        a = self.post("/galaxies/add", {"Galaxy": {"name": f"g {self.token}", "type": f"t-{uuid.uuid4().hex[:8]}", "description": "d", "kill_chain_order": self.CHAIN, **fields}}, key=key)
        self.assert_status(a, 200)
        return a.body["Galaxy"]

    def cluster(self, galaxy, value, key=ADMIN_KEY, **elements):
        a = self.post(f"/galaxy_clusters/add/{galaxy['id']}", {"value": value, "distribution": 1, "description": "d", "GalaxyElement": [
            {"key": k, "value": v} for k, vs in elements.items() for v in vs]}, key=key)
        self.assert_status(a, 200)
        return a.body["GalaxyCluster"]

    def test_life(self):
        g = self.make()
        self.assertEqual((g["enabled"], g["kill_chain_order"], g["namespace"]), (True, self.CHAIN, "misp"))
        for method in (self.post, self.put):
            self.assertEqual(method(f"/galaxies/edit/{g['id']}", {"description": "e"}).body["Galaxy"], {**g, "description": "e"})
        for call, text in (("disable", "Galaxy disabled"), ("enable", "Galaxy enabled"), ("toggle", "Galaxy disabled"), ("toggle", "Galaxy enabled")):
            self.assert_saved(self.post(f"/galaxies/{call}/{g['id']}"), text)
        for body, field in (({"name": ""}, "name"), ({"type": 'a"b'}, "type"), ({"uuid": "x"}, "uuid"), ({"uuid": g["uuid"]}, "uuid"), ({"kill_chain_order": "x"}, "kill_chain_order")):
            self.assert_refused_save(self.post("/galaxies/add", {"name": "n", "type": "t", **body}), field)
        for call in ("add", f"edit/{g['id']}", "import", f"enable/{g['id']}", f"disable/{g['id']}", f"toggle/{g['id']}", "pushCluster"):
            self.assert_error(self.post(f"/galaxies/{call}", {}, key=self.add_user("Read Only")), 403, DENIED)

    def test_in_and_out(self):
        g = self.make()
        c = self.cluster(g, f"one {self.token}", synonyms=["a", "b"], refs=["https://example.org"])
        d = self.cluster(g, f"two {self.token}")
        self.post("/galaxy_cluster_relations/add", {"galaxy_cluster_uuid": c["uuid"], "referenced_galaxy_cluster_uuid": d["uuid"], "referenced_galaxy_cluster_type": "similar"})
        doc = self.get(f"/galaxies/export/{g['id']}").body
        self.assertEqual([x["GalaxyCluster"]["value"] for x in doc], [c["value"], d["value"]])
        lib = self.post(f"/galaxies/export/{g['id']}", {"Galaxy": {"default": 1, "custom": 1, "format": "misp-galaxy", "distribution": [1]}}).body
        self.assertEqual((lib["type"], lib["values"][0]["meta"], lib["values"][0]["related"]),
                         (g["type"], {"synonyms": ["a", "b"], "refs": "https://example.org"}, [{"dest-uuid": d["uuid"], "type": "similar"}]))
        self.assertEqual(self.post(f"/galaxies/export/{g['id']}", {"Galaxy": {"default": 1, "custom": 0}}).body, [])
        # back after all is gone: galaxy, clusters, elements, links
        self.assert_status(self.post(f"/galaxies/delete/{g['id']}"), 200)
        self.assert_saved(self.post("/galaxies/import", doc), "Galaxy clusters imported. 2 imported, 0 ignored, 0 failed.")
        again = self.get(f"/galaxy_clusters/view/{c['uuid']}").body["GalaxyCluster"]
        self.assertEqual((again["value"], again["version"], again["Galaxy"]["uuid"], again["Galaxy"]["name"]), (c["value"], doc[0]["GalaxyCluster"]["version"], g["uuid"], g["name"]))
        self.assertEqual(sorted(e["value"] for e in again["GalaxyElement"]), ["a", "b", "https://example.org"])
        self.assertEqual([r["referenced_galaxy_cluster_uuid"] for r in again["GalaxyClusterRelation"]], [d["uuid"]])
        # what is not newer is passed over, a wrong one among good ones told
        a = self.post("/galaxies/import", doc)
        self.assert_saved(a)
        self.assertIn("0 imported, 0 ignored, 2 failed" if False else "0 imported, 2 ignored, 0 failed", a.body["message"])
        doc[0]["GalaxyCluster"].update(version="99999999999", value="renamed")
        doc[1]["GalaxyCluster"].update(uuid="nonsense")
        self.assertIn("1 imported, 0 ignored, 1 failed", self.post("/galaxies/import", doc).body["message"])
        self.assertEqual(self.get(f"/galaxy_clusters/view/{c['uuid']}").body["GalaxyCluster"]["value"], "renamed")
        self.assert_refused_save(self.post("/galaxies/import", [{"GalaxyCluster": {"uuid": str(uuid.uuid4()), "value": "x", "type": "no-such"}}]))
        self.assert_status(self.post("/galaxies/import", "[{"), 400)

    def test_push(self):
        g = self.make()
        role = self.post("/admin/roles/add", {"name": f"peer {self.token}", "permission": 3, "perm_sync": True, "perm_galaxy_editor": True, "perm_auth": True, "perm_add": True}).body["Role"]
        org, far = self.add_org(), {"uuid": str(uuid.uuid4()), "name": f"far {self.token}"}
        key = self.post("/admin/users/add", {"email": f"p{self.token}@user.test", "org_id": org["id"], "role_id": role["id"], "password": "Correct-horse-battery-9",
                                             "change_pw": False}).body["User"]["authkey"]
        c = {"uuid": str(uuid.uuid4()), "value": "pushed", "version": "5", "published": True, "distribution": "1", "Orgc": far, "authors": ["x"],
             "Galaxy": {"uuid": g["uuid"], "type": g["type"]}, "GalaxyElement": [{"key": "k", "value": "v"}]}
        self.assert_saved(self.post("/galaxies/pushCluster", [{"GalaxyCluster": c}], key=key), "Galaxy clusters imported. 1 imported, 0 ignored, 0 failed.")
        got = self.get(f"/galaxy_clusters/view/{c['uuid']}").body["GalaxyCluster"]
        self.assertEqual((got["value"], got["version"], got["published"], got["locked"], got["Orgc"]["uuid"], got["Org"]["id"], got["galaxy_id"]),
                         ("pushed", "5", True, True, far["uuid"], org["id"], g["id"]))
        self.post("/galaxies/pushCluster", [{"GalaxyCluster": {**c, "version": "6", "value": "newer"}}], key=key)
        self.assertEqual(self.get(f"/galaxy_clusters/view/{c['uuid']}").body["GalaxyCluster"]["value"], "newer")
        # one made here is not changed from elsewhere
        mine = self.cluster(g, f"mine {self.token}")
        self.assert_refused_save(self.post("/galaxies/pushCluster", [{"GalaxyCluster": {**c, "uuid": mine["uuid"], "version": "99999999999"}}], key=key))
        self.assertEqual(self.get(f"/galaxy_clusters/view/{mine['uuid']}").body["GalaxyCluster"]["value"], mine["value"])
        self.assert_error(self.post("/galaxies/pushCluster", [{"GalaxyCluster": c}], key=self.add_user("User")), 403, DENIED)

    def test_matrix(self):
        g = self.make()
        one, two, far = (self.cluster(g, f"{v} {self.token}", kill_chain=[f"chain:{col}"], external_id=[v]) for v, col in (("T1", "one"), ("T2", "two"), ("T3", "two")))
        e = self.new_event(Attribute=[{"type": "text", "value": f"x{i}"} for i in range(3)])
        attach = lambda c, id_, type_: self.assert_status(self.post(f"/galaxies/attachCluster/{id_}/{type_}/local:0", {"Galaxy": {"target_id": c["id"]}}), 200)
        attach(one, e["id"], "event")
        for a in e["Attribute"][:2]:
            attach(one, a["id"], "attribute")
        attach(far, e["Attribute"][0]["id"], "attribute")
        m = self.get(f"/events/viewGalaxyMatrix/{e['id']}/{g['id']}/event").body
        self.assertEqual((list(m["tabs"]), list(m["tabs"]["chain"]), m["killChain"], m["maxScore"]), (["chain"], ["one", "two"], self.CHAIN, 3))
        self.assertEqual([(c["external_id"], c["score"]) for c in m["tabs"]["chain"]["two"]], [("T3", 1), ("T2", 0)])
        self.assertEqual(m["scores"], {one["tag_name"]: 3, far["tag_name"]: 1})
        m = self.get(f"/events/viewGalaxyMatrix/{e['Attribute'][1]['id']}/{g['uuid']}/attribute").body
        self.assertEqual(m["scores"], {one["tag_name"]: 1})
        c = self.post("/tag_collections/add", {"name": f"m {self.token}"}).body["TagCollection"]
        attach(two, c["id"], "tag_collection")
        self.assertEqual(self.get(f"/events/viewGalaxyMatrix/{c['id']}/{g['id']}/tag_collection").body["scores"], {two["tag_name"]: 1})
        self.assertEqual([x["GalaxyCluster"][0]["value"] for x in self.get(f"/tag_collections/view/{c['id']}").body["Galaxy"]], [two["value"]])
        for id_, scope, values in ((e["id"], "event", [one["value"]]), (e["Attribute"][0]["id"], "attribute", sorted([one["value"], far["value"]])), (c["id"], "tag_collection", [two["value"]])):
            got = self.get(f"/galaxies/showGalaxies/{id_}/{scope}").body
            self.assertEqual(sorted(x["value"] for y in got for x in y["GalaxyCluster"]), values)
        tag = self.post("/tags/search", {"tagname": two["tag_name"]}).body[0]["Tag"]["id"]
        self.assert_saved(self.post(f"/galaxy_clusters/detach/{c['id']}/tag_collection/{tag}"), "Cluster detached.")
        self.assertEqual(self.get(f"/galaxies/showGalaxies/{c['id']}/tag_collection").body, [])
        self.assert_error(self.get(f"/events/viewGalaxyMatrix/{e['id']}/{self.make(kill_chain_order='')['id']}"), 405, "cannot be represented as a matrix")
        self.assert_error(self.get(f"/events/viewGalaxyMatrix/{e['id']}/{g['id']}/nonsense"), 404, "Invalid scope.")
        secret = self.new_event(key=self.add_user("User"), distribution="0")
        for path in (f"/events/viewGalaxyMatrix/{secret['id']}/{g['id']}", f"/galaxies/showGalaxies/{secret['id']}"):
            self.assert_error(self.get(path, key=self.add_user("User")), 404)

    def test_choosing(self):
        g = self.make(namespace=f"ns-{self.token}")
        c = self.cluster(g, f"pick {self.token}", synonyms=["also"])
        self.post(f"/galaxy_clusters/publish/{c['id']}")
        got = self.get("/galaxies/selectGalaxyNamespace/1/event").body
        self.assert_shape(got, CHOICE)
        self.assertIn(f"ns-{self.token}", [x["name"] for x in got])
        self.assertEqual([x["name"] for x in self.get(f"/galaxies/selectGalaxy/1/event/ns-{self.token}").body], ["All clusters", g["name"]])
        got = self.get(f"/galaxies/selectCluster/1/event/{g['id']}").body
        self.assertEqual([(x["name"], x["value"], x["additionalData"]["uuid"]) for x in got], [(f"{c['value']} (also)", c["id"], c["uuid"])])
        self.assertIn(c["id"], [x["value"] for x in self.get("/galaxies/selectCluster/1/event/0").body])


class Sightings(ApiTest):

    def seen(self, e, key):
        a = self.get(f"/events/view/{e['id']}", key=key).body["Event"]["Attribute"][0]
        ids = sorted(s["id"] for s in a.get("Sighting", []))
        self.assertEqual(ids, sorted(s["Sighting"]["id"] for s in self.post("/sightings/listSightings", {"id": e["id"], "context": "event"}, key=key).body))
        self.assertEqual(ids, sorted(s["Sighting"]["id"] for s in self.post("/sightings/restSearch/event", {"id": e["id"]}, key=key).body["response"]))
        return ids

    def test_policy(self):
        owner, one, two = (self.add_user("User") for _ in range(3))
        e = self.new_event(key=owner, distribution="3", Attribute=[{"type": "text", "value": f"s{self.token}"}])
        self.post(f"/events/publish/{e['id']}")
        ids = [self.post(f"/sightings/add/{e['Attribute'][0]['id']}", {}, key=k).body["Sighting"]["id"] for k in (one, ADMIN_KEY)]
        try:
            for policy, want in (("0", ([ids[0]], [], ids)), ("1", (ids, [], ids)), ("2", (ids, ids, ids)), ("3", (ids, [ids[1]], ids))):
                self.assert_status(self.post("/servers/serverSettingsEdit/Plugin.Sightings_policy", {"value": policy}), 200)
                with self.subTest(policy):
                    for key, sees in zip((one, two, owner), want):
                        self.assertEqual(self.seen(e, key), sorted(sees))
                        for i in ids:
                            self.assert_status(self.get(f"/sightings/view/{i}", key=key), 200 if i in sees else 404)
        finally:
            self.post("/servers/serverSettingsEdit/Plugin.Sightings_policy", {"value": "0"})

    def test_quick(self):
        e = self.new_event(Attribute=[{"type": "text", "value": f"q{self.token}"}])
        a = e["Attribute"][0]
        self.assertEqual(self.post(f"/sightings/quickAdd/{a['id']}").body, {"saved": True, "success": "Sighting added."})
        self.post(f"/sightings/add/{a['id']}", {"type": "1", "timestamp": "1600000000"})
        self.post(f"/sightings/add/{a['id']}", {"timestamp": "1600000000"})
        got = self.get(f"/sightings/advanced/{a['id']}/attribute").body
        self.assertEqual((got["sighting"]["count"], got["sighting"]["first"], got["false-positive"]["count"], got["expiration"]["count"]), (2, "1600000000", 1, 0))
        today = time.strftime("%Y-%m-%d", time.gmtime())
        for id_, context in ((a["id"], "attribute"), (e["id"], "event")):
            self.assertEqual(self.get(f"/sightings/viewSightings/{id_}/{context}").body, {"csv": f"Date,Close\n2020-09-13,1\n{today},1\n"})
        row = self.get(f"/sightings/index/{e['id']}").body[0]["Sighting"]
        self.assertEqual(self.get(f"/sightings/view/{row['uuid']}").body["Sighting"]["id"], row["id"])
        other = self.add_user("User")
        self.assert_status(self.post(f"/sightings/quickDelete/{row['id']}/1/attribute", key=other), 404)
        self.assertEqual(self.post(f"/sightings/quickDelete/{row['id']}/{a['id']}/attribute").body, {"saved": True, "success": "Sighting deleted."})
        row = self.get(f"/sightings/index/{e['id']}").body[0]["Sighting"]
        self.assert_status(self.delete(f"/sightings/quickDelete/{row['id']}"), 200)
        self.assert_error(self.get(f"/sightings/view/{row['id']}"), 404, "Invalid sighting.")
        for path in ("advanced", "viewSightings"):
            self.assert_error(self.get(f"/sightings/{path}/{a['id']}/nonsense"), 405)
        self.assert_error(self.post(f"/sightings/quickAdd/{a['id']}", key=self.add_user("Read Only")), 403, DENIED)

    def test_from_peers(self):
        key, far = self.add_user("Sync user"), {"uuid": str(uuid.uuid4()), "name": f"far {self.token}"}
        e = self.new_event(distribution="3", Attribute=[{"type": "text", "value": f"b{self.token}"}])
        a = e["Attribute"][0]
        u = [str(uuid.uuid4()) for _ in range(4)]
        docs = [{"attribute_uuid": a["uuid"], "uuid": u[0], "date_sighting": "1600000000", "source": "far", "type": "1", "org_id": "7", "Organisation": far},
                {"attribute_uuid": a["uuid"], "uuid": u[1], "date_sighting": "1600000001", "source": "", "type": "0", "org_id": "0"},
                {"attribute_uuid": str(uuid.uuid4()), "uuid": u[2]}, 17, {"attribute_id": a["id"], "uuid": u[3]}]
        self.assertEqual(self.post(f"/sightings/filterSightingUuidsForPush/{e['uuid']}", u, key=key).body, [])
        self.assertEqual(self.post(f"/sightings/bulkSaveSightings/{e['uuid']}", docs, key=key).body, {"saved": True, "success": "3 sightings added."})
        self.assertEqual(self.post(f"/sightings/bulkSaveSightings/{e['uuid']}", {"Sighting": docs}, key=key).body, {"saved": False, "success": "No sightings added."})
        self.assertEqual(self.post(f"/sightings/filterSightingUuidsForPush/{e['uuid']}", u, key=key).body, [u[0], u[1], u[3]])
        by = {s["uuid"]: s for s in self.view(e)["Attribute"][0]["Sighting"]}
        self.assertEqual((by[u[0]]["source"], by[u[0]]["type"], by[u[0]]["date_sighting"], by[u[0]]["Organisation"]["uuid"]), ("far", "1", "1600000000", far["uuid"]))
        self.assertEqual((by[u[1]]["org_id"], by[u[3]]["org_id"]), ("0", key.org["id"]))
        # who does not synchronise speaks for the own organisation
        plain = self.add_user("Publisher")
        v = str(uuid.uuid4())
        self.post(f"/sightings/bulkSaveSightings/{e['id']}", [{"attribute_uuid": a["uuid"], "uuid": v, "Organisation": far}], key=plain)
        self.assertEqual({s["uuid"]: s["org_id"] for s in self.view(e)["Attribute"][0]["Sighting"]}[v], plain.org["id"])
        secret = self.new_event(distribution="0", Attribute=[{"type": "text", "value": "x"}])
        for path in ("bulkSaveSightings", "filterSightingUuidsForPush"):
            self.assert_error(self.post(f"/sightings/{path}/{secret['uuid']}", [], key=key), 404)
            self.assert_status(self.post(f"/sightings/{path}/{e['uuid']}", "[{"), 400)
        self.assert_error(self.post(f"/sightings/bulkSaveSightings/{e['uuid']}", [], key=self.add_user("Read Only")), 403, DENIED)


if __name__ == "__main__":
    unittest.main()
