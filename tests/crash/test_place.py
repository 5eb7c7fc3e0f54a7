"""What is wrong with the place where the program should live is said in one line, with the right exit status, and loses nothing:
a full disk, a folder that cannot be written, a port that is taken, files with wrong rights or wrong content."""

import ctypes
import json
import os
import shutil
import socket
import subprocess
import tempfile
import unittest

import crash
from crash import Copy, Server, content, uid

SQLITE = crash.harness.engine() == "sqlite"
ROOT = os.geteuid() == 0
NOBODY = 65534


def as_owner_only():
    """Root without its right to open what belongs to others or forbids it."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2, 3):  # DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
        if libc.prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
            raise OSError(ctypes.get_errno(), "prctl")


class Refused(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = Server()
        cls.addClassCleanup(cls.base.close)
        cls.base.start()
        assert cls.base.post("/events/add", {"info": "kept", "uuid": uid("kept")}).status == 200
        cls.base.stop()

    def copy(self):
        server = Copy(self.base)
        self.addCleanup(server.close)
        return server

    def refused(self, server, text, status, listen="127.0.0.1:0", preexec_fn=None):
        """serve ends by itself, with one line."""
        server.port = 0
        cmd = server.command()
        cmd[cmd.index("--listen") + 1] = listen
        p = subprocess.run(cmd, env=server.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, preexec_fn=preexec_fn)
        lines = p.stderr.splitlines()
        self.assertEqual(len(lines), 1, p.stderr)
        self.assertRegex(lines[0], r"^misp serve: " + text)
        self.assertEqual(p.returncode, status, p.stderr)

    def kept(self, server):
        server.start()
        self.assertEqual(list(content(server)), [uid("kept")])
        server.stop()
        server.check()

    def file(self, server, name):
        return os.path.join(server.data, name)

    def test_busy_port(self):
        server = self.copy()
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            self.refused(server, "cannot listen on .*in use", 9, listen="127.0.0.1:%d" % s.getsockname()[1])
        self.kept(server)

    def test_no_secret_key(self):
        server = self.copy()
        os.rename(self.file(server, "secret.key"), self.file(server, "hidden"))
        self.refused(server, ".*secret key", 2)
        self.assertNotIn("secret.key", os.listdir(server.data), "a key that fits nothing was made")
        os.rename(self.file(server, "hidden"), self.file(server, "secret.key"))
        self.kept(server)

    def test_wrong_secret_key(self):
        server = self.copy()
        shutil.copy(self.file(server, "secret.key"), self.file(server, "hidden"))
        with open(self.file(server, "secret.key"), "w", encoding="ascii") as f:
            f.write("0" * 64 + "\n")
        self.refused(server, "the secret key does not belong to this database", 2)
        with open(self.file(server, "secret.key"), "w", encoding="ascii") as f:
            f.write("not a key\n")
        self.refused(server, ".*does not hold a secret key", 2)
        os.rename(self.file(server, "hidden"), self.file(server, "secret.key"))
        self.kept(server)

    def test_secret_key_for_all_to_read(self):
        server = self.copy()
        os.chmod(self.file(server, "secret.key"), 0o644)
        self.refused(server, ".*can be read by others", 4)
        os.chmod(self.file(server, "secret.key"), 0o600)
        self.kept(server)

    def test_newer_database(self):
        server = self.copy()
        server.sql("INSERT INTO schema_migration (number, name, applied_at) VALUES (999, 'later', 0)")
        self.refused(server, ".*newer version", 2)
        server.sql("DELETE FROM schema_migration WHERE number = 999")
        self.kept(server)

    def test_folder_is_a_file(self):
        server = self.copy()
        os.rename(server.data, server.data + ".away")
        with open(server.data, "w", encoding="ascii"):
            pass
        self.refused(server, ".*is not a folder", 9)
        os.unlink(server.data)
        os.rename(server.data + ".away", server.data)
        self.kept(server)

    def test_parent_is_not_there(self):
        server = self.copy()
        data, server.data = server.data, "/nonexistent/misp/data"
        self.refused(server, "cannot make the data folder /nonexistent/misp/data: No such file", 9)
        server.data = data

    @unittest.skipUnless(SQLITE, "a file of SQLite")
    def test_garbage(self):
        server = self.copy()
        for name in ("misp.db", "misp.db-wal", "misp.db-shm"):
            if os.path.exists(self.file(server, name)):
                os.rename(self.file(server, name), self.file(server, name) + ".away")
        with open(self.file(server, "misp.db"), "wb") as f:
            f.write(b"this is no database at all\n" * 1000)
        self.refused(server, ".*is not a database", 9)
        with open(self.file(server, "misp.db"), "rb") as f:
            self.assertTrue(f.read().startswith(b"this is no"), "a foreign file was written to")
        os.rename(self.file(server, "misp.db.away"), self.file(server, "misp.db"))
        self.kept(server)

    @unittest.skipUnless(SQLITE, "a file of SQLite")
    def test_cut_short(self):
        server = self.copy()
        path = self.file(server, "misp.db")
        shutil.copy(path, path + ".away")
        os.truncate(path, os.path.getsize(path) // 16384 * 8192)
        p = server.cli("check", "--deep", check=False)
        self.assertEqual((p.returncode, p.stderr.count("\n")), (9, 1), p.stderr)
        self.assertIn("damaged", p.stderr)
        os.rename(path + ".away", path)
        self.kept(server)

    @unittest.skipUnless(ROOT, "needs root, to give files away")
    def test_rights(self):
        server = self.copy()
        db = self.file(server, "misp.db")
        with self.subTest("folder of another user"):
            os.chown(server.data, NOBODY, NOBODY)
            self.refused(server, ".*Permission denied", 9, preexec_fn=as_owner_only)
            os.chown(server.data, 0, 0)
        with self.subTest("key of another user"):
            os.chown(self.file(server, "secret.key"), NOBODY, NOBODY)
            self.refused(server, "cannot read the secret key .*Permission denied", 9, preexec_fn=as_owner_only)
            os.chown(self.file(server, "secret.key"), 0, 0)
        if SQLITE:
            with self.subTest("folder that may only be read"):
                os.chmod(server.data, 0o500)
                self.refused(server, "no permission to write", 9, preexec_fn=as_owner_only)
                os.chmod(server.data, 0o700)
            with self.subTest("database of another user"):
                os.chown(db, NOBODY, NOBODY)
                self.refused(server, "no permission to write", 9, preexec_fn=as_owner_only)
                os.chown(db, 0, 0)
            with self.subTest("database that may only be read"):
                os.chmod(db, 0o400)
                self.refused(server, "no permission to write", 9, preexec_fn=as_owner_only)
                os.chmod(db, 0o600)
        self.kept(server)


@unittest.skipUnless(ROOT, "needs root, to mount a file system")
class FullDisk(unittest.TestCase):
    """The data folder lies on a small file system of its own."""

    def mount(self, size="16M"):
        folder = tempfile.mkdtemp(prefix="misp-disk-")
        self.addCleanup(os.rmdir, folder)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("mount is not allowed here")
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=True)
        return folder

    def server(self, folder):
        server = Server()
        self.addCleanup(server.close)
        server.data = os.path.join(folder, "data")
        return server

    def fill(self, folder, spare=0):
        """Takes all space but spare; the file's name."""
        path = os.path.join(folder, "filler")
        st = os.statvfs(folder)
        left = st.f_bavail * st.f_frsize - spare
        with open(path, "wb") as f:
            if left > 0:
                os.posix_fallocate(f.fileno(), 0, left)
        return path

    def big(self, i, n=3000):
        return {"uuid": uid("full", i), "info": f"full {i}", "Attribute": [
            {"type": "domain", "value": f"{i}x{k}.full.example.com", "uuid": uid("full", i, k), "comment": "c" * 100} for k in range(n)]}

    def test_start(self):
        """A start on a full disk fails with one line, and goes well when there is space."""
        folder = self.mount()
        server = self.server(folder)
        filler = self.fill(folder)
        server.port = 0
        p = subprocess.run(server.command(), env=server.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        self.assertEqual(p.stderr.count("\n"), 1, p.stderr)
        self.assertRegex(p.stderr, "No space left|disk full")
        self.assertEqual(p.returncode, 9)
        os.unlink(filler)
        server.start()
        server.stop()
        server.check()

    @unittest.skipUnless(SQLITE, "PostgreSQL keeps its rows elsewhere")
    def test_fills_up(self):
        """Writes are refused with 507 and leave nothing half, reads go on; with space again, writes do too."""
        folder = self.mount()
        server = self.server(folder)
        server.start()
        done, refused = [], None
        for i in range(100):
            a = server.post("/events/add", self.big(i), allow_5xx=True)
            if a.status != 200:
                refused = a
                break
            done.append(uid("full", i))
        self.assertTrue(done)
        self.assertIsNotNone(refused, "the disk did not fill up")
        self.assertEqual(refused.status, 507, refused.body)
        self.assertIn("disk full", refused.body["message"])
        filler = self.fill(folder)
        for small in ("/events/add", {"info": "small"}), (f"/attributes/add/{done[0]}", {"type": "domain", "value": "small.example.com"}):
            a = server.post(*small, allow_5xx=True)
            self.assertIn(a.status, (200, 507), a.body)  # 200: there was room in the log
        self.assertEqual(server.get(f"/events/view/{done[-1]}").status, 200)
        found = server.post("/attributes/restSearch", {"value": "0x7.full.example.com"})
        self.assertEqual(len(found.body["response"]["Attribute"]), 1)
        os.unlink(filler)
        subprocess.run(["mount", "-o", "remount,size=64M", folder], check=True)
        i = len(done)
        self.assertEqual(server.post("/events/add", self.big(i)).status, 200)
        server.stop()
        server.check()
        server.start()
        have = content(server)
        self.assertTrue(set(done + [uid("full", i)]) <= have.keys())
        self.assertTrue(all(len(have[e][2]) in (3000, 3001) for e in done))
        server.stop()

    @unittest.skipUnless(SQLITE, "PostgreSQL keeps its rows elsewhere")
    def test_body_without_room(self):
        """A body that is too large for memory and finds no room on the disk."""
        folder = self.mount()
        server = self.server(folder)
        server.start()
        filler = self.fill(folder, 1 << 20)
        a = server.post("/events/add", b'{"info":"' + b"x" * (12 << 20) + b'"}', allow_5xx=True, headers={"Content-Type": "application/json"})
        self.assertEqual(a.status, 507, a.body)
        self.assertIn("No space left", a.body["message"])
        self.assertEqual(server.get("/servers/getVersion").status, 200)
        os.unlink(filler)
        self.assertEqual(server.post("/events/add", self.big(0)).status, 200)
        server.stop()

    @unittest.skipUnless(SQLITE, "PostgreSQL keeps its rows elsewhere")
    def test_import(self):
        """The command line too: one line, status 9, nothing half."""
        folder = self.mount("8M")
        server = self.server(folder)
        server.cli("init")
        path = os.path.join(server.dir, "event.json")
        with open(path, "w", encoding="ascii") as f:
            json.dump({"Event": self.big(0, 60000)}, f)
        p = server.cli("import", path, check=False)
        self.assertEqual((p.returncode, p.stderr.count("\n")), (9, 1), p.stderr)
        self.assertIn("disk full", p.stderr)
        server.check()
        subprocess.run(["mount", "-o", "remount,size=128M", folder], check=True)
        server.cli("import", path)
        server.check()


@unittest.skipUnless(ROOT, "needs root, to mount a file system")
class ReadOnly(unittest.TestCase):
    @unittest.skipUnless(SQLITE, "with its rows in PostgreSQL it serves all the same")
    def test_read_only(self):
        folder = tempfile.mkdtemp(prefix="misp-disk-")
        self.addCleanup(os.rmdir, folder)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16M", "none", folder], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("mount is not allowed here")
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=True)
        server = Server()
        self.addCleanup(server.close)
        server.data = os.path.join(folder, "data")
        server.start()
        server.stop()
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        server.port = 0
        p = subprocess.run(server.command(), env=server.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        self.assertEqual((p.returncode, p.stderr.count("\n")), (9, 1), p.stderr)
        self.assertRegex(p.stderr, "[Rr]ead-only")
        subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
        server.start()
        server.stop()


if __name__ == "__main__":
    unittest.main()
