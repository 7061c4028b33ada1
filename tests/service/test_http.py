"""HTTP/1.1 as it is spoken and misspoken: what Weir accepts, refuses, and survives."""

import random
import socket
import unittest

import client
from case import ServiceCase, in_every_build

GET = b"GET /v1/products/p1 HTTP/1.1\r\nHost: localhost\r\n"


class Http(ServiceCase):
    def setUp(self):
        super().setUp()
        self.node = self.start_node()
        self.node.get("/v1/products/p1")

    def status_of(self, data):
        """Of the only answer to these bytes; the server must close the connection after it."""
        received = client.raw(self.node.port, data)
        self.assertTrue(received.startswith(b"HTTP/1."), received[:200])
        return int(received.split(b" ")[1])

    def test_unknown_paths_and_methods_are_refused_by_name(self):
        self.assert_problem(404, self.node.get("/v1/nothing"))
        self.assert_problem(404, self.node.get("/"))
        answer = client.request(self.node.port, "POST", "/v1/products/p1", body=b"{}")
        self.assert_problem(405, answer)
        self.assertIn("GET", answer["Allow"])

    def test_a_type_that_nobody_offers_is_a_406(self):
        self.assert_problem(406, self.node.get("/v1/products/p1", headers={"Accept": "text/html"}))
        for accepted in ("*/*", "application/*", "text/html, application/json;q=0.1"):
            self.assert_status(200, self.node.get("/v1/products/p1", headers={"Accept": accepted}))

    def test_too_long_a_target_or_header_is_refused(self):
        self.assert_problem(414, self.node.get("/v1/products/" + "x" * 5000))
        self.assert_problem(431, self.node.get("/v1/products/p1", headers={"X-Long": "x" * 10_000}))

    @in_every_build
    def test_pipelined_requests_are_answered_in_order(self):
        requests = b"".join(b"GET /v1/products/p%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % n for n in range(1, 21))
        received = client.raw(self.node.port, requests + GET + b"Connection: close\r\n\r\n")
        places = [received.find(b'"id":"p%d"' % n) for n in range(1, 21)]
        if -1 in places:  # Postgres writes a space after the colon in some forms of its JSON
            places = [received.find(b'"id": "p%d"' % n) for n in range(1, 21)]
        self.assertNotIn(-1, places, received[:2000])
        self.assertEqual(sorted(places), places)
        self.assertEqual(21, received.count(b"HTTP/1.1 200 "))

    def test_a_connection_is_kept_or_closed_as_asked(self):
        self.assertEqual(200, self.status_of(GET + b"Connection: close\r\n\r\n"))
        self.assertEqual(200, self.status_of(b"GET /v1/products/p1 HTTP/1.0\r\n\r\n"))
        with socket.create_connection(("127.0.0.1", self.node.port), timeout=5) as connection:
            for _ in range(3):
                connection.sendall(GET + b"\r\n")
                self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 200 "))

    @in_every_build
    def test_requests_that_two_parties_could_read_differently_are_refused(self):
        for data in (b"GET /v1/products/p1 HTTP/1.1\r\n\r\n",  # no Host
                     GET + b"Host: other\r\n\r\n",
                     GET + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                     GET + b"Content-Length: -1\r\n\r\n",
                     GET + b"Content-Length: 99999999999999999999\r\n\r\n",
                     GET + b"X : y\r\n\r\n",
                     GET + b" folded\r\n\r\n",
                     b"GET /v1/products/p1\r\n\r\n",
                     b"GET  /v1/products/p1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     b"GET /v1/products/\x00p1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     b"GET /v1/products/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                     b"GET /v1/products/%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"):
            with self.subTest(data):
                status = self.status_of(data)
                self.assertTrue(400 <= status < 500, (data, status))

    @in_every_build
    def test_garbage_on_the_socket_harms_nobody(self):
        seeded = random.Random(20)
        samples = [bytes(seeded.randrange(256) for _ in range(seeded.randrange(1, 2000))) + b"\r\n\r\n" for _ in range(60)]
        samples += [b"\r\n" * 1000, b"\x16\x03\x01\x02\x00\x01\x00", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"A" * 100_000]
        for data in samples:
            with socket.create_connection(("127.0.0.1", self.node.port), timeout=5) as connection:
                try:
                    connection.sendall(data)
                except OSError:
                    pass  # it may well hang up in the middle of this
        self.assert_hit(self.node.get("/v1/products/p1"))
        self.assertTrue(self.node.child.is_running())

    def test_a_chunked_body_is_read_like_any_other(self):
        head = (b"POST /admin/v1/products/p1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer admin-secret-4d1e\r\n"
                b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
        received = client.raw(self.node.admin_port, head + b"8\r\n{\"price_\r\n9\r\ncents\":42\r\n1\r\n}\r\n0\r\n\r\n")
        self.assertTrue(received.startswith(b"HTTP/1.1 200 "), received)
        self.assertEqual(42, self.node.get("/v1/products/p1").json["price_cents"])


if __name__ == "__main__":
    unittest.main()
