"""Protected events: the switch, their keys, the signature of what leaves, and what a peer's user may change."""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import ApiTest, program

KEY = {"id": "id", "uuid": "uuid", "type": "str", "timestamp": "time", "parent_type": "str", "parent_id": "id", "key_data": "str", "revoked": "bool",
       "fingerprint": "str"}
NONE = "Protected event failed signature validation as no key was provided."
WRONG = "Protected event failed signature validation."


class Gpg:
    """GnuPG in a folder of its own."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="misp-gpg-")

    def run(self, *args, stdin=b""):
        return subprocess.run(["gpg", "--homedir", self.home, "--batch", "--quiet", "--no-tty", *args], input=stdin, capture_output=True, check=True).stdout

    def make(self, email):
        self.run("--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", email, "ed25519", "sign", "never")
        return self.run("--armor", "--export", email).decode()

    def fingerprint(self, email):
        return next(row.split(":")[9] for row in self.run("--with-colons", "--list-keys", email).decode().splitlines() if row.startswith("fpr"))

    def sign(self, email, text):
        return base64.b64encode(self.run("--local-user", email, "--detach-sign", stdin=re.sub(r"\s+", "", text).encode())).decode()

    def close(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], check=False, capture_output=True)
        shutil.rmtree(self.home, ignore_errors=True)


class Protect(ApiTest):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gpg = Gpg()
        cls.addClassCleanup(cls.gpg.close)
        cls.key_a, cls.key_b = cls.gpg.make("a@example.org"), cls.gpg.make("b@example.org")
        cls.print_a = cls.gpg.fingerprint("a@example.org")

    def setting(self, name, value):
        self.assert_status(self.post(f"/servers/serverSettingsEdit/{name}", {"value": value}), 200)

    def add_key(self, event, data, key=None, **more):
        return self.post(f"/cryptographicKeys/add/Event/{event['id']}", {"type": "pgp", "key_data": data, **more}, **({"key": key} if key else {}))

    def test_switch(self):
        owner, other = self.add_user("Publisher"), self.add_user("Publisher")
        e = self.new_event(key=owner, distribution="1", published=True)
        self.assert_error(self.post(f"/events/protect/{e['id']}", key=other), 404, "Invalid event")
        self.assert_saved(self.post(f"/events/protect/{e['uuid']}", key=owner), "Event switched to protected mode.")
        now = self.view(e)
        self.assertEqual((now["protected"], now["published"], now["CryptographicKey"]), (True, False, []))
        self.assert_error(self.post(f"/events/unprotect/{e['id']}", key=other), 404, "Invalid event")
        self.assert_saved(self.post(f"/events/unprotect/{e['id']}", key=owner), "Event switched to unprotected mode.")
        self.assertFalse(self.view(e)["protected"])

    def test_keys(self):
        owner, other = self.add_user("Publisher"), self.add_user("Publisher")
        e = self.new_event(key=owner, distribution="1")
        hidden = self.new_event(key=owner, distribution="0")
        self.assert_error(self.add_key(e, self.key_a, key=other), 403, "Invalid Event.")
        self.assert_error(self.add_key(hidden, self.key_a, key=other), 404)
        for data, kind, field in (("", "pgp", "key_data"), ("text", "pgp", "key_data"), (self.key_a, "x509", "type"),
                                  ("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n", "pgp", "key_data")):
            self.assert_refused_save(self.post(f"/cryptographicKeys/add/Event/{e['id']}", {"type": kind, "key_data": data}, key=owner), field)
        a = self.add_key(e, self.key_a, key=owner)
        self.assert_status(a, 200)
        self.assert_shape(a.body, {"CryptographicKey": KEY})
        k = a.body["CryptographicKey"]
        self.assertEqual((k["fingerprint"], k["parent_id"]), (self.print_a, e["id"]))
        self.assert_refused_save(self.add_key(e, self.key_a, key=owner), "key_data", "This key is already assigned to the target.")
        self.assertEqual(self.view(e)["CryptographicKey"], [k])
        for call in ("cryptographicKeys/index", f"cryptographic_keys/index/{e['id']}"):
            self.assertIn(a.body, self.get("/" + call, key=other).body)
        self.assertEqual(self.get(f"/cryptographicKeys/view/{k['id']}", key=other).body, a.body)
        h = self.add_key(hidden, self.key_b, key=owner).body
        self.assert_error(self.get(f"/cryptographicKeys/view/{h['CryptographicKey']['id']}", key=other), 404)
        self.assertNotIn(h, self.get("/cryptographicKeys/index", key=other).body)
        self.assert_error(self.post(f"/cryptographicKeys/delete/{k['id']}", key=other), 403)
        self.assert_error(self.delete(f"/cryptographicKeys/delete/{h['CryptographicKey']['id']}", key=other), 404)
        self.assert_saved(self.post(f"/cryptographicKeys/delete/{k['id']}", key=owner), "CryptographicKey deleted.")
        self.assertEqual(self.view(e)["CryptographicKey"], [])

    def test_peer(self):
        sync = self.add_user("Sync user")
        body = {"Event": {"info": "signed", "distribution": "1", "protected": True, "locked": True, "uuid": f"aaaaaaaa-bbbb-4ccc-8ddd-{os.urandom(6).hex()}",
                          "timestamp": "1700000000", "Orgc": {"name": f"far{self.token}", "uuid": f"aaaaaaaa-bbbb-4ccc-8dde-{os.urandom(6).hex()}"},
                          "CryptographicKey": [{"type": "pgp", "key_data": self.key_a, "fingerprint": "0" * 40, "revoked": False}]}}

        def send(path, signer=None, text=None):
            headers = {"x-pgp-signature": self.gpg.sign(signer, text or json.dumps(body))} if signer else {}
            return self.post(path, body, key=sync, headers=headers)

        self.assert_error(send("/events/add"), 403, NONE)
        self.assert_error(send("/events/add", "b@example.org"), 403, WRONG)
        self.assert_error(send("/events/add", "a@example.org", "{}"), 403, WRONG)
        self.assert_error(self.post("/events/add", body, key=sync, headers={"x-pgp-signature": "###"}), 403, WRONG)
        a = send("/events/add", "a@example.org")
        self.assert_status(a, 200)
        e = a.body["Event"]
        self.assertEqual([k["fingerprint"] for k in e["CryptographicKey"]], [self.print_a])  # not the one that was told
        # the keys stored here count, not those sent
        body["Event"].update(info="changed", timestamp="1700000100", CryptographicKey=[{"type": "pgp", "key_data": self.key_b, "revoked": False}])
        path = f"/events/edit/{e['uuid']}"
        self.assert_error(send(path), 403, NONE)
        self.assert_error(send(path, "b@example.org"), 403, WRONG)
        self.assert_error(self.post(f"/attributes/add/{e['id']}", {"type": "ip-dst", "value": "192.0.2.7"}, key=sync), 403)
        self.assertEqual(self.view(e)["info"], "signed")
        self.assert_status(send(path, "a@example.org"), 200)
        now = self.view(e)
        self.assertEqual((now["info"], [k["key_data"] for k in now["CryptographicKey"]]), ("changed", [self.key_b]))
        # a revoked key signs no more
        body["Event"].update(timestamp="1700000200", CryptographicKey=[{"type": "pgp", "key_data": self.key_b, "revoked": True}])
        self.assert_status(send(path, "b@example.org"), 200)
        body["Event"].update(timestamp="1700000300")
        self.assert_error(send(path, "b@example.org"), 403, WRONG)

    def test_signature(self):
        e = self.new_event(info="with blanks in it", Attribute=[{"type": "comment", "value": "a  b"}])
        self.post(f"/events/protect/{e['id']}")
        email = f"i{self.token}@example.org"
        own = Gpg()
        self.addCleanup(own.close)
        own_key = own.make(email)
        self.assertNotIn("x-pgp-signature", {k.lower() for k in self.get(f"/events/view/{e['id']}").headers})
        self.setting("GnuPG.email", email)
        self.setting("GnuPG.homedir", own.home)
        try:
            a = self.get(f"/events/view/{e['id']}")
            self.assert_signed(a.headers, a.body, own_key)
            a = self.post("/cryptographicKeys/serverSign", {"a": "b c"})
            self.assert_status(a, 200)
            self.assert_error(self.post("/cryptographicKeys/serverSign", {}, key=self.add_user("Org Admin")), 403)
        finally:
            self.setting("GnuPG.email", "")
            self.setting("GnuPG.homedir", "")

    def test_own_key(self):
        def misp(*args):
            cmd = [program(), *args, "--data", self.server.data] + (["--db", self.server.database] if self.server.database else [])
            return subprocess.run(cmd, capture_output=True, text=True, check=False, env=self.server.env)

        home = os.path.join(self.server.data, "gnupg")
        self.addCleanup(subprocess.run, ["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)
        r = misp("gpg-key", "make")
        self.assertNotEqual(r.returncode, 0)
        self.assertIn("GnuPG.email", r.stderr)
        self.setting("GnuPG.email", "own@example.org")
        try:
            self.assertNotEqual(misp("gpg-key", "show").returncode, 0)
            made = misp("gpg-key", "make")
            self.assertEqual((made.returncode, made.stderr), (0, ""))
            self.assertRegex(made.stdout, r"^[0-9A-F]{40}\n$")
            self.assertEqual(os.stat(home).st_mode & 0o777, 0o700)
            self.assertNotEqual(misp("gpg-key", "make").returncode, 0)  # one is enough
            e = self.new_event()
            self.post(f"/events/protect/{e['id']}")
            a = self.get(f"/events/view/{e['id']}")
            self.assert_signed(a.headers, a.body, misp("gpg-key", "show").stdout)
        finally:
            self.setting("GnuPG.email", "")

    def assert_signed(self, headers, body, key):
        sig = {k.lower(): v for k, v in headers.items()}["x-pgp-signature"]
        check = Gpg()
        self.addCleanup(check.close)
        check.run("--import", stdin=key.encode())
        path = os.path.join(check.home, "sig")
        with open(path, "wb") as f:
            f.write(base64.b64decode(sig))
        text = re.sub(r"\s+", "", json.dumps(body, ensure_ascii=False)).replace("/", "\\/")
        for form in (text, text.replace("\\/", "/")):
            if subprocess.run(["gpg", "--homedir", check.home, "--batch", "--quiet", "--verify", path, "-"], input=form.encode(), capture_output=True,
                              check=False).returncode == 0:
                return
        self.fail("the signature is not one of the answer")


if __name__ == "__main__":
    unittest.main()
