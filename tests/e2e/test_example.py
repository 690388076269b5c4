"""examples/quotes, what `./run` serves: over HTTP, in a browser, and built again from source."""

import glob
import json
import os
import pathlib
import shutil
import subprocess
import unittest

import browser
from harness import favo, guest, scratch_directory
from http_client import Client, request
from test_applications import Up
from test_docs import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "quotes"
GUESTS = [f"quotes-{part}" for part in ("core", "network", "data", "yardstick", "market")]
DOCUMENT = {"goods": [
    {"symbol": "UP", "name": 'A "quoted" good', "unit": "1 kg", "prices": [10, 11, 12, 13]},
    {"symbol": "DOWN", "name": "Maçã", "unit": "1 kg", "prices": [4, 3, 2, 1]},
    {"symbol": "SAME", "name": "Salt", "unit": "1 kg", "prices": [5, 5]},
]}


class Example(Up):
    """The example in a folder of its own and at a port of its own, as `./run` has it."""

    def __init__(self, edit=lambda manifest: manifest, components=None):
        folder, address = pathlib.Path(scratch_directory()), f"127.0.0.1:{free_port()}"
        for name in GUESTS:
            source = components / f"{name}.wasm" if components else guest(name)
            os.symlink(source, folder / f"{name}.wasm")
        manifest = (EXAMPLE / "favo.toml").read_text().replace("127.0.0.1:8080", address)
        (folder / "favo.toml").write_text(edit(manifest))
        super().__init__(folder, listen=address)

    def ask(self, method, path, body=None):
        """The status and the JSON of an answer."""
        with Client(self) as client:
            client.send(request(path, method, body=body))
            response = client.read_response()
            return response.status, json.loads(response.text)


class OverHttp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Example())

    def ask(self, *arguments):
        return self.server.ask(*arguments)

    def test_prices_go_through_all_three_parts(self):
        status, answer = self.ask("GET", "/api/quotes?days=12")
        self.assertEqual(status, 200, answer)
        self.assertEqual(answer["source"], f"{self.server.url}market/prices")
        self.assertEqual([good["name"] for good in answer["goods"]],
                         ["Coffee", "Sugar", "Cocoa", "Orange juice", "Cotton", "Honey"])
        for good in answer["goods"]:
            prices = good["prices"]
            self.assertEqual(len(prices), 12)
            self.assertEqual((good["last"], good["low"], good["high"]),
                             (prices[-1], min(prices), max(prices)))
        self.assertEqual(set(answer["nanoseconds"]), {"market.fetch", "analysis.summarize"})

    def test_prices_that_are_brought_along(self):
        status, answer = self.ask("POST", "/api/quotes", json.dumps(DOCUMENT).encode())
        self.assertEqual(status, 200, answer)
        up, down, same = answer["goods"]
        self.assertEqual((up["name"], down["name"]), ('A "quoted" good', "Maçã"))
        self.assertEqual((up["mean"], up["trend"]), (11.5, "rising"))
        self.assertAlmostEqual(up["change"], 30)
        self.assertAlmostEqual(up["per_day"], 100 / 11.5)
        self.assertAlmostEqual(up["deviation"], 100 * (5 / 3) ** 0.5 / 11.5)
        self.assertEqual((down["change"], down["trend"]), (-75, "falling"))
        self.assertAlmostEqual(down["per_day"], 40)
        self.assertEqual((same["deviation"], same["trend"], same["per_day"]), (0, "steady", 0))

    def test_what_is_no_list_of_prices_is_told(self):
        for document, said in [
            (b"{", "no list of prices"),
            (b"[]", "no list of prices"),
            (b"{}", "it lists no goods"),
            (b'{"goods": [{"symbol": "X", "prices": []}]}', "X: prices are one number or more"),
            (b'{"goods": [{"symbol": "X", "prices": [1, -1]}]}', "X: a price is above 0"),
            (b'{"goods": [{"symbol": "X", "prices": [1e999]}]}', "no list of prices"),
            (b"\xff\xfe\0", "no list of prices"),
        ]:
            with self.subTest(document):
                status, answer = self.ask("POST", "/api/quotes", document)
                self.assertEqual(status, 422)
                self.assertIn(said, answer["error"])

    def test_too_much_or_too_little_is_refused(self):
        self.assertEqual(self.ask("POST", "/api/quotes", b" " * 70_000)[0], 413)
        for days in ("0", "366", "-1", "x", ""):
            self.assertEqual(self.ask("GET", f"/api/quotes?days={days}")[0], 400)

    def test_what_is_not_there(self):
        self.assertEqual(self.ask("GET", "/nothing")[0], 404)
        self.assertEqual(self.ask("DELETE", "/api/quotes")[0], 405)
        self.assertEqual(self.ask("GET", "/market/")[0], 404)

    def test_each_part_has_its_own_rights(self):
        status, answer = self.ask("GET", "/api/rights")
        self.assertEqual(status, 200)
        rights = {right["kind"]: right for right in answer}
        allowed = {kind: [part for part in ("core", "network", "data") if right[part]["allowed"]]
                   for kind, right in rights.items()}
        self.assertEqual(allowed, {"network": ["network"], "file": [], "variable": ["network"]})
        self.assertEqual(rights["network"]["core"]["said"], "HTTP-request-denied")
        self.assertEqual(rights["network"]["network"]["said"], "answered with 200")
        self.assertIn("PermissionError", rights["network"]["data"]["said"])
        self.assertEqual(rights["variable"]["data"]["said"], "not set")

    def test_python_does_not_reach_the_network(self):
        status, answer = self.ask("POST", "/api/reach")
        self.assertEqual(status, 200)
        self.assertFalse(answer["data"]["allowed"])
        self.assertIn("PermissionError", answer["data"]["said"])
        refusal = self.server.wait_for_log(msg="refused", component="quotes.data")
        self.assertTrue(refusal["interface"].startswith("wasi:sockets/"), refusal)

    def test_calls_are_measured(self):
        status, answer = self.ask("GET", "/api/calls")
        self.assertEqual(status, 200)
        self.assertEqual(set(answer), {"yardstick", "market", "analysis"})
        self.assertTrue(all(value > 0 for value in answer.values()), answer)

    def test_the_page_takes_nothing_from_elsewhere(self):
        for path, kind in (("/", "text/html; charset=utf-8"), ("/style.css", "text/css"),
                           ("/page.js", "text/javascript")):
            with Client(self.server) as client:
                response = client.get(path)
            self.assertEqual((response.status, response.field("content-type")), (200, kind))
            self.assertIn("default-src 'none'", response.field("content-security-policy"))
            # The name of a format is no address.
            text = response.text.replace("http://www.w3.org/2000/svg", "")
            self.assertNotRegex(text, r"https?://|url\(|@import")


class OtherGrants(unittest.TestCase):
    """The same components under another manifest."""

    def test_without_its_grant_go_is_refused(self):
        def edit(manifest):
            lines = manifest.splitlines(keepends=True)
            return "".join(line for line in lines if not line.startswith("grant.http"))

        with Example(edit) as server:
            self.assertEqual(server.ask("GET", "/api/quotes"),
                             (502, {"error": "Favo refused it: HTTP-request-denied"}))

    def test_with_a_grant_python_reaches_the_network(self):
        def edit(manifest):
            address = manifest.split('grant.http = ["http://')[1].split('"')[0]
            source = 'source = "quotes-data.wasm"'
            return manifest.replace(source, f'{source}\ngrant.tcp = ["{address}"]')

        with Example(edit) as server:
            _, answer = server.ask("POST", "/api/reach")
            self.assertTrue(answer["data"]["allowed"], answer)
            network = server.ask("GET", "/api/rights")[1][0]
            self.assertTrue(network["data"]["allowed"], network)
            self.assertFalse(network["core"]["allowed"], network)

    def test_without_a_market_that_is_told(self):
        with Example(lambda manifest: manifest.replace("/market/prices", "/market/no")) as server:
            self.assertEqual(server.ask("GET", "/api/quotes"),
                             (502, {"error": "the market answered with status 404"}))


class InABrowser(unittest.TestCase):
    def setUp(self):
        self.program = browser.find()
        if self.program is None:
            self.skipTest("NOT RUN: examples/quotes in a browser: no Chromium; "
                          "tools/setup --optional gets it")

    def test_the_page_shows_the_application_at_work(self):
        with Example() as server, browser.Browser(self.program) as page:
            page.open(server.url)
            page.wait_for("document.querySelectorAll('#prices tbody tr').length === 6")
            self.assertIn("Coffee", page.evaluate("document.querySelector('#prices').innerText"))
            page.wait_for("document.querySelectorAll('#rights tbody tr').length === 3")
            calls = page.evaluate(
                "[...document.querySelectorAll('[data-call]')].map((cell) => cell.textContent)")
            self.assertEqual(len(calls), 5)
            for call in calls:
                self.assertRegex(call, r"^[0-9,.]+$")
            for what, count in (("#prices polyline", 6), ("#rights .yes", 2), ("#rights .no", 7)):
                found = page.evaluate(f"document.querySelectorAll('{what}').length")
                self.assertEqual(found, count, what)

            page.evaluate("document.getElementById('reach').click()")
            page.wait_for("document.querySelector('#reached').innerText.includes('Permission')")
            server.wait_for_log(msg="refused", component="quotes.data")
            page.evaluate("document.getElementById('refresh').click()")
            page.wait_for("document.getElementById('refresh').ariaDisabled === 'false'")

            self.assertEqual(page.problems(), [])
            for url in page.requests():
                self.assertTrue(url.startswith((server.url, "data:")), url)
            self.assertNotEqual(*[background(page, scheme) for scheme in ("light", "dark")])


def background(page, scheme):
    page.send("Emulation.setEmulatedMedia",
              features=[{"name": "prefers-color-scheme", "value": scheme}])
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


class Rebuilt(unittest.TestCase):
    """The sources make what is committed. That they did not change since is seen by their keys each
    time that the guests are unpacked; this builds them again."""

    def setUp(self):
        missing = missing_toolchain()
        if missing:
            self.skipTest(f"NOT RUN: building examples/quotes again: no {missing}; "
                          "examples/quotes/build gets it")

    def test_what_is_built_now_is_what_is_committed(self):
        folder = pathlib.Path(scratch_directory())
        done = subprocess.run([ROOT / "tests" / "guests" / "build", "--into", folder, *GUESTS],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in GUESTS:
            with self.subTest(name):
                new, old = folder / f"{name}.wasm", pathlib.Path(guest(name))
                if new.read_bytes() != old.read_bytes():
                    # By another version of its toolchain; what it asks for and offers is the same.
                    self.assertEqual(world(new), world(old))
        with Example(components=folder) as server:
            self.assertEqual(server.ask("GET", "/api/quotes?days=3")[0], 200)
            self.assertFalse(server.ask("POST", "/api/reach")[1]["data"]["allowed"])


def world(component):
    return json.loads(favo("inspect", "--json", component).stdout)["wit"]


def missing_toolchain():
    """The first that would have to be fetched or built, which takes many minutes."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "favo"
    installed = subprocess.run(["rustup", "target", "list", "--installed"], capture_output=True,
                               text=True).stdout if shutil.which("rustup") else ""
    there = {
        "Rust for wasm32-wasip2":
            "wasm32-wasip2" in installed or glob.glob(f"{cache}/toolchains/newer-debian-*/usr"),
        "Go": shutil.which("go"),
        "wit-bindgen": glob.glob(f"{cache}/tools/wit-bindgen-cli-*/bin"),
        "wasm-tools": glob.glob(f"{cache}/tools/wasm-tools-*/bin"),
        "componentize-py": glob.glob(f"{cache}/toolchains/python-*/componentize_py"),
    }
    return next((name for name, found in there.items() if not found), None)


if __name__ == "__main__":
    unittest.main()
