"""Real MISP events and feed folders are read whole, with the counts known for them."""

import os
import pathlib
import subprocess
import unittest


class MispEvents(unittest.TestCase):
    def test_counts(self):
        check = pathlib.Path(os.environ["MISP_BIN"]).parents[1] / "tests/check_misp_events"
        r = subprocess.run([check, os.path.join(os.environ["MISP_SHARED"], "data")], text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False)
        self.assertEqual(r.returncode, 0, r.stdout)


if __name__ == "__main__":
    unittest.main()
