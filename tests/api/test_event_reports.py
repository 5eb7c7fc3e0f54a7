"""Event reports: made, changed, deleted, seen by whom; what is drawn from their text; texts made from the event and from pages of the web."""

import http.server
import threading
import unittest
import uuid

from harness import ADMIN_KEY, ApiTest

NAME = {"id": "id", "name": "str"}
REPORT = {"id": "id", "uuid": "uuid", "event_id": "id", "name": "str", "content": "str", "distribution": "id", "sharing_group_id": "id",
          "timestamp": "time", "deleted": "bool"}
ROW = {"EventReport": REPORT, "Event": {"id": "id", "orgc_id": "id", "org_id": "id", "info": "str", "user_id": "id", "date": "str",
                                        "Org": NAME, "Orgc": NAME},
       "SharingGroup": {"id": "null/id", "name": "null/str", "uuid": "null/uuid"}}
FULL = {**ROW, "RelationshipInbound": [], "Note?": "any", "Opinion?": "any", "Relationship?": "any"}
FOUND = {"value": "str", "original_value": "str", "default_type": "str", "types": ["str"], "to_ids": "bool", "default_category": "str",
         "categories": ["str"]}


class ReportTest(ApiTest):

    def add(self, event, name=None, content="text", key=ADMIN_KEY, **fields):
        a = self.post(f"/eventReports/add/{event['id']}", {"name": name or f"r {self.token}", "content": content, **fields}, key=key)
        self.assert_status(a, 200)
        self.assert_shape(a.body, ROW)
        return a.body["EventReport"]

    def content(self, report):
        return self.get(f"/eventReports/view/{report['id']}").body["EventReport"]["content"]


class Life(ReportTest):

    def test_life(self):
        event = self.new_event(info=f"i {self.token}", date="2024-05-06")
        r = self.add(event, content="# head")
        self.assertEqual((r["event_id"], r["content"], r["distribution"], r["deleted"]), (event["id"], "# head", "5", False))
        self.assertEqual(self.view(event)["EventReport"][0]["id"], r["id"])
        for path in (f"view/{r['id']}", f"view/{r['uuid']}", f"viewSummary/{r['uuid']}"):
            a = self.get(f"/event_reports/{path}")
            self.assert_status(a, 200)
            self.assert_shape(a.body, FULL)
            self.assertEqual((a.body["EventReport"], a.body["Event"]["info"], a.body["Event"]["date"]), (r, f"i {self.token}", "2024-05-06"))
        self.post(f"/events/publish/{event['id']}")
        # the answer of add may be sent back as it is; id, uuid and event stay
        a = self.put(f"/eventReports/edit/{r['uuid']}", {"EventReport": {**r, "id": "99", "event_id": "99", "content": "new"}})
        self.assert_status(a, 200)
        self.assertEqual({k: v for k, v in a.body["EventReport"].items() if k != "timestamp"},
                         {**{k: v for k, v in r.items() if k != "timestamp"}, "content": "new"})
        self.assertFalse(self.view(event)["published"])
        self.assertEqual(self.post(f"/eventReports/edit/{r['id']}", {"name": "other"}).body["EventReport"]["content"], "new")
        a = self.post(f"/eventReports/delete/{r['uuid']}")
        self.assert_saved(a, f"Event Report {r['uuid']} soft deleted")
        self.assertEqual(a.body["name"], f"Event Report {r['uuid']} soft deleted")
        self.assertEqual(self.view(event)["EventReport"], [])
        self.assertTrue(self.get(f"/eventReports/view/{r['id']}").body["EventReport"]["deleted"])
        self.assert_saved(self.post(f"/eventReports/restore/{r['id']}"), f"Event Report {r['id']} restored")
        self.assertEqual(len(self.view(event)["EventReport"]), 1)
        self.assert_saved(self.post(f"/eventReports/delete/{r['id']}", {"hard": 1}), f"Event Report {r['id']} hard deleted")
        for method, path in (("GET", f"view/{r['id']}"), ("POST", f"edit/{r['uuid']}"), ("POST", f"delete/{r['uuid']}"), ("POST", f"restore/{r['id']}")):
            self.assert_error(self.server.request(method, f"/eventReports/{path}", {} if method == "POST" else None), 404, "Invalid report")
        self.assert_status(self.delete(f"/eventReports/delete/{self.add(event)['id']}/1"), 200)

    def test_description(self):
        self.assertTrue(self.get("/eventReports/add").body["description"])
        self.assert_error(self.post("/eventReports/add", {"name": "x"}), 405, "No event ID set.")

    def test_rejected(self):
        event = self.new_event()
        taken = self.add(event)["uuid"]
        for text, body in (("A name is required.", {"content": "x"}), ("A name is required.", {"name": "", "content": "x"}),
                           ("A name is required.", {"name": " "}), ("Invalid distribution level.", {"name": "x", "distribution": 6}),
                           ("The UUID provided is not unique", {"name": "x", "uuid": taken}),
                           ("Please provide a valid RFC 4122 UUID", {"name": "x", "uuid": "y"}),
                           ("Invalid sharing group or you are not a member of it.", {"name": "x", "distribution": 4, "sharing_group_id": 9999})):
            with self.subTest(body=body):
                a = self.post(f"/eventReports/add/{event['id']}", body)
                self.assert_status(a, 403)
                self.assertEqual((a.body["saved"], a.body["errors"]), (False, text))
        self.assertEqual(len(self.view(event)["EventReport"]), 1)
        self.assert_error(self.post("/eventReports/add/99999", {"name": "x"}), 404, "Invalid event")
        for body in ("", "{", "17", '{"name": ["x"]}'):
            self.assert_error(self.post(f"/eventReports/add/{event['id']}", body), 400)

    def test_index(self):
        one, two = self.new_event(), self.new_event()
        other = self.new_event(extends_uuid=one["uuid"])
        a, b, c = self.add(one, name=f"a {self.token}"), self.add(one, content=f"find {self.token}"), self.add(two)
        d, gone = self.add(other), self.add(one)
        self.post(f"/eventReports/delete/{gone['id']}")

        def ids(path="", body=None):
            r = self.get(f"/eventReports/index{path}") if body is None else self.post("/eventReports/index", body)
            self.assert_status(r, 200)
            self.assert_shape(r.body, [FULL])
            return [x["EventReport"]["id"] for x in r.body]

        of_one = f"/event_id:{one['id']}"
        for path, want in ((of_one, [a["id"], b["id"]]), (f"/event_id:{one['uuid']}", [a["id"], b["id"]]),
                           (of_one + "/context:deleted", [gone["id"]]), (of_one + "/context:all", [a["id"], b["id"], gone["id"]]),
                           (of_one + "/extended_event:1", [a["id"], b["id"], d["id"]]), (of_one + f"/value:find%20{self.token}", [b["id"]]),
                           (of_one + f"/value:{a['uuid']}", [a["id"]]), (of_one + "/limit:1/page:2", [b["id"]])):
            with self.subTest(path=path):
                self.assertEqual(ids(path), want)
        self.assertEqual(ids(body={"event_id": two["id"]}), [c["id"]])
        for r in (self.get("/event_reports"), self.post("/event_reports", {})):
            self.assertIn(c["id"], [x["EventReport"]["id"] for x in r.body])
        self.assert_error(self.get("/eventReports/index/event_id:99999"), 404, "Invalid event")

    def test_with_the_event(self):
        u = str(uuid.uuid4())
        event = self.new_event(EventReport=[{"uuid": u, "name": "one", "content": "c", "timestamp": "1700000000"}])
        for stamp, name, want in (("1700000000", "same", "one"), ("1600000000", "older", "one"), ("1700000001", "newer", "newer")):
            self.post(f"/events/edit/{event['id']}", {"EventReport": [{"uuid": u, "name": name, "timestamp": stamp}]})
            got = self.view(event)["EventReport"][0]
            self.assertEqual((got["name"], got["content"]), (want, "c"))
        other = self.new_event()
        self.post(f"/events/edit/{other['id']}", {"EventReport": [{"uuid": u, "name": "stolen", "timestamp": "1900000000"}]})
        self.assertEqual(self.view(event)["EventReport"][0]["name"], "newer")


class Access(ReportTest):

    def test_distribution(self):
        mine, theirs = self.add_user("User"), self.add_user("User")
        event = self.new_event(key=mine, distribution=1)
        g = self.post("/sharing_groups/add", {"name": f"g {self.token}", "releasability": "x", "SharingGroupOrg": [
            {"extend": True, "Organisation": {"uuid": mine.org["uuid"], "name": mine.org["name"]}}]}).body["SharingGroup"]
        for level, more, others in ((0, {}, False), (1, {}, True), (3, {}, True), (5, {}, True), (4, {"sharing_group_id": g["id"]}, False)):
            with self.subTest(level=level):
                r = self.add(event, key=mine, distribution=level, **more)
                for path in ("view/{}", "extractFromReport/{}", "getProxyMISPElements/{}"):
                    status = self.get("/eventReports/" + path.format(r["uuid"]), key=theirs).status
                    self.assertEqual(status, 200 if others else 404, path)
                listed = [x["EventReport"]["id"] for x in self.get("/eventReports/index", key=theirs).body]
                self.assertEqual((r["id"] in listed, r["id"] in [x["id"] for x in self.view(event, key=theirs)["EventReport"]]), (others, others))
                for path in ("edit", "delete", "restore", "extractAllFromReport", "replaceSuggestionInReport"):
                    self.assertEqual(self.post(f"/eventReports/{path}/{r['uuid']}", {"name": "x"}, key=theirs).status, 403 if others else 404)
        if level == 4:
            a = self.get(f"/eventReports/view/{r['id']}", key=mine).body
            self.assertEqual((a["SharingGroup"]["uuid"], a["EventReport"]["sharing_group_id"]), (g["uuid"], g["id"]))
        for path, body in (("add", {"name": "x"}), ("reportFromEvent", {}), ("importReportFromUrl", {"url": "http://127.0.0.1/"})):
            self.assert_error(self.post(f"/eventReports/{path}/{event['id']}", body, key=theirs), 403)
        hidden = self.new_event(key=mine, distribution=0)
        r = self.add(hidden, key=mine, distribution=3)
        self.assert_error(self.get(f"/eventReports/view/{r['id']}", key=theirs), 404, "Invalid report")
        self.assert_error(self.post(f"/eventReports/add/{hidden['id']}", {"name": "x"}, key=theirs), 404, "Invalid event")


TEXT = """# A campaign

The sample 44d88612fea8a8f36de82e1278abb02f was fetched from hxxp://bad[.]example/load and talks to 192.0.2.17
and 192.0.2.170. Known before: 198.51.100.4, evil.example. See tlp:amber, Kraken-{token}.
Already said: @[attribute]({uuid}) and @[tag](tlp:red).
"""


class Texts(ReportTest):

    def setUp(self):
        super().setUp()
        self.event = self.new_event(Attribute=[{"type": "ip-dst", "value": "198.51.100.4"}, {"type": "ip-dst", "value": "192.0.2.1"},
                                               {"type": "url", "value": "http://bad.example/load"}])
        self.new_object(self.event, [("filename", "filename", "evil.example")])
        self.known = {a["value"]: a["uuid"] for a in self.event["Attribute"]}
        self.known["evil.example"] = self.view(self.event)["Object"][0]["Attribute"][0]["uuid"]
        self.new_tag(f"Kraken-{self.token}")
        if not self.get("/tags/search/tlp:amber").body:
            self.new_tag("tlp:amber")
        self.report = self.add(self.event, content=TEXT.format(token=self.token, uuid=self.known["192.0.2.1"]))

    def test_extract(self):
        for a in (self.get(f"/eventReports/extractFromReport/{self.report['id']}"),
                  self.post(f"/eventReports/extractFromReport/{self.report['uuid']}", {})):
            self.assert_status(a, 200)
            self.assert_shape(a.body["complexTypeToolResult"], [FOUND])
            self.assertEqual({f["value"] for f in a.body["complexTypeToolResult"]},
                             {"44d88612fea8a8f36de82e1278abb02f", "192.0.2.17", "192.0.2.170"})
            # 192.0.2.1 stands in the mark only, and as part of longer numbers
            self.assertEqual({v: r["attributeUUIDs"] for v, r in a.body["replacementValues"].items()},
                             {v: [self.known[v]] for v in ("198.51.100.4", "http://bad.example/load", "evil.example")})
            self.assertEqual(a.body["replacementValues"]["http://bad.example/load"]["valueInReport"], "hxxp://bad[.]example/load")
            self.assertEqual(set(a.body["replacementContext"]), {"tlp:amber", f"Kraken-{self.token}"})
            self.assertIn("Network activity", a.body["typeToCategoryMapping"]["ip-dst"])
        self.assertEqual(self.content(self.report), self.report["content"])  # asking changes nothing

    def test_extract_all(self):
        a = self.post(f"/eventReports/extractAllFromReport/{self.report['id']}", {"tag_event": True})
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"report": ROW})
        event = self.view(self.event)
        uuids = {x["value"]: x["uuid"] for x in event["Attribute"]}
        want = self.report["content"]
        for text, value in (("44d88612fea8a8f36de82e1278abb02f",) * 2, ("hxxp://bad[.]example/load", "http://bad.example/load"),
                            ("192.0.2.170",) * 2, ("192.0.2.17\n", "192.0.2.17"), ("198.51.100.4",) * 2):
            want = want.replace(text, f"@[attribute]({uuids[value]})" + ("\n" if text[-1] == "\n" else ""))
        want = want.replace("evil.example", f"@[attribute]({self.known['evil.example']})")
        for tag in ("tlp:amber", f"Kraken-{self.token}"):
            want = want.replace(tag, f"@[tag]({tag})")
        self.assertEqual(a.body["report"]["EventReport"]["content"], want)
        self.assertEqual({t["name"] for t in event["Tag"]}, {"tlp:amber", f"Kraken-{self.token}"})
        # again: nothing is left to do
        a = self.post(f"/eventReports/extractAllFromReport/{self.report['id']}", {})
        self.assertEqual((a.status, a.body["report"]["EventReport"]["content"]), (200, want))
        self.assertEqual(len(self.view(self.event)["Attribute"]), len(event["Attribute"]))

    def test_suggestions(self):
        text = "at @[suggestion](203.0.113.9) and @[suggestion](no address) and @[suggestion](kept)"
        mapping = {"203.0.113.9": {"type": "ip-src", "category": "Network activity", "to_ids": 1},
                   "no address": {"type": "ip-src", "category": "Network activity", "to_ids": 0}}
        path = f"/eventReports/replaceSuggestionInReport/{self.report['id']}"
        a = self.post(path, {"EventReport": {"suggestions": {"content": text, "mapping": mapping}}})
        self.assert_status(a, 200)
        attr = [x for x in self.view(self.event)["Attribute"] if x["value"] == "203.0.113.9"][0]
        self.assertEqual((attr["type"], attr["to_ids"], attr["distribution"]), ("ip-src", True, "5"))
        self.assertEqual(a.body["report"]["EventReport"]["content"],
                         f"at @[attribute]({attr['uuid']}) and no address and @[suggestion](kept)")
        before = self.content(self.report)
        for body in ({}, {"suggestions": {"content": "x"}}, {"suggestions": {"content": "x", "mapping": []}},
                     {"suggestions": {"content": "x", "mapping": {"y": {"type": "ip-src"}}}}):
            with self.subTest(body=body):
                self.assert_status(self.post(path, body), 403)
                self.assertEqual(self.content(self.report), before)

    def test_elements(self):
        self.attach(self.event, "tlp:amber")
        a = self.get(f"/eventReports/getProxyMISPElements/{self.report['uuid']}")
        self.assert_status(a, 200)
        self.assertEqual({u: x["value"] for u, x in a.body["attribute"].items()}, {u: v for v, u in self.known.items()})
        self.assertEqual([o["name"] for o in a.body["object"].values()], ["file"])
        self.assertEqual(list(a.body["tagname"]), ["tlp:amber"])

    def test_from_event(self):
        a = self.post(f"/eventReports/reportFromEvent/{self.event['id']}", {"EventReport": {"filters": "{}"}})
        self.assert_status(a, 200)
        text = a.body["EventReport"]["content"]
        for part in (self.event["info"], self.event["uuid"], "## Network activity", f"@[attribute]({self.known['198.51.100.4']})", "## Objects", "@[object]("):
            self.assertIn(part, text)
        self.assertEqual(len(self.view(self.event)["EventReport"]), 2)


PAGES = {
    "/page.html": ("text/html; charset=utf-8", """<!doctype html><html><head><title>t</title><script>bad()</script></head><body>
<nav>menu</nav><h1>Head &amp; tail</h1><p>Some <b>bold</b> and <em>soft</em> text,<br>a <a href="/x?y=1">link</a> and <code>code</code>.</p>
<ul><li>one</li><li>two<ol><li>deep</li></ol></li></ul><pre>a  b
 c</pre><table><tr><th>k</th><th>v</th></tr><tr><td>ip</td><td>192.0.2.5</td></tr></table>
<blockquote>said</blockquote><a href="javascript:x()">no</a> <img src="p.png" alt="pic"><p>broken <i>end""".encode()),
    "/latin": ("text/html; charset=iso-8859-1", "<p>caf\u00e9".encode("latin-1")),
    "/plain.txt": ("text/plain", b"plain *text*"),
    "/data": ("application/octet-stream", b"\x00\x01"),
    "/empty": ("text/html", b"<html><body></body></html>"),
}
MARKDOWN = """# Head & tail

Some **bold** and *soft* text,
a [link](http://127.0.0.1:{port}/x?y=1) and `code`.

- one
- two
  1. deep

```
a  b
 c
```

| k | v |
|---|---|
| ip | 192.0.2.5 |

> said

no ![pic](http://127.0.0.1:{port}/p.png)

broken *end*"""


class Web(http.server.BaseHTTPRequestHandler):

    def do_GET(self):
        type_, body = PAGES.get(self.path, (None, b""))
        self.send_response(200 if type_ else 404)
        if type_:
            self.send_header("Content-Type", type_)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class FromUrl(ReportTest):

    def setUp(self):
        super().setUp()
        self.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
        threading.Thread(target=self.web.serve_forever, daemon=True).start()
        self.addCleanup(self.web.server_close)
        self.addCleanup(self.web.shutdown)
        self.port = self.web.server_address[1]

    def fetch(self, event, path):
        return self.post(f"/eventReports/importReportFromUrl/{event['id']}", {"url": f"http://127.0.0.1:{self.port}{path}"})

    def test_pages(self):
        event = self.new_event()
        a = self.fetch(event, "/page.html")
        self.assert_status(a, 200)
        self.assert_shape(a.body, ROW)
        self.assertEqual(a.body["EventReport"]["content"], MARKDOWN.format(port=self.port))
        self.assertTrue(a.body["EventReport"]["name"].startswith(f"Report from - http://127.0.0.1:{self.port}/page.html"))
        self.assertEqual(self.fetch(event, "/latin").body["EventReport"]["content"], "caf\u00e9")
        self.assertEqual(self.fetch(event, "/plain.txt").body["EventReport"]["content"], "plain *text*")
        for path, status in (("/data", 403), ("/empty", 403), ("/nowhere", 502)):
            with self.subTest(path=path):
                self.assertEqual(self.server.request("POST", f"/eventReports/importReportFromUrl/{event['id']}",
                                                     {"url": f"http://127.0.0.1:{self.port}{path}"}, allow_5xx=True).status, status)
        self.assertEqual(len(self.view(event)["EventReport"]), 3)

    def test_refused(self):
        event = self.new_event()
        for url in ("http://10.0.0.1/", "http://192.168.0.1/x", "http://169.254.169.254/", "file:///etc/passwd", "ftp://127.0.0.1/", "x"):
            with self.subTest(url=url):
                a = self.post(f"/eventReports/importReportFromUrl/{event['id']}", {"url": url})
                self.assertIn(a.status, (400, 403))
        self.assert_error(self.post(f"/eventReports/importReportFromUrl/{event['id']}", {}), 405, "A URL must be provided")
        self.assertEqual(self.view(event)["EventReport"], [])


if __name__ == "__main__":
    unittest.main()
