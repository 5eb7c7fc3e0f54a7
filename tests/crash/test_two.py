"""Commands on a data folder while serve runs on it and writes: nobody is told that the database is locked, and what one process
changes the other one sees."""

import json
import os
import subprocess
import threading
import time
import unittest

import crash
from crash import Client, Server, Worker, content, join_all, uid

LIST = {"name": "two", "type": "hostname", "description": "for the test", "version": 1, "category": "false_positive",
        "matching_attributes": ["domain", "hostname"], "list": ["listed.example.com"]}


class Two(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.server.start()

    def file(self, name, content_):
        path = os.path.join(self.server.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(content_ if isinstance(content_, str) else json.dumps(content_))
        return path

    def test_at_once(self):
        """Four clients add over HTTP; meanwhile two imports, searches, matches, checks. No request and no command fails."""
        n, rounds, stop = 4, 6, threading.Event()
        added = [0] * n
        self.assertEqual(self.server.post("/events/add", {"info": "first", "published": True, "Attribute": [
            {"type": "domain", "value": "seen.example.com", "to_ids": True}]}).status, 200)
        log = self.file("log", "10:00 GET http://seen.example.com/\n")

        def write(k):
            client = Client(self.server.port)
            while not stop.is_set():
                i = added[k]
                e = {"uuid": uid("two", k, i), "info": f"two {k} {i}",
                     "Attribute": [{"type": "domain", "value": f"{k}x{i}x{j}.two.example.com"} for j in range(50)]}
                status, body = client.post("/events/add", e)
                if status != 200:
                    raise AssertionError(f"{status} {body}")
                added[k] += 1

        def imports(k):
            for i in range(rounds):
                events = [{"Event": {"uuid": uid("import", k, i, m), "info": f"import {k} {i} {m}", "Attribute": [
                    {"type": "domain", "value": f"{k}x{i}x{m}x{j}.import.example.com"} for j in range(100)]}} for m in range(20)]
                self.server.cli("import", self.file(f"import-{k}-{i}.json", events))

        def reads():
            for _ in range(rounds):
                p = self.server.cli("search", "--json", "seen.example.com")
                self.assertEqual(len(p.stdout.splitlines()), 1, p.stdout)
                p = self.server.cli("match", "--json", log)
                self.assertEqual(len(p.stdout.splitlines()), 1, p.stdout)
                self.server.check()

        writers = [Worker(write, k) for k in range(n)]
        try:
            join_all([Worker(imports, 0), Worker(imports, 1), Worker(reads)])
        finally:
            stop.set()
        join_all(writers)
        print(f"# {sum(added)} events over HTTP beside {2 * rounds} imports of 20 events and {3 * rounds} readers", flush=True)
        self.assertTrue(all(added), added)
        have = content(self.server)
        self.assertEqual(len(have), 1 + sum(added) + 2 * rounds * 20)
        self.server.stop()
        self.server.check()

    def within(self, seconds, what, test):
        end = time.monotonic() + seconds
        while not test():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.02)

    def test_warninglist(self):
        """A list that the command line loads, enables and disables counts in the server within a second."""
        lists = os.path.join(self.server.dir, "lists")
        self.file("lists/lists/two/list.json", LIST)

        def hit():
            a = self.server.post("/warninglists/checkValue", ["listed.example.com"])
            self.assertEqual(a.status, 200)
            return bool(a.body)

        self.assertFalse(hit())
        self.server.cli("warninglist", "load", lists)
        self.assertFalse(hit())
        for command, want in ("enable", True), ("disable", False), ("enable", True):
            self.server.cli("warninglist", command, "two")
            self.within(1, f"{command} is not seen", lambda want=want: hit() == want)
        # and the other way round
        found = self.server.post("/warninglists/index").body["Warninglists"]
        self.assertEqual(self.server.post("/warninglists/toggleEnable", {"id": [found[0]["Warninglist"]["id"]], "enabled": False}).status, 200)
        self.assertIn("\t-\t", self.server.cli("warninglist", "list").stdout)

    def test_user(self):
        """A user added by the command line may come in at once; a new key of the command line too."""
        p = self.server.cli("user", "add", "two@example.com", "--json")
        key = json.loads(p.stdout)["key"]
        self.assertEqual(self.server.get("/users/view/me", key=key).body["User"]["email"], "two@example.com")
        key2 = json.loads(self.server.cli("user", "key", "two@example.com", "--json").stdout)["key"]
        self.assertEqual(self.server.get("/users/view/me", key=key2).status, 200)

    def test_user_disabled(self):
        """A user that another server on the same data disables is refused at once, and let in again."""
        p = json.loads(self.server.cli("user", "add", "two@example.com", "--json").stdout)
        second = Server.__new__(Server)
        second.__dict__.update(self.server.__dict__, process=None, log_path=self.server.log_path + "2")
        second.start()
        try:
            for server in (self.server, second):
                self.assertEqual(server.get("/users/view/me", key=p["key"]).status, 200)
            me = self.server.get("/users/view/me", key=p["key"]).body["User"]["id"]
            for disabled, want in (True, 403), (False, 200):
                self.assertEqual(second.post(f"/admin/users/edit/{me}", {"disabled": disabled}).status, 200)
                for server in (self.server, second):
                    self.assertEqual(server.get("/users/view/me", key=p["key"]).status, want)
        finally:
            second.stop()

    def test_two_starts(self):
        """Two programs that begin in the same new folder at once: both serve the same instance."""
        self.server.stop()
        other = Server()
        self.addCleanup(other.close)
        servers = []
        for i in range(2):
            s = Server.__new__(Server)
            s.__dict__.update(other.__dict__, process=None, log_path=f"{other.log_path}{i}")
            servers.append(s)
        try:
            join_all([Worker(s.start) for s in servers])
            uuids = {s.get("/servers/getVersion").body["uuid"] for s in servers}
            self.assertEqual(len(uuids), 1)
            self.assertEqual(servers[0].post("/events/add", {"info": "x", "uuid": uid("x")}).status, 200)
            self.assertEqual(servers[1].get(f"/events/view/{uid('x')}").status, 200)
        finally:
            for s in servers:
                s.stop() if s.process else None
        self.assertEqual(len(other.cli("user", "list").stdout.splitlines()), 1)
        other.check()

    def test_backup(self):
        """A copy made while others write is sound."""
        if crash.harness.engine() != "sqlite":
            self.skipTest("rows in PostgreSQL are copied by pg_dump")
        stop = threading.Event()

        def write():
            client, i = Client(self.server.port), 0
            while not stop.is_set():
                assert client.post("/events/add", {"info": f"b{i}", "Attribute": [
                    {"type": "domain", "value": f"{i}x{j}.b.example.com"} for j in range(200)]})[0] == 200
                i += 1

        writer = Worker(write)
        try:
            for i in range(3):
                time.sleep(0.2)
                copy = os.path.join(self.server.dir, f"copy{i}")
                self.server.cli("backup", copy)
                p = subprocess.run([crash.harness.program(), "check", "--deep", "--data", copy], env=self.server.env, capture_output=True,
                                   text=True, stdin=subprocess.DEVNULL)
                self.assertEqual(p.returncode, 0, p.stdout + p.stderr)
        finally:
            stop.set()
        join_all([writer])


if __name__ == "__main__":
    unittest.main()
