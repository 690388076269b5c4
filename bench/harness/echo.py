"""A body that comes back while it is still being sent, on one connection."""

import contextlib
import json

from harness import servers
from harness.load import medians
from harness.setup import run, say

SIZES = {"1 MiB": 1 << 20, "16 MiB": 16 << 20}


def measure(tools, quick):
    rounds, seconds = (1, 0.5) if quick else (7, 2)
    commands = {
        "favo": servers.favo(tools, "rust-echo"),
        "wasmtime": servers.wasmtime(tools, "rust-echo"),
        "wasmtime tuned": servers.wasmtime(tools, "rust-echo", *servers.WASMTIME_TUNING),
    }
    if tools.go_server:
        commands["go native"] = servers.go(tools)
    say("echo")
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(servers.Server(*item)) for item in commands.items()]
        for server in running:
            server.wait_for_socket()
        samples = {server.name: {size: [] for size in SIZES} for server in running}
        for number in range(rounds):
            for label, size in SIZES.items():
                for server in running[number % len(running):] + running[:number % len(running)]:
                    samples[server.name][label].append(echo(tools, server, size, seconds))
    return {name: {label: medians(runs) for label, runs in by_size.items()}
            for name, by_size in samples.items()}


def echo(tools, server, size, seconds):
    """The client checks that the first echo equals what it sent."""
    with servers.on_core(servers.CLIENT_CORE):
        result = json.loads(run([tools.echo_client, "127.0.0.1", server.port, size, seconds]))
    result["gb_per_s"] = result["requests"] * size / result["seconds"] / 1e9
    return result
