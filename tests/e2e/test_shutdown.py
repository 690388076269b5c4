"""SIGTERM and its like: running requests finish, within a limit, and nothing new begins."""

import os
import signal
import socket
import unittest

from harness import PATIENCE, Server, eventually, scratch_directory
from http_client import Client, get, request


def refuses(server):
    try:
        socket.create_connection(("127.0.0.1", server.port), PATIENCE).close()
    except ConnectionRefusedError:
        return True
    return False


class Shutdown(unittest.TestCase):
    def test_running_request_finishes(self):
        for stop in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(stop), Server("rust-kitchen", threads=2) as server:
                with Client(server) as client:
                    client.send(request("/drip?n=10&ms=100"))
                    response = client.read_head()
                    server.process.send_signal(stop)
                    eventually(lambda: refuses(server), "new connections are refused")
                    self.assertIsNone(server.process.poll(), "it ended with a request at work")
                    client.read_body(response)
                    self.assertEqual(response.text, "".join(f"drop {i}\n" for i in range(10)))
                    self.assertTrue(client.is_closed())
                self.assertEqual(server.process.wait(PATIENCE), 0)
                # The log is complete, once all of it was read.
                server.wait_for_log(msg="request", path="/drip?n=10&ms=100")
                self.assertEqual(len(server.log(msg="request", path="/drip?n=10&ms=100")), 1)

    def test_request_body_may_still_arrive(self):
        with Server("rust-kitchen") as server, Client(server) as client:
            client.send(request("/slow-read", "POST", [("Content-Length", "6")]) + b"abc")
            # There is no telling from outside that a guest reads, but this much is in order.
            self.assertEqual(get(server, "/hello").status, 200)
            server.terminate()
            eventually(lambda: refuses(server), "new connections are refused")
            client.send(b"def")
            response = client.read_response()
            self.assertEqual(response.text, "read 6 bytes\n")
            self.assertEqual(response.field("connection"), "close")
            self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_idle_connections_do_not_delay_it(self):
        with Server("rust-kitchen", "--max-shutdown", "1h") as server:
            idle = [self.enterContext(Client(server)) for _ in range(20)]
            for client in idle[:10]:
                self.assertEqual(client.get("/hello").status, 200)
            self.assertEqual(get(server, "/hello").status, 200)
            server.terminate()
            self.assertEqual(server.process.wait(PATIENCE), 0)
            for client in idle:
                self.assertTrue(client.is_closed())

    def test_limit(self):
        with Server("rust-sleep", "--max-shutdown", "200ms") as server, Client(server) as client:
            client.send(request("/?ms=29000"))
            with Client(server) as other:
                self.assertEqual(other.get("/?ms=1").status, 200)
            server.terminate()
            self.assertTrue(client.is_closed())
            self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_guest_that_spins_is_no_obstacle(self):
        with Server("rust-kitchen", "--max-shutdown", "200ms", "--max-cpu", "1h",
                    "--max-wall", "1h") as server, Client(server) as client:
            client.send(request("/spin"))
            self.assertEqual(get(server, "/hello").status, 200)
            server.terminate()
            self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_second_signal_ends_it_at_once(self):
        with Server("rust-sleep", "--max-shutdown", "1h") as server, Client(server) as client:
            server.ends_badly = True
            client.send(request("/?ms=29000"))
            with Client(server) as other:
                self.assertEqual(other.get("/?ms=1").status, 200)
            server.terminate()
            eventually(lambda: refuses(server), "the first signal was taken")
            server.terminate()
            self.assertEqual(server.process.wait(PATIENCE), -signal.SIGTERM)

    def test_nothing_to_do(self):
        with Server("rust-hello") as server:
            server.terminate()
            self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_signal_right_after_the_first_compilation(self):
        """The compiler's threads outlive it, and must not be the ones who get the signal."""
        with Server("c-hello", cache=scratch_directory()) as server:
            main = server.process.pid
            for thread in os.listdir(f"/proc/{main}/task"):
                if int(thread) == main:
                    continue
                with open(f"/proc/{main}/task/{thread}/status") as status:
                    fields = dict(line.rstrip("\n").split(":", 1) for line in status)
                blocked = int(fields["SigBlk"], 16)
                for stop in (signal.SIGTERM, signal.SIGINT):
                    self.assertTrue(blocked >> stop - 1 & 1, (fields["Name"], stop))


if __name__ == "__main__":
    unittest.main()
