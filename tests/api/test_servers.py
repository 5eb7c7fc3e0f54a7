"""Peers: who may add, see, change and delete them, what of their key is shown or kept, the calls that ask them, sharing groups that name them."""

import http.server
import json
import pathlib
import threading
import unittest

from harness import ADMIN_KEY, ApiTest, engine

NO_RIGHT = "You do not have permission to use this functionality."
KEY = "PeerKey0000000000000000000000000000000a1"
NEW_KEY = "PeerKey0000000000000000000000000000000b2"
FLAGS = ("push pull push_sightings push_galaxy_clusters push_analyst_data pull_analyst_data pull_galaxy_clusters publish_without_email unpublish_event "
         "self_signed internal skip_proxy remove_missing_tags caching_enabled").split()
BARE = {"id": "id", "name": "str", "url": "str", "org_id": "id", "remote_org_id": "id", **{f: "bool" for f in FLAGS}, "lastpulledid": "null/str",
        "lastpushedid": "null/str", "organization": "null", "pull_rules": "str", "push_rules": "str", "cert_file": "null", "client_cert_file": "null",
        "priority": "str"}
SAVED = {"Server": {**BARE, "authkey": "str"}}
ORG = {"id": "id", "name": "str", "uuid": "uuid", "nationality": "str", "sector": "str", "type": "str"}
LISTED = {"Server": {**BARE, "cache_timestamp": "bool/str"}, "Organisation": ORG, "RemoteOrg": ORG, "User": []}
USER = {"User": {"email": "sync@example.com"}, "Role": {"name": "Sync user", "perm_sync": True}}


class Peer(http.server.BaseHTTPRequestHandler):
    """Another instance: what it answers stands in its server's table by path; what it was asked is kept."""

    def log_message(self, *args):
        pass

    def reply(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, self.headers.get("Authorization"), body))
        answer = self.server.answers.get(self.path, (404, {"message": "no"}))
        status, data = answer(self, body) if callable(answer) else answer
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if status == 302:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = reply


def version(**more):
    return 200, {"version": "2.5.34", "perm_sync": True, "perm_sighting": True, "uuid": "cccccccc-cccc-4ccc-8ccc-cccccccccccc", "request_encoding": ["gzip"],
                 **more}


def echo(handler, body):
    return 200, {"body": json.loads(body), "headers": {"Content-type": handler.headers["Content-Type"], "Accept": handler.headers["Accept"],
                                                       "Authorization": "OK"}}


class Servers(ApiTest):

    def setUp(self):
        super().setUp()
        self.peer = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Peer)
        self.peer.asked, self.peer.answers = [], {"/servers/getVersion": version(), "/servers/postTest": echo, "/users/view/me.json": (200, USER)}
        threading.Thread(target=self.peer.serve_forever, daemon=True).start()
        self.addCleanup(self.peer.server_close)
        self.addCleanup(self.peer.shutdown)

    def url(self):
        return f"http://127.0.0.1:{self.peer.server_port}"

    def add(self, **more):
        a = self.post("/servers/add", {"name": f"peer {self.token}", "url": self.url(), "remote_org_id": 1, "authkey": KEY, **more})
        self.assert_status(a, 200)
        self.assert_shape(a.body, SAVED)
        return a.body["Server"]

    def test_life(self):
        s = self.add(pull=True, url=self.url() + "/")
        self.assertEqual((s["url"], s["authkey"], s["pull"], s["push"]), (self.url(), KEY, True, False))
        self.assertEqual(json.loads(s["push_rules"])["tags"], {"OR": [], "NOT": []})
        a = self.put(f"/servers/edit/{s['id']}", {"Server": {"name": f"other {self.token}", "push": 1, "priority": 7}})
        self.assert_status(a, 200)
        self.assertEqual(a.body["Server"], {**s, "name": f"other {self.token}", "push": True, "priority": "7"})
        a = self.post(f"/servers/edit/{s['id']}", {"pull_rules": {"tags": {"OR": ["x"]}}, "authkey": ""})
        self.assertEqual((json.loads(a.body["Server"]["pull_rules"]), a.body["Server"]["authkey"]), ({"tags": {"OR": ["x"]}}, KEY))
        for path in ("/servers/index", "/servers"):
            a = self.get(path)
            self.assert_shape(a.body, [LISTED])
            self.assertIn(s["id"], [r["Server"]["id"] for r in a.body])
            self.assertIn(s["id"], [r["Server"]["id"] for r in self.post(path, {"search": self.token}).body])
            self.assertEqual(self.post(path, {"search": self.token + "x"}).body, [])
        a = self.get(f"/servers/view/{s['id']}")
        self.assert_shape(a.body, LISTED)
        a = self.post(f"/servers/delete/{s['id']}")
        self.assert_saved(a, "Server deleted")
        self.assertEqual(a.body["name"], "Server deleted")
        other = self.add()
        self.assert_saved(self.delete(f"/servers/delete/{other['id']}"), "Server deleted")
        for path in ("view", "testConnection", "getRemoteUser", "queryAvailableSyncFilteringRules"):
            self.assert_error(self.get(f"/servers/{path}/{s['id']}"), 404, "Invalid server")
        for path in ("edit", "delete", "resetRemoteAuthKey", "testConnection"):
            self.assert_error(self.post(f"/servers/{path}/{s['id']}", {}), 404, "Invalid server")

    def test_refused(self):
        good = {"name": "x", "url": "https://peer.example", "remote_org_id": 1, "authkey": KEY}
        for field, value, name in (("url", "ftp://peer.example", "url"), ("url", "https://", "url"), ("url", "https://u:p@peer.example", "url"),
                                   ("url", "https://peer.example/?x", "url"), ("authkey", "short", "authkey"), ("authkey", "x" * 39 + "\n", "authkey"),
                                   ("name", " ", "name"), ("name", "n" * 256, "name"), ("remote_org_id", 99999, "Organisation"),
                                   ("remote_org_id", None, "Organisation"), ("pull_rules", "{", "pull_rules"), ("push_rules", [1], "push_rules"),
                                   ("priority", "high", "priority")):
            with self.subTest(field=field, value=value):
                a = self.post("/servers/add", {**good, field: value})
                self.assert_status(a, 403)
                self.assertIn(name, a.body["errors"])
        before = self.get("/servers/index").body
        s = self.add()
        # the key of one address is not sent to another
        a = self.post(f"/servers/edit/{s['id']}", {"url": "https://elsewhere.example"})
        self.assertIn("authkey", a.body["errors"])
        self.assertEqual(self.get(f"/servers/view/{s['id']}").body["Server"]["url"], self.url())
        self.post(f"/servers/delete/{s['id']}")
        self.assertEqual(self.get("/servers/index").body, before)

    def test_internal_is_for_the_own_organisation(self):
        self.assertIs(self.add(internal=True)["internal"], True)
        self.assertIs(self.add(internal=True, remote_org_id=self.add_org()["uuid"])["internal"], False)

    def test_organisation_stays(self):
        org = self.add_org()
        s = self.add(remote_org_id=org["id"])
        a = self.post(f"/admin/organisations/delete/{org['id']}")
        self.assertIn("still has servers", str(a.body))
        into = self.add_org()
        self.assert_status(self.post(f"/admin/organisations/merge/{org['id']}", {"orgsLocal": into["id"], "targetType": 0}), 200)
        self.assertEqual(self.get(f"/servers/view/{s['id']}").body["RemoteOrg"]["id"], into["id"])

    def test_who(self):
        s = self.add()
        for role in ("User", "Org Admin", "Sync user"):
            key = self.add_user(role)
            for a in (self.get("/servers/index", key=key), self.get(f"/servers/view/{s['id']}", key=key),
                      self.post(f"/servers/edit/{s['id']}", {"name": "x"}, key=key), self.post(f"/servers/delete/{s['id']}", key=key),
                      self.get(f"/servers/testConnection/{s['id']}", key=key), self.get(f"/servers/getRemoteUser/{s['id']}", key=key),
                      self.post(f"/servers/resetRemoteAuthKey/{s['id']}", {}, key=key), self.post("/servers/import", {}, key=key)):
                self.assert_error(a, 403, NO_RIGHT)
        self.assertEqual(self.peer.asked, [])

    def test_key_is_kept_secret(self):
        s = self.add()
        self.post(f"/servers/edit/{s['id']}", {"authkey": NEW_KEY})
        self.get(f"/servers/testConnection/{s['id']}")
        for path in ("/servers/index", f"/servers/view/{s['id']}", "/servers/serverSettings", "/admin/audit_logs/index", "/admin/logs/index"):
            text = json.dumps(self.get(path).body)
            self.assertNotIn(KEY, text, path)
            self.assertNotIn(NEW_KEY, text, path)
        self.assertIn("authkey", json.dumps(self.post("/admin/audit_logs/index", {"model": "Server"}).body))
        self.server.stop()
        if engine() == "sqlite":
            for file in pathlib.Path(self.server.data).rglob("*"):
                if file.is_file():
                    self.assertNotIn(NEW_KEY.encode(), file.read_bytes(), file)
        self.assertNotIn(NEW_KEY, self.server.log())
        self.server.start()
        self.get(f"/servers/testConnection/{s['id']}")
        self.assertEqual(self.peer.asked[-1][2], NEW_KEY)

    def test_connection(self):
        s = self.add()
        a = self.post(f"/servers/testConnection/{s['id']}", {})
        self.assertEqual(a.body, {"status": 1, "local_version": "2.5.34", "version": "2.5.34", "mismatch": False, "newer": False, "post": 1,
                                  "response_encoding": None, "request_encoding": ["gzip"], "client_certificate": None,
                                  "uuid": "cccccccc-cccc-4ccc-8ccc-cccccccccccc"})
        self.assertEqual([(m, p, k) for m, p, k, _ in self.peer.asked], [("GET", "/servers/getVersion", KEY), ("POST", "/servers/postTest", KEY)])
        for given, want in ((version(version="2.5.35"), {"status": 1, "mismatch": "hotfix", "newer": "remote"}),
                            (version(version="2.4.200"), {"status": 1, "mismatch": "minor", "newer": "local"}),
                            (version(perm_sync=False), {"status": 8}), (version(perm_sync=False, perm_sighting=False), {"status": 7}),
                            (version(version="x"), {"status": 3}), ((200, b"<html>"), {"status": 3}), ((200, []), {"status": 3}),
                            ((403, {"message": "no"}), {"status": 4}), ((500, {}), {"status": 3}), ((302, {}), {}),
                            ((405, {"message": "You have not accepted the terms of use yet, please log in."}), {"status": 6}),
                            ((405, {"message": "Your user account is expecting a password change."}), {"status": 5})):
            with self.subTest(given=given):
                self.peer.answers["/servers/getVersion"] = given
                a = self.get(f"/servers/testConnection/{s['id']}")
                self.assert_status(a, 200)
                self.assertEqual({k: a.body[k] for k in want}, want)
        self.assertNotIn("/elsewhere", [p for _, p, _, _ in self.peer.asked])
        self.peer.answers["/servers/getVersion"] = version()
        for given, want in ((echo, 1), ((500, {}), 8), ((200, b"x"), 8), ((200, {"body": {"testString": "other"}}), 9),
                            (lambda h, b: (200, {"body": json.loads(b), "headers": {"Accept": "*/*"}}), 10)):
            self.peer.answers["/servers/postTest"] = given
            self.assertEqual(self.get(f"/servers/testConnection/{s['id']}").body["post"], want)

    def test_unreachable(self):
        s = self.add()
        self.peer.shutdown()
        self.peer.server_close()
        self.assertEqual(self.get(f"/servers/testConnection/{s['id']}").body, {"status": 2, "client_certificate": None})
        self.assertEqual(self.get(f"/servers/getRemoteUser/{s['id']}").body, {"error": "Could not fetch remote user account."})
        # a network that is not allowed is not asked
        inner = self.add(url="http://10.1.2.3")
        self.assertEqual(self.get(f"/servers/testConnection/{inner['id']}").body["status"], 2)

    def test_remote_user(self):
        s = self.add()
        self.assertEqual(self.get(f"/servers/getRemoteUser/{s['id']}").body, {"User": "sync@example.com", "Role name": "Sync user", "Sync flag": "Yes"})
        self.peer.answers["/users/view/me.json"] = (200, {**USER, "Role": {"name": "User", "perm_sync": False}})
        self.assertEqual(self.get(f"/servers/getRemoteUser/{s['id']}").body["Sync flag"], "No")
        self.peer.answers["/users/view/me.json"] = (403, {})
        self.assertEqual(self.get(f"/servers/getRemoteUser/{s['id']}").body, {"error": 403})

    def test_reset_key(self):
        s = self.add()
        self.peer.answers["/users/resetauthkey/me"] = (200, {"message": f"Authkey updated: {NEW_KEY}"})
        self.assertEqual(self.server.request("POST", f"/servers/resetRemoteAuthKey/{s['id']}/dryRun:1", {}, key=ADMIN_KEY).status, 405)
        self.assert_saved(self.post(f"/servers/resetRemoteAuthKey/{s['id']}", {}), "API key updated.")
        self.get(f"/servers/testConnection/{s['id']}")
        self.assertEqual(self.peer.asked[-1][2], NEW_KEY)
        self.peer.answers["/users/resetauthkey/me"] = (200, {"message": "nothing"})
        a = self.server.request("POST", f"/servers/resetRemoteAuthKey/{s['id']}", {}, key=ADMIN_KEY)
        self.assertIn("without a new key", a.body["errors"])
        self.get(f"/servers/testConnection/{s['id']}")
        self.assertEqual(self.peer.asked[-1][2], NEW_KEY)

    def test_create_and_import(self):
        key = self.add_user("Sync user")
        a = self.post("/servers/createSync", {}, key=key)
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"Server": {"url": "str", "uuid": "uuid", "authkey": "str", "Organisation": {"name": "str", "uuid": "uuid"}}})
        self.assertEqual(self.get("/users/view/me", key=a.body["Server"]["authkey"]).body["User"]["id"], key.user["id"])
        self.assert_error(self.get("/servers/createSync"), 405)
        self.assert_error(self.get("/servers/createSync", key=self.add_user("User")), 403, NO_RIGHT)
        org = {"name": f"far {self.token}", "uuid": "dddddddd-dddd-4ddd-8ddd-" + self.token.encode().hex()[:12].rjust(12, "0")}
        given = {"Server": {**a.body["Server"], "Organisation": org}}
        b = self.post("/servers/import", given)
        self.assert_status(b, 200)
        self.assert_shape(b.body, SAVED)
        self.assertEqual((b.body["Server"]["authkey"], b.body["Server"]["name"]), (a.body["Server"]["authkey"], a.body["Server"]["url"]))
        self.assertEqual(self.get(f"/servers/view/{b.body['Server']['id']}").body["RemoteOrg"]["name"], org["name"])
        # the instance itself, by the key it gave
        a = self.get(f"/servers/testConnection/{b.body['Server']['id']}")
        self.assertEqual((a.body["status"], a.body["post"]), (1, 1))
        self.assertEqual(self.get(f"/servers/getRemoteUser/{b.body['Server']['id']}").body["Sync flag"], "Yes")
        for bad in ({}, {"Server": {"url": "https://peer.example"}}, {"Server": {**given["Server"], "Organisation": {}}}):
            self.assert_status(self.post("/servers/import", bad), 403)

    def test_filtering_rules(self):
        tag, key = self.new_tag(), self.add_user("Read Only")
        a = self.get("/servers/getAvailableSyncFilteringRules")
        self.assert_shape(a.body, {"organisations": ["str"], "tags": ["str"]})
        self.assertIn(tag["name"], a.body["tags"])
        self.assertIn(key.org["name"], a.body["organisations"])
        self.post("/servers/serverSettingsEdit/Security.hide_organisation_index_from_users", {"value": True})
        self.assertEqual(self.get("/servers/getAvailableSyncFilteringRules", key=key).body["organisations"], [])
        self.post("/servers/serverSettingsEdit/Security.hide_organisation_index_from_users", {"value": False})
        s = self.add()
        self.peer.answers["/servers/getAvailableSyncFilteringRules"] = (200, {"organisations": ["A"], "tags": ["b"]})
        self.assertEqual(self.get(f"/servers/queryAvailableSyncFilteringRules/{s['id']}").body, {"organisations": ["A"], "tags": ["b"]})
        self.peer.answers["/servers/getAvailableSyncFilteringRules"] = (500, {})
        self.assert_error(self.get(f"/servers/queryAvailableSyncFilteringRules/{s['id']}"), 403, "the server answered with status 500")

    def test_sharing_groups(self):
        s = self.add()
        g = self.post("/sharing_groups/add", {"name": f"g{self.token}", "SharingGroupServer": [{"server_id": s["id"], "all_orgs": False}]}).body
        gid = g["SharingGroup"]["id"]
        self.assertEqual([x["server_id"] for x in g["SharingGroupServer"]], [s["id"]])
        servers = lambda: {x["server_id"]: x["Server"] for x in self.get(f"/sharing_groups/view/{gid}").body["SharingGroupServer"]}
        self.assertEqual(servers()[s["id"]], {"id": s["id"], "name": s["name"], "url": s["url"]})
        self.assert_saved(self.post(f"/sharing_groups/removeServer/{gid}/{s['id']}", {}), "Server removed from the sharing group.")
        self.assert_saved(self.post("/sharing_groups/addServer", {"sg_id": gid, "server_url": s["url"]}), "Server added to the sharing group.")
        self.assertIn(s["id"], servers())
        self.assert_error(self.post(f"/sharing_groups/addServer/{gid}/99999", {}), 405, "Invalid Server.")
        self.post(f"/servers/delete/{s['id']}")
        self.assertNotIn(s["id"], servers())


if __name__ == "__main__":
    unittest.main()
