"""Servers under measurement: each is started on its own core and answers before it is used."""

import contextlib
import os
import signal
import socket
import subprocess
import time

from harness.setup import WORK, BenchError

SERVER_CORE = 0
CLIENT_CORE = 1

# The peer at its best: what an instance wrote is reset in place instead of being unmapped.
WASMTIME_TUNING = [
    "-O", "pooling-memory-keep-resident=67108864",
    "-O", "pooling-table-keep-resident=1048576",
    "-O", "pooling-async-stack-keep-resident=65536",
    "-O", "pooling-pagemap-scan=y",
]

NGINX_CONFIG = """\
{user}
daemon off;
pid {dir}/nginx.pid;
error_log stderr;
worker_processes 1;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  open_file_cache max=16;
  keepalive_requests 1000000000;
  client_body_temp_path {dir}/nginx-tmp;
  proxy_temp_path {dir}/nginx-tmp;
  fastcgi_temp_path {dir}/nginx-tmp;
  uwsgi_temp_path {dir}/nginx-tmp;
  scgi_temp_path {dir}/nginx-tmp;
  server {{
    listen 127.0.0.1:{port};
    root {dir}/www;
    default_type text/plain;
  }}
}}
"""


def favo(tools, guest, *options):
    return lambda port: [
        tools.favo, "serve", tools.guest(guest), "--listen", f"127.0.0.1:{port}", "--threads", "1",
        "--cache-dir", WORK / "cache", *options]


def wasmtime(tools, guest, *options):
    file = tools.precompiled(guest)
    return lambda port: [
        tools.wasmtime, "serve", "-S", "cli=y", "--allow-precompiled", *options,
        "--addr", f"127.0.0.1:{port}", file]


def go(tools):
    return lambda port: [tools.go_server, "--listen", f"127.0.0.1:{port}"]


def nginx(tools):
    def command(port):
        (WORK / "www").mkdir(exist_ok=True)
        (WORK / "nginx-tmp").mkdir(exist_ok=True)
        (WORK / "www" / "index.html").write_text("Hello from nginx\n")
        config = WORK / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""
        config.write_text(NGINX_CONFIG.format(user=user, dir=WORK, port=port))
        return [tools.nginx, "-c", config, "-e", "stderr"]

    return command


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def on_core(core):
    """What is started inside inherits the core; cheaper than going through taskset."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def get(port, path="/", timeout=60):
    """One GET on a connection of its own: (status, body)."""
    with socket.create_connection(("127.0.0.1", port), timeout) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
        data = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1] if head else 0), body


class Server:
    """A running server. `command`: port -> argument list. A context manager: leaving ends it."""

    def __init__(self, name, command, core=SERVER_CORE):
        self.name = name
        self.port = free_port()
        self._log_path = WORK / f"{name.replace(' ', '-')}.log"
        # Logs go to a file, as in production, appended so that `cut_log` may empty it.
        self._log = open(self._log_path, "ab")
        self._log.truncate(0)
        with on_core(core):
            self.process = subprocess.Popen(
                [str(word) for word in command(self.port)],
                stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()

    def cut_log(self):
        os.truncate(self._log_path, 0)

    def wait_for_socket(self, pause=0.02):
        """Until it accepts connections."""
        deadline = time.monotonic() + 120
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    text = self._log_path.read_text(errors="replace")[-2000:]
                    raise BenchError(f"{self.name} did not start:\n{text}") from None
                time.sleep(pause)

    def check(self, path="/", expected=b"Hello"):
        """A wrong answer must not look like a fast one."""
        self.wait_for_socket()
        status, body = get(self.port, path)
        if status != 200 or expected not in body:
            raise BenchError(f"{self.name} answered {status} {body[:200]!r}")

    def rss_kib(self):
        """Resident memory of the server and its children (nginx has a worker)."""
        pids = [self.process.pid]
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as children:
            pids += [int(pid) for pid in children.read().split()]
        total = 0
        for pid in pids:
            with open(f"/proc/{pid}/status") as status:
                total += sum(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
        return total
