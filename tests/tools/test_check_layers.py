"""check-layers passes on a clean tree and names every kind of violation."""

import os
import pathlib
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(os.environ.get("MISP_SRC", pathlib.Path(__file__).resolve().parents[2]))

CLEAN = {
    "src/LAYERS": "# room: may include\nbase:\nmodel: base\ndb: base\nhttp: base\nstore: base model db\nmain: base store\n",
    "src/meson.build": "rooms = {\n  'base': ['str'],\n  'store': ['event'],\n}\n",
    "src/main.c": '#include "base/str.h"\nint main(void) { return 0; }\n',
    "src/base/str.c": '#include "base/str.h"\n#include <string.h>\n/* sprintf(SELECT) in a comment */\n',
    "src/base/str.h": "struct str { int n; };\n",
    "src/store/event.c": '#include "base/str.h"\nstatic const char q[] = "SELECT id FROM event";\n',
    "tests/meson.build": "unit_tests = ['base_str']\n",
    "tests/unit/test_base_str.c": "int main(void) { return 0; }\n",
}
# rule that fails, file (added or replaced), content, what the report must name
VIOLATIONS = [
    ("rooms", "src/base/str.h", '#include "store/event.h"\n', "base may not include store"),
    ("rooms", "src/base/str.h", '#include "str.h"\n', "without its room"),
    ("rooms", "src/attic/old.h", "\n", "'attic' is not in src/LAYERS"),
    ("rooms", "src/base/str.h", '#include "base/str.h"\n', "ring of headers"),
    ("libraries", "src/store/event.c", "#include <sqlite3.h>\n", "only db includes sqlite3.h"),
    ("libraries", "src/base/str.c", "#  include <libpq-fe.h>\n", "only db includes libpq-fe.h"),
    ("libraries", "src/store/event.c", "#include <curl/curl.h>\n", "only http includes curl/curl.h"),
    ("libraries", "src/main.c", "#include <microhttpd.h>\n", "only http includes microhttpd.h"),
    ("sql", "src/base/str.c", 'const char *q =\n\t"SELECT 1";\n', "src/base/str.c:2"),
    ("sql", "src/main.c", 'const char *q = " INSERT INTO event VALUES (1)";\n', "SQL outside store"),
    ("sql", "src/main.c", 'const char *q = "CREATE UNIQUE INDEX i ON t (a)";\n', "SQL outside store"),
    ("banned", "src/base/str.c", "void f(char *d) { sprintf (d, \"x\"); }\n", "sprintf is banned"),
    ("banned", "tests/unit/test_base_str.c", "int f(char *d) { return atoi(d); }\n", "atoi is banned"),
    ("banned", "src/main.c", "/* a */ char *f(char *d) { return strtok(d, \".\"); }\n", "strtok is banned"),
    ("size", "src/base/str.h", "\n" * 1501, "1501 lines"),
    ("listed", "src/base/new.c", "\n", "src/base/new.c is not in src/meson.build"),
    ("listed", "tests/unit/test_base_new.c", "\n", "is not in tests/meson.build"),
    ("listed", "tests/fuzz/fuzz_new.c", "\n", "is not in tests/fuzz/meson.build"),
]
# what looks like a violation and is none
FINE = [
    ("src/base/str.c", "int f(struct x *a) { return a->gets(1) + a->b.atoi (2) + my_sprintf(3) + snprintf_x(4); }\n"),
    ("src/base/str.c", 'const char *s = "Select a file", *t = "UPDATES", *u = "calls sprintf(x)", c = \'"\';\n// gets(x)\n'),
    ("src/base/str.h", "\n" * 1500),
]


def check(files):
    with tempfile.TemporaryDirectory() as top:
        for name, text in files.items():
            p = pathlib.Path(top, name)
            p.parent.mkdir(parents=True, exist_ok=True)
            p.write_text(text)
        r = subprocess.run([str(TOP / "tools/check-layers"), top], text=True, stdout=subprocess.PIPE, check=False)
        return r.returncode, r.stdout


class CheckLayers(unittest.TestCase):
    def test_clean(self):
        status, out = check(CLEAN)
        self.assertEqual((status, "not ok" in out), (0, False), out)

    def test_violations(self):
        for rule, name, text, says in VIOLATIONS:
            with self.subTest(rule=rule, file=name, says=says):
                status, out = check({**CLEAN, name: text})
                self.assertEqual(status, 1, out)
                self.assertRegex(out, rf"(?m)^not ok \d - {rule}$")
                self.assertEqual(out.count("not ok"), 1, out)
                self.assertIn(says, out)

    def test_fine(self):
        for name, text in FINE:
            with self.subTest(text=text[:40]):
                status, out = check({**CLEAN, name: text})
                self.assertEqual(status, 0, out)
