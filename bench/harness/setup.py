"""Gets everything a measurement needs: programs, guests, peers."""

import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BENCH = ROOT / "bench"
WORK = ROOT / "build" / "bench"

HELLO_GUESTS = ["rust-hello", "js-hello", "python-hello", "c-hello", "go-hello"]
# Written for gRPC's Go by their makers; the versions are those of peers/calls/go.mod.
PROTOC_PLUGINS = [
    "google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12",
    "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.1",
]
GUESTS = HELLO_GUESTS + ["rust-echo", "rust-sleep", "rust-kitchen"]


def say(text):
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


class BenchError(Exception):
    """Something that ends the run, in words for the user."""


@dataclasses.dataclass
class Tools:
    """Paths of the programs; those that are optional may be None."""

    favo: pathlib.Path
    instance_bench: pathlib.Path
    echo_client: pathlib.Path
    wasmtime: pathlib.Path
    wrk: pathlib.Path
    nginx: pathlib.Path
    go_server: pathlib.Path | None
    call_bench: pathlib.Path
    calls_component: pathlib.Path
    component_api: pathlib.Path
    network_calls: pathlib.Path | None
    strace: str | None
    guests: pathlib.Path

    def guest(self, name):
        return self.guests / f"{name}.wasm"

    def precompiled(self, name):
        """The guest as `wasmtime compile` leaves it, so that starting the peer costs no compiling."""
        source, target = self.guest(name), WORK / f"{name}.cwasm"
        newest = max(source.stat().st_mtime, self.wasmtime.stat().st_mtime)
        if not target.exists() or target.stat().st_mtime < newest:
            say(f"wasmtime compile {name}")
            partial = target.with_suffix(".partial")
            run([self.wasmtime, "compile", source, "-o", partial])
            partial.rename(target)
        return target


def fill_cache(tools):
    """Compiles for Favo, so that neither a start nor a load has to."""
    before = time.time()
    say("favo compile")
    for guest in GUESTS:
        run([tools.favo, "compile", "--cache-dir", WORK / "cache", tools.guest(guest)],
            stderr=subprocess.DEVNULL)
    if any(file.stat().st_mtime > before for file in (WORK / "cache").iterdir()):
        # For two seconds a new file's time stamp proves nothing, and loading it reads all of it.
        time.sleep(3)


def run(command, **options):
    """Runs a command and gives its standard output; its errors go to the terminal."""
    command = [str(word) for word in command]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, **options)
    if result.returncode:
        raise BenchError(f"this failed with code {result.returncode}: {' '.join(command)}")
    return result.stdout


def prepare(build):
    """Builds, installs and fetches what is missing."""
    WORK.mkdir(parents=True, exist_ok=True)
    if build is None:
        build = ROOT / "build" / "release"
        say("building the release")
        run(["cmake", "--preset", "release", "--log-level=WARNING"], cwd=ROOT)
    run(["ninja", "-C", build, "--quiet",
         "favo", "favo_instance_bench", "favo_echo_client", "favo_call_bench"])
    say("setting up the peers")
    peers = dict(line.split(" ", 1) for line in run([BENCH / "setup"]).splitlines())
    guests = os.environ.get("FAVO_GUESTS")
    if not guests:
        say("getting the guests")
        guests = run([ROOT / "tests" / "guests" / "build", "--fetch"]).strip()
    tools = Tools(
        favo=build / "favo",
        instance_bench=build / "favo_instance_bench",
        echo_client=build / "favo_echo_client",
        wasmtime=pathlib.Path(peers["wasmtime"]),
        wrk=pathlib.Path(peers["wrk"]),
        nginx=pathlib.Path(peers["nginx"]),
        go_server=build_go_server(),
        call_bench=build / "favo_call_bench",
        calls_component=assemble_calls(),
        component_api=build_component_api(),
        network_calls=build_network_calls(),
        strace=shutil.which("strace"),
        guests=pathlib.Path(guests),
    )
    fill_cache(tools)
    return tools


def build_go_server():
    if not shutil.which("go"):
        say("no Go: its server is left out")
        return None
    program = WORK / "go-server"
    run(["go", "build", "-o", program, "."], cwd=BENCH / "peers" / "go")
    return program


def assemble_calls():
    component = WORK / "calls.wasm"
    wasm_tools = run([ROOT / "tools" / "wasm-tools"]).strip()
    run([wasm_tools, "parse", BENCH / "calls" / "calls.wat", "-o", component])
    return component


def build_component_api():
    """The engine's own component API as its users have it, in Rust."""
    say("building the engine's component API (the first time: 4 minutes)")
    target = WORK / "component-api"
    run(["cargo", "build", "--release", "--quiet", "--locked", "--target-dir", target],
        cwd=BENCH / "peers" / "component-api")
    return target / "release" / "component-api"


def build_network_calls():
    if not shutil.which("go") or not shutil.which("protoc"):
        say("no Go or no protoc (Debian's protobuf-compiler): calls over the network are left out")
        return None
    source, plugins = WORK / "calls", WORK / "protoc-plugins"
    environment = {**os.environ, "GOBIN": str(plugins), "PATH": f"{plugins}:{os.environ['PATH']}"}
    for plugin in PROTOC_PLUGINS:
        run(["go", "install", plugin], env=environment)
    shutil.copytree(BENCH / "peers" / "calls", source, dirs_exist_ok=True)
    run(["protoc", "--go_out=.", "--go_opt=module=calls", "--go-grpc_out=.",
         "--go-grpc_opt=module=calls", "calls.proto"], cwd=source, env=environment)
    program = WORK / "network-calls"
    run(["go", "build", "-o", program, "."], cwd=source)
    return program


def machine():
    """What the numbers depend on besides the code."""
    cpu = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    memory = pathlib.Path("/proc/meminfo").read_text().split()[1]
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_mib": int(memory) // 1024,
        "kernel": os.uname().release,
        "load_at_start": os.getloadavg()[0],
    }


def versions(tools):
    found = {
        "favo": run([tools.favo, "--version"]).strip(),
        "commit": run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"]).strip(),
        "wasmtime": run([tools.wasmtime, "--version"]).strip(),
    }
    if tools.go_server:
        found["go"] = run(["go", "env", "GOVERSION"]).strip()
    return found
