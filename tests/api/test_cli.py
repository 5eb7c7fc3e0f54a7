"""The program as a command: help, exit status, every subcommand on small inputs, the life of serve.

Runs on the engine of MISP_ENGINE as the other files here; what concerns SQLite files alone is skipped on PostgreSQL.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from harness import ADMIN_KEY, Server, engine, program

TOP = pathlib.Path(__file__).resolve().parents[2]
NOBODY = 65534
EVENT = "5f6bdf2c-7a3c-4a5e-9d4b-0000000000%02d"


def commands():
    text = subprocess.run([program(), "help"], check=True, text=True, stdout=subprocess.PIPE).stdout
    return [line[2:30].strip() for line in text.split("Commands:\n")[1].split("\n\n")[0].splitlines()]


def event(number, attributes, **more):
    return {"Event": {"uuid": EVENT % number, "info": f"event {number}", "date": "2026-01-02", "timestamp": "1767312000", "Attribute": attributes, **more}}


def attribute(kind, value, to_ids=True, **more):
    return {"type": kind, "value": value, "category": "Payload delivery" if "md5" in kind else "Network activity", "to_ids": to_ids, **more}


class Place:
    """A data folder (and database) of its own."""

    def __init__(self, init=True):
        self.server = Server()
        self.dir, self.data = self.server.dir, self.server.data
        self.where = ["--data", self.data] + (["--db", self.server.database] if self.server.database else [])
        if init:
            self.ok("init")

    def run(self, *args, where=True, stdin=None, env=None, **more):
        words = [str(a) for a in args]
        at = 2 if " ".join(words[:2]) in COMMANDS else 1
        words[at:at] = self.where if where else []
        base = {k: v for k, v in self.server.env.items() if not k.startswith("MISP_") or k.startswith("MISP_ADMIN")}
        return subprocess.run([program()] + words, input=stdin, env={**base, **(env or {})}, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120, cwd=self.dir, **({"text": True} | more))

    def ok(self, *args, **more):
        r = self.run(*args, **more)
        if r.returncode != 0:
            raise AssertionError(f"misp {' '.join(map(str, args))}: {r.returncode}\n{r.stderr}")
        return r.stdout

    def rows(self, *args, **more):
        return [json.loads(line) for line in self.ok(*args, "--json", **more).splitlines()]

    def file(self, name, content):
        path = pathlib.Path(self.dir, name)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def close(self):
        self.server.close()


COMMANDS = set(commands())


class CliTest(unittest.TestCase):
    def setUp(self):
        self.place = Place(self.init)
        self.addCleanup(self.place.close)

    init = True

    def refused(self, status, says, *args, **more):
        """One line to standard error, nothing to standard output."""
        r = self.place.run(*args, **more)
        self.assertEqual(r.returncode, status, r.stderr)
        self.assertRegex(r.stderr, r"^misp[^\n]*" + says + r"[^\n]*\n$")
        self.assertEqual(r.stdout, "")


class Surface(CliTest):
    init = False

    def plain(self, *args, **more):
        return self.place.run(*args, where=False, **more)

    def test_help(self):
        for name in COMMANDS:
            with self.subTest(command=name):
                one, two = self.plain("help", *name.split()), self.plain(*name.split(), "--help")
                self.assertEqual((one.returncode, one.stderr), (0, ""))
                self.assertEqual(one.stdout, two.stdout)
                self.assertTrue(one.stdout.startswith(f"usage: misp {name}"), one.stdout)
                self.assertFalse([line for line in one.stdout.splitlines() if len(line) > 160])
        self.assertEqual(self.plain("--help").stdout, self.plain("help").stdout)
        self.assertIn("user add", self.plain("user", "--help").stdout)
        self.assertEqual(self.plain().returncode, 2)

    def test_man_pages(self):
        """Each command has a page that names each of its options."""
        man = TOP / "docs/man"
        for name in COMMANDS:
            page = (man / f"misp-{name.split()[0]}.1").read_text()
            for option in re.findall(r"^  --([a-z-]+)", self.plain("help", *name.split()).stdout, re.M):
                if option not in ("help", "config"):
                    self.assertRegex(page, rf"Fl -{option}\b", f"{name}: --{option} in its manual page")
        settings = [json.loads(line)["name"] for line in self.plain("config", "--json").stdout.splitlines()]
        page = (man / "misp.conf.5").read_text()
        self.assertEqual([s for s in settings if f".It Ic {s}" not in page], [])

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_man_lint(self):
        pages = sorted(str(p) for p in (TOP / "docs/man").iterdir())
        r = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"] + pages, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((r.returncode, r.stdout), (0, ""))

    def test_version(self):
        self.assertRegex(self.plain("version").stdout, r"^misp \d+\.\d+\.\d+\n$")
        self.assertEqual(self.plain("--version").stdout, self.plain("version").stdout)
        self.assertEqual(set(json.loads(self.plain("version", "--json").stdout)), {"version"})

    def test_wrong_use(self):
        for says, args in ((r'unknown command "nonsense"', ["nonsense"]), (r'unknown option "--nonsense"', ["--nonsense"]),
                           (r'unknown option "--nonsense"', ["search", "--nonsense=1"]), (r'unknown option "-x"', ["search", "-x"]),
                           (r'unknown command "user nonsense"', ["user", "nonsense"]), ("FILE... is missing", ["import"]),
                           ("a value is missing", ["search", "--type"]), ("one operand too many", ["check", "x"]), ("no value is taken", ["check", "--json=1"]),
                           ("a number from", ["serve", "--workers", "x"]), ("networks are wanted", ["serve", "--proxies", "x"]),
                           ('no command "nonsense"', ["help", "nonsense"]), ("--limit", ["search", "--limit", "0"])):
            with self.subTest(args=args):
                self.refused(2, says, *args, where=False)

    def test_no_data(self):
        self.refused(9, "cannot open the data folder", "search")
        self.refused(9, "cannot open the data folder", "match", "/dev/null")
        self.place.data = self.place.where[1] = self.place.file("file", "")
        self.refused(9, "is not a folder", "init")

    def test_config(self):
        conf = self.place.file("a.conf", "# x\nlisten = 192.0.2.1:80\ndb = postgresql://u:secret@h/d\nadmin_key = k\n")
        out = {r["name"]: r for r in map(json.loads, self.plain("config", "--json", "--config", conf, "--workers=3", env={"MISP_LOG_LEVEL": "warn"}).stdout.splitlines())}
        self.assertEqual((out["listen"]["value"], out["listen"]["from"]), ("192.0.2.1:80", f"{conf}:2"))
        self.assertEqual(out["workers"]["from"], "flag --workers")
        self.assertEqual(out["log_level"]["from"], "environment MISP_LOG_LEVEL")
        self.assertEqual((out["tls_key"]["from"], out["admin_key"]["value"]), ("default", "*****"))
        self.assertNotIn("secret", self.plain("config", "--config", conf).stdout)
        self.refused(2, rf"{conf}:1: unknown setting", "config", "--config", self.place.file("a.conf", "x = 1\n"), where=False)
        self.refused(3, "cannot open /nowhere", "config", "--config", "/nowhere", where=False)

    def test_extract(self):
        text = "Call hxxp://evil[.]example[.]com/a from 192.0.2.1\nand evil@example.com\n"
        path = self.place.file("report.txt", text)
        rows = [json.loads(line) for line in self.plain("extract", "--json", path).stdout.splitlines()]
        self.assertEqual(set(rows[0]), {"file", "type", "value", "original", "offset", "role"})
        for r in rows:
            self.assertEqual(text[r["offset"]:r["offset"] + len(r["original"])], r["original"])
            self.assertEqual((r["file"], r["role"]), (str(path), "indicator"))
        self.assertEqual([r["value"] for r in rows], ["http://evil.example.com/a", "192.0.2.1", "evil@example.com"])
        self.assertEqual(self.plain("extract", "-", stdin=text).stdout.count("\n"), 3)
        r = self.plain("extract", "/nowhere", path)
        self.assertEqual((r.returncode, r.stdout.count("\n")), (3, 3))
        self.assertIn("cannot open /nowhere", r.stderr)
        self.refused(9, "is a folder", "extract", self.place.dir, where=False)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_output_full(self):
        with open("/dev/full", "w") as full:
            r = subprocess.run([program(), "version"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(r.returncode, 9)
        self.assertIn("cannot write to standard output", r.stderr)

    def test_init(self):
        env = {"MISP_ADMIN_EMAIL": "", "MISP_ADMIN_PASSWORD": "", "MISP_ADMIN_KEY": ""}
        made = json.loads(self.place.ok("init", "--json", "--org-name", "Example CERT", "--admin-email", "a@example.org", env=env))
        self.assertEqual((made["org"], made["email"], len(made["password"]), len(made["key"])), ("Example CERT", "a@example.org", 20, 40))
        self.assertEqual(os.stat(self.place.data).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(f"{self.place.data}/secret.key").st_mode & 0o777, 0o600)
        self.refused(5, "initialised already", "init")
        self.assertEqual([u["email"] for u in self.place.rows("user", "list")], ["a@example.org"])


class Data(CliTest):
    def load(self):
        both = {"response": [event(1, [attribute("domain", "evil.example.com", Tag=[{"name": "c2"}]), attribute("ip-dst", "192.0.2.5"), attribute("ip-dst", "bogus"),
                                       attribute("domain|ip", "evil.example.com|192.0.2.5"), attribute("ip-src", "192.0.2.77", False)], Tag=[{"name": "tlp:green"}]),
                             event(2, [attribute("md5", "00112233445566778899aabbccddeeff"), attribute("ip-src", "192.0.2.0/24")])]}
        return self.place.file("events.json", both)

    def test_import(self):
        path = self.load()
        r = self.place.run("import", path, "--publish", "--json")
        rows = [json.loads(line) for line in r.stdout.splitlines()]
        self.assertEqual([(x["uuid"], x["result"], x["attributes"], x["refused"]) for x in rows], [(EVENT % 1, "added", 4, 1), (EVENT % 2, "added", 2, 0)])
        self.assertRegex(r.stderr, rf"{path}: event {EVENT % 1}: Attribute 2: ")
        self.assertEqual([x["result"] for x in self.place.rows("import", path)], ["unchanged", "unchanged"])
        newer = event(2, [attribute("md5", "00112233445566778899aabbccddee00")], timestamp="1767312001")
        self.assertEqual([x["result"] for x in self.place.rows("import", "-", stdin=json.dumps(newer))], ["changed"])
        self.assertEqual(len(self.place.rows("search", "--event", EVENT % 2)), 3)
        bad = self.place.file("bad.json", '{"Event": ')
        r = self.place.run("import", bad, path)
        self.assertEqual(r.returncode, 2)
        self.assertIn("bad.json", r.stderr)
        self.assertIn("2 events: 0 added", r.stdout)
        self.refused(3, "cannot open /nowhere", "import", "/nowhere")

    def test_search(self):
        self.place.ok("import", self.load(), "--publish")

        def values(*args):
            return [r["value"] for r in self.place.rows("search", *args)]

        self.assertEqual(values("192.0.2.5"), ["192.0.2.5", "evil.example.com|192.0.2.5"])
        self.assertEqual(values("--type", "md5", "--type", "ip-src"), ["192.0.2.77", "00112233445566778899aabbccddeeff", "192.0.2.0/24"])
        self.assertEqual(values("--tag", "c2"), ["evil.example.com"])
        self.assertEqual(values("--to-ids", "no"), ["192.0.2.77"])
        self.assertEqual(values("--published", "no"), [])
        self.assertEqual(values("%evil%", "--limit", "1"), ["evil.example.com"])
        self.assertEqual(len(values("--since", "1h")), 6)
        self.assertEqual(values("--until", "2001-01-01"), [])
        row = self.place.rows("search", "evil.example.com")[0]
        self.assertEqual((row["event_uuid"], row["event_info"], row["tags"], row["published"]), (EVENT % 1, "event 1", ["c2"], True))
        self.assertEqual(self.place.ok("search", "--type", "md5"), "00112233445566778899aabbccddeeff\tmd5\tPayload delivery\tids\t2\tevent 2\n")
        self.assertEqual(self.place.ok("search", "--type", "md5", "--csv").splitlines()[0].split(",")[:5], ["uuid", "event_id", "category", "type", "value"])
        self.refused(2, "--since", "search", "--since", "never")
        self.refused(2, "--to-ids", "search", "--to-ids", "maybe")

    LOG = "to www.evil.example.com:80 from 192.0.2.5\nnothing\r\nfile 00112233445566778899AABBCCDDEEFF, 192.0.2.77 \xe9"

    def test_match(self):
        self.place.ok("import", self.load(), "--publish")
        self.place.ok("import", self.place.file("u.json", event(3, [attribute("ip-dst", "192.0.2.5")])))
        path = self.place.file("x.log", "")
        path.write_bytes(self.LOG.encode("latin-1"))
        rows = self.place.rows("match", path)
        self.assertEqual(set(rows[0]), {"file", "line", "offset", "value", "seen", "type", "event_uuid", "event_info", "tags"})
        self.assertEqual([(r["line"], r["offset"], r["value"], r["seen"], r["event_uuid"][-1]) for r in rows], [
            (1, 3, "evil.example.com", "www.evil.example.com", "1"),
            (1, 32, "192.0.2.5", "192.0.2.5", "1"),
            (1, 32, "192.0.2.0/24", "192.0.2.5", "2"),
            (3, 5, "00112233445566778899aabbccddeeff", "00112233445566778899AABBCCDDEEFF", "2"),
            (3, 39, "192.0.2.0/24", "192.0.2.77", "2")])
        self.assertEqual((rows[0]["file"], rows[0]["tags"], rows[0]["event_info"]), (str(path), ["tlp:green", "c2"], "event 1"))
        self.assertIn(EVENT % 3, [r["event_uuid"] for r in self.place.rows("match", path, "--unpublished")])
        piped = self.place.run("match", "-", stdin=self.LOG.encode("latin-1"), text=False).stdout
        self.assertEqual(piped, self.place.run("match", path, text=False).stdout.replace(str(path).encode(), b"-"))
        self.assertEqual(self.place.ok("match", "/dev/null"), "")
        self.refused(3, "cannot open /nowhere", "match", "/nowhere")

    def test_match_follows(self):
        """A line is answered when it is complete, not when the input ends."""
        self.place.ok("import", self.load(), "--publish")
        p = subprocess.Popen([program(), "match"] + self.place.where + ["-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        p.stdin.write(b"x evil.exam")
        p.stdin.flush()
        p.stdin.write(b"ple.com\n")
        p.stdin.flush()
        self.assertTrue(p.stdout.readline().startswith(b"-:1:2\tevil.example.com\t"))
        p.stdin.close()
        self.assertEqual((p.stdout.read(), p.wait()), (b"", 0))
        p.stdout.close()

    def test_warninglists(self):
        self.place.ok("import", self.load(), "--publish")
        lists = pathlib.Path(self.place.dir, "clone/lists/ours")
        lists.mkdir(parents=True)
        (lists / "list.json").write_text(json.dumps({"name": "Our hosts", "type": "hostname", "version": 1, "description": "x", "list": ["example.com"]}))
        log = self.place.file("x.log", "a evil.example.com\n")
        self.assertEqual(self.place.rows("warninglist", "load", lists.parents[1]), [{"added": 1, "updated": 0, "unchanged": 0, "unreadable": 0}])
        self.assertEqual([(r["name"], r["enabled"], r["entries"]) for r in self.place.rows("warninglist", "list")], [("Our hosts", False, 1)])
        self.assertEqual(len(self.place.rows("match", log)), 1)
        self.assertEqual(self.place.rows("warninglist", "enable", "Our hosts"), [{"changed": 1}])
        self.assertEqual(self.place.rows("match", log), [])
        self.assertEqual(self.place.rows("warninglist", "list", "--enabled")[0]["name"], "Our hosts")
        self.assertEqual(self.place.rows("warninglist", "disable", "1"), [{"changed": 1}])
        self.assertEqual(len(self.place.rows("match", log)), 1)
        self.refused(3, "no warninglist", "warninglist", "enable", "nonsense")
        self.refused(3, "cannot list|holds no", "warninglist", "load", self.place.dir)

    def test_users(self):
        made = self.place.rows("user", "add", "b@example.org", "--role", "user")[0]
        self.assertEqual((len(made["password"]), len(made["key"])), (20, 40))
        self.assertEqual([u["role"] for u in self.place.rows("user", "list")], ["admin", "User"])
        self.refused(2, "e-mail", "user", "add", "b@example.org")
        self.refused(2, "password", "user", "password", "b@example.org", "--password-stdin", stdin="short\n")
        self.assertEqual(self.place.ok("user", "password", "b@example.org", "--password-stdin", stdin="Correct-horse-1\n"), "")
        self.assertRegex(self.place.ok("user", "key", "b@example.org", "--days", "3", "--read-only"), r"^\w{40}\n$")
        self.assertRegex(self.place.ok("user", "key", "b@example.org", "--replace"), r"^\w{40}\n$")
        self.refused(3, "no user", "user", "key", "c@example.org")
        self.refused(2, "--days", "user", "key", "b@example.org", "--days", "0")

    def test_feeds(self):
        path = self.place.file("list.txt", "192.0.2.9\nevil.example.net\n")
        self.assertEqual(self.place.ok("feed", "add", path, "--format", "freetext", "--name", "ours", "--publish", "--to-ids", "--fixed-event", "--tag", "feed:ours"), "1\n")
        self.assertEqual([(f["name"], f["url"], f["enabled"]) for f in self.place.rows("feed", "list")], [("ours", str(path), True)])
        self.assertEqual(self.place.rows("feed", "fetch", "ours")[0]["report"]["added"], 2)
        self.assertEqual(len(self.place.rows("search", "--tag", "feed:ours")), 2)
        r = self.place.run("feed", "fetch", "all")
        self.assertEqual((r.returncode, r.stderr), (0, "feed ours: unchanged\n"))
        self.assertEqual(self.place.rows("feed", "cache", "1")[0]["report"]["cached"], 2)
        self.refused(3, "no such feed", "feed", "fetch", "theirs")
        self.refused(3, "cannot open", "feed", "add", "/nowhere/x")
        path.unlink()
        r = self.place.run("feed", "fetch", "1")
        self.assertNotEqual(r.returncode, 0)
        self.assertIn("feed ours:", r.stderr)

    def test_history(self):
        self.place.ok("import", self.load())
        self.assertEqual(self.place.rows("history", "purge", "--older-than", "0"), [{"removed": 0}])
        self.refused(2, "--older-than", "history", "purge")

    def test_check(self):
        self.assertIs(self.place.rows("check")[0]["sound"], True)

    def test_backup(self):
        self.place.ok("import", self.load(), "--publish")
        copy, back = f"{self.place.dir}/copy", f"{self.place.dir}/back"
        if engine() == "pg":
            self.refused(2, "pg_dump", "backup", copy)
            return
        self.place.ok("backup", copy)
        self.assertEqual(sorted(os.listdir(copy)), ["misp.db", "secret.key"])
        self.assertEqual({os.stat(f"{copy}/{n}").st_mode & 0o777 for n in os.listdir(copy)} | {os.stat(copy).st_mode & 0o777}, {0o600, 0o700})
        self.refused(5, "is there already", "backup", copy)
        self.refused(5, "is not empty", "restore", copy)
        self.place.ok("restore", copy, "--data", back, where=False)
        self.assertEqual(self.place.ok("search", "--data", back, where=False), self.place.ok("search"))
        # a backup whose key belongs to another database is no backup, and nothing half is left
        pathlib.Path(copy, "secret.key").write_text("0" * 64 + "\n")
        self.refused(2, "does not belong", "restore", copy, "--data", f"{back}2", where=False)
        self.assertEqual([n for n in os.listdir(self.place.dir) if n.startswith("back")], ["back"])

    def test_secret_key(self):
        key = f"{self.place.data}/secret.key"
        os.chmod(key, 0o644)
        self.refused(4, "can be read by others", "search")
        os.unlink(key)
        self.refused(2, "is not there", "search")

    @unittest.skipIf(engine() == "pg", "a file of SQLite")
    def test_newer_database(self):
        import sqlite3
        with sqlite3.connect(f"{self.place.data}/misp.db") as db:
            table, column = next((t, c[1]) for (t,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() if "migration" in t or "schema" in t
                                 for c in db.execute(f"PRAGMA table_info({t})") if c[1] in ("number", "version"))
            columns = [c[1] for c in db.execute(f"PRAGMA table_info({table})")]
            row = dict(zip(columns, db.execute(f"SELECT * FROM {table} ORDER BY {column} DESC LIMIT 1").fetchone()))
            row[column] = 999
            db.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", list(row.values()))
        db.close()
        self.refused(2, "newer version", "search")
        self.refused(2, "newer version", "serve", "--listen", "127.0.0.1:0")


class Serving(CliTest):
    init = False

    def start(self, *args, env=None, listen="127.0.0.1:0", **more):
        base = {k: v for k, v in self.place.server.env.items() if not k.startswith("MISP_") or k.startswith("MISP_ADMIN")}
        p = subprocess.Popen([program(), "serve"] + self.place.where + (["--listen", listen] if listen else []) + list(args), env={**base, **(env or {})},
                             text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.place.dir, **more)
        self.addCleanup(self.end, p)
        text = ""
        for line in p.stdout:
            text += line
            if m := re.match(r"listening on (\S+)$", line):
                return p, m[1], text
        raise AssertionError(f"serve ended with {p.wait()}: {p.stderr.read()}")

    @staticmethod
    def end(p):
        if p.poll() is None:
            p.kill()
        p.wait()
        p.stdout.close()
        p.stderr.close()

    @staticmethod
    def get(url, path="/users/view/me", key=ADMIN_KEY, context=None):
        request = urllib.request.Request(url + path, headers={"Authorization": key, "Accept": "application/json"})
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return json.load(answer)

    def stop(self, p, sig=signal.SIGTERM):
        p.send_signal(sig)
        self.assertEqual(p.wait(15), 0, p.stderr.read())

    def test_life(self):
        p, url, _ = self.start()
        self.assertEqual(self.get(url)["User"]["change_pw"] in (False, "0", 0), True)
        self.stop(p)
        begin = time.monotonic()
        p, url, text = self.start()
        self.assertLess(time.monotonic() - begin, 2 if "asan" not in program() else 10)
        self.assertNotIn("key", text)
        self.get(url)
        self.stop(p, signal.SIGINT)

    def test_random_credentials(self):
        p, url, text = self.start(env={"MISP_ADMIN_PASSWORD": "", "MISP_ADMIN_KEY": ""})
        self.assertEqual(len(re.findall(r"^password +\S{20}\b", text, re.M)), 1)
        self.get(url, key=re.search(r"^API key +(\w{40})$", text, re.M)[1])
        self.stop(p)

    def test_commands_beside_it(self):
        p, url, _ = self.start()
        path = self.place.file("e.json", event(1, [attribute("ip-dst", "192.0.2.5")]))
        self.place.ok("import", path, "--publish")
        self.assertEqual(self.get(url, "/events/view/1")["Event"]["uuid"], EVENT % 1)
        key = self.place.rows("user", "add", "b@example.org")[0]["key"]
        self.assertEqual(self.get(url, key=key)["User"]["email"], "b@example.org")
        if engine() != "pg":
            self.place.ok("backup", f"{self.place.dir}/copy")
            self.place.ok("restore", f"{self.place.dir}/copy", "--data", f"{self.place.dir}/back", where=False)
            self.assertIn("192.0.2.5", self.place.ok("search", "--data", f"{self.place.dir}/back", where=False))
        self.stop(p)

    def test_busy_port(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            port = s.getsockname()[1]
            r = self.place.run("serve", "--listen", f"127.0.0.1:{port}")
        self.assertEqual(r.returncode, 9)
        self.assertRegex(r.stderr, rf"^misp serve: cannot listen on 127.0.0.1:{port}: Address already in use\n$")

    def test_bad_settings(self):
        for says, args in ((r"tls_key is missing", ["--tls-cert", "/x"]), (r"cannot open /x", ["--tls-cert", "/x", "--tls-key", "/x"]),
                           ("nonsense", ["--listen", "nonsense"])):
            with self.subTest(args=args):
                r = self.place.run("serve", *args)
                self.assertNotEqual(r.returncode, 0)
                self.assertRegex(r.stderr, rf"^misp serve: [^\n]*{says}[^\n]*\n$")

    def drop_rights(self):
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)

    @unittest.skipIf(engine() == "pg", "a file of SQLite")
    def test_read_only_folder(self):
        self.place.ok("init")
        as_root = os.getuid() == 0
        os.chmod(self.place.dir, 0o755)
        if as_root:
            for path in [self.place.data] + [os.path.join(self.place.data, n) for n in os.listdir(self.place.data)]:
                os.chown(path, NOBODY, NOBODY)
        for n in os.listdir(self.place.data):
            os.chmod(os.path.join(self.place.data, n), 0o400)
        os.chmod(self.place.data, 0o500)
        try:
            r = self.place.run("serve", "--listen", "127.0.0.1:0", preexec_fn=self.drop_rights if as_root else None)
        finally:
            os.chmod(self.place.data, 0o700)
        self.assertEqual(r.returncode, 9, r.stderr)
        self.assertRegex(r.stderr, r"^misp serve: [^\n]*(read-only|no permission)[^\n]*\n$")

    def test_requests_end(self):
        """SIGTERM lets a request that is running end, and takes no new ones."""
        p, url, _ = self.start()
        body = json.dumps(event(1, [attribute("ip-dst", f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}") for i in range(20000)])).encode()
        with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), 20) as s:
            s.sendall(b"POST /events/add HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
                      b"Connection: close\r\nContent-Length: %d\r\n\r\n" % (ADMIN_KEY.encode(), len(body)))
            s.sendall(body[:-1])
            time.sleep(0.3)  # it is being read
            p.send_signal(signal.SIGTERM)
            time.sleep(0.1)
            s.sendall(body[-1:])
            answer = b""
            while piece := s.recv(1 << 20):
                answer += piece
        self.assertTrue(answer.startswith(b"HTTP/1.1 200"), answer[:300])
        self.assertEqual(p.wait(20), 0)
        self.assertEqual(len(self.place.rows("search", "--event", "1", "--limit", "30000")), 20000)

    def test_https(self):
        import ssl
        p, url, _ = self.start("--tls-selfsigned", "--tls-hosts", "localhost 127.0.0.1")
        self.assertTrue(url.startswith("https://127.0.0.1:"))
        context = ssl.create_default_context(cafile=f"{self.place.data}/tls.crt")
        self.get(url, context=context)
        self.stop(p)
        # the same certificate at the next start
        p, url, _ = self.start("--tls-selfsigned")
        self.get(url, context=context)
        self.stop(p)

    def test_certificate_renewed(self):
        """SIGHUP takes the new certificate; what cannot be used leaves the old one."""
        import ssl
        p, url, _ = self.start("--tls-selfsigned", "--tls-hosts", "localhost 127.0.0.1")
        crt, key = pathlib.Path(self.place.data, "tls.crt"), pathlib.Path(self.place.data, "tls.key")
        old, new = (ssl.create_default_context(cafile=crt), None)
        self.get(url, context=old)
        crt.unlink()
        key.unlink()
        p.send_signal(signal.SIGHUP)
        self.assertRegex(p.stderr.readline(), "settings read again")
        new = ssl.create_default_context(cafile=crt)
        self.get(url, context=new)
        with self.assertRaises(OSError):
            self.get(url, context=old)
        crt.write_text("nonsense")
        p.send_signal(signal.SIGHUP)
        self.assertRegex(p.stderr.readline(), "the certificate stays as it is: cannot use the certificate and key")
        self.get(url, context=new)
        self.stop(p)

    @unittest.skipIf(engine() == "pg", "reads the file of SQLite")
    def test_audit_of_reads(self):
        """Reads are audited when asked for, refusals always; both by the queue, which is written at the end at the latest."""
        import sqlite3
        for args, wanted in (([], []), (["--audit-reads"], [("read", "GET /users/view/me")])):
            p, url, _ = self.start(*args)
            self.get(url)
            with self.assertRaises(urllib.error.HTTPError):
                self.get(url, "/events/view/999")
            self.stop(p)
            with sqlite3.connect(f"{self.place.data}/misp.db") as db:
                rows = db.execute("SELECT action, title FROM audit WHERE model = 'Route' ORDER BY id").fetchall()
            self.assertEqual(rows, wanted)

    def test_systemd(self):
        """A socket passed by the manager is served; it is told when we are ready, reload and stop."""
        notify = f"{self.place.dir}/notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, socket.socket() as listener:
            manager.bind(notify)
            manager.settimeout(20)
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]
            fd = listener.fileno()

            # LISTEN_PID must be the program's own: a shell that replaces itself knows it
            base = {k: v for k, v in self.place.server.env.items() if not k.startswith("MISP_") or k.startswith("MISP_ADMIN")}
            p = subprocess.Popen(["/bin/sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh", program(), "serve"] + self.place.where,
                                 env={**base, "NOTIFY_SOCKET": notify}, text=True, preexec_fn=lambda: os.dup2(fd, 3, True), close_fds=False,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.place.dir)
            self.addCleanup(self.end, p)
            self.assertEqual(manager.recv(1000), b"READY=1")
            self.get(f"http://127.0.0.1:{port}")
            p.send_signal(signal.SIGHUP)
            self.assertRegex(manager.recv(1000).decode(), r"^RELOADING=1\nMONOTONIC_USEC=\d+$")
            self.assertEqual(manager.recv(1000), b"READY=1")
            p.send_signal(signal.SIGTERM)
            self.assertTrue(manager.recv(1000).startswith(b"STOPPING=1"))
            self.assertEqual(p.wait(15), 0)

    def test_reload(self):
        conf = self.place.file("s.conf", "log_level = error\nworkers = 1\n")
        p, url, _ = self.start("--config", str(conf))
        conf.write_text("log_level = debug\nworkers = 2\n")
        p.send_signal(signal.SIGHUP)
        self.assertRegex(p.stderr.readline(), "workers has changed")
        self.assertRegex(p.stderr.readline(), "settings read again")
        conf.write_text("log_level = loud\n")
        p.send_signal(signal.SIGHUP)
        self.assertRegex(p.stderr.readline(), "settings stay as they are: .*s.conf:1")
        self.get(url)
        p.send_signal(signal.SIGTERM)
        self.assertEqual(p.wait(15), 0)

    def test_demo(self):
        env = {"MISP_ADMIN_PASSWORD": "", "MISP_ADMIN_KEY": ""}
        p, url, text = self.start("--demo", env=env)
        key = re.search(r"^API key +(\w{40})\b", text, re.M)[1]
        self.assertEqual(text.count(key), 3)  # itself, the curl and the Python line
        self.assertRegex(text, r"\n\d+ hits, \d+ values looked for\n")
        self.assertGreaterEqual(len(re.findall(r"^\S*demo.log:\d+:\d+\t", text, re.M)), 8)
        for command in ("curl ", " match --data ", " extract ", "python3 "):
            self.assertIn(command, text.split("To try:")[1])
        found = self.place.rows("search", "198.51.100.20")
        self.assertGreaterEqual(len({r["event_id"] for r in found}), 3)
        event_id = next(r["event_id"] for r in found)
        self.assertTrue(self.get(url, f"/events/view/{event_id}", key=key)["Event"]["RelatedEvent"])
        self.assertGreater(self.place.ok("extract", f"{self.place.data}/demo/report.txt", where=False).count("\n"), 8)
        self.stop(p)
        before = self.place.ok("search")
        p, url, text = self.start("--demo", env=env)
        self.assertNotIn("API key", text)
        self.assertIn("To try:", text)
        self.assertEqual(self.place.ok("search"), before)
        self.stop(p)


if __name__ == "__main__":
    unittest.main()
