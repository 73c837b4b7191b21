"""Who may ask /api/v1 where keys are asked for: users, sessions, keys, and what is written down of them."""
import re
import subprocess
import unittest

from console_client import ask
from weir_server import WEIR, ServerTest

PASSWORD = "correct horse battery"


class SignIn(ServerTest):
    options = ("--require-keys",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = re.search(r"/sign-in#first=([0-9a-f]+)", cls.server.text()).group(1)

    def call(self, method, path, body=None, status=200, headers=None, **arguments):
        answer = ask(self.server, method, "/api/v1/" + path, body, headers=headers, **arguments)
        self.assertEqual(answer.status, status, answer.body)
        return answer

    def signed_in(self, **body):
        """Headers of a browser that has signed in."""
        answer = self.call("POST", "session", body)
        return {"Cookie": answer.headers["Set-Cookie"].split(";")[0], "X-Weir-Csrf": answer.json["csrfToken"]}

    def test_1_the_first_password_is_set_by_the_printed_address_once(self):
        self.assertEqual(ask(self.server, "GET", "/sign-in").status, 200)  # pages hold no data
        self.call("GET", "overview", status=401)
        before = self.call("GET", "session").json
        self.assertEqual((before["needsSignIn"], before["isSignedIn"], before["hasUsers"]), (True, False, False))
        self.call("POST", "session/first", {"token": "0" * 48, "user": "ann", "password": PASSWORD}, status=401)
        self.call("POST", "session/first", {"token": self.first, "user": "ann", "password": "short"}, status=400)
        answer = self.call("POST", "session/first", {"token": self.first, "user": "ann", "password": PASSWORD})
        cookie = answer.headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
            self.assertIn(part, cookie)
        self.assertEqual((answer.json["user"], answer.json["role"]), ("ann", "admin"))
        self.call("POST", "session/first", {"token": self.first, "user": "eve", "password": PASSWORD}, status=401)

    def test_2_a_session_reads_and_changes_by_its_own_page_alone(self):
        admin = self.signed_in(user="ann", password=PASSWORD)
        cookie = {"Cookie": admin["Cookie"]}
        self.call("GET", "overview", headers=cookie)
        item = {"kind": "query", "text": "fields srcaddr"}
        self.call("PUT", "saved/a", item, headers=admin)
        self.call("PUT", "saved/a", item, headers=cookie, status=403)
        self.call("PUT", "saved/a", item, headers={**cookie, "X-Weir-Csrf": "0" * 48}, status=403)
        self.call("PUT", "saved/a", item, headers={**admin, "Origin": "http://evil.example"}, status=403)
        self.call("PUT", "saved/a", item, headers={**admin, "Sec-Fetch-Site": "cross-site"}, status=403)
        own = f"http://127.0.0.1:{self.server.port}"
        self.call("PUT", "saved/a", item, headers={**admin, "Origin": own, "Host": f"127.0.0.1:{self.server.port}"})
        # A cookie vouches for Weir's own routes alone, not for AWS's APIs.
        aws = ask(self.server, "POST", "/", "Action=ListMetrics&Version=2010-08-01",
                  headers={**admin, "Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(aws.status, 403)

    def test_3_roles(self):
        admin = self.signed_in(user="ann", password=PASSWORD)
        for name, role in (("vic", "viewer"), ("ola", "operator"), ("rex", "responder")):
            self.call("PUT", f"users/{name}", {"password": PASSWORD, "role": role}, headers=admin)
        item = {"kind": "query", "text": "fields srcaddr"}
        for name, saved, users in (("vic", 403, 403), ("ola", 200, 403), ("rex", 200, 403), ("ann", 200, 200)):
            user = self.signed_in(user=name, password=PASSWORD)
            self.call("GET", "coverage", headers=user)
            self.call("PUT", "saved/b", item, headers=user, status=saved)
            self.call("GET", "users", headers=user, status=users)
            self.call("GET", "audit", headers=user, status=users)
        vic = self.signed_in(user="vic", password=PASSWORD)
        self.call("DELETE", "users/vic", headers=admin)
        self.call("GET", "coverage", headers=vic, status=401)
        self.call("DELETE", "users/ann", headers=admin, status=400)  # the only admin stays

    def test_3_roles_change_and_passwords_are_set_by_a_link(self):
        admin = self.signed_in(user="ann", password=PASSWORD)
        for body in ({"role": "viewer"}, {"role": "operator", "password": PASSWORD}):
            refusal = self.call("PUT", "users/ann", body, headers=admin, status=400)
            self.assertIn("only admin", refusal.json["detail"])
        self.call("PUT", "users/bo", {"role": "king"}, headers=admin, status=400)
        self.call("POST", "users/bo/link", headers=admin, status=404)
        self.call("PUT", "users/bo", {"role": "operator"}, headers=admin)
        bo = next(user for user in self.call("GET", "users", headers=admin).json["users"] if user["name"] == "bo")
        self.assertEqual((bo["role"], bo["hasPassword"]), ("operator", False))
        self.call("POST", "session", {"user": "bo", "password": ""}, status=401)
        link = self.call("POST", "users/bo/link", headers=admin)
        self.assertEqual(link.headers["Cache-Control"], "no-store")
        self.assertTrue(link.json["path"].startswith("/sign-in#link="))
        token = link.json["path"].split("=")[1]
        self.call("POST", "session/link", {"token": token, "password": "short"}, status=400)
        answer = self.call("POST", "session/link", {"token": token, "password": PASSWORD})
        self.assertEqual((answer.json["user"], answer.json["role"]), ("bo", "operator"))
        self.call("POST", "session/link", {"token": token, "password": PASSWORD}, status=401)
        user = self.signed_in(user="bo", password=PASSWORD)
        self.call("POST", "users/ann/link", headers=user, status=403)
        self.call("PUT", "store/tables/flows/retention", {"maxAgeDays": 1}, headers=user, status=403)
        self.call("PUT", "users/bo", {"role": "viewer"}, headers=admin)
        self.assertEqual(self.call("GET", "session", headers=user).json["role"], "viewer")
        self.call("PUT", "users/bo", {"password": PASSWORD}, headers=admin)  # and the role stays
        self.assertEqual(self.signed_in(user="bo", password=PASSWORD) and
                         self.call("GET", "users", headers=admin).json["users"][1]["role"], "viewer")
        self.assertNotIn(token, str(self.call("GET", "audit", headers=admin, limit=1000).json))
        self.call("DELETE", "users/bo", headers=admin)

    def test_4_keys(self):
        admin = self.signed_in(user="ann", password=PASSWORD)
        key = self.call("POST", "keys", headers=admin, scope="operate").json
        bearer = f"{key['id']}.{key['secret']}"
        self.call("PUT", "saved/c", {"kind": "query"}, headers={"Authorization": "Bearer " + bearer})
        by_key = self.signed_in(key=bearer)
        self.assertEqual(self.call("GET", "session", headers=by_key).json["role"], "operator")
        self.call("DELETE", f"keys/{key['id']}", headers=admin)
        self.call("GET", "coverage", headers=by_key, status=401)
        self.call("GET", "coverage", headers={"Authorization": "Bearer " + bearer}, status=401)
        made = subprocess.run([WEIR, "key", "create", "--scope", "read", "--data", self.server.directory],
                              capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stderr)

    def test_5_sessions_last_over_a_restart_and_end(self):
        admin = self.signed_in(user="ann", password=PASSWORD)
        self.server.restart()
        self.assertNotIn("#first=", self.server.text())
        self.assertEqual(self.call("GET", "session", headers=admin).json["user"], "ann")
        answer = self.call("DELETE", "session", headers=admin)
        self.assertIn("Max-Age=0", answer.headers["Set-Cookie"])
        self.call("GET", "coverage", headers=admin, status=401)

    def test_6_what_was_done_is_written_down(self):
        admin = self.signed_in(user="ann", password=PASSWORD)
        entries = self.call("GET", "audit", headers=admin, limit=1000).json["entries"]
        actions = {entry["action"] for entry in entries}
        for action in ("sign-in", "sign-in refused", "sign-out", "put user", "remove user", "create key", "remove key"):
            self.assertIn(action, actions)
        self.assertEqual((entries[0]["action"], entries[0]["who"], entries[0]["peer"]), ("sign-in", "ann", "127.0.0.1"))
        page = self.call("GET", "audit", headers=admin, limit=2).json
        rest = self.call("GET", "audit", headers=admin, limit=2, cursor=page["cursor"]).json
        self.assertEqual([entry["timeMs"] for entry in page["entries"] + rest["entries"]],
                         [entry["timeMs"] for entry in entries[:4]])
        for text in (PASSWORD, self.first):
            self.assertNotIn(text, str(entries))

    def test_7_guessing_is_stopped(self):
        statuses = [ask(self.server, "POST", "/api/v1/session", {"user": "ann", "password": "wrong password"}).status
                    for _ in range(12)]
        self.assertEqual((statuses[0], statuses[-1]), (401, 429))
        answer = ask(self.server, "POST", "/api/v1/session", {"user": "ann", "password": PASSWORD})
        self.assertEqual(answer.status, 429)
        self.assertGreater(int(answer.headers["Retry-After"]), 0)


class Keyless(ServerTest):
    def test_nobody_signs_in_on_loopback(self):
        session = ask(self.server, "GET", "/api/v1/session").json
        self.assertEqual((session["needsSignIn"], session["role"]), (False, "admin"))
        self.assertEqual(ask(self.server, "POST", "/api/v1/session", {"user": "a", "password": PASSWORD}).status, 400)
        # What would outlive the server's being open to all of this machine is not made that way.
        self.assertEqual(ask(self.server, "POST", "/api/v1/keys").status, 403)
        self.assertEqual(ask(self.server, "PUT", "/api/v1/users/eve", {"password": PASSWORD}).status, 400)


if __name__ == "__main__":
    unittest.main()
