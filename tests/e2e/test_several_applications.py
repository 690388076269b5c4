"""Several applications in one process: told apart by their hosts, each with its own limits and grants,
and calling each other without a socket."""

import os
import pathlib
import unittest

from harness import MEBIBYTE, Server, favo, guest, scratch_directory
from http_client import Client, ConnectionEnded, chunk, request

KITCHEN = """
favo = 1
name = "{name}"
{head}
[component.kitchen]
source = "rust-kitchen.wasm"
[component.kitchen.grant]
env = {{ NAME = "{name}" }}
http = {grants}
[[trigger.http]]
route = "/..."
component = "kitchen"
{tail}
"""


def application(name, head="", grants=(), tail="", manifest=KITCHEN):
    """A folder with an application of one component."""
    folder = pathlib.Path(scratch_directory())
    for component in ("rust-echo", "rust-hello", "rust-kitchen"):
        os.symlink(guest(component), folder / f"{component}.wasm")
    text = manifest.format(name=name, head=head, grants=list(grants), tail=tail)
    (folder / "favo.toml").write_text(text.replace("'", '"'))
    return folder


class Together(Server):
    """`favo up` with several folders."""

    def __init__(self, *folders, options=(), **keywords):
        super().__init__("rust-hello", *options, **keywords)
        self._command[1:3] = ["up", *map(str, folders)]


def ask(client, host, path, **keywords):
    client.send(request(path, **keywords).replace(b"favo.test", host.encode()))
    return client.read_response(keywords.get("method", "GET"))


def get(server, host, path, **keywords):
    with Client(server) as client:
        return ask(client, host, path, **keywords)


class Hosts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Together(
            application("shop"), application("blog", 'hosts = ["blog.test", "*.blog.test"]')))

    def test_tell_applications_apart(self):
        for host, name in (("shop.localhost", "shop"), ("SHOP.localhost:8080", "shop"),
                           ("blog.test", "blog"), ("a.b.blog.test", "blog")):
            self.assertEqual(get(self.server, host, "/env").text, f"NAME={name}\n", host)

    def test_one_connection_serves_both(self):
        with Client(self.server) as client:
            for host, name in (("blog.test", "blog"), ("shop.localhost", "shop")) * 2:
                self.assertEqual(ask(client, host, "/env").text, f"NAME={name}\n")

    def test_unknown_ones_are_not_found(self):
        for host in ("localhost", "blog.localhost", "xblog.test", "127.0.0.1"):
            self.assertEqual(get(self.server, host, "/env").status, 404, host)
        line = self.server.wait_for_log(msg="no application has this host", host="xblog.test")
        self.assertEqual((line["path"], line["status"]), ("/env", 404))

    def test_a_line_for_each_says_where(self):
        self.assertEqual(self.server.wait_for_log(msg="listening", application="shop")["hosts"],
                         "shop.localhost")
        self.assertEqual(self.server.wait_for_log(msg="listening", application="blog")["hosts"],
                         "blog.test *.blog.test")

    def test_a_requests_line_names_the_application(self):
        get(self.server, "blog.test", "/hello")
        self.assertEqual(self.server.wait_for_log(msg="request", path="/hello")["app"],
                         "blog.kitchen")

    def test_each_has_its_own_audit(self):
        for host in ("shop.localhost", "blog.test"):
            get(self.server, host, "/fetch?to=https://api.example.com/")
        for component in ("shop.kitchen", "blog.kitchen"):
            self.server.wait_for_log(msg="refused", component=component,
                                     target="https://api.example.com")


class Alone(unittest.TestCase):
    def test_an_application_answers_every_host(self):
        with Together(application("shop")) as server:
            self.assertEqual(get(server, "any.test", "/env").text, "NAME=shop\n")

    def test_or_those_that_it_names(self):
        with Together(application("shop", 'hosts = ["shop.test"]')) as server:
            self.assertEqual(get(server, "shop.test", "/env").text, "NAME=shop\n")
            self.assertEqual(get(server, "shop.localhost", "/env").status, 404)


class Mistakes(unittest.TestCase):
    def up(self, *folders):
        outcome = favo("up", *folders, "--listen", "127.0.0.1:0")
        self.assertEqual(outcome.code, 1, outcome)
        return outcome.stderr

    def test_one_host_for_two(self):
        one = application("shop", 'hosts = ["shop.test"]')
        two = application("blog", 'hosts = ["blog.test", "Shop.test"]')
        self.assertIn(f"{one}/favo.toml and {two}/favo.toml both claim the host shop.test",
                      self.up(one, two))

    def test_one_name_for_two(self):
        one, two = application("shop"), application("shop", 'hosts = ["other.test"]')
        self.assertIn(f"{one}/favo.toml and {two}/favo.toml both have the name", self.up(one, two))

    def test_a_host_with_a_port(self):
        self.assertIn("favo.toml:4:10: host \"shop.test:80\": expected a name without a port",
                      self.up(application("shop", 'hosts = ["shop.test:80"]')))


class Limits(unittest.TestCase):
    def test_one_at_its_limit_takes_no_place_of_another(self):
        limit = "[limit]\nconcurrent-requests = 1\nqueue = 0"
        with Together(application("shop", tail=limit), application("blog")) as server:
            with Client(server) as client:
                client.send(request("/drip?n=600&ms=100").replace(b"favo.test", b"shop.localhost"))
                client.read_head()
                self.assertEqual(get(server, "shop.localhost", "/hello").status, 503)
                self.assertEqual(get(server, "blog.localhost", "/hello").status, 200)
            line = server.wait_for_log(msg="too many requests at once")
            self.assertEqual(line["app"], "shop")


class Chained(unittest.TestCase):
    """`shop` may ask `blog` and itself; `blog` echoes, too."""

    @classmethod
    def setUpClass(cls):
        echo = """
[component.echo]
source = "rust-echo.wasm"
[[trigger.http]]
route = "/echo"
component = "echo"
"""
        cls.server = cls.enterClassContext(Together(
            application("shop", grants=["http://blog.localhost", "https://blog.localhost",
                                        "http://shop.localhost", "*"]),
            application("blog", tail=echo)))

    def get(self, path, **keywords):
        return get(self.server, "shop.localhost", path, **keywords)

    def test_needs_no_socket(self):
        self.assertEqual(self.get("/fetch?to=http://blog.localhost/hello").text,
                         "status 200\nbody 23 bytes\n")

    def test_tells_whom_it_was_sent_for(self):
        path = "/request?told"
        self.get(f"/proxy?to=http://blog.localhost{path}")
        inner = self.server.wait_for_log(msg="request", path=path)
        outer = self.server.wait_for_log(msg="request", path=f"/proxy?to=http://blog.localhost{path}")
        self.assertEqual((inner["peer"], inner["app"]), ("shop.kitchen", "blog.kitchen"))
        self.assertEqual(inner["id"], outer["id"] + ".1")

    def test_the_callee_sees_the_request_that_was_sent(self):
        text = self.get("/proxy?to=https://blog.localhost/request?a=b").text
        self.assertEqual(text, 'Method::Get Some(Scheme::Https) Some("blog.localhost") '
                               'Some("/request?a=b")\n')

    def test_any_port_but_ours_is_another_server(self):
        self.assertRegex(self.get("/fetch?to=http://blog.localhost:1/hello").text,
                         "^(error|refused) ")

    def test_bodies_and_trailers_pass_both_ways(self):
        sent = os.urandom(4 * MEBIBYTE)
        path = "/proxy?to=http://blog.localhost/echo"
        with Client(self.server) as client:
            response = ask(client, "shop.localhost", path, method="POST", body=sent)
            self.assertEqual((response.status, response.body == sent), (200, True))
            head = request(path, "POST", [("Transfer-Encoding", "chunked")])
            client.send(head.replace(b"favo.test", b"shop.localhost")
                        + chunk(b"in ") + chunk(b"pieces") + b"0\r\nX-Sum: 42\r\n\r\n")
            response = client.read_response()
            self.assertEqual((response.body, response.trailers),
                             (b"in pieces", [("x-sum", "42")]))

    def test_a_body_comes_while_it_is_made(self):
        with Client(self.server) as client:
            client.send(request("/proxy?to=http://blog.localhost/drip?n=3&ms=20")
                        .replace(b"favo.test", b"shop.localhost"))
            response = client.read_head()
            self.assertEqual(client.read_piece(response), b"drop 0\n")
            client.read_body(response)
            self.assertEqual(response.body, b"drop 0\ndrop 1\ndrop 2\n")

    def test_a_trap_is_a_500(self):
        response = self.get("/proxy?to=http://blog.localhost/unreachable")
        self.assertEqual(response.status, 500)
        self.assertRegex(response.text, r"request id: [0-9a-f]{16}\.1\n")
        line = self.server.wait_for_log(msg="request failed", app="blog.kitchen")
        self.assertEqual(line["code"], "trap")
        self.assertEqual(self.server.log(msg="request failed", app="shop.kitchen"), [])

    def test_a_trap_within_a_body_breaks_it(self):
        with self.assertRaises(ConnectionEnded):
            self.get("/proxy?to=http://blog.localhost/trap-late")

    def test_no_route_is_a_404(self):
        self.assertEqual(self.get("/proxy?to=http://blog.localhost/nothing").status, 404)

    def test_a_callee_that_takes_too_long_is_given_up(self):
        text = self.get("/fetch?between=50&to=http://blog.localhost/drip?n=1&ms=60000").text
        self.assertEqual(text, "status 200\nbody 0 bytes, then "
                               "Some(ErrorCode::ConnectionReadTimeout)\n")
        self.server.wait_for_log(msg="request", path="/drip?n=1&ms=60000", error="cancelled")

    def test_a_client_that_leaves_ends_both(self):
        path = "/drip?n=601&ms=100"
        with Client(self.server) as client:
            client.send(request(f"/proxy?to=http://blog.localhost{path}")
                        .replace(b"favo.test", b"shop.localhost"))
            client.read_head()
        self.server.wait_for_log(msg="request", path=path, error="cancelled")

    def circle(self, hops):
        path = "/proxy?to=http://shop.localhost" * hops + "/hello"
        return self.get(path)

    def test_an_application_asks_itself(self):
        self.assertEqual(self.circle(8).text, "Hello from the kitchen\n")

    def test_circles_end(self):
        self.assertEqual(self.circle(9).status, 508)
        line = self.server.wait_for_log(msg="too many hops", path="/hello")
        self.assertEqual((line["hops"], line["peer"]), (8, "shop.kitchen"))


class ChainedLimits(unittest.TestCase):
    def together(self, limits):
        return Together(application("shop", grants=["http://blog.localhost"]),
                        application("blog", tail=f"[limit]\n{limits}"))

    def test_a_callee_at_its_limit_is_a_503(self):
        with self.together("concurrent-requests = 1") as server:
            with Client(server) as client:
                client.send(request("/drip?n=600&ms=100").replace(b"favo.test", b"blog.localhost"))
                client.read_head()
                # There is a queue, but not for those who hold a place themselves.
                response = get(server, "shop.localhost", "/proxy?to=http://blog.localhost/hello")
                self.assertEqual((response.status, response.field("retry-after")), (503, "1"))
            line = server.wait_for_log(msg="too many requests at once")
            self.assertEqual((line["app"], line["peer"]), ("blog", "shop.kitchen"))

    def test_a_head_beyond_the_callees_limit_is_a_431(self):
        fields = [(f"x-{i}", "1") for i in range(25)]
        with self.together("header-fields = 20") as server:
            response = get(server, "shop.localhost", "/proxy?to=http://blog.localhost/hello",
                           fields=fields)
            self.assertEqual(response.status, 431)
            line = server.wait_for_log(msg="request refused", status=431)
            self.assertEqual(line["peer"], "shop.kitchen")

    def test_a_body_beyond_the_callees_limit_is_a_413(self):
        with self.together('request-body = "1KiB"') as server:
            response = get(server, "shop.localhost", "/proxy?to=http://blog.localhost/slow-read",
                           method="POST", body=bytes(2048))
            self.assertEqual(response.status, 413)


class Refused(unittest.TestCase):
    def fetch(self, grants, url):
        with Together(application("shop", grants=grants), application("blog")) as server:
            text = get(server, "shop.localhost", f"/fetch?to={url}").text
            refused = server.wait_for_log(msg="refused")
            self.assertEqual(server.log(msg="request", app="blog.kitchen"), [])
            return text, refused["target"], refused["grant"]

    def test_without_a_grant(self):
        self.assertEqual(self.fetch([], "http://blog.localhost/hello"),
                         ("refused ErrorCode::HttpRequestDenied\n", "http://blog.localhost",
                          '[component.kitchen.grant] http = ["http://blog.localhost"]'))

    def test_with_another_scheme(self):
        text, target, _ = self.fetch(["http://blog.localhost"], "https://blog.localhost/hello")
        self.assertEqual((text, target),
                         ("refused ErrorCode::HttpRequestDenied\n", "https://blog.localhost"))


class Public(unittest.TestCase):
    def test_a_grant_of_any_public_server_reaches_no_neighbour(self):
        with Together(application("shop", grants=["*"]), application("blog")) as server:
            text = get(server, "shop.localhost", "/fetch?to=http://blog.localhost/hello").text
            self.assertRegex(text, "^error ErrorCode::(DestinationIpProhibited|DnsError)")
            get(server, "blog.localhost", "/hello?last")
            server.wait_for_log(msg="request", path="/hello?last")
            self.assertEqual(server.log(msg="request", path="/hello"), [])


class Routes(unittest.TestCase):
    def test_of_one_application_reach_each_other_by_their_hosts(self):
        api = """
[component.hello]
source = "rust-hello.wasm"
[[trigger.http]]
route = "/..."
host = "api.test"
component = "hello"
"""
        grants = ["http://api.test", "http://shop.localhost"]
        with Together(application("shop", grants=grants, tail=api)) as server:
            self.assertEqual(get(server, "any", "/proxy?to=http://api.test/").text,
                             "Hello from Rust\n")
            self.assertEqual(get(server, "any", "/proxy?to=http://shop.localhost/env").text,
                             "NAME=shop\n")

    def test_to_files(self):
        files = """
[[trigger.http]]
route = "/files/..."
files = "public"
headers = { "x-of" = "route" }
"""
        folder = application("shop", grants=["http://shop.localhost"], tail=files)
        (folder / "public").mkdir()
        (folder / "public" / "small.txt").write_text("small")
        (folder / "public" / "large.bin").write_bytes(bytes(3 * MEBIBYTE))
        with Together(folder) as server:
            answer = get(server, "any", "/proxy?to=http://shop.localhost/files/small.txt")
            self.assertEqual((answer.text, answer.field("x-of")), ("small", "route"))
            self.assertEqual(
                get(server, "any", "/fetch?to=http://shop.localhost/files/large.bin").text,
                f"status 200\nbody {3 * MEBIBYTE} bytes\n")
            self.assertEqual(get(server, "any", "/fetch?to=http://shop.localhost/files/none").text,
                             "status 404\nbody 14 bytes\n")


if __name__ == "__main__":
    unittest.main()
