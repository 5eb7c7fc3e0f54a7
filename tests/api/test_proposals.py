"""Proposals (shadow attributes): who may propose what, where they show, and what becomes of the event when one is accepted."""

import unittest
import uuid

from harness import ADMIN_KEY, ApiTest

COMMON = {"id": "id", "old_id": "id", "event_id": "id", "type": "str", "category": "str", "uuid": "uuid", "to_ids": "bool",
          "comment": "str", "first_seen": "null/str", "last_seen": "null/str", "value": "str"}
SAVED = {**COMMON, "event_org_id": "id", "email": "str", "deleted": "bool", "timestamp": "time"}
VIEWED = {**COMMON, "org_id": "id"}
LISTED = {**VIEWED, "timestamp": "time", "deleted": "bool", "proposal_to_delete": "bool", "disable_correlation": "bool",
          "org_uuid": "uuid", "event_uuid": "uuid", "Org": {"id": "id", "name": "str", "uuid": "uuid"}, "old_uuid?": "uuid"}
INSIDE = {**VIEWED, "event_uuid": "uuid", "proposal_to_delete": "bool", "timestamp": "time",
          "Org": {"id": "id", "name": "str", "uuid": "uuid", "local": "bool"}}
NO_ACCEPT = "Proposal not found or you are not authorised to accept it."
NO_DISCARD = "Could not discard proposal."


class ProposalTest(ApiTest):

    def setUp(self):
        super().setUp()
        self.owner, self.other = self.add_user("Publisher"), self.add_user("User")
        self.event = self.new_event(key=self.owner, distribution="1", published=True, Attribute=[
            {"type": "ip-dst", "value": "192.0.2.1", "comment": "c", "to_ids": True}])
        self.attr = self.event["Attribute"][0]

    def propose(self, call, ref, body=None, key=None):
        a = self.post(f"/shadowAttributes/{call}/{ref}", body, key=key or self.other)
        self.assert_status(a, 200)
        if call == "delete":
            self.assertEqual(a.body, {"saved": True, "success": "The proposal to delete the attribute has been saved"})
            return None
        self.assert_shape(a.body, {"ShadowAttribute": SAVED})
        return a.body["ShadowAttribute"]

    def listed(self, key=None, path=""):
        a = self.get(f"/shadowAttributes/index/{self.event['id']}{path}", key=key or self.owner)
        self.assert_status(a, 200)
        self.assert_shape(a.body, [{"ShadowAttribute": LISTED}])
        return [p["ShadowAttribute"] for p in a.body]

    def accept(self, p, key=None):
        return self.post(f"/shadowAttributes/accept/{p['id']}", key=key or self.owner)

    def attribute(self):
        return self.get(f"/attributes/view/{self.attr['id']}").body["Attribute"]


class Proposals(ProposalTest):

    def test_steered_here(self):
        # exactly this text makes a client propose instead
        for path, body in ((f"/attributes/add/{self.event['id']}", {"type": "ip-dst", "value": "192.0.2.9"}),
                           (f"/attributes/edit/{self.attr['id']}", {"comment": "x"}), (f"/attributes/delete/{self.attr['id']}", {})):
            self.assert_error(self.post(path, body, key=self.other), 403, "You do not have permission to do that.")

    def test_new(self):
        u = str(uuid.uuid4())
        p = self.propose("add", self.event["id"], {"type": "ip-dst", "value": " 192[.]0[.]2[.]5 ", "uuid": u, "comment": "new"})
        self.assertEqual([p[k] for k in ("value", "uuid", "old_id", "category", "to_ids", "comment", "email", "deleted", "event_org_id")],
                         ["192.0.2.5", u, "0", "Network activity", True, "new", self.other.user["email"], False, self.owner.org["id"]])
        a = self.get(f"/shadowAttributes/view/{p['id']}", key=self.other)
        self.assert_shape(a.body, {"ShadowAttribute": VIEWED})
        self.assertEqual(self.get(f"/shadow_attributes/view/{u}").body, a.body)
        before = self.view(self.event)
        self.assertEqual([x["id"] for x in before["ShadowAttribute"]], [p["id"]])
        self.assert_shape(before["ShadowAttribute"][0], INSIDE)
        self.assertEqual((len(before["Attribute"]), before["Attribute"][0]["ShadowAttribute"], before["published"]), (1, [], True))
        self.assertEqual(before["timestamp"], self.event["timestamp"])
        a = self.accept(p)
        self.assert_status(a, 200)
        self.assertEqual((a.body["name"], a.body["message"]), ("Proposed change accepted.",) * 2)
        after = self.view(self.event)
        self.assertEqual((after["ShadowAttribute"], after["published"], after["attribute_count"]), ([], False, "2"))
        got = next(x for x in after["Attribute"] if x["uuid"] == u)
        self.assertEqual([got[k] for k in ("value", "comment", "distribution", "to_ids")], ["192.0.2.5", "new", "5", True])
        self.assert_error(self.accept(p), 405, NO_ACCEPT)  # once only
        self.assert_error(self.get(f"/shadowAttributes/view/{p['id']}"), 404, "Invalid proposal.")

    def test_change(self):
        p = self.propose("edit", self.attr["id"], {"to_ids": False, "comment": "less"})
        self.assertEqual([p[k] for k in ("old_id", "uuid", "value", "to_ids", "comment")],
                         [self.attr["id"], self.attr["uuid"], "192.0.2.1", False, "less"])
        seen = self.view(self.event)
        self.assertEqual((seen["ShadowAttribute"], [x["id"] for x in seen["Attribute"][0]["ShadowAttribute"]]), ([], [p["id"]]))
        self.assert_shape(seen["Attribute"][0]["ShadowAttribute"], [INSIDE])
        self.assertEqual((self.attribute()["to_ids"], self.listed()[0]["old_uuid"]), (True, self.attr["uuid"]))
        self.assert_status(self.accept(p), 200)
        now = self.attribute()
        self.assertEqual((now["to_ids"], now["comment"], now["value"]), (False, "less", "192.0.2.1"))
        self.assertIs(self.view(self.event)["published"], False)

    def test_delete(self):
        self.propose("delete", self.attr["uuid"])
        p = self.listed()[0]
        self.assertEqual((p["proposal_to_delete"], p["old_id"]), (True, self.attr["id"]))
        self.assertEqual(len(self.view(self.event)["Attribute"]), 1)
        self.assert_status(self.accept(p), 200)
        self.assertEqual(self.view(self.event)["Attribute"], [])
        deleted = self.view(self.event, named="/deleted:1")["Attribute"]
        self.assertEqual([(a["id"], a["deleted"]) for a in deleted], [(self.attr["id"], True)])

    def test_object_attribute(self):
        thing = self.new_object(self.event, [("filename", "filename", "a.exe")], key=self.owner)
        p = self.propose("edit", thing["Attribute"][0]["id"], {"value": "b.exe", "type": "text"})
        self.assertEqual((p["type"], p["value"]), ("filename", "b.exe"))  # what an object holds keeps its type
        inside = self.view(self.event)["Object"][0]["Attribute"][0]
        self.assertEqual([x["value"] for x in inside["ShadowAttribute"]], ["b.exe"])
        self.assert_status(self.accept(p), 200)
        got = self.view(self.event)["Object"][0]["Attribute"][0]
        self.assertEqual((got["value"], got["object_relation"], got["ShadowAttribute"]), ("b.exe", "filename", []))

    def test_discard(self):
        for key, status in ((self.owner, 200), (ADMIN_KEY, 200), (self.other, 200), (self.add_user("User"), 405)):
            p = self.propose("edit", self.attr["id"], {"comment": self.token})
            a = self.post(f"/shadowAttributes/discard/{p['id']}", key=key)
            self.assert_status(a, status)
            if status == 200:
                self.assertEqual(a.body["message"], "Proposal discarded.")
                self.assert_error(self.post(f"/shadowAttributes/discard/{p['id']}", key=key), 405, NO_DISCARD)
            else:
                self.assertEqual(a.body["message"], NO_DISCARD)
                self.assertIn(p["id"], [x["id"] for x in self.view(self.event)["Attribute"][0]["ShadowAttribute"]])
        self.assertEqual(self.attribute()["comment"], "c")
        self.assertIs(self.view(self.event)["published"], True)

    def test_who_accepts(self):
        mate = self.add_user("User", org=self.other.org)
        p = self.propose("edit", self.attr["id"], {"comment": "x"})
        for key in (self.other, mate, self.add_user("Publisher")):
            self.assert_error(self.accept(p, key=key), 405, NO_ACCEPT)
        self.assertEqual(self.attribute()["comment"], "c")
        self.assert_status(self.accept(p, key=self.add_user("Org Admin", org=self.owner.org)), 200)
        reader = self.add_user("Read Only", org=self.owner.org)
        for call, ref in (("add", self.event["id"]), ("edit", self.attr["id"]), ("delete", self.attr["id"]), ("accept", p["id"]),
                          ("discard", p["id"])):
            a = self.post(f"/shadowAttributes/{call}/{ref}", {"type": "text", "value": "x"}, key=reader)
            self.assert_error(a, 403, "You do not have permission to use this functionality.")

    def test_seen_by(self):
        # what one may not see one can neither propose for nor read the proposals of
        stranger = self.add_user("User")
        hidden = self.new_event(key=self.owner, distribution="0", Attribute=[{"type": "text", "value": "x"}])
        open_ = self.new_event(key=self.owner, distribution="1", Attribute=[
            {"type": "text", "value": "y", "distribution": "0"}, {"type": "text", "value": "z"}])
        for path, body in ((f"add/{hidden['id']}", {"type": "text", "value": "p"}),
                           (f"edit/{hidden['Attribute'][0]['id']}", {"comment": "p"}), (f"delete/{hidden['Attribute'][0]['id']}", {}),
                           (f"edit/{open_['Attribute'][0]['id']}", {"comment": "p"}), (f"delete/{open_['Attribute'][0]['uuid']}", {})):
            with self.subTest(path=path):
                self.assert_error(self.post(f"/shadowAttributes/{path}", body, key=stranger), 404)
        mine = [self.propose("add", hidden["id"], {"type": "text", "value": f"h {self.token}"}, key=self.owner),
                self.propose("edit", open_["Attribute"][0]["id"], {"comment": f"o {self.token}"}, key=self.owner)]
        free = self.propose("edit", open_["Attribute"][1]["id"], {"comment": f"f {self.token}"}, key=self.owner)
        for key, want in ((stranger, [free]), (self.owner, [*mine, free]), (ADMIN_KEY, [*mine, free])):
            got = self.get(f"/shadowAttributes/index/searchall:{self.token}", key=key).body
            self.assertEqual([p["ShadowAttribute"]["id"] for p in got], [p["id"] for p in want])
        for p in mine:
            self.assert_error(self.get(f"/shadowAttributes/view/{p['id']}", key=stranger), 404, "Invalid proposal.")
            self.assert_error(self.post(f"/shadowAttributes/accept/{p['id']}", key=stranger), 405, NO_ACCEPT)
        self.assert_error(self.get(f"/shadowAttributes/index/{hidden['id']}", key=stranger), 404, "Invalid event")
        seen = self.view(open_, key=stranger)["Attribute"]
        self.assertEqual([[x["id"] for x in a["ShadowAttribute"]] for a in seen], [[free["id"]]])

    def test_list(self):
        one, two = (self.propose("add", self.event["id"], {"type": "text", "value": v}) for v in ("one", "two"))
        self.assert_status(self.accept(one), 200)
        for path, want in (("", [one, two]), ("/deleted[]:0", [two]), ("/deleted:1", [one]), ("/deleted[]:0/deleted[]:1", [one, two]),
                           ("/limit:1/page:2", [two]), ("/limit:5/page:2", []), ("/timestamp:4000000000", []),
                           ("/searchall:TWO", [two])):
            with self.subTest(path=path):
                self.assertEqual([p["id"] for p in self.listed(path=path)], [p["id"] for p in want])
        self.assertEqual(self.listed(path="/all:0"), self.listed())
        self.assertEqual(self.listed(key=self.other, path="/all:0"), [])
        for path in ("", "/index"):
            for call in (self.get, self.post):
                ids = [p["ShadowAttribute"]["id"] for p in call(f"/shadow_attributes{path}").body]
                self.assertTrue({one["id"], two["id"]} <= set(ids))
        self.assert_status(self.post(f"/events/delete/{self.event['id']}"), 200)  # goes with it
        self.assertFalse({one["id"], two["id"]} & {p["ShadowAttribute"]["id"] for p in self.get("/shadow_attributes").body})

    def test_rejected(self):
        for field, body in (("type", {"value": "x"}), ("type", {"type": "nonsense", "value": "x"}), ("value", {"type": "ip-dst", "value": "x"}),
                            ("uuid", {"type": "text", "value": "x", "uuid": self.attr["uuid"]})):
            with self.subTest(body=body):
                a = self.post(f"/shadowAttributes/add/{self.event['id']}", body, key=self.other)
                self.assert_status(a, 403)
                self.assertEqual((a.body["saved"], list(a.body["errors"])), (False, [field]))
        a = self.post(f"/shadowAttributes/edit/{self.attr['id']}", {"value": "x"}, key=self.other)
        self.assertEqual((a.status, list(a.body["errors"])), (403, ["value"]))
        self.assert_error(self.post(f"/shadowAttributes/edit/{self.attr['id']}", {"distribution": "0"}, key=self.other), 405, "Invalid input.")
        self.assertEqual(self.listed(), [])
        for ref in ("99999999", str(uuid.uuid4()), "x"):
            self.assert_error(self.accept({"id": ref}), 405, NO_ACCEPT)
            self.assert_error(self.post(f"/shadowAttributes/discard/{ref}"), 405, NO_DISCARD)

    def test_accept_similar(self):
        # one that would stand there twice stays open, and nothing of it is written
        p = self.propose("add", self.event["id"], {"type": "ip-dst", "value": "192.0.2.1"})
        a = self.accept(p)
        self.assertEqual((a.status, a.body["errors"]), (403, {"value": ["A similar attribute already exists for this event."]}))
        self.assertEqual([x["id"] for x in self.view(self.event)["ShadowAttribute"]], [p["id"]])
        self.assertIs(self.view(self.event)["published"], True)

    def test_forms(self):
        for body in ({"ShadowAttribute": {"type": "text", "value": "a"}}, {"Attribute": {"type": "text", "value": "a"}},
                     {"type": "text", "value": "a"}):
            self.assertEqual(self.propose("add", self.event["uuid"], body)["value"], "a")
        a = self.put(f"/shadow_attributes/edit/{self.attr['uuid']}", {"comment": "put"}, key=self.other)
        self.assertEqual(a.body["ShadowAttribute"]["comment"], "put")
        self.assert_status(self.delete(f"/shadow_attributes/delete/{self.attr['id']}", key=self.other), 200)


if __name__ == "__main__":
    unittest.main()
