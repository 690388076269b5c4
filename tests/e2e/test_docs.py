"""Runs the examples in the documentation, so that they stay true.

Every ```console block of the pages below is a session in a shell:

    $ favo run rust-cli.wasm -- echo a b     a command; one that ends in `&` is a server
    a b                                      a line of its output

Expected lines have to appear in the output in this order; others may stand between them only where
the page says so with a line `…`. Within a line `…` stands for anything. Lines of a server's log
(they begin with `time=` or `{"time"`) are looked for in the log of the block's server, if it has
one, since a terminal would mix them with the rest. Sessions run in a folder that holds the guests of
tests/guests; 127.0.0.1:8080 is replaced by a port that is free.

Blocks of any other kind (```sh, ```rust) are not run.
"""

import pathlib
import re
import signal
import socket
import subprocess
import time
import unittest

from harness import (PATIENCE, binary, child_environment, environment, is_progress,
                     scratch_directory)

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.pt-BR.md", *sorted((ROOT / "docs").rglob("*.md"))]
WRITTEN_ADDRESS = "127.0.0.1:8080"
ANYTHING = "…"


class Step:
    """A command of a session and the lines that the page shows below it."""

    def __init__(self, command):
        self.server = command.endswith("&")
        self.command = command.removesuffix("&").strip()
        self.output = []
        self.log = []

    def move_log(self):
        """Log lines are looked for elsewhere: in the log of the session's server."""
        for line in self.output:
            if line.startswith(("time=", '{"time"')):
                self.log.append(line)
        self.output = [line for line in self.output if line not in self.log]


def sessions(text):
    """The console blocks of a page, each with the number of its first line."""
    for block in re.finditer(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        steps = []
        for line in block[1].splitlines():
            if line.startswith("$ "):
                steps.append(Step(line[2:]))
            elif not steps:
                raise ValueError(f"a console block begins with output: {line}")
            else:
                steps[-1].output.append(line)
        if any(step.server for step in steps):
            for step in steps:
                step.move_log()
        yield text.count("\n", 0, block.start()) + 2, steps


def line_matches(expected, line):
    pattern = ".*".join(map(re.escape, expected.split(ANYTHING)))
    return re.fullmatch(pattern, line.rstrip()) is not None


def first_difference(expected, lines):
    """The first expected line that the output has not where it should, or nothing."""
    gap = False
    position = 0
    for wanted in expected:
        if wanted.strip() == ANYTHING:
            gap = True
            continue
        while gap and position < len(lines) and not line_matches(wanted, lines[position]):
            position += 1
        if position == len(lines) or not line_matches(wanted, lines[position]):
            return wanted
        position += 1
        gap = False
    return None if gap or position == len(lines) else f"nothing more, but got: {lines[position]}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Session:
    """Runs the steps of one block. As a context: its server is ended on leaving."""

    def __init__(self, folder):
        self.folder = folder
        self.address = f"127.0.0.1:{free_port()}"
        self.environment = child_environment()
        self.environment["PATH"] = f"{folder / 'bin'}:{self.environment['PATH']}"
        self.server = None
        self.log_path = folder / f"log-{self.address}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.server is None:
            return
        self.server.send_signal(signal.SIGTERM)
        try:
            self.server.wait(PATIENCE)
        finally:
            self.server.kill()

    def run(self, step):
        """The lines that the step printed."""
        command = step.command.replace(WRITTEN_ADDRESS, self.address)
        if step.server:
            return self.serve(command)
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=PATIENCE)
        return self.lines(done.stdout)

    def serve(self, command):
        if WRITTEN_ADDRESS not in command and "--listen" not in command:
            command += f" --listen {self.address}"
        with self.log_path.open("wb") as log:
            self.server = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=self.folder,
                                           env=self.environment, stdin=subprocess.DEVNULL,
                                           stdout=log, stderr=log)
        if not self.in_log(f"{ANYTHING}listening{ANYTHING}"):
            raise AssertionError(f"{command}: it does not listen\n{self.log_path.read_text()}")
        return []

    def in_log(self, expected):
        deadline = time.monotonic() + PATIENCE
        while True:
            lines = self.lines(self.log_path.read_bytes())
            if any(line_matches(expected, line) for line in lines):
                return True
            if time.monotonic() > deadline or self.server.poll() is not None:
                return False
            time.sleep(0.02)

    def lines(self, output):
        text = output.decode(errors="replace").replace(self.address, WRITTEN_ADDRESS)
        return [line.rstrip() for line in text.splitlines() if not is_progress(line)]


class Documentation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(scratch_directory())
        (cls.folder / "bin").mkdir()
        (cls.folder / "bin" / "favo").symlink_to(pathlib.Path(binary()).resolve())
        for guest in pathlib.Path(environment("FAVO_GUESTS")).resolve().glob("*.wasm"):
            (cls.folder / guest.name).symlink_to(guest)

    def check_session(self, steps):
        with Session(self.folder) as session:
            for step in steps:
                lines = session.run(step)
                # A command shown without output is one whose output does not matter.
                difference = first_difference(step.output, lines) if step.output else None
                if difference is not None:
                    self.fail(f"$ {step.command}\nexpected: {difference}\nprinted:\n"
                              + "\n".join(lines))
                for line in step.log:
                    self.assertTrue(session.in_log(line), f"not in the log: {line}\nthe log:\n"
                                    + session.log_path.read_text())

    def test_examples(self):
        count = 0
        for page in PAGES:
            for number, steps in sessions(page.read_text()):
                count += 1
                with self.subTest(f"{page.relative_to(ROOT)}:{number}"):
                    self.check_session(steps)
        self.assertGreater(count, 0)

    def test_links(self):
        """Files that the pages point to are there."""
        pages = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
        for page in pages:
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"", page.read_text()):
                path = target[0] or target[1]
                if "://" in path:
                    continue
                with self.subTest(f"{page.relative_to(ROOT)}: {path}"):
                    self.assertTrue((page.parent / path).exists(), f"{path} does not exist")


if __name__ == "__main__":
    unittest.main()
