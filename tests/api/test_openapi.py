"""The description of the API as an OpenAPI document: every route of the table is in it, and what it refers to is there."""

import json
import re
import unittest

import routes
from harness import ApiTest


class OpenApi(ApiTest):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        a = cls.server.get("/openapi.json", key=None)
        assert a.status == 200, a
        cls.doc = a.body

    def test_every_route(self):
        table = routes.table()
        for r in table:
            path = re.sub(r":(\w+)(?:\{\w+\})?\??", r"{\1}", r.pattern)
            with self.subTest(path=path):
                self.assertIn(path, self.doc["paths"])
                for m in r.methods:
                    self.assertIn(m.lower(), self.doc["paths"][path])
        # nothing more than the table has: with and without each row's optional end
        known = {re.sub(r":(\w+)(?:\{\w+\})?\??", r"{\1}", r.pattern) for r in table}
        known |= {re.sub(r":(\w+)(?:\{\w+\})?", r"{\1}", re.sub(r"(/:[^/]*\?)+$", "", r.pattern)) or "/" for r in table}
        self.assertEqual(sorted(set(self.doc["paths"]) - known), [])

    def test_sound(self):
        self.assertEqual(self.doc["openapi"], "3.1.0")
        schemas = self.doc["components"]["schemas"]
        for ref in set(re.findall(r'"\$ref": ?"#/components/schemas/([^"]+)"', json.dumps(self.doc))):
            self.assertIn(ref, schemas)
        for path, item in self.doc["paths"].items():
            for method, op in item.items():
                with self.subTest(path=path, method=method):
                    self.assertEqual([p["name"] for p in op["parameters"]], re.findall(r"\{(\w+)\}", path))
                    self.assertTrue({"200", "403", "404"} <= set(op["responses"]))
                    self.assertIn(op["security"], ([], [{"key": []}]))

    def test_permissions(self):
        op = self.doc["paths"]["/events/add"]["post"]
        self.assertEqual((op["x-permissions"], op["x-writes"], op["requestBody"]["content"]["application/json"]["schema"]["required"]),
                         (["perm_add"], True, ["info"]))
        self.assertEqual(self.doc["paths"]["/users/login"]["get"]["security"], [])

    def test_page(self):
        a = self.get("/api/docs", key=None)
        self.assert_status(a, 200)
        self.assertIn("text/html", a.headers["Content-Type"])
        self.assertIn("/events/add", a.body)
        self.assertNotRegex(a.body, r"(src|href)=[\"']?(https?:)?//")


if __name__ == "__main__":
    unittest.main()
