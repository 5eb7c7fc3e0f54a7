"""What is measured. Each function takes a Run, starts a server of its own where it needs a clean one, and records rows."""

import functools
import http.server
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time

import indicators as ind
from server import Client, Failed, Server, Watch

SMALL = 10              # attributes of a small event
SHARED_DEGREE = 10      # events that hold the same value
LUA = """
local requests, n = {}, 0
local f = assert(io.open(os.getenv("BENCH_REQUESTS"), "rb"))
local all = f:read("*a")
f:close()
local at = 1
while at < #all do
  local stop = all:find("\\0", at, true)
  n = n + 1
  requests[n] = all:sub(at, stop - 1)
  at = stop + 1
end
local i = 0
request = function()
  i = i + 1
  return requests[(i * 7919) % n + 1]
end
"""


class Run:
    """The rows of one run. `anchor` is what a real MISP 2.5.1 took on two cores, in the row's unit; `target` is ours."""

    def __init__(self, engine, runs, say, program=None):
        self.engine, self.runs, self.say, self.program = engine, runs, say, program
        self.rows, self.growth = [], []

    def server(self):
        return Server(self.engine, self.program)

    def row(self, job, value, unit, anchor=None, target=None, more_is_better=False, note="", watch=None, n=1, wrong=False):
        r = {"job": job, "measured": value, "unit": unit, "misp": anchor, "target": target, "note": note, "wrong": wrong}
        if value and anchor:
            r["ratio"] = value / anchor if more_is_better else anchor / value
        if value is not None and target is not None:
            r["ok"] = not wrong and (value >= target if more_is_better else value <= target)
        if watch:
            r["cpu_ms"], r["peak_anon_mb"], r["peak_rss_mb"] = watch.cpu * 1000 / n, watch.anon, watch.rss
        self.rows.append(r)
        self.say(r)


def median_ms(seconds):
    return statistics.median(seconds) * 1000


def add_event(client, request):
    status, data, _, took = client.send(request)
    if status != 200:
        raise Failed(f"events/add: {status} {data[:300].decode(errors='replace')}")
    # the head of the event comes first: no need to parse a large answer
    event_id, count = re.search(rb'"id":\s*"(\d+)"', data), re.search(rb'"attribute_count":\s*"(\d+)"', data)
    return int(event_id[1]), int(count[1]) if count else 0, took


def small_requests(name, first, n):
    s = ind.Stream(name)
    return [Client.request("POST", "/events/add", ind.body(ind.event(f"bench {name} {i}", [s[i * SMALL + k] for k in range(SMALL)])))
            for i in range(first, first + n)]


def lookup(value):
    return Client.request("POST", "/attributes/restSearch", ind.body({"returnFormat": "json", "value": value}))


def timed(client, requests, check=b""):
    """Seconds of each; every answer has to be 200 and to hold `check`."""
    out = []
    for r in requests:
        status, data, _, took = client.send(r)
        if status != 200 or check not in data:
            raise Failed(f"{r[:80]!r}: {status} {data[:300].decode(errors='replace')}")
        out.append(took)
    return out


def latency(server, name, first, n):
    """Creates n small events, reads them, looks one value of each up: three lists of seconds, and the watches."""
    s = ind.Stream(name)
    c = server.client
    with Watch(server) as w1:
        made = [add_event(c, r) for r in small_requests(name, first, n)]
    with Watch(server) as w2:
        views = timed(c, [Client.request("GET", f"/events/view/{i}") for i, _, _ in made], b'"Attribute"')
    with Watch(server) as w3:
        looks = timed(c, [lookup(s[(first + i) * SMALL + 3][1]) for i in range(n)], b'"event_id"')
    return ([m[2] for m in made], w1), (views, w2), (looks, w3), [m[0] for m in made]


def wrk(server, requests, connections, seconds):
    """Requests a second, the median and the 99th percentile in ms, errors."""
    if not shutil.which("wrk"):
        raise Failed("wrk is not installed (tools/install-deps bench)")
    with tempfile.TemporaryDirectory(prefix="misp-bench-wrk-") as d:
        pathlib.Path(d, "requests").write_bytes(b"".join(r + b"\0" for r in requests))
        pathlib.Path(d, "w.lua").write_text(LUA)
        out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s", "-s", f"{d}/w.lua",
                              f"http://127.0.0.1:{server.port}"], env={**os.environ, "BENCH_REQUESTS": f"{d}/requests"},
                             capture_output=True, text=True).stdout

    def number(pattern):
        m = re.search(pattern, out)
        return float(m[1]) * {"us": 0.001, "ms": 1, "s": 1000}.get(m[2] if m.lastindex > 1 else "ms", 1) if m else 0.0

    bad = re.findall(r"(?:Non-2xx.*|Socket errors.*)", out)
    return number(r"Requests/sec:\s*([\d.]+)"), number(r"50%\s+([\d.]+)(us|ms|s)"), number(r"99%\s+([\d.]+)(us|ms|s)"), "; ".join(bad)


# ---- one by one ----

def start(run):
    """Cold start and idle memory."""
    with run.server() as s:
        s.stop()
        t = []
        for _ in range(max(5, run.runs)):
            t.append(s.start())
            s.stop()
        run.row("cold start to the first authenticated 200", median_ms(t), "ms", 800, 100)
        s.start()
        time.sleep(0.5)
        anon, rss = s.memory()
        run.row("idle memory, RssAnon", anon, "MB", 509, 30, note=f"RSS {rss:.0f} MB; MISP: proportional share of all its parts")


def small(run, n):
    """Create, view and look up in an almost empty store."""
    with run.server() as s:
        latency(s, "warm", 0, 20)
        (t, w1), (v, w2), (k, w3), ids = latency(s, "small", 0, n)
        p95 = sorted(t)[int(len(t) * 0.95)] * 1000
        run.row("POST /events/add, 10 attributes, durable, median", median_ms(t), "ms", 145, 2, note=f"p95 {p95:.2f} ms", watch=w1, n=n)
        run.row("  GET /events/view, empty store", median_ms(v), "ms", 105, 0.5, watch=w2, n=n)
        run.row("  value lookup, empty store", median_ms(k), "ms", 87, 0.5, watch=w3, n=n)
        with Watch(s) as w:
            t = timed(s.client, [Client.request("DELETE", f"/events/delete/{i}") for i in ids])
        run.row("  DELETE /events/delete, 10 attributes", median_ms(t), "ms", 94, watch=w, n=n)


def bulk(run, n):
    """One POST of n attributes; the event read; the exports; the event deleted."""
    anchors = n == 100000
    s = ind.Stream("bulk")
    pairs = [s[i] for i in range(n)]
    with run.server() as srv:
        c, t, g, d, exports = srv.client, [], [], [], {}
        peak = {}
        for r in range(run.runs):
            request = Client.request("POST", "/events/add", ind.body(ind.event(f"bench bulk {n} {r}", pairs)))
            with Watch(srv) as w:
                event_id, count, took = add_event(c, request)
            peak["add"] = w
            if count != n:
                raise Failed(f"{count} of {n} attributes were stored")
            t.append(took)
            with Watch(srv) as w:
                status, data, first, took = c.fetch(Client.request("GET", f"/events/view/{event_id}"))
            peak["get"] = w
            g.append((took, first, len(data)))
            c.ask("POST", f"/events/publish/{event_id}", {})
            for fmt in ("json", "csv", "text"):
                request = Client.request("POST", "/attributes/restSearch", ind.body({"returnFormat": fmt, "eventid": str(event_id)}),
                                         accept="application/json" if fmt == "json" else "*/*")
                with Watch(srv) as w:
                    status, data, first, took = c.fetch(request)
                lines = data.count(b'"event_id"' if fmt == "json" else b"\n") - (1 if fmt == "csv" else 0)
                if status != 200 or not n <= lines <= n + 1:
                    raise Failed(f"export {fmt}: {status}, {lines} of {n} rows: {data[:200]!r}")
                exports.setdefault(fmt, []).append((took, first, len(data), w))
            with Watch(srv) as w:
                d.append(c.ask("DELETE", f"/events/delete/{event_id}")[1])
            peak["delete"] = w
        run.row(f"one POST of {n:,} attributes", statistics.median(t), "s", 467 if anchors else None, 2 if anchors else None,
                note=f"{n / statistics.median(t):,.0f} attributes/s, answer included", watch=peak["add"])
        run.row("  GET it", statistics.median(x[0] for x in g), "s", note=f"{g[0][2] / 1e6:.0f} MB, first byte {g[0][1] * 1000:.0f} ms", watch=peak["get"])
        for fmt, anchor, target in (("json", 5.7, 0.25), ("csv", 181, 0.25), ("text", 4.1, 0.1)):
            x = exports[fmt]
            run.row(f"export of {n:,} attributes: {fmt}", statistics.median(v[0] for v in x), "s", anchor if anchors else None,
                    target if anchors else None, note=f"{x[0][2] / 1e6:.1f} MB, first byte {statistics.median(v[1] for v in x) * 1000:.0f} ms",
                    watch=x[-1][3])
        run.row(f"  DELETE the event of {n:,}", statistics.median(d), "s", watch=peak["delete"])


def correlation(run, events, values, degree):
    """Events that share their values: value v of event i is held by `degree` events."""
    full = events == 1000
    s = ind.Stream("shared")
    requests = [Client.request("POST", "/events/add", ind.body(ind.event(f"bench shared {i}", [s[i // degree * values + v] for v in range(values)])))
                for i in range(events)]
    with run.server() as srv:
        with Watch(srv) as w:
            t0 = time.perf_counter()
            ids = [add_event(srv.client, r)[0] for r in requests]
            took = time.perf_counter() - t0
        e, view = srv.client.ask("GET", f"/events/view/{ids[-1]}")
        related = len(e["Event"]["RelatedEvent"])
        run.row(f"{events:,} events x {values} values, each value in {degree} events", took, "s", 486 if full else None, 3 if full else None,
                note=f"{took * 1000 / events:.2f} ms an event; {related} related events on the last (expected {degree - 1}), read in {view * 1000:.1f} ms",
                watch=w, wrong=related != degree - 1)


# ---- growth ----

class Filler:
    """Events of 1,000 attributes, 100 of them shared by SHARED_DEGREE events."""

    def __init__(self, server):
        self.server, self.stored, self.events = server, 0, []
        self.own, self.common = ind.Stream("fill"), ind.Stream("common")

    def fill(self, total):
        """Attributes a second while filling up to total."""
        took, added = 0.0, 0
        while self.stored < total:
            i = len(self.events)
            group = i // SHARED_DEGREE
            pairs = [self.own[i * 900 + k] for k in range(900)] + [self.common[group * 100 + k] for k in range(100)]
            request = Client.request("POST", "/events/add", ind.body(ind.event(f"bench fill {i}", pairs)))
            event_id, count, t = add_event(self.server.client, request)
            self.events.append(event_id)
            self.stored += count
            added += count
            took += t
        return added / took if took else 0.0


def growth(run, steps, n, seconds):
    """The same requests at several sizes of the store; throughput and memory at the largest."""
    with run.server() as s:
        f = Filler(s)
        empty = s.stored_bytes()
        for step, total in enumerate(steps):
            added = total - f.stored
            with Watch(s) as w:
                rate = f.fill(total)
            (t, w1), (v, w2), (k, w3), _ = latency(s, f"growth {total}", 0, n)
            corr = [s.client.ask("GET", f"/events/correlations/{i}")[1] for i in f.events[-5:]]
            view1000 = [s.client.ask("GET", f"/events/view/{i}")[1] for i in f.events[-5:]]
            size = (s.stored_bytes() - empty) / (f.stored + n * SMALL * (step + 1))
            run.growth.append({"attributes": f.stored, "create_ms": median_ms(t), "view_ms": median_ms(v), "lookup_ms": median_ms(k),
                               "create_cpu_ms": w1.cpu * 1000 / n, "view_cpu_ms": w2.cpu * 1000 / n, "lookup_cpu_ms": w3.cpu * 1000 / n,
                               "insert_cpu_us": w.cpu * 1e6 / max(1, added), "correlations_ms": median_ms(corr), "view1000_ms": median_ms(view1000), "insert_per_s": rate,
                               "bytes_per_attribute": size, "fill_peak_anon_mb": w.anon})
            run.say(run.growth[-1])
        full = steps[-1] >= 1000000
        label = f"{steps[-1] // 1000:,}k stored"
        run.row(f"GET /events/view (10 attributes), {label}", median_ms(v), "ms", 105, 0.5 if full else None, watch=w2, n=n)
        run.row(f"value lookup, {label}", median_ms(k), "ms", 87, 0.5 if full else None, watch=w3, n=n)
        requests = small_requests("tput", 0, 200)
        ids = [add_event(s.client, r)[0] for r in requests]
        views = [Client.request("GET", f"/events/view/{i}") for i in ids]
        looks = [lookup(f.own[i * 37 % (len(f.events) * 900)][1]) for i in range(5000)]
        for name, kind, anchors in (("view", views, (7.9, 21.5)), ("lookup", looks, (11.9, 23.8))):
            for connections, anchor in zip((1, 4), anchors):
                with Watch(s) as w:
                    rate, p50, p99, bad = wrk(s, kind, connections, seconds)
                run.row(f"{name}, {connections} connection{'s'[:connections - 1]}, {label}", rate, "req/s", anchor, 10000 if connections == 4 else None, True,
                        note=f"p50 {p50:.2f}, p99 {p99:.2f} ms {bad}".rstrip(), watch=w, n=max(1, rate * seconds), wrong=bool(bad))
        s.client.close()
        time.sleep(1)
        used = s.memory()
        s.stop()
        cold = s.start()
        time.sleep(0.5)
        fresh = s.memory()
        run.row(f"memory with {label}, RssAnon after the start", fresh[0], "MB", None, 150 if full else None, note=f"RSS {fresh[1]:.0f} MB")
        run.row("  the same after use", used[0], "MB", None, 150 if full else None, note=f"RSS {used[1]:.0f} MB")
        run.row(f"  cold start with {label}", cold * 1000, "ms", None, 100)


# ---- feeds ----

class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Files:
    """with Files() as f: f.folder is served at f.url"""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="misp-bench-feed-")
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=self.folder))
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)


def add_feed(client, **what):
    feed = {"name": "bench", "provider": "bench", "enabled": True, "caching_enabled": True, "input_source": "network", "distribution": "0",
            "delta_merge": False, "fixed_event": False, "publish": False, **what}
    return client.ask("POST", "/feeds/add", {"Feed": feed})[0]["Feed"]["id"]


def fetch(client, feed):
    """Seconds until the job has ended."""
    t = time.perf_counter()
    job = client.ask("POST", f"/feeds/fetchFromFeed/{feed}", {})[0].get("job_id")
    while job:
        state = client.ask("GET", f"/jobs/view/{job}")[0]["Job"]
        if int(state["status"]) == 3:
            raise Failed(f"the fetch failed: {state['message']}")
        if int(state["status"]) == 4:
            break
        time.sleep(0.003)
    return time.perf_counter() - t


def counted(client):
    """Events and attributes in the store."""
    rows = client.ask("POST", "/events/index", {})[0]
    rows = [r.get("Event", r) for r in rows]
    return len(rows), sum(int(r["attribute_count"]) for r in rows)


def feeds_there(run):
    with run.server() as s:
        return s.client.send(Client.request("GET", "/feeds/index"))[0] != 404


def list_feed(run, kind, n, anchors=(None, None), targets=(None, None)):
    with run.server() as s, Files() as f:
        leaf = f"list.{'csv' if kind == 'csv' else 'txt'}"
        pathlib.Path(f.folder, leaf).write_text((ind.csv if kind == "csv" else ind.freetext)("list", n))
        feed = add_feed(s.client, url=f"{f.url}/{leaf}", source_format=kind, fixed_event=True,
                        settings={"csv": {"value": "2", "delimiter": ","}, "common": {"excluderegex": ""}})
        with Watch(s) as w:
            took = fetch(s.client, feed)
        stored = counted(s.client)[1]
        run.row(f"{kind} feed, {n:,} lines: fetch", took, "s", anchors[0], targets[0], note=f"{stored:,} stored", watch=w, wrong=stored != n)
        with Watch(s) as w:
            took = fetch(s.client, feed)
        run.row("  fetched again, unchanged", took, "s", anchors[1], targets[1], watch=w, wrong=counted(s.client)[1] != stored)


def misp_feed(run):
    with run.server() as s, Files() as f:
        ind.misp_feed(f.folder)
        feed = add_feed(s.client, url=f.url, source_format="misp")
        with Watch(s) as w:
            took = fetch(s.client, feed)
        have = counted(s.client)
        run.row("MISP-format feed, 53 events, 4,074 attributes", took, "s", 38, 0.3, note=f"{have[0]} events, {have[1]:,} attributes stored", watch=w,
                wrong=have != (53, 4074))
        with Watch(s) as w:
            took = fetch(s.client, feed)
        run.row("  fetched again, unchanged", took, "s", 0.22, watch=w, wrong=counted(s.client) != have)


def feeds(run, n, million):
    if not feeds_there(run):
        run.row("feeds", None, "", note="not there")
        return
    full = n == 100000
    list_feed(run, "freetext", n, (280, 1.5) if full else (None, None), (2, 0.2) if full else (None, None))
    list_feed(run, "csv", n)
    if million:
        list_feed(run, "freetext", 1000000, targets=(10, None))
    misp_feed(run)
