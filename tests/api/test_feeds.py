"""Feeds over the API: kept, changed, fetched by jobs and at once, cached and searched; jobs and how far they are. The feeds come from a server on
127.0.0.1 in this process."""

import functools
import hashlib
import http.server
import json
import pathlib
import tempfile
import threading
import time
import uuid

from harness import ApiTest

FEED = {"id": "id", "name": "str", "provider": "str", "url": "str", "rules": "null/str", "enabled": "bool", "distribution": "id",
        "sharing_group_id": "id", "tag_id": "id", "default": "bool", "source_format": "str", "fixed_event": "bool", "delta_merge": "bool",
        "event_id": "id", "publish": "bool", "override_ids": "bool", "settings": "null/str", "input_source": "str", "delete_local_file": "bool",
        "lookup_visible": "bool", "headers": "null/str", "caching_enabled": "bool", "force_to_ids": "bool", "orgc_id": "id",
        "tag_collection_id": "id"}
JOB = {"id": "id", "job_type": "str", "job_input": "str", "status": "id", "retries": "id", "message": "str", "progress": "id", "done": "id", "total": "id",
       "user_id": "id", "run_at": "time", "date_created": "time", "date_finished": "time"}
NOW = "/disable_background_processing:1"
CHANGING = ["/feeds/edit/{0}", "/feeds/delete/{0}", "/feeds/enable/{0}", "/feeds/disable/{0}", "/feeds/fetchFromFeed/{0}", "/feeds/fetchFromAllFeeds",
            "/feeds/cacheFeeds/all", "/feeds/cacheFeeds/{0}"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Feeds(ApiTest):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="misp-test-feeds-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder.name))
        threading.Thread(target=web.serve_forever, daemon=True).start()
        cls.addClassCleanup(web.server_close)
        cls.addClassCleanup(web.shutdown)
        cls.url = f"http://127.0.0.1:{web.server_address[1]}"

    def add(self, **fields):
        feed = {"name": f"feed {self.token}", "provider": "a provider", "source_format": "freetext", "input_source": "network", "enabled": True,
                "distribution": "0", **fields}
        a = self.post("/feeds/add", {"Feed": feed})
        self.assert_status(a, 200)
        return a.body["Feed"]

    def list_file(self, *lines):
        name = f"{uuid.uuid4().hex}.txt"
        (self.folder / name).write_text("".join(line + "\n" for line in lines))
        return f"{self.url}/{name}"

    def misp_folder(self, *events):
        """A folder in MISP's format; events: (uuid, timestamp, values)."""
        folder = self.folder / uuid.uuid4().hex
        folder.mkdir()
        org = {"name": "Another org", "uuid": str(uuid.uuid4())}
        manifest, hashes = {}, ""
        for u, stamp, values in events:
            manifest[u] = {"info": f"from a feed {u}", "Orgc": org, "analysis": "2", "date": "2024-10-21", "threat_level_id": "2", "timestamp": str(stamp)}
            event = {"uuid": u, "info": f"from a feed {u}", "date": "2024-10-21", "analysis": "2", "threat_level_id": "2", "timestamp": str(stamp),
                     "published": True, "Orgc": org, "Attribute": [{"uuid": str(uuid.uuid4()), "type": "domain", "category": "Network activity",
                                                                     "to_ids": True, "timestamp": str(stamp), "value": v} for v in values]}
            (folder / f"{u}.json").write_text(json.dumps({"Event": event}))
            hashes += "".join(f"{hashlib.md5(v.encode()).hexdigest()},{u}\n" for v in values)
        (folder / "manifest.json").write_text(json.dumps(manifest))
        (folder / "hashes.csv").write_text(hashes)
        return folder, f"{self.url}/{folder.name}"

    def end_of(self, job_id):
        """The job once it has ended."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            job = self.get(f"/jobs/view/{job_id}").body["Job"]
            if job["status"] in ("3", "4"):
                return job
            time.sleep(0.02)
        self.fail(f"job {job_id} does not end: {job}")

    def found(self, value):
        a = self.post("/attributes/restSearch", {"value": value})
        return a.body["response"]["Attribute"]

    # ---- kept and changed ----

    def test_add_view_edit_delete(self):
        settings = {"csv": {"value": "1", "delimiter": ","}}
        f = self.add(url=f"{self.url}/none.csv", source_format="csv", settings=settings, rules={"tags": {"OR": [], "NOT": []}}, headers="X-Key: 1")
        self.assert_shape(f, FEED)
        self.assertEqual(json.loads(f["settings"])["csv"]["value"], "1")
        a = self.get(f"/feeds/view/{f['id']}")
        self.assertEqual(a.body, {"Feed": {**f, "cached_elements": 0, "coverage_by_other_feeds": "0%", "last_fetch": "0"}})
        # what is not sent stays
        a = self.post(f"/feeds/edit/{f['id']}", {"Feed": {"id": f["id"], "enabled": False}})
        self.assert_status(a, 200)
        self.assertEqual(a.body["Feed"], {**f, "enabled": False})
        self.assertEqual([r["Feed"]["enabled"] for r in self.get("/feeds/index").body if r["Feed"]["id"] == f["id"]], [False])
        a = self.post(f"/feeds/delete/{f['id']}")
        self.assert_saved(a, "Feed deleted.")
        self.assert_error(self.get(f"/feeds/view/{f['id']}"), 404)
        self.assert_error(self.post(f"/feeds/delete/{f['id']}"), 404)

    def test_refused(self):
        good = {"name": "a feed", "provider": "p", "url": f"{self.url}/x", "source_format": "freetext", "input_source": "network"}
        for field, value in (("url", ""), ("name", ""), ("source_format", "rss"), ("distribution", "9"), ("input_source", "telepathy")):
            with self.subTest(field=field):
                a = self.post("/feeds/add", {"Feed": {**good, field: value}})
                self.assert_status(a, 403)
                self.assertIn(field, a.body["errors"])

    def test_switches(self):
        f = self.add(url=f"{self.url}/x")
        self.assert_saved(self.post(f"/feeds/disable/{f['id']}"), "Feed disabled.")
        self.assertIs(self.get(f"/feeds/view/{f['id']}").body["Feed"]["enabled"], False)
        a = self.get(f"/feeds/fetchFromFeed/{f['id']}")
        self.assertEqual(a.body["result"], "Feed is currently not enabled. Make sure you enable it.")
        self.assert_saved(self.post(f"/feeds/enable/{f['id']}"), "Feed enabled.")
        self.assertIs(self.get(f"/feeds/view/{f['id']}").body["Feed"]["enabled"], True)

    def test_rights(self):
        """Only site admins change feeds; others see those marked for lookups, without what may hold credentials."""
        shown = self.add(url=f"{self.url}/shown", lookup_visible=True, headers="X-Key: secret")
        hidden = self.add(url=f"{self.url}/hidden")
        for role in ("Org Admin", "Publisher", "User", "Read Only"):
            key = self.add_user(role)
            for path in CHANGING:
                with self.subTest(role=role, path=path):
                    self.assert_status(self.post(path.format(shown["id"]), {}, key=key), 403)
            self.assert_status(self.post("/feeds/add", {"Feed": {"name": "x"}}, key=key), 403)
            for path in ("/jobs/index", "/jobs/view/1", "/jobs/getProgress/1"):
                self.assert_status(self.get(path, key=key), 403)
        key = self.add_user("Publisher")
        rows = {r["Feed"]["id"]: r["Feed"] for r in self.get("/feeds/index", key=key).body}
        self.assertNotIn(hidden["id"], rows)
        self.assertEqual((rows[shown["id"]]["url"], rows[shown["id"]]["headers"]), ("", None))
        self.assert_status(self.get(f"/feeds/view/{hidden['id']}", key=key), 404)
        self.assertEqual(self.get(f"/feeds/view/{shown['id']}").body["Feed"]["headers"], "X-Key: secret")

    # ---- fetched ----

    def test_fetch_by_a_job(self):
        values = [f"{n}.{self.token}.example.com" for n in "abc"]
        f = self.add(url=self.list_file("# a list", *values, "not a value"), fixed_event=True)
        a = self.get(f"/feeds/fetchFromFeed/{f['id']}")
        self.assert_status(a, 200)
        self.assertEqual(a.body["result"], "Pull queued for background execution.")
        job = self.end_of(a.body["job_id"])
        self.assert_shape(job, JOB)
        self.assertEqual((job["status"], job["job_type"], job["progress"]), ("4", "feed_fetch", "100"))
        self.assertIn(job["id"], [r["Job"]["id"] for r in self.get("/jobs/index").body])
        self.assertEqual(self.get(f"/jobs/getProgress/{job['id']}").body, self.get(f"/jobs/getProgress/{job['id']}").body)
        self.assert_error(self.get("/jobs/view/999999"), 404)
        self.assertEqual(sorted(x["value"] for v in values for x in self.found(v)), values)

    def test_fetch_at_once(self):
        """A second fetch of the same content writes nothing."""
        value = f"once.{self.token}.example.com"
        f = self.add(url=self.list_file(value), fixed_event=True)
        a = self.get(f"/feeds/fetchFromFeed/{f['id']}{NOW}")
        self.assert_status(a, 200)
        self.assertEqual(a.body["result"], "Fetching the feed has successfully completed.")
        event = {"id": self.found(value)[0]["event_id"]}
        before = self.view(event)
        a = self.get(f"/feeds/fetchFromFeed/{f['id']}{NOW}")
        self.assert_status(a, 200)
        self.assertEqual(self.view(event), before)

    def test_failed_fetch(self):
        f = self.add(url=f"{self.url}/not-there")
        self.assertEqual(self.get(f"/feeds/fetchFromFeed/{f['id']}{NOW}").status, 404)
        job = self.end_of(self.get(f"/feeds/fetchFromFeed/{f['id']}").body["job_id"])
        self.assertEqual(job["status"], "3")
        self.assertIn("404", job["message"])

    def test_all_feeds(self):
        values = [f"{n}.{self.token}.example.org" for n in "xy"]
        for v in values:
            self.add(url=self.list_file(v), fixed_event=True)
        a = self.get("/feeds/fetchFromAllFeeds")
        self.assert_status(a, 200)
        for j in a.body["jobs"]:
            self.end_of(j)
        self.assertEqual([len(self.found(v)) for v in values], [1, 1])

    def test_misp_format(self):
        """New events come in, newer ones are taken over, the same ones are not fetched again, a broken one is reported and the others stay."""
        one, two, bad = (str(uuid.uuid4()) for _ in range(3))
        names = [f"{n}.{self.token}.example.net" for n in ("one", "two", "three", "bad")]
        folder, url = self.misp_folder((one, 1700000000, names[:1]), (two, 1700000000, names[1:2]), (bad, 1700000000, names[3:]))
        (folder / f"{bad}.json").write_text('{"Event": {"uuid": ')
        f = self.add(url=url, source_format="misp")
        a = self.get(f"/feeds/fetchFromFeed/{f['id']}{NOW}")
        self.assert_status(a, 200)
        self.assertEqual([len(self.found(n)) for n in names], [1, 1, 0, 0])
        self.assertEqual(self.get(f"/events/view/{one}").body["Event"]["Orgc"]["name"], "Another org")
        manifest, event = folder / "manifest.json", folder / f"{one}.json"
        text = json.loads(event.read_text())
        text["Event"]["timestamp"] = "1700000100"
        text["Event"]["Attribute"].append({"uuid": str(uuid.uuid4()), "type": "domain", "timestamp": "1700000100", "value": names[2]})
        event.write_text(json.dumps(text))
        (folder / f"{two}.json").unlink()  # would fail if it were asked for
        text = json.loads(manifest.read_text())
        text[one]["timestamp"] = "1700000100"
        manifest.write_text(json.dumps(text))
        self.assert_status(self.get(f"/feeds/fetchFromFeed/{f['id']}{NOW}"), 200)
        self.assertEqual([len(self.found(n)) for n in names], [1, 1, 1, 0])

    def test_warninglist_filter(self):
        """A feed that asks for it leaves out what stands on an enabled warninglist; the same feed without it does not."""
        listed, other = f"listed.{self.token}.example.com", f"other.{self.token}.example.com"
        a = self.post("/warninglists/add", {"Warninglist": {"name": f"list {self.token}", "type": "string", "description": "d", "category": "known",
                                                            "entries": listed, "matching_attributes": ["domain", "hostname"], "enabled": True}})
        self.assert_status(a, 200)
        f = self.add(url=self.list_file(listed, other), fixed_event=True, settings={"common": {"warninglist_filter": True}})
        self.assert_status(self.get(f"/feeds/fetchFromFeed/{f['id']}{NOW}"), 200)
        self.assertEqual([len(self.found(v)) for v in (listed, other)], [0, 1])
        f = self.add(url=self.list_file(listed), fixed_event=True)
        self.assert_status(self.get(f"/feeds/fetchFromFeed/{f['id']}{NOW}"), 200)
        self.assertEqual(len(self.found(listed)), 1)

    # ---- cached ----

    def test_caches(self):
        u = str(uuid.uuid4())
        misp, text = f"m.{self.token}.example.com", f"t.{self.token}.example.com"
        _, url = self.misp_folder((u, 1700000000, [misp]))
        feeds = [self.add(url=url, source_format="misp", caching_enabled=True, lookup_visible=True),
                 self.add(url=self.list_file(text), caching_enabled=True)]
        for f in feeds:
            a = self.get(f"/feeds/cacheFeeds/{f['id']}{NOW}")
            self.assert_status(a, 200)
            self.assertEqual((a.body["message"], a.body["failed"]), ("Feed caching job initiated.", []))

        def hits(value, **more):
            return [(h["Feed"]["id"], h["Feed"].get("uuid")) for h in self.post("/feeds/searchCaches", {"value": value}, **more).body]

        self.assertEqual(hits(misp), [(feeds[0]["id"], [u])])
        self.assertEqual(hits(text), [(feeds[1]["id"], None)])
        self.assertEqual(hits(f"nobody.{self.token}.example.com"), [])
        self.assertEqual(sorted(hits([misp, text])), sorted(hits(misp) + hits(text)))
        key = self.add_user("User")
        self.assertEqual((hits(misp, key=key), hits(text, key=key)), ([(feeds[0]["id"], [u])], []))
        self.assertEqual(self.found(misp), [])  # cached is not stored
        row = next(r["Feed"] for r in self.get("/feeds/index").body if r["Feed"]["id"] == feeds[1]["id"])
        self.assertGreater(int(row["cache_timestamp"]), 1700000000)
        view = self.get(f"/feeds/view/{feeds[1]['id']}").body["Feed"]
        self.assertEqual((view["cached_elements"], view["coverage_by_other_feeds"]), (1, "0%"))
        third = self.add(url=self.list_file(text, f"u.{self.token}.example.com"), caching_enabled=True)
        self.assert_status(self.get(f"/feeds/cacheFeeds/{third['id']}{NOW}"), 200)
        self.assertEqual([self.get(f"/feeds/view/{f['id']}").body["Feed"]["coverage_by_other_feeds"] for f in (feeds[1], third)], ["100%", "50%"])
        for scope in ("all", "freetext", "misp"):
            a = self.get(f"/feeds/cacheFeeds/{scope}")
            self.assert_status(a, 200)
            for j in a.body["jobs"]:
                self.end_of(j)
        self.assert_error(self.get("/feeds/cacheFeeds/nonsense"), 404)
        self.assert_saved(self.post(f"/feeds/delete/{feeds[1]['id']}"), "Feed deleted.")
        self.assertEqual(hits(text), [(third["id"], None)])
