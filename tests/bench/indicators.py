"""Made-up indicators, events and feeds: the same call gives the same bytes on every machine.

Twenty indicators in a fixed cycle: six IPv4 addresses, five domains, four URLs, two SHA-256, two MD5, one SHA-1. All values of one
stream differ. Addresses look public and names look registered, since a scanner would leave others out; nothing resolves or fetches them.
"""

import hashlib
import json
import pathlib

CYCLE = ("ip-dst", "domain", "ip-dst", "url", "domain", "ip-dst", "sha256", "url", "domain", "ip-dst",
         "md5", "url", "ip-dst", "domain", "sha1", "ip-dst", "url", "domain", "sha256", "md5")
CATEGORY = {"ip-dst": "Network activity", "domain": "Network activity", "url": "Network activity",
            "sha256": "Payload delivery", "sha1": "Payload delivery", "md5": "Payload delivery"}
FIRST_OCTETS = [n for n in range(1, 224) if n not in (10, 100, 127, 169, 172, 192, 198, 203)]
ENDINGS = ("com", "net", "org", "info", "co.uk", "de", "fr", "biz", "eu", "nl")
WORDS = ("amber", "birch", "cloud", "delta", "ember", "fjord", "grove", "harbor", "island", "juniper", "kestrel", "lagoon", "meadow",
         "north", "orchid", "prairie", "quartz", "river", "summit", "timber", "upland", "valley", "willow", "yonder", "zephyr")
PLACES = ("index.php", "news/today", "a/b/c.bin", "login", "files/update.zip", "api/v1/ping", "img/logo.png", "static/app.js")


def number(*parts):
    """64 bits that depend on all parts."""
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "little")


def uuid(*parts):
    b = bytearray(hashlib.blake2b(repr(parts).encode(), digest_size=16).digest())
    b[6] = b[6] & 15 | 64
    b[8] = b[8] & 63 | 128
    h = b.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


class Stream:
    """Indicators by their number: Stream("name")[i] is (type, value)."""

    def __init__(self, name):
        self.name = name
        self.base = number("base", name)
        self.seed = f"{name}/"

    def __getitem__(self, i):
        kind = CYCLE[i % 20]
        x = int.from_bytes(hashlib.blake2b(f"{self.seed}{i}".encode(), digest_size=8).digest(), "little")
        if kind == "ip-dst":
            # an odd factor maps the 24 low bits one to one
            low = (i * 0x9E3779B1 + self.base) & 0xFFFFFF
            return kind, f"{FIRST_OCTETS[x % len(FIRST_OCTETS)]}.{low >> 16}.{low >> 8 & 255}.{low & 255}"
        if kind in ("domain", "url"):
            host = f"{WORDS[x % 25]}-{WORDS[x // 25 % 25]}{(i << 8 | self.base & 255):x}.{ENDINGS[x // 625 % 10]}"
            if kind == "domain":
                return kind, host
            return kind, f"http://{host}/{PLACES[x // 6250 % 8]}?q={x >> 44:x}"
        return kind, hashlib.new(kind, f"{self.seed}{kind}/{i}".encode()).hexdigest()


def attribute(pair, **more):
    return {"type": pair[0], "category": CATEGORY[pair[0]], "value": pair[1], "to_ids": True, "distribution": "5", "comment": "", **more}


def event(info, pairs, **more):
    return {"Event": {"info": info, "date": "2024-10-21", "threat_level_id": "2", "analysis": "2", "distribution": "0",
                      "Attribute": [attribute(p) for p in pairs], **more}}


def body(thing):
    return json.dumps(thing, separators=(",", ":")).encode()


def freetext(name, n):
    s = Stream(name)
    return "# made-up list\n" + "".join(s[i][1] + "\n" for i in range(n))


def csv(name, n):
    """Five columns, the value in the second."""
    s = Stream(name)
    rows = ["# first_seen,value,type,confidence,tag\n"]
    for i in range(n):
        kind, value = s[i]
        rows.append(f'"2024-10-{1 + i % 28:02} 12:{i % 60:02}:00","{value}","{kind}","{i % 101}","made-up"\n')
    return "".join(rows)


def misp_feed(folder, events=53, attributes=4074):
    """A MISP-format feed: manifest.json, hashes.csv, UUID.json. Sizes differ as they do in real feeds, half of the attributes are in objects."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    org = {"name": "Bench feed", "uuid": uuid("org")}
    weights = [1 + number("weight", i) % 97 for i in range(events)]
    sizes = [max(1, attributes * w // sum(weights)) for w in weights]
    sizes[sizes.index(max(sizes))] += attributes - sum(sizes)
    manifest, hashes, at = {}, [], 0
    s = Stream("misp feed")
    for i, size in enumerate(sizes):
        u, stamp = uuid("event", i), 1700000000 + i
        tags = [{"name": "tlp:clear", "colour": "#ffffff"}, {"name": f"made-up:group=\"{i % 7}\"", "colour": "#004646"}]
        rows = []
        for j in range(at, at + size):
            a = attribute(s[j], uuid=uuid("attribute", j), timestamp=str(stamp))
            if j % 10 == 0:
                a["Tag"] = [{"name": f"made-up:kind=\"{j % 13}\"", "colour": "#0088cc"}]
            hashes.append(f"{hashlib.md5(a['value'].encode()).hexdigest()},{u}\n")
            rows.append(a)
        at += size
        plain, grouped = rows[:(size + 1) // 2], rows[(size + 1) // 2:]
        objects = [{"name": "annotation", "meta-category": "misc", "description": "made up", "template_uuid": uuid("template"),
                    "template_version": "1", "uuid": uuid("object", i, k), "timestamp": str(stamp), "distribution": "5", "comment": "",
                    "Attribute": [{**a, "object_relation": "ref"} for a in grouped[k:k + 5]]} for k in range(0, len(grouped), 5)]
        e = event(f"bench feed {i}", [], uuid=u, timestamp=str(stamp), publish_timestamp=str(stamp), published=True, Orgc=org, Tag=tags,
                  Object=objects)
        e["Event"]["Attribute"] = plain
        (folder / f"{u}.json").write_bytes(body(e))
        manifest[u] = {"Orgc": org, "Tag": tags, "info": f"bench feed {i}", "date": "2024-10-21", "analysis": 2, "threat_level_id": 2,
                       "timestamp": stamp}
    (folder / "manifest.json").write_bytes(body(manifest))
    (folder / "hashes.csv").write_text("".join(hashes))
