"""A Chromium without a window, driven over a pair of pipes by the DevTools protocol."""

import itertools
import json
import os
import select
import shutil
import subprocess
import time

from harness import PATIENCE, eventually, scratch_directory

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def find():
    """The program, or nothing."""
    return os.environ.get("FAVO_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page. A context manager: leaving ends the program."""

    def __init__(self, program):
        self._numbers = itertools.count(1)
        self._pending = b""
        self._session = None
        self._events = []
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        # The protocol's pipes are its descriptors 3 and 4. As root it would not start with its own
        # sandbox; what it loads here is our page.
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "bash", program,
             "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--remote-debugging-pipe",
             f"--user-data-dir={scratch_directory('favo-browser-')}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=(to_read, to_write))
        os.close(to_read)
        os.close(to_write)

    def __enter__(self):
        try:
            page = None
            while page is None:
                targets = self.send("Target.getTargets")["targetInfos"]
                page = next((target for target in targets if target["type"] == "page"), None)
            self._session = self.send("Target.attachToTarget", targetId=page["targetId"],
                                      flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                self.send(f"{domain}.enable")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # Without its pipes it ends.
        os.close(self._write)
        os.close(self._read)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def send(self, method, **parameters):
        """One command of the protocol, and its result."""
        message = {"id": next(self._numbers), "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") != message["id"]:
                self._events.append(answer)
            elif "error" in answer:
                raise AssertionError(f"{method}: {answer['error']}")
            else:
                return answer["result"]

    def _receive(self):
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._pending:
            ready, _, _ = select.select([self._read], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(self._read, 1 << 16) if ready else b""
            if not piece:
                raise AssertionError("the browser ended, or is silent")
            self._pending += piece
        message, _, self._pending = self._pending.partition(b"\0")
        return json.loads(message)

    def open(self, url):
        self.send("Page.navigate", url=url)

    def evaluate(self, expression):
        """The value of a JavaScript expression."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait_for(self, expression):
        eventually(lambda: self.evaluate(expression), expression)

    def problems(self):
        """What the page threw, could not load, or was told about as an error."""
        errors = [event["params"]["entry"] for event in self.events("Log.entryAdded")
                  if event["params"]["entry"]["level"] == "error"]
        return errors + self.events("Runtime.exceptionThrown", "Network.loadingFailed")

    def requests(self):
        """The addresses that the page asked for."""
        return [event["params"]["request"]["url"]
                for event in self.events("Network.requestWillBeSent")]

    def events(self, *methods):
        self.evaluate("0")  # What happened before this has arrived after it.
        return [event for event in self._events if event.get("method") in methods]
