"""The route table as the source has it, for tests that go through all of it.

    for route in routes.table(): route.methods, route.pattern, route.perms, route.flags

Run with the file named by MISP_ROUTES_LOG it lists the routes no test called, and fails when there are any:

    python3 routes.py LOG
"""

import collections
import pathlib
import re
import sys

Route = collections.namedtuple("Route", "methods pattern handler perms flags")

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src/api"
METHODS = {"GET": ["GET"], "POST": ["POST"], "GP": ["GET", "POST"], "PP": ["POST", "PUT"], "DEL": ["POST", "DELETE"],
           "HTTP_GET": ["GET"], "HTTP_POST": ["POST"], "HTTP_PUT": ["PUT"], "HTTP_DELETE": ["DELETE"]}
ROW = re.compile(r'^\s*\{ ([A-Z_| ]+), "(/[^"]*)"(?: "\*")?, (\w+), ([^,]+), ([^,]+), [^,]+, (?:"\w+"|NULL) \},', re.M)
FLAGS = {"R": "ROUTE_READ", "W": "ROUTE_WRITE"}


def table():
    out = []
    for path in [SOURCE / "routes.c", *sorted(SOURCE.glob("*_routes.inc.h"))]:
        text = path.read_text(encoding="utf-8")
        found = ROW.findall(text)
        rows = len(re.findall(r'^\s*\{ [A-Z_]+(?: \| [A-Z_]+)*, "/', text, re.M))
        assert len(found) == rows, f"{path}: {rows} rows, {len(found)} understood"
        for methods, pattern, handler, perms, flags in found:
            out.append(Route(sorted({m for word in methods.split(" | ") for m in METHODS[word]}), pattern, handler,
                             [p.lower() for p in re.findall(r"PERM\((\w+)\)", perms)],
                             {FLAGS.get(f, f) for f in flags.split(" | ")}))
    return out


def fill(pattern, number="999999999"):
    """A path of the pattern in which every variable names nothing that exists."""
    pieces = []
    for piece in pattern.split("/")[1:]:
        if piece.startswith(":"):
            piece = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb" if "{uuid}" in piece else number
        pieces.append(piece)
    return "/" + "/".join(pieces)


def _expression(pattern):
    out = ""
    for i, piece in enumerate(pattern.split("/")[1:]):
        if piece.startswith(":"):
            kind = r"\d+" if "{int}" in piece else r"(?:\d+|[0-9a-fA-F-]{36})" if "{id}" in piece else r"[^/]+"
            out += f"(?:/{kind})?" if piece.endswith("?") else f"/{kind}"
        elif i == 0 and piece != "admin" or i == 1 and pattern.startswith("/admin/"):
            name = "_?".join(re.escape(c) for c in piece.replace("_", ""))
            out += f"/(?i:{name})"  # sharingGroups = sharing_groups
        else:
            out += "/" + re.escape(piece)
    return re.compile(out + "$")


def uncalled(lines):
    """Routes (method, pattern) that none of the "METHOD target" lines reached. A literal piece is preferred to a variable."""
    todo = [(m, r.pattern, _expression(r.pattern)) for r in table() for m in r.methods]
    todo.sort(key=lambda t: [piece.startswith(":") + ("{" not in piece) for piece in t[1].split("/")])
    called = set()
    for line in set(lines):
        method, _, target = line.strip().partition(" ")
        path = target.partition("?")[0]
        path = "/" + "/".join(s for s in path.split("/") if s and not re.fullmatch(r"[^/]*[^/:]:.*", s))
        path = re.sub(r"\.(json|xml|csv)$", "", path)
        method = "GET" if method == "HEAD" else method
        for m, pattern, expression in todo:
            if m == method and expression.match(path):
                called.add((m, pattern))
                break
    return [(m, p) for m, p, _ in todo if (m, p) not in called]


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as f:
        missing = uncalled(f)
    for method, pattern in missing:
        print(f"not called: {method} {pattern}")
    sys.exit(bool(missing))
