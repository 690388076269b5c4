"""Directories that are granted: guests that call every function of wasi:filesystem 0.2 and of WASI
preview 1 and compare the answers, and what of all that is seen from outside."""

import os
import pathlib
import unittest

from guest_checks import GuestTest, print_checks
from harness import Server, favo, guest, scratch_directory
from http_client import get


def tearDownModule():
    print_checks("files")


def directory(**files):
    path = pathlib.Path(scratch_directory())
    for name, text in files.items():
        (path / name).write_text(text)
    return path


def module(*sections):
    """A core module of raw sections: (id, contents)."""
    path = pathlib.Path(scratch_directory()) / "module.wasm"
    path.write_bytes(b"\0asm\1\0\0\0" + b"".join(
        bytes([kind, len(contents)]) + contents for kind, contents in sections))
    return path


class EveryFunction(GuestTest):
    def granted(self, name):
        path = directory()
        self.passes(name, "grant", options=["--dir", f"{path}:/work", "--env", "K=V"])
        self.assertEqual(list(path.iterdir()), [])

    def read_only(self, name):
        path = directory(file="text")
        (path / "dir").mkdir()
        before = (path / "file").stat()
        self.passes(name, "readonly", options=["--dir", f"{path}:/work:ro"])
        self.assertEqual(sorted(os.listdir(path)), ["dir", "file"])
        self.assertEqual((path / "file").read_text(), "text")
        self.assertEqual((path / "file").stat().st_mtime_ns, before.st_mtime_ns)

    def test_02(self):
        self.granted("files-02")

    def test_02_read_only(self):
        self.read_only("files-02")

    def test_02_without_a_grant(self):
        self.passes("files-02", "none")

    def test_02_limit(self):
        self.passes("files-02", "limit", "5",
                    options=["--dir", f"{directory()}:/work", "--max-open-files", "5"])

    def test_preview_1(self):
        self.granted("files-p1")

    def test_preview_1_read_only(self):
        self.read_only("files-p1")

    def test_preview_1_without_a_grant(self):
        self.passes("files-p1", "none")

    def test_preview_1_limit(self):
        self.passes("files-p1", "limit", "5",
                    options=["--dir", f"{directory()}:/work", "--max-open-files", "5"])

    def test_preview_1_adapted(self):
        self.granted("files-p1-adapted")

    def test_preview_1_adapted_read_only(self):
        self.read_only("files-p1-adapted")

    def test_c_preview_1(self):
        self.granted("files-c-p1")

    def test_c_02(self):
        self.granted("files-c-02")


class Preview1(unittest.TestCase):
    START = ((1, b"\1\x60\0\0"), (3, b"\1\0"))
    EXPORT = (7, b"\1\6_start\0\0")

    def test_exit_codes(self):
        for code in (0, 1, 33, 125, 126, 255):
            self.assertEqual(favo("run", guest("files-p1"), "--", "exit", code).code, code)
        self.assertEqual(favo("run", guest("files-p1"), "--", "exit", 2**32 - 1).code, 255)

    def test_cpu_time(self):
        spinning = module(*self.START, self.EXPORT, (10, b"\1\7\0\x03\x40\x0c\0\x0b\x0b"))
        outcome = favo("run", spinning, "--max-cpu", "100ms")
        self.assertEqual((outcome.code, len(outcome.errors)), (70, 1), outcome)
        self.assertIn("its limit is 100 ms", outcome.stderr)

    def test_memory(self):
        # Traps unless memory.grow by 100 pages says -1.
        growing = module(*self.START, (5, b"\1\0\1"), self.EXPORT,
                         (10, b"\1\x0e\0\x41\xe4\0\x40\0\x41\x7f\x47\x04\x40\0\x0b\x0b"))
        self.assertEqual(favo("run", growing, "--max-memory", "1MiB").code, 0)
        self.assertEqual(favo("run", growing, "--max-memory", "100MiB").code, 70)

    def test_inspect(self):
        outcome = favo("inspect", guest("files-p1"))
        text = outcome.stdout.decode()
        for part in ("core module for WASI preview 1", "Starts with: favo run",
                     "import wasi_snapshot_preview1.path_open: func(", "path_open", "--dir"):
            self.assertIn(part, text)

    def test_compile(self):
        outcome = favo("compile", guest("files-p1"))
        self.assertEqual(outcome.code, 0, outcome)

    def test_it_does_not_serve(self):
        outcome = favo("serve", guest("files-p1"))
        self.assertEqual(outcome.code, 1)
        self.assertIn("try `favo run`", outcome.stderr)

    def test_other_imports_are_refused(self):
        importing = module((1, b"\1\x60\0\0"), (2, b"\1\3env\1f\0\0"), (3, b"\1\0"),
                           (7, b"\1\6_start\0\1"), (10, b"\1\2\0\x0b"))
        outcome = favo("run", importing)
        self.assertEqual(outcome.code, 1)
        self.assertIn('imports the func "f" of "env", which nobody provides', outcome.stderr)


class Grants(unittest.TestCase):
    def mistake(self, *options):
        outcome = favo("run", guest("files-02"), *options)
        self.assertEqual((outcome.code, len(outcome.errors)), (2, 1), outcome)
        return outcome.errors[0]

    def test_a_directory_must_be_there(self):
        self.assertEqual(self.mistake("--dir", "/nonexistent:/work"),
                         "favo: error: cannot grant the directory /nonexistent: No such file or "
                         "directory")
        path = directory(file="")
        self.assertIn("Not a directory", self.mistake("--dir", f"{path}/file:/work"))

    def test_other_forms(self):
        for text in ("a:b:c", "a:b:ro:x", ":b", "a:", ""):
            self.assertIn("directory", self.mistake("--dir", text))
        self.assertIn("has a \"/x\" already", self.mistake("--dir", ".:/x", "--dir", "/tmp:/x"))

    def test_without_a_guest_name_it_is_the_hosts(self):
        path = directory()
        outcome = favo("run", guest("rust-cli"), "--dir", ".", "--", "write", "file", "text",
                       cwd=path)
        self.assertEqual((path / "file").read_text(), "text\n", outcome)

    def test_links_lead_nowhere_else(self):
        outside = directory(secret="secret")
        path = directory(file="inside")
        (path / "absolute").symlink_to(outside / "secret")
        (path / "relative").symlink_to(os.path.relpath(outside / "secret", path))
        (path / "fine").symlink_to("file")

        def read(name):
            return favo("run", guest("rust-cli"), "--dir", f"{path}:/work", "--", "read", name)

        self.assertEqual(read("/work/fine").stdout, b"inside")
        for name in ("/work/absolute", "/work/relative", "/work/../secret", str(outside / "secret")):
            outcome = read(name)
            self.assertEqual((outcome.code, outcome.stdout), (1, b""), outcome)


class Serving(unittest.TestCase):
    def test_each_request_sees_the_directories(self):
        with Server("rust-kitchen", "--dir", f"{directory()}:/data:ro") as server:
            for _ in range(3):
                self.assertEqual(get(server, "/fs").body.splitlines()[0], b"preopens 1")
