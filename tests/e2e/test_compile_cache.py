"""`favo compile` and the cache: what is damaged or foreign never runs, and a cache that cannot be used
costs time, never the start."""

import glob
import hashlib
import json
import os
import shutil
import subprocess
import unittest

from harness import Server, favo, guest, scratch_directory
from http_client import get
from test_applications import LINKED, Up, application


class Cache(unittest.TestCase):
    def setUp(self):
        self.cache = os.path.join(scratch_directory(), "cache")

    def compile(self, *names):
        outcome = favo("compile", "--json", *(guest(name) for name in names), cache=self.cache)
        self.assertEqual(outcome.code, 0, outcome)
        return json.loads(outcome.stdout), outcome

    def serve(self):
        """Serves from the cache under test; what the server said before it listened."""
        with Server("c-hello", cache=self.cache) as server:
            self.assertEqual(get(server).text, "Hello from C\n")
            lines = server.lines
        listening = [i for i, line in enumerate(lines) if '"listening"' in line][0]
        return "\n".join(lines[:listening])

    def files(self, ending):
        return glob.glob(os.path.join(self.cache, "*" + ending))

    def warns_and_serves(self, what="not usable"):
        said = self.serve()
        self.assertEqual(said.count("favo: warning: "), 1, said)
        self.assertIn(what, said)
        # Made again, so that the next start finds it good.
        self.assertNotIn("warning", self.serve())


class Compile(Cache):
    def test_fills_the_cache(self):
        [first], outcome = self.compile("c-hello")
        self.assertEqual((first["cached"], first["component"]), (False, guest("c-hello")))
        self.assertTrue(os.path.isfile(first["artifact"]))
        self.assertTrue(first["artifact"].startswith(self.cache + "/"))
        self.assertGreater(first["code_bytes"], 1000)
        [second], _ = self.compile("c-hello")
        self.assertEqual((second["cached"], second["artifact"]), (True, first["artifact"]))
        self.assertEqual(self.serve(), "")

    def test_several(self):
        results, _ = self.compile("c-hello", "rust-hello", "rust-cli")
        self.assertEqual(len({result["artifact"] for result in results}), 3)

    def test_text(self):
        outcome = favo("compile", guest("c-hello"), cache=self.cache)
        self.assertEqual(outcome.code, 0, outcome)
        self.assertRegex(outcome.stdout.decode(), r"c-hello\.wasm compiled in .* of code\n  /")
        outcome = favo("compile", guest("c-hello"), cache=self.cache)
        self.assertIn("compiled before", outcome.stdout.decode())

    def test_option_goes_before_the_environment(self):
        other = os.path.join(scratch_directory(), "other")
        outcome = favo("compile", "--cache-dir", other, guest("c-hello"), cache=self.cache)
        self.assertEqual(outcome.code, 0, outcome)
        self.assertTrue(os.listdir(other))
        self.assertFalse(os.path.exists(self.cache))

    def test_changed_component_is_compiled_anew(self):
        path = os.path.join(scratch_directory(), "app.wasm")
        shutil.copy(guest("c-hello"), path)
        self.assertEqual(favo("compile", path, cache=self.cache).code, 0)
        shutil.copy(guest("rust-hello"), path)
        with Server(path, cache=self.cache) as server:
            self.assertEqual(get(server).text, "Hello from Rust\n")

    def test_private(self):
        self.compile("c-hello")
        self.assertEqual(os.stat(self.cache).st_mode & 0o077, 0)
        for name in os.listdir(self.cache):
            self.assertEqual(os.stat(os.path.join(self.cache, name)).st_mode & 0o022, 0, name)


class Damage(Cache):
    def setUp(self):
        super().setUp()
        self.compile("c-hello")

    def rewrite(self, ending, change):
        """Changes a file of the only entry."""
        [path] = self.files(ending)
        with open(path, "rb") as file:
            data = bytearray(file.read())
        data = change(data)
        with open(path, "wb") as file:
            file.write(data)

    def test_bit_flips(self):
        def flip(at):
            def change(data):
                data[at % len(data)] ^= 1
                return data
            return change
        for ending in (".code", ".program"):
            for at in (0, 1000, -1):
                with self.subTest(f"{ending} at {at}"):
                    self.rewrite(ending, flip(at))
                    self.warns_and_serves()

    def test_truncation(self):
        for ending in (".code", ".program"):
            for size in (0, 10, -1):
                with self.subTest(f"{ending} to {size}"):
                    self.rewrite(ending, lambda data: data[:size])
                    self.warns_and_serves()

    def test_more_than_was_written(self):
        for ending in (".code", ".program"):
            with self.subTest(ending):
                self.rewrite(ending, lambda data: data + b"more")
                self.warns_and_serves()

    def test_entry_of_another_component(self):
        """Whole and ours, but it belongs elsewhere."""
        mine = self.files(".code") + self.files(".program")
        self.compile("rust-hello")
        for path in mine:
            ending = os.path.splitext(path)[1]
            [other] = set(self.files(ending)) - set(mine)
            shutil.copy(other, path)
        self.warns_and_serves()

    def test_missing_parts(self):
        for ending in (".code", ".program", ".source"):
            with self.subTest(ending):
                for path in self.files(ending):
                    os.remove(path)
                self.serve()
                self.assertEqual(self.serve(), "")

    def test_code_that_others_may_write(self):
        [path] = self.files(".code")
        os.chmod(path, 0o666)
        self.warns_and_serves()

    def test_copied_cache_is_good(self):
        copy = os.path.join(scratch_directory(), "copy")
        shutil.copytree(self.cache, copy)
        self.cache = copy
        self.assertEqual(self.serve(), "")

    def test_code_is_a_directory(self):
        [path] = self.files(".code")
        os.remove(path)
        os.mkdir(path)
        said = self.serve()
        self.assertIn("favo: warning: ", said)


class Compositions(Cache):
    HELLO = """
favo = 1
name = "hello"
[component.hello]
source = "hello.wasm"
[[trigger.http]]
route = "/..."
component = "hello"
"""

    def up(self, folder, path="/"):
        """What it answers, and what it said before it listened."""
        with Up(folder, cache=self.cache) as server:
            lines = server.lines
            text = get(server, path).text
        listening = [i for i, line in enumerate(lines) if '"listening"' in line][0]
        return text, "\n".join(lines[:listening])

    def hello(self, name):
        folder = application(self.HELLO)
        shutil.copy(guest(name), folder / "hello.wasm")
        return folder

    def sources(self):
        return set(self.files(".source"))

    def test_second_start_goes_by_the_sources_alone(self):
        rust, c = self.hello("rust-hello"), self.hello("c-hello")
        self.assertEqual(self.up(rust)[0], "Hello from Rust\n")
        [of_rust] = self.sources()
        self.assertEqual(self.up(c)[0], "Hello from C\n")
        [of_c] = self.sources() - {of_rust}
        # A cache that says that Rust's component led to C's artifact is believed: nothing that is
        # decoded or composed at this start contradicts it.
        with open(of_rust, "rb") as one, open(of_c, "rb") as other:
            lie = one.read()[:40] + other.read()[40:72]
        with open(of_rust, "wb") as file:
            file.write(lie + hashlib.sha256(lie).digest())
        self.assertEqual(self.up(rust), ("Hello from C\n", ""))

    def test_goes_by_the_bytes_of_the_sources(self):
        folder = self.hello("rust-hello")
        self.up(folder)
        before = set(self.files(""))
        shutil.copy(guest("rust-hello"), folder / "again.wasm")
        (folder / "again.wasm").rename(folder / "hello.wasm")
        self.assertEqual(self.up(folder), ("Hello from Rust\n", ""))
        self.assertEqual(set(self.files("")), before)
        shutil.copy(guest("c-hello"), folder / "hello.wasm")
        self.assertEqual(self.up(folder), ("Hello from C\n", ""))

    def test_what_is_linked_and_granted(self):
        variable, count = "/shelf/variable?COLOUR", "/shelf/count"
        blue_left = "left: blue\nright: unset\ncore: unset\n"
        shared = LINKED.replace('right" = "other"', 'right" = "data"')
        for manifest, path, text in [
                (LINKED, variable, blue_left),
                (LINKED.replace('left" = "data"', 'left" = "other"').replace(
                    'right" = "other"', 'right" = "data"'),
                 variable, "left: unset\nright: blue\ncore: unset\n"),
                (LINKED.replace("blue", "red"), variable, blue_left.replace("blue", "red")),
                (shared, count, "1 2\n"),
                (LINKED, count, "1 1\n"),
                (LINKED, variable, blue_left)]:
            with self.subTest(path=path, text=text):
                self.assertEqual(self.up(application(manifest), path), (text, ""))
        # Grants are no part of what is compiled.
        self.assertEqual(len(self.files(".code")), 3)

    def test_error_of_a_link_is_told_at_each_start(self):
        folder = application(LINKED)
        self.up(folder, "/shelf/count")
        (folder / "favo.toml").write_text(LINKED.replace('"demo:shelf/left" = "data", ', ""))
        for _ in range(2):
            outcome = favo("up", folder, "--listen", "127.0.0.1:0", cache=self.cache)
            self.assertEqual(outcome.code, 1)
            self.assertIn("demo:shelf/left", outcome.errors[0])

    def test_damage(self):
        folder = self.hello("c-hello")
        self.up(folder)
        # Only what vouches for code is worth a warning.
        for ending, warnings in ((".source", 0), (".code", 1), (".program", 1)):
            for size in (0, 10, -1):
                with self.subTest(f"{ending} to {size}"):
                    [path] = self.files(ending)
                    with open(path, "rb") as file:
                        whole = file.read()
                    with open(path, "wb") as file:
                        file.write(whole[:size])
                    text, said = self.up(folder)
                    self.assertEqual((text, said.count("favo: warning: ")),
                                     ("Hello from C\n", warnings), said)
                    self.assertEqual(self.up(folder), ("Hello from C\n", ""))
                    [path] = self.files(ending)
                    self.assertEqual(os.path.getsize(path), len(whole))


class Unusable(Cache):
    def check_served_without(self, *parts):
        said = self.serve()
        self.assertIn("favo: warning: ", said)
        for part in parts:
            self.assertIn(part, said)
        # To fill it was the point of this command, so here it is an error.
        outcome = favo("compile", guest("c-hello"), cache=self.cache)
        self.assertEqual((outcome.code, len(outcome.errors)), (1, 1), outcome)

    def test_others_may_write(self):
        os.mkdir(self.cache)
        os.chmod(self.cache, 0o777)
        self.check_served_without(self.cache, "chmod")

    @unittest.skipUnless(os.geteuid() == 0, "only root can give a directory away")
    def test_of_another_user(self):
        os.mkdir(self.cache, 0o755)
        os.chown(self.cache, 12345, 12345)
        self.check_served_without(self.cache, "12345")

    def test_not_a_directory(self):
        with open(self.cache, "w"):
            pass
        self.check_served_without(self.cache)

    def test_cannot_be_created(self):
        self.cache = "/proc/nothing/cache"
        self.check_served_without("/proc/nothing")

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_read_only(self):
        os.mkdir(self.cache, 0o500)
        self.check_served_without("cached")

    def test_full_disk(self):
        os.mkdir(self.cache, 0o700)
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "favo-e2e", self.cache]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
            self.skipTest("a full disk needs a tmpfs of our own: only root may mount one")
        self.addCleanup(subprocess.run, ["umount", self.cache], check=True)
        self.check_served_without("No space left")
        # Nothing half-written stays.
        self.assertEqual(self.files(".code"), [])

    def test_no_home(self):
        environment = {"PATH": os.environ["PATH"]}
        outcome = favo("run", guest("rust-cli"), "--", "echo", "hello", env=environment)
        self.assertEqual((outcome.code, outcome.stdout), (0, b"hello\n"), outcome)
        self.assertIn("favo: warning: ", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
