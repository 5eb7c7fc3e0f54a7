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


# (known count, ours); the reasons stand in docs/feeds.md under the same letters
KNOWN = {
    # A: addresses without a scheme ("host.example/path", "198.51.100.1:443/x") are URLs here
    "feeds/csv/sophos/2025-12 shanya iocs.csv": {"url": (0, 2)},
    "feeds/csv/sophos/FoolsGoldMetaTraderShaZhuPan.csv": {"url": (5, 6)},
    "feeds/csv/sophos/OWASSRF IOCs 2023-03.csv": {"url": (0, 1)},
    "feeds/csv/sophos/Qakbot-onenote-attacks.csv": {"url": (7, 10)},
    "feeds/csv/sophos/Ransomware-Ryuk.csv": {"url": (0, 1)},
    "feeds/csv/sophos/Troj-Emotet-Ukraine_maldocs.csv": {"url": (0, 1)},
    "feeds/csv/sophos/Troj-Qakbot.csv": {"url": (110, 117)},
    "feeds/csv/sophos/papercut-nday-indicators-of-compromise.csv": {"url": (3, 16)},
    "feeds/csv/volexity/2018__2018-04-06 - Drupalgeddon 2 _ Profiting From Mass Exploitation__indicators__indicators.csv": {"url": (0, 11)},
    "feeds/csv/volexity/2025__2025-10-08 UTA0388__iocs.csv": {"url": (24, 26)},
    "feeds/freetext/threatmon/ThreatMon-C2-Feed-2023-09-23.txt": {"url": (24, 25)},
    # B: zones of dynamic DNS providers, public suffixes themselves
    "feeds/zeek-intel/gru-aa25.intel": {"host": (57, 47)},
    # C: a field or a value that is no indicator as it stands
    "feeds/csv/tweetfeed/week.csv": {"host": (575, 573), "url": (683, 680)},
    "feeds/csv/sophos/IOC_imagespam.csv": {"host": (9, 8)},
    "feeds/csv/sophos/Worm-Raspberry-Robin.csv": {"url": (1, 0)},
    "feeds/csv/volexity/2022__2022-12-01 Buyer Beware - Fake Cryptocurrency Applications Serving as Front for AppleJeus Malware__indicators.csv":
        {"md5": (17, 16), "sha1": (17, 16)},
    # D: indicators that the other program did not type
    "feeds/csv/sophos/Ransomware_BlackKingDom.csv": {"ip": (3, 4)},
    "feeds/csv/unit42/iran_linked_operators_OilRig.csv": {"ip": (0, 12), "host": (0, 25)},
    # E: values that differ in letter case, or in a sign behind a URL, only
    "feeds/csv/infoblox/ukraine_russia_malicous_suspicious_iocs.csv": {"host": (1392, 1391), "url": (132, 131)},
    "feeds/csv/phishtank_verified_online_20240322.csv": {"url": (1067, 1066)},
}


class Feeds(unittest.TestCase):
    def test_lists(self):
        out, broken, changed = differences()
        self.assertEqual(broken, [])
        self.assertEqual(changed, [], "fetched again unchanged, it was read again")
        self.maxDiff = None
        self.assertEqual(out, KNOWN)

    def test_misp_directories(self):
        for path, known in json.loads((DATA / "COUNTS.json").read_text())["misp_feed_dirs"].items():
            got = run([f"misp\t\t{DATA / path}\n"])[0]
            rep = got["report"]
            self.assertEqual(rep["events_added"], known["events"], path)
            self.assertEqual(rep["values"], known["attributes"], path)
            # a value that an event holds twice is stored once
            self.assertEqual(rep["added"] + rep.get("refused", 0), known["attributes"], path)
            self.assertTrue(all("similar attribute" in p["reason"] for p in rep.get("problem_list", [])), path)
            self.assertTrue(got["again_unchanged"], path)
            if known["hash_rows"]:
                self.assertEqual(got["cached"], known["hash_rows"], path)


if __name__ == "__main__":
    unittest.main()
