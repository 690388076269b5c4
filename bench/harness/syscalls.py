"""Which system calls a request costs, counted by strace at steady state."""

import subprocess
import time

from harness import servers
from harness.load import wrk
from harness.setup import WORK, BenchError, say

CONNECTIONS = [1, 64]


def measure(tools, quick):
    del quick
    if not tools.strace:
        say("no strace: system calls are not counted")
        return {}
    commands = {
        "favo": servers.favo(tools, "rust-hello"),
        "wasmtime": servers.wasmtime(tools, "rust-hello"),
        "wasmtime tuned": servers.wasmtime(tools, "rust-hello", *servers.WASMTIME_TUNING),
    }
    results = {}
    for name, command in commands.items():
        say(f"system calls: {name}")
        with servers.Server(name, command) as server:
            server.check()
            wrk(tools, server, 64, 1)
            results[name] = {str(n): per_request(tools, server, n) for n in CONNECTIONS}
    return results


def per_request(tools, server, connections):
    """System call -> calls per request; the few of accepting the connections among them."""
    summary = WORK / "strace.txt"
    tracer = subprocess.Popen(
        [tools.strace, "-f", "-c", "-o", summary, "-p", str(server.process.pid)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_tracer(server)
        requests = wrk(tools, server, connections, 2)["requests"]
    finally:
        tracer.terminate()
        tracer.wait()
    calls = {}
    for line in summary.read_text().splitlines():
        # % time, seconds, usecs/call, calls, [errors,] syscall
        words = line.split()
        if len(words) in (5, 6) and words[3].isdigit() and words[-1] != "total":
            calls[words[-1]] = int(words[3]) / requests
    return dict(sorted(calls.items(), key=lambda item: -item[1]))


def wait_for_tracer(server):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with open(f"/proc/{server.process.pid}/status") as status:
            if "TracerPid:\t0\n" not in status.read():
                time.sleep(0.2)  # for the other threads
                return
        time.sleep(0.01)
    raise BenchError("strace could not attach: is ptrace allowed here?")
