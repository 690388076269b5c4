"""The load generator, wrk, on its own core."""

import json
import pathlib
import statistics

from harness.servers import CLIENT_CORE, on_core
from harness.setup import BenchError, run

SCRIPT = pathlib.Path(__file__).parent / "wrk.lua"


def wrk(tools, server, connections, seconds, path="/", body=None):
    """One run of one thread: requests, seconds, p50_us, p99_us. Any error ends the benchmark. With
    `body`, the path of a file, that is what each request POSTs."""
    server.cut_log()
    with on_core(CLIENT_CORE):
        output = run([
            tools.wrk, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", SCRIPT,
            f"http://127.0.0.1:{server.port}{path}", *(["--", body] if body else [])])
    lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise BenchError(f"wrk printed no result:\n{output}")
    result = json.loads(lines[0].removeprefix("RESULT "))
    if result["errors"]:
        raise BenchError(f"{server.name}: {result['errors']} of {result['requests']} requests failed")
    return result


def medians(samples):
    """A list of equal dictionaries -> one with the median of each key, and the list itself."""
    result = {key: statistics.median(sample[key] for sample in samples) for key in samples[0]}
    result["rounds"] = samples
    return result
