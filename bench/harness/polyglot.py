"""examples/quotes in three forms: an application of Favo's, the same composed into one component
under `wasmtime serve`, and three HTTP services. All parts of each have one core together."""

import contextlib
import json
import math
import os
import shutil
import statistics
import sys
import time

from harness import servers
from harness.load import medians, wrk
from harness.setup import ROOT, WORK, BenchError, run, say

EXAMPLE = ROOT / "examples" / "quotes"
FOLDER = WORK / "quotes"
WITHOUT_SNAPSHOT = WORK / "quotes-without-snapshot"
CONNECTIONS = [1, 16]
# By name: the path, and which goods' prices come along; none: they are asked for over HTTP. With one
# good of two days the parts have next to nothing to compute: what is left is starting and calling them.
REQUESTS = {"one good brought along": ("/api/quotes", "one"),
            "prices brought along": ("/api/quotes", "all"),
            "prices fetched": ("/api/quotes?days=30", None)}
EXPECTED = b"Coffee"


def measure(tools, quick):
    say("polyglot")
    core, network = build_services()
    documents = {"all": prices(), "one": one_good()}
    with contextlib.ExitStack() as stack:
        # The market: a file, served on the load generator's core.
        market = stack.enter_context(
            servers.Server("nginx market", servers.nginx(tools), servers.CLIENT_CORE))
        market.wait_for_socket()
        address = f"http://127.0.0.1:{market.port}"
        assemble(tools, address)
        commands = {
            "favo": favo(tools, FOLDER),
            "favo without snapshot": favo(tools, WITHOUT_SNAPSHOT),
            "wasmtime": wasmtime(tools, address),
            "wasmtime tuned": wasmtime(tools, address, *servers.WASMTIME_TUNING),
        }
        starters = {name: starter(name, command) for name, command in commands.items()}
        starters["services"] = lambda: Services(core, network, address)
        started = starts(starters, quick)
        running = [stack.enter_context(start()) for start in starters.values()]
        for server in running:
            server.wait_for_socket()
        results = {"requests": requests(tools, running, documents, quick), "start": started}
        results["memory_kib"] = {server.name: server.rss_kib() for server in running}
        results["calls"] = {server.name: calls(server, quick) for server in running}
    return results


def starter(name, command):
    return lambda: servers.Server(name, command)


# ---- what is measured


def requests(tools, running, documents, quick):
    """By request, by server, by number of connections. The servers take turns."""
    rounds, seconds = (1, 1) if quick else (5, 3)
    results = {}
    for name, (path, brought) in REQUESTS.items():
        body = documents[brought] if brought else None
        for server in running:
            wrk(tools, server, CONNECTIONS[-1], 1, path, body)
        samples = {server.name: {str(n): [] for n in CONNECTIONS} for server in running}
        for number in range(rounds):
            for connections in CONNECTIONS:
                # Nobody always comes first.
                for server in running[number % len(running):] + running[:number % len(running)]:
                    samples[server.name][str(connections)].append(
                        wrk(tools, server, connections, seconds, path, body))
        results[name] = {server: {n: medians(taken) for n, taken in by_count.items()}
                         for server, by_count in samples.items()}
    return results


def starts(starters, quick):
    """From starting the process or processes to the end of the first answer, in ms. What can be
    compiled ahead of time has been."""
    samples = {name: [] for name in starters}
    for number in range((2 if quick else 15) + 1):
        for name, start in starters.items():
            with servers.on_core(servers.CLIENT_CORE):
                began = time.perf_counter()
                with start() as server:
                    server.wait_for_socket(pause=0.0005)
                    status, body = servers.get(server.port, "/api/quotes?days=30")
                    taken = time.perf_counter() - began
            if status != 200 or EXPECTED not in body:
                raise BenchError(f"{name} answered {status} {body[:200]!r}")
            if number:  # The first fills the caches.
                samples[name].append(taken * 1000)
    return {name: {"median_ms": statistics.median(taken), "samples": taken}
            for name, taken in samples.items()}


def calls(server, quick):
    """What the core says of one call of each part, in ns: the least of some answers."""
    answers = []
    for _ in range(1 if quick else 5):
        status, body = servers.get(server.port, "/api/calls")
        if status != 200:
            raise BenchError(f"{server.name} answered {status}")
        answers.append(json.loads(body))
    return {part: min(answer[part] for answer in answers) for part in answers[0]}


# ---- what takes part


def prices():
    """What the market answers with: also the file that nginx serves, and what is POSTed."""
    def level(good, day):
        return 1 + 0.1 * math.sin(day / 7 + good) + 0.02 * math.sin(day * 12.9898 + good)

    names = ["Coffee", "Sugar", "Cocoa", "Orange juice", "Cotton", "Honey"]
    goods = [{"symbol": name[:3].upper(), "name": name, "unit": "1 kg",
              "prices": [round(100 * (good + 1) * level(good, day), 2) for day in range(30)]}
             for good, name in enumerate(names)]
    file = WORK / "www" / "market" / "prices"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"goods": goods}))
    return file


def one_good():
    file = WORK / "one-good.json"
    file.write_text(json.dumps({"goods": [
        {"symbol": "X", "name": "X", "unit": "1 kg", "prices": [1.0, 2.0]}]}))
    return file


def assemble(tools, address):
    """The application with the market that was started, and the same as one component."""
    manifest = (EXAMPLE / "favo.toml").read_text().replace("http://127.0.0.1:8080", address)
    for folder in (FOLDER, WITHOUT_SNAPSHOT):
        folder.mkdir(exist_ok=True)
        for part in ("core", "network", "data", "yardstick", "market"):
            shutil.copyfile(tools.guest(f"quotes-{part}"), folder / f"quotes-{part}.wasm")
        (folder / "favo.toml").write_text(manifest)
        manifest = manifest.replace("snapshot = true", "snapshot = false")
    run([tools.favo, "compose", FOLDER, "-o", FOLDER / "composed.wasm", "--component", "core"])
    say("wasmtime compile quotes")
    run([tools.wasmtime, "compile", FOLDER / "composed.wasm", "-o", FOLDER / "composed.cwasm"])


def favo(tools, folder):
    return lambda port: [tools.favo, "up", folder, "--listen", f"127.0.0.1:{port}",
                         "--threads", "1", "--cache-dir", WORK / "cache"]


def wasmtime(tools, address, *options):
    return lambda port: [
        tools.wasmtime, "serve", "-S", "cli=y", "--allow-precompiled", *options,
        "--env", f"MARKET={address}/market/prices", "--addr", f"127.0.0.1:{port}",
        FOLDER / "composed.cwasm"]


def build_services():
    if not shutil.which("go"):
        raise BenchError("the services need Go")
    say("building the three services")
    target, network = WORK / "quotes-services", WORK / "quotes-network"
    run(["cargo", "build", "--release", "--quiet", "--locked", "--target-dir", target],
        cwd=EXAMPLE / "services" / "core")
    run(["go", "build", "-o", network, "."], cwd=EXAMPLE / "services" / "network")
    return target / "release" / "quotes-service", network


class Services:
    """The three of them, as if they were one server."""

    name = "services"

    def __init__(self, core, network, address):
        os.environ["MARKET"] = f"{address}/market/prices"
        self._network = servers.Server(
            "service network", lambda port: [network, f"127.0.0.1:{port}"])
        self._data = servers.Server(
            "service data", lambda port: [sys.executable, EXAMPLE / "services" / "data.py",
                                          f"127.0.0.1:{port}"])
        self._core = servers.Server(
            "service core", lambda port: [core, f"127.0.0.1:{port}",
                                          f"127.0.0.1:{self._network.port}",
                                          f"127.0.0.1:{self._data.port}"])
        self.port = self._core.port

    def _all(self):
        return self._network, self._data, self._core

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self._all():
            server.__exit__()

    def wait_for_socket(self, pause=0.02):
        for server in self._all():
            server.wait_for_socket(pause)

    def cut_log(self):
        for server in self._all():
            server.cut_log()

    def rss_kib(self):
        return sum(server.rss_kib() for server in self._all())
