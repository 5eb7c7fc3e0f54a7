"""Attached files: taken in by every path, kept as a zip where they are samples, handed out to who may see the attribute, removed with it."""

import base64
import hashlib
import http.client
import io
import os
import pathlib
import subprocess
import time
import unittest
import zipfile

import shapes
from harness import ADMIN_KEY, ApiTest, program

UNKNOWN = "00000000-0000-4000-8000-000000000000"
NO_FILE = "Attribute does not exist or you do not have the permission to download this attribute."
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def b64(data):
    return base64.b64encode(data).decode()


def unzip(data):
    """{name: content} of a sample's zip"""
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        return {n: z.read(n, pwd=b"infected") for n in z.namelist()}


def sample_zip(name, content):
    """as a client that makes the zip itself sends it (without a password: Python cannot write one)"""
    md5, out = hashlib.md5(content).hexdigest(), io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(md5, content)
        z.writestr(f"{md5}.filename.txt", name)
    return out.getvalue()


class FileTest(ApiTest):

    def setUp(self):
        super().setUp()
        self.event = self.new_event()
        self.raw = b"MZ" + self.token.encode() * 20
        self.md5 = hashlib.md5(self.raw).hexdigest()

    def add(self, data=None, type_="attachment", value="note.txt", **more):
        a = self.post(f"/attributes/add/{self.event['id']}",
                      {"type": type_, "value": value, "data": b64(self.raw if data is None else data), **more})
        self.assert_status(a, 200)
        return a.body["Attribute"]

    def download(self, attr, key=ADMIN_KEY, call="download", controller="attributes"):
        """(status, bytes, headers)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            connection.request("GET", f"/{controller}/{call}/{attr['id']}",
                               headers={"Authorization": str(key), "Accept": "*/*"})
            r = connection.getresponse()
            return r.status, r.read(), r.headers
        finally:
            connection.close()

    def files(self):
        top = pathlib.Path(self.server.data, "files")
        return sorted(str(p.relative_to(top)).replace("/", "") for p in top.glob("??/*"))

    def assert_sample(self, data, raw=None, name="a.exe"):
        raw = self.raw if raw is None else raw
        md5 = hashlib.md5(raw).hexdigest()
        self.assertEqual(unzip(data), {md5: raw, f"{md5}.filename.txt": name.encode()})


class In(FileTest):

    def test_attachment(self):
        # kept as it is, under its SHA-256
        a = self.add()
        self.assertEqual((a["type"], a["value"], a["category"]), ("attachment", "note.txt", "External analysis"))
        status, data, headers = self.download(a)
        self.assertEqual((status, data), (200, self.raw))
        self.assertEqual(headers["Content-Type"], "application/octet-stream")
        self.assertIn('filename="note.txt"', headers["Content-Disposition"])
        self.assertIn(hashlib.sha256(self.raw).hexdigest(), self.files())

    def test_sample(self):
        # a raw sample: MD5 computed, value "filename|md5", zip with the password "infected"
        for more in ({"encrypt": True}, {"encrypt": "1"}, {}):
            with self.subTest(more=more):
                self.event = self.new_event()
                a = self.add(type_="malware-sample", value="a.exe", **more)
                self.assertEqual((a["value"], a["value1"], a["value2"]), (f"a.exe|{self.md5}", "a.exe", self.md5))
                status, data, headers = self.download(a)
                self.assert_sample(data)
                self.assertEqual((status, headers["Content-Type"]), (200, "application/zip"))
                self.assertIn('filename="a.exe.zip"', headers["Content-Disposition"])
        # whatever hash came with the name, the content says
        a = self.add(type_="malware-sample", value="b.exe|" + "0" * 32, encrypt=True)
        self.assertEqual(a["value"], f"b.exe|{self.md5}")

    def test_sample_zip(self):
        # a zip already: kept as it is; its value is complete or refused
        z = sample_zip("a.exe", self.raw)
        a = self.add(z, "malware-sample", f"a.exe|{self.md5}")
        self.assertEqual(self.download(a)[1], z)
        self.assert_refused_save(self.post(f"/attributes/add/{self.event['id']}", {"type": "malware-sample", "value": "x.exe", "data": b64(z)}),
                                 "value")

    def test_event(self):
        # events/add and edit, inside objects, too
        a = self.post("/events/add", {"info": "e", "Attribute": [
            {"type": "attachment", "value": "n.txt", "data": b64(b"one")}, {"type": "text", "value": "t", "data": b64(b"no file of a text")}],
            "Object": [{"name": "file", "meta-category": "file", "Attribute": [
                {"object_relation": "malware-sample", "type": "malware-sample", "value": "a.exe", "data": b64(self.raw), "encrypt": True}]}]})
        self.assert_status(a, 200)
        self.event = a.body["Event"]
        got = self.view(self.event)
        self.assertEqual([x.get("data") for x in got["Attribute"]], [b64(b"one"), None])
        inner = got["Object"][0]["Attribute"][0]
        self.assertEqual(inner["value"], f"a.exe|{self.md5}")
        self.assert_sample(base64.b64decode(inner["data"]))
        first = got["Attribute"][0]
        a = self.post(f"/events/edit/{self.event['id']}", {"Attribute": [
            {"uuid": first["uuid"], "type": "attachment", "value": "n.txt", "data": b64(b"two"), "timestamp": str(int(first["timestamp"]) + 9)}]})
        self.assert_status(a, 200)
        self.assertEqual(self.view(self.event)["Attribute"][0]["data"], b64(b"two"))
        # the whole event back changes nothing of the files
        whole = self.view(self.event)
        whole["timestamp"] = str(int(whole["timestamp"]) + 100)
        self.assert_status(self.post(f"/events/edit/{self.event['id']}", {"Event": whole}), 200)
        self.assertEqual([x.get("data") for x in self.view(self.event)["Attribute"]], [b64(b"two"), None])

    def test_edit(self):
        a = self.add(b"one")
        b = self.post(f"/attributes/edit/{a['id']}", {"data": b64(b"two"), "comment": "c"})
        self.assert_status(b, 200)
        self.assertEqual((b.body["Attribute"]["value"], b.body["Attribute"]["data"]), ("note.txt", b64(b"two")))
        self.assertEqual(self.download(a)[1], b"two")
        self.assert_status(self.post(f"/attributes/edit/{a['id']}", {"comment": "d"}), 200)
        self.assertEqual(self.download(a)[1], b"two")
        s = self.add(type_="malware-sample", value="a.exe", encrypt=True)
        b = self.post(f"/attributes/edit/{s['id']}", {"data": b64(b"other"), "encrypt": True})
        self.assertEqual(b.body["Attribute"]["value"], "a.exe|" + hashlib.md5(b"other").hexdigest())
        self.assert_sample(self.download(s)[1], b"other")

    def test_object(self):
        body = {"name": "file", "meta-category": "file", "Attribute": [
            {"object_relation": "malware-sample", "type": "malware-sample", "value": "a.exe", "data": b64(self.raw), "encrypt": True},
            {"object_relation": "filename", "type": "filename", "value": "a.exe"}]}
        a = self.post(f"/objects/add/{self.event['id']}", body)
        self.assert_status(a, 200)
        self.assertEqual(a.body["Object"]["Attribute"][0]["value"], f"a.exe|{self.md5}")
        self.assert_sample(self.download(a.body["Object"]["Attribute"][0])[1])
        # the same sample again is the same object, although its zip is another
        a = self.post(f"/objects/add/{self.event['id']}", {**body, "breakOnDuplicate": True})
        self.assert_refused_save(a)
        self.assertIn("Duplicate object found", a.body["errors"])

    def test_proposal(self):
        event = self.new_event(distribution=3)
        self.post(f"/events/publish/{event['id']}/disable_background_processing:1")
        other = self.add_user("User")
        for accept in (True, False):
            a = self.post(f"/shadow_attributes/add/{event['id']}", {"type": "malware-sample", "value": f"p{accept}.exe", "data": b64(self.raw),
                                                                    "encrypt": True}, key=other)
            self.assert_status(a, 200)
            p = a.body["ShadowAttribute"]
            self.assertEqual(p["value"], f"p{accept}.exe|{self.md5}")
            status, data, headers = self.download(p, other, "download", "shadow_attributes")
            self.assertEqual((status, headers["Content-Type"]), (200, "application/zip"))
            self.assert_sample(data, name=f"p{accept}.exe")
            self.assert_status(self.post(f"/shadow_attributes/{'accept' if accept else 'discard'}/{p['id']}"), 200)
            self.assert_error(self.get(f"/shadow_attributes/download/{p['id']}"), 404)
        got = self.view(event)["Attribute"]
        self.assertEqual([x["value"] for x in got], [f"pTrue.exe|{self.md5}"])
        self.assert_sample(base64.b64decode(got[0]["data"]), name="pTrue.exe")

    def test_refused(self):
        for data, text in (("%%%", "not valid base64"), ("QUJ", "not valid base64"), ("QUJD=", "not valid base64"), ("Q===", "not valid base64")):
            with self.subTest(data=data):
                a = self.post(f"/attributes/add/{self.event['id']}", {"type": "attachment", "value": "a", "data": data})
                self.assert_refused_save(a, "data")
                self.assertIn(text, a.body["errors"]["data"][0])
        # line breaks are none of it, and no data is no file
        self.assertEqual(self.download(self.post(f"/attributes/add/{self.event['id']}", {
            "type": "attachment", "value": "b", "data": "QUJD\r\nREVG\n"}).body["Attribute"])[1], b"ABCDEF")
        a = self.post(f"/attributes/add/{self.event['id']}", {"type": "attachment", "value": "c", "data": ""})
        self.assert_status(a, 200)
        self.assertEqual(self.download(a.body["Attribute"])[0], 404)

    def test_upload_sample(self):
        # {"files": [{"filename", "data"}]}: an object "file" with the hashes for each
        a = self.post(f"/events/upload_sample/{self.event['id']}", {
            "files": [{"filename": "../x/a.exe", "data": b64(self.raw)}, {"filename": "b.exe", "data": b64(b"b")}, {"data": "x"}],
            "comment": "from the box", "category": "Payload delivery", "distribution": 0, "advanced": 1})
        self.assert_status(a, 200)
        self.assertEqual(a.body, {"name": "Success", "message": "Success, saved all attributes.", "url": f"/events/view/{self.event['id']}",
                                  "id": self.event["id"]})
        got = self.view(self.event)["Object"]
        self.assertEqual([(o["name"], o["comment"], o["distribution"]) for o in got], [("file", "from the box", "0")] * 2)
        self.assertEqual([(x["object_relation"], x["value"], x["to_ids"], x["category"]) for x in got[0]["Attribute"]], [
            ("malware-sample", f"a.exe|{self.md5}", True, "Payload delivery"), ("filename", "a.exe", False, "Payload delivery"),
            ("md5", self.md5, True, "Payload delivery"), ("sha1", hashlib.sha1(self.raw).hexdigest(), True, "Payload delivery"),
            ("sha256", hashlib.sha256(self.raw).hexdigest(), True, "Payload delivery"),
            ("size-in-bytes", str(len(self.raw)), False, "Other")])
        self.assert_sample(base64.b64decode(got[0]["Attribute"][0]["data"]))

    def test_upload_sample_event(self):
        # without an event one is made
        a = self.post("/events/upload_sample", {"request": {"files": [{"filename": "a.exe", "data": b64(self.raw)}], "info": f"up {self.token}",
                                                            "distribution": "0", "threat_level_id": "2"}})
        self.assert_status(a, 200)
        e = self.get(f"/events/view/{a.body['id']}").body["Event"]
        self.assertEqual((e["info"], e["threat_level_id"], len(e["Object"])), (f"up {self.token}", "2", 1))
        self.assert_error(self.post("/events/upload_sample", {"files": [{"filename": "a", "data": "QQ=="}]}), 400)
        self.assert_error(self.post("/events/upload_sample", {"files": []}), 400)
        self.assert_error(self.post(f"/events/upload_sample/{UNKNOWN}", {"files": [{"filename": "a", "data": "QQ=="}]}), 404)
        a = self.post(f"/events/upload_sample/{self.event['id']}", {"files": [{"filename": "a", "data": "!"}]})
        self.assert_refused_save(a, "data")

    def multipart(self, fields, files):
        out = b""
        for k, v in fields.items():
            out += f'--XyZ\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode()
        for name, data in files:
            out += (f'--XyZ\r\nContent-Disposition: form-data; name="data[Attribute][values][]"; filename="{name}"\r\n'
                    "Content-Type: application/octet-stream\r\n\r\n").encode() + data + b"\r\n"
        return out + b"--XyZ--\r\n", {"Content-Type": "multipart/form-data; boundary=XyZ"}

    def test_add_attachment(self):
        odd = bytes(range(256)) + b"\r\n--Xy\r\n"
        body, headers = self.multipart({"data[Attribute][category]": "External analysis", "data[Attribute][comment]": "c\u00e4",
                                        "data[Attribute][malware]": "0"}, [("a b.bin", odd), ("c.txt", b"")])
        a = self.post(f"/attributes/add_attachment/{self.event['id']}", body, headers=headers)
        self.assert_status(a, 200)
        self.assertIs(a.body["saved"], True)
        got = self.view(self.event)["Attribute"]
        self.assertEqual((got[0]["type"], got[0]["value"], got[0]["comment"], got[0]["data"]), ("attachment", "a b.bin", "c\u00e4", b64(odd)))
        body, headers = self.multipart({"data[Attribute][malware]": "1"}, [("a.exe", self.raw)])
        self.assert_status(self.post(f"/attributes/add_attachment/{self.event['id']}", body, headers=headers), 200)
        inner = self.view(self.event)["Object"][0]["Attribute"][0]
        self.assert_sample(base64.b64decode(inner["data"]))
        # by JSON; one that is there already is named
        a = self.post(f"/attributes/add_attachment/{self.event['id']}", {"Attribute": {
            "category": "External analysis", "values": [{"name": "a b.bin", "data": b64(b"x")}, {"name": "new", "data": b64(b"y")}]}})
        self.assert_status(a, 200)
        self.assertEqual(a.body["errors"], ["a b.bin"])
        for body in (b"--XyZ\r\n", b"", b"--XyZ\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XyZ--", b"--XyZ\r\nfoo"):
            self.assert_error(self.post(f"/attributes/add_attachment/{self.event['id']}", body, headers=headers), 400)


class Out(FileTest):

    def test_searches(self):
        # data only with withAttachments
        a = self.add(type_="malware-sample", value="a.exe", encrypt=True)
        data = b64(self.download(a)[1])
        o = self.post(f"/objects/add/{self.event['id']}", {"name": "file", "template_uuid": UNKNOWN, "Attribute": [
            {"object_relation": "attachment", "type": "attachment", "value": "in.txt", "data": b64(b"inner")}]}).body["Object"]
        ask = {"eventid": self.event["id"]}
        for with_ in (0, 1):
            more = {**ask, "withAttachments": with_}
            got = self.post("/attributes/restSearch", more).body["response"]["Attribute"]
            self.assert_shape(got, [shapes.ATTRIBUTE_IN_SEARCH])
            self.assertEqual([x.get("data") for x in got], [data, b64(b"inner")] if with_ else [None, None])
            got = self.post("/events/restSearch", more).body["response"][0]["Event"]
            self.assertEqual([got["Attribute"][0].get("data"), got["Object"][0]["Attribute"][0].get("data")],
                             [data, b64(b"inner")] if with_ else [None, None])
            got = self.post("/objects/restSearch", more).body["response"]
            self.assertEqual([x["Object"]["Attribute"][0].get("data") for x in got], [b64(b"inner")] if with_ else [None])
        # events/view and attributes/view have it unless told otherwise
        got = self.view(self.event)
        self.assert_shape(got, shapes.EVENT)
        self.assertEqual(got["Attribute"][0]["data"], data)
        self.assertNotIn("data", self.view(self.event, named="/includeAttachments:0")["Attribute"][0])
        self.assertEqual(self.get(f"/attributes/view/{a['uuid']}").body["Attribute"]["data"], data)
        self.assertEqual(o["Attribute"][0]["value"], "in.txt")

    def test_names(self):
        # a name steers nothing: no header is broken, no folder left
        for name, seen in (('a"b;c.txt', "a_b;c.txt"), ("\u00fcber.txt", "__ber.txt"), ("..\\x/y.txt", ".._x_y.txt")):
            a = self.add(value=name, data=name.encode())
            status, data, headers = self.download(a)
            self.assertEqual((status, data), (200, name.encode()))
            self.assertIn(f'filename="{seen}"', headers["Content-Disposition"])

    def test_calls(self):
        a = self.add()
        for call in ("download", "getattachment", "downloadAttachment/download"):
            self.assertEqual(self.download(a, call=call)[:2], (200, self.raw))
        for ref in (UNKNOWN, "999999", self.new_attr(self.event, "text", "t")["id"]):
            self.assert_error(self.get(f"/attributes/download/{ref}"), 404, NO_FILE)
            self.assert_error(self.get(f"/attributes/downloadAttachment/download/{ref}"), 404, NO_FILE)

    def test_picture(self):
        a, n = self.add(PNG, value="p.PNG"), self.add()
        self.assertIs(a["disable_correlation"], True)
        self.assertEqual(self.get(f"/attributes/viewPicture/{a['id']}").body, b64(PNG))
        a = self.server.request("GET", f"/attributes/viewPicture/{a['id']}/thumbnail", headers={"Accept": "image/*"})
        self.assertEqual((a.status, a.headers["Content-Type"], a.headers["X-Content-Type-Options"]), (200, "image/png", "nosniff"))
        self.assert_error(self.get(f"/attributes/viewPicture/{n['id']}"), 404, "Attribute is not an image.")

    def test_access(self):
        # as the attribute
        event = self.new_event(distribution=3)
        self.event = event
        hidden, shown = self.add(distribution="0"), self.add(value="other", data=b"shown", distribution="3")
        self.post(f"/events/publish/{event['id']}/disable_background_processing:1")
        other = self.add_user("User")
        self.assertEqual(self.download(hidden, other)[0], 404)
        self.assertEqual(self.download(shown, other)[:2], (200, b"shown"))
        self.assert_error(self.get(f"/attributes/viewPicture/{hidden['id']}", key=other), 404, NO_FILE)
        self.assertEqual([x["data"] for x in self.view(event, key=other)["Attribute"]], [b64(b"shown")])
        got = self.post("/attributes/restSearch", {"eventid": event["id"], "withAttachments": 1}, key=other).body["response"]["Attribute"]
        self.assertEqual([x["data"] for x in got], [b64(b"shown")])
        for path, body in ((f"/events/upload_sample/{event['id']}", {"files": [{"filename": "a", "data": "QQ=="}]}),
                           (f"/attributes/add_attachment/{event['id']}", {"values": [{"name": "a", "data": "QQ=="}]})):
            self.assert_error(self.post(path, body, key=other), 403)
        self.event = self.new_event(distribution=0)
        self.assertEqual(self.download(self.add(data=b"own"), other)[0], 404)
        self.assert_error(self.post(f"/events/upload_sample/{self.event['id']}", {"files": [{"filename": "a", "data": "QQ=="}]}, key=other), 404)


class Life(FileTest):

    def gone(self, sha):
        end = time.monotonic() + 15
        while sha in self.files() and time.monotonic() < end:
            time.sleep(0.1)
        return sha not in self.files()

    def test_removed(self):
        # one content is one file, and goes with its last attribute
        sha = hashlib.sha256(self.raw).hexdigest()
        a, b = self.add(), self.add(value="again")
        self.assertEqual(self.files().count(sha), 1)
        self.post(f"/attributes/delete/{a['id']}")
        self.assertEqual(self.download(a)[0], 404)
        self.assert_status(self.post(f"/attributes/restore/{a['id']}"), 200)
        self.assertEqual(self.download(a)[1], self.raw)
        self.post(f"/attributes/delete/{a['id']}", {"hard": 1})
        time.sleep(1)
        self.assertIn(sha, self.files())
        self.assertEqual(self.download(b)[1], self.raw)
        self.post(f"/events/delete/{self.event['id']}")
        self.assertTrue(self.gone(sha))

    def test_replaced(self):
        a, sha = self.add(), hashlib.sha256(self.raw).hexdigest()
        self.post(f"/attributes/edit/{a['id']}", {"data": b64(b"new" + self.raw)})
        self.assertTrue(self.gone(sha))
        self.assertEqual(self.download(a)[1], b"new" + self.raw)

    def test_backup(self):
        if self.server.engine == "pg":
            self.skipTest("rows in PostgreSQL are copied with pg_dump")
        a, place = self.add(), pathlib.Path(self.server.dir)
        def run(*args):
            return subprocess.run([program(), *args], capture_output=True, text=True, timeout=60, env={**os.environ, "MISP_CONFIG": ""})
        for args in (("backup", str(place / "copy"), "--data", self.server.data), ("restore", str(place / "copy"), "--data", str(place / "back")),
                     ("check", "--deep", "--data", str(place / "back"))):
            done = run(*args)
            self.assertEqual(done.returncode, 0, done.stderr)
        sha = hashlib.sha256(self.raw).hexdigest()
        there = place / "back" / "files" / sha[:2] / sha[2:]
        self.assertEqual(there.read_bytes(), self.raw)
        there.unlink()
        done = run("check", "--deep", "--data", str(place / "back"))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("attached files", done.stdout + done.stderr)
        self.assertEqual(self.download(a)[1], self.raw)


class Limit(FileTest):
    server_args = ("--max-attachment-size", "1")

    def test_limit(self):
        self.add(b"x" * (1 << 20))
        big = b64(b"x" * ((1 << 20) + 1))
        a = self.post(f"/attributes/add/{self.event['id']}", {"type": "attachment", "value": "big", "data": big})
        self.assert_refused_save(a, "data")
        self.assertIn("larger than 1 MB", a.body["errors"]["data"][0])
        # one too large does not hold up the rest of an event
        a = self.post("/events/add", {"info": "e", "Attribute": [{"type": "attachment", "value": "big", "data": big}, {"type": "text", "value": "t"}]})
        self.assert_status(a, 200)
        self.assertEqual([x["value"] for x in a.body["Event"]["Attribute"]], ["t"])
        self.assertEqual(a.headers["X-Skipped-Elements-Count"], "1")
        a = self.post(f"/events/upload_sample/{self.event['id']}", {"files": [{"filename": "big", "data": big}]})
        self.assert_refused_save(a, "data")

    def test_memory(self):
        # neither in nor out does a file lie in memory
        if not os.path.exists("/proc/self/status"):
            self.skipTest("no /proc")
        self.event = self.new_event(Attribute=[{"type": "attachment", "value": f"f{i}", "data": b64(os.urandom(1 << 20))} for i in range(24)])
        def anon():
            text = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
            return int(next(l for l in text.splitlines() if l.startswith("RssAnon")).split()[1])
        before = anon()
        a = self.get(f"/events/view/{self.event['id']}")
        self.assertEqual(len(a.body["Event"]["Attribute"]), 24)
        self.assertLess(anon() - before, 8 << 10)


if __name__ == "__main__":
    unittest.main()
