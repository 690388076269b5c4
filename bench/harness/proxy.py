"""A guest that passes requests on to another server by HTTP, over connections that are kept."""

import contextlib

from harness import servers
from harness.load import medians, wrk
from harness.setup import say

CONNECTIONS = [1, 16]


def measure(tools, quick):
    rounds, seconds = (1, 1) if quick else (7, 3)
    say("proxy")
    with contextlib.ExitStack() as stack:
        # With the load generator, so that the proxy has its core to itself.
        files = stack.enter_context(
            servers.Server("nginx upstream", servers.nginx(tools), servers.CLIENT_CORE))
        files.wait_for_socket()
        upstream = f"http://127.0.0.1:{files.port}"
        path = f"/proxy?to={upstream}/"
        commands = {
            "favo": servers.favo(tools, "rust-kitchen", "--http", upstream),
            "wasmtime": servers.wasmtime(tools, "rust-kitchen"),
            "wasmtime tuned": servers.wasmtime(tools, "rust-kitchen", *servers.WASMTIME_TUNING),
        }
        running = [stack.enter_context(servers.Server(*item)) for item in commands.items()]
        for server in running:
            server.check(path, b"Hello from nginx")
        samples = {server.name: {str(n): [] for n in CONNECTIONS} for server in running}
        for number in range(rounds):
            for connections in CONNECTIONS:
                for server in running[number % len(running):] + running[:number % len(running)]:
                    samples[server.name][str(connections)].append(
                        wrk(tools, server, connections, seconds, path))
    return {name: {label: medians(runs) for label, runs in by_count.items()}
            for name, by_count in samples.items()}
