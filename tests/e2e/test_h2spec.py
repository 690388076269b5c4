"""Runs h2spec, the conformance suite for HTTP/2 servers, against a server without and with TLS.

FAVO_H2SPEC names the program; without it tools/h2spec builds it, which needs Go.
"""

import os
import pathlib
import subprocess
import sys
import unittest
import xml.etree.ElementTree

from harness import Server, scratch_directory
from tls_support import Certificate, TlsServer

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = 145

# Cases that do not pass without TLS, by their title in the report, each with the reason. With TLS there are
# none.
WITHOUT_TLS = {
    "http2/3.5 Sends invalid connection preface":
        "without ALPN the same port speaks HTTP/1.1: what is no preface is answered in HTTP/1.1 (400) and then "
        "closed, where the case wants no byte before the end",
}

# Its requests take a moment, so that a hundred are open at once, and have a short body.
GUEST, PATH = "rust-kitchen", "/drip?n=1&ms=300"


def h2spec():
    """The program, or the reason why there is none."""
    named = os.environ.get("FAVO_H2SPEC")
    if named:
        return named, None
    built = subprocess.run([ROOT / "tools" / "h2spec"], capture_output=True, text=True, check=False)
    if built.returncode == 0:
        return built.stdout.strip(), None
    return None, (built.stderr.strip().splitlines() or ["tools/h2spec failed"])[-1]


class H2spec(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program, reason = h2spec()
        if cls.program is None:
            print(f"NOT RUN: h2spec, HTTP/2's conformance suite: {reason}", file=sys.stderr)
            raise unittest.SkipTest(f"NOT RUN: h2spec: {reason}")

    def run_suite(self, name, server, exceptions, *options):
        report = pathlib.Path(scratch_directory()) / "report.xml"
        done = subprocess.run(
            [self.program, "--host", "127.0.0.1", "--port", str(server.port), "--path", PATH,
             "--timeout", "5", "--junit-report", report, *options],
            capture_output=True, text=True, timeout=900, check=False)
        self.assertTrue(report.exists(), done.stdout[-2000:] + done.stderr)
        passed, failures, skipped = 0, {}, []
        for case in xml.etree.ElementTree.parse(report).iter("testcase"):
            title = f"{case.get('package')} {case.get('classname')}"
            if case.find("failure") is not None or case.find("error") is not None:
                failures[title] = "".join(case.itertext()).strip()
            elif case.find("skipped") is not None:
                skipped.append(title)
            else:
                passed += 1
        print(f"SUITE: h2spec {name}: {passed} of {passed + len(failures) + len(skipped)} passed, "
              f"{len(failures)} with a known reason", file=sys.stderr)
        unexpected = {title: text for title, text in failures.items() if title not in exceptions}
        self.assertEqual((unexpected, skipped), ({}, []))
        self.assertEqual(passed + len(failures), CASES)
        self.assertEqual(set(exceptions) - set(failures), set(), "these pass by now")

    def test_prior_knowledge(self):
        with Server(GUEST) as server:
            self.run_suite("without TLS", server, WITHOUT_TLS)

    def test_tls(self):
        with TlsServer(GUEST, Certificate()) as server:
            self.run_suite("with TLS", server, {}, "--tls", "--insecure")


if __name__ == "__main__":
    unittest.main()
