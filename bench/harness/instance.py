"""Loading, binding and answering without HTTP: the micro-benchmark favo_instance_bench."""

import json
import statistics

from harness.servers import SERVER_CORE, on_core
from harness.setup import HELLO_GUESTS, WORK, BenchError, run, say


def measure(tools, quick):
    results = {}
    for guest in HELLO_GUESTS:
        say(f"instance: {guest}")
        repeated = bench(
            tools, guest, requests=200 if quick else 5000, loads=20 if quick else 100,
            pipeline=1 if quick else 5)
        # The first load, bind and request of a process: so it takes a process for each sample.
        cold = [bench(tools, guest, requests=0, loads=0, pipeline=0)["cold"]
                for _ in range(5 if quick else 30)]
        if not all(sample["cached"] for sample in cold):
            raise BenchError(f"the artifact of {guest} was not found in the cache")
        repeated["cold"] = {
            key: statistics.median(sample[key] for sample in cold)
            for key in ("load_ns", "bind_ns", "request_ns", "total_ns")}
        repeated["snapshot"] = bench(
            tools, guest, "--snapshot", requests=200 if quick else 5000, loads=0,
            pipeline=0)["requests"]
        repeated["pipeline"]["mb_per_s"] = speed(repeated["pipeline"])
        results[guest] = repeated
    return results


def bench(tools, guest, *flags, **counts):
    options = [*flags, *(f"--{name}={count}" for name, count in counts.items())]
    with on_core(SERVER_CORE):
        return json.loads(run([
            tools.instance_bench, "--cache-dir", WORK / "cache", *options, tools.guest(guest)]))


def speed(pipeline):
    """MB of component per second; the engine's validation of core modules apart."""
    own = sum(pipeline[stage]["p50_ns"] for stage in ("decode", "validate", "link", "fuse"))
    return pipeline["bytes"] / own * 1000
