"""The state of the instance: workers, database, listings of calls, watched users, entries of the log about keys, communities, ZeroMQ."""

import json
import threading
import time
import unittest
import uuid

from harness import ADMIN_KEY, ApiTest, free_port

NO_RIGHT = "You do not have permission to use this functionality."
WORKER = {"pid": "int", "user": "str", "alive": "bool", "correct_user": "bool", "ok": "bool"}
QUEUE = {"ok": "bool", "workers": [WORKER], "jobCount": "int"}
WORKERS = {**{q: QUEUE for q in ("cache", "default", "email", "prio", "update")}, "proc_accessible": "bool", "controls": "int"}


class Instance(ApiTest):

    def set(self, name, value):
        self.assert_saved(self.post(f"/servers/serverSettingsEdit/{name}", {"value": value}), "Field updated")

    def logs(self, **filters):
        time.sleep(1.3)  # entries of what wrote nothing come once a second
        return self.post("/admin/audit_logs/index", filters).body


class Workers(Instance):

    def alive(self):
        a = self.get("/servers/getWorkers")
        self.assert_status(a, 200)
        self.assert_shape(a.body, WORKERS)
        return [w["pid"] for w in a.body["default"]["workers"] if w["ok"]]

    def until(self, n):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            pids = self.alive()
            if len(pids) == n and 0 not in pids:
                return pids
            time.sleep(0.05)
        self.fail(f"{len(pids)} workers, not {n}")

    def test_life(self):
        before = self.until(2)
        self.assert_saved(self.post("/servers/restartDeadWorkers", {}), "0 workers were missing and began.")
        self.assertEqual(self.until(2), before)
        a = self.post("/servers/startWorker/prio", {})
        self.assert_status(a, 200)
        more = self.until(3)
        self.assert_saved(self.post(f"/servers/stopWorker/{more[0]}", {}), "The worker ends with the job it is at.")
        self.assertNotIn(more[0], self.until(2))
        self.assert_error(self.post("/servers/stopWorker/1", {}), 404)
        self.assert_error(self.post("/servers/stopWorker/x", {}), 405, "Invalid PID.")
        self.assert_error(self.post("/servers/startWorker/other", {}), 405, "Invalid worker type.")
        old = self.until(2)
        self.assert_status(self.post("/servers/restartWorkers", {}), 200)
        self.assertFalse(set(old) & set(self.until(2)))
        self.assert_status(self.post("/servers/killAllWorkers", {}), 200)
        self.until(0)
        self.assertIs(self.get("/servers/getWorkers").body["default"]["ok"], False)
        # work waits until somebody does it
        self.assertIn("job ", self.post("/attributes/generateCorrelation", {}).body["message"])
        job = next(j["Job"] for j in self.get("/jobs/index").body if j["Job"]["job_type"] == "verify")
        time.sleep(1.5)
        self.assertEqual(self.get(f"/jobs/view/{job['id']}").body["Job"]["status"], "1")
        self.assert_saved(self.post("/servers/restartDeadWorkers", {}), "2 workers were missing and began.")
        end = time.monotonic() + 20
        while self.get(f"/jobs/view/{job['id']}").body["Job"]["status"] != "4" and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(self.get(f"/jobs/view/{job['id']}").body["Job"]["message"], "all tables agree with one another")
        self.assert_error(self.server.request("POST", "/servers/killAllWorkers/dryRun:1", {}, key=ADMIN_KEY), 405)
        self.until(2)

    def test_many(self):
        self.until(2)
        while self.post("/servers/startWorker/default", {}).status == 200:
            pass
        self.assertEqual(len(self.until(64)), 64)
        calls = [threading.Thread(target=self.server.request, args=("POST", path, {}), kwargs={"key": ADMIN_KEY})
                 for path in ("/servers/restartDeadWorkers", "/servers/restartWorkers", "/servers/killAllWorkers") * 4]
        for c in calls:
            c.start()
        for c in calls:
            c.join()
        self.post("/servers/restartDeadWorkers", {})
        end = time.monotonic() + 10
        while len(self.alive()) != 2 and time.monotonic() < end:
            self.post("/servers/restartDeadWorkers", {})
            time.sleep(0.1)
        self.until(2)

    def test_settings_tell(self):
        a = self.get("/servers/serverSettings").body
        self.assert_shape(a["workers"], WORKERS)
        self.assertRegex(a["version"], r"^\d+\.\d+\.\d+$")
        self.assertGreater(a["dbDiagnostics"]["data_in_bytes"], 0)
        self.assertEqual(a["dbSchemaDiagnostics"]["actual_db_version"], a["dbSchemaDiagnostics"]["expected_db_version"])


class State(Instance):

    def test_database(self):
        a = self.get("/servers/dbSchemaDiagnostic").body
        self.assertEqual(a["actual_db_version"], a["expected_db_version"])
        self.assertIn("info", a["columnPerTable"]["event"])
        self.assertIn("authkey", a["columnPerTable"]["server"])
        a = self.get("/servers/dbConfiguration")
        self.assert_shape(a.body, [{"name": "str", "value": "str"}])
        self.assertGreater(len(a.body), 3)
        a = self.get("/servers/updateProgress").body
        self.assertEqual(a["complete_update_remaining"], 0)
        self.assert_error(self.post("/servers/update", {}), 405)

    def test_correlations(self):
        self.assertIn("0 orphaned", self.get("/servers/removeOrphanedCorrelations").body["message"])
        self.assertIn("0 orphaned", self.post("/servers/removeOrphanedCorrelations", {}).body["message"])
        self.set("MISP.background_jobs", False)
        self.assertIn("it is complete", self.post("/attributes/generateCorrelation", {}).body["message"])
        self.set("MISP.background_jobs", True)

    def test_calls(self):
        mine, theirs = self.get("/api/getAllApis.json").body, self.get("/api/getAllApis", key=self.add_user("User")).body
        self.assertEqual(mine["/events/add"][0]["http_methods"], ["POST"])
        self.assertEqual(mine["/events/add"][0]["permissions"], ["perm_add"])
        self.assertIn("/servers/add", mine)
        self.assertNotIn("/servers/add", theirs)
        roles = self.get("/servers/queryACL/printRoleAccess").body
        self.assertIn("/servers/add", roles["1"]["urls"])
        self.assertNotIn("/servers/add", roles["3"]["urls"])
        self.assertIn("/events/add", roles["3"]["urls"])

    def test_browser_report(self):
        key = self.add_user("Read Only")
        a = self.post("/servers/cspReport", {"csp-report": {"blocked-uri": f"x{self.token}\ny"}}, key=key)
        self.assertEqual((a.status, a.body or ""), (204, ""))
        self.assertIn(f"x{self.token}", self.server.log())
        for bad in ({}, {"csp-report": 1}, [], "{"):
            self.assert_error(self.post("/servers/cspReport", bad, key=key), 400)

    def test_communities(self):
        a = self.get("/communities/index").body
        self.assertEqual(a[0]["name"], "CIRCL Private Sector Information Sharing Community - aka MISPPRIV")
        self.assertEqual(self.get("/communities").body, a)
        self.assertEqual(self.post("/communities/index", {"value": "csirts"}).body, a[1:])
        self.assertEqual(self.post("/communities", {"context": "pending"}).body, [])
        for ref in (a[1]["id"], a[1]["uuid"]):
            self.assertEqual(self.get(f"/communities/view/{ref}").body, a[1])
        self.assert_error(self.get("/communities/view/9"), 404, "Community not found.")
        ask = {"mock": True, "email": "team@example.com", "org_name": "Ours", "message": "please", "sync": True}
        b = self.post("/communities/requestAccess/1", ask)
        self.assert_shape(b.body, {"headers": "str", "to": "str", "message": "str"})
        self.assertIn("Reply-To: team@example.com", b.body["headers"])
        for piece in ("Ours", "please", "synchronisation", a[0]["name"], "team@example.com"):
            self.assertIn(piece, b.body["message"])
        self.assertNotIn("Uuid:", self.post("/communities/requestAccess/1", {**ask, "anonymise": True}).body["message"])
        self.assert_error(self.post("/communities/requestAccess/1", {**ask, "mock": False}), 405)
        self.assert_error(self.post("/communities/requestAccess/1", {**ask, "email": "a@b.example\nBcc: c@d.example"}), 403)

    def test_statistics(self):
        tag = f"tax{self.token}:one"
        self.new_event(Tag=[{"name": tag}])
        a = self.get("/tags/tagStatistics").body
        self.assertEqual(a["tags"][tag], "1")
        self.assertEqual(a["taxonomies"], [])
        self.assert_error(self.get("/users/statistics/galaxyMatrix"), 404, "Invalid galaxy")


class Log(Instance):

    def test_monitored(self):
        key = self.add_user("User")
        path = f"/admin/users/monitor/{key.user['id']}"
        self.assert_error(self.post(path, {"value": 1}), 405)
        self.set("Security.user_monitoring_enabled", True)
        self.assertEqual(self.get(path).body, 0)
        self.get("/users/view/me", key=key)
        self.assertEqual(self.logs(action="request", user_id=key.user["id"]), [])
        self.assertEqual(self.post(path, {"value": 1}).body, 1)
        self.assertEqual(self.get(path).body, 1)
        self.get("/users/view/me", key=key)
        self.assertEqual(len(self.logs(action="request", user_id=key.user["id"])), 1)
        self.set("Security.user_monitoring_enabled", False)
        self.get("/users/view/me", key=key)
        self.set("Security.user_monitoring_enabled", True)
        self.assertEqual(self.post(path, {"value": 0}).body, 0)
        self.get("/users/view/me", key=key)
        self.assertEqual(len(self.logs(action="request", user_id=key.user["id"])), 1)
        self.assert_error(self.get("/admin/users/monitor/999999"), 404, "Invalid user")
        self.assert_error(self.post(path, {"value": 1}, key=self.add_user("Org Admin")), 403, NO_RIGHT)
        self.set("Security.user_monitoring_enabled", False)

    def test_refused_keys(self):
        def refused():
            return len(self.logs(action="auth_fail"))
        unknown = uuid.uuid4().hex + "00000000"
        before = refused()
        for _ in range(3):
            self.assertEqual(self.get("/users/view/me", key=unknown).status, 403)
        self.assertEqual(refused(), before + 1)
        self.get("/users/view/me", key=unknown[::-1])
        self.assertEqual(refused(), before + 2)
        self.set("Security.log_each_individual_auth_fail", True)
        for _ in range(3):
            self.get("/users/view/me", key=unknown)
        self.assertEqual(refused(), before + 5)
        self.set("Security.log_each_individual_auth_fail", False)
        self.assertNotIn(unknown, json.dumps(self.logs(action="auth_fail")))

    def test_used_keys(self):
        key = self.add_user("User")
        self.get("/users/view/me", key=key)
        self.assertEqual(self.logs(action="auth", user_id=key.user["id"]), [])
        self.set("MISP.log_auth", True)
        for _ in range(2):
            self.get("/users/view/me", key=key)
        self.set("MISP.log_auth", False)
        self.assertEqual(len(self.logs(action="auth", user_id=key.user["id"])), 2)

    def test_syslog_does_no_harm(self):
        # what arrives there is not seen from here; that the log goes on, is
        self.set("Security.syslog", True)
        self.new_event()
        self.assertTrue(self.logs(model="Event", action="add"))
        self.set("Security.syslog", False)
        self.assertNotIn("audit_syslog", self.server.log())


class ZeroMq(Instance):

    def test_publish(self):
        event = self.new_event(info=f"mq {self.token}", Attribute=[{"type": "text", "value": "x"}])
        path = f"/events/pushEventToZMQ/{event['uuid']}.json"
        self.assert_error(self.post(path, {}), 405, "ZMQ event publishing not enabled.")
        port = free_port()
        self.set("Plugin.ZeroMQ_port", port)
        self.set("Plugin.ZeroMQ_enable", True)
        self.assert_saved(self.post(path, {}), "Event published to ZMQ")
        self.assertEqual(self.post(path, {}).body["id"], event["id"])
        self.assert_error(self.post("/events/pushEventToZMQ/999999", {}), 404)
        self.assertEqual(self.heard(port, path, b"misp_json ")["Event"]["info"], f"mq {self.token}")
        self.set("Plugin.ZeroMQ_enable", False)

    def heard(self, port, path, topic):
        """A subscriber of ZMTP 3.0 with the NULL mechanism, enough to hear one message."""
        import socket
        s = socket.create_connection(("127.0.0.1", port), 10)
        self.addCleanup(s.close)
        ready = b"\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"

        def take(n):
            data = b""
            while len(data) < n:
                piece = s.recv(n - len(data))
                self.assertTrue(piece, "the connection ended")
                data += piece
            return data

        def frame():
            flags = take(1)[0]
            return flags, take(int.from_bytes(take(8 if flags & 2 else 1), "big"))
        s.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16) + bytes(1) + bytes(31))
        take(64)
        s.sendall(b"\x04" + bytes([len(ready)]) + ready)
        self.assertTrue(frame()[1].startswith(b"\x05READY"))
        s.sendall(b"\x00" + bytes([len(topic) + 1]) + b"\x01" + topic)
        time.sleep(0.5)
        self.assert_saved(self.post(path, {}), "Event published to ZMQ")
        message = frame()[1]
        self.assertTrue(message.startswith(topic), message[:80])
        return json.loads(message[len(topic):])


if __name__ == "__main__":
    unittest.main()
