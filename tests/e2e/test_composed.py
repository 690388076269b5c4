"""An application of several components: a trap in one of them ends that request, and nothing else."""

import unittest

from harness import Server
from http_client import Client, request


class Composed(unittest.TestCase):
    def test_a_trap_in_an_inner_component_ends_its_request_only(self):
        with Server("composed") as server, Client(server) as neighbour, Client(server) as client:
            for _ in range(20):
                neighbour.send(request("/slow"))
                trapped = client.get("/trap")
                self.assertEqual(trapped.status, 500, trapped)
                self.assertIn(trapped.field("x-request-id"), trapped.text)
                # The next request on that connection, and the one under way beside it.
                self.assertEqual(client.get("/ok").status, 200)
                self.assertEqual(neighbour.read_response().status, 200)
            failure = server.wait_for_log(count=20, msg="request failed")
            self.assertEqual(failure["code"], "trap")
            self.assertIn("unreachable", failure["error"])
            # The backtrace leads through the call from one component to the other.
            self.assertIn("app.library::call from app.front", failure["error"])


if __name__ == "__main__":
    unittest.main()
