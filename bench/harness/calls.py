"""A call between two parts of an application: fused by Favo, through the engine's own component
API, and over the network as JSON on HTTP and as gRPC."""

import json
import subprocess

from harness.servers import CLIENT_CORE, SERVER_CORE, on_core
from harness.setup import BENCH, run, say

CALLS = BENCH / "calls" / "calls.wat"
ROUNDS = 3


def measure(tools, quick):
    """By peer, by case: the median of the rounds' medians, in ns a call. The peers take turns."""
    rounds = []
    for number in range(1 if quick else ROUNDS):
        say(f"calls: round {number + 1}")
        with on_core(SERVER_CORE):
            results = json.loads(run([tools.call_bench, tools.calls_component]))
            engine = json.loads(run([tools.component_api, CALLS]))
        results["wasmtime composed"], results["wasmtime from the host"] = (
            engine["composed"], engine["host"])
        if tools.network_calls:
            results.update(network(tools))
        rounds.append(results)
    return {
        peer: {case: sorted(taken[peer][case] for taken in rounds)[len(rounds) // 2]
               for case in cases}
        for peer, cases in rounds[0].items()
    }


def network(tools):
    with on_core(SERVER_CORE):
        server = subprocess.Popen([tools.network_calls, "serve"], stdout=subprocess.PIPE, text=True)
    try:
        addresses = server.stdout.readline().split()
        with on_core(CLIENT_CORE):
            return json.loads(run([tools.network_calls, "measure", *addresses]))
    finally:
        server.terminate()
        server.wait()
