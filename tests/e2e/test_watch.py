"""`favo watch`: builds, serves, and follows changes without losing a request."""

import os
import pathlib
import threading
import time
import unittest
import unittest.mock

from harness import (Server, ServerFailed, eventually, favo, guest, is_progress,
                     scratch_directory)
from http_client import Client, request
from test_build import is_alive

# The "compiler": `version` names the guest that is to become app.wasm, or says what goes wrong.
COMPILER = """\
read what <version
case $what in
  /*) cp $what app.wasm.new && mv app.wasm.new app.wasm ;;
  *) echo "version:1: $what is no guest"; exit 1 ;;
esac
"""

MANIFEST = """
favo = 1
name = "app"
[component.app]
source = "app.wasm"
build.command = "sh compile"
build.watch = ["version", "src/**"]
[[trigger.http]]
route = "/..."
component = "app"
"""

KITCHEN = """
[component.kitchen]
source = "kitchen.wasm"
grant.env = { PLACE = "kitchen" }
[[trigger.http]]
route = "/env"
component = "kitchen"
"""

RUST, C = "Hello from Rust\n", "Hello from C\n"


def application(version=None):
    folder = pathlib.Path(scratch_directory())
    (folder / "compile").write_text(COMPILER)
    (folder / "version").write_text(version or guest("rust-hello"))
    (folder / "favo.toml").write_text(MANIFEST)
    os.symlink(guest("rust-kitchen"), folder / "kitchen.wasm")
    return folder


class Watch(Server):
    def __init__(self, folder, *options, **keywords):
        super().__init__("rust-hello", *options, **keywords)
        self._command[1:3] = ["watch", str(folder)]


def get(server, path="/"):
    with Client(server) as client:
        client.send(request(path))
        return client.read_response()


class Load:
    """Requests without a pause on several connections, as a context; what they were answered with."""

    def __init__(self, server, connections=6):
        self.texts, self.failures = [], []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(server, keep))
                         for keep in [True, False] * (connections // 2)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, server, keep):
        try:
            while not self._stop.is_set():
                with Client(server) as client:
                    for _ in range(50 if keep else 1):
                        response = client.get("/")
                        if response.status != 200:
                            self.failures.append(response)
                        self.texts.append(response.text)
        except Exception as error:  # A refused or broken connection is a failed request.
            self.failures.append(error)


class Swapping(unittest.TestCase):
    def setUp(self):
        self.folder = application()

    def version(self, text):
        (self.folder / "version").write_text(text)

    def test_new_version_without_a_failed_request(self):
        with Watch(self.folder, threads=2) as server, Load(server) as load:
            for count, (name, text) in enumerate([("c-hello", C), ("rust-hello", RUST)] * 3, 1):
                self.version(guest(name))
                server.wait_for_log(msg="new version", count=count)
                eventually(lambda: load.texts and load.texts[-1] == text, f"{name} answers")
            self.assertGreater(len(load.texts), 100)
        self.assertEqual(load.failures, [])
        self.assertEqual(set(load.texts), {RUST, C})
        for entry in server.log(msg="new version"):
            self.assertEqual(entry["built"], "app")

    def test_only_the_first_version_is_kept_in_the_cache(self):
        cache = pathlib.Path(scratch_directory())
        with Watch(self.folder, cache=str(cache)) as server:
            before = sorted(cache.iterdir())
            self.version(guest("c-hello"))
            server.wait_for_log(msg="new version")
        self.assertEqual(sorted(cache.iterdir()), before)
        self.assertTrue(any(path.suffix == ".code" for path in before))

    def test_failed_build_leaves_the_old_version(self):
        with Watch(self.folder) as server:
            self.version("nonsense")
            server.wait_for_log(msg="old version stays")
            self.assertIn("app | version:1: nonsense is no guest", server.lines)
            self.assertTrue(any("`sh compile` ended with exit status 1" in line
                                for line in server.lines))
            self.assertEqual(get(server).text, RUST)
            self.version(guest("c-hello"))
            server.wait_for_log(msg="new version")
            self.assertEqual(get(server).text, C)

    def test_what_cannot_be_served_leaves_the_old_version(self):
        with Watch(self.folder) as server:
            self.version(guest("core-module"))
            server.wait_for_log(msg="old version stays")
            self.assertEqual(get(server).text, RUST)

    def test_broken_manifest_leaves_the_old_version(self):
        with Watch(self.folder) as server:
            (self.folder / "favo.toml").write_text(MANIFEST.replace("source", "sorce"))
            server.wait_for_log(msg="old version stays")
            self.assertTrue(any('unknown key "sorce"' in line for line in server.lines))
            self.assertEqual(get(server).text, RUST)
            # The old one is still followed.
            self.version(guest("c-hello"))
            server.wait_for_log(msg="new version")
            self.assertEqual(get(server).text, C)

    def test_manifest_is_followed(self):
        with Watch(self.folder) as server:
            self.assertEqual(get(server, "/env").text, RUST)
            (self.folder / "favo.toml").write_text(MANIFEST + KITCHEN)
            server.wait_for_log(msg="new version")
            self.assertEqual(get(server, "/env").text, "PLACE=kitchen\n")
            (self.folder / "favo.toml").write_text(MANIFEST + KITCHEN.replace('"kitchen" }', '"garden" }'))
            server.wait_for_log(msg="new version", count=2)
            self.assertEqual(get(server, "/env").text, "PLACE=garden\n")
            # Nothing was built for that.
            self.assertEqual({entry["built"] for entry in server.log(msg="new version")}, {""})
            self.assertEqual(server.lines.count("app | $ sh compile"), 1)

    def test_what_has_not_changed_is_not_compiled_again(self):
        self.version(guest("python-hello"))  # Takes so long that the start of it is told.
        with unittest.mock.patch("harness.is_progress", lambda line: False), \
                Watch(self.folder) as server:
            lines = len(server.lines)
            text = get(server).text
            (self.folder / "favo.toml").write_text(MANIFEST.replace("/...", "/elsewhere"))
            server.wait_for_log(msg="new version")
            self.assertEqual(get(server).status, 404)
            self.assertEqual(get(server, "/elsewhere").text, text)
            self.assertFalse([line for line in server.lines[lines:] if is_progress(line)])

    def test_file_that_others_made_is_served(self):
        with Watch(self.folder) as server:
            fresh = self.folder / "made-elsewhere"
            fresh.write_bytes(pathlib.Path(guest("c-hello")).read_bytes())
            fresh.rename(self.folder / "app.wasm")
            server.wait_for_log(msg="new version")
            self.assertEqual(get(server).text, C)

    def test_folders_that_appear_later(self):
        with Watch(self.folder) as server:
            (self.folder / "src" / "deep").mkdir(parents=True)
            (self.folder / "src" / "deep" / "lib.rs").write_text("fn main() {}")
            server.wait_for_log(msg="new version")
            self.assertGreater(server.lines.count("app | $ sh compile"), 1)

    def test_old_requests_end_on_the_old_version(self):
        self.version(guest("rust-sleep"))
        with Watch(self.folder) as server, Client(server) as client:
            client.send(request("/?ms=1500"))
            time.sleep(0.3)  # So that it is at work, most likely.
            self.version(guest("c-hello"))
            server.wait_for_log(msg="new version")
            self.assertEqual(get(server).text, C)
            self.assertEqual(client.read_response().status, 200)


class Starting(unittest.TestCase):
    def test_waits_for_the_first_version_that_can_be_served(self):
        folder = application("nonsense")

        class Late(Watch):
            def _read(self):
                threading.Thread(target=self._repair, daemon=True).start()
                super()._read()

            def _repair(self):
                self.wait_for_log(msg="waiting for a change")
                (folder / "version").write_text(guest("c-hello"))

        with Late(folder) as server:
            self.assertEqual(get(server).text, C)

    def test_ctrl_c_while_nothing_is_served(self):
        folder = application("nonsense")

        class Stopped(Watch):
            def _read(self):
                threading.Thread(target=self._stop, daemon=True).start()
                super()._read()

            def _stop(self):
                self.wait_for_log(msg="waiting for a change")
                self.terminate()

        with self.assertRaises(ServerFailed):  # It never listens,
            with Stopped(folder) as server:
                pass
        # and ends by itself.

    def test_stops_in_the_middle_of_a_build(self):
        folder = application()
        with Watch(folder) as server:
            (folder / "compile").write_text("echo $$ >pid; sleep 600")
            (folder / "version").write_text("again")
            eventually(lambda: (folder / "pid").exists() and (folder / "pid").read_text().strip(),
                       "it builds")
        builder = int((folder / "pid").read_text())
        eventually(lambda: not is_alive(builder), "what the build started is gone")

    def test_broken_manifest_at_the_start(self):
        folder = application()
        (folder / "favo.toml").write_text("favo = 1\n")
        done = favo("watch", folder)
        self.assertEqual(done.code, 1)
        self.assertIn("lacks the key", done.errors[0])

    def test_options_of_confinement_are_not_its(self):
        self.assertEqual(favo("watch", application(), "--no-confine").code, 2)


if __name__ == "__main__":
    unittest.main()
