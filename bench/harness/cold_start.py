"""From starting the process to the first byte of its first answer."""

import statistics
import time

from harness import servers
from harness.setup import HELLO_GUESTS, BenchError, say


def measure(tools, quick):
    results = {}
    for guest in HELLO_GUESTS:
        say(f"cold start: {guest}")
        commands = {
            "favo": servers.favo(tools, guest),
            "wasmtime": servers.wasmtime(tools, guest),
        }
        samples = {name: [] for name in commands}
        for number in range((3 if quick else 30) + 1):
            for name, command in commands.items():
                taken = first_answer_ms(name, command)
                if number:  # The first fills the caches.
                    samples[name].append(taken)
        results[guest] = {
            name: {"median_ms": statistics.median(values), "min_ms": min(values), "samples": values}
            for name, values in samples.items()}
    return results


def first_answer_ms(name, command):
    with servers.on_core(servers.CLIENT_CORE):
        began = time.perf_counter()
        with servers.Server(name, command) as server:
            server.wait_for_socket(pause=0.0001)
            status, _ = servers.get(server.port)
            taken = time.perf_counter() - began
    if status != 200:
        raise BenchError(f"{name} answered {status}")
    return taken * 1000
