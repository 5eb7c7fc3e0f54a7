"""events/restSearch and attributes/restSearch: every filter, the formats, the headers. Each test quotes its rule.

Each test makes its own events and adds their ids to the question (eventid works on event level and leaves the
attributes alone).
"""

import base64
import csv
import io
import json
import re
import time
import unittest

import shapes
from harness import ApiTest

UNKNOWN = "00000000-0000-4000-8000-000000000000"
COLUMNS = [
    "uuid", "event_id", "category", "type", "value", "comment", "to_ids", "date", "object_relation", "attribute_tag",
    "object_uuid", "object_name", "object_meta_category"
]
CONTEXT = [
    "event_info", "event_member_org", "event_source_org", "event_distribution", "event_threat_level_id",
    "event_analysis", "event_date", "event_tag", "event_timestamp"
]


class SearchTest(ApiTest):

    def setUp(self):
        super().setUp()
        self.own = []

    def make(self, *values, **fields):
        """An event with text attributes of these values (or whole attributes)."""
        e = self.new_event(Attribute=[v if isinstance(v, dict) else {"type": "text", "value": v} for v in values],
                           **fields)
        self.own.append(e["id"])
        return e

    def ask(self, scope, key=None, **filters):
        filters.setdefault("eventid", self.own)
        a = self.post(f"/{scope}/restSearch", filters, **({"key": key} if key else {}))
        self.assert_status(a, 200)
        return a

    def attributes(self, **filters):
        return self.ask("attributes", **filters).body["response"]["Attribute"]

    def found(self, **filters):
        """Values of the attributes found, sorted."""
        return self.values(self.attributes(**filters))

    def events(self, **filters):
        return [r["Event"] for r in self.ask("events", **filters).body["response"]]

    def in_events(self, **filters):
        """{event id: values of its attributes} of the events found."""
        return {e["id"]: self.values(e["Attribute"]) for e in self.events(**filters)}


class Answers(SearchTest):

    def test_empty(self):
        # attributes {"response": {"Attribute": []}} also when empty; events {"response": []}
        q = {"value": f"nothing {self.token}"}
        self.assertEqual(self.post("/attributes/restSearch", q).body, {"response": {"Attribute": []}})
        self.assertEqual(self.post("/events/restSearch", q).body, {"response": []})
        for scope in ("attributes", "events"):
            self.assertEqual(self.post(f"/{scope}/restSearch", q).headers["X-Result-Count"], "0")

    def test_shapes(self):
        self.make("a", Tag=[{"name": f"t{self.token}"}])
        self.assert_shape(self.attributes(), [shapes.ATTRIBUTE_IN_SEARCH])
        self.assert_shape(self.events(), [shapes.EVENT])

    def test_headers(self):
        # X-Result-Count, X-Response-Format, X-Export-Module-Used, X-Skipped-Elements-Count
        self.make("a", "b")
        self.make("c")
        for scope, count in (("attributes", "3"), ("events", "2")):
            a = self.ask(scope, returnFormat="json")
            self.assertEqual(a.headers["X-Result-Count"], count)
            self.assertEqual(a.headers["X-Response-Format"], "json")
            for name in ("X-Export-Module-Used", "X-Skipped-Elements-Count"):
                self.assertIsNotNone(a.headers[name], name)

    def test_get(self):
        # GET with the same names works too, as named parameters or in the query
        e = self.make(f"get {self.token}", "other")
        for path in (f"/attributes/restSearch/value:get+{self.token}",
                     f"/attributes/restSearch/returnFormat:json/value:get%20{self.token}",
                     f"/attributes/restSearch?value=get+{self.token}",
                     f"/attributes/restSearch.json?value=get%20{self.token}"):
            a = self.get(path)
            self.assert_status(a, 200)
            self.assertEqual(self.values(a.body["response"]["Attribute"]), [f"get {self.token}"], path)
        # a list is /name[]:a/name[]:b
        a = self.get(f"/attributes/restSearch/eventid:{e['id']}/value[]:get+{self.token}/value[]:other")
        self.assertEqual(self.values(a.body["response"]["Attribute"]), [f"get {self.token}", "other"])
        # ";" inside a value stands for ":"
        self.make("a:b")
        self.assertEqual(
            self.values(
                self.get(f"/attributes/restSearch/eventid:{self.own[-1]}/value:a;b").body["response"]["Attribute"]),
            ["a:b"])
        a = self.get(f"/events/restSearch/eventid:{e['id']}")
        self.assertEqual([r["Event"]["id"] for r in a.body["response"]], [e["id"]])

    def test_wrapped(self):
        self.make("a")
        a = self.post("/attributes/restSearch", {"request": {"eventid": self.own}})
        self.assertEqual(self.values(a.body["response"]["Attribute"]), ["a"])

    def test_null_is_left_out(self):
        self.make("a")
        self.assertEqual(self.found(value=None, type=None, tags=None, limit=None), ["a"])

    def test_order_and_paging(self):
        # events in id order; pages until an empty list
        for n in range(5):
            self.make(f"v{n}")
        self.assertEqual([e["id"] for e in self.events()], self.own)
        pages = [[e["id"] for e in self.events(limit=2, page=p)] for p in (1, 2, 3, 4)]
        self.assertEqual(pages, [self.own[:2], self.own[2:4], self.own[4:], []])
        ids = self.ids(self.attributes())
        pages = [self.ids(self.attributes(limit=2, page=p)) for p in (1, 2, 3, 4)]
        self.assertEqual(pages, [ids[:2], ids[2:4], ids[4:], []])
        self.assertEqual(sorted(ids, key=int), ids)

    def test_bad_questions(self):
        # never 5xx for a bad request
        for body in ({"returnFormat": "no-such-format"}, {"value": {"OR": {"x": 1}}}, {"eventid": {"NOT": []}},
                     {"limit": "many"}, {"page": -1}, {"tags": {"AND": [[1]]}}, {"timestamp": {"a": 1}}, {"type": 5},
                     {"from": [1, 2, 3]}, {"deleted": "x"}, [], [1], {"value": "%" * 300}):
            for scope in ("attributes", "events"):
                with self.subTest(scope=scope, body=str(body)[:60]):
                    a = self.post(f"/{scope}/restSearch", body)
                    self.assertLess(a.status, 500)
                    if a.status != 200:
                        self.assert_error(a, a.status)

    def test_unknown_format(self):
        a = self.post("/attributes/restSearch", {"returnFormat": "no-such-format"})
        self.assertEqual(a.status // 100, 4)
        self.assert_error(a, a.status)


class Values(SearchTest):

    def test_exact(self):
        # exact, not a part of the value
        self.make("alpha", "alphabet", "beta")
        self.assertEqual(self.found(value="alpha"), ["alpha"])
        self.assertEqual(self.found(value="lph"), [])

    def test_composite(self):
        # on value1, value2 or "value1|value2"
        e = self.make({"type": "ip-dst|port", "value": "198.51.100.4|8443"},
                      {"type": "domain|ip", "value": f"{self.token}.example.com|198.51.100.4"},
                      {"type": "filename|md5", "value": "a.exe|00112233445566778899aabbccddeeff"}, "8443")
        self.assertEqual(self.found(value="198.51.100.4"),
                         sorted(["198.51.100.4|8443", f"{self.token}.example.com|198.51.100.4"]))
        self.assertEqual(self.found(value="8443"), ["198.51.100.4|8443", "8443"])
        self.assertEqual(self.found(value="198.51.100.4|8443"), ["198.51.100.4|8443"])
        self.assertEqual(self.found(value="00112233445566778899aabbccddeeff"),
                         ["a.exe|00112233445566778899aabbccddeeff"])
        self.assertEqual(self.in_events(value="a.exe"), {e["id"]: ["a.exe|00112233445566778899aabbccddeeff"]})

    def test_halves(self):
        # value1, value2 as filters of their own
        self.make({"type": "ip-dst|port", "value": "198.51.100.4|8443"},
                  {"type": "ip-dst|port", "value": "198.51.100.5|8443"})
        self.assertEqual(self.found(value1="198.51.100.5"), ["198.51.100.5|8443"])
        self.assertEqual(self.found(value2="8443"), ["198.51.100.4|8443", "198.51.100.5|8443"])
        self.assertEqual(self.found(value1="8443"), [])

    def test_wildcard(self):
        # % is a wildcard; _ is none
        self.make("one.example.com", "two.example.com", "a_b", "axb", "100%")
        self.assertEqual(self.found(value="%.example.com"), ["one.example.com", "two.example.com"])
        self.assertEqual(self.found(value="one%"), ["one.example.com"])
        self.assertEqual(self.found(value="%example%"), ["one.example.com", "two.example.com"])
        self.assertEqual(self.found(value="a_b%"), ["a_b"])

    def test_case_and_accents(self):
        # letter case and accents do not matter
        self.make("R\u00e9sum\u00e9", "STRASSE")
        for value in ("resume", "R\u00c9SUM\u00c9", "r\u00e9sume", "RESUM%"):
            self.assertEqual(self.found(value=value), ["R\u00e9sum\u00e9"], value)

    def test_lists(self):
        # an array is OR; {"OR", "AND", "NOT"} objects; a leading "!" excludes
        self.make("a", "b", "c")
        self.assertEqual(self.found(value=["a", "b"]), ["a", "b"])
        self.assertEqual(self.found(value={"OR": ["a", "c"]}), ["a", "c"])
        self.assertEqual(self.found(value={"NOT": ["a"]}), ["b", "c"])
        self.assertEqual(self.found(value="!a"), ["b", "c"])
        self.assertEqual(self.found(value=["!a", "!b"]), ["c"])
        self.assertEqual(self.found(value={"OR": ["a", "b"], "NOT": ["b"]}), ["a"])

    def test_events(self):
        # only the matching attributes when a filter is on attribute level
        e, f = self.make("a", "b"), self.make("b", "c")
        self.assertEqual(self.in_events(value="a"), {e["id"]: ["a"]})
        self.assertEqual(self.in_events(value="b"), {e["id"]: ["b"], f["id"]: ["b"]})
        self.assertEqual(self.in_events(value="z"), {})

    def test_many(self):
        values = [f"v{n}" for n in range(1500)]
        self.make(*values[:20])
        self.assertEqual(len(self.found(value=values)), 20)

    def test_cidr_is_text_here(self):
        # correlation joins networks and addresses, value is exact
        self.make({"type": "ip-dst", "value": "198.51.100.0/24"})
        self.assertEqual(self.found(value="198.51.100.0/24"), ["198.51.100.0/24"])


class Kinds(SearchTest):

    def setUp(self):
        super().setUp()
        self.event = self.make({"type": "ip-dst", "value": "198.51.100.1"}, {"type": "ip-src", "value": "198.51.100.2"},
                               {"type": "text", "value": "t", "category": "Internal reference"})

    def test_type(self):
        self.assertEqual(self.found(type="ip-src"), ["198.51.100.2"])
        self.assertEqual(self.found(type=["ip-src", "ip-dst"]), ["198.51.100.1", "198.51.100.2"])
        self.assertEqual(self.found(type={"OR": ["ip-dst"]}), ["198.51.100.1"])
        self.assertEqual(self.found(type={"NOT": ["ip-dst"]}), ["198.51.100.2", "t"])
        self.assertEqual(self.found(type="!text"), ["198.51.100.1", "198.51.100.2"])
        self.assertEqual(self.in_events(type="ip-dst"), {self.event["id"]: ["198.51.100.1"]})
        self.assertEqual(self.found(type="md5"), [])

    def test_type_wildcard(self):
        self.assertEqual(self.found(type="ip-%"), ["198.51.100.1", "198.51.100.2"])

    def test_category(self):
        self.assertEqual(self.found(category="Network activity"), ["198.51.100.1", "198.51.100.2"])
        self.assertEqual(self.found(category="!Network activity"), ["t"])
        self.assertEqual(self.found(category={"OR": ["Internal reference"]}), ["t"])
        self.assertEqual(self.in_events(category="Internal reference"), {self.event["id"]: ["t"]})

    def test_to_ids(self):
        self.assertEqual(self.found(to_ids=1), ["198.51.100.1", "198.51.100.2"])
        self.assertEqual(self.found(to_ids=True), ["198.51.100.1", "198.51.100.2"])
        self.assertEqual(self.found(to_ids=0), ["t"])
        self.assertEqual(self.found(to_ids=[0, 1]), ["198.51.100.1", "198.51.100.2", "t"])

    def test_uuid(self):
        attr = self.event["Attribute"][0]
        self.assertEqual(self.found(uuid=attr["uuid"]), [attr["value"]])
        self.assertEqual(self.found(uuid=[attr["uuid"], UNKNOWN]), [attr["value"]])
        # on events the filter is on event level
        self.assertEqual(self.in_events(uuid=self.event["uuid"]),
                         {self.event["id"]: ["198.51.100.1", "198.51.100.2", "t"]})
        self.assertEqual(self.in_events(uuid=UNKNOWN), {})

    def test_combined(self):
        self.assertEqual(self.found(type=["ip-src", "text"], category="Network activity"), ["198.51.100.2"])
        self.assertEqual(self.found(value="%198%", type="ip-dst", to_ids=1), ["198.51.100.1"])

    def test_event_level_keeps_all(self):
        # all attributes when the filter is on event level
        self.assertEqual(self.in_events(), {self.event["id"]: ["198.51.100.1", "198.51.100.2", "t"]})


class EventLevel(SearchTest):

    def test_eventid(self):
        e, f = self.make("a"), self.make("b")
        self.assertEqual(self.found(eventid=e["id"]), ["a"])
        self.assertEqual(self.found(eventid=int(e["id"])), ["a"])
        self.assertEqual(self.found(eventid=e["uuid"]), ["a"])
        self.assertEqual(self.found(eventid=[e["id"], f["uuid"]]), ["a", "b"])
        self.assertEqual(self.found(eventid={"OR": [e["id"], f["id"]], "NOT": [f["id"]]}), ["a"])
        self.assertEqual(self.found(eventid="999999999"), [])
        self.assertEqual([x["id"] for x in self.events(eventid=[f["id"], e["id"]])], [e["id"], f["id"]])

    def test_eventinfo(self):
        e, f = self.make("a", info=f"alpha {self.token}"), self.make("b", info=f"beta {self.token}")
        self.assertEqual(self.in_events(eventinfo=f"alpha {self.token}"), {e["id"]: ["a"]})
        self.assertEqual(self.in_events(eventinfo=f"%{self.token}%"), {e["id"]: ["a"], f["id"]: ["b"]})
        self.assertEqual(self.in_events(eventinfo=f"!alpha {self.token}"), {f["id"]: ["b"]})

    def test_org(self):
        # name in any case, id, uuid, "!x"
        key = self.add_user("Publisher")
        theirs = self.new_event(key=key,
                                distribution=3,
                                published=True,
                                Attribute=[{"type": "text", "value": "theirs"}])
        self.own.append(theirs["id"])
        self.make("ours")
        org = key.org
        for value in (org["name"], org["name"].upper(), org["id"], org["uuid"], [org["uuid"]], {"OR": [org["name"]]}):
            self.assertEqual(self.found(org=value), ["theirs"], value)
            self.assertEqual(self.in_events(org=value), {theirs["id"]: ["theirs"]}, value)
        for value in ("!" + org["name"], {"NOT": [org["name"]]}):
            self.assertEqual(self.found(org=value), ["ours"], value)

    def test_published(self):
        p, u = self.make("p", published=True), self.make("u")
        self.assertEqual(self.found(published=1), ["p"])
        self.assertEqual(self.found(published=True), ["p"])
        self.assertEqual(self.found(published=0), ["u"])
        self.assertEqual(self.found(published=[0, 1]), ["p", "u"])
        self.assertEqual(self.in_events(published=1), {p["id"]: ["p"]})
        self.assertEqual(self.in_events(published=0), {u["id"]: ["u"]})

    def test_dates(self):
        # from and to on the event's date
        self.make("old", date="2019-05-01")
        self.make("new", date="2021-05-01")
        self.assertEqual(self.found(**{"from": "2020-01-01"}), ["new"])
        self.assertEqual(self.found(to="2020-01-01"), ["old"])
        self.assertEqual(self.found(**{"from": "2019-05-01"}, to="2021-05-01"), ["new", "old"])
        self.assertEqual(list(self.in_events(**{"from": "2019-05-01"}, to="2019-05-01").values()), [["old"]])
        # from: "7d" occurs: the last seven days
        self.make("today")
        self.assertEqual(self.found(**{"from": "7d"}), ["today"])

    def test_threat_level(self):
        self.make("high", threat_level_id=1)
        self.make("low", threat_level_id=3)
        self.assertEqual(self.found(threat_level_id=1), ["high"])
        self.assertEqual(self.found(threat_level_id=["1", "3"]), ["high", "low"])
        self.assertEqual(list(self.in_events(threat_level_id="3").values()), [["low"]])

    def test_metadata(self):
        # without attributes
        self.make("a")
        for e in self.events(metadata=1):
            self.assertFalse(e.get("Attribute"))
            self.assertEqual(e["attribute_count"], "1")

    def test_events_without_attributes(self):
        # events without attributes are returned, with Attribute, Object, Galaxy even if empty
        e = self.make()
        got = self.events()
        self.assertEqual([x["id"] for x in got], [e["id"]])
        self.assertEqual((got[0]["Attribute"], got[0]["Object"], got[0]["Galaxy"]), ([], [], []))

    def test_sharinggroup(self):
        self.make("a")
        self.assertEqual(self.found(sharinggroup=999999), [])
        self.assertEqual(self.in_events(sharinggroup=["999998", "999999"]), {})
        self.assertEqual(self.found(sgReferenceOnly=1), ["a"])


class Times(SearchTest):

    def test_timestamp_of_attributes(self):
        # on attributes scope the attribute's; a single value means since; two mean between
        self.make({"type": "text", "value": "old", "timestamp": "1600000000"},
                  {"type": "text", "value": "new", "timestamp": "1700000000"})
        self.assertEqual(self.found(timestamp=1650000000), ["new"])
        self.assertEqual(self.found(timestamp="1650000000.5"), ["new"])
        self.assertEqual(self.found(timestamp=1700000000), ["new"])
        self.assertEqual(self.found(timestamp=[1590000000, 1650000000]), ["old"])
        self.assertEqual(self.found(timestamp=["1590000000", "1710000000"]), ["new", "old"])

    def test_timestamp_of_events(self):
        # on events scope the event's
        e, f = self.make("a", timestamp="1600000000"), self.make("b", timestamp="1700000000")
        self.assertEqual(self.in_events(timestamp=1650000000.0), {f["id"]: ["b"]})
        self.assertEqual(self.in_events(timestamp=[1590000000, 1650000000]), {e["id"]: ["a"]})

    def test_units(self):
        # "5d", "4m", "30s", or two of those
        now = int(time.time())
        self.make({"type": "text", "value": "now", "timestamp": str(now)},
                  {"type": "text", "value": "hour", "timestamp": str(now - 3600)},
                  {"type": "text", "value": "week", "timestamp": str(now - 7 * 86400)})
        self.assertEqual(self.found(timestamp="30m"), ["now"])
        self.assertEqual(self.found(timestamp="5d"), ["hour", "now"])
        self.assertEqual(self.found(timestamp="300s"), ["now"])
        self.assertEqual(self.found(timestamp="2h"), ["hour", "now"])
        self.assertEqual(self.found(timestamp=["10d", "1d"]), ["week"])

    def test_nonsense(self):
        # an unparseable value matches nothing rather than everything
        self.make("a", published=True)
        for value in ("5x", "ad", "soon", ["x", "y"]):
            for name in ("timestamp", "publish_timestamp"):
                with self.subTest(name=name, value=value):
                    self.assertEqual(self.found(**{name: value}), [])
                    self.assertEqual(self.in_events(**{name: value}), {})

    def test_publish_timestamp(self):
        # matches only published events
        p = self.make("p", published=True)
        self.make("u")
        now = int(time.time())
        self.assertEqual(self.found(publish_timestamp=now - 300), ["p"])
        self.assertEqual(self.found(publish_timestamp="5m"), ["p"])
        self.assertEqual(self.in_events(publish_timestamp=[now - 300, now + 300]), {p["id"]: ["p"]})
        self.assertEqual(self.found(publish_timestamp=now + 300), [])
        self.assertEqual(self.found(publish_timestamp=[0, now - 300]), [])

    def test_event_timestamp(self):
        self.make({"type": "text", "value": "a", "timestamp": "1700000000"}, timestamp="1600000000")
        self.assertEqual(self.found(event_timestamp=1590000000), ["a"])
        self.assertEqual(self.found(event_timestamp=1650000000), [])
        self.assertEqual(self.found(event_timestamp=[1590000000, 1610000000]), ["a"])


class Tags(SearchTest):

    def setUp(self):
        super().setUp()
        self.red, self.blue = f"red{self.token}", f"blue{self.token}"
        for name in (self.red, self.blue):
            self.new_tag(name)
        tag = {self.red: [{"name": self.red}], self.blue: [{"name": self.blue}]}
        self.tagged = self.make("in red", {"type": "text", "value": "blue", "Tag": tag[self.blue]}, Tag=tag[self.red])
        self.plain = self.make({"type": "text", "value": "red", "Tag": tag[self.red]}, "none",
                               {"type": "text", "value": "both", "Tag": tag[self.red] + tag[self.blue]})

    def test_attributes(self):
        # tags on attributes scope also look at the event's tags
        self.assertEqual(self.found(tags=self.red), ["blue", "both", "in red", "red"])
        self.assertEqual(self.found(tags=self.blue), ["blue", "both"])
        self.assertEqual(self.found(tags=[self.red, self.blue]), ["blue", "both", "in red", "red"])
        self.assertEqual(self.found(tags={"OR": [self.blue]}), ["blue", "both"])
        self.assertEqual(self.found(tags={"AND": [self.red, self.blue]}), ["blue", "both"])
        self.assertEqual(self.found(tags={"NOT": [self.blue]}), ["in red", "none", "red"])
        self.assertEqual(self.found(tags="!" + self.red), ["none"])
        self.assertEqual(self.found(tags={"OR": [self.red], "NOT": [self.blue]}), ["in red", "red"])
        self.assertEqual(self.found(tags=f"no {self.token}"), [])

    def test_wildcard_and_id(self):
        self.assertEqual(self.found(tags=self.blue[:-2] + "%"), ["blue", "both"])
        self.assertEqual(self.found(tags=self.blue.upper()), ["blue", "both"])

    def test_events(self):
        # events whose own tags or whose attributes' tags match
        self.assertEqual(set(self.in_events(tags=self.red)), {self.tagged["id"], self.plain["id"]})
        self.assertEqual(self.in_events(tags=self.red)[self.tagged["id"]], ["blue", "in red"])

    def test_events_not(self):
        # an event is dropped only when its own tags match; attributes carrying the excluded tag are removed from the
        # events that stay
        self.assertEqual(self.in_events(tags={"NOT": [self.red]}), {self.plain["id"]: ["none"]})
        self.assertEqual(self.in_events(tags={"NOT": [self.blue]}),
                         {self.tagged["id"]: ["in red"], self.plain["id"]: ["none", "red"]})

    def test_event_tags(self):
        self.assertEqual(self.found(event_tags=self.red), ["blue", "in red"])
        self.assertEqual(set(self.in_events(event_tags=self.red)), {self.tagged["id"]})
        self.assertEqual(self.in_events(event_tags=self.blue), {})

    def test_include_event_tags(self):
        # adds the event's tags to Attribute.Tag
        got = {a["value"]: sorted(t["name"] for t in a.get("Tag", [])) for a in self.attributes(includeEventTags=1)}
        self.assertEqual(
            got, {
                "in red": [self.red], "blue": sorted([self.blue, self.red]), "red": [self.red], "none": [],
                "both": sorted([self.blue, self.red])
            })
        got = {a["value"]: sorted(t["name"] for t in a.get("Tag", [])) for a in self.attributes()}
        self.assertEqual((got["in red"], got["blue"]), ([], [self.blue]))


class Texts(SearchTest):

    def test_quick(self):
        # quickFilter and searchall look through value, comment, info, and tags
        self.new_tag(f"tag-{self.token}")
        value = self.make(f"value-{self.token}-x", info="plain")
        comment = self.make({"type": "text", "value": "c", "comment": f"comment-{self.token}-x"}, info="plain")
        info = self.make("i", info=f"info-{self.token}-x")
        tag = self.make("t", info="plain", Tag=[{"name": f"tag-{self.token}"}])
        for name in ("quickFilter", "searchall"):
            for part, event in (("value", value), ("comment", comment), ("info", info), ("tag", tag)):
                with self.subTest(name=name, part=part):
                    text = f"%{part}-{self.token}%"
                    self.assertEqual([e["id"] for e in self.events(**{name: text})], [event["id"]])

    def test_quick_on_attributes(self):
        self.make(f"quick-{self.token}", "other")
        self.assertEqual(self.found(quickFilter=f"%quick-{self.token}%"), [f"quick-{self.token}"])


class Flags(SearchTest):

    def test_deleted(self):
        # default not deleted; 1 / true include; 2 deleted only; [0,1] both
        e = self.make("live", "gone")
        gone = next(a for a in e["Attribute"] if a["value"] == "gone")
        self.post(f"/attributes/delete/{gone['id']}")
        for deleted, want in (("", ["live"]), (0, ["live"]), (1, ["gone", "live"]), (True, ["gone", "live"]),
                              (2, ["gone"]), ([0, 1], ["gone", "live"])):
            with self.subTest(deleted=deleted):
                q = {} if deleted == "" else {"deleted": deleted}
                self.assertEqual(self.found(**q), want)
                self.assertEqual(self.in_events(**q), {e["id"]: want})

    def test_include_event_uuid(self):
        e = self.make("a")
        self.assertEqual(self.attributes(includeEventUuid=1)[0]["event_uuid"], e["uuid"])

    def test_include_context(self):
        # adds Event to each, with string id, info, threat_level_id, Tag
        e = self.make("a", threat_level_id=2, Tag=[{"name": f"t{self.token}"}])
        got = self.attributes(includeContext=1)[0]["Event"]
        self.assertEqual((got["id"], got["info"], got["threat_level_id"], got["uuid"], got["published"]),
                         (e["id"], e["info"], "2", e["uuid"], False))
        self.assertEqual([t["name"] for t in got["Tag"]], [f"t{self.token}"])
        self.assertEqual(got["Orgc"]["name"], "ORGNAME")
        self.assert_shape(got,
                          {
                              k: "id"
                              for k in ("id", "org_id", "distribution", "orgc_id", "threat_level_id", "analysis",
                                        "timestamp", "sharing_group_id", "publish_timestamp")
                          }
                          | {
                              "info": "str", "uuid": "uuid", "date": "str", "published": "bool", "extends_uuid": "str",
                              "Tag": [], "Orgc": shapes.ORG_SHORT, "Org?": shapes.ORG_SHORT
                          },
                          extra=True)

    def test_include_correlations(self):
        # RelatedAttribute on every attribute, empty list included; each with its Event
        value = f"{self.token}.example.com"
        self.make({"type": "domain", "value": value}, "alone")
        other = self.make({"type": "hostname", "value": value})
        got = {(a["event_id"], a["value"]): a["RelatedAttribute"] for a in self.attributes(includeCorrelations=1)}
        self.assertEqual(got[self.own[0], "alone"], [])
        related = got[self.own[0], value]
        self.assertEqual([(r["value"], r["type"], r["event_id"], r["Event"]["info"]) for r in related],
                         [(value, "hostname", other["id"], other["info"])])
        self.assertNotIn("RelatedAttribute", self.attributes()[0])

    def test_include_sightings(self):
        e = self.make("seen", "unseen")
        seen = next(a for a in e["Attribute"] if a["value"] == "seen")
        self.post(f"/sightings/add/{seen['id']}", {"source": "probe"})
        got = {a["value"]: [s["source"] for s in a.get("Sighting", [])] for a in self.attributes(includeSightings=1)}
        self.assertEqual(got, {"seen": ["probe"], "unseen": []})
        self.assertNotIn("Sighting", self.attributes(value="seen")[0])

    def test_attachments(self):
        # data (base64) only with withAttachments
        data = base64.b64encode(b"content \x00\xff").decode()
        self.make({"type": "attachment", "value": "a.txt", "data": data})
        self.assertNotIn("data", self.attributes()[0])
        self.assertEqual(self.attributes(withAttachments=1)[0]["data"], data)
        self.assertEqual(self.events(withAttachments=1)[0]["Attribute"][0]["data"], data)

    def test_warninglist(self):
        # enforceWarninglist drops values on enabled lists
        listed = f"listed-{self.token}"
        a = self.post(
            "/warninglists/add", {
                "Warninglist": {
                    "name": f"wl {self.token}", "description": "d", "type": "string", "category": "false_positive",
                    "matching_attributes": ["ALL"], "entries": listed
                }
            })
        if a.status in (404, 405):
            self.skipTest("no warninglists/add")
        self.assert_status(a, 200)
        self.assert_status(
            self.post("/warninglists/toggleEnable", {"id": [a.body["Warninglist"]["id"]], "enabled": True}), 200)
        self.make(listed.upper(), "free")
        self.assertEqual(self.found(), sorted(["free", listed.upper()]))
        self.assertEqual(self.found(enforceWarninglist=1), ["free"])
        self.assertEqual(list(self.in_events(enforceWarninglist=True).values()), [["free"]])


class Csv(SearchTest):

    def text(self, scope="attributes", **filters):
        a = self.ask(scope, returnFormat="csv", **filters)
        self.assertEqual(a.headers["Content-Type"], "text/csv; charset=UTF-8")
        return a.body

    def rows(self, *args, **filters):
        text = self.text(*args, **filters)
        return list(csv.DictReader(io.StringIO(text.rstrip("\n") + "\n")))

    def test_columns(self):
        e = self.make({
            "type": "ip-dst", "value": "198.51.100.1", "comment": 'a "quoted", text', "timestamp": "1700000000",
            "Tag": [{"name": f"a{self.token}"}, {"name": f"b{self.token}"}]
        })
        for scope in ("attributes", "events"):
            text = self.text(scope)
            self.assertEqual(text.split("\n")[0], ",".join(COLUMNS))
            # numbers bare, text always in double quotes, empty text ""; date is the attribute timestamp; tags
            # comma-joined inside one field
            line = text.split("\n")[1]
            attr = e["Attribute"][0]
            want = (f'"{attr["uuid"]}",{e["id"]},"Network activity","ip-dst","198.51.100.1","a ""quoted"", text",1,'
                    '1700000000,"",')
            self.assertEqual(line[:len(want)], want)
            self.assertEqual(sorted(self.rows(scope)[0]["attribute_tag"].split(",")),
                             [f"a{self.token}", f"b{self.token}"])

    def test_empty(self):
        # an empty result is the header alone, and a blank line ends the text
        text = self.text(value=f"nothing {self.token}")
        self.assertEqual(text, ",".join(COLUMNS) + "\n\n")
        self.make("a")
        self.assertTrue(self.text().endswith("\n\n"))

    def test_object_columns(self):
        event = self.make()
        o = self.new_object(event, [("filename", "filename", "a.exe")])
        row = self.rows()[0]
        self.assertEqual((row["object_relation"], row["object_uuid"], row["object_name"], row["object_meta_category"]),
                         ("filename", o["uuid"], "file", "file"))

    def test_context(self):
        # includeContext appends the event's columns; threat level by its name
        e = self.make("a",
                      threat_level_id=3,
                      date="2020-02-03",
                      timestamp="1700000000",
                      Tag=[{"name": f"t{self.token}"}])
        text = self.text(includeContext=1)
        self.assertEqual(text.split("\n")[0], ",".join(COLUMNS + CONTEXT))
        row = self.rows(includeContext=1)[0]
        self.assertEqual(
            {
                k: row[k]
                for k in ("event_info", "event_source_org", "event_member_org", "event_threat_level_id", "event_date",
                          "event_tag", "event_timestamp")
            }, {
                "event_info": e["info"], "event_source_org": "ORGNAME", "event_member_org": "ORGNAME",
                "event_threat_level_id": "Low", "event_date": "2020-02-03", "event_tag": f"t{self.token}",
                "event_timestamp": "1700000000"
            })

    def test_requested(self):
        # requested_attributes picks columns in order and drops the object columns
        self.make({"type": "ip-dst", "value": "198.51.100.1"})
        self.assertEqual(self.text(requested_attributes=["value", "type", "to_ids"]),
                         'value,type,to_ids\n"198.51.100.1","ip-dst",1\n\n')

    def test_headerless(self):
        self.make("a")
        self.assertEqual(self.text(requested_attributes=["value"], headerless=1), '"a"\n\n')

    def test_unrestricted(self):
        # csv does not restrict to published events and to_ids attributes
        self.make({"type": "ip-dst", "value": "198.51.100.1"}, "no ids")
        self.assertEqual(sorted(r["value"] for r in self.rows()), ["198.51.100.1", "no ids"])

    def test_lines(self):
        self.make("two\nlines", "semi;colon", "tab\there")
        self.assertEqual(sorted(r["value"] for r in self.rows()), ["semi;colon", "tab\there", "two\nlines"])


class Formats(SearchTest):

    def test_text(self):
        # one value a line; only published events and to_ids attributes unless asked otherwise
        self.make({"type": "ip-dst", "value": "198.51.100.1"}, "no ids", published=True)
        self.make({"type": "ip-dst", "value": "198.51.100.2"})
        for scope in ("attributes", "events"):
            a = self.ask(scope, returnFormat="text")
            self.assertTrue(a.headers["Content-Type"].startswith("text/plain"), a.headers["Content-Type"])
            self.assertEqual(a.body.split(), ["198.51.100.1"])
        lines = self.ask("attributes", returnFormat="text", published=[0, 1], to_ids=[0, 1]).body.split("\n")
        self.assertEqual(sorted(x for x in lines if x), ["198.51.100.1", "198.51.100.2", "no ids"])
        self.assertEqual(self.ask("attributes", returnFormat="text", published=0).body.split(), ["198.51.100.2"])

    def test_text_composite(self):
        # a composite value stands whole or by halves, but no value is lost
        self.make({"type": "domain|ip", "value": f"{self.token}.example.com|198.51.100.1"}, published=True)
        body = self.ask("attributes", returnFormat="text").body
        self.assertIn(f"{self.token}.example.com", body)
        self.assertIn("198.51.100.1", body)

    def test_count(self):
        self.make("a", "b")
        self.make("c")
        for scope, n in (("attributes", 3), ("events", 2)):
            a = self.ask(scope, returnFormat="count")
            numbers = re.findall(r"\d+", a.body if isinstance(a.body, str) else json.dumps(a.body))
            self.assertEqual(numbers, [str(n)], scope)

    def test_json_unrestricted(self):
        # json does not restrict
        self.make({"type": "ip-dst", "value": "198.51.100.1"}, "no ids")
        self.assertEqual(self.found(returnFormat="json"), ["198.51.100.1", "no ids"])

    def test_same_in_all(self):
        self.make("a", "b", published=True)
        want = ["a"]
        self.assertEqual(self.found(value="a"), want)
        self.assertEqual(self.ask("attributes", value="a", to_ids=0, returnFormat="text").body.split(), want)
        self.assertEqual(
            self.ask("attributes", value="a", returnFormat="csv", requested_attributes=["value"],
                     headerless=1).body.split(), ['"a"'])

    def test_result_count_in_text_formats(self):
        self.make("a", "b", published=True)
        for fmt in ("csv", "text"):
            self.assertEqual(
                self.ask("attributes", returnFormat=fmt, to_ids=[0, 1]).headers["X-Result-Count"], "2", fmt)


if __name__ == "__main__":
    unittest.main()
