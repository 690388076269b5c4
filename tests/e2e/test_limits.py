"""What a client and a guest may ask for, and what they are told beyond it."""

import unittest

from harness import MEBIBYTE, Server, eventually, favo, guest
from http_client import Client, chunk, get, request


class Places(unittest.TestCase):
    def test_as_many_as_there_can_be(self):
        with Server("rust-hello", "--max-concurrent-requests", "21000") as server:
            self.assertEqual(get(server).status, 200)
        outcome = favo("serve", guest("rust-hello"), "--max-concurrent-requests", "21001")
        self.assertEqual(outcome.code, 2)
        self.assertIn("expected 21000 at most", outcome.errors[0])


class RequestLimits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(
            "rust-kitchen", "--max-header", "4KiB", "--max-header-fields", "10",
            "--max-request-body", "1000B"))

    def refused(self, data, status):
        with Client(self.server) as client:
            client.send(data)
            response = client.read_response()
            self.assertEqual(response.status, status, response)
            self.assertEqual(response.field("connection"), "close")
            self.assertTrue(client.is_closed())
        line = self.server.wait_for_log(msg="request refused", status=status)
        self.assertEqual(line["raise"], "--max-" + line["limit"])

    def test_head_too_large(self):
        self.refused(request("/hello", fields=[("X-Large", "x" * 5000)]), 431)

    def test_head_that_never_ends(self):
        self.refused(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 5000, 431)

    def test_too_many_fields(self):
        self.refused(request("/hello", fields=[(f"X-{i}", "1") for i in range(10)]), 431)
        self.assertEqual(
            get(self.server, "/hello", [(f"X-{i}", "1") for i in range(9)]).status, 200)

    def test_target_too_long(self):
        with Server("rust-kitchen") as server, Client(server) as client:
            client.send(request("/" + "x" * 20_000))
            self.assertEqual(client.read_response().status, 414)
            self.assertTrue(client.is_closed())

    def test_default_head_limit(self):
        with Server("rust-kitchen") as server:
            fields = [(f"X-{i}", "x" * 1000) for i in range(60)]
            self.assertEqual(get(server, "/hello", fields).status, 200)
            with Client(server) as client:
                client.send(request("/hello", fields=fields + [("X-More", "x" * 6000)]))
                self.assertEqual(client.read_response().status, 431)

    def test_body_too_large_by_its_length(self):
        # Refused before the body is sent.
        self.refused(request("/hello", "POST", [("Content-Length", "1001")]), 413)
        with Client(self.server) as client:
            self.assertEqual(client.post("/slow-read", b"x" * 1000).text, "read 1000 bytes\n")

    def test_body_too_large_in_chunks(self):
        with Client(self.server) as client:
            client.send(request("/slow-read", "POST", [("Transfer-Encoding", "chunked")]) +
                        chunk(b"x" * 600) + chunk(b"x" * 600) + chunk(b""))
            # The guest is told that the stream broke, and panics.
            self.assertIn(client.read_response().status, (413, 500))
            self.assertTrue(client.is_closed())


class Concurrency(unittest.TestCase):
    def test_more_than_the_limit_gets_503(self):
        with Server("rust-echo", "--max-concurrent-requests", "2", "--max-queue", "0") as server:
            # An echo is at work for as long as we hold its body back.
            busy = [self.enterContext(Client(server)) for _ in range(2)]
            for client in busy:
                client.send(request("/", "POST", [("Content-Length", "5")]))
            heads = [client.read_head() for client in busy]
            with Client(server) as late:
                response = late.get()
                self.assertEqual(response.status, 503)
                self.assertRegex(response.field("retry-after"), r"^\d+$")
                for client, head in zip(busy, heads):
                    client.send(b"hello")
                    self.assertEqual(client.read_body(head).body, b"hello")
                # The same connection, later.
                self.assertEqual(late.get().status, 200)
            line = server.wait_for_log(msg="too many requests at once")
            self.assertEqual((line["limit"], line["value"], line["raise"]),
                             ("queue", "0", "--max-queue"))

    def test_those_within_the_queue_get_their_turn(self):
        with Server("rust-echo", "--max-concurrent-requests", "1", "--max-queue", "2") as server:
            clients = [self.enterContext(Client(server)) for _ in range(4)]
            clients[0].send(request("/", "POST", [("Content-Length", "5")]))
            head = clients[0].read_head()
            # One after the other, so that the last is the one that finds no room.
            for client in clients[1:3]:
                client.send(request("/", "POST", [("Content-Length", "5")]) + b"wait!")
            self.assertEqual(clients[3].get().status, 503)
            # Who leaves the queue frees a place in it.
            clients[1].socket.close()
            eventually(lambda: self.queued(server), "a free place in the queue")
            clients[0].send(b"hello")
            self.assertEqual(clients[0].read_body(head).body, b"hello")
            self.assertEqual(clients[2].read_response().body, b"wait!")
            self.assertEqual(clients[3].get().status, 200)

    def queued(self, server):
        """Whether one more was let into the queue: it got no answer."""
        extra = self.enterContext(Client(server))
        extra.send(request("/", "GET"))
        extra.socket.settimeout(0.1)
        try:
            return not extra.socket.recv(1)
        except TimeoutError:
            return True

    def test_nobody_waits_for_ever(self):
        with Server("rust-sleep", "--max-concurrent-requests", "1",
                    "--max-first-byte", "300ms") as server:
            sleeper, waiter = (self.enterContext(Client(server)) for _ in range(2))
            sleeper.send(request("/?ms=25000"))
            waiter.send(request("/?ms=1"))
            self.assertEqual(sleeper.read_response().status, 504)
            # It had its turn when the sleeper was stopped, or came too late for it.
            self.assertIn(waiter.read_response().status, (200, 503))

    def test_a_thousand_guests_asleep(self):
        """One process, no flag. The guests sleep for as long as it takes to start them all, so
        that in the end all of them sleep at once."""
        count = 1000
        with Server("rust-sleep") as server:
            clients = [self.enterContext(Client(server)) for _ in range(count)]
            for client in clients:
                client.send(request("/?ms=5000"))
            texts = [client.read_response().text for client in clients]
            self.assertEqual(texts, ["slept 5000 ms\n"] * count)

    def test_connections_beyond_the_limit_wait(self):
        with Server("rust-kitchen", "--max-connections", "2") as server:
            first, second = Client(server), Client(server)
            for client in (first, second):
                self.assertEqual(client.get("/hello").status, 200)
            with Client(server) as third:
                third.send(request("/hello"))
                third.socket.settimeout(0.3)
                with self.assertRaises(TimeoutError):
                    third.socket.recv(1)
                first.socket.close()
                third.socket.settimeout(60)
                self.assertEqual(third.read_response().status, 200)
            second.socket.close()


class GuestLimits(unittest.TestCase):
    def test_memory(self):
        with Server("rust-kitchen", "--max-memory", "32MiB") as server:
            response = get(server, "/grow?report=1")
            got = int(response.text.split()[1])
            self.assertTrue(24 <= got <= 32, response.text)
            self.assertEqual(get(server, "/hello").status, 200)

    def test_memory_of_the_process(self):
        """What guests used is given back."""
        with Server("rust-kitchen") as server:
            for _ in range(10):
                self.assertEqual(get(server, "/grow?report=1").status, 200)
            self.assertLess(server.peak_memory(), 256 * MEBIBYTE)

    def test_wall_time(self):
        with Server("rust-kitchen", "--max-wall", "300ms") as server, Client(server) as client:
            # The head leaves at once, so the time runs out in the middle of the body.
            client.send(request("/drip?n=1000&ms=50"))
            response = client.read_head()
            self.assertEqual(response.status, 200)
            rest = client.read_to_end()
            self.assertNotIn(b"\r\n0\r\n", rest)
            access = server.wait_for_log(msg="request", path="/drip?n=1000&ms=50")
            self.assertEqual(access["error"], "deadline-exceeded")
            self.assertEqual(get(server, "/hello").status, 200)

    def test_wall_time_before_the_response(self):
        with Server("rust-sleep", "--max-wall", "300ms") as server, Client(server) as client:
            response = client.get("/?ms=25000")
            self.assertEqual(response.status, 504)
            id = response.field("x-request-id")
            self.assertIn(id, response.text)
            failure = server.wait_for_log(msg="request failed", request_id=id)
            self.assertIn("--max-wall", failure["error"])
            # The connection was not to blame.
            self.assertEqual(client.get("/?ms=1").status, 200)

    def test_time_to_the_first_byte(self):
        with Server("rust-sleep", "--max-first-byte", "300ms") as server, Client(server) as client:
            response = client.get("/?ms=25000")
            self.assertEqual(response.status, 504)
            failure = server.wait_for_log(msg="request failed",
                                          request_id=response.field("x-request-id"))
            self.assertIn("--max-first-byte", failure["error"])
            self.assertEqual(client.get("/?ms=1").status, 200)

    def test_a_response_that_has_begun_may_go_on(self):
        with Server("rust-kitchen", "--max-first-byte", "300ms") as server:
            self.assertEqual(get(server, "/drip?n=4&ms=200").text.count("drop"), 4)

    def test_waiting_is_not_cpu_time(self):
        with Server("rust-sleep", "--max-cpu", "50ms") as server:
            self.assertEqual(get(server, "/?ms=400").status, 200)

    def test_output_is_bounded(self):
        with Server("rust-kitchen", "--max-output", "20B") as server:
            self.assertEqual(get(server, "/stdout").status, 200)
            id = server.wait_for_log(msg="request", path="/stdout")["id"]
            said = "".join(entry["text"] for entry in
                           server.log(msg="guest output", request_id=id, stream="stdout"))
            self.assertIn("a line on stdout", said)


class SlowClients(unittest.TestCase):
    """The server looks at its connections about once a second, so these take a few seconds each."""

    def test_head_that_trickles(self):
        with Server("rust-kitchen", "--max-header-time", "1s") as server, Client(server) as client:
            client.send(b"GET /hello HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            response = client.read_response()
            self.assertEqual(response.status, 408)
            self.assertTrue(client.is_closed())
            self.assertEqual(get(server, "/hello").status, 200)

    def test_connection_that_says_nothing(self):
        with Server("rust-kitchen", "--max-header-time", "1s") as server, Client(server) as client:
            self.assertTrue(client.is_closed())

    def test_idle_connection(self):
        with Server("rust-kitchen", "--max-idle", "1s") as server, Client(server) as client:
            self.assertEqual(client.get("/hello").status, 200)
            self.assertTrue(client.is_closed())

    def test_body_that_never_comes(self):
        with Server("rust-kitchen", "--max-body-wait", "1s") as server, Client(server) as client:
            client.send(request("/slow-read", "POST", [("Content-Length", "10")]) + b"half")
            response = client.read_response()
            self.assertIn(response.status, (408, 500))
            self.assertTrue(client.is_closed())

    def test_response_that_nobody_takes(self):
        with Server("rust-kitchen", "--max-body-wait", "1s") as server:
            with Client(server, receive_buffer=64 * 1024) as client:
                client.send(request(f"/big?bytes={512 * MEBIBYTE}"))
                client.read_head()
                access = server.wait_for_log(msg="request", path=f"/big?bytes={512 * MEBIBYTE}")
                self.assertEqual(access["error"], "cancelled")
            self.assertEqual(get(server, "/hello").status, 200)

    def test_slow_but_steady_client_is_served(self):
        with Server("rust-echo", "--max-body-wait", "10s") as server, Client(server) as client:
            client.send(request("/", "POST", [("Transfer-Encoding", "chunked")]))
            response = client.read_head()
            for _ in range(5):
                client.send(chunk(b"x"))
                client.read_piece(response)
            client.send(chunk(b""))
            self.assertEqual(client.read_body(response).body, b"xxxxx")


if __name__ == "__main__":
    unittest.main()
