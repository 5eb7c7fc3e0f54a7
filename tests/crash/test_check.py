"""`misp check --deep` finds each kind of damage: rows are changed behind the program's back, and it must say what does not agree."""

import json
import unittest

from crash import Copy, Server, uid

DAMAGE = [
    ("DELETE FROM attr_value WHERE attr_id = (SELECT max(id) FROM attribute)", "digests that are missing"),
    ("UPDATE attr_value SET state = 2 WHERE attr_id = (SELECT max(id) FROM attribute)", "digests that are missing"),
    ("INSERT INTO attr_value (digest, event_id, attr_id, half, state) SELECT 17, event_id, id, 0, 0 FROM attribute WHERE id = 1",
     "digests that belong to no value"),
    ("UPDATE attribute SET value1 = 'other.example.com' WHERE id = (SELECT min(id) FROM attribute WHERE value1 LIKE 'a%')", "digests that are missing"),
    ("DELETE FROM attr_net", "networks that are missing"),
    ("DELETE FROM net_plen", "prefix lengths"),
    ("DELETE FROM element_uuid WHERE kind = 1 AND id = 1", "attributes whose uuid"),
    ("DELETE FROM element_uuid WHERE kind = 2", "objects whose uuid"),
    ("DELETE FROM attribute WHERE id = 1", "wrong attribute_count"),
    ("DELETE FROM object", "attributes in an object that is not there"),
    ("DELETE FROM event", "attributes of no event"),
    ("DELETE FROM attr_tag; DELETE FROM event_tag; DELETE FROM attribute WHERE object_id > 0", "uuids of an attribute that is not there"),
    ("UPDATE event SET attribute_count = attribute_count + 1", "wrong attribute_count"),
    ("UPDATE id_seq SET next = 1 WHERE name = 'attribute'", "attribute ids"),
    ("INSERT INTO event_tag (event_id, tag_id, local) SELECT id, 77, 0 FROM event", "tag that is not there"),
]


class Check(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = Server()
        cls.addClassCleanup(cls.base.close)
        cls.base.start()
        event = {"uuid": uid("e"), "info": "to be damaged", "Tag": [{"name": "a"}],
                 "Attribute": [{"type": "domain", "value": "a.example.com", "Tag": [{"name": "b"}]}, {"type": "ip-dst", "value": "10.0.0.0/8"},
                               {"type": "ip-src|port", "value": "10.1.1.1|80"}, {"type": "md5", "value": "a" * 32, "deleted": True}],
                 "Object": [{"name": "file", "meta-category": "file", "description": "", "template_version": "24",
                             "template_uuid": "688c46fb-5edb-40a3-8273-1af7923e2215",
                             "Attribute": [{"object_relation": "filename", "type": "filename", "value": "x.exe"}]}]}
        answer = cls.base.post("/events/add", event)
        assert answer.status == 200, answer
        cls.base.stop()

    def damaged(self, sql):
        server = Copy(self.base)
        self.addCleanup(server.close)
        server.sql(sql)
        return server

    def test_sound(self):
        server = self.damaged("SELECT 1")
        self.assertRegex(server.cli("check", "--deep").stdout, r"^sound, \d+ bytes\n$")
        self.assertIs(json.loads(server.cli("check", "--deep", "--json").stdout)["sound"], True)

    def test_damage(self):
        for sql, text in DAMAGE:
            with self.subTest(sql=sql[:60]):
                server = self.damaged(sql)
                p = server.cli("check", "--deep", check=False)
                self.assertEqual(p.returncode, 9, p.stdout + p.stderr)
                self.assertIn(text, p.stdout)
                self.assertEqual(p.stderr.count("\n"), 1, p.stderr)
                rows = [json.loads(line) for line in server.cli("check", "--deep", "--json", check=False).stdout.splitlines()]
                self.assertIn(text, " ".join(r["found"] for r in rows))
                server.close()


if __name__ == "__main__":
    unittest.main()
