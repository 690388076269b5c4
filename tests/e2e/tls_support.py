"""Certificates that the tests make, and clients that trust them."""

import pathlib
import shutil
import ssl
import subprocess

from harness import Server, scratch_directory
from http_client import Client


class Certificate:
    """A certificate for localhost and 127.0.0.1 that is signed by itself, and its key, in files."""

    def __init__(self, folder=None, *names):
        self.folder = pathlib.Path(folder or scratch_directory("favo-e2e-tls-"))
        self.path, self.key = self.folder / "cert.pem", self.folder / "key.pem"
        names = ",".join(["DNS:localhost", "IP:127.0.0.1", *names])
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-noenc", "-keyout", self.key, "-out", self.path, "-days", "2",
             "-subj", "/CN=localhost", "-addext", f"subjectAltName={names}"],
            check=True, capture_output=True)

    @property
    def options(self):
        return ("--tls-cert", self.path, "--tls-key", self.key)

    def copy_to(self, other):
        """Renews the files of another certificate, each as a whole."""
        for source, target in ((self.path, other.path), (self.key, other.key)):
            fresh = target.with_suffix(".new")
            shutil.copy(source, fresh)
            fresh.rename(target)

    def client_context(self, protocols=("http/1.1",)):
        context = ssl.create_default_context(cafile=str(self.path))
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context


class TlsServer(Server):
    """`favo serve` with a certificate."""

    def __init__(self, guest_name, certificate, *options, **more):
        super().__init__(guest_name, *certificate.options, *options, **more)
        self.certificate = certificate


class TlsClient(Client):
    """An HTTP/1.1 client over TLS."""

    def __init__(self, server, context=None, session=None, **more):
        super().__init__(server, **more)
        context = context or server.certificate.client_context()
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost", session=session)


def curl(*arguments, stdin=b""):
    """Runs curl; what it printed, as text."""
    done = subprocess.run(["curl", "-sS", "--max-time", "60", *map(str, arguments)], input=stdin,
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"curl {arguments}: {done.returncode} {done.stderr.decode()}")
    return done.stdout.decode(errors="replace")
