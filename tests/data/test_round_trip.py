"""Every real event in and out through the API: what comes back is what was sent, field by field.

What a MISP changes on its way in is allowed for, and nothing else: ids and owners of the receiving side, the normal form of a value (hashes, domains
and addresses in lower case), defaults of fields that were not sent, double values of one event, tags of a galaxy seen as clusters.
"""

import collections
import json
import os
import pathlib
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/api"))
from harness import ApiTest  # noqa: E402  (path above)

DATA = pathlib.Path(os.environ["MISP_SHARED"]) / "data/misp-events"
EVENT = ("uuid", "info", "date", "threat_level_id", "analysis", "extends_uuid")
ATTRIBUTE = ("uuid", "type", "category", "to_ids", "comment", "first_seen", "last_seen", "object_relation", "disable_correlation")
OBJECT = ("uuid", "name", "meta-category", "template_uuid", "template_version", "comment", "first_seen", "last_seen")
REFERENCE = ("referenced_uuid", "relationship_type", "comment")
REPORT = ("uuid", "name", "content")


def text(v):
    if isinstance(v, bool):
        return "1" if v else "0"
    return "" if v is None else str(v)


def same(sent, got):
    a, b = text(sent).strip(), text(got).strip()
    return a == b or a.lower() == b.lower() or a.replace("\r\n", "\n") == b.replace("\r\n", "\n") or moment(a) == moment(b) is not None


def moment(t):
    """Microseconds of a time in ISO form, else None."""
    import datetime
    try:
        d = datetime.datetime.fromisoformat(t.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (d if d.tzinfo else d.replace(tzinfo=datetime.timezone.utc)).timestamp()


def tags(thing):
    return sorted({t["name"].lower() for t in thing.get("Tag", []) if t.get("name")})


class RoundTrip(ApiTest):

    def fields(self, where, names, sent, got):
        for n in names:
            if n in sent and sent[n] not in (None, "") and not same(sent[n], got.get(n)):
                self.bad.append(f"{where}: {n} {sent[n]!r:.80} came back as {got.get(n)!r:.80}")

    def attributes(self, where, sent, got):
        back = {a["uuid"]: a for a in got}
        values = {(a["type"], a["value"].lower()) for a in got}
        # a sample sent under its name alone is given its hash
        values |= {(a["type"], a["value"].lower().split("|")[0]) for a in got if a["type"] == "malware-sample"}
        times = collections.Counter(a.get("uuid") for a in sent)
        for a in sent:
            if a.get("deleted") or a.get("uuid") and times[a["uuid"]] > 1:  # several under one uuid: one is kept
                continue
            b = back.get(a.get("uuid", "").lower())
            if b is None:
                if (a["type"], a["value"].strip().lower()) not in values:
                    self.bad.append(f"{where}: attribute {a.get('uuid')} {a['type']} {a['value']!r:.60} is gone")
                continue
            self.fields(f"{where} {a['uuid']}", ATTRIBUTE, a, b)
            if not same(a["value"], b["value"]):
                self.changed[a["type"]] += 1
                self.examples.setdefault(a["type"], (a["value"][:80], b["value"][:80]))
            if not set(tags(a)) <= set(tags(b)):
                self.bad.append(f"{where} {a['uuid']}: tags {tags(a)} came back as {tags(b)}")

    def test_files(self):
        files = sorted(p for p in DATA.glob("*.json") if p.name != "COUNTS.json")
        self.assertGreater(len(files), 10)
        self.changed, self.examples, n = collections.Counter(), {}, 0
        for p in files:
            doc = json.loads(p.read_text(encoding="utf-8"))
            events = doc if isinstance(doc, list) else doc.get("response", [doc])
            for e in [x.get("Event", x) for x in events]:
                if "info" not in e:
                    continue
                self.bad = []
                a = self.post("/events/add", {"Event": e}, timeout=120)
                if a.status == 404:  # another file holds the same event: it gives way to this one
                    self.assert_status(self.post(f"/events/delete/{e['uuid']}"), 200)
                    self.post(f"/event_blocklists/delete/{e['uuid']}")
                    a = self.post("/events/add", {"Event": e}, timeout=120)
                self.assert_status(a, 200)
                got = self.get(f"/events/view/{a.body['Event']['id']}").body["Event"]
                self.fields(p.name, EVENT, e, got)
                if not set(tags(e)) <= set(tags(got)):
                    self.bad.append(f"{p.name}: tags {tags(e)} came back as {tags(got)}")
                self.attributes(p.name, e.get("Attribute", []), got["Attribute"])
                objects = {o["uuid"]: o for o in got["Object"]}
                for o in e.get("Object", []):
                    if o.get("deleted") or len(o["uuid"]) != 36:  # a malformed uuid is refused
                        continue
                    b = objects.get(o["uuid"].lower())
                    if b is None:
                        self.bad.append(f"{p.name}: object {o['uuid']} {o['name']} is gone")
                        continue
                    self.fields(f"{p.name} {o['uuid']}", OBJECT, o, b)
                    self.attributes(p.name, o.get("Attribute", []), b["Attribute"])
                    refs = {tuple(text(r.get(k)) for k in REFERENCE) for r in b["ObjectReference"]}
                    for r in o.get("ObjectReference", []):
                        if not r.get("deleted") and tuple(text(r.get(k)) for k in REFERENCE) not in refs:
                            self.bad.append(f"{p.name} {o['uuid']}: reference {r['relationship_type']} {r['referenced_uuid']} is gone")
                reports = {r["uuid"]: r for r in got["EventReport"]}
                for r in e.get("EventReport", []):
                    if not r.get("deleted"):
                        self.fields(f"{p.name} report", REPORT, r, reports.get(r["uuid"], {}))
                with self.subTest(file=p.name, info=e["info"][:40]):
                    self.assertEqual(self.bad[:20], [])
                n += 1
        print(f"# {n} events; values in another form: {dict(self.changed)} {self.examples}")


if __name__ == "__main__":
    unittest.main()
