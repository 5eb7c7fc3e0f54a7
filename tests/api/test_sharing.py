"""Sharing groups: who may make, see, change and use them, how events carry them; blocklists and what they keep out."""

import unittest
import uuid

from harness import ADMIN_KEY, ApiTest

NAMED_ORG = {"id": "id", "name": "str", "uuid": "uuid"}
GROUP = {
    "id": "id", "name": "str", "releasability": "str", "description": "str", "uuid": "uuid", "organisation_uuid": "uuid",
    "org_id": "id", "sync_user_id": "id", "active": "bool", "created": "str", "modified": "str", "local": "bool",
    "roaming": "bool",
}
MEMBER = {"id": "id", "sharing_group_id": "id", "org_id": "id", "extend": "bool", "Organisation": NAMED_ORG}
SERVER = {"id": "id", "sharing_group_id": "id", "server_id": "id", "all_orgs": "bool"}
NAMED_SERVER = {"id": "id", "url": "str", "name": "str"}
SAVED = {"SharingGroup": GROUP, "SharingGroupOrg": [MEMBER], "SharingGroupServer": [SERVER], "Organisation": NAMED_ORG}
VIEWED = {
    "SharingGroup": {**GROUP, "sync_org_name?": "str", "sync_org?": NAMED_ORG},
    "Organisation": {
        "id": "id", "name": "str", "date_created": "str", "date_modified": "str", "description": "null/str", "type": "str",
        "nationality": "str", "sector": "str", "created_by": "id", "uuid": "uuid", "contacts": "null/str", "local": "bool",
        "restricted_to_domain": "any", "landingpage": "null/str",
    },
    "SharingGroupOrg": [{**MEMBER, "Organisation": {**NAMED_ORG, "local": "bool"}}],
    "SharingGroupServer": [{**SERVER, "Server": NAMED_SERVER}],
}
LISTED = {
    "SharingGroup": {"id": "id", "uuid": "uuid", "name": "str", "description": "str", "releasability": "str", "local": "bool",
                     "active": "bool", "roaming": "bool", "org_count": "id"},
    "Organisation": NAMED_ORG, "SharingGroupOrg": [MEMBER],
    "SharingGroupServer": [{"all_orgs": "bool", "server_id": "id", "sharing_group_id": "id", "Server": []}],
    "editable": "bool", "deletable": "bool",
}
IN_EVENT = {**GROUP, "Organisation": NAMED_ORG, "SharingGroupOrg": [MEMBER],
            "SharingGroupServer": [{**SERVER, "Server": NAMED_SERVER}]}
NO_VIEW = "Sharing group doesn't exist or you do not have permission to access it."
NO_EDIT = "Invalid sharing group or no editing rights."
NOT_ALLOWED = "Action not allowed."


class SharingTest(ApiTest):

    def new_group(self, *orgs, key=ADMIN_KEY, extend=(), **fields):
        """A group of these organisations (dicts); those in extend may extend it."""
        body = {"name": f"sg {self.token} {uuid.uuid4().hex[:6]}", "releasability": "us", **fields}
        if orgs:
            body["SharingGroupOrg"] = [{"extend": o in extend, "Organisation": {"uuid": o["uuid"], "name": o["name"]}}
                                       for o in orgs]
        a = self.post("/sharingGroups/add", body, key=key)
        self.assert_status(a, 200)
        return a.body["SharingGroup"]

    def members(self, group):
        return {o["org_id"]: o["extend"] for o in self.get(f"/sharing_groups/view/{group['id']}").body["SharingGroupOrg"]}

    def listed(self, key=ADMIN_KEY, path="/sharingGroups/index"):
        a = self.get(path, key=key)
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"response": [LISTED]})
        return {g["SharingGroup"]["id"]: g for g in a.body["response"]}

    def assert_refused(self, a, text):
        self.assert_status(a, 403)
        self.assertIs(a.body.get("saved"), False, a.body)
        errors = a.body["errors"]
        self.assertEqual(errors if isinstance(errors, str) else next(iter(errors.values()))[0], text)


class Groups(SharingTest):

    def test_life(self):
        a = self.post("/sharingGroups/add", {"name": f"sg {self.token}", "releasability": "Testing"})
        self.assert_status(a, 200)
        self.assert_shape(a.body, SAVED)
        g = a.body["SharingGroup"]
        self.assertEqual((g["name"], g["releasability"], g["description"], g["active"], g["local"], g["roaming"], g["org_id"]),
                         (f"sg {self.token}", "Testing", "", True, True, False, "1"))
        # this instance is in it, but not all who work here
        self.assertEqual([(s["server_id"], s["all_orgs"]) for s in a.body["SharingGroupServer"]], [("0", False)])
        for ref in (g["id"], g["uuid"], g["uuid"].upper()):
            with self.subTest(ref=ref):
                a = self.get(f"/sharing_groups/view/{ref}")
                self.assert_status(a, 200)
                self.assert_shape(a.body, VIEWED)
                self.assertEqual(a.body["SharingGroup"]["id"], g["id"])
                self.assert_status(self.head(f"/sharing_groups/view/{ref}"), 200)
        a = self.post(f"/sharing_groups/edit/{g['uuid']}", {"releasability": "other", "active": False})
        self.assert_status(a, 200)
        self.assert_shape(a.body, SAVED)
        self.assertEqual({k: v for k, v in a.body["SharingGroup"].items() if k != "modified"},
                         {k: v for k, v in {**g, "releasability": "other", "active": False}.items() if k != "modified"})
        # neither number nor owner nor uuid change with an edit; the answer of view may be sent back as it is
        view = self.get(f"/sharing_groups/view/{g['id']}").body
        view["SharingGroup"].update(id="9999", uuid=str(uuid.uuid4()), org_id="2", description="d")
        a = self.put(f"/sharing_groups/edit/{g['id']}", view)
        self.assert_status(a, 200)
        self.assertEqual([a.body["SharingGroup"][k] for k in ("id", "uuid", "org_id", "description")],
                         [g["id"], g["uuid"], "1", "d"])
        self.assert_saved(self.post(f"/sharingGroups/delete/{g['id']}"), "SharingGroup deleted")
        for ref in (g["id"], g["uuid"]):
            self.assert_error(self.get(f"/sharing_groups/view/{ref}"), 405, NO_VIEW)
            self.assert_status(self.head(f"/sharing_groups/view/{ref}"), 404)
        self.assert_error(self.post(f"/sharingGroups/delete/{g['id']}"), 405, NOT_ALLOWED)
        other = self.new_group()
        self.assert_status(self.delete(f"/sharing_groups/delete/{other['uuid']}"), 200)

    def test_rejected(self):
        g = self.new_group()
        for field, body in (("name", {}), ("name", {"name": "  "}), ("name", {"name": "x" * 256}), ("name", {"name": g["name"]}),
                            ("uuid", {"name": f"n {self.token}", "uuid": g["uuid"]}),
                            ("uuid", {"name": f"n {self.token}", "uuid": "none"}),
                            ("SharingGroupOrg", {"name": f"n {self.token}", "SharingGroupOrg": [{"org_id": "99999"}]}),
                            ("SharingGroupServer", {"name": f"n {self.token}", "SharingGroupServer": [{"server_id": "7"}]})):
            with self.subTest(body=body):
                a = self.post("/sharing_groups/add", body)
                self.assert_status(a, 403)
                self.assertEqual((a.body["saved"], a.body["name"], list(a.body["errors"])),
                                 (False, "Could not add SharingGroup", [field]))
        self.assertNotIn(f"n {self.token}", [v["SharingGroup"]["name"] for v in self.listed().values()])  # nothing half
        for body in ("", "{", "[]", "17"):
            with self.subTest(body=body):
                self.assert_error(self.post("/sharing_groups/add", body), 400)
        self.assert_error(self.post("/sharing_groups/edit/99999", {"name": "x"}), 405, NOT_ALLOWED)

    def test_members(self):
        g, one, two = self.new_group(), self.add_org(), self.add_org()
        a = self.post("/sharingGroups/addOrg", {"sg_id": g["id"], "org_id": one["id"], "extend": True})
        self.assert_saved(a, "Organisation added to the sharing group.")
        self.assert_saved(self.post("/sharingGroups/addOrg", {"sg_id": g["uuid"], "org_id": two["uuid"]}),
                          "Organisation added to the sharing group.")
        self.assertEqual(self.members(g), {one["id"]: True, two["id"]: False})
        self.assert_refused(self.post("/sharingGroups/addOrg", {"sg_id": g["id"], "org_name": one["name"]}),
                            "Organisation is already in the sharing group.")
        self.assert_saved(self.post(f"/sharingGroups/removeOrg/{g['id']}/{one['id']}"),
                          "Organisation removed from the sharing group.")
        self.assertEqual(self.members(g), {two["id"]: False})
        self.assert_refused(self.post("/sharingGroups/removeOrg", {"sg_id": g["id"], "org_id": one["id"]}),
                            "Organisation is not in the sharing group.")
        # members sent with an edit are added or changed, none is lost
        self.post(f"/sharing_groups/edit/{g['id']}", {"SharingGroupOrg": [{"org_id": one["id"], "extend": "0"},
                                                                          {"uuid": two["uuid"], "extend": 1}]})
        self.assertEqual(self.members(g), {one["id"]: False, two["id"]: True})
        for call in ("addOrg", "removeOrg"):
            for body, text in (({"sg_id": g["id"], "org_id": "99999"}, "Invalid organisation."),
                               ({"sg_id": g["id"]}, "Invalid organisation."),
                               ({"org_id": one["id"]}, "No valid sharing group ID provided."),
                               ({"sg_id": "99999", "org_id": one["id"]}, NO_EDIT)):
                with self.subTest(call=call, body=body):
                    self.assert_error(self.post(f"/sharing_groups/{call}", body), 405, text)

    def test_servers(self):
        g = self.new_group(roaming=True)
        self.assertEqual(self.get(f"/sharing_groups/view/{g['id']}").body["SharingGroupServer"], [])
        body = {"sg_id": g["id"], "server_id": 0, "all_orgs": True}
        self.assert_saved(self.post("/sharing_groups/addServer", body), "Server added to the sharing group.")
        servers = self.get(f"/sharing_groups/view/{g['id']}").body["SharingGroupServer"]
        self.assertEqual([(s["server_id"], s["all_orgs"], s["Server"]["name"]) for s in servers], [("0", True, "Local instance")])
        self.assert_refused(self.post("/sharing_groups/addServer", body), "Server is already in the sharing group.")
        self.assert_saved(self.post("/sharing_groups/removeServer", body), "Server removed from the sharing group.")
        self.assert_refused(self.post("/sharing_groups/removeServer", body), "Server is not in the sharing group.")
        for call in ("addServer", "removeServer"):
            self.assert_error(self.post(f"/sharing_groups/{call}", {**body, "server_id": 7}), 405, "Invalid Server.")

    def test_list(self):
        org = self.add_org()
        mine, idle, other = self.new_group(org), self.new_group(org, active=False), self.new_group()
        got = self.listed()
        self.assertTrue({mine["id"], other["id"]} <= set(got))
        self.assertNotIn(idle["id"], got)
        self.assertEqual((got[mine["id"]]["SharingGroup"]["org_count"], got[mine["id"]]["editable"]), ("1", True))
        for path in ("/sharingGroups/index/passive:1", "/sharing_groups/index/true"):
            self.assertIn(idle["id"], self.listed(path=path))
            self.assertNotIn(mine["id"], self.listed(path=path))
        self.assertEqual(list(self.listed(path=f"/sharing_groups/index/value:{mine['uuid']}")), [mine["id"]])
        self.assertEqual(list(self.listed(path=f"/sharing_groups/index/searchorg:{org['id']}")), [mine["id"]])
        self.assertNotIn(mine["id"], self.listed(path=f"/sharing_groups/index/searchorg:!{org['uuid']}"))
        self.assertEqual(list(self.listed(path="/sharing_groups/index/limit:1/page:2")), list(got)[1:2])
        a = self.get("/sharing_groups")
        self.assertEqual((list(got.values()), a.headers["X-Result-Count"]), (a.body["response"], str(len(got))))
        for path in ("/sharing_groups", "/sharing_groups/index"):
            self.assertEqual(self.post(path, {"searchorg": org["id"]}).body["response"], [got[mine["id"]]])

    def test_who_may_what(self):
        owner = self.add_user("Sync user")
        extends, member, stranger = (self.add_user("Sync user") for _ in range(3))
        reader = self.add_user("User", org=member.org)
        g = self.new_group(owner.org, extends.org, member.org, key=owner, extend=(owner.org, extends.org))
        # key: sees, edits, deletes
        for name, key, sees, edits, deletes in (("owner", owner, 1, 1, 1), ("extends", extends, 1, 1, 0),
                                                ("member", member, 1, 0, 0), ("reader", reader, 1, 0, 0),
                                                ("stranger", stranger, 0, 0, 0), ("admin", ADMIN_KEY, 1, 1, 1)):
            with self.subTest(who=name):
                self.assert_status(self.head(f"/sharing_groups/view/{g['id']}", key=key), 200 if sees else 404)
                for ref in (g["id"], g["uuid"]):
                    a = self.get(f"/sharing_groups/view/{ref}", key=key)
                    if sees:
                        self.assert_status(a, 200)
                    else:
                        self.assert_error(a, 405, NO_VIEW)
                row = self.listed(key=key).get(g["id"])
                self.assertEqual(row is not None, bool(sees))
                if row:
                    self.assertEqual((row["editable"], row["deletable"]), (bool(edits), bool(deletes)))
                org, may = self.add_org(), key is ADMIN_KEY or key is not reader
                a = self.post(f"/sharing_groups/edit/{g['id']}", {"description": name}, key=key)
                self.assertEqual(a.status, 200 if edits else 405 if may else 403)
                a = self.post("/sharing_groups/addOrg", {"sg_id": g["id"], "org_id": org["id"]}, key=key)
                self.assertEqual(a.status, 200 if edits else 405 if may else 403)
                self.assertEqual(org["id"] in self.members(g), bool(edits))
                a = self.post("/sharing_groups/removeOrg", {"sg_id": g["id"], "org_id": member.org["id"]}, key=key)
                self.assertEqual(a.status, 200 if edits else 405 if may else 403)
                if edits:
                    self.post("/sharing_groups/addOrg", {"sg_id": g["id"], "org_id": member.org["id"]})
                if not deletes:
                    self.assertEqual(self.post(f"/sharing_groups/delete/{g['id']}", key=key).status, 405 if may else 403)
        self.assert_saved(self.post(f"/sharing_groups/delete/{g['id']}", key=owner), "SharingGroup deleted")

    def test_creator_is_in_it(self):
        key, org = self.add_user("Sync user"), self.add_org()
        g = self.new_group(key=key)
        self.assertEqual((g["org_id"], self.members(g)), (key.org["id"], {key.org["id"]: True}))
        for members in ([org], [org, key.org]):  # not in it, or without extend
            body = {"name": f"sg {self.token}", "SharingGroupOrg": [{"org_id": o["id"], "extend": o is org} for o in members]}
            self.assert_refused(self.post("/sharing_groups/add", body, key=key), "Could not save sharing group.")
        # who is no site admin brings in no organisation that is not known
        body = {"name": f"sg {self.token}", "SharingGroupOrg": [
            {"org_id": key.org["id"], "extend": True}, {"Organisation": {"uuid": str(uuid.uuid4()), "name": f"new {self.token}"}}]}
        self.assert_refused(self.post("/sharing_groups/add", body, key=key), "Invalid organisation.")
        self.assertEqual(self.get(f"/organisations/index/scope:all/searchall:new+{self.token}").body, [])
        self.assert_status(self.post("/sharing_groups/add", body), 200)
        self.assertEqual(len(self.get(f"/organisations/index/scope:all/searchall:new+{self.token}").body), 1)


class Use(SharingTest):

    def sees(self, key, event):
        return self.get(f"/events/view/{event['id']}", key=key).status == 200

    def values(self, key, event):
        return sorted(a["value"] for a in self.view(event, key=key)["Attribute"])

    def test_event(self):
        author, member, stranger = self.add_user("Publisher"), self.add_user("User"), self.add_user("User")
        g = self.new_group(author.org, member.org)
        e = self.new_event(key=author, distribution="4", sharing_group_id=g["id"], published=True)
        self.assert_shape(e["SharingGroup"], IN_EVENT)
        self.assertEqual((e["sharing_group_id"], e["SharingGroup"]["uuid"]), (g["id"], g["uuid"]))
        for key, want in ((author, True), (member, True), (stranger, False), (ADMIN_KEY, True)):
            self.assertEqual(self.sees(key, e), want)
        # membership counts from now on, in both directions
        self.post("/sharing_groups/removeOrg", {"sg_id": g["id"], "org_id": member.org["id"]})
        self.assertFalse(self.sees(member, e))
        self.post("/sharing_groups/addOrg", {"sg_id": g["id"], "org_id": stranger.org["id"]})
        self.assertTrue(self.sees(stranger, e))
        self.assertEqual(self.view(e, key=stranger)["SharingGroup"]["name"], g["name"])
        # all who work here
        self.post("/sharing_groups/removeOrg", {"sg_id": g["id"], "org_id": stranger.org["id"]})
        self.assertFalse(self.sees(stranger, e))
        self.post("/sharing_groups/removeServer", {"sg_id": g["id"], "server_id": 0})
        self.post("/sharing_groups/addServer", {"sg_id": g["id"], "server_id": 0, "all_orgs": True})
        self.assertTrue(self.sees(stranger, e))
        self.assertIn(g["id"], self.listed(key=stranger))
        # below 4 the group is gone
        a = self.post(f"/events/edit/{e['id']}", {"distribution": "1"}, key=author)
        self.assertNotIn("SharingGroup", a.body["Event"])
        self.assertEqual(a.body["Event"]["sharing_group_id"], "0")

    def test_elements(self):
        member, stranger = self.add_user("User"), self.add_user("User")
        g = self.new_group(member.org)
        four = {"distribution": "4", "sharing_group_id": g["id"]}
        e = self.new_event(distribution="1", published=True, Attribute=[
            {"type": "text", "value": "all"}, {"type": "text", "value": "few", **four}], Object=[
            {"name": "file", "meta-category": "file", **four, "Attribute": [
                {"type": "filename", "object_relation": "filename", "value": "a.exe", **four}]}])
        few = next(a for a in e["Attribute"] if a["value"] == "few")
        for thing in (few, e["Object"][0], e["Object"][0]["Attribute"][0]):
            self.assert_shape(thing["SharingGroup"], IN_EVENT)
        self.assertNotIn("SharingGroup", next(a for a in e["Attribute"] if a["value"] == "all"))
        self.assertNotIn("SharingGroup", e)
        self.assertEqual((self.values(member, e), self.values(stranger, e)), (["all", "few"], ["all"]))
        self.assertEqual((len(self.view(e, key=member)["Object"]), self.view(e, key=stranger)["Object"]), (1, []))
        found = self.post("/attributes/restSearch", {"value": "few", "eventid": e["id"]}, key=stranger).body
        self.assertEqual(found["response"]["Attribute"], [])
        a = self.post("/attributes/restSearch", {"eventid": e["id"], "value": "few"}, key=member).body
        self.assertEqual(len(a["response"]["Attribute"]), 1)

    def test_not_for_everybody(self):
        # a group that is not there, or that one is no member of, is not to be used: on every way in
        key = self.add_user("Publisher")
        g = self.new_group(self.add_org())
        mine = self.new_event(key=key, Attribute=[{"type": "text", "value": "x"}])
        thing = self.new_object(mine, [("filename", "filename", "a.exe")], key=key)
        text = "Invalid sharing group or you are not a member of it."
        for who, number in ((key, g["id"]), (key, "99999"), (key, "0"), (ADMIN_KEY, "99999")):
            four = {"distribution": "4", "sharing_group_id": number}
            for path, body in (("/events/add", {"info": "x", **four}), (f"/events/edit/{mine['id']}", four),
                               (f"/attributes/add/{mine['id']}", {"type": "text", "value": "y", **four}),
                               (f"/attributes/edit/{mine['Attribute'][0]['id']}", four),
                               (f"/objects/add/{mine['id']}", {"name": "file", **four, "Attribute": []}),
                               (f"/objects/edit/{thing['id']}", four)):
                with self.subTest(path=path, number=number):
                    a = self.post(path, body, key=who)
                    self.assert_status(a, 403)
                    self.assertIn(text, str(a.body["errors"]))
        now = self.view(mine, key=key)
        self.assertEqual((now["distribution"], now["sharing_group_id"], now["Attribute"][0]["distribution"]), ("1", "0", "5"))

    def test_in_use(self):
        g = self.new_group()
        four = {"distribution": "4", "sharing_group_id": g["id"]}
        users = [self.new_event(**four), self.new_event(Attribute=[{"type": "text", "value": "x", **four}]),
                 self.new_event(Object=[{"name": "file", "Attribute": [], **four}]),
                 self.new_event(EventReport=[{"name": "r", "content": "c", **four}])]
        for event, what in zip(users, ("an event", "an attribute", "an object", "an event report")):
            with self.subTest(what=what):
                a = self.post(f"/sharing_groups/delete/{g['id']}")
                self.assert_status(a, 403)
                self.assertIs(a.body["saved"], False)
                self.assertIn("could not be deleted", a.body["errors"])
                self.assert_status(self.get(f"/sharing_groups/view/{g['id']}"), 200)
                self.assert_status(self.post(f"/events/delete/{event['id']}"), 200)
        self.assert_saved(self.post(f"/sharing_groups/delete/{g['id']}"), "SharingGroup deleted")


class Capture(SharingTest):

    def sent(self, *orgs, extend=(), **more):
        return {"uuid": str(uuid.uuid4()), "name": f"cap {self.token} {uuid.uuid4().hex[:6]}", "releasability": "r", "description": "d",
                "roaming": True, "created": "2020-01-02 03:04:05", "modified": "2020-01-02 03:04:05", "active": True,
                "Organisation": {"uuid": str(uuid.uuid4()), "name": f"owner {uuid.uuid4().hex[:8]}"},
                "SharingGroupOrg": [{"extend": o in extend, "Organisation": {"uuid": o["uuid"], "name": o["name"]}} for o in orgs],
                "SharingGroupServer": [{"server_id": "0", "all_orgs": True}], **more}

    def group(self, uuid_):
        return self.get(f"/sharing_groups/view/{uuid_}").body

    def test_new(self):
        key, far = self.add_user("Sync user"), {"uuid": str(uuid.uuid4()), "name": f"far {self.token}"}
        sg = self.sent(key.org, far)
        e = self.new_event(key=key, distribution="4", sharing_group_id="4711", SharingGroup=sg)
        self.assertEqual(e["SharingGroup"]["uuid"], sg["uuid"])
        got = self.group(sg["uuid"])
        g = got["SharingGroup"]
        self.assertEqual([g[k] for k in ("name", "releasability", "description", "roaming", "local", "created", "modified")],
                         [sg["name"], "r", "d", True, False, sg["created"], sg["modified"]])
        self.assertEqual((e["sharing_group_id"], got["Organisation"]["uuid"]), (g["id"], sg["Organisation"]["uuid"]))
        self.assertEqual({o["Organisation"]["uuid"] for o in got["SharingGroupOrg"]}, {key.org["uuid"], far["uuid"]})
        # all organisations of where it comes from are not all of ours
        self.assertEqual(got["SharingGroupServer"], [])
        self.assert_status(self.get(f"/events/view/{e['id']}", key=self.add_user("User")), 404)

    def test_elements(self):
        key = self.add_user("Sync user")
        one, two = self.sent(key.org), self.sent(key.org)
        e = self.new_event(key=key, Attribute=[
            {"type": "text", "value": "a", "distribution": "4", "SharingGroup": one},
            {"type": "text", "value": "b", "distribution": "4", "SharingGroup": one}],
            Object=[{"name": "file", "distribution": "4", "SharingGroup": two, "Attribute": []}])
        self.assertEqual([a["SharingGroup"]["uuid"] for a in e["Attribute"]], [one["uuid"]] * 2)
        self.assertEqual(e["Object"][0]["SharingGroup"]["uuid"], two["uuid"])

    def test_refused(self):
        sync, plain = self.add_user("Sync user"), self.add_user("User")
        for name, key, sg in (("not a member", sync, self.sent(plain.org)), ("may not manage groups", plain, self.sent(plain.org)),
                              ("nobody in it", sync, self.sent())):
            with self.subTest(name):
                a = self.post("/events/add", {"info": "x", "distribution": "4", "SharingGroup": sg}, key=key)
                self.assert_refused(a, "Invalid sharing group or you are not a member of it.")
                self.assert_error(self.get(f"/sharing_groups/view/{sg['uuid']}"), 405, NO_VIEW)
                # the element is left out, the rest stays
                a = self.post("/events/add", {"info": "x", "Attribute": [{"type": "text", "value": "kept"}, {
                    "type": "text", "value": "lost", "distribution": "4", "SharingGroup": sg}]}, key=key)
                self.assertEqual([x["value"] for x in a.body["Event"]["Attribute"]], ["kept"])

    def test_known(self):
        sync = self.add_user("Sync user")
        sg = self.sent(sync.org)
        self.new_event(key=sync, distribution="4", SharingGroup=sg)
        late = self.add_org()
        newer = {**sg, "name": f"newer {self.token}", "modified": "2021-01-01 00:00:00",
                 "SharingGroupOrg": sg["SharingGroupOrg"] + [{"extend": False, "Organisation": {"uuid": late["uuid"], "name": late["name"]}}]}
        older = {**newer, "name": f"older {self.token}", "modified": "2019-01-01 00:00:00"}
        for body, name in ((older, sg["name"]), (newer, newer["name"]), (older, newer["name"])):
            self.new_event(key=sync, distribution="4", SharingGroup=body)
            self.assertEqual(self.group(sg["uuid"])["SharingGroup"]["name"], name)
        self.assertIn(late["id"], self.members(self.group(sg["uuid"])["SharingGroup"]))
        # one that was made here is not changed from elsewhere
        local = self.new_group(sync.org)
        self.new_event(key=sync, distribution="4", SharingGroup={**sg, "uuid": local["uuid"], "name": "hijack", "modified": "2099-01-01 00:00:00"})
        self.assertEqual(self.group(local["uuid"])["SharingGroup"]["name"], local["name"])


class Blocklists(SharingTest):
    """name, members of a row; the uuid's name is the first"""

    LISTS = {
        "event": ("EventBlocklist", "event_uuid", {"event_info": "i", "event_orgc": "o", "comment": "c"}),
        "org": ("OrgBlocklist", "org_uuid", {"org_name": "n", "comment": "c"}),
        "sighting": ("SightingBlocklist", "org_uuid", {"org_name": "n", "comment": "c"}),
    }

    def rows(self, name, path="index"):
        model, member, fields = self.LISTS[name]
        a = self.get(f"/{name}Blocklists/{path}")
        self.assert_status(a, 200)
        self.assert_shape(a.body, [{"id": "id", member: "uuid", "created": "str", **{k: "str" for k in fields}}])
        return {r[member]: r for r in a.body}

    def block(self, name, *uuids, **fields):
        a = self.post(f"/{name}Blocklists/add", {"uuids": list(uuids), **fields})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"result": {"successes": ["uuid"], "fails": ["str"]}, "message": "str"})
        return a.body["result"]

    def test_life(self):
        for name, (model, member, fields) in self.LISTS.items():
            with self.subTest(list=name):
                one, two, three = (str(uuid.uuid4()) for _ in range(3))
                self.assertEqual(self.block(name, one, two, "nonsense", **fields), {"successes": [one, two], "fails": ["nonsense"]})
                self.assertEqual(self.block(name, one, comment="again"), {"successes": [], "fails": [one]})
                a = self.post(f"/{name}_blocklists/add", {model: {"uuids": f"{three}\n"}})
                self.assertEqual(a.body["message"],
                                 "Done. Added 1 new entries to the blocklist. 0 entries could not be saved.")
                row = self.rows(name)[one]
                self.assertEqual({k: row[k] for k in fields}, fields)
                self.assertEqual(list(self.rows(name, f"index/searchall:{two}")), [two])
                # by the uuid that is blocked, or by number
                for ref, text in ((one, "x"), (row["id"], "y")):
                    a = self.post(f"/{name}Blocklists/edit/{ref}", {"comment": text, member: three})
                    self.assert_status(a, 200)
                    self.assertEqual(a.body, {model: {**row, "comment": text}})
                self.assert_status(self.put(f"/{name}_blocklists/edit/{one}", {model: {"comment": "z"}}), 200)
                self.assert_saved(self.post(f"/{name}Blocklists/delete/{one}"))
                self.assert_status(self.delete(f"/{name}_blocklists/delete/{self.rows(name)[two]['id']}"), 200)
                left = self.rows(name)
                self.assertTrue(three in left and one not in left and two not in left)
                self.assert_error(self.post(f"/{name}Blocklists/edit/{one}", {"comment": "x"}), 404, "Blocklist item not found.")
                self.assert_error(self.post(f"/{name}Blocklists/delete/{one}"), 404, "Invalid blocklist entry")
                for body in ({}, {"uuids": []}, {"uuids": ""}):
                    self.assert_status(self.post(f"/{name}Blocklists/add", body), 403)
                for call in (self.get, self.post):
                    for path in ("", "/index"):
                        self.assertEqual(call(f"/{name}_blocklists{path}").body, list(left.values()))

    def test_site_admins_only(self):
        key = self.add_user("Org Admin")
        for name in self.LISTS:
            for path, body in (("index", None), ("add", {"uuids": [str(uuid.uuid4())]}), ("edit/1", {}), ("delete/1", {})):
                a = self.get(f"/{name}Blocklists/{path}", key=key) if body is None else self.post(f"/{name}Blocklists/{path}", body, key=key)
                self.assert_error(a, 403, "You do not have permission to use this functionality.")

    def test_event(self):
        u = str(uuid.uuid4())
        self.block("event", u)
        for key in (ADMIN_KEY, self.add_user("User"), self.add_user("Sync user")):
            a = self.post("/events/add", {"info": "x", "uuid": u}, key=key)
            self.assert_error(a, 403, "Event blocked by event blocklist.")
            self.assertNotIn("saved", a.body)
            self.assert_error(self.post("/events/add", {"uuid": u}, key=key), 403, "Event blocked by event blocklist.")  # before other faults
        self.assert_status(self.post(f"/eventBlocklists/delete/{u}"), 200)
        # one that is here already may be changed
        e = self.new_event(uuid=u)
        self.block("event", u)
        self.assert_status(self.post(f"/events/edit/{u}", {"info": "y"}), 200)
        self.assertEqual(self.view(e)["info"], "y")

    def test_deleted_event(self):
        key = self.add_user("User")
        e = self.new_event(key=key)
        self.assert_status(self.post(f"/events/delete/{e['id']}", key=key), 200)
        row = self.rows("event")[e["uuid"]]
        self.assertEqual((row["event_info"], row["event_orgc"], row["comment"]),
                         (e["info"], key.org["name"], "Automatically blocked by deleting event"))
        self.assert_error(self.post("/events/add", {"info": "x", "uuid": e["uuid"]}, key=key), 403,
                          "Event blocked by event blocklist.")
        self.assert_status(self.post(f"/eventBlocklists/delete/{e['uuid']}"), 200)
        self.new_event(key=key, uuid=e["uuid"])

    def test_organisation(self):
        key, sync, far = self.add_user("User"), self.add_user("Sync user"), {"uuid": str(uuid.uuid4()), "name": f"far {self.token}"}
        text = "Event blocked by organisation blocklist."
        self.block("org", key.org["uuid"], far["uuid"])
        # its own events, and those that a peer brings of one that is not known here: nothing of it stays
        self.assert_error(self.post("/events/add", {"info": "x"}, key=key), 403, text)
        self.assert_error(self.post("/events/add", {"info": ""}, key=key), 403, text)
        self.assert_error(self.post("/events/add", {"info": "x", "Orgc": far}, key=sync), 403, text)
        self.assertEqual(self.get(f"/organisations/index/scope:all/searchall:far+{self.token}").body, [])
        self.new_event(key=sync, Orgc={"uuid": str(uuid.uuid4()), "name": f"near {self.token}"})
        self.assert_status(self.post(f"/orgBlocklists/delete/{key.org['uuid']}"), 200)
        self.new_event(key=key)

    def test_sighting(self):
        bad, good = str(uuid.uuid4()), str(uuid.uuid4())
        self.block("sighting", bad)
        seen = [{"type": "0", "date_sighting": "1600000000", "source": source, "Organisation": {"uuid": u, "name": "o"}}
                for u, source in ((bad, "bad"), (good, "good"))]
        e = self.new_event(Attribute=[{"type": "text", "value": "s", "Sighting": seen}])
        self.assertEqual([s["source"] for s in e["Attribute"][0]["Sighting"]], ["good"])


if __name__ == "__main__":
    unittest.main()
