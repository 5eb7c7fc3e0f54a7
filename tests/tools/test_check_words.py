"""check-words names what a committed file must not say, and nothing else."""

import os
import pathlib
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(os.environ.get("MISP_SRC", pathlib.Path(__file__).resolve().parents[2]))

CASES = [  # file, text, rule that fails (None: clean)
    ("src/a.c", "/* see docs/architecture.md, https://example.org/work/x and ./var/tmp/x */\n", None),
    ("tests/a.py", "DIR = '/tmp/x'\n", None),
    ("src/a.c", 'open("/tmp/x");\n', "paths"),
    ("docs/a.md", "cd /work/main\n", "paths"),
    ("README.md", "see /root/notes\n", "paths"),
    ("docs/a.md", "in /home/alice/misp\n", "paths"),
    ("docs/a.md", "deb http://deb.example.org/debian bookworm main\n", "hosts"),
    ("docs/a.md", "from https://debian-mirror.example.net/x\n", "hosts"),
    ("src/a.c", "/* TODO: more */\n", "marks"),
]


class CheckWords(unittest.TestCase):
    def test_cases(self):
        for name, text, rule in CASES:
            with self.subTest(text=text), tempfile.TemporaryDirectory() as top:
                p = pathlib.Path(top, name)
                p.parent.mkdir(parents=True, exist_ok=True)
                p.write_text(text)
                for cmd in (["init", "-q"], ["add", "."]):
                    subprocess.run(["git", "-C", top, *cmd], check=True)
                r = subprocess.run([str(TOP / "tools/check-words"), top], text=True, stdout=subprocess.PIPE, check=False)
                self.assertEqual(r.returncode, 1 if rule else 0, r.stdout)
                if rule:
                    self.assertRegex(r.stdout, rf"(?m)^not ok \d - {rule}$")
                    self.assertEqual(r.stdout.count("not ok"), 1, r.stdout)
