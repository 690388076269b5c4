"""Applications of several components: `favo compose`, `favo up` and the manifest."""

import json
import os
import pathlib
import re
import shlex
import subprocess
import unittest

from harness import Server, favo, guest, scratch_directory
from http_client import Client, request

ROOT = pathlib.Path(__file__).resolve().parents[2]

LINKED = """
favo = 1
name = "shelf"

[component.core]
source = "linked-core.wasm"
link = { "demo:shelf/books" = "data", "demo:shelf/left" = "data", "demo:shelf/right" = "other" }

[component.data]
source = "linked-data.wasm"
[component.data.grant]
env = { COLOUR = "blue" }
dir = [{ host = "files", guest = "/files" }]

# The same library, without any of it.
[component.other]
source = "linked-data.wasm"

[[trigger.http]]
route = "/shelf/..."
component = "core"
"""


def application(manifest=LINKED, **files):
    """A folder with a manifest, the guests it names, and a file to read."""
    folder = pathlib.Path(scratch_directory())
    for name in ("linked-core", "linked-data", "linked-python", "rust-echo", "rust-hello",
                 "rust-kitchen"):
        os.symlink(guest(name), folder / f"{name}.wasm")
    (folder / "files").mkdir()
    (folder / "files" / "note.txt").write_text("from the folder\n")
    (folder / "favo.toml").write_text(manifest)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def get(server, path, host="favo.test"):
    with Client(server) as client:
        client.send(request(path).replace(b"favo.test", host.encode()))
        return client.read_response()


class Up(Server):
    """`favo up` instead of `favo serve`."""

    def __init__(self, folder, *options, **keywords):
        super().__init__("rust-hello", *options, **keywords)
        self._command[1:3] = ["up", str(folder)]


class LinkedComponents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Up(application()))

    def get(self, path):
        response = get(self.server, path)
        return response.status, response.text

    def test_records_lists_and_resources_cross(self):
        status, text = self.get("/shelf/books")
        self.assertEqual(status, 200)
        self.assertEqual(text, (
            "added 1 Sertão [brasil, romance]\n"
            "added 2 Honeycombs [nature]\n"
            "added 3 Dom Casmurro [romance]\n"
            "added 4 Iracema [brasil, romance]\n"
            "2 is 2 Honeycombs [nature]\n"
            "found 1 Sertão [brasil, romance]; 3 Dom Casmurro [romance]\n"
            "found 4 Iracema [brasil, romance]\n"))

    def test_errors_cross(self):
        self.assertEqual(self.get("/shelf/problems"),
                         (200, "7 is missing\ninvalid: a book has a title\n"))

    def test_each_request_finds_all_components_fresh(self):
        for _ in range(3):
            self.assertTrue(self.get("/shelf/books")[1].startswith("added 1 "))

    def test_one_library_gets_the_variable_in_one_component_alone(self):
        self.assertEqual(self.get("/shelf/variable?COLOUR"),
                         (200, "left: blue\nright: unset\ncore: unset\n"))

    def test_one_library_gets_the_folder_in_one_component_alone(self):
        status, text = self.get("/shelf/file?/files/note.txt")
        self.assertEqual(status, 200)
        left, right = text.splitlines()
        self.assertEqual(left, "left: from the folder")
        self.assertNotEqual(right, "right: from the folder")

    def test_two_components_of_one_file_are_two_instances(self):
        self.assertEqual(self.get("/shelf/count"), (200, "1 1\n"))

    def test_a_trap_names_the_component_and_hits_one_request(self):
        self.assertEqual(self.get("/shelf/fail")[0], 500)
        line = self.server.wait_for_log(msg="request failed")
        self.assertEqual(line["app"], "shelf.core")
        self.assertIn("shelf.data", line["error"])
        self.assertEqual(self.get("/shelf/count"), (200, "1 1\n"))

    def test_what_no_route_takes_is_not_found(self):
        self.assertEqual(self.get("/other"), (404, "404 Not Found\n"))
        self.assertEqual(self.server.wait_for_log(msg="no route")["path"], "/other")


class Polyglot(unittest.TestCase):
    """The same core in Rust, with the other component in Python."""

    def test_rust_calls_python(self):
        manifest = LINKED.replace("linked-data.wasm", "linked-python.wasm", 1)
        with Up(application(manifest)) as server:
            text = get(server, "/shelf/books").text
            self.assertIn("added 1 Sertão [brasil, romance]\n", text)
            self.assertTrue(text.endswith("found 4 Iracema [brasil, romance]\n"), text)
            self.assertEqual(get(server, "/shelf/problems").text,
                             "7 is missing\ninvalid: a book has a title\n")
            # Python's is the left one; the right one is still Rust's.
            self.assertIn("left: from the folder", get(server, "/shelf/file?/files/note.txt").text)
            self.assertEqual(get(server, "/shelf/fail").status, 500)
            self.assertIn("shelf.data", server.wait_for_log(msg="request failed")["error"])


class Sharing(unittest.TestCase):
    def counts(self, manifest):
        with Up(application(manifest)) as server:
            return get(server, "/shelf/count").text

    def test_a_component_is_shared_unless_it_says_no(self):
        shared = LINKED.replace('"demo:shelf/right" = "other"', '"demo:shelf/right" = "data"')
        self.assertEqual(self.counts(shared), "1 2\n")


class ComponentLimits(unittest.TestCase):
    KITCHEN = """
favo = 1
name = "k"
[component.kitchen]
source = "rust-kitchen.wasm"
[component.kitchen.limit]
memory = "16MiB"
[[trigger.http]]
route = "/..."
component = "kitchen"
"""

    def test_memory(self):
        with Up(application(self.KITCHEN)) as server:
            text = get(server, "/grow?report=1").text
            self.assertTrue(12 <= int(text.split()[1]) <= 16, text)
            self.assertEqual(get(server, "/grow").status, 500)
            error = server.wait_for_log(msg="request failed")["error"]
            self.assertIn("the component kitchen asked for", error)
            self.assertIn("its limit is 16777216 (memory in [component.kitchen.limit])", error)
            self.assertEqual(get(server, "/hello").status, 200)

    def test_what_a_component_begins_with_counts(self):
        manifest = LINKED.replace("# The same library", """
[component.data.limit]
memory = "64KiB"
# The same library""")
        outcome = favo("up", application(manifest), "--listen", "127.0.0.1:0")
        self.assertEqual(outcome.code, 1)
        self.assertIn("the component data begins with more memory than its limit of 65536 bytes: "
                      "raise memory in [component.data.limit]", outcome.stderr)
        with Up(application(manifest.replace("64KiB", "8MiB"))) as server:
            self.assertEqual(get(server, "/shelf/count").text, "1 1\n")


class InnerGrants(unittest.TestCase):
    """One component that was composed of three: each may do what its own part of the grants says."""

    MANIFEST = """
favo = 1
name = "outer"
[component.shelf]
source = "shelf.wasm"
[component.shelf.grant]
env = { COLOUR = "blue" }
[component.shelf.inner.core]
[component.shelf.inner.data.grant]
env = { COLOUR = "blue" }
[[trigger.http]]
route = "/shelf/..."
component = "shelf"
"""

    @classmethod
    def setUpClass(cls):
        cls.folder = application()
        composed = favo("compose", "-o", "shelf.wasm", cwd=cls.folder)
        assert composed.code == 0, composed

    def write(self, manifest):
        (self.folder / "favo.toml").write_text(manifest)

    def test_are_narrowed(self):
        self.write(self.MANIFEST)
        with Up(self.folder) as server:
            # The right one is not named, and has what the component around it has.
            self.assertEqual(get(server, "/shelf/variable?COLOUR").text,
                             "left: blue\nright: blue\ncore: unset\n")
        self.write(self.MANIFEST + "[component.shelf.inner.other]\n")
        with Up(self.folder) as server:
            self.assertEqual(get(server, "/shelf/variable?COLOUR").text,
                             "left: blue\nright: unset\ncore: unset\n")

    def refusal(self, manifest):
        self.write(manifest)
        outcome = favo("up", self.folder, "--listen", "127.0.0.1:0")
        self.assertNotEqual(outcome.code, 0)
        return outcome.stderr

    def test_are_never_widened(self):
        self.assertIn('favo.toml:9:1: data is granted env "SHAPE", which shelf has not to hand on',
                      self.refusal(self.MANIFEST.replace(
                          'inner.data.grant]\nenv = { ', 'inner.data.grant]\nenv = { SHAPE = "round", ')))

    def test_a_name_that_is_not_there(self):
        self.assertIn('component shelf has no component "parser" inside of it; it has core, data, '
                      'other', self.refusal(self.MANIFEST.replace("inner.core", "inner.parser")))


class Routing(unittest.TestCase):
    MANIFEST = LINKED + """
[component.hello]
source = "rust-hello.wasm"
[component.kitchen]
source = "rust-kitchen.wasm"
[component.kitchen.grant]
env = { WHERE = "kitchen" }

[[trigger.http]]
route = "/..."
component = "hello"
[[trigger.http]]
route = "/env"
host = "*.kitchen.test"
component = "kitchen"
[[trigger.http]]
route = "/shelf/:what/hello"
component = "hello"
"""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Up(application(cls.MANIFEST)))

    def text(self, path, *host):
        return get(self.server, path, *host).text

    def test_the_most_specific_route_wins(self):
        self.assertEqual(self.text("/"), "Hello from Rust\n")
        self.assertEqual(self.text("/shelf/count"), "1 1\n")
        self.assertEqual(self.text("/shelf/any/hello"), "Hello from Rust\n")
        self.assertEqual(self.text("/shelf/any/other"), "core at /shelf/any/other\n")

    def test_hosts_tell_routes_apart(self):
        self.assertEqual(self.text("/env"), "Hello from Rust\n")
        self.assertEqual(self.text("/env", "a.kitchen.test:80"), "WHERE=kitchen\n")


class Composed(unittest.TestCase):
    def setUp(self):
        self.folder = application()
        self.output = self.folder / "app.wasm"

    def compose(self, *options):
        return favo("compose", self.folder, "-o", self.output, *options)

    def test_is_a_standard_component(self):
        outcome = self.compose()
        self.assertEqual(outcome.code, 0, outcome)
        self.assertIn("core with what is linked to it", outcome.stdout.decode())
        tool = os.environ.get("FAVO_WASM_TOOLS")
        if tool:
            done = subprocess.run([tool, "validate", "--features", "all", self.output],
                                  capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        inspected = json.loads(favo("inspect", "--json", self.output).stdout)
        world = json.dumps(inspected)
        self.assertNotIn("demo:shelf", world)
        self.assertIn("wasi:http/incoming-handler", world)

    def test_runs_by_itself(self):
        self.assertEqual(self.compose().code, 0)
        with Server(str(self.output)) as server:
            self.assertIn("found 4 Iracema", get(server, "/books").text)

    def test_tells_what_has_to_be_granted(self):
        self.folder = application(LINKED.replace('"blue"', '"{{ colour }}"').replace(
            "[component.core]", '[variable]\ncolour = {}\n[component.core]\n'
            'grant.env = { NAME = "two words" }') + """
[component.hello]
source = "rust-hello.wasm"
grant.env = { OTHER = "not in the composition" }
""")
        outcome = self.compose()
        [line] = [line for line in outcome.stdout.decode().splitlines() if "grant" in line]
        options = line.partition(": ")[2]
        self.assertEqual(sorted(re.split(" (?=--)", options)),
                         [f"--dir {self.folder}/files:/files:ro", "--env 'COLOUR={{ colour }}'",
                          "--env 'NAME=two words'"])

    def test_with_what_it_says_it_runs_alike(self):
        outcome = self.compose()
        options = shlex.split(outcome.stdout.decode().splitlines()[1].partition(": ")[2])
        with Server(str(self.output), *options) as server:
            # One environment for all, where the manifest granted it to one alone.
            self.assertEqual(get(server, "/variable?COLOUR").text,
                             "left: blue\nright: blue\ncore: blue\n")
            self.assertIn("left: from the folder", get(server, "/file?/files/note.txt").text)

    def test_a_component_can_be_chosen(self):
        self.assertEqual(self.compose("--component", "data").code, 0)
        outcome = favo("call", self.output, "demo:shelf/left.count")
        self.assertEqual((outcome.code, outcome.stdout.decode()), (0, "1\n"), outcome)

    def test_components_that_do_not_exist_are_told(self):
        outcome = self.compose("--component", "date")
        self.assertEqual(outcome.code, 2)
        self.assertIn('has no component "date"; did you mean "data"?', outcome.stderr)


class Mistakes(unittest.TestCase):
    def up(self, manifest):
        folder = application(manifest)
        outcome = favo("up", folder, "--listen", "127.0.0.1:0")
        self.assertNotEqual(outcome.code, 0)
        return outcome.stderr.replace(f"{folder}/", "")

    def test_have_their_place(self):
        self.assertIn('favo.toml:6:1: unknown key "sorce" in [component.core]; did you mean source?',
                      self.up(LINKED.replace("source", "sorce", 1)))

    def test_an_import_that_nobody_is_linked_to(self):
        text = self.up(LINKED.replace('"demo:shelf/books" = "data", ', ""))
        self.assertIn('core: nothing is linked to the import demo:shelf/books@0.1.0; data exports '
                      'demo:shelf/books@0.1.0: link = { "demo:shelf/books" = "data" }', text)

    def test_a_link_that_fits_nothing(self):
        text = self.up(LINKED.replace("demo:shelf/left", "demo:shelf/letf"))
        self.assertIn("core imports no demo:shelf/letf, so it cannot be linked to data", text)

    def test_routes_in_conflict(self):
        again = '[[trigger.http]]\nroute = "/shelf/..."\ncomponent = "data"\n'
        self.assertIn("takes the same requests as", self.up(LINKED + again))

    def test_a_component_that_does_not_answer(self):
        text = self.up(LINKED.replace('component = "core"', 'component = "data"'))
        self.assertIn("exports no wasi:http/incoming-handler", text)

    def test_nothing_to_answer(self):
        self.assertIn("has no [[trigger.http]]", self.up(LINKED.split("[[trigger")[0]))

    def test_no_manifest(self):
        outcome = favo("up", scratch_directory())
        self.assertEqual(outcome.code, 1)
        self.assertIn("there is no favo.toml in", outcome.stderr)


class Schema(unittest.TestCase):
    def test_in_the_repository_is_what_favo_prints(self):
        committed = (ROOT / "docs" / "favo.schema.json").read_text()
        self.assertEqual(favo("schema").stdout.decode(), committed)


if __name__ == "__main__":
    unittest.main()
