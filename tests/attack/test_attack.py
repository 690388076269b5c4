"""Hostile guests, each against a host and against a neighbour: refused, stopped or metered, the
limit or the grant named, and the neighbour served meanwhile and afterwards.

The guests' sources lie beside this file. What ordinary failures do is in tests/e2e.
"""

import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness import (  # noqa: E402
    MEBIBYTE, Server, eventually, favo, guest, scratch_directory, start_favo)
from http_client import Client, ConnectionEnded, get, request  # noqa: E402

attacks = 0  # How many were tried.


def tearDownModule():
    print(f"\nSUITE: attack: {attacks} attacks, each refused or stopped, neighbours served", flush=True)


class Attack(unittest.TestCase):
    """One server with one shard, so that attacker and neighbour share a core."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server("attack", *cls.options))

    def setUp(self):
        global attacks
        attacks += 1

    def neighbour_is_served(self):
        self.assertEqual(get(self.server, "/hello").text, "hello\n")

    def attack(self, path, status=500):
        """Sends an attack beside a neighbour; its response, and what the log says of it."""
        with Client(self.server) as neighbour, Client(self.server) as client:
            client.send(request(path))
            self.assertEqual(neighbour.get("/hello").text, "hello\n")
            response = client.read_response()
            self.assertEqual(response.status, status, response)
            self.assertEqual(neighbour.get("/hello").text, "hello\n")
        failure = None
        if status >= 500:
            failure = self.server.wait_for_log(msg="request failed",
                                               request_id=response.field("x-request-id"))
        return response, failure


class Handles(Attack):
    TYPES = ("output", "input", "pollable", "fields", "request", "body", "file", "socket",
             "response", "drop")
    HANDLES = (0, 1, 2, 3, 4, 5, 10, 1000, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)

    def test_numbers_that_were_never_given(self):
        global attacks
        with Client(self.server) as client:
            for kind in self.TYPES:
                for handle in self.HANDLES:
                    attacks += 1
                    with self.subTest(type=kind, handle=handle):
                        response = client.get(f"/forge?type={kind}&handle={handle}")
                        # The request's own handle; and a number that the guest's library keeps
                        # to itself when it drops.
                        if response.status == 200:
                            self.assertIn((kind, handle), {("request", 1), ("drop", (1 << 32) - 1)})
                        else:
                            self.assertEqual(response.status, 500)
        self.neighbour_is_served()
        for failure in self.server.log(msg="request failed"):
            self.assertEqual(failure["code"], "trap", failure)
            self.assertRegex(failure["error"], "unknown handle index|wrong type|lent")

    def test_a_handle_of_another_type(self):
        _, failure = self.attack("/forge-request")
        self.assertIn("used with the wrong type", failure["error"])


class Injection(Attack):
    def test_fields(self):
        response, _ = self.attack("/inject-fields", 200)
        self.assertRegex(response.text, r"^0 of \d+ taken", response.text)

    def test_outgoing_request(self):
        response, _ = self.attack("/inject-request", 200)
        self.assertRegex(response.text, r"^0 of \d+ taken", response.text)

    def test_response_that_claims_another_length(self):
        with Client(self.server) as client:
            client.send(request("/inject-response", fields=[("Connection", "close")]))
            rest = client.read_to_end()
        # One head, if any: what came after it is body, or nothing.
        head, _, body = rest.partition(b"\r\n\r\n")
        self.assertNotIn(b"x-injected", head)
        self.assertLessEqual(len(re.findall(rb"(?im)^content-length", head)), 1)
        length = re.search(rb"(?im)^content-length: *(\d+)", head)
        if length:
            self.assertLessEqual(len(body), int(length[1]))
        self.neighbour_is_served()


class Exhaustion(Attack):
    options = ("--max-cpu", "5s", "--max-memory", "64MiB", "--max-output", "64KiB")

    def test_resources(self):
        for path in ("/fields", "/timers"):
            with self.subTest(path):
                _, failure = self.attack(path)
                self.assertIn("--max-handles", failure["error"])

    def test_memory(self):
        response, _ = self.attack("/memory", 200)
        pages = int(re.search(r"\d+", response.text)[0])
        self.assertLess(pages * 65536, 64 * MEBIBYTE)
        # Ten times over, and what it took was given back.
        for _ in range(10):
            self.attack("/memory", 200)
        self.assertLess(self.server.peak_memory(), 512 * MEBIBYTE)

    def test_random_numbers_without_end(self):
        for size in (1 << 28, 1 << 32, (1 << 64) - 1):
            with self.subTest(size):
                self.attack(f"/random?bytes={size}")
        # As many as its memory holds are its own to pay for; the neighbour does not wait for them.
        response, _ = self.attack(f"/random?bytes={32 * MEBIBYTE}", 200)
        self.assertEqual(int(response.text), 32 * MEBIBYTE)

    def test_waiting_for_everything(self):
        _, failure = self.attack(f"/poll?n={8 << 20}")
        self.assertIn(failure["code"], ("trap", "limit-exceeded"))
        self.assertLess(self.server.peak_memory(), 768 * MEBIBYTE)

    def test_output_without_end(self):
        for path in (f"/log?bytes={64 * MEBIBYTE}", "/lines?n=100000"):
            with self.subTest(path):
                response, _ = self.attack(path, 200)
                id = self.server.wait_for_log(msg="request", path=path)["id"]
                said = self.server.log(msg="guest output", request_id=id)
                self.assertLess(sum(len(line["text"]) for line in said), 70 * 1024)
                self.assertIn("--max-output", said[-1]["text"])
                self.assertFalse(self.server.log(msg="forged"))

    def test_requests_that_beget_requests(self):
        """Nobody granted it any: all are refused, at once, and the audit names it one time."""
        response, _ = self.attack(f"/subrequests?to=127.0.0.1:{self.server.port}&n=100", 200)
        self.assertTrue(response.text.startswith("0 answered, "), response.text)


class Outbound(Attack):
    """A guest that may talk to everybody on the internet, and looks for what is not."""
    options = ("--http", "*")

    def test_private_addresses_in_every_notation(self):
        global attacks
        port = self.server.port
        hosts = ("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1",
                 "0177.0.0.1", "127.0.0.1.", "127.000.000.001", "127.255.255.254", "0.0.0.0", "0",
                 "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
                 "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::1]", "[::1%25lo]",
                 "localhost", "LOCALHOST", "localhost.", "a.localhost", "169.254.169.254",
                 "[fe80::1]", "[fd00::1]", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1",
                 "224.0.0.1", "255.255.255.255")
        with Client(self.server) as client:
            for host in hosts:
                attacks += 1
                with self.subTest(host):
                    response = client.get(f"/subrequests?to={host}:{port}&n=1")
                    # What is no authority at all ends the guest, or the request it came by.
                    if response.status == 200:
                        self.assertTrue(response.text.startswith("0 answered, "), response.text)
                    else:
                        self.assertIn(response.status, (400, 500))
                        if response.status == 400:
                            client = self.enterContext(Client(self.server))
        self.neighbour_is_served()
        refused = {line["target"] for line in self.server.log(msg="refused")}
        self.assertTrue(any("127.0.0.1" in target for target in refused), refused)


class Rebinding(unittest.TestCase):
    NAMESPACES = ("unshare", "--user", "--map-root-user", "--net", "--mount")

    def test_names_that_change_their_meaning(self):
        """By sockets, by HTTP and after redirects; rebinding.py has the cases."""
        global attacks
        if subprocess.run([*self.NAMESPACES, "true"], capture_output=True).returncode != 0:
            self.skipTest("NOT RUN: this machine gives no namespaces to its users")
        done = subprocess.run(
            [*self.NAMESPACES, sys.executable, pathlib.Path(__file__).with_name("rebinding.py")],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        attacks += int(re.search(r"(\d+) attempts", done.stdout)[1])


class ForkBomb(Attack):
    """Each request makes ten more to the same server, which was granted."""
    options = ("--http", "http://127.0.0.0/8:*", "--max-concurrent-requests", "20", "--max-queue",
               "20", "--max-wall", "3s", "--max-outbound-connections", "30")

    def test_requests_that_beget_requests(self):
        with Client(self.server) as client:
            client.send(request(f"/subrequests?to=127.0.0.1:{self.server.port}&n=10"))
            self.assertIn(client.read_response().status, (200, 503, 504))
        # The generations die out, since each has less time than the one before.
        eventually(lambda: get(self.server, "/hello").status == 200, "a place for the neighbour")
        self.assertLess(self.server.peak_memory(), 512 * MEBIBYTE)


class Descriptors(Attack):
    @classmethod
    def setUpClass(cls):
        directory = pathlib.Path(scratch_directory())
        (directory / "file").write_text("text")
        cls.options = ("--dir", f"{directory}:/data", "--max-open-files", "50")
        super().setUpClass()

    def test_files(self):
        for _ in range(3):
            response, _ = self.attack("/files", 200)
            # All of them are given back, or the second time there would be fewer.
            self.assertRegex(response.text, r"^(50|49) files, then ")


class Reentry(Attack):
    options = ("--max-cpu", "300ms")

    def test_endless_realloc(self):
        _, failure = self.attack("/spin-in-realloc")
        self.assertEqual(failure["code"], "limit-exceeded")
        self.assertIn("--max-cpu", failure["error"])

    def test_trap_in_realloc(self):
        _, failure = self.attack("/trap-in-realloc")
        self.assertEqual(failure["code"], "trap")

    def test_realloc_that_calls_the_host(self):
        """Each call needs memory for its result, and each allocation calls again: on one stack."""
        _, failure = self.attack("/call-in-realloc")
        self.assertEqual(failure["code"], "trap")


class Streaming(Attack):
    options = ("--max-cpu", "300ms", "--max-wall", "1s")

    def cut_off(self, path):
        """The response begins, and never looks whole."""
        with Client(self.server) as neighbour, Client(self.server) as client:
            client.send(request(path))
            response = client.read_head()
            self.assertEqual(response.status, 200)
            self.assertEqual(neighbour.get("/hello").text, "hello\n")
            with self.assertRaises((ConnectionEnded, ConnectionResetError)):
                client.read_body(response)
        return self.server.wait_for_log(msg="request", path=path)["error"]

    def test_spinning_with_the_response_under_way(self):
        self.assertEqual(self.cut_off("/spin-in-body"), "limit-exceeded")

    def test_stalling_with_the_response_under_way(self):
        self.assertEqual(self.cut_off("/stall-in-body"), "deadline-exceeded")

    def test_a_flood_that_nobody_reads(self):
        with Client(self.server, receive_buffer=64 * 1024) as client:
            client.send(request("/flood"))
            client.read_head()
            access = self.server.wait_for_log(msg="request", path="/flood")
            self.assertEqual(access["error"], "deadline-exceeded")
        self.neighbour_is_served()


class Spinners(Attack):
    options = ("--max-cpu", "300ms", "--max-concurrent-requests", "8", "--max-queue", "100")

    def test_more_of_them_than_there_are_places(self):
        spinners = [self.enterContext(Client(self.server)) for _ in range(20)]
        for client in spinners:
            client.send(request("/spin"))
        # The neighbour waits for a place, behind those that came before.
        self.neighbour_is_served()
        for client in spinners:
            self.assertEqual(client.read_response().status, 500)


class Calls(unittest.TestCase):
    """Attacks on whoever calls a function: `favo call`, `favo run`."""

    def setUp(self):
        global attacks
        attacks += 1

    def call(self, function, *options):
        outcome = favo("call", guest("attack-calls"), f"calls.{function}", *options)
        return outcome

    def stopped(self, function, said, *options):
        outcome = self.call(function, *options)
        self.assertEqual(outcome.code, 70, outcome)
        self.assertRegex(outcome.stderr, said)

    def test_endless_realloc(self):
        self.stopped('spin-in-realloc("x")', "--max-cpu", "--max-cpu", "200ms")

    def test_endless_post_return(self):
        self.stopped("spin-after()", "--max-cpu", "--max-cpu", "200ms")

    def test_trap_in_post_return(self):
        self.stopped("trap-after()", "unreachable")

    def test_trap_in_realloc(self):
        self.stopped('trap-in-realloc("x")', "unreachable")

    def test_recursion_in_realloc(self):
        self.stopped('recurse-in-realloc("x")', "call stack exhausted")

    def test_realloc_that_points_elsewhere(self):
        self.stopped(f'lie-in-realloc("{"x" * 100}")', "out of bounds")

    def test_realloc_that_does_not_align(self):
        self.stopped("odd-in-realloc([1, 2])", "unaligned")

    def test_results_that_point_anywhere(self):
        global attacks
        attacks += 2
        self.stopped("endless()", "out of bounds|exceeds|too long")
        self.stopped("far()", "out of bounds")
        self.stopped("malformed()", "UTF-8|utf-8")

    def test_tables_are_counted_together(self):
        outcome = self.call("tables()", "--max-table-elements", "10000")
        self.assertEqual(outcome.code, 0, outcome)
        self.assertLessEqual(int(outcome.stdout), 10000)

    def test_memories_are_counted_together(self):
        outcome = self.call("memories()", "--max-memory", "16MiB")
        self.assertEqual(outcome.code, 0, outcome)
        self.assertLessEqual(int(outcome.stdout) * 65536, 16 * MEBIBYTE)

    def test_endless_start(self):
        outcome = favo("run", guest("attack-start"), "--max-cpu", "200ms")
        self.assertEqual(outcome.code, 70, outcome)
        self.assertIn("--max-cpu", outcome.stderr)


class Paths(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(scratch_directory())
        self.root = self.place / "d"
        self.root.mkdir()
        (self.place / "secret").write_text("the secret")
        (self.place / "d-neighbour").mkdir()
        (self.place / "d-neighbour" / "secret").write_text("the secret")

    def nothing_happened(self):
        self.assertEqual((self.place / "secret").read_text(), "the secret")
        self.assertEqual(sorted(os.listdir(self.place)), ["d", "d-neighbour", "secret"])
        self.assertEqual(os.listdir(self.place / "d-neighbour"), ["secret"])

    def test_every_way_out(self):
        global attacks
        outcome = favo("run", guest("intruder"), "--dir", f"{self.root}:/d", "--", "escape")
        text = outcome.stdout.decode()
        self.assertEqual(outcome.code, 0, outcome)
        self.assertNotIn("OUTSIDE", text)
        attacks += int(re.search(r"(\d+) attempts", text)[1])
        self.assertIn("msg=refused", outcome.stderr)
        self.nothing_happened()

    def test_a_race_with_links(self):
        """One program swaps a directory for a link that leads out, another goes through it."""
        global attacks
        rounds = 3000
        attacks += rounds
        flipper = start_favo("run", guest("intruder"), "--dir", f"{self.root}:/d", "--", "flip",
                             str(100 * rounds))
        try:
            outcome = favo("run", guest("intruder"), "--dir", f"{self.root}:/d", "--", "enter",
                           str(rounds))
        finally:
            flipper.kill()
            flipper.communicate()
        self.assertEqual(outcome.code, 0, outcome)
        text = outcome.stdout.decode()
        self.assertNotIn("OUTSIDE", text)
        self.assertRegex(text, r"inside \d+, refused \d+")
        self.nothing_happened()

    def test_another_user_of_the_directory_is_no_help(self):
        """A process outside of every sandbox swaps a directory for a link to the parent."""
        swapper = subprocess.Popen(
            [sys.executable, "-c", SWAP, str(self.root)], stdout=subprocess.DEVNULL)
        try:
            outcome = favo("run", guest("intruder"), "--dir", f"{self.root}:/d", "--", "enter",
                           "3000")
        finally:
            swapper.kill()
            swapper.wait()
        self.assertNotIn("OUTSIDE", outcome.stdout.decode())
        self.nothing_happened()


SWAP = """
import os, sys
os.chdir(sys.argv[1])
os.mkdir("room")
open("room/secret", "w").write("overwritten")
os.symlink("..", "out")
while True:
    os.rename("room", "door"); os.rename("door", "room")
    os.rename("out", "door"); os.rename("door", "out")
"""


if __name__ == "__main__":
    unittest.main()
