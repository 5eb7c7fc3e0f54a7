"""What the tests of this folder share: servers on copies of a data folder, the command line, files of a process, stored content.

Two things are different from tests/api: a server may be started on a copy of another one's data (Copy), and whatever ends
badly on purpose is judged by `misp check --deep` afterwards (Server.check).
"""

import http.client
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import threading
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "api"))
import harness  # noqa: E402  (the folder is known only now)
from harness import ADMIN_KEY  # noqa: E402

NAMES = uuid.UUID("6e9f3d0c-6a55-4d3c-a3a5-5a7e50c4f1b2")


def uid(*name):
    """The same uuid for the same name in every run."""
    return str(uuid.uuid5(NAMES, "/".join(map(str, name))))


class Server(harness.Server):
    def cli(self, *args, check=True, timeout=60, **more):
        """Runs a command on the data folder. check: its status must be 0. Gives the finished process, texts."""
        cmd = [harness.program(), *map(str, args), "--data", self.data] + (["--db", self.database] if self.database else [])
        p = subprocess.run(cmd, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, **more)
        if check and p.returncode:
            raise AssertionError(f"misp {' '.join(map(str, args))} ended with {p.returncode}:\n{p.stdout[-2000:]}{p.stderr[-2000:]}")
        return p

    def cli_start(self, *args):
        cmd = [harness.program(), *map(str, args), "--data", self.data] + (["--db", self.database] if self.database else [])
        return subprocess.Popen(cmd, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def sql(self, script):
        """Statements behind the program's back."""
        if self.database:
            subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", self.database, "-c", script], check=True, stdin=subprocess.DEVNULL)
            return
        db = sqlite3.connect(os.path.join(self.data, "misp.db"), timeout=20)
        try:
            db.executescript(script)
        finally:
            db.close()

    def check(self):
        self.cli("check", "--deep")

    def rss_anon(self):
        """Bytes of anonymous memory."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("RssAnon")) * 1024

    def wal_size(self):
        try:
            return os.path.getsize(os.path.join(self.data, "misp.db-wal"))
        except FileNotFoundError:
            return 0


class Copy(Server):
    """A server on a copy of the data of another one, which must not run."""

    def __init__(self, of, args=()):
        self.of = of
        super().__init__(args=args, engine_name=of.engine)
        shutil.copytree(of.data, self.data)

    def _make_database(self):
        url = super()._make_database()
        self._psql(f"DROP DATABASE {self.db_name}")
        self._psql(f"CREATE DATABASE {self.db_name} TEMPLATE {self.of.db_name}")
        return url


class Client:
    """One kept connection; post() gives (status, body), or None when the server was lost before the answer was complete."""

    def __init__(self, port, timeout=60):
        self.c = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        head = {"Authorization": ADMIN_KEY, "Accept": "application/json", "Content-Type": "application/json", "User-Agent": "PyMISP"}
        try:
            self.c.request(method, path, data, head)
            r = self.c.getresponse()
            text = r.read()
        except (OSError, http.client.HTTPException):
            self.c.close()
            return None
        return r.status, json.loads(text) if text else None

    def post(self, path, body=None):
        return self.call("POST", path, {} if body is None else body)

    def close(self):
        self.c.close()


class Worker(threading.Thread):
    """A thread whose failure is raised by join_all."""

    def __init__(self, fn, *args):
        super().__init__(daemon=True)
        self.fn, self.args, self.error, self.result = fn, args, None, None
        self.start()

    def run(self):
        try:
            self.result = self.fn(*self.args)
        except BaseException as e:  # handed over
            self.error = e


def join_all(workers, timeout=120):
    for w in workers:
        w.join(timeout)
        if w.is_alive():
            raise AssertionError("a worker did not end")
    for w in workers:
        if w.error:
            raise w.error
    return [w.result for w in workers]


ATTR_FIELDS = ("uuid", "type", "category", "value", "to_ids", "comment", "deleted", "object_relation", "distribution")
EVENT_FIELDS = ("uuid", "info", "date", "threat_level_id", "analysis", "distribution", "published")


def content(server, uuids=True):
    """All that is stored, without what differs from run to run: {event uuid: (head, tags, attributes, objects)}."""
    answer = server.post("/events/restSearch", {"returnFormat": "json", "deleted": [0, 1]}, headers={"User-Agent": "PyMISP"})
    if answer.status != 200:
        raise AssertionError(f"restSearch answered {answer.status}: {answer.body!r:.300}")
    out = {}
    for row in answer.body["response"]:
        e = row["Event"]
        live = sum(not a["deleted"] for a in elements(e))
        if int(e["attribute_count"]) != live:
            raise AssertionError(f"event {e['uuid']}: attribute_count {e['attribute_count']}, but {live} attributes")
        objects = sorted((o["uuid"], o["name"], o["deleted"], attrs(o["Attribute"], uuids)) for o in e.get("Object", []))
        tags = sorted(t["name"] for t in e.get("Tag", []))
        head = tuple(e[f] for f in EVENT_FIELDS if uuids or f != "uuid")
        out[e["uuid"] if uuids else e["info"]] = (head, tags, attrs(e.get("Attribute", []), uuids), objects)
    return out


def elements(e):
    return e.get("Attribute", []) + [a for o in e.get("Object", []) for a in o.get("Attribute", [])]


def attrs(rows, uuids):
    fields = ATTR_FIELDS if uuids else ATTR_FIELDS[1:]
    return sorted(tuple(str(a.get(f)) for f in fields) + tuple(sorted(t["name"] for t in a.get("Tag", []))) for a in rows)
