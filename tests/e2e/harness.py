"""Drives the real binary: commands, servers with their logs, and where guests and caches lie.

FAVO_BINARY names the program, FAVO_GUESTS the folder of guests. Nothing here measures: a timeout is
only there to end a test that would hang, and is generous enough for a loaded machine.
"""

import atexit
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time

PATIENCE = 60  # Seconds until something that must happen counts as not happening.
MEBIBYTE = 1 << 20


def environment(name):
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"{name} is not set: see ./check, which sets it")
    return value


def binary():
    return environment("FAVO_BINARY")


def guest(name):
    """The path of a guest, or of any other component."""
    if os.path.isabs(name):
        return name
    path = pathlib.Path(environment("FAVO_GUESTS")) / f"{name}.wasm"
    if not path.exists():
        raise RuntimeError(f"{path} is missing: see tests/guests/README.md")
    return str(path)


def scratch_directory(prefix="favo-e2e-"):
    """A directory that goes when the tests end."""
    path = tempfile.mkdtemp(prefix=prefix)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


_shared_cache = None


def shared_cache():
    """One cache for all tests that are not about caches: big guests take seconds to compile."""
    global _shared_cache
    if _shared_cache is None:
        _shared_cache = scratch_directory("favo-e2e-cache-")
    return _shared_cache


def child_environment(cache=None):
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH", "LANG")
                 if name in os.environ}
    return inherited | {"FAVO_CACHE_DIR": cache or shared_cache()}


def is_progress(line):
    """What is said of a compilation that takes more than a second, as each may on a loaded machine."""
    return line.startswith("favo: compiling ")


class Outcome:
    """How a command ended."""

    def __init__(self, code, stdout, stderr):
        self.code = code
        self.stdout = stdout
        lines = stderr.decode(errors="replace").splitlines(keepends=True)
        self.stderr = "".join(line for line in lines if not is_progress(line))
        self.errors = [line for line in self.stderr.splitlines() if line.startswith("favo: error: ")]

    def __repr__(self):
        return f"exit code {self.code}\nstdout: {self.stdout[:2000]!r}\nstderr: {self.stderr[:4000]}"


def favo(*arguments, stdin=b"", cache=None, timeout=PATIENCE, **options):
    """Runs favo to its end."""
    options.setdefault("env", child_environment(cache))
    done = subprocess.run([binary(), *map(str, arguments)], input=stdin, capture_output=True,
                          timeout=timeout, **options)
    return Outcome(done.returncode, done.stdout, done.stderr)


def start_favo(*arguments, cache=None, **options):
    """Starts favo with pipes; the caller waits for it."""
    options.setdefault("env", child_environment(cache))
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return subprocess.Popen([binary(), *map(str, arguments)], **(pipes | options))


class ServerFailed(AssertionError):
    pass


class Server:
    """`favo serve` on a free port, as a context. Entering it waits for the `listening` line; leaving
    it fails when the server ended by itself, or does not end well when told to.

    Several shards would spread connections by chance, so there is one unless a test asks for more.
    """

    def __init__(self, guest_name, *options, cache=None, threads=1, log_format="json",
                 listen="127.0.0.1:0", environment=None):
        self._command = [
            binary(), "serve", guest(guest_name), "--listen", listen,
            "--threads", str(threads), "--log-format", log_format, *map(str, options)]
        self._environment = child_environment(cache) | (environment or {})
        self._changed = threading.Condition()
        self._lines = []
        self._ended = False
        self.ends_badly = False  # Set by tests that kill it.

    def __enter__(self):
        self.process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=self._environment)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.url = self.wait_for_log(msg="listening", timeout=120)["url"]
        except BaseException:
            self.process.kill()
            self._finish()
            raise
        self.port = int(self.url.rstrip("/").rpartition(":")[2])
        return self

    def __exit__(self, kind, error, trace):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise ServerFailed(f"the server did not end on SIGTERM\n{self.tail()}")
        self._finish()
        if self.process.returncode != 0 and not self.ends_badly:
            raise ServerFailed(f"the server ended with {self.process.returncode}\n{self.tail()}")

    def _finish(self):
        self.process.wait()
        self._reader.join(PATIENCE)
        self.process.stderr.close()

    def _read(self):
        for raw in self.process.stderr:
            line = raw.decode(errors="replace").rstrip("\n")
            if is_progress(line):
                continue
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    # ---- the log

    @property
    def lines(self):
        """All that the server wrote so far."""
        with self._changed:
            return list(self._lines)

    def tail(self):
        return "\n".join(self.lines[-40:])

    def log(self, **fields):
        """The entries so far that have these fields."""
        return matching(self.lines, fields)

    def wait_for_log(self, count=1, timeout=PATIENCE, **fields):
        """The first entry that has these fields, waited for until there are `count` of them."""
        deadline = time.monotonic() + timeout
        seen, found = 0, []
        while True:
            with self._changed:
                fresh, ended = self._lines[seen:], self._ended
            seen += len(fresh)
            found += matching(fresh, fields)
            if len(found) >= count:
                return found[0]
            if ended:
                raise ServerFailed(f"the server ended without logging {fields}\n{self.tail()}")
            with self._changed:
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait_for(
                        lambda: len(self._lines) > seen or self._ended, left):
                    raise ServerFailed(f"the log said {fields} {len(found)} times, not {count}\n"
                                       + "\n".join(self._lines[-40:]))

    # ---- the process

    def peak_memory(self):
        """The most memory that was ever resident, in bytes."""
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        raise ServerFailed("no VmHWM: has the server ended?")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)


def matching(lines, fields):
    return [entry for entry in map(parse_line, lines)
            if entry is not None and entry.items() >= fields.items()]


def parse_line(line):
    """A line of the JSON log, or nothing for the other things a server says."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def eventually(condition, what):
    """Waits for something that announces itself to nobody."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"it never came to pass: {what}")
        time.sleep(0.01)
