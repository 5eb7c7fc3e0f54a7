"""Logging in with a browser: form, cookie, sessions and what ends them, one-time passwords, throttling, who may send a form; asking for an account."""

import base64
import hashlib
import hmac
import html
import http.cookies
import os
import re
import struct
import time
import unittest
import urllib.parse
import uuid

from harness import ADMIN_EMAIL, ADMIN_PASSWORD, ApiTest

FORM = "application/x-www-form-urlencoded"
NEW_PASSWORD = "Another-horse-battery-7"


def code_of(secret, counter):
    """RFC 4226, written down a second time."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06d}"


def code_now(secret, step=0):
    return code_of(secret, int(time.time()) // 30 + step)


class Browser:
    """Keeps cookies, follows nothing, says where its requests come from (or not)."""

    def __init__(self, test, origin=True):
        self.test, self.cookies, self.origin = test, {}, origin

    def call(self, method, path, body=None, json=False, **headers):
        send = {"Accept": "application/json" if json else "text/html", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if self.origin and method != "GET":
            send["Origin"] = f"http://127.0.0.1:{self.test.server.port}"
        if isinstance(body, dict) and not json:
            body = urllib.parse.urlencode(body)
            send["Content-Type"] = FORM
        send.update({k.replace("_", "-"): v for k, v in headers.items()})
        a = self.test.server.request(method, path, body, key=None, headers={k: v for k, v in send.items() if v})
        for line in a.headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return a

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.call("POST", path, body, **more)

    def submit(self, page, path=None, **fields):
        """Fills in the one form of a page."""
        forms = re.findall(r'<form [^>]*action="([^"]*)"', page)
        self.test.assertEqual(len(forms), 1, page)
        body = {html.unescape(n): html.unescape(v) for n, v in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)}
        body.update({f"data[User][{k}]": v for k, v in fields.items()})
        return self.post(path or html.unescape(forms[0]), body)

    def login(self, email, password=ADMIN_PASSWORD):
        return self.submit(self.get("/users/login").body, email=email, password=password)

    def me(self):
        a = self.get("/users/view/me.json", json=True)
        return a.body["User"]["email"] if a.status == 200 else None


class LoginTest(ApiTest):

    def setting(self, name, value):
        path = f"/servers/serverSettingsEdit/{name}"
        self.addCleanup(self.post, path, {"value": self.get(f"/servers/getSetting/{name}").body["value"]})
        self.assert_status(self.post(path, {"value": value}), 200)

    def user(self, role="User", **more):
        """key, e-mail address of a user who need not change the password"""
        key = self.add_user(role, **more)
        return key, key.user["email"]

    def assert_goes(self, answer, path):
        self.assert_status(answer, 302)
        self.assertEqual(answer.headers["Location"], f"http://127.0.0.1:{self.server.port}{path}")

    def alert(self, answer):
        return html.unescape("".join(re.findall(r'role="alert">(.*?)</p>', answer.body)))


class Login(LoginTest):

    def test_page(self):
        for path in ("/", "/events/index", "/users/checkIfLoggedIn", "/no/such/page"):
            self.assert_goes(Browser(self).get(path), "/users/login")
        a = Browser(self).get("/users/login")
        self.assert_status(a, 200)
        self.assertIn("text/html", a.headers["Content-Type"])
        self.assertIn("default-src 'none'", a.headers["Content-Security-Policy"])
        self.assertEqual(a.headers["Cache-Control"], "no-store")
        self.assertNotIn("<script", a.body)
        # the style counts only when the policy names its digest
        style = re.search(r"<style>(.*?)</style>", a.body).group(1)
        self.assertIn(base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(), a.headers["Content-Security-Policy"])

    def test_login(self):
        b = Browser(self)
        a = b.login(ADMIN_EMAIL.upper())
        self.assert_goes(a, "/users/routeafterlogin")
        cookie = next(c for c in a.headers.get_all("Set-Cookie") if c.startswith("misp_session="))
        self.assertIn("HttpOnly", cookie)
        self.assertIn("SameSite=Lax", cookie)
        self.assertRegex(b.cookies["misp_session"], r"^[A-Za-z0-9_-]{43}$")
        self.assert_goes(b.get("/users/routeafterlogin"), "/events/index")
        self.assertEqual(b.me(), ADMIN_EMAIL)
        self.assertEqual(b.get("/users/checkIfLoggedIn").body, "OK")
        self.assert_goes(b.get("/users/login"), "/users/routeafterlogin")
        old = dict(b.cookies)
        self.assert_goes(b.get("/users/logout"), "/users/login")
        self.assertNotIn("misp_session", b.cookies)
        b.cookies = old
        self.assertIsNone(b.me())

    def test_where_to(self):
        b = Browser(self)
        b.get("/tags/index")
        b.login(ADMIN_EMAIL)
        self.assert_goes(b.get("/users/routeafterlogin"), "/tags/index")
        self.assert_goes(b.get("/users/routeafterlogin"), "/events/index")
        for bad in ("//evil.example/x", "/\\evil.example", "https://evil.example/", "/a b"):
            b.cookies["misp_next"] = bad
            self.assert_goes(b.get("/users/routeafterlogin"), "/events/index")
        b.cookies.pop("misp_next", None)
        key, email = self.user()
        self.assert_status(self.post("/user_settings/setHomePage", {"path": "/galaxies/index"}, key=key), 200)
        b = Browser(self)
        b.login(email)
        self.assert_goes(b.get("/users/routeafterlogin"), "/galaxies/index")
        self.assert_error(self.post("/user_settings/setHomePage", {"path": "https://evil.example/"}, key=key), 403)
        self.assert_error(self.post("/user_settings/setHomePage", {}, key=key), 400)

    def test_refused(self):
        _, email = self.user()
        for e, p in ((email, "wrong"), ("nobody@user.test", ADMIN_PASSWORD), ("", ""), (email, "")):
            b = Browser(self)
            a = b.login(e, p)
            self.assert_status(a, 200)
            self.assertEqual(self.alert(a), "Invalid username or password, try again")
            self.assertIsNone(b.me())
        for cookie in ("", "x", "A" * 43, "A" * 44, "é" * 20):
            b = Browser(self)
            b.cookies["misp_session"] = urllib.parse.quote(cookie)
            self.assertIsNone(b.me())

    def test_json(self):
        _, email = self.user()
        b = Browser(self)
        a = b.post("/users/login", f'{{"User": {{"email": "{email}", "password": "{ADMIN_PASSWORD}"}}}}', json=True, Content_Type="application/json")
        self.assert_saved(a)
        self.assertEqual(b.me(), email)
        a = Browser(self).post("/users/login", '{"email": "x@y.test", "password": "no"}', json=True, Content_Type="application/json")
        self.assert_error(a, 403, "Invalid username or password")
        a = b.post("/users/logout", "{}", json=True)
        self.assert_saved(a)
        self.assertIsNone(b.me())

    def test_form_of_another_site(self):
        # whoever brings his own token, or none, or comes from elsewhere, logs nobody in
        b, other = Browser(self), Browser(self)
        page, foreign = b.get("/users/login").body, other.get("/users/login").body
        for page_, headers in ((foreign, {}), (page, {"Origin": "http://evil.example"}), (page, {"Sec_Fetch_Site": "cross-site"}),
                               (page, {"Sec_Fetch_Site": "same-site"})):
            body = {n: v for n, v in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page_)}
            a = b.post("/users/login", {**body, "data[User][email]": ADMIN_EMAIL, "data[User][password]": ADMIN_PASSWORD}, **headers)
            self.assertEqual(self.alert(a), "The form has expired, please try again")
            self.assertIsNone(b.me())

    def test_writes_of_a_session(self):
        _, email = self.user("Org Admin")
        b = Browser(self, origin=False)
        b.login(email)
        token = b.get("/users/view/me.json", json=True).headers["X-CSRF-Token"]
        here = f"http://127.0.0.1:{self.server.port}"
        body = '{"name": "t %s"}'
        for headers, good in (({}, False), ({"Origin": "http://evil.example"}, False), ({"Origin": "null"}, False), ({"Origin": here + ".evil.example"}, False),
                              ({"Sec_Fetch_Site": "cross-site"}, False), ({"Sec_Fetch_Site": "same-site", "Origin": here}, False),
                              ({"X_CSRF_Token": "0" * 64}, False), ({"X_CSRF_Token": token[:-1]}, False),
                              ({"X_CSRF_Token": token, "Origin": "http://evil.example"}, False),
                              ({"Origin": here}, True), ({"Sec_Fetch_Site": "same-origin"}, True), ({"X_CSRF_Token": token}, True)):
            with self.subTest(headers=headers):
                a = b.post("/tags/add", body % uuid.uuid4().hex, json=True, **headers)
                self.assert_status(a, 200 if good else 403)
        # a form carries the token in a field
        a = b.post("/tags/add", {"name": "x", "data[_Token][key]": "0" * 64})
        self.assert_status(a, 403)
        # reading by POST is no way round it
        self.assert_status(b.post("/events/restSearch", "{}", json=True), 403)
        # a token is of one session
        c = Browser(self, origin=False)
        c.login(ADMIN_EMAIL)
        self.assert_status(c.post("/tags/add", body % "y", json=True, X_CSRF_Token=token), 403)
        # another page's picture logs nobody out
        b.get("/users/logout", Sec_Fetch_Site="cross-site")
        self.assertNotIn("misp_session", b.cookies)

    def test_key_wins(self):
        key, email = self.user()
        b = Browser(self, origin=False)
        b.login(ADMIN_EMAIL)
        self.assertEqual(b.get("/users/view/me.json", json=True, Authorization=str(key)).body["User"]["email"], email)
        # a wrong key is refused, whatever the cookie
        self.assert_status(b.get("/users/view/me.json", json=True, Authorization="x" * 40), 403)

    def test_role_without_keys(self):
        role = self.post("/admin/roles/add", {"name": f"web only {self.token}", "perm_add": True}).body["Role"]
        key, email = self.user()
        self.assert_status(self.post(f"/admin/users/edit/{key.user['id']}", {"role_id": role["id"]}), 200)
        self.assert_error(self.get("/users/view/me", key=key), 403)
        b = Browser(self)
        b.login(email)
        self.assertEqual(b.me(), email)


class Ends(LoginTest):

    def logged_in(self, **more):
        key, email = self.user(**more)
        b = Browser(self)
        b.login(email)
        self.assertEqual(b.me(), email)
        return key, b

    def test_what_ends_a_session(self):
        for what, change in (("disabled", {"disabled": True}), ("password", {"password": NEW_PASSWORD}), ("expired", {"expiration": "2020-01-01"}),
                             ("asked for", {"force_logout": True})):
            with self.subTest(what=what):
                key, b = self.logged_in()
                self.assert_status(self.post(f"/admin/users/edit/{key.user['id']}", change), 200)
                self.assertIsNone(b.me())
                self.assert_status(self.post(f"/admin/users/edit/{key.user['id']}", {"disabled": False, "expiration": ""}), 200)
                self.assertEqual(b.me() is None, True)
        key, b = self.logged_in()
        self.assert_status(self.post(f"/admin/users/delete/{key.user['id']}"), 200)
        self.assertIsNone(b.me())

    def test_destroy(self):
        key, b = self.logged_in()
        chief, stranger = self.add_user("Org Admin", org=key.org), self.add_user("Org Admin")
        path = f"/admin/users/destroy/{key.user['id']}"
        self.assert_error(self.post(path, key=stranger), 404)
        self.assert_error(self.post("/admin/users/destroy", key=chief), 403)
        self.assertIsNotNone(b.me())
        self.assert_saved(self.post(path, key=chief), "1 session(s) destroyed.")
        self.assertIsNone(b.me())
        _, c = self.logged_in()
        self.assert_saved(self.post("/admin/users/destroy"))
        self.assertIsNone(c.me())

    def test_must_change_password(self):
        key, email = self.user()
        self.assert_status(self.post(f"/admin/users/edit/{key.user['id']}", {"change_pw": True}), 200)
        self.assert_status(self.get("/events/index", key=key), 200)  # a key goes on
        b = Browser(self)
        b.login(email)
        self.assert_goes(b.get("/events/index"), "/users/change_pw")
        self.assert_error(b.get("/events/index", json=True), 403, "change your password")
        self.assertEqual(b.me(), email)
        page = b.get("/users/change_pw").body
        for fields, why in (({"password": NEW_PASSWORD}, "current password"), ({"current_password": "no", "password": NEW_PASSWORD}, "current password"),
                            ({"current_password": ADMIN_PASSWORD, "password": "short"}, "too short"),
                            ({"current_password": ADMIN_PASSWORD, "password": NEW_PASSWORD, "confirm_password": "x"}, "not the same"),
                            ({"current_password": ADMIN_PASSWORD, "password": ADMIN_PASSWORD}, "differ")):
            a = b.submit(page, **fields)
            self.assert_status(a, 200)
            self.assertIn(why, self.alert(a))
        other = Browser(self)
        other.login(email)
        self.assert_goes(b.submit(page, current_password=ADMIN_PASSWORD, password=NEW_PASSWORD, confirm_password=NEW_PASSWORD), "/users/routeafterlogin")
        self.assertIsNone(other.me())  # the other session knew the old password only
        self.assert_status(b.get("/events/index", json=True), 200)
        self.assertIsNone((lambda x: (x.login(email), x.me())[1])(Browser(self)))

    def test_reset_link(self):
        key, email = self.user()
        chief, stranger = self.add_user("Org Admin", org=key.org), self.add_user("Org Admin")
        path = f"/users/initiatePasswordReset/{key.user['id']}"
        self.assert_error(self.post(path, key=stranger), 404)
        self.assert_error(self.post(path, key=key), 403)
        a = self.post(path, key=chief)
        self.assert_status(a, 200)
        self.assertEqual(sorted(a.body), ["saved", "success", "url"])
        link = urllib.parse.urlparse(a.body["url"]).path
        b = Browser(self)
        page = b.get(link)
        self.assert_status(page, 200)
        self.assertIn("too short", self.alert(b.submit(page.body, password="short")))
        self.assert_goes(b.submit(page.body, password=NEW_PASSWORD, confirm_password=NEW_PASSWORD), "/users/login")
        self.assertIn("expired", self.alert(b.get(link)))  # good once
        self.assert_error(self.get("/users/password_reset/abcd"), 404)
        b.login(email, NEW_PASSWORD)
        self.assertEqual(b.me(), email)

    def test_closed_instance(self):
        key, b = self.logged_in()
        self.setting("MISP.live", "false")
        self.assertIsNone(b.me())
        self.assert_error(self.get("/users/view/me", key=key), 403)
        a = Browser(self).login(key.user["email"])
        self.assertIn("maintenance", self.alert(a))
        c = Browser(self)
        c.login(ADMIN_EMAIL)
        self.assertEqual(c.me(), ADMIN_EMAIL)


class OneTime(LoginTest):

    def enrol(self, b):
        page = b.get("/users/totp_new").body
        secret = re.search(r"<code>([A-Z2-7]{32})</code>", page).group(1)
        self.assertIn(f"otpauth://totp/", page)
        return page, secret

    def test_life(self):
        key, email = self.user()
        b = Browser(self)
        b.login(email)
        page, secret = self.enrol(b)
        self.assertIn("incorrect", self.alert(b.submit(page, otp="000000" if code_now(secret) != "000000" else "111111")))
        page, secret = self.enrol(b)  # each look makes a new one
        self.assert_goes(b.submit(page, otp=code_now(secret)), "/users/hotp")
        paper = dict(re.findall(r"(\d+): (\d{6})", b.get("/users/hotp").body))
        self.assertEqual(len(paper), 50)
        self.assertEqual(paper["0"], code_of(secret, 0))
        me = self.get("/users/view/me", key=key).body["User"]  # a key needs no code
        self.assertEqual((me["totp"], me["hotp_counter"]), ("*****", "0"))
        self.assertNotIn(secret, str(self.get(f"/users/view/{key.user['id']}").body))

        c = Browser(self)
        a = c.login(email)
        self.assert_goes(a, "/users/otp")
        self.assertIsNone(c.me())
        self.assert_goes(c.get("/events/index"), "/users/login")
        page = c.get("/users/otp").body
        self.assertIn("incorrect", self.alert(c.submit(page, otp="12345")))
        waiting = c.cookies["misp_session"]
        # the code that set it up is used already; the next step's is good, once
        self.assertIn("incorrect", self.alert(c.submit(page, otp=code_now(secret))))
        self.assert_goes(c.submit(page, otp=code_now(secret, 1)), "/users/routeafterlogin")
        self.assertNotEqual(c.cookies["misp_session"], waiting)
        self.assertEqual(c.me(), email)
        d = Browser(self)
        d.login(email)
        page = d.get("/users/otp").body
        self.assertIn("incorrect", self.alert(d.submit(page, otp=code_now(secret, 1))))
        self.assert_goes(d.submit(page, otp=paper["1"]), "/users/routeafterlogin")  # one was skipped
        e = Browser(self)
        e.login(email)
        page = e.get("/users/otp").body
        for used in ("0", "1"):
            self.assertIn("incorrect", self.alert(e.submit(page, otp=paper[used])))
        self.assert_goes(e.submit(page, otp=paper["2"]), "/users/routeafterlogin")

        # taken away by an administrator of the organisation
        stranger, chief = self.add_user("Org Admin"), self.add_user("Org Admin", org=key.org)
        self.assert_error(self.post(f"/users/totp_delete/{key.user['id']}", key=stranger), 404)
        self.assert_error(self.delete(f"/users/totp_delete/{key.user['id']}", key=key), 403)
        self.assert_saved(self.post(f"/users/totp_delete/{key.user['id']}", key=chief), "User TOTP deleted.")
        f = Browser(self)
        self.assert_goes(f.login(email), "/users/routeafterlogin")

    def test_by_key(self):
        key, email = self.user()
        a = self.get("/users/totp_new", key=key)
        self.assert_status(a, 200)
        self.assertEqual(sorted(a.body), ["secret", "uri"])
        self.assert_error(self.get("/users/hotp", key=key), 403)
        self.assert_refused_save(self.post("/users/totp_new", {"otp": "1"}, key=key), "otp")
        self.assert_saved(self.post("/users/totp_new", {"otp": code_now(a.body["secret"])}, key=key))
        self.assertEqual(len(self.get("/users/hotp", key=key).body), 50)
        self.assert_error(self.get("/users/totp_new", key=key), 403)
        self.assert_goes(Browser(self).login(email), "/users/otp")
        self.setting("Security.otp_disabled", "true")
        self.assert_goes(Browser(self).login(email), "/users/routeafterlogin")
        self.assert_error(self.get("/users/totp_new", key=key), 403)
        self.assert_error(self.get("/users/totp_delete/1", key=key), 405)

    def test_required(self):
        _, email = self.user()
        self.setting("Security.otp_required", "true")
        b = Browser(self)
        b.login(email)
        self.assert_goes(b.get("/events/index"), "/users/totp_new")
        page, secret = self.enrol(b)
        b.submit(page, otp=code_now(secret))
        self.assert_status(b.get("/events/index", json=True), 200)


class Throttle(LoginTest):

    def test_account(self):
        _, email = self.user()
        _, other = self.user()
        for _ in range(5):
            self.assertIn("Invalid", self.alert(Browser(self).login(email, "wrong")))
        a = Browser(self).login(email)  # the right one
        self.assertRegex(self.alert(a), r"^You have reached the maximum number of login attempts. Please wait (29\d|300) seconds and try again.$")
        b = Browser(self)
        b.login(other)
        self.assertEqual(b.me(), other)
        a = Browser(self).post("/users/login", f'{{"email": "{email.upper()}", "password": "x"}}', json=True, Content_Type="application/json")
        self.assert_error(a, 403, "maximum number of login attempts")

    def test_success_forgets(self):
        _, email = self.user()
        for _ in range(3):
            for _ in range(3):
                Browser(self).login(email, "wrong")
            b = Browser(self)
            b.login(email)
            self.assertEqual(b.me(), email)


class ThrottleAddress(LoginTest):

    def test_many_accounts(self):
        self.setting("SecureAuth.amount", "2")
        for i in range(8):
            self.assertIn("Invalid", self.alert(Browser(self).login(f"nobody{i}@user.test", "wrong")))
        self.assertIn("Please wait", self.alert(Browser(self).login("nobody9@user.test", "wrong")))


class Policy(LoginTest):

    def test_password_rules(self):
        key, _ = self.user()

        def change(password, status):
            self.assert_status(self.post("/users/change_pw", {"password": password}, key=key), status)

        self.setting("Security.password_policy_length", "20")
        change("Correct-horse-7", 403)
        change("Correct-horse-battery-77", 200)
        self.setting("Security.password_policy_length", "6")
        self.setting("Security.password_policy_complexity", "/^[a-z]+[0-9]$/")
        change("ABCDEF", 403)
        change("abcdef1", 200)
        self.setting("Security.require_password_confirmation", "true")
        change("abcdefg1", 403)
        self.assert_status(self.post("/users/change_pw", {"password": "abcdefg1", "current_password": "abcdef1"}, key=key), 200)
        self.setting("MISP.disable_user_password_change", "true")
        self.assert_error(self.post("/users/change_pw", {"password": "abcdefgh1", "current_password": "abcdefg1"}, key=key), 405)

    def test_login_change(self):
        key, email = self.user()
        self.setting("MISP.disable_user_login_change", "true")
        chief = self.add_user("Org Admin", org=key.org)
        for path, by in (("/users/edit/me", key), (f"/admin/users/edit/{key.user['id']}", chief)):
            a = self.post(path, {"email": "n" + email}, key=by)
            self.assert_status(a, 200)
            self.assertEqual(a.body["User"]["email"], email)
        self.assertEqual(self.post(f"/admin/users/edit/{key.user['id']}", {"email": "n" + email}).body["User"]["email"], "n" + email)

    def test_disabled_calls(self):
        key, _ = self.user()
        chief = self.add_user("Org Admin", org=key.org)
        self.setting("MISP.disable_user_add", "true")
        self.assert_error(self.post("/admin/users/add", {"email": f"a{self.token}@user.test"}, key=chief), 405)
        self.setting("MISP.disableUserSelfManagement", "true")
        self.assert_error(self.post("/users/edit/me", {"autoalert": True}, key=key), 405)
        self.assert_status(self.post("/users/edit/me", {"autoalert": True}, key=chief), 200)

    def test_key_validity(self):
        key, _ = self.user()
        day = 86400
        self.setting("Security.advanced_authkeys_validity", "365")
        k = self.post("/auth_keys/add/me", {}, key=key).body["AuthKey"]
        self.assertAlmostEqual(int(k["expiration"]), time.time() + 365 * day, delta=60)
        far, near = int(time.time() + 400 * day), int(time.time() + 300 * day)
        self.assert_refused_save(self.post("/auth_keys/add/me", {"expiration": far}, key=key), "expiration")
        self.assertEqual(self.post("/auth_keys/add/me", {"expiration": near}, key=key).body["AuthKey"]["expiration"], str(near))
        self.assert_refused_save(self.post(f"/auth_keys/edit/{k['id']}", {"expiration": far}, key=key), "expiration")
        self.assertAlmostEqual(int(self.post(f"/auth_keys/edit/{k['id']}", {"expiration": ""}, key=key).body["AuthKey"]["expiration"]),
                               time.time() + 365 * day, delta=60)
        self.setting("Security.mandate_ip_allowlist_advanced_authkeys", "true")
        self.assert_refused_save(self.post("/auth_keys/add/me", {}, key=key), "allowed_ips")
        self.assert_status(self.post("/auth_keys/add/me", {"allowed_ips": "127.0.0.0/8"}, key=key), 200)

    def test_pin_and_addresses(self):
        key, _ = self.user()
        k = self.post("/auth_keys/add/me", {}, key=key).body["AuthKey"]
        self.assert_status(self.get("/users/view/me", key=k["authkey_raw"]), 200)
        end = time.time() + 10
        while not (got := self.get(f"/auth_keys/view/{k['id']}").body["AuthKey"])["unique_ips"] and time.time() < end:
            time.sleep(0.2)
        self.assertEqual(got["unique_ips"], ["127.0.0.1"])
        stranger = self.add_user("Org Admin")
        self.assert_error(self.post(f"/auth_keys/pin/{k['id']}/192.0.2.1", key=stranger), 404)
        self.assertEqual(self.post(f"/auth_keys/pin/{k['id']}", key=key).body["AuthKey"]["allowed_ips"], ["127.0.0.1"])
        self.assert_status(self.get("/users/view/me", key=k["authkey_raw"]), 200)
        self.assertEqual(self.post(f"/auth_keys/pin/{k['id']}/192.0.2.1", key=key).body["AuthKey"]["allowed_ips"], ["192.0.2.1"])
        self.assert_error(self.get("/users/view/me", key=k["authkey_raw"]), 403)
        self.assert_refused_save(self.post(f"/auth_keys/pin/{k['id']}/nowhere", key=key), "allowed_ips")

    def test_rate(self):
        role = self.post("/admin/roles/add", {"name": f"slow {self.token}", "perm_auth": True, "enforce_rate_limit": True, "rate_limit_count": 3}).body["Role"]
        key, _ = self.user()
        self.assertNotIn("X-Rate-Limit-Limit", self.post("/events/restSearch", {"limit": 1}, key=key).headers)
        self.assert_status(self.post(f"/admin/users/edit/{key.user['id']}", {"role_id": role["id"]}), 200)
        for left in ("2", "1", "0"):
            a = self.post("/attributes/restSearch", {"limit": 1}, key=key)
            self.assert_status(a, 200)
            self.assertEqual((a.headers["X-Rate-Limit-Limit"], a.headers["X-Rate-Limit-Remaining"]), ("3", left))
            self.assertTrue(890 <= int(a.headers["X-Rate-Limit-Reset"]) <= 900)
        a = self.post("/events/restSearch", {"limit": 1}, key=key)
        self.assert_error(a, 429, "Rate limit exceeded.")
        self.assertIn("Retry-After", a.headers)
        self.assert_status(self.get("/events/index", key=key), 200)
        self.assert_status(self.post(f"/admin/roles/edit/{role['id']}", {"rate_limit_count": 0}), 200)
        self.assert_error(self.post("/events/restSearch", {"limit": 1}, key=key), 405)


class Registrations(LoginTest):

    def ask(self, **fields):
        return self.server.request("POST", "/users/register", fields, key=None)

    def test_closed(self):
        self.assert_error(self.ask(email=f"r{self.token}@user.test"), 405)
        self.assert_goes(Browser(self).get("/users/register"), "/users/login")

    def test_life(self):
        self.setting("Security.allow_self_registration", "true")
        org, emails = self.add_org(), [f"r{i}-{self.token}@user.test" for i in range(3)]
        for email in emails:
            self.assert_saved(self.ask(email=email, org_name=org["name"], org_uuid=org["uuid"], perm_sync=False, perm_publish=True, message=None))
        rows = self.get(f"/users/registrations/index/value:{self.token}").body
        self.assertEqual([r["Inbox"]["data"]["email"] for r in rows], emails)
        row = rows[0]["Inbox"]
        self.assert_shape(row, {"id": "id", "uuid": "uuid", "title": "str", "type": "str", "ip": "str", "user_agent": "str", "user_agent_sha256": "str",
                                "comment": "str", "deleted": "bool", "timestamp": "time", "store_as_file": "bool", "data": "any"})
        self.assertEqual((row["data"]["org_uuid"], row["data"]["perm_sync"], row["data"]["perm_publish"], row["ip"]), (org["uuid"], "", "1", "127.0.0.1"))
        self.assertEqual(self.get(f"/users/registrations/view/{row['uuid']}").body["Inbox"]["id"], row["id"])
        for r in (self.get("/users/registrations"), self.post("/users/registrations", {}), self.post("/users/registrations/index", {})):
            self.assertIn(row["id"], [x["Inbox"]["id"] for x in r.body])
        # nobody but a site admin sees or decides
        chief = self.add_user("Org Admin")
        for call in (self.get("/users/registrations/index", key=chief), self.post(f"/users/acceptRegistrations/{row['id']}", {}, key=chief),
                     self.post(f"/users/discardRegistrations/{row['id']}", {}, key=chief)):
            self.assert_error(call, 403)
        a = self.post(f"/users/acceptRegistrations/{row['uuid']}", {"User": {"org_id": None, "role_id": "3"}})
        self.assert_error(a, 400, "No organisation selected. Supply an Organisation ID")
        self.assert_refused_save(self.post(f"/users/acceptRegistrations/{row['uuid']}", {"User": {"org_id": "99999"}}))
        self.assert_saved(self.post(f"/users/acceptRegistrations/{row['uuid']}", {"User": {"org_id": org["id"], "role_id": "4"}}), "Added 1 user(s).")
        user = self.get(f"/admin/users/index/value:{emails[0]}").body[0]["User"]
        self.assertEqual((user["org_id"], user["role_id"], user["change_pw"]), (org["id"], "4", True))
        self.assert_refused_save(self.post(f"/users/acceptRegistrations/{row['id']}", {"User": {"org_id": org["id"]}}))
        self.assert_saved(self.post("/users/discardRegistrations", {"id": [r["Inbox"]["id"] for r in rows]}), "2 registration(s) discarded.")
        self.assert_saved(self.delete(f"/users/discardRegistrations/{row['id']}"), "0 registration(s) discarded.")
        self.assertEqual(self.get(f"/users/registrations/index/value:{self.token}").body, [])

    def test_rejected(self):
        self.setting("Security.allow_self_registration", "true")
        self.assert_error(self.ask(org_name="x"), 400)
        for field, body in (("email", {"email": "none"}), ("org_uuid", {"email": "a@b.test", "org_uuid": "x"}),
                            ("message", {"email": "a@b.test", "message": "m" * 5000})):
            self.assert_refused_save(self.ask(**body), field)

    def test_page(self):
        self.setting("Security.allow_self_registration", "true")
        b = Browser(self)
        page = b.get("/users/register")
        self.assert_status(page, 200)
        self.assertIn("no e-mail address", self.alert(b.submit(page.body, email="<b>")))
        self.assertIn("Request sent", self.alert(b.submit(page.body, email=f"p{self.token}@user.test", org_name="<i>")))
        self.assertEqual(self.get(f"/users/registrations/index/value:p{self.token}").body[0]["Inbox"]["data"]["org_name"], "<i>")
        self.assertIn("/users/register", b.get("/users/login").body)


class RegistrationsMany(LoginTest):

    def test_throttled(self):
        self.setting("Security.allow_self_registration", "true")
        got = [self.server.request("POST", "/users/register", {"email": f"m{i}@user.test"}, key=None).status for i in range(22)]
        self.assertEqual(got, [200] * 20 + [429] * 2)


class Headers(LoginTest):
    """A login service in front of the server puts into headers who it is."""

    server_args = ("--proxies", "127.0.0.1/32")

    def setUp(self):
        super().setUp()
        for name, value in (("Security.auth", ["ShibbAuth.ApacheShibb"]), ("ApacheShibbAuth.MailTag", "HTTP_EMAIL_TAG"),
                            ("ApacheShibbAuth.OrgTag", "HTTP_FEDERATION_TAG"), ("ApacheShibbAuth.GroupTag", "HTTP_GROUP_TAG"),
                            ("ApacheShibbAuth.GroupSeparator", ","), ("ApacheShibbAuth.GroupRoleMatching", {"chiefs": 2, "users": 3})):
            self.setting(name, value)

    def me_by(self, b=None, mail=None, org=None, group="users", **more):
        a = (b or Browser(self)).get("/users/view/me.json", json=True, Email_Tag=mail or "", Federation_Tag=org or "", Group_Tag=group or "", **more)
        return a.body if a.status == 200 else a.status

    def test_life(self):
        org, mail = self.add_org(), f"h-{self.token}@user.test"
        b = Browser(self)
        me = self.me_by(b, mail, org["name"])
        self.assertEqual((me["User"]["email"], me["Role"]["id"], me["Organisation"]["id"]), (mail, "3", org["id"]))
        cookie = b.cookies["misp_session"]
        self.assertEqual(self.me_by(b, mail, org["name"])["User"]["id"], me["User"]["id"])
        self.assertEqual(b.cookies["misp_session"], cookie)  # one session, not one a request
        self.assertEqual(b.me(), mail)
        # role and organisation follow; a name that is new makes a local organisation, a uuid does not
        me = self.me_by(None, mail, f"new {self.token}", "none,chiefs,users")
        self.assertEqual((me["Role"]["id"], me["Organisation"]["name"], me["Organisation"]["local"]), ("2", f"new {self.token}", True))
        self.assertEqual(self.me_by(None, mail, org["uuid"])["Organisation"]["id"], org["id"])
        self.assertEqual(self.me_by(None, f"x-{mail}", str(uuid.uuid4())), 403)
        for refused in ({"group": "none"}, {"group": None}, {"mail": "no address"}, {"mail": f"y-{mail}", "org": None}):
            self.assertEqual(self.me_by(**{"mail": mail, "org": org["name"], **refused}), 403)
        self.setting("ApacheShibbAuth.DefaultOrg", org["name"])
        self.assertEqual(self.me_by(None, f"y-{mail}", None)["Organisation"]["id"], org["id"])
        self.assert_status(self.post(f"/admin/users/edit/{me['User']['id']}", {"disabled": True}), 200)
        self.assertEqual(self.me_by(None, mail, org["name"]), 403)
        # a write by headers has to come from a page of ours as well
        a = Browser(self, origin=False).post("/tags/add", '{"name": "x"}', json=True, Email_Tag=f"y-{mail}", Group_Tag="users",
                                             Federation_Tag=org["name"])
        self.assert_status(a, 403)

    def test_password_beside(self):
        _, email = self.user()
        b = Browser(self)
        b.login(email)
        self.assertEqual(b.me(), email)
        self.setting("Security.auth_enforced", True)
        self.assertNotIn("<form", Browser(self).get("/users/login").body)
        a = Browser(self).post("/users/login", '{"email": "%s", "password": "%s"}' % (email, ADMIN_PASSWORD), json=True)
        self.assert_error(a, 403)


class HeadersFromAnybody(Headers):
    """Without a proxy that is trusted the same headers are nothing."""

    server_args = ()

    def test_life(self):
        self.assertEqual(self.me_by(None, ADMIN_EMAIL, "ORGNAME", "users"), 403)
        self.assert_goes(Browser(self).get("/events/index", Email_Tag=ADMIN_EMAIL, Group_Tag="users"), "/users/login")


class Terms(LoginTest):

    def test_accept(self):
        key, email = self.user()
        os.makedirs(os.path.join(self.server.data, "terms"), exist_ok=True)
        with open(os.path.join(self.server.data, "terms", "t.txt"), "w", encoding="utf-8") as f:
            f.write("Be <kind>.")
        self.assert_error(self.get("/users/terms", key=key), 404)
        self.setting("MISP.terms_file", "t.txt")
        b = Browser(self)
        b.login(email)
        self.assert_goes(b.get("/events/index"), "/users/terms")
        page = b.get("/users/terms").body
        self.assertIn("Be &lt;kind&gt;.", page)
        self.assert_goes(b.submit(page), "/users/routeafterlogin")
        self.assert_status(b.get("/events/index", json=True), 200)
        self.assertIs(self.get("/users/view/me", key=key).body["User"]["termsaccepted"], True)
        self.setting("MISP.terms_file", "../secret.key")
        self.assert_error(self.get("/users/terms", key=key), 404)


if __name__ == "__main__":
    unittest.main()
