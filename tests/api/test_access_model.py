"""No path may show what another hides: a random world, a model of who sees what in plain words, and every read path compared with it.

The world: organisations, users of several roles, sharing groups, events with attributes, objects, reports, sightings and proposals of
every distribution. Each thing carries a word of its own and a uuid of its own, so that it is found in any answer of any form.

Two comparisons, for every reader:
  - the paths that list (index, restSearch in all formats, views) show exactly the words the model says;
  - every GET route of the route table, called with the id and uuid of each thing: no answer holds a word or uuid that the model hides.

MISP_ACCESS_SEED repeats a world; it is printed.
"""

import json
import os
import random
import unittest
import uuid

import routes
from harness import ADMIN_KEY, ApiTest

NAMES = ("own", "community", "connected", "all", "group", "inherit")
OWN, GROUP, INHERIT = 0, 4, 5
FORMATS = ("json", "csv", "text", "count")
# routes whose answer is not about the stored things, or that end something
SKIP = ("/users/logout", "/events/queryACL", "/servers/queryACL")


class Thing:
    """Something with a distribution: what it is, its word, its uuid, what it stands in."""

    def __init__(self, kind, word, level, group, parent=None):
        self.kind, self.word, self.level, self.group, self.parent = kind, word, level, group, parent
        self.uuid, self.id = str(uuid.uuid4()), None
        self.org = self.published = self.by = None


class Reader:
    def __init__(self, key, org, admin=False):
        self.key, self.org, self.admin = key, org, admin


class World:
    """Makes the things, and says who sees them."""

    def __init__(self, test, seed):
        self.test, self.random = test, random.Random(seed)
        self.things, self.readers, self.unpublished_private = [], [], False

    # ---- the rules in plain words ----

    def level_allows(self, reader, thing):
        """Own organisation only stays there; a sharing group is for its members; the rest is for everybody here."""
        if thing.level == OWN:
            return False
        if thing.level == GROUP:
            return reader.org in thing.group["members"]
        return True

    def sees(self, reader, thing):
        if reader.admin:
            return True
        if thing.kind in ("note", "cluster"):  # what stands by itself, with a distribution of its own
            return reader.org == thing.org or self.level_allows(reader, thing)
        if thing.kind == "sighting":  # policy 0: the event's organisation sees all, others their own
            return self.sees(reader, thing.parent) and reader.org in (thing.org, self.event_of(thing).org)
        if thing.kind == "event":
            if reader.org == thing.org:
                return True
            return (thing.published or not self.unpublished_private) and self.level_allows(reader, thing)
        # whoever does not see what a thing stands in does not see the thing
        if not self.sees(reader, thing.parent):
            return False
        return reader.org == self.event_of(thing).org or self.level_allows(reader, thing)

    @staticmethod
    def event_of(thing):
        while thing.parent:
            thing = thing.parent
        return thing

    def told(self, reader, thing):
        """Whoever sees a note sees the uuid of what it is about."""
        return any(n.kind == "note" and n.about is thing and self.sees(reader, n) for n in self.things)

    # ---- making it ----

    def level(self, inherit, org):
        """Only members may use a sharing group."""
        level = self.random.choice([0, 0, 1, 2, 3, 4, 4] + [INHERIT] * (4 if inherit else 0))
        groups = [g for g in self.groups if org in g["members"]] if level == GROUP else []
        return (level, self.random.choice(groups)) if groups else (min(level, 3), None) if level == GROUP else (level, None)

    def word(self, kind):
        return kind + "".join(self.random.choice("abcdefghijkmnpqrstuvwxyz") for _ in range(12))

    def thing(self, kind, parent=None, org=None):
        level, group = self.level(parent is not None, org)
        t = Thing(kind, self.word(kind), level, group, parent)
        self.things.append(t)
        return t

    def fields(self, t):
        out = {"uuid": t.uuid, "distribution": str(t.level)}
        if t.group:
            out["sharing_group_id"] = t.group["id"]
        return out

    def make(self, orgs=4, groups=3, events=14):
        test = self.test
        self.orgs = [test.add_org() for _ in range(orgs)]
        self.writers = {o["id"]: test.add_user("Publisher", org=o) for o in self.orgs}
        self.chiefs = {o["id"]: test.add_user("Org Admin", org=o) for o in self.orgs}
        self.writers_sync = {o["id"]: test.add_user("Sync user", org=o) for o in self.orgs}
        self.readers = [Reader(ADMIN_KEY, None, admin=True)]
        for o in self.orgs:
            for role in ("User", "Read Only", "Org Admin", "Sync user"):
                if role == "User" or self.random.random() < 0.4:
                    self.readers.append(Reader(test.add_user(role, org=o), o["id"]))
        self.groups = [self.make_group() for _ in range(groups)]
        for _ in range(events):
            self.make_event()
        self.make_clusters()

    def make_group(self):
        members = self.random.sample(self.orgs, self.random.randint(1, len(self.orgs) - 1))
        a = self.test.post("/sharing_groups/add", {"name": self.word("group"), "releasability": "r", "active": True})
        self.test.assert_status(a, 200)
        id_ = a.body["SharingGroup"]["id"]
        for o in members:
            a = self.test.post("/sharing_groups/addOrg", {"sg_id": id_, "org_id": o["id"], "extend": False})
            self.test.assert_status(a, 200)
        return {"id": id_, "members": [o["id"] for o in members]}

    def make_event(self):
        r, test = self.random, self.test
        org = r.choice(self.orgs)
        event = self.thing("event", org=org["id"])
        event.org, event.published = org["id"], r.random() < 0.7
        body = {**self.fields(event), "info": event.word, "published": event.published, "Attribute": [], "Object": [],
                "EventReport": []}
        inside = []

        def attribute(parent):
            t = self.thing("attr", parent, org["id"])
            inside.append(t)
            kind = r.randrange(4)
            shared = f"192.0.2.{r.randint(1, 6)}"  # few of them: they correlate with those of other events
            out = {**self.fields(t), "comment": t.word, "to_ids": True}
            if kind == 0:
                return {**out, "type": "ip-dst", "value": shared}
            if kind == 1:
                return {**out, "type": "domain", "value": f"{t.word}.example.com"}
            if kind == 2:
                return {**out, "type": "md5", "value": "%032x" % r.randrange(16**32)}
            return {**out, "type": "ip-dst|port", "value": f"{shared}|{r.randint(1, 4)}"}

        seen_values = set()

        def add(parent, into):
            a = attribute(parent)
            if (a["type"], a["value"]) in seen_values:
                self.things.remove(inside.pop())
                return
            seen_values.add((a["type"], a["value"]))
            into.append(a)

        for _ in range(r.randint(1, 4)):
            add(event, body["Attribute"])
        for _ in range(r.randint(0, 2)):
            o = self.thing("object", event, org["id"])
            inside.append(o)
            attributes = []
            add(o, attributes)
            add(o, attributes)
            if not attributes:
                self.things.remove(inside.pop())
                continue
            for i, a in enumerate(attributes):
                a["object_relation"] = f"relation-{i}"
            body["Object"].append({**self.fields(o), "name": "own-thing", "meta-category": "misc", "description": "d",
                                   "template_uuid": "bbbbbbbb-0000-4000-8000-00000000000b", "template_version": "1", "comment": o.word,
                                   "Attribute": attributes})
        if r.random() < 0.6:
            t = self.thing("report", event, org["id"])
            inside.append(t)
            body["EventReport"].append({**self.fields(t), "name": t.word, "content": f"text of {t.word}"})
        a = test.post("/events/add", {"Event": body}, key=self.writers_sync[org["id"]])
        test.assert_status(a, 200)
        got = a.body["Event"]
        event.id = got["id"]
        ids = {x["uuid"]: x["id"] for x in got["Attribute"] + got["Object"] + got["EventReport"]}
        ids.update({x["uuid"]: x["id"] for o in got["Object"] for x in o["Attribute"]})
        for t in inside:
            test.assertIn(t.uuid, ids, f"the event has lost its {t.kind}")
            t.id = ids[t.uuid]
        self.make_proposals(event, inside)
        self.make_sightings(inside)
        for t in [event, *inside]:
            if self.random.random() < 0.2:
                self.make_note(t)

    def make_sightings(self, inside):
        r = self.random
        for t in inside:
            orgs = [o for o in self.orgs if self.sees(Reader(None, o["id"]), t)]
            if t.kind != "attr" or not orgs or r.random() < 0.6:
                continue
            s = Thing("sighting", self.word("sighting"), INHERIT, None, t)
            s.org = r.choice(orgs)["id"]
            a = self.test.post("/sightings/add", {"id": t.id, "type": "0", "source": s.word}, key=self.writers[s.org])
            self.test.assert_status(a, 200)
            s.id, s.uuid = a.body["Sighting"]["id"], a.body["Sighting"]["uuid"]
            self.things.append(s)

    def make_note(self, about):
        """Written by one who sees what it is about; seen by its own distribution."""
        names = {"event": "Event", "attr": "Attribute", "object": "Object", "report": "EventReport"}
        orgs = [o for o in self.orgs if self.sees(Reader(None, o["id"]), about)]
        if not orgs:
            return
        org = self.random.choice(orgs)["id"]
        level, group = self.level(False, org)
        t = Thing("note", self.word("note"), level, group)
        t.org, t.about = org, about
        a = self.test.post(f"/analyst_data/add/Note/{about.uuid}/{names[about.kind]}", {**self.fields(t), "note": t.word}, key=self.chiefs[org])
        self.test.assert_status(a, 200)
        self.test.assertEqual(a.body["Note"]["uuid"], t.uuid)
        t.id = a.body["Note"]["id"]
        self.things.append(t)

    def make_clusters(self):
        a = self.test.post("/galaxies/add", {"Galaxy": {"name": self.word("galaxy"), "type": self.word("type"), "description": "d"}})
        self.test.assert_status(a, 200)
        self.galaxy = a.body["Galaxy"]["id"]
        for _ in range(6):
            org = self.random.choice(self.orgs)["id"]
            level, group = self.level(False, org)
            t = Thing("cluster", self.word("cluster"), level, group)
            t.org = org
            a = self.test.post(f"/galaxy_clusters/add/{self.galaxy}", {**self.fields(t), "value": t.word, "description": "d"}, key=self.chiefs[org])
            self.test.assert_status(a, 200)
            t.id = a.body["GalaxyCluster"]["id"]
            self.things.append(t)

    def make_proposals(self, event, inside):
        """A proposal for a new attribute is seen with the event; one for a change with the attribute, too."""
        r, test = self.random, self.test
        others = [o for o in self.orgs if o["id"] != event.org and self.sees(Reader(None, o["id"]), event)]
        if not others or r.random() < 0.4:
            return
        key = self.writers[r.choice(others)["id"]]
        t = Thing("proposal", self.word("proposal"), INHERIT, None, event)
        a = test.post(f"/shadow_attributes/add/{event.id}", {"type": "text", "value": t.word, "comment": t.word}, key=key)
        test.assert_status(a, 200)
        t.id, t.uuid = a.body["ShadowAttribute"]["id"], a.body["ShadowAttribute"]["uuid"]
        self.things.append(t)


class AccessModel(ApiTest):
    """One world for all tests of the class: it is only read."""

    unpublished_private = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        seed = int(os.environ.get("MISP_ACCESS_SEED") or random.randrange(10**6))
        print(f"# MISP_ACCESS_SEED={seed}", flush=True)
        helper = cls("test_lists")
        helper.setUp()
        cls.world = World(helper, seed)
        cls.world.unpublished_private = cls.unpublished_private
        helper.assert_saved(helper.post("/servers/serverSettingsEdit/MISP.unpublishedprivate", {"value": cls.unpublished_private}))
        cls.world.make()

    # ---- comparing ----

    def compare(self, reader, path, text, kinds, exact, narrowed=lambda t: True):
        """text holds the word of each visible thing of the kinds (when exact), and neither word nor uuid of a hidden one."""
        text = text if isinstance(text, str) else json.dumps(text)
        who = "admin" if reader.admin else f"org {reader.org} ({reader.key.user['role_id']})"
        for t in self.world.things:
            sees = self.world.sees(reader, t)
            if not sees and (t.word in text or t.uuid in text and "logs" not in path and not self.world.told(reader, t)):  # a log repeats what was asked
                self.fail(f"{path} shows {who} the {t.kind} {t.word} of level {NAMES[t.level]}, which is hidden")
            if exact and sees and t.kind in kinds and narrowed(t) and t.word not in text:
                self.fail(f"{path} does not show {who} the {t.kind} {t.word} of level {NAMES[t.level]}, which is visible")

    def ask(self, method, path, body, reader):
        a = self.server.request(method, path, body, key=reader.key)
        return a

    # ---- the paths that list ----

    def lists(self):
        """(what, method, path, body, kinds that must all be there)"""
        every = {"limit": 100000}
        full = {"to_ids": [0, 1], "published": [0, 1]}
        out = [("events index", "GET", "/events/index/limit:100000", None, ["event"]),
               ("events index by post", "POST", "/events/index", every, ["event"]),
               ("attributes index", "GET", "/attributes/index/limit:100000", None, ["attr"]),
               ("events search", "POST", "/events/restSearch", {"returnFormat": "json"}, ["event", "attr", "object", "report", "proposal", "sighting"]),
               ("sightings search", "POST", "/sightings/restSearch/event", {"returnFormat": "json", "last": "1d"}, []),
               ("sightings", "POST", "/sightings/index", {}, []),
               ("clusters", "POST", f"/galaxy_clusters/index/{self.world.galaxy}", {"context": "all"}, ["cluster"]),
               ("galaxy", "GET", f"/galaxies/view/{self.world.galaxy}", None, ["cluster"]),
               ("clusters search", "POST", "/galaxy_clusters/restSearch", {"galaxy_id": self.world.galaxy}, ["cluster"]),
               ("notes", "GET", "/analyst_data/index/Note", None, ["note"]),
               ("statistics", "GET", "/users/statistics/orgs", None, []),
               ("attributes search", "POST", "/attributes/restSearch", {"returnFormat": "json"}, ["attr"]),
               ("attributes search with all", "POST", "/attributes/restSearch",
                {"returnFormat": "json", "includeContext": 1, "includeCorrelations": 1, "includeSightings": 1, "includeEventTags": 1}, ["attr"]),
               ("objects search", "POST", "/objects/restSearch", {"returnFormat": "json"}, []),
               ("proposals", "GET", "/shadow_attributes/index", None, ["proposal"]),
               ("proposals for a peer", "GET", "/shadow_attributes/index/all:1/timestamp:1/limit:10000/page:1/deleted[]:0", None, [])]
        for scope in ("events", "attributes"):
            for f in FORMATS:
                if scope == "attributes" and f.startswith(("context", "attack")):
                    continue
                kinds = {"json": ["attr"], "xml": ["attr"], "csv": ["attr"]}.get(f, [])
                out.append((f"{scope} as {f}", "POST", f"/{scope}/restSearch", {"returnFormat": f, **full}, kinds))
        return out

    def test_lists(self):
        for reader in self.world.readers:
            for what, method, path, body, kinds in self.lists():
                with self.subTest(what=what, org=reader.org):
                    a = self.ask(method, path, body, reader)
                    self.assert_status(a, 200)
                    self.compare(reader, what, a.body, kinds, True)

    def test_views(self):
        """Each thing is viewed by those who see it, by id and by uuid; for the others it does not exist."""
        where = {"event": "/events/view/", "attr": "/attributes/view/", "object": "/objects/view/", "proposal": "/shadow_attributes/view/",
                 "report": "/event_reports/view/", "note": "/analyst_data/view/Note/", "cluster": "/galaxy_clusters/view/"}
        for reader in self.world.readers:
            for t in self.world.things:
                if t.kind not in where:
                    continue
                for ref in (t.id, t.uuid) if t.kind != "note" else (t.uuid,):
                    a = self.ask("GET", where[t.kind] + ref, None, reader)
                    with self.subTest(kind=t.kind, word=t.word, org=reader.org, ref=ref):
                        self.assertEqual(a.status == 200, self.world.sees(reader, t), f"level {NAMES[t.level]}: {a.status}")
                        inside = lambda x: x is t or x.parent is t or (x.parent is not None and x.parent.parent is t)
                        kinds = ["event", "attr", "object", "report", "proposal"] if t.kind == "event" else [t.kind]
                        self.compare(reader, where[t.kind] + ref, a.body if a.status == 200 else self.without_question(where[t.kind] + ref, a.body),
                                     kinds, a.status == 200, inside)

    def test_explained(self):
        """The explanation says what the model says, for every user and every thing; and only to those who may ask."""
        where = {"event": "events", "attr": "attributes", "object": "objects"}
        for reader in self.world.readers:
            if reader.admin:
                continue
            user = reader.key.user["id"]
            for t in self.world.things:
                if t.kind not in where:
                    continue
                a = self.get(f"/{where[t.kind]}/explain/{t.uuid}?user={user}")
                self.assert_status(a, 200)
                with self.subTest(kind=t.kind, org=reader.org):
                    self.assertEqual(a.body["sees"], self.world.sees(reader, t), a.body["steps"])
                    self.assertFalse(a.body["may_edit"] and not a.body["sees"])
        one, other = [r for r in self.world.readers if not r.admin][:1] + [r for r in self.world.readers if not r.admin and r.org != self.world.readers[1].org][:1]
        mine = next(t for t in self.world.things if t.kind == "event" and self.world.sees(one, t))
        self.assertEqual(self.get(f"/events/explain/{mine.id}", key=one.key).body["sees"], True)
        self.assert_error(self.get(f"/events/explain/{mine.id}?user={other.key.user['id']}", key=one.key), 403)
        self.assert_error(self.get(f"/events/explain/{mine.id}?user=999999"), 404, "Invalid user")

    def test_counts(self):
        """A count counts what is seen."""
        for reader in self.world.readers:
            n = {k: sum(t.kind == k and self.world.sees(reader, t) for t in self.world.things) for k in ("event", "attr")}
            with self.subTest(org=reader.org):
                a = self.ask("POST", "/events/restSearch", {"returnFormat": "json", "metadata": 1}, reader)
                self.assertEqual(int(a.headers["X-Result-Count"]), n["event"])
                a = self.ask("POST", "/attributes/restSearch", {"returnFormat": "json", "limit": 1}, reader)
                self.assertEqual(int(a.headers["X-Result-Count"]), n["attr"])

    # ---- every route ----

    def some_readers(self):
        """Two organisations, one reader each: every route is asked for each of them."""
        return self.world.random.sample(list({r.org: r for r in self.world.readers if not r.admin}.values()), 2)

    def test_every_route(self):
        """Whatever is asked for by id or uuid, and whoever asks: nothing hidden is in the answer."""
        table = [r for r in routes.table() if "GET" in r.methods and "ROUTE_READ" in r.flags and not r.pattern.startswith(SKIP)]
        self.assertGreater(len(table), 50)
        for reader in self.some_readers():
            hidden = [t for t in self.world.things if not self.world.sees(reader, t)]
            some = [t for k in ("event", "attr", "object", "report", "proposal", "sighting", "note", "cluster") for t in [h for h in hidden if h.kind == k][:3]]
            for r in table:
                paths = {r.pattern.split("/:")[0]} if "/:" in r.pattern else {r.pattern}
                if "/:" in r.pattern:
                    for t in some:
                        paths |= {routes.fill(r.pattern, t.id), routes.fill(r.pattern, t.uuid)}
                for path in paths:
                    a = self.ask("GET", path, None, reader)
                    self.compare(reader, path, self.without_question(path, a.body), [], False)

    def test_no_write(self):
        """No write route changes what its caller may not change: the things of others, hidden or seen."""
        table = [r for r in routes.table() if "ROUTE_WRITE" in r.flags and ":" in r.pattern and not r.pattern.startswith(SKIP)]
        self.assertGreater(len(table), 50)
        before = self.state()
        for reader in self.some_readers():
            others = [t for t in self.world.things if self.world.event_of(t).org != reader.org]
            some = [t for k in ("event", "attr", "object", "report", "proposal") for sees in (True, False)
                    for t in [o for o in others if o.kind == k and self.world.sees(reader, o) == sees][:1]]
            for r in table:
                for t in some:
                    for ref in (t.id, t.uuid):
                        # what only a number of this kind can name is not asked with another kind's number: it would be somebody's own thing
                        if ref == t.id and not self.names(r.pattern, t.kind):
                            continue
                        self.ask(r.methods[0], routes.fill(r.pattern, ref), {}, reader)
        after = self.state()
        for uuid_, event in before.items():
            self.assertEqual(event, after.get(uuid_), f"event {uuid_} was changed by somebody who may not")

    @staticmethod
    def names(pattern, kind):
        if "/:event" in pattern:  # a report is added to an event, not to a report
            return kind == "event"
        start = {"event": "/events/", "attr": "/attributes/", "object": "/objects/", "report": "/event_reports/", "proposal": "/shadow"}[kind]
        return pattern.startswith(start) and ":id" in pattern

    def state(self):
        """The events as the site admin sees them, without what others may add to them."""
        a = self.post("/events/restSearch", {"returnFormat": "json", "deleted": [0, 1]})
        self.assert_status(a, 200)
        out = {}

        def strip(v):
            if isinstance(v, dict):
                return {k: strip(x) for k, x in v.items()
                        if k not in ("Sighting", "ShadowAttribute", "sighting_timestamp", "RelatedEvent", "Note", "Opinion", "Relationship")}
            return [strip(x) for x in v] if isinstance(v, list) else v

        for e in a.body["response"]:
            out[e["Event"]["uuid"]] = strip(e["Event"])
        return out

    @staticmethod
    def without_question(path, body):
        """An error repeats the path that was asked for: that tells nothing."""
        text = body if isinstance(body, str) else json.dumps(body)
        return text.replace(path.replace("/", "\\/"), "").replace(path, "").replace(path.rsplit("/", 1)[-1], "")


class UnpublishedPrivate(AccessModel):
    unpublished_private = True


if __name__ == "__main__":
    unittest.main()
