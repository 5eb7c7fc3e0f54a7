"""Every route of the table, called without a key and as each built-in role: allowed or denied as its row says."""

import unittest

import routes
from harness import ROLES, ApiTest

NO_KEY = ("Authentication failed. Please make sure you pass the API key of an API enabled user along in the "
          "Authorization header.")
NO_RIGHT = "You do not have permission to use this functionality."


class Permissions(ApiTest):

    def call(self, method, path, key):
        # not recorded: a call that is meant to reach nothing is no test of its route
        return self.server.request(method, path, {} if method in ("POST", "PUT") else None, key=key, record=False)

    def each(self):
        for route in routes.table():
            for method in route.methods:
                yield route, method, routes.fill(route.pattern)

    def test_without_key(self):
        for route, method, path in self.each():
            if "ROUTE_PUBLIC" not in route.flags:
                with self.subTest(method=method, path=route.pattern):
                    self.assert_error(self.call(method, path, None), 403, NO_KEY)

    def test_roles(self):
        roles = {r["Role"]["id"]: r["Role"] for r in self.get("/roles/index").body}
        for name, role_id in ROLES.items():
            key = self.add_user(name)
            for route, method, path in self.each():
                may = all(roles[role_id][f"perm_{p}"] for p in route.perms)
                with self.subTest(role=name, method=method, path=route.pattern):
                    a = self.call(method, path, key)
                    self.assertLess(a.status, 500, a.body)
                    denied = a.status == 403 and isinstance(a.body, dict) and a.body.get("message") == NO_RIGHT
                    self.assertEqual(denied, not may, a.body)

    def test_read_only_key(self):
        # of a site admin: every route that writes is closed, but for one's own matters
        a = self.post("/auth_keys/add/me", {"read_only": True})
        self.assert_status(a, 200)
        key = a.body["AuthKey"]["authkey_raw"]
        for route, method, path in self.each():
            if "ROUTE_WRITE" in route.flags and not route.flags & {"ROUTE_SELF", "ROUTE_PUBLIC"}:
                with self.subTest(method=method, path=route.pattern):
                    self.assert_error(self.call(method, path, key), 403, NO_RIGHT)


class Table(unittest.TestCase):

    def test_each_route_has_a_kind(self):
        rows = routes.table()
        self.assertGreater(len(rows), 100)
        for route in rows:
            self.assertEqual(len(route.flags & {"ROUTE_READ", "ROUTE_WRITE"}), 1, route)

    def test_matching(self):
        self.assertNotIn(("GET", "/events/view/:id"), routes.uncalled(["GET /events/view/17/deleted:1?x=y"]))
        self.assertIn(("GET", "/events/:id{id}"), routes.uncalled(["GET /events/index"]))
        self.assertNotIn(("POST", "/objectReferences/add/:object?"), routes.uncalled(["POST /object_references/add"]))


if __name__ == "__main__":
    unittest.main()
