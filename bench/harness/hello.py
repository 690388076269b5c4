"""Requests per second and latency of a greeting, each answered by a fresh instance."""

import contextlib

from harness import servers
from harness.load import medians, wrk
from harness.setup import HELLO_GUESTS, say

CONNECTIONS = [1, 16, 64]

# The peer serves these too; the others are measured for Favo alone.
COMPARED = ["rust-hello", "js-hello", "python-hello"]


def measure(tools, quick):
    rounds, seconds = (1, 1) if quick else (5, 3)
    results = {}
    for guest in HELLO_GUESTS:
        commands = {"favo": servers.favo(tools, guest)}
        if guest in COMPARED:
            commands["wasmtime"] = servers.wasmtime(tools, guest)
            commands["wasmtime tuned"] = servers.wasmtime(tools, guest, *servers.WASMTIME_TUNING)
        if guest == "rust-hello":
            if tools.go_server:
                commands["go native"] = servers.go(tools)
            commands["nginx static"] = servers.nginx(tools)
        say(f"hello: {guest}")
        results[guest] = interleaved(tools, commands, rounds, seconds)
    return results


def interleaved(tools, commands, rounds, seconds):
    """All peers stay up and take turns, so that a slow minute of the machine hits all of them."""
    with contextlib.ExitStack() as stack:
        running = []
        for name, command in commands.items():
            server = stack.enter_context(servers.Server(name, command))
            server.check()
            wrk(tools, server, 64, 1)
            running.append(server)
        samples = {server.name: {n: [] for n in CONNECTIONS} for server in running}
        for number in range(rounds):
            for connections in CONNECTIONS:
                # Nobody always comes first.
                for server in running[number % len(running):] + running[:number % len(running)]:
                    result = wrk(tools, server, connections, seconds)
                    result["rps"] = result["requests"] / result["seconds"]
                    samples[server.name][connections].append(result)
    return {name: {str(n): medians(runs) for n, runs in by_count.items()}
            for name, by_count in samples.items()}
