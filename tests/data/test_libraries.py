"""The taxonomies and galaxies of the test data load whole, with the counts known for them, and a second load changes nothing."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

DATA = pathlib.Path(os.environ.get("MISP_SHARED", "."), "data/misp")


class Libraries(unittest.TestCase):
    def test_counts(self):
        check = pathlib.Path(os.environ["MISP_BIN"]).parents[1] / "tests/check_libraries"
        r = subprocess.run([check, os.path.join(os.environ["MISP_SHARED"], "data")], text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False)
        self.assertEqual(r.returncode, 0, r.stdout)

    def test_load(self):
        place = tempfile.mkdtemp(prefix="misp-libraries-")
        self.addCleanup(shutil.rmtree, place, True)

        def run(*args):
            r = subprocess.run([os.environ["MISP_BIN"], *args, "--data", place + "/data"], text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, check=False)
            self.assertEqual(r.returncode, 0, r.stderr)
            return json.loads(r.stdout) if "--json" in args and "load" in args else r.stdout

        run("init")
        want = {"added": 183, "updated": 0, "unchanged": 0, "unreadable": 0}
        self.assertEqual(run("taxonomy", "load", DATA / "misp-taxonomies", "--json"), want)
        self.assertEqual(run("taxonomy", "load", DATA / "misp-taxonomies", "--json"), {**want, "added": 0, "unchanged": 183})
        want = {"added": 180, "updated": 0, "unchanged": 0, "unreadable": 0, "clusters": 11729}
        self.assertEqual(run("galaxy", "load", DATA / "misp-galaxy", "--json"), want)
        self.assertEqual(run("galaxy", "load", DATA / "misp-galaxy", "--json"), {**want, "added": 0, "unchanged": 180, "clusters": 0})
        tags = [json.loads(line)["tags"] for line in run("taxonomy", "list", "--json").splitlines()]
        self.assertEqual((len(tags), min(tags) > 0), (183, True))


if __name__ == "__main__":
    unittest.main()
