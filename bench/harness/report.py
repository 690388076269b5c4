"""Results as Markdown."""

HELLO_NAMES = {
    "rust-hello": "Rust", "js-hello": "JavaScript", "python-hello": "Python",
    "c-hello": "C", "go-hello": "Go",
}
# What Favo is meant to reach, as ratios of requests per second: by default, tuned.
AIMS = {"rust-hello": ("5", "3"), "python-hello": ("6", "–"), "js-hello": ("2.4", "–")}


def markdown(results):
    machine, versions = results["machine"], results["versions"]
    parts = [
        "# Benchmark results",
        f"{results['date']}, {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_mib'] / 1024:.1f} GiB, Linux {machine['kernel']}, load "
        f"{machine['load_at_start']:.1f} at the start"
        + (", **quick mode: not to be quoted**" if results["quick"] else "") + ".  \n"
        + " · ".join(f"{name}: {text}" for name, text in versions.items()) + ".",
        "The server has one core, the load generator another. Each number is the median of the "
        "rounds; [README.md](../README.md) says what is measured and how.",
    ]
    sections = {
        "hello": hello, "instance": instance, "cold-start": cold_start, "density": density,
        "echo": echo, "proxy": proxy, "syscalls": syscalls, "calls": calls, "polyglot": polyglot,
    }
    for name, section in sections.items():
        if results.get(name):
            parts += section(results[name])
    return "\n\n".join(parts) + "\n"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|---" + "|--:" * (len(header) - 1) + "|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def ratio(ours, theirs):
    return f"{ours / theirs:.1f}×" if theirs else "–"


def latency(microseconds):
    if microseconds < 10_000:
        return f"{microseconds:,.0f} µs"
    return f"{microseconds / 1000:,.1f} ms"


def hello(data):
    rows = []
    for guest, peers in data.items():
        for peer, by_count in peers.items():
            row = [HELLO_NAMES[guest] if peer == "favo" or "wasmtime" in peer else "", peer]
            for result in by_count.values():
                row += [f"{result['rps']:,.0f}",
                        f"{latency(result['p50_us'])} / {latency(result['p99_us'])}"]
            rows.append(row)
    counts = list(next(iter(next(iter(data.values())).values())))
    header = ["guest", "server"]
    for count in counts:
        header += [f"{count} conn.: req/s", "p50 / p99"]
    ratios = []
    most = counts[-1]
    native = data.get("rust-hello", {}).get("go native")
    for guest, peers in data.items():
        if "wasmtime" not in peers:
            continue
        ours = peers["favo"][most]["rps"]
        default_aim, tuned_aim = AIMS[guest]
        ratios.append([
            HELLO_NAMES[guest],
            ratio(ours, peers["wasmtime"][most]["rps"]), default_aim + "×",
            ratio(ours, peers["wasmtime tuned"][most]["rps"]),
            tuned_aim + ("×" if tuned_aim != "–" else ""),
            ratio(ours, native[most]["rps"]) if native else "–"])
    return [
        "## A greeting over HTTP, a fresh instance for every request",
        table(header, rows),
        f"Requests per second of Favo at {most} connections, relative to the others:",
        table(["guest", "`wasmtime serve` as it starts", "aim", "at its best tuning", "aim",
               "native Go (`net/http`)"], ratios),
    ]


def instance(data):
    def pair(entry, unit):
        scale, digits = {"ns": (1, 0), "µs": (1e3, 1), "ms": (1e6, 2)}[unit]
        return f"{entry['p50_ns'] / scale:,.{digits}f} / {entry['p99_ns'] / scale:,.{digits}f}"

    steps, cold, pipeline = [], [], []
    for guest, result in data.items():
        name = HELLO_NAMES[guest]
        requests = result["requests"]
        steps.append([name] + [pair(requests[step], "µs")
                               for step in ("open", "to_guest", "call", "close", "total")]
                     + [pair(result["snapshot"]["total"], "µs")])
        cold.append([name] + [pair(result["load_and_bind"][step], "µs") for step in ("load", "bind")]
                    + [f"{result['cold'][step] / 1e3:,.0f}"
                       for step in ("load_ns", "bind_ns", "request_ns", "total_ns")])
        stages = result["pipeline"]
        pipeline.append(
            [name, f"{stages['bytes'] / 1e6:,.2f}"]
            + [f"{stages[stage]['p50_ns'] / 1e6:,.2f}"
               for stage in ("decode", "validate", "link", "fuse", "core_validate")]
            + [f"{stages['mb_per_s']:,.0f}"])
    return [
        "## One sandbox, without HTTP",
        "µs, p50 / p99. *Start*: from there until the guest asks for its request's head, so with "
        "instantiation and the first steps of the guest. Aim: 5 µs in total for Rust. *Snapshot*: the "
        "total with start functions that ran in the first instance alone.",
        table(["guest", "open", "start", "call", "close", "total", "snapshot"], steps),
        "From the cached artifact to the first answer, µs. *Again*: repeated in one process (p50 / "
        "p99). *First*: once per process, the median of many processes, their start not counted. "
        "Aims: under 100 µs to load Rust's again, under 1 ms in total for all.",
        table(["guest", "load again", "bind again", "first load", "first bind", "first request",
               "first total"], cold),
        "Before compiling, ms. The speed is that of the first four stages together.",
        table(["guest", "MB", "decode", "validate", "link", "fuse", "(core modules, by the engine)",
               "MB/s"], pipeline),
    ]


def cold_start(data):
    rows = [[HELLO_NAMES[guest]] + [f"{by_peer[peer]['median_ms']:.1f}" for peer in by_peer]
            for guest, by_peer in data.items()]
    peers = list(next(iter(data.values())))
    return [
        "## From process start to the first answer",
        "ms, medians; both start from compiled code.",
        table(["guest", *peers], rows),
    ]


def density(data):
    rows = [[peer, f"{result['served']:,}",
             f"{result['kib_per_guest']:.1f}" if result["served"] == result["sent"] else "–",
             f"{result['fresh_rss_kib'] / 1024:.1f}", f"{result['slowest_beyond_sleep_ms']:,.0f}"]
            for peer, result in data.items()]
    return [
        "## A thousand Rust guests asleep at once",
        "*Late*: how long after the time asked for the last answer came. *With room*: pool limits "
        "raised by flags.",
        table(["server", "served", "KiB of RSS per guest", "fresh server, MiB", "late, ms"], rows),
    ]


def echo(data):
    sizes = list(next(iter(data.values())))
    rows = [[peer] + [f"{result[size]['gb_per_s']:.2f}" for size in sizes]
            for peer, result in data.items()]
    return ["## Echo on one connection", "GB/s of body, each way.", table(["server", *sizes], rows)]


def proxy(data):
    counts = list(next(iter(data.values())))
    rps = {peer: {count: result["requests"] / result["seconds"] for count, result in by.items()}
           for peer, by in data.items()}
    rows = [[peer] + [f"{by[count]:,.0f}" for count in counts]
            + [ratio(rps["favo"][counts[-1]], by[counts[-1]]) if peer != "favo" else ""]
            for peer, by in rps.items()]
    header = ["server", *(f"{count} connections, requests/s" for count in counts), "Favo is"]
    return ["## Passing requests on", "A Rust guest that asks nginx, on the load generator's core, "
            "over kept connections.", table(header, rows)]


def syscalls(data):
    rows = []
    for peer, by_count in data.items():
        for count, calls in by_count.items():
            shown = [f"{name} {number:.2f}" for name, number in calls.items() if number >= 0.01]
            rows.append([peer, count, f"{sum(calls.values()):.2f}", ", ".join(shown)])
    return [
        "## System calls per request",
        "Rust guest, counted by strace, which slows the server down.",
        table(["server", "connections", "all", "which (0.01 and more)"], rows),
    ]


CALL_CASES = ["plain", "scalar", "method", "bytes 1 KiB", "bytes 64 KiB", "string 1 KiB",
              "1000 records"]
CALL_PEERS = {
    "favo": "Favo: fused",
    "memcpy": "(`memcpy` of the same bytes)",
    "wasmtime composed": "Wasmtime 48: composed components",
    "wasmtime from the host": "Wasmtime 48: typed calls from the host",
    "grpc": "gRPC on loopback (Go)",
    "http": "JSON over HTTP, keep-alive, on loopback (Go)",
}


def calls(data):
    def cell(value):
        return "–" if value is None else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"

    rows = [[name] + [cell(data[peer].get(case)) for case in CALL_CASES]
            for peer, name in CALL_PEERS.items() if peer in data]
    return [
        "## A call between two components",
        "ns a call, medians. *Plain* is an indirect call inside one core module in the same loop. "
        "Aims for Favo: a scalar under 3 ns above plain, 1 KiB of bytes under 40 ns, 64 KiB at half "
        "of `memcpy` or better, a string of 1 KiB under 46 ns, 1,000 records under 5 µs, a method "
        "under 40 ns.",
        table(["", *CALL_CASES], rows),
    ]


POLYGLOT_NAMES = {
    "favo": "Favo", "favo without snapshot": "Favo, each instance starting by itself",
    "wasmtime": "`wasmtime serve` 48", "wasmtime tuned": "the same, tuned",
    "services": "three HTTP services",
}


def polyglot(data):
    parts = ["## Rust, Go and Python: examples/quotes",
             "A fresh instance of all components for every request, but for the services, which live "
             "on. All parts of each variant share one core. *Favo is*: by latency, p50 at one "
             "connection. Aim: 5 times as fast as `wasmtime serve`."]
    for name, by_server in data["requests"].items():
        counts = list(next(iter(by_server.values())))
        header = [name]
        for count in counts:
            header += [f"{count} conn.: req/s", "p50 / p99"]
        rows = []
        for server, by_count in by_server.items():
            row = [POLYGLOT_NAMES[server]]
            for result in by_count.values():
                row += [f"{result['requests'] / result['seconds']:,.0f}",
                        f"{latency(result['p50_us'])} / {latency(result['p99_us'])}"]
            ours = by_server["favo"][counts[0]]["p50_us"]
            row.append("" if server == "favo" else ratio(by_count[counts[0]]["p50_us"], ours))
            rows.append(row)
        parts.append(table([*header, "Favo is"], rows))
    rows = []
    for server, name in POLYGLOT_NAMES.items():
        calls_of = data["calls"][server]
        rows.append([name, f"{data['start'][server]['median_ms']:.1f}",
                     f"{data['memory_kib'][server] / 1024:,.0f}",
                     *(f"{calls_of[part]:,.1f}" if part in calls_of else "–"
                       for part in ("yardstick", "market", "analysis"))])
    parts.append("From start to the first answer, memory after the load, and one call of "
                 "`ping(n)` as the core measures it: of a component that does nothing (the "
                 "runtime's own share; aim: under 100 ns), of Go, of Python. Between services a call "
                 "is `GET /ping` over a kept connection.")
    parts.append(table(["", "start, ms", "memory, MiB", "nothing, ns", "Go, ns", "Python, ns"], rows))
    return parts
