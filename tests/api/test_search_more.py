"""Searches beside the filters: formats of lists and of context, XML, cursors, the substring index, old export paths."""

import hashlib
import time
import unittest
import xml.etree.ElementTree as ET

from harness import ApiTest

SAMPLE = "d41d8cd98f00b204e9800998ecf8427e"


class More(ApiTest):

    def setUp(self):
        super().setUp()
        self.name = f"more {self.token}"
        self.event = self.new_event(info=self.name, Attribute=[
            {"type": "domain", "value": f"a-{self.token}.example.com", "to_ids": True, "comment": f"note {self.token}"},
            {"type": "md5", "value": SAMPLE, "to_ids": True},
            {"type": "filename|sha1", "value": f"<&> {self.token}.exe|da39a3ee5e6b4b0d3255bfef95601890afd80709", "to_ids": False},
        ], Tag=[{"name": f"odd *{self.token}*"}])

    def text(self, path, body=None, headers=None, key=None):
        a = self.server.request("POST" if body is not None else "GET", path, body, **({"headers": headers} if headers else {}),
                                **({"key": key} if key else {}))
        self.assert_status(a, 200)
        return a.text if hasattr(a, "text") else a.body

    def search(self, scope, form, **more):
        a = self.post(f"/{scope}/restSearch", {"returnFormat": form, "eventid": self.event["id"], **more})
        self.assert_status(a, 200)
        return a.body if isinstance(a.body, str) else a.body.decode() if isinstance(a.body, bytes) else a.body

    def test_lists(self):
        both = {"published": [0, 1], "to_ids": [0, 1]}
        for scope in ("events", "attributes"):
            with self.subTest(scope=scope):
                self.assertEqual(self.search(scope, "hashes", **both).split(), [SAMPLE, "da39a3ee5e6b4b0d3255bfef95601890afd80709"])
                self.assertEqual(self.search(scope, "hashes").split(), [])  # the event is not published
                self.assertIn(f"a-{self.token}.example.com\n", self.search(scope, "values"))
                want = hashlib.md5(SAMPLE.encode()).hexdigest()
                self.assertIn(want, self.search(scope, "cache").split())
                self.assertIn(f"{want},{self.event['uuid']}", self.search(scope, "cache", includeEventUuid=1).split())
                self.assertIn(hashlib.sha1(SAMPLE.encode()).hexdigest(), self.search(scope, "cache", hash_type="sha1").split())
                self.assertEqual(self.post(f"/{scope}/restSearch", {"returnFormat": "cache", "hash_type": "rot13"}).status, 405)
        self.assertEqual(self.post("/events/restSearch", {"returnFormat": "no such"}).status, 404)
        self.assertEqual(self.post("/attributes/restSearch", {"returnFormat": "context"}).status, 404)

    def test_xml(self):
        root = ET.fromstring(self.search("events", "xml"))
        self.assertEqual(root.tag, "response")
        self.assertEqual(root.findtext("Event/info"), self.name)
        self.assertEqual(len(root.findall("Event/Attribute")), 3)
        self.assertEqual(root.findall("Event/Attribute/value")[2].text,
                         f"<&> {self.token}.exe|da39a3ee5e6b4b0d3255bfef95601890afd80709")
        root = ET.fromstring(self.search("attributes", "xml"))
        self.assertEqual(len(root.findall("Attribute")), 3)
        for path in (f"/events/view/{self.event['id']}.xml", f"/events/xml/download/{self.event['id']}"):
            a = self.get(path)
            self.assert_status(a, 200)
            text = a.body if isinstance(a.body, str) else a.body.decode()
            self.assertEqual(ET.fromstring(text).findtext("Event/uuid"), self.event["uuid"], path)

    def test_context(self):
        page = self.search("events", "context")
        self.assertIn(f"odd *{self.token}*", page)
        self.assertIn(f"odd \\*{self.token}\\*", self.search("events", "context-markdown"))
        self.assertEqual(self.search("events", "attack-sightings"), [])
        a = self.post("/events/restSearch", {"returnFormat": "attack", "attackGalaxy": "none-such", "eventid": self.event["id"]})
        self.assertEqual(a.status, 404)

    def pages(self, scope, **question):
        """all ids that a cursor of one row a page goes through"""
        cursor, out = "", []
        for _ in range(20):
            a = self.post(f"/{scope}/restSearch", {"returnFormat": "json", "cursor": cursor, "limit": 1, **question})
            self.assert_status(a, 200)
            rows = a.body["response"]["Attribute"] if scope == "attributes" else [e["Event"] for e in a.body["response"]]
            self.assertLessEqual(len(rows), 1)
            out += [r["id"] for r in rows]
            cursor = {k.lower(): v for k, v in dict(a.headers).items()}.get("x-next-cursor")
            if cursor is None:
                return out
        return self.fail("the cursor does not end")

    def test_cursor(self):
        other = self.new_event(info=self.name, Attribute=[{"type": "text", "value": f"b {self.token}"}])
        both = [self.event["id"], other["id"]]
        ids = [a["id"] for e in (self.event, other) for a in e["Attribute"]]
        self.assertEqual(sorted(self.pages("attributes", eventid=both), key=int), sorted(ids, key=int))
        self.assertEqual(self.pages("events", eventinfo=self.name), both)
        self.assertEqual(self.pages("events", value=f"%{self.token}%"), both)
        for wrong in ("x", "1", "-1-2", "1-x"):
            a = self.post("/attributes/restSearch", {"cursor": wrong})
            self.assertIn(a.status, (400, 403), wrong)
        self.assertIn(self.post("/objects/restSearch", {"cursor": ""}).status, (400, 403))

    def test_downloads(self):
        e = self.event["id"]
        self.assertIn(f"a-{self.token}.example.com", self.text(f"/events/csv/download/{e}/1"))
        self.assertIn(f"a-{self.token}.example.com", self.text(f"/events/csv/download/{e}/ignore:1"))
        self.assertNotIn(self.token, self.text(f"/events/csv/download/{e}"))
        self.assertNotIn(self.token, self.text("/attributes/text/download/domain"))
        self.assert_status(self.post(f"/events/publish/{e}", {}), 200)
        for _ in range(50):
            if self.get(f"/events/view/{e}").body["Event"]["published"]:
                break
            time.sleep(0.1)
        self.assertIn(f"a-{self.token}.example.com", self.text("/attributes/text/download/domain"))
        self.assertIn(SAMPLE, self.text("/events/hids/md5/download"))
        self.assertNotIn(SAMPLE, self.text("/events/hids/sha256/download"))
        self.assertEqual(self.get("/events/hids/rot13/download").status, 404)
        a = self.get(f"/attributes/returnAttributes/json/{e}/md5")
        self.assertEqual([x["value"] for x in a.body["response"]["Attribute"]], [SAMPLE])
        for method, path, body in (("GET", f"/attributes/search/value:a-{self.token}.example.com.json", None),
                                   ("POST", "/attributes/search", {"value": f"a-{self.token}.example.com"})):
            a = self.server.request(method, path, body)
            self.assertEqual([x["type"] for x in a.body["response"]["Attribute"]], ["domain"], path)
        for path in ("/events/csv/download", "/events/xml/download", "/events/hids/md5/download", "/attributes/text/download",
                     "/attributes/returnAttributes"):
            self.assert_status(self.post(path, {"eventid": e}), 200)
        names = [f["format"] for f in self.get("/events/export").body]
        for name in ("json", "xml", "csv", "text", "hashes", "cache", "count", "context", "attack"):
            self.assertIn(name, names)

    def test_substring_index(self):
        """The same answers while the index knows nothing, everything, and an older value; an outsider sees nothing of it."""
        mark = f"q{self.token}"
        event = self.new_event(info="many", Attribute=[])
        a = self.post(f"/attributes/add/{event['id']}",
                      [{"type": "text", "value": f"w{i}-{mark if i % 1000 == 7 else 'plain'}-{i}"} for i in range(5000)])
        self.assert_status(a, 200)

        def found(value, **more):
            a = self.post("/attributes/restSearch", {"returnFormat": "json", "value": value, **more})
            self.assert_status(a, 200)
            return sorted(x["value"] for x in a.body["response"]["Attribute"])

        want = sorted(f"w{i}-{mark}-{i}" for i in range(7, 5000, 1000))
        self.assertEqual(found(f"%{mark}%"), want)
        for _ in range(150):
            if any("substring_index" in str(j) for j in self.get("/jobs/index").body):
                break
            time.sleep(0.1)
        time.sleep(1)
        self.assertEqual(found(f"%{mark.upper()}%"), want)
        self.assertEqual(found(f"w7%{mark}%"), want[4:5] if want[4].startswith("w7-") else [f"w7-{mark}-7"])
        self.assertEqual(found(f"%{mark}%", quickFilter=mark), want)
        self.assertEqual(found([f"%{mark}-7", "%nothing like it%"]), [f"w7-{mark}-7"])
        a = self.post("/attributes/restSearch", {"returnFormat": "json", "quickFilter": mark})
        self.assertEqual(len(a.body["response"]["Attribute"]), 5)
        one = [x for x in a.body["response"]["Attribute"] if x["value"] == f"w7-{mark}-7"][0]
        self.assert_status(self.post(f"/attributes/edit/{one['id']}", {"value": f"other-z{mark[1:]}"}), 200)
        self.assertEqual(found(f"%z{mark[1:]}%"), [f"other-z{mark[1:]}"])
        self.assertEqual(len(found(f"%{mark}%")), 4)
        outsider = self.add_user("User")
        self.assert_status(self.post(f"/events/edit/{event['id']}", {"distribution": 0}), 200)
        b = self.post("/attributes/restSearch", {"returnFormat": "json", "value": f"%{mark}%"}, key=outsider)
        self.assertEqual(b.body["response"]["Attribute"], [])


if __name__ == "__main__":
    unittest.main()
