"""Black-box tests of the program over HTTP: starts the real binary on a free port with an empty data folder.

    from harness import ApiTest

    class Events(ApiTest):
        def test_add(self):
            event = self.new_event(info="x")
            a = self.get(f"/events/view/{event['id']}")
            self.assert_status(a, 200)

One server a class (Server); each test makes what it needs and asks only for that, so the tests of a class can run in
any order. A test that fails shows what the server logged meanwhile. An answer with 5xx fails the test wherever it
comes from.

Environment:
    MISP_BIN          the program (default: build/src/misp)
    MISP_ENGINE       sqlite (default) or pg; MISP_TEST_ENGINE is the same and wins
    MISP_TEST_PG      for pg: URL of a database whose role may create databases; each Server gets its own (by psql)
    MISP_ROUTES_LOG   file to which each call is appended as "METHOD path", for the check that every route was called
"""

import collections
import http.client
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import uuid

ADMIN_EMAIL = "admin@admin.test"
ADMIN_PASSWORD = "Correct-horse-battery-9"
ADMIN_KEY = "AdminKey00000000000000000000000000000001"
START_S = 20
STOP_S = 10
LOG_TAIL = 60  # lines of the server's log shown with a failure

ROLES = {"admin": "1", "Org Admin": "2", "User": "3", "Publisher": "4", "Sync user": "5", "Read Only": "6"}

Answer = collections.namedtuple("Answer", "status body headers")
_DEFAULT = object()  # the site admin's key
_count = itertools.count(1)


def engine():
    return os.environ.get("MISP_TEST_ENGINE") or os.environ.get("MISP_ENGINE") or "sqlite"


def program():
    top = pathlib.Path(__file__).resolve().parents[2]
    return os.environ.get("MISP_BIN") or str(top / "build/src/misp")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """The program with a data folder (and database) of its own. start() may be called again after stop() or kill9()."""

    def __init__(self, env=None, args=(), engine_name=None):
        self.engine = engine_name or engine()
        self.dir = tempfile.mkdtemp(prefix="misp-api-")
        self.data = os.path.join(self.dir, "data")
        self.log_path = os.path.join(self.dir, "stderr")
        # MISP_* are settings of the program: those of the test run are not for it
        clean = {k: v for k, v in os.environ.items() if not k.startswith("MISP_")}
        self.env = {**clean, "MISP_ADMIN_EMAIL": ADMIN_EMAIL, "MISP_ADMIN_PASSWORD": ADMIN_PASSWORD,
                    "MISP_ADMIN_KEY": ADMIN_KEY, **(env or {})}
        self.args, self.port, self.process, self.database = list(args), None, None, None
        if self.engine == "pg":
            self.database = self._make_database()

    # ---- life ----

    def _psql(self, sql):
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", os.environ["MISP_TEST_PG"], "-c", sql],
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60)

    def _make_database(self):
        self.db_name = f"api_{os.getpid()}_{next(_count)}_{uuid.uuid4().hex[:8]}"
        self._psql(f"CREATE DATABASE {self.db_name}")
        return re.sub(r"/[^/?]*(\?|$)", rf"/{self.db_name}\1", os.environ["MISP_TEST_PG"], count=1)

    def command(self):
        cmd = [program(), "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"]
        return cmd + (["--db", self.database] if self.database else []) + self.args

    def start(self):
        """Runs the program and waits until it answers; a second try when somebody else took the port meanwhile."""
        for last in (False, True):
            self.port = free_port()
            with open(self.log_path, "ab") as log:
                self.process = subprocess.Popen(self.command(), env=self.env, stdin=subprocess.DEVNULL, stdout=log,
                                                stderr=log)
            if self._wait_ready(last):
                return self
        raise AssertionError("not reached")

    def _wait_ready(self, last):
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                if not last and "in use" in self.log():
                    return False
                raise AssertionError(f"the server ended with {self.process.returncode} at its start:\n{self.log()}")
            try:
                if self.get("/servers/getVersion", record=False).status == 200:
                    return True
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.01)
        self.kill9()
        raise AssertionError(f"the server did not answer within {START_S} s:\n{self.log()}")

    def stop(self):
        """SIGTERM; the program ends by itself within ten seconds, with status 0."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError(f"the server did not end within {STOP_S} s of SIGTERM:\n{self.log()}") from None
        self.process = None
        if status != 0:
            raise AssertionError(f"the server ended with {status} after SIGTERM:\n{self.log()}")

    def kill9(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        """Stops the server and removes folder and database."""
        try:
            self.stop()
        finally:
            self.kill9()
            shutil.rmtree(self.dir, ignore_errors=True)
            if self.database:
                self._psql(f"DROP DATABASE IF EXISTS {self.db_name} WITH (FORCE)")
                self.database = None

    def log(self, offset=0, lines=LOG_TAIL):
        try:
            with open(self.log_path, "rb") as f:
                f.seek(offset)
                return "\n".join(f.read().decode("utf-8", "replace").splitlines()[-lines:])
        except OSError:
            return ""

    def log_size(self):
        return os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0

    # ---- calls ----

    def request(self, method, path, body=None, key=_DEFAULT, headers=None, record=True, timeout=60, allow_5xx=False):
        """body: dict or list as JSON; text or bytes as they are. key: None for no key. headers: None takes one out."""
        send = {"Accept": "application/json", "User-Agent": "api-test"}
        if key is not None:
            send["Authorization"] = ADMIN_KEY if key is _DEFAULT else str(key)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if body is not None:
            send["Content-Type"] = "application/json"
        elif method in ("POST", "PUT"):
            send["Content-Length"] = "0"
        send.update(headers or {})
        if record and (log := os.environ.get("MISP_ROUTES_LOG")):
            with open(log, "a", encoding="utf-8") as f:
                f.write(f"{method} {path}\n")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, {k: v for k, v in send.items() if v is not None})
            r = connection.getresponse()
            content = r.read()
        finally:
            connection.close()
        # never 5xx for a bad request: the client raises and loses the reason
        if r.status >= 500 and record and not allow_5xx:
            raise AssertionError(f"{method} {path} answered {r.status}: {content[:500]!r}")
        return Answer(r.status, self._decode(method, path, r, content), r.headers)

    @staticmethod
    def _decode(method, path, r, content):
        text = content.decode("utf-8", "replace")
        if not content or "json" not in r.headers.get("Content-Type", ""):
            return text
        try:
            return json.loads(text)
        except ValueError as e:
            raise AssertionError(f"{method} {path} answered JSON that is none: {e}: {text[:500]!r}") from None

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def put(self, path, body=None, **more):
        return self.request("PUT", path, body, **more)

    def delete(self, path, body=None, **more):
        return self.request("DELETE", path, body, **more)

    def head(self, path, **more):
        return self.request("HEAD", path, **more)

    def raw(self, data, timeout=10):
        """Sends the bytes as they are and returns all that comes back until the server closes or falls silent."""
        out = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout) as s:
            s.sendall(data)
            try:
                while chunk := s.recv(65536):
                    out += chunk
            except (socket.timeout, ConnectionResetError):
                pass
        return out


class Key(str):
    """An API key that remembers its user and organisation (the dicts the server answered)."""

    user = None
    org = None


def shape_errors(value, shape, path="", extra=False):
    """What in a JSON value differs from a skeleton: [] when nothing.

    A skeleton is a dict (a key with "?" at its end may be absent; keys it does not name are errors unless extra),
    [skeleton] (every element), [] (an array of anything) or a text: kinds joined by "/" out of str int float num bool
    null id uuid time any.
    """
    here = path or "."
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{here}: an object expected, got {value!r:.80}"]
        known = {k.rstrip("?") for k in shape}
        bad = [] if extra else [f"{here}: key {k!r} not expected" for k in value if k not in known]
        for k, sub in shape.items():
            name = k.rstrip("?")
            if name in value:
                bad += shape_errors(value[name], sub, f"{path}.{name}", extra)
            elif not k.endswith("?"):
                bad.append(f"{here}: key {name!r} missing")
        return bad
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{here}: an array expected, got {value!r:.80}"]
        each = [shape_errors(v, sub, f"{path}[{i}]", extra) for sub in shape[:1] for i, v in enumerate(value)]
        return list(itertools.chain(*each))
    if any(_is(value, kind) for kind in shape.split("/")):
        return []
    return [f"{here}: {shape} expected, got {value!r:.80}"]


UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _is(v, kind):
    if kind == "any":
        return True
    if kind == "null":
        return v is None
    if kind == "bool":
        return isinstance(v, bool)
    if isinstance(v, bool):
        return False
    if kind in ("int", "float", "num"):
        return isinstance(v, {"int": int, "float": float, "num": (int, float)}[kind])
    if not isinstance(v, str):
        return False
    if kind in ("id", "time"):  # ids, counts and times are digits in a string
        return v.isascii() and v.isdigit()
    if kind == "uuid":
        return UUID.fullmatch(v) is not None
    assert kind == "str", f"unknown kind {kind}"
    return True


class ApiTest(unittest.TestCase):
    server_env = {}
    server_args = ()
    server = None
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.server = Server(env=cls.server_env, args=cls.server_args)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    def setUp(self):
        self.token = uuid.uuid4().hex[:12]  # put into values and names so that a test finds only its own

    def run(self, result=None):
        """As TestCase.run; behind a failure the server's log since the start of the test is printed."""
        result = self.defaultTestResult() if result is None else result
        before, failed = self.server.log_size() if self.server else 0, []
        names = ("addFailure", "addError", "addSubTest")
        for name in names:

            def note(*args, add=getattr(result, name)):
                failed.extend(a for a in args[-1:] if a is not None)  # the error: None for a good sub-test
                add(*args)

            setattr(result, name, note)
        try:
            super().run(result)
        finally:
            for name in names:
                delattr(result, name)
        if failed and self.server and (text := self.server.log(before)):
            print("\n".join("# server: " + line for line in text.splitlines()), flush=True)
        return result

    # ---- calls ----

    def get(self, path, **more):
        return self.server.get(path, **more)

    def post(self, path, body=None, **more):
        return self.server.post(path, body, **more)

    def put(self, path, body=None, **more):
        return self.server.put(path, body, **more)

    def delete(self, path, body=None, **more):
        return self.server.delete(path, body, **more)

    def head(self, path, **more):
        return self.server.head(path, **more)

    # ---- making things ----

    def new_event(self, key=_DEFAULT, metadata=False, **fields):
        """An event as the server answered it; info and the rest default."""
        fields.setdefault("info", f"event {self.token}")
        a = self.post("/events/add" + ("/metadata:1" if metadata else ""), fields, key=key)
        self.assert_status(a, 200)
        return a.body["Event"]

    def new_attr(self, event, type_, value, key=_DEFAULT, **fields):
        a = self.post(f"/attributes/add/{event['id']}", {"type": type_, "value": value, **fields}, key=key)
        self.assert_status(a, 200)
        return a.body["Attribute"]

    def new_object(self, event, attributes, key=_DEFAULT, **fields):
        """attributes: (object_relation, type, value) triples."""
        body = {"name": "file", "meta-category": "file", "description": "a file",
                "template_uuid": "688c46fb-5edb-40a3-8273-1af7923e2215", "template_version": "24", **fields,
                "Attribute": [{"object_relation": r, "type": t, "value": v} for r, t, v in attributes]}
        a = self.post(f"/objects/add/{event['id']}", body, key=key)
        self.assert_status(a, 200)
        return a.body["Object"]

    def new_tag(self, name=None, key=_DEFAULT, **fields):
        a = self.post("/tags/add", {"name": name or f"tag {self.token} {next(_count)}", **fields}, key=key)
        self.assert_status(a, 200)
        return a.body["Tag"]

    def attach(self, thing, tag, key=_DEFAULT, **more):
        """thing: event or attribute; tag: name or id."""
        a = self.post("/tags/attachTagToObject", {"uuid": thing["uuid"], "tag": tag, **more}, key=key)
        self.assert_status(a, 200)

    def view(self, event, key=_DEFAULT, named=""):
        a = self.get(f"/events/view/{event['id']}{named}", key=key)
        self.assert_status(a, 200)
        return a.body["Event"]

    def add_org(self, name=None, **fields):
        body = {"name": name or f"org {self.token} {next(_count)}", "local": True, **fields}
        a = self.post("/admin/organisations/add", body)
        self.assert_status(a, 200)
        return a.body["Organisation"]

    def add_user(self, role="User", org=None, email=None):
        """The API key of a new user; org None: an organisation of its own."""
        org = org or self.add_org()
        email = email or f"u{next(_count)}-{self.token}@user.test"
        body = {"email": email, "org_id": org["id"], "role_id": ROLES[role], "password": ADMIN_PASSWORD,
                "change_pw": False}
        a = self.post("/admin/users/add", body)
        self.assert_status(a, 200)
        key = Key(a.body["User"]["authkey"])  # in clear in this answer only
        key.user, key.org = a.body["User"], org
        return key

    # ---- what is expected ----

    def assert_status(self, answer, status):
        self.assertEqual(answer.status, status, f"answer: {json.dumps(answer.body)[:1500]}")

    def assert_saved(self, answer, text=None, id_=None):
        """The success message: saved, success, name equal to message, url, id."""
        self.assert_status(answer, 200)
        self.assert_shape(answer.body, {"saved": "bool", "success": "bool", "name": "str", "message": "str",
                                        "url": "str", "id?": "id/int"})
        self.assertIs(answer.body["saved"], True)
        self.assertIs(answer.body["success"], True)
        self.assertEqual(answer.body["name"], answer.body["message"])
        if text is not None:
            self.assertEqual(answer.body["message"], text)
        if id_ is not None:
            self.assertEqual(str(answer.body.get("id")), str(id_))

    def assert_error(self, answer, status, text=None):
        """An error is JSON with name, message and url; text stands in one of its texts."""
        self.assert_status(answer, status)
        self.assertIn("json", answer.headers.get("Content-Type", ""))
        for k in ("name", "message", "url"):
            self.assertIsInstance(answer.body.get(k), str, f"{k} in {answer.body!r}")
        if text is not None:
            texts = [answer.body["name"], answer.body["message"], answer.body.get("errors")]
            self.assertIn(text, json.dumps(texts, ensure_ascii=False))

    def assert_refused_save(self, answer, field=None, text=None):
        """A rejected save: 403, saved false, errors a text or {field: [text, ...]}."""
        self.assert_error(answer, 403)
        self.assertIs(answer.body.get("saved"), False, answer.body)
        self.assertIn("errors", answer.body)
        if field is not None:
            self.assertIsInstance(answer.body["errors"], dict, answer.body)
            self.assertIn(field, answer.body["errors"])
            self.assertIsInstance(answer.body["errors"][field], list)
            if text is not None:
                self.assertEqual(answer.body["errors"][field][0], text)

    def assert_shape(self, value, shape, extra=False):
        bad = shape_errors(value, shape, extra=extra)
        self.assertFalse(bad, "\n".join(bad[:20]))

    def ids(self, things):
        return [t["id"] for t in things]

    def values(self, attributes):
        return sorted(a["value"] for a in attributes)
