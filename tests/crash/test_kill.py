"""kill -9 at random points of bulk writes and of feed imports.

Each point: a fresh copy of an initialised store, the same work from the start, kill -9 after a part of the time that the
undisturbed work took (the parts come from a fixed seed). Then: the program starts, `misp check --deep` finds nothing,
every acknowledged write is there, the one that was under way is there as a whole or not at all, values are found by
search, and the same work done again ends with the content of the undisturbed run.

MISP_CRASH_POINTS: how many points for the writes and for the feeds each (default 6; the full run has 50).
"""

import json
import os
import random
import tempfile
import time
import unittest

from crash import Client, Copy, Server, Worker, content, join_all, uid

POINTS = int(os.environ.get("MISP_CRASH_POINTS") or 6)
SEED = 20240611


def parts(n, seed):
    """n parts of the whole time, one in each n-th of it, in random order: early and late ones both occur."""
    r = random.Random(seed)
    out = [(i + r.random()) / n for i in range(n)]
    r.shuffle(out)
    return out


# ---- the work: three clients, each with events of its own, each a list of steps --------------------------------------


class Step:
    """One request and what it does to the model {event uuid: {attribute uuid: (value, deleted)}}."""

    def __init__(self, path, body, change):
        self.path, self.body, self.change = path, body, change


def attr(kind, value, uuid, **more):
    return {"type": kind, "value": value, "uuid": uuid, **more}


def make(who, i, n):
    """n attributes of several types, among them composites, networks and long hashes."""
    out = []
    for k in range(n):
        u, tag = uid(who, i, k), f"{who}{i}x{k}"
        kind, value = (
            ("domain", f"{tag}.example.com"),
            ("ip-dst", f"10.{'abc'.index(who)}.{(i * 1000 + k) >> 8 & 255}.{k & 255}"),
            ("sha256", uid(tag, 1).replace("-", "") + uid(tag, 2).replace("-", "")),
            ("filename|md5", f"{tag}.exe|{uid(tag).replace('-', '')}"),
            ("ip-src", f"172.{16 + (k >> 8)}.{i & 255}.{k & 255}/32" if k % 10 == 4 else f"2001:db8:{i + 1:x}::{k + 1:x}"),
        )[k % 5]
        out.append(attr(kind, value, u))
    return out


def state(rows):
    return {a["uuid"]: (stored(a), False) for a in rows}


def stored(a):
    """The value as the program gives it back."""
    return a["value"].removesuffix("/32")


def add_event(who, i, n, objects=False):
    rows, e = make(who, i, n), uid(who, i)
    body = {"uuid": e, "info": f"{who} {i}", "Attribute": rows, "Tag": [{"name": f"work:{who}"}]}
    if objects:
        last = rows[-2:]
        body["Attribute"] = rows[:-2]
        body["Object"] = [{"name": "file", "meta-category": "file", "description": "a file", "uuid": uid(who, i, "object"),
                           "template_uuid": "688c46fb-5edb-40a3-8273-1af7923e2215", "template_version": "24",
                           "Attribute": [dict(a, object_relation="filename") for a in last]}]
    return Step("/events/add", body, lambda m: m.__setitem__(e, state(rows)))


def add_attrs(who, i, j, n):
    rows, e = make(who, 1000 + i * 100 + j, n), uid(who, i)
    return Step(f"/attributes/add/{e}", rows if n > 1 else rows[0], lambda m: m[e].update(state(rows)))


def edit_attr(who, i, k, value):
    e, u = uid(who, i), uid(who, i, k)
    return Step(f"/attributes/edit/{u}", {"value": value}, lambda m: m[e].__setitem__(u, (value, False)))


def delete_attr(who, i, k, hard):
    e, u = uid(who, i), uid(who, i, k)

    def change(m):
        if hard:
            del m[e][u]
        else:
            m[e][u] = (m[e][u][0], True)

    return Step(f"/attributes/delete/{u}" + ("/1" if hard else ""), {}, change)


def delete_event(who, i):
    return Step(f"/events/delete/{uid(who, i)}", {}, lambda m: m.pop(uid(who, i)))


def work():
    """{client: steps}"""
    bulk = [add_event("a", i, 1500, objects=True) for i in range(3)]
    arrays = [add_event("b", 0, 5)] + [add_attrs("b", 0, j, 400) for j in range(1, 9)]
    small = []
    for i in range(12):
        small.append(add_event("c", i, 10))
        small += [add_attrs("c", i, j, 1) for j in range(1, 4)]
        small += [edit_attr("c", i, k, f"edited-{i}-{k}.example.org") for k in (0, 5)]
        small += [delete_attr("c", i, 1, False), delete_attr("c", i, 2, True)]
        if i % 4 == 3:
            small.append(delete_event("c", i))
    return {"a": bulk, "b": arrays, "c": small}


def play(port, steps, again, acked=None, rounds=1):
    """Sends the steps until the server is lost; acked counts those answered. again: what is done already may be refused."""
    client = Client(port)
    acked = [] if acked is None else acked
    for step in steps:
        got = client.post(step.path, step.body)
        if got is None:
            break
        if got[0] != 200 and not (again and got[0] in (403, 404, 409)):
            raise AssertionError(f"{step.path} answered {got[0]}: {json.dumps(got[1])[:400]}")
        acked.append(step)
    client.close()
    return len(acked)


def model(steps, n):
    m = {}
    for step in steps[:n]:
        step.change(m)
    return m


class KillWrites(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = Server()
        cls.addClassCleanup(cls.base.close)
        cls.base.start()
        cls.base.stop()
        cls.work = work()
        cls.seconds, cls.whole = cls.undisturbed()

    @classmethod
    def undisturbed(cls):
        server = Copy(cls.base)
        try:
            server.start()
            start = time.monotonic()
            done = join_all([Worker(play, server.port, s, False) for s in cls.work.values()])
            seconds = time.monotonic() - start
            assert done == [len(s) for s in cls.work.values()], done
            whole = content(server)
            server.stop()
            server.check()
        finally:
            server.close()
        want = {e: a for who, s in cls.work.items() for e, a in model(s, len(s)).items()}
        assert by_event(whole) == want, "the undisturbed run does not end as its model says"
        print(f"# writes: {seconds:.2f} s undisturbed, {sum(map(len, cls.work.values()))} requests", flush=True)
        return seconds, whole

    def test_points(self):
        for i, part in enumerate(parts(POINTS, SEED)):
            with self.subTest(point=i, part=round(part, 3)):
                self.point(part)

    def point(self, part):
        server = Copy(self.base)
        self.addCleanup(server.close)
        server.start()
        acked = {who: [] for who in self.work}
        workers = [Worker(play, server.port, s, False, acked[who]) for who, s in self.work.items()]
        time.sleep(part * self.seconds)
        server.kill9()
        join_all(workers)
        server.start()
        self.holds(server, acked)
        server.stop()
        server.check()
        server.start()
        join_all([Worker(play, server.port, s, True) for s in self.work.values()])
        self.assertEqual(content(server), self.whole)
        server.stop()
        server.check()
        server.close()

    def holds(self, server, acked):
        """What is stored is, for each client, what its acknowledged steps made, or that and the step that was under way."""
        have = by_event(content(server))
        for who, steps in self.work.items():
            mine = {e: a for e, a in have.items() if e in {uid(who, i) for i in range(100)}}
            n = len(acked[who])
            if mine not in (model(steps, n), model(steps, n + 1)):
                self.fail(f"client {who} after {n} acknowledged steps: {difference(mine, model(steps, n))}")
        self.found(server, have)

    def found(self, server, have):
        """Every live value is found by a search for it, with the attributes that carry it and no other."""
        want = {u: v for a in have.values() for u, (v, deleted) in a.items() if not deleted}
        gone = ["edited-0-0.example.org"] if not have else [a["value"] for a in make("c", 0, 10)]
        values = sorted(set(want.values()))
        wanted = random.Random(len(want)).sample(values, min(len(values), 300)) + gone
        got = server.post("/attributes/restSearch", {"returnFormat": "json", "value": wanted}).body["response"]["Attribute"]
        self.assertEqual({a["uuid"]: a["value"] for a in got}, {u: v for u, v in want.items() if v in set(wanted)})


def by_event(stored_content):
    """As the model has it."""
    def one(rows):
        return {r[0]: (r[3], r[6] == "True") for r in rows}

    return {e: one(rows) | {k: v for o in objects for k, v in one(o[3]).items()}
            for e, (_, _, rows, objects) in stored_content.items()}


def difference(have, want):
    for e in sorted(have.keys() | want.keys()):
        a, b = have.get(e), want.get(e)
        if a is None or b is None:
            return f"event {e} is {'missing' if a is None else 'there'}"
        if a != b:
            diff = sorted(set(a.items()) ^ set(b.items()))
            return f"event {e}: {len(a)} attributes for {len(b)}, {diff[:4]}"
    return "nothing differs"


# ---- feeds ------------------------------------------------------------------------------------------------------------


def write_misp_feed(folder, events, n):
    manifest = {}
    for i in range(events):
        u = uid("feed", i)
        rows = [{**attr("domain" if k % 2 else "ip-dst", f"f{i}x{k}.example.net" if k % 2 else f"192.168.{i}.{k}", uid("feed", i, k)),
                 "category": "Network activity", "to_ids": True, "timestamp": "1700000000"} for k in range(n)]
        event = {"uuid": u, "info": f"feed event {i}", "date": "2024-01-02", "threat_level_id": "3", "analysis": "2", "published": True,
                 "timestamp": "1700000000", "publish_timestamp": "1700000001", "Attribute": rows, "Tag": [{"name": "tlp:clear"}],
                 "Orgc": {"name": "feed maker", "uuid": uid("feed org")}}
        with open(os.path.join(folder, u + ".json"), "w", encoding="ascii") as f:
            json.dump({"Event": event}, f)
        manifest[u] = {k: event[k] for k in ("info", "date", "threat_level_id", "analysis", "timestamp", "Orgc", "Tag")}
    with open(os.path.join(folder, "manifest.json"), "w", encoding="ascii") as f:
        json.dump(manifest, f)


class KillFeeds(unittest.TestCase):
    """A MISP feed of 60 events and a list of 20,000 values, fetched by the command line; and by serve, whose job goes on after it."""

    EVENTS, EACH, LINES = 60, 60, 20000

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="misp-feed-")
        write_misp_feed(cls.folder, cls.EVENTS, cls.EACH)
        cls.list = os.path.join(cls.folder, "list.txt")
        with open(cls.list, "w", encoding="ascii") as f:
            f.writelines(f"host{i}.list.example.com\n" for i in range(cls.LINES))
        cls.base = Server()
        cls.addClassCleanup(cls.base.close)
        cls.base.cli("init")
        cls.base.cli("feed", "add", cls.folder, "--name", "events", "--disabled")
        cls.base.cli("feed", "add", cls.list, "--name", "list", "--format", "freetext", "--fixed-event", "--delta-merge", "--disabled")
        server = Copy(cls.base)
        try:
            start = time.monotonic()
            server.cli("feed", "fetch", "events", "list")
            cls.seconds = time.monotonic() - start
            server.check()
            server.start()
            cls.whole = content(server, False)
        finally:
            server.close()
        n = sum(len(rows) for _, _, rows, _ in cls.whole.values())
        assert len(cls.whole) == cls.EVENTS + 1 and n == cls.EVENTS * cls.EACH + cls.LINES, (len(cls.whole), n)
        print(f"# feeds: {cls.seconds:.2f} s undisturbed, {n} attributes", flush=True)

    def test_points(self):
        for i, part in enumerate(parts(POINTS, SEED + 1)):
            with self.subTest(point=i, part=round(part, 3)):
                self.point(part)

    def point(self, part):
        server = Copy(self.base)
        self.addCleanup(server.close)
        p = server.cli_start("feed", "fetch", "events", "list")
        time.sleep(part * self.seconds)
        p.kill()
        p.wait()
        server.check()
        server.start()
        self.complete_ones(server)
        server.stop()
        server.cli("feed", "fetch", "events", "list")
        server.check()
        server.start()
        self.assertEqual(content(server, False), self.whole)
        server.stop()
        server.close()

    def complete_ones(self, server):
        """What is there of a feed that was cut: whole events."""
        for info, event in content(server, False).items():
            self.assertEqual(event, self.whole.get(info), info)

    def test_job_of_serve(self):
        """The job of a server that was killed is taken up again and ends with the same content."""
        server = Copy(self.base)
        self.addCleanup(server.close)
        server.start()
        for f in server.get("/feeds/index").body:
            self.assertEqual(server.post(f"/feeds/enable/{f['Feed']['id']}").status, 200)
            self.assertRegex(server.post(f"/feeds/fetchFromFeed/{f['Feed']['id']}").body["result"], "queued|background")
        time.sleep(self.seconds / 3)
        server.kill9()
        server.start()
        self.complete_ones(server)
        server.sql("UPDATE job SET lease_until = 1 WHERE state = 1")  # as if the lease's minute were over
        end = time.monotonic() + 20
        while (now := content(server, False)) != self.whole and time.monotonic() < end:
            time.sleep(0.2)
        self.assertEqual(len(now), len(self.whole))
        self.assertEqual(now, self.whole)
        server.stop()
        server.check()


if __name__ == "__main__":
    unittest.main()
