"""Files that Favo serves itself: `files` of a route in favo.toml."""

import email.utils
import gzip
import os
import random
import time
import unittest

from harness import MEBIBYTE
from http_client import Client, request
from http2_client import Http2Client
from test_applications import Up, application
from tls_support import Certificate, TlsClient, curl

MANIFEST = """
favo = 1
name = "site"

[component.hello]
source = "rust-hello.wasm"

[[trigger.http]]
route = "/hello"
component = "hello"
headers = { "x-robots-tag" = "none", "content-type" = "text/x-greeting" }

[[trigger.http]]
route = "/assets/..."
files = "public"
headers = { "cache-control" = "max-age=60", "x-frame-options" = "DENY" }

[[trigger.http]]
route = "/..."
host = "app.test"
files = "public"
fallback = "app.html"
"""

SCRIPT = "console.log('favo');\n" * 1000
BIG = random.Random(7).randbytes(16 * MEBIBYTE)  # more than a kernel keeps for a slow client


def site(manifest=MANIFEST):
    """A folder with files an hour old: tags of younger ones may be weak."""
    folder = application(manifest)
    public = folder / "public"
    (public / "docs").mkdir(parents=True)
    (public / "index.html").write_text("<h1>home</h1>\n")
    (public / "app.html").write_text("<h1>app</h1>\n")
    (public / "app.js").write_text(SCRIPT)
    (public / "docs" / "index.html").write_text("<h1>docs</h1>\n")
    (public / "big.bin").write_bytes(BIG)
    (public / "empty.txt").write_text("")
    (public / ".env").write_text("SECRET=1\n")
    (folder / "outside.txt").write_text("outside\n")
    os.symlink("../outside.txt", public / "outside.txt")
    os.symlink("app.js", public / "same.js")
    hour_ago = time.time() - 3600
    for path in public.rglob("*"):
        if not path.is_symlink():
            os.utime(path, (hour_ago, hour_ago))
    return folder


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = site()
        cls.server = cls.enterClassContext(Up(cls.folder))

    def ask(self, path, method="GET", **fields):
        """Fields by their names with underscores."""
        with Client(self.server) as client:
            named = [(name.replace("_", "-"), value) for name, value in fields.items()]
            client.send(request(path, method, named))
            return client.read_response(method)

    def test_a_file(self):
        response = self.ask("/assets/app.js")
        self.assertEqual((response.status, response.text), (200, SCRIPT))
        self.assertEqual(response.field("content-type"), "text/javascript; charset=utf-8")
        self.assertEqual(response.field("content-length"), str(len(SCRIPT)))
        self.assertEqual(response.field("accept-ranges"), "bytes")
        self.assertEqual(response.field("vary"), "accept-encoding")
        self.assertEqual(response.field("cache-control"), "max-age=60")
        self.assertEqual(response.field("x-frame-options"), "DENY")
        self.assertTrue(response.field("etag").startswith('"'))
        self.assertIsNotNone(email.utils.parsedate(response.field("last-modified")))
        line = self.server.wait_for_log(path="/assets/app.js", status=200)
        self.assertEqual(line["bytes_out"], len(SCRIPT))

    def test_a_component_beside_it_has_its_own_headers(self):
        response = self.ask("/hello")
        self.assertEqual((response.status, response.text), (200, "Hello from Rust\n"))
        self.assertEqual(response.field("x-robots-tag"), "none")
        self.assertEqual(response.field("content-type"), "text/x-greeting")

    def test_folders(self):
        self.assertEqual(self.ask("/assets/").text, "<h1>home</h1>\n")
        self.assertEqual(self.ask("/assets/docs/").text, "<h1>docs</h1>\n")
        for path, location in (("/assets", "/assets/"), ("/assets/docs?a=b", "/assets/docs/?a=b")):
            response = self.ask(path)
            self.assertEqual((response.status, response.field("location")), (301, location))

    def test_an_empty_file(self):
        response = self.ask("/assets/empty.txt")
        self.assertEqual((response.status, response.body), (200, b""))
        self.assertEqual(self.ask("/assets/empty.txt", Range="bytes=0-").status, 416)

    def test_head(self):
        response = self.ask("/assets/app.js", "HEAD")
        self.assertEqual((response.status, response.field("content-length")),
                         (200, str(len(SCRIPT))))
        self.assertEqual(self.ask("/assets/none", "HEAD").status, 404)
        with Client(self.server) as client:  # Nothing of a body comes before the next response.
            client.send(request("/assets/big.bin", "HEAD") + request("/assets/docs/"))
            self.assertEqual(client.read_response("HEAD").status, 200)
            self.assertEqual(client.read_response().text, "<h1>docs</h1>\n")

    def test_other_methods(self):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get"):
            response = self.ask("/assets/app.js", method)
            self.assertEqual((response.status, response.field("allow")), (405, "GET, HEAD"))
        with Client(self.server) as client:
            response = client.post("/assets/app.js", b"x" * 1000)
            self.assertEqual(response.status, 405)

    def test_what_is_not_there(self):
        response = self.ask("/assets/none.js")
        self.assertEqual((response.status, response.text), (404, "404 Not Found\n"))
        # What must not be kept is not said to be kept.
        self.assertIsNone(response.field("cache-control"))
        self.assertEqual(response.field("x-frame-options"), "DENY")
        self.server.wait_for_log(path="/assets/none.js", status=404)

    def test_nothing_leads_out(self):
        for path in ("/assets/../favo.toml", "/assets/..%2ffavo.toml", "/assets/%2e%2e/favo.toml",
                     "/assets/.env", "/assets/%2eenv", "/assets/outside.txt", "/assets//app.js",
                     "/assets/docs/../../favo.toml", "/assets/app.js%00", "/assets/app.js/",
                     "/assets/" + "a/" * 3000, "/assets/" + "%61" * 1000):
            response = self.ask(path)
            self.assertEqual(response.status, 404, path)
            self.assertNotIn("favo = 1", response.text)
        self.assertEqual(self.ask("/assets/same.js").text, SCRIPT)

    def test_the_fallback(self):
        def of(path):
            with Client(self.server) as client:
                client.send(request(path).replace(b"favo.test", b"app.test"))
                return client.read_response()
        self.assertEqual(of("/users/7").text, "<h1>app</h1>\n")
        self.assertEqual(of("/users/").text, "<h1>app</h1>\n")
        self.assertEqual(of("/").text, "<h1>home</h1>\n")
        self.assertEqual(of("/missing.js").status, 404)
        self.assertEqual(of("/users/7").field("cache-control"), "no-cache")

    # ---- conditions and ranges

    def test_what_the_client_has_is_not_sent(self):
        first = self.ask("/assets/app.js")
        for fields in ({"If_None_Match": first.field("etag")},
                       {"If_None_Match": f'"x", W/{first.field("etag")}'},
                       {"If_None_Match": "*"},
                       {"If_Modified_Since": first.field("last-modified")}):
            response = self.ask("/assets/app.js", **fields)
            self.assertEqual((response.status, response.field("etag")),
                             (304, first.field("etag")), fields)
            self.assertIsNone(response.field("content-length"))
        for fields in ({"If_None_Match": '"x"'},
                       {"If_Modified_Since": "Sun, 06 Nov 1994 08:49:37 GMT"}):
            self.assertEqual(self.ask("/assets/app.js", **fields).status, 200)
        self.assertEqual(self.ask("/assets/app.js", If_Match='"x"').status, 412)

    def test_parts(self):
        response = self.ask("/assets/big.bin", Range="bytes=1000000-1999999")
        self.assertEqual(response.status, 206)
        self.assertEqual(response.field("content-range"), f"bytes 1000000-1999999/{len(BIG)}")
        self.assertEqual(response.body, BIG[1000000:2000000])
        self.assertEqual(self.ask("/assets/big.bin", Range="bytes=-5").body, BIG[-5:])
        response = self.ask("/assets/big.bin", Range=f"bytes={len(BIG)}-")
        self.assertEqual((response.status, response.field("content-range")),
                         (416, f"bytes */{len(BIG)}"))
        response = self.ask("/assets/big.bin", Range="bytes=0-1,4-5")
        self.assertEqual((response.status, response.body), (200, BIG))

    def test_parts_of_one_version(self):
        tag = self.ask("/assets/big.bin", "HEAD").field("etag")
        response = self.ask("/assets/big.bin", Range="bytes=0-1", If_Range=tag)
        self.assertEqual((response.status, response.body), (206, BIG[:2]))
        response = self.ask("/assets/big.bin", Range="bytes=0-1", If_Range='"other"')
        self.assertEqual((response.status, len(response.body)), (200, len(BIG)))

    # ---- compression

    def test_gzip(self):
        response = self.ask("/assets/app.js", Accept_Encoding="gzip, br")
        self.assertEqual(response.field("content-encoding"), "gzip")
        self.assertEqual(gzip.decompress(response.body).decode(), SCRIPT)
        self.assertLess(len(response.body), len(SCRIPT) / 10)
        self.assertTrue(response.field("etag").startswith("W/"))
        again = self.ask("/assets/app.js", Accept_Encoding="gzip",
                         If_None_Match=response.field("etag"))
        self.assertEqual(again.status, 304)
        self.assertNotEqual(self.ask("/assets/app.js").field("etag"), response.field("etag"))

    def test_what_is_not_wanted_or_pays_not_is_not_compressed(self):
        for path, accepted in (("/assets/app.js", "br"), ("/assets/app.js", "gzip;q=0"),
                               ("/assets/big.bin", "gzip"), ("/assets/docs/", "gzip")):
            self.assertIsNone(self.ask(path, Accept_Encoding=accepted).field("content-encoding"))
        response = self.ask("/assets/app.js", Accept_Encoding="gzip", Range="bytes=0-9")
        self.assertEqual((response.status, response.text), (206, SCRIPT[:10]))

    # ---- big files

    def test_a_slow_client_does_not_hold_up_others(self):
        with Client(self.server, receive_buffer=65536) as slow:
            slow.send(request("/assets/big.bin"))
            response = slow.read_head()
            for _ in range(5):
                self.assertEqual(self.ask("/assets/docs/").status, 200)
            self.assertEqual(slow.read_body(response).body, BIG)

    def test_a_client_that_leaves(self):
        with Client(self.server, receive_buffer=65536) as client:
            client.send(request("/assets/big.bin?left"))
            client.read_head()
        line = self.server.wait_for_log(path="/assets/big.bin?left")
        self.assertEqual(line["error"], "cancelled")

    def test_http2(self):
        with Http2Client(self.server) as client:
            streams = [client.request("/assets/big.bin") for _ in range(2)]
            self.assertEqual(client.get("/assets/docs/"), b"<h1>docs</h1>\n")
            for stream in streams:
                self.assertEqual(client.read_body(stream), BIG)
            stream = client.request("/assets/app.js", fields=[("accept-encoding", "gzip")])
            self.assertEqual(gzip.decompress(client.read_body(stream)).decode(), SCRIPT)


class Edited(unittest.TestCase):
    def test_edits_show_at_once(self):
        folder = site()
        public = folder / "public"
        with Up(folder) as server, Client(server) as client:
            first = client.get("/assets/app.js")
            (public / "app.js").write_text("edited\n")
            second = client.get("/assets/app.js", [("If-None-Match", first.field("etag"))])
            self.assertEqual((second.status, second.text), (200, "edited\n"))
            (public / "new.txt").write_text("new\n")
            self.assertEqual(client.get("/assets/new.txt").text, "new\n")
            (public / "new.txt").unlink()
            self.assertEqual(client.get("/assets/new.txt").status, 404)

    def test_packed_beside_is_sent_while_it_is_current(self):
        folder = site()
        public = folder / "public"
        (public / "app.js.br").write_bytes(b"brotli, believe it")
        with Up(folder) as server, Client(server) as client:
            fields = [("Accept-Encoding", "gzip, br")]
            response = client.get("/assets/app.js", fields)
            self.assertEqual((response.field("content-encoding"), response.body),
                             ("br", b"brotli, believe it"))
            self.assertEqual(client.get("/assets/app.js").text, SCRIPT)
            soon = time.time() + 60
            os.utime(public / "app.js", (soon, soon))
            self.assertEqual(client.get("/assets/app.js", fields).field("content-encoding"), "gzip")

    def test_one_that_shrinks_is_cut_off(self):
        folder = site()
        public = folder / "public"
        with Up(folder) as server:
            with Client(server, receive_buffer=65536) as client:
                client.send(request("/assets/big.bin"))
                response = client.read_head()
                os.truncate(public / "big.bin", 1000)
                with self.assertRaises(Exception):
                    client.read_body(response)
            server.wait_for_log(msg="file not sent")


class FilesAlone(unittest.TestCase):
    """No route leads to the component."""

    def test_over_tls(self):
        certificate = Certificate()
        manifest = MANIFEST.replace('component = "hello"', 'files = "public"').replace(
            'route = "/hello"', 'route = "/hello/..."').replace(
            ', "content-type" = "text/x-greeting"', "")
        with Up(site(manifest), *certificate.options) as server:
            with TlsClient(server, certificate.client_context()) as client:
                self.assertEqual(client.get("/assets/big.bin").body, BIG)
            text = curl("--cacert", certificate.path, "--compressed", server.url + "assets/app.js",
                        "-w", "%{http_version}")
            self.assertEqual(text, SCRIPT + "2")


if __name__ == "__main__":
    unittest.main()
