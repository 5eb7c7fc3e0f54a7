"""The program under measurement, and a client that costs little beside it."""

import glob
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
KEY = "0123456789abcdefghijABCDEFGHIJ0123456789"
MB = 1e6


class Failed(Exception):
    pass


class Client:
    """One kept connection, one request at a time."""

    def __init__(self, port):
        self.port, self.f = port, None

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.settimeout(3600)
        self.s, self.f = s, s.makefile("rb", 1 << 18)

    def close(self):
        if self.f:
            self.f.close()
            self.s.close()
            self.f = None

    @staticmethod
    def request(method, path, body=b"", accept="application/json"):
        return (f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {KEY}\r\nAccept: {accept}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nUser-Agent: PyMISP bench\r\n\r\n").encode() + body

    def send(self, request):
        """Status, body, seconds to the first byte, seconds to the last."""
        if not self.f:
            self.connect()
        t = time.perf_counter()
        self.s.sendall(request)
        line = self.f.readline()
        first = time.perf_counter() - t
        if not line:
            raise Failed("the server closed the connection")
        status, length, chunked, close = int(line.split()[1]), 0, False, False
        while (line := self.f.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            name = name.lower()
            if name == b"content-length":
                length = int(value)
            elif name == b"transfer-encoding":
                chunked = b"chunked" in value
            elif name == b"connection":
                close = b"close" in value
        if chunked:
            parts = []
            while n := int(self.f.readline(), 16):
                parts.append(self.f.read(n))
                self.f.readline()
            self.f.readline()
            data = b"".join(parts)
        else:
            data = self.f.read(length)
        took = time.perf_counter() - t
        if close:
            self.close()
        return status, data, first, took

    def fetch(self, request):
        """As send, for a large answer: read by curl into a file, whose own clock counts, so that the reader is not what is measured."""
        head, _, body = request.partition(b"\r\n\r\n")
        line, *headers = head.decode().split("\r\n")
        method, path, _ = line.split()
        given = [a for h in headers if not h.startswith(("Content-Length", "Host")) for a in ("-H", h)]
        with tempfile.TemporaryDirectory(prefix="misp-bench-") as d:
            out = subprocess.run(["curl", "-s", "-X", method, *given, *(["--data-binary", "@-"] if body else []), "-o", f"{d}/body", "-w",
                                  "%{http_code} %{time_starttransfer} %{time_total}", f"http://127.0.0.1:{self.port}{path}"],
                                 input=body, capture_output=True, check=True).stdout.split()
            return int(out[0]), pathlib.Path(d, "body").read_bytes(), float(out[1]), float(out[2])

    def ask(self, method, path, thing=None, ok=(200,)):
        """The answer as an object, and the seconds it took."""
        status, data, _, took = self.send(self.request(method, path, b"" if thing is None else json.dumps(thing).encode()))
        if status not in ok:
            raise Failed(f"{method} {path}: {status} {data[:300].decode(errors='replace')}")
        return json.loads(data), took


def memory(pid):
    """RssAnon and RSS in MB."""
    out = {"RssAnon": 0.0, "VmRSS": 0.0}
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            name, _, value = line.partition(":")
            if name in out:
                out[name] = int(value.split()[0]) * 1024 / MB
    return out["RssAnon"], out["VmRSS"]


def cpu(pid):
    with open(f"/proc/{pid}/stat") as f:
        v = f.read().rpartition(")")[2].split()
    return (int(v[11]) + int(v[12])) / os.sysconf("SC_CLK_TCK")


class Watch:
    """with Watch(server) as w: ...   afterwards w.cpu (seconds), w.anon and w.rss (peak, MB)"""

    def __init__(self, server):
        self.pid = server.process.pid

    def __enter__(self):
        self.on, self.anon, self.rss, self.cpu = True, 0.0, 0.0, cpu(self.pid)
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()
        return self

    def look(self):
        while self.on:
            try:
                anon, rss = memory(self.pid)
            except OSError:
                return
            self.anon, self.rss = max(self.anon, anon), max(self.rss, rss)
            time.sleep(0.05)

    def __exit__(self, *_):
        self.on = False
        self.thread.join()
        self.cpu = cpu(self.pid) - self.cpu


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A server on a data folder of its own; `engine` is sqlite or postgresql (a private server then, durable)."""

    def __init__(self, engine="sqlite", program=None):
        self.engine = engine
        self.program = str(program or TOP / "misp")
        self.folder = tempfile.mkdtemp(prefix="misp-bench-")
        self.data = os.path.join(self.folder, "data")
        self.url = self.process = None
        if engine == "postgresql":
            self.pg = tempfile.mkdtemp(prefix="misp-bench-pg-")
            r = subprocess.run([TOP / "tools/pg-private", "start", self.pg, "--durable"], capture_output=True, text=True)
            if r.returncode:
                raise Failed(r.stderr.strip())
            self.url = r.stdout.strip()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        if self.url:
            subprocess.run([TOP / "tools/pg-private", "stop", self.pg], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """Returns the seconds from the start of the process to the first answer that needed the key."""
        self.port = free_port()
        env = {**os.environ, "MISP_ADMIN_EMAIL": "admin@bench.example", "MISP_ADMIN_PASSWORD": "Bench-password-1", "MISP_ADMIN_KEY": KEY}
        args = [self.program, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"]
        request = Client.request("GET", "/servers/getVersion")
        t = time.perf_counter()
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(args + (["--db", self.url] if self.url else []), env=env, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log)
        self.client = Client(self.port)
        while True:
            try:
                status = self.client.send(request)[0]
                break
            except OSError:
                if self.process.poll() is not None or time.perf_counter() - t > 60:
                    raise Failed("the server does not start: " + pathlib.Path(self.folder, "log").read_text()[-500:]) from None
                time.sleep(0.0005)
        if status != 200:
            raise Failed(f"the first answer is {status}")
        return time.perf_counter() - t

    def stop(self):
        if self.process:
            self.client.close()
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.process = None
            self.log.close()

    def memory(self):
        return memory(self.process.pid)

    def stored_bytes(self):
        if self.url:
            r = subprocess.run([sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1], self.url, "-Atc", "SELECT pg_database_size(current_database())"],
                               capture_output=True, text=True, check=True)
            return int(r.stdout)
        db = sqlite3.connect(f"file:{self.data}/misp.db?mode=ro", uri=True)
        try:
            pages, free, size = (db.execute(f"PRAGMA {p}").fetchone()[0] for p in ("page_count", "freelist_count", "page_size"))
        finally:
            db.close()
        return (pages - free) * size
