"""`favo build`: commands of a manifest, run side by side. What it does with processes is tested in
src/develop/build_test.cc."""

import os
import pathlib
import pty
import select
import signal
import subprocess
import unittest

from harness import (PATIENCE, binary, child_environment, eventually, favo, guest, scratch_directory,
                     start_favo)


def component(name, command, source=None):
    return (f'[component.{name}]\nsource = "{source or name + ".wasm"}"\n'
            f"build.command = '''{command}'''\n")


def application(*components):
    folder = pathlib.Path(scratch_directory())
    folder.joinpath("favo.toml").write_text('favo = 1\nname = "built"\n' + "".join(components))
    return folder


def copy(name, target):
    return f"cp {guest(name)} {target}"


def is_alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class Building(unittest.TestCase):
    def test_builds_all_and_prefixes_what_they_print(self):
        folder = application(
            component("core", "echo compiling >&2; " + copy("linked-core", "core.wasm")),
            component("database", copy("linked-data", "database.wasm")))
        done = favo("build", folder)
        self.assertEqual(done.code, 0, done)
        self.assertEqual(done.stdout, b"")
        lines = done.stderr.splitlines()
        self.assertIn("core     | compiling", lines)
        self.assertTrue(any(line.startswith("core     | built ") for line in lines), done)
        self.assertTrue(any(line.startswith("database | $ cp ") for line in lines), done)
        self.assertTrue((folder / "core.wasm").exists() and (folder / "database.wasm").exists())

    def test_only_what_is_named(self):
        folder = application(component("core", "touch core.wasm"),
                             component("data", "touch data.wasm"))
        (folder / "core").mkdir()  # Where its sources are: still the component.
        done = favo("build", "core", cwd=folder)
        self.assertEqual(done.code, 0, done)
        self.assertFalse((folder / "data.wasm").exists())
        done = favo("build", folder, "data")
        self.assertEqual(done.code, 0, done)
        self.assertTrue((folder / "data.wasm").exists())

    def test_runs_in_the_manifests_folder(self):
        folder = application(component("core", "cp favo.toml core.wasm"))
        self.assertEqual(favo("build", folder / "favo.toml", cwd="/").code, 0)
        self.assertTrue((folder / "core.wasm").exists())

    def test_a_failure_says_what_failed(self):
        folder = application(component("core", "echo no such type; exit 4"))
        done = favo("build", folder)
        self.assertEqual(done.code, 1, done)
        self.assertEqual(len(done.errors), 1)
        self.assertIn("core: `echo no such type; exit 4` ended with exit status 4 (", done.errors[0])
        self.assertTrue(done.stderr.endswith("its last lines:\n  no such type\n"), done)

    def test_what_was_not_made_is_an_error(self):
        folder = application(component("core", "true"))
        done = favo("build", folder)
        self.assertEqual(done.code, 1)
        self.assertIn("`true` ended well, but there is no ", done.errors[0])

    def test_what_nothing_makes_must_be_there(self):
        folder = application(component("core", "touch core.wasm"),
                             '[component.given]\nsource = "given.wasm"\n')
        done = favo("build", folder)
        self.assertEqual(done.code, 1)
        self.assertIn("there is no file", done.errors[0])
        self.assertTrue((folder / "core.wasm").exists())

    def test_refusals(self):
        folder = application(component("core", "touch core.wasm"))
        for arguments, message in [
                (("build", folder, "cor"), 'has no component "cor"; did you mean "core"?'),
                (("build", folder / "missing"), "there is no "),
                (("build", "nothing"), "there is no favo.toml in .")]:
            with self.subTest(arguments):
                done = favo(*arguments, cwd=scratch_directory())
                self.assertEqual(done.code, 1, done)
                self.assertIn(message, done.errors[0])

    def test_up_tells_that_it_was_not_built(self):
        folder = application(component("core", "touch core.wasm"))
        self.assertIn("`favo build` makes it", favo("up", folder).errors[0])


class Interrupting(unittest.TestCase):
    def test_ctrl_c_leaves_nothing_behind(self):
        folder = application(component("core", "sleep 600 & echo $! >child; wait"))
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                (folder / "child").unlink(missing_ok=True)
                process = start_favo("build", folder)
                eventually(lambda: (folder / "child").exists() and (folder / "child").read_text(),
                           "the command started")
                process.send_signal(number)
                _, errors = process.communicate(timeout=PATIENCE)
                self.assertEqual(process.returncode, 1)
                self.assertIn(b"favo: error: the build was interrupted\n", errors)
                child = int((folder / "child").read_text())
                eventually(lambda: not is_alive(child), "what the command started is gone")


class AtATerminal(unittest.TestCase):
    def run_at_terminal(self, folder, **environment):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([binary(), "build", str(folder)], stdin=theirs, stdout=theirs,
                                   stderr=theirs, env=child_environment() | environment)
        os.close(theirs)
        text = b""
        while select.select([ours], [], [], PATIENCE)[0]:
            try:
                text += os.read(ours, 4096)
            except OSError:  # Nobody is at the other end any more.
                break
        os.close(ours)
        self.assertEqual(process.wait(PATIENCE), 0, text)
        return text

    def test_names_are_coloured_and_what_runs_is_shown(self):
        folder = application(component("core", "sleep 0.5; touch core.wasm"))
        text = self.run_at_terminal(folder)
        self.assertIn(b"\x1b[36mcore |\x1b[0m $ sleep", text)
        self.assertIn(b"building core 0.", text)
        self.assertTrue(text.rstrip().endswith(b" s\x1b[0m"), text)  # The last line is wiped.

    def test_no_color(self):
        folder = application(component("core", "touch core.wasm"))
        self.assertNotIn(b"\x1b[3", self.run_at_terminal(folder, NO_COLOR="1"))


if __name__ == "__main__":
    unittest.main()
