"""Every feed of the test data loads; what is stored is counted by type and compared with the counts known for it.

The known counts come from another program with rules of its own (COUNTS.json). docs/feeds.md says where and why ours differ; KNOWN holds those differences,
so that a new one is seen."""

import json
import os
import pathlib
import subprocess
import unittest

DATA = pathlib.Path(os.environ["MISP_SHARED"]) / "data"
CHECK = pathlib.Path(os.environ["MISP_BIN"]).parents[1] / "tests/check_feeds"

# columns that hold the indicators, by the start of the path; anything else is freetext
COLUMNS = [
    ("feeds/csv/infoblox/", "2"),
    ("feeds/csv/sophos/", "2"),
    ("feeds/csv/volexity/", "1"),
    ("feeds/csv/unit42/iran", "2"),
    ("feeds/csv/unit42/keybase", "1,2"),
    ("feeds/csv/unit42/samsa", "1,5,7"),
    ("feeds/csv/tweetfeed/", "4"),
    ("feeds/csv/c2_intel", "1"),
    ("feeds/csv/feodo", "2"),
    ("feeds/csv/phishtank", "2"),
    ("feeds/csv/sslbl_sslblacklist", "1"),
    ("feeds/csv/sslbl_sslip", "1"),
    ("feeds/csv/urlhaus", "3"),
    ("feeds/zeek-intel/", "1"),
]
CLASS = {"ip-dst": "ip", "domain": "host", "hostname": "host", "url": "url", "ip-dst|port": "ip|port", "hostname|port": "host|port",
         "email-src": "email", "md5": "md5", "sha1": "sha1", "sha256": "sha256", "sha512": "sha512"}
COMPARED = ("ip", "host", "url", "md5", "sha1", "sha256", "ip|port", "email")


def settings(path):
    for start, column in COLUMNS:
        if path.startswith(start):
            delimiter = "\\t" if "zeek-intel" in path else ","
            return "csv", json.dumps({"csv": {"value": column, "delimiter": delimiter}})
    return "freetext", ""


def run(lines):
    r = subprocess.run([CHECK], input="".join(lines), text=True, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in r.stdout.splitlines()]


def classes(types):
    out = {}
    for name, n in types.items():
        key = CLASS.get(name, name)
        out[key] = out.get(key, 0) + n
    return out


def differences():
    feeds = json.loads((DATA / "COUNTS.json").read_text())["feeds"]
    lines = ["\t".join([*settings(f["path"]), str(DATA / f["path"])]) + "\n" for f in feeds]
    out, broken, changed = {}, [], []
    for f, got in zip(feeds, run(lines)):
        if "error" in got:
            broken.append((f["path"], got["error"]))
            continue
        if not got["again_unchanged"]:
            changed.append(f["path"])
        have = classes(got["types"])
        for c in COMPARED:
            if have.get(c, 0) != f["counts"].get(c, 0):
                out.setdefault(f["path"], {})[c] = (f["counts"].get(c, 0), have.get(c, 0))
    return out, broken, changed


if __name__ == "__main__" and os.environ.get("SHOW"):
    d, b, c = differences()
    for path, diff in sorted(d.items()):
        print(path, diff)
    print(b, c)
