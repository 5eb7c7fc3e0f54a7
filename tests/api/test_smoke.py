"""What every client asks first: version, who am I, the types; and how a call without a valid key is refused."""

import gzip
import json
import unittest

import shapes
from harness import ADMIN_EMAIL, ADMIN_KEY, ApiTest

NO_KEY = ("Authentication failed. Please make sure you pass the API key of an API enabled user along in the "
          "Authorization header.")


class Smoke(ApiTest):

    def test_version(self):
        a = self.get("/servers/getVersion")
        self.assert_status(a, 200)
        self.assert_shape(a.body, shapes.VERSION)
        # three dotted whole numbers, 2.5.x, or the client fails
        self.assertRegex(a.body["version"], r"^2\.5\.\d+$")
        self.assertRegex(a.body["pymisp_recommended_version"], r"^2\.5\.\d+$")
        self.assertIn("gzip", a.body["request_encoding"])
        self.assertIs(a.body["filter_sightings"], True)
        self.assertIs(a.body["perm_sync"], True)
        self.assertRegex(a.body["uuid"], r"^[0-9a-f-]{36}$")
        self.assertEqual(a.headers["Content-Type"], "application/json; charset=UTF-8")

    def test_version_without_perm_sync(self):
        # "uuid": UUID or "-" without perm_sync
        a = self.get("/servers/getVersion", key=self.add_user("User"))
        self.assert_status(a, 200)
        self.assertIs(a.body["perm_sync"], False)
        self.assertEqual(a.body["uuid"], "-")

    def test_pymisp_version(self):
        a = self.get("/servers/getPyMISPVersion.json")
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"version": "str"})
        self.assertRegex(a.body["version"], r"^\d+\.\d+\.\d+$")

    def test_me(self):
        for path in ("/users/view/me", "/users/view/me.json"):
            a = self.get(path)
            self.assert_status(a, 200)
            self.assertEqual(a.body["User"]["email"], ADMIN_EMAIL)
            # UserSetting {name: value}, an empty array when none
            self.assertIn(a.body["UserSetting"], ([], {}))
            # password and totp masked, the key left out (or masked) on view
            self.assertEqual(a.body["User"]["password"], "*****")
            self.assertNotIn(ADMIN_KEY, json.dumps(a.body))
            a.body["User"].pop("authkey", None)
            self.assert_shape(a.body, shapes.USER_ME)
            self.assertIs(a.body["Role"]["perm_site_admin"], True)
            self.assertEqual(a.body["Role"]["name"], "admin")
            # the organisation of the first admin is named ORGNAME
            self.assertEqual(a.body["Organisation"]["name"], "ORGNAME")

    def test_describe_types(self):
        a = self.get("/attributes/describeTypes.json")
        self.assert_status(a, 200)
        r = a.body["result"]
        self.assertEqual(set(r), {"sane_defaults", "types", "categories", "category_type_mappings"})
        self.assertEqual((len(r["types"]), len(r["categories"])), (194, 16))
        self.assertEqual(sum(map(len, r["category_type_mappings"].values())), 486)
        # to_ids in describeTypes is a number
        self.assertEqual(r["sane_defaults"]["ip-dst"], {"default_category": "Network activity", "to_ids": 1})
        self.assertIs(type(r["sane_defaults"]["ip-dst"]["to_ids"]), int)

    def test_etag(self):
        # sent only when the request carries If-None-Match, even an empty one; equal gives 304
        path = "/attributes/describeTypes.json"
        self.assertIsNone(self.get(path).headers.get("ETag"))
        tag = self.get(path, headers={"If-None-Match": '""'}).headers["ETag"]
        self.assertRegex(tag, r'^"[0-9a-f]{40}"$')
        again = self.get(path, headers={"If-None-Match": tag})
        self.assert_status(again, 304)
        self.assertEqual(again.body, "")
        # an ending added by a proxy is ignored
        self.assert_status(self.get(path, headers={"If-None-Match": tag[:-1] + '-gzip"'}), 304)

    def test_key_headers(self):
        me = "/users/view/me"
        self.assert_status(self.get(me, key=None, headers={"X-MISP-AUTH": ADMIN_KEY}), 200)
        # X-MISP-AUTH wins when both are sent
        self.assert_error(self.get(me, headers={"X-MISP-AUTH": "x" * 40}), 403, NO_KEY)
        # a comma list of keys: the first that works counts
        self.assert_status(self.get(me, key="x" * 40 + "," + ADMIN_KEY), 200)
        self.assert_error(self.get(me, key="x" * 40), 403, NO_KEY)
        self.assert_error(self.get(me, key=ADMIN_KEY[:-1]), 403, NO_KEY)
        # a key in path or query is off by default
        self.assert_error(self.get(me + "?apikey=" + ADMIN_KEY, key=None), 403, NO_KEY)

    def test_key_missing(self):
        self.assert_error(self.get("/servers/getVersion", key=None), 403, NO_KEY)
        # a page request without key or session: 302 to the login page
        a = self.get("/events/index", key=None, headers={"Accept": "text/html"})
        self.assert_status(a, 302)
        self.assertTrue(a.headers["Location"].endswith("/users/login"), a.headers["Location"])

    def test_unknown_path(self):
        # unknown action adds "code": 404
        a = self.get("/events/noSuchAction")
        self.assert_error(a, 404)
        self.assertEqual(a.body.get("code"), 404)

    def test_format_by_path_ending(self):
        a = self.get("/servers/getVersion.json", headers={"Accept": None})
        self.assert_status(a, 200)
        self.assertIn("version", a.body)

    def test_indented_unless_pymisp(self):
        plain = self.server.raw(
            b"GET /servers/getVersion HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nAccept: application/json\r\n"
            b"Connection: close\r\n\r\n" % ADMIN_KEY.encode())
        compact = self.server.raw(
            b"GET /servers/getVersion HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nAccept: application/json\r\n"
            b"User-Agent: PyMISP 2.5.1 - Python 3.11\r\nConnection: close\r\n\r\n" % ADMIN_KEY.encode())
        self.assertIn(b'\n    "version": ', plain)
        self.assertIn(b'{"version":', compact)

    def test_two_spellings(self):
        self.assertEqual(self.get("/sharingGroups/index").body, self.get("/sharing_groups/index").body)

    def test_bad_body(self):
        # never 5xx for a bad request; 4xx with a JSON body
        for body in ("{", "[1,", '{"info": "\ud800"}'.encode("utf-8", "surrogatepass"), b"\xff", '{"a":1}x', "nul"):
            with self.subTest(body=body):
                a = self.post("/events/add", body)
                self.assertEqual(a.status // 100, 4)
                self.assert_error(a, a.status)

    def test_gzip_body(self):
        a = self.post("/events/add",
                      gzip.compress(json.dumps({"info": f"zipped {self.token}"}).encode()),
                      headers={"Content-Encoding": "gzip"})
        self.assert_status(a, 200)
        self.assertEqual(a.body["Event"]["info"], f"zipped {self.token}")
        a = self.post("/events/add", b"no gzip", headers={"Content-Encoding": "gzip"})
        self.assertEqual(a.status // 100, 4)

    def test_smuggling(self):
        # two Content-Length, or Content-Length with Transfer-Encoding, are refused
        head = (b"POST /events/add HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\n" %
                ADMIN_KEY.encode())
        for more in (b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
                     b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"):
            out = self.server.raw(head + more, timeout=5)
            self.assertRegex(out, rb"^(HTTP/1\.1 4\d\d |$)")
            self.assertLessEqual(out.count(b"HTTP/1.1 "), 1)

    def test_description_of_add(self):
        # GET on an add action answers a description; peers look for a non-empty "description"
        a = self.get("/events/add")
        self.assert_status(a, 200)
        self.assertTrue(a.body.get("description"), a.body)


class Life(ApiTest):

    def test_restart_keeps_all(self):
        event = self.new_event()
        self.server.restart()
        self.assertEqual(self.view(event)["info"], event["info"])
        self.server.kill9()
        self.server.start()
        self.assertEqual(self.view(event)["uuid"], event["uuid"])
        # the key of the first start stays valid, ids go on ascending
        self.assertGreater(int(self.new_event()["id"]), int(event["id"]))


if __name__ == "__main__":
    unittest.main()
