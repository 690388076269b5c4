"""Guests that fail: the client gets an error and an id, the log says why, the neighbours go on."""

import threading
import unittest

from harness import MEBIBYTE, Server
from http_client import Client, ConnectionEnded, get, request


class Failures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server("rust-kitchen"))

    def check(self, path, status=500):
        """Lets a request fail beside one that is already underway, and returns what the log says."""
        with Client(self.server) as neighbour, Client(self.server) as client:
            neighbour.send(request("/drip?n=2&ms=20"))
            dripping = neighbour.read_head()
            response = client.get(path)
            self.assertEqual(response.status, status, response)
            id = response.field("x-request-id")
            self.assertRegex(id, r"^[0-9a-f]{16}$")
            self.assertIn(id, response.text)
            # The same connection, and the shard's other guests, go on.
            self.assertEqual(client.get("/hello").text, "Hello from the kitchen\n")
            self.assertEqual(neighbour.read_body(dripping).text, "drop 0\ndrop 1\n")
        failure = self.server.wait_for_log(msg="request failed", request_id=id)
        self.assertEqual(failure["level"], "error")
        self.assertEqual(failure["app"], "rust-kitchen.wasm")
        access = self.server.wait_for_log(msg="request", id=id)
        self.assertEqual((access["status"], access["path"]), (status, path))
        self.assertEqual(access["error"], failure["code"])
        return failure

    def assert_backtrace(self, failure):
        self.assertEqual(failure["code"], "trap")
        self.assertIn("wasm backtrace:", failure["error"])
        self.assertRegex(failure["error"], r"0:.*wasm function \d+")

    def test_panic(self):
        failure = self.check("/trap")
        self.assert_backtrace(failure)
        self.assertIn("unreachable", failure["error"])
        # What the guest said before it died has the same id.
        self.server.wait_for_log(msg="guest output", request_id=failure["request_id"], text="asked to")

    def test_unreachable(self):
        failure = self.check("/unreachable")
        self.assert_backtrace(failure)
        self.assertIn("unreachable", failure["error"])

    def test_recursion_without_end(self):
        failure = self.check("/recurse")
        self.assert_backtrace(failure)
        self.assertIn("call stack exhausted", failure["error"])

    def test_four_gibibytes(self):
        failure = self.check("/grow")
        self.assert_backtrace(failure)
        self.assertIn("--max-memory", failure["error"])

    def test_no_response(self):
        self.assertIn("without setting a response", self.check("/no-response")["error"])

    def test_error_instead_of_a_response(self):
        self.assertIn("error", self.check("/error")["error"])

    def test_after_the_response_has_begun(self):
        with Client(self.server) as client:
            client.send(request("/trap-late"))
            response = client.read_head()
            self.assertEqual(response.status, 200)
            with self.assertRaises(ConnectionEnded):
                client.read_body(response)
            self.assertEqual(response.text, "so far so good\n")
        access = self.server.wait_for_log(msg="request", path="/trap-late")
        self.assertEqual(access["error"], "trap")
        self.assert_backtrace(
            self.server.wait_for_log(msg="request failed", request_id=access["id"]))

    def test_after_the_response_has_begun_in_http_1_0(self):
        """Without chunks only a reset tells the client that the body is not whole."""
        with Client(self.server) as client:
            client.send(b"GET /trap-late HTTP/1.0\r\n\r\n")
            with self.assertRaises(ConnectionResetError):
                while client.socket.recv(65536):
                    pass

    def test_spinning_is_stopped_and_neighbours_go_on(self):
        with Server("rust-kitchen", "--max-cpu", "2s", "--max-wall", "5m") as server, \
                Client(server) as spinner:
            spinner.send(request("/spin"))
            answered = 0
            with Client(server) as neighbour:
                # One thread serves both: what is answered now is answered between the turns of the
                # one that spins.
                while not server.log(msg="request", path="/spin"):
                    self.assertEqual(neighbour.get("/hello").status, 200)
                    answered += 1
            response = spinner.read_response()
            self.assertEqual(response.status, 500)
            id = response.field("x-request-id")
            self.assertIn(id, response.text)
            failure = server.wait_for_log(msg="request failed", request_id=id)
            self.assertEqual(failure["code"], "limit-exceeded")
            self.assertIn("2000 ms", failure["error"])
            self.assertGreater(answered, 10)

    def test_many_spinners(self):
        with Server("rust-kitchen", "--max-cpu", "100ms") as server:
            clients = [self.enterContext(Client(server)) for _ in range(10)]
            for client in clients:
                client.send(request("/spin"))
            self.assertEqual(get(server, "/hello").status, 200)
            for client in clients:
                self.assertEqual(client.read_response().status, 500)

    def test_failures_cost_nothing_lasting(self):
        """Many failures of every kind, then as much as before is possible."""
        with Server("rust-kitchen", "--max-concurrent-requests", "4") as server:
            def storm():
                with Client(server) as client:
                    for path in ("/trap", "/unreachable", "/recurse", "/no-response", "/error") * 20:
                        # 503 where the four places are taken.
                        self.assertIn(client.get(path).status, (500, 503))
            threads = [threading.Thread(target=storm) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            clients = [self.enterContext(Client(server)) for _ in range(4)]
            for client in clients:
                client.send(request("/drip?n=1&ms=200"))
            for client in clients:
                self.assertEqual(client.read_response().status, 200)
            self.assertLess(server.peak_memory(), 256 * MEBIBYTE)


if __name__ == "__main__":
    unittest.main()
