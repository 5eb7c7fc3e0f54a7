"""Every route with names, numbers, parameters and bodies that nobody sends in earnest: a clear refusal or an answer, never a 5xx, never the end of the program.

MISP_HOSTILE_SEED repeats a run; it is printed.
"""

import os
import random
import unittest

import routes
from harness import ApiTest

NAMES = ["-1", "0", "abc", "99999999999999999999", "%00", "%ff%fe", "a" * 3000, "1'", "1+OR+1", "..%2f..", "{}", "%E2%82%AC", "1;2",
         "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"]
ENDS = ["", "", "", "/limit:-1/page:x", "/sort:id", "/order:abc", "/deleted[]:7", "/x[]:", "/a:b:c", "?limit=&page=-3&x[]=1", ".xml", ".csv"]
BODIES = [b"", b"[]", b"{}", b'"x"', b"null", b"1", b"[[[[[]]]]]", b'{"a":{"b":[1,{"c":null}]}}', b'{"Event":[]}',
          b'{"id":[],"uuid":{},"value":[{}],"name":1e400}', b'{"id":-1,"limit":-5,"page":"x","returnFormat":[],"type":{"OR":[[]]}}', b"\xff\xfe",
          b'{"value":"\\ud800"}', b'[{"Attribute":1},null,3]',
          b'{"limit":99999999999999999999,"page":99999999999,"timestamp":["a",{},[]],"tags":{"NOT":{"AND":[]}}}', b"{" * 2000]


class Hostile(ApiTest):

    def test_routes(self):
        seed = int(os.environ.get("MISP_HOSTILE_SEED") or random.randrange(10**6))
        print(f"# MISP_HOSTILE_SEED={seed}", flush=True)
        r = random.Random(seed)
        for route in routes.table():
            if route.pattern == "/users/logout" or "resetauthkey" in route.pattern.lower():  # would end our own login
                continue
            for method in route.methods:
                for _ in range(3):
                    path = "/" + "/".join(r.choice(NAMES) if x.startswith(":") else x for x in route.pattern.split("/")[1:]) + r.choice(ENDS)
                    body = r.choice(BODIES) if method != "GET" else None
                    headers = {"Content-Type": "application/json"} if body is not None else None
                    a = self.server.request(method, path, body, headers=headers, allow_5xx=True)
                    self.assertLess(a.status, 500, f"{method} {path} {body!r}: {a.body!r:.300}")
        self.assert_status(self.get("/users/view/me"), 200)  # the program and the key have outlived it


if __name__ == "__main__":
    unittest.main()
