"""The HTTP client against real servers inside the test."""

from __future__ import annotations

import re
import socket
import threading
import time
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.io import _network
from dunnage.io.http import Http
from dunnage.model.errors import InputError, LimitError, UsageError
from talker import Heard, head, talking
from webserver import Answer, Asked, serving


@pytest.fixture
def http() -> Http:
    """Return a client that does not wait long between attempts."""
    client = Http(timeout=5)
    client._pause = 0.01
    return client


def test_any_status_is_returned_with_lower_case_headers(http: Http) -> None:
    """A status is an answer, not an exception."""
    with serving(lambda _: Answer(404, b"none", {"X-Thing": "1"})) as server:
        with http.open(f"{server.url}/a?b=1") as response:
            assert (response.status, response.read()) == (404, b"none")
            assert response.headers["x-thing"] == "1"
            assert response.url == f"{server.url}/a?b=1"
            assert response.length == 4
        assert server.asked[0].headers["user-agent"] == "dunnage"
        assert server.asked[0].headers["accept-encoding"] == "identity"


def test_the_body_is_a_stream_of_what_was_sent(http: Http) -> None:
    """Pieces, ``readinto`` and a content encoding: the bytes are those on the wire."""
    body = bytes(range(256)) * 1000
    answer = Answer(200, body, {"Content-Encoding": "gzip"})
    with serving(lambda _: answer) as server, http.open(server.url) as response:
        first = response.read(1000)
        buffer = bytearray(5000)
        count = response.readinto(buffer)
        assert first + bytes(buffer[:count]) + response.read() == body
        assert response.read(10) == b""


def test_the_body_can_be_bounded(http: Http) -> None:
    """``all`` gives what fits and refuses what does not."""
    with serving(lambda _: Answer(200, b"x" * 100)) as server:
        with http.open(server.url) as response:
            assert response.all(100) == b"x" * 100
        with http.open(server.url) as response, pytest.raises(LimitError):
            response.all(99)


def test_a_short_body_is_no_whole_one(http: Http) -> None:
    """A connection that ends before the declared length is an error, in one read or in pieces."""
    answer = Answer(200, b"x" * 100, {"Content-Length": "200"})
    with serving(lambda _: answer) as server:
        with http.open(server.url) as response, pytest.raises(InputError, match="broke"):
            response.read()
        with http.open(server.url) as response, pytest.raises(InputError, match="broke"):
            response.all(1000)
        with http.open(server.url) as response:
            assert [len(response.read(30)) for _ in range(3)] == [30, 30, 30]
            with pytest.raises(InputError, match="broke"):
                [response.read(30) for _ in range(2)]


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    """The timeout counts for the answer, which is not asked for again."""
    client = Http(timeout=0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        started = time.monotonic()
        with pytest.raises(InputError, match="in time") as caught:
            client.open(url)
        assert time.monotonic() - started < 2
        assert caught.value.where == url


def test_a_server_that_drips_is_not_waited_for() -> None:
    """A byte now and then is no progress, even if none of the pauses is too long by itself."""

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
            try:
                for _ in range(200):
                    connection.sendall(b"x")
                    time.sleep(0.02)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        with Http(timeout=0.2).open(url) as response, pytest.raises(InputError, match="slowly"):
            response.read()
        thread.join()


def test_redirects_keep_credentials_at_home(http: Http) -> None:
    """Authorization follows on the same host and port, and never to another."""
    secret = {"Authorization": "Basic c2VjcmV0", "Cookie": "a=b", "Accept": "x/y"}
    with serving(lambda _: Answer(200, b"there")) as other:

        def answer(asked: Asked) -> Answer:
            target = {"/here": "/next", "/next": f"{other.url}/blob"}[asked.path]
            return Answer(307, headers={"Location": target})

        with serving(answer) as home:
            with http.open(f"{home.url}/here", secret) as response:
                assert response.read() == b"there"
                assert response.url == f"{other.url}/blob"
            assert [a.headers.get("authorization") for a in home.asked] == ["Basic c2VjcmV0"] * 2
            seen = other.asked[0].headers
            assert "authorization" not in seen
            assert "cookie" not in seen
            assert seen["accept"] == "x/y"


def test_redirects_end(http: Http) -> None:
    """A loop is noticed after ten redirects."""
    with serving(lambda _: Answer(302, headers={"Location": "/again"})) as server:
        with pytest.raises(InputError, match="redirects"):
            http.open(server.url)
        assert len(server.asked) == 11


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://h/x", "http://h.example/plain", "http://127.0.0.1/", "http://["],
)
def test_redirects_to_odd_places_are_refused(target: str) -> None:
    """From https, only https on the network will do."""
    with pytest.raises(InputError):
        _network.redirected("https://h.example/a", target, {})


def test_what_may_pass_is_tried_again(http: Http) -> None:
    """Statuses 503 and 429 are asked again up to three times."""
    answers = [Answer(503), Answer(429, headers={"Retry-After": "0"}), Answer(200, b"ok")]
    with serving(lambda _: answers.pop(0)) as server, http.open(server.url) as response:
        assert response.read() == b"ok"
    with serving(lambda _: Answer(502)) as server, http.open(server.url) as response:
        assert response.status == 502
        assert len(server.asked) == 4


def test_a_long_retry_after_is_not_waited_for(http: Http) -> None:
    """Whoever wants us to wait for an hour gets his answer passed on at once."""
    answer = Answer(429, headers={"Retry-After": "3600"})
    with serving(lambda _: answer) as server, http.open(server.url) as response:
        assert response.status == 429
        assert len(server.asked) == 1


def test_a_refused_connection_is_told(http: Http) -> None:
    """The message names the place, without query and password, and gives advice."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(InputError, match="no connection") as caught:
        http.open(f"http://me:secret@127.0.0.1:{port}/x?token=secret")
    assert caught.value.where == f"http://127.0.0.1:{port}/x"
    assert caught.value.advice


def test_an_unknown_host_is_told_at_once(http: Http) -> None:
    """A name that does not exist (RFC 2606) is not looked up four times."""
    with pytest.raises(InputError, match=r"resolved|no connection|proxy"):
        http.open("http://nobody.invalid/")


def test_user_and_password_in_the_url_become_basic_authentication(http: Http) -> None:
    """They are sent as a header and do not show up in the address."""
    with serving(lambda _: Answer()) as server:
        with http.open(f"http://me:p%40ss@{server.host}/x") as response:
            assert response.url == f"{server.url}/x"
        expected = "Basic " + b64encode(b"me:p@ss").decode()
        assert server.asked[0].headers["authorization"] == expected


def test_offline_opens_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is opened, not even to look up a name."""
    opened: list[object] = []
    monkeypatch.setattr(socket, "socket", lambda *a, **_: opened.append(a))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **_: opened.append(a))
    with pytest.raises(InputError, match="offline"):
        Http(offline=True).open("https://example.com/")
    assert opened == []


def test_the_proxy_of_the_environment_is_used(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts elsewhere go through HTTP_PROXY unless NO_PROXY names them; this machine never."""
    with serving(lambda a: Answer(200, a.path.encode())) as proxy:
        monkeypatch.setenv("http_proxy", f"http://u:p@{proxy.host}")
        monkeypatch.setenv("no_proxy", "")
        with http.open("http://elsewhere.example/x") as response:
            assert response.read() == b"http://elsewhere.example/x"
        assert proxy.asked[0].headers["proxy-authorization"].startswith("Basic ")
        with serving(lambda _: Answer(200, b"direct")) as local, http.open(local.url) as response:
            assert response.read() == b"direct"
        monkeypatch.setenv("no_proxy", "elsewhere.example")
        assert _network.proxy_for(_network.parse("http://elsewhere.example/")) == ""


def test_a_proxy_we_do_not_speak_is_named(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    """A SOCKS proxy is a mistake of the environment, told before anything is sent."""
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(UsageError, match="proxy"):
        http.open("https://elsewhere.example/")


def test_one_client_serves_several_threads(http: Http) -> None:
    """Eight threads read eight bodies at once."""
    found: list[bytes] = []

    def fetch(number: int) -> None:
        with http.open(f"{server.url}/{number}") as response:
            found.append(response.read())

    with serving(lambda a: Answer(200, a.path.encode() * 1000)) as server:
        threads = [threading.Thread(target=fetch, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == sorted(f"/{n}".encode() * 1000 for n in range(8))


@pytest.mark.parametrize("url", ["", "x", "file:///etc/passwd", "http://", "http://[", "ftp://h/"])
def test_what_is_no_url_is_refused(http: Http, url: str) -> None:
    """Nothing but absolute http and https URLs is opened."""
    with pytest.raises(InputError):
        http.open(url)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_the_url_reader_fail_otherwise(text: str) -> None:
    """Every text is a URL or an InputError."""
    try:
        parts = _network.parse(f"http://{text}")
    except InputError:
        return
    assert parts.host


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_no_retry_after_makes_us_fail(text: str) -> None:
    """Every header gives a waiting time, the usual one if it makes no sense."""
    assert _network.wait_of(text, 1.0) >= 0


def test_retry_after_may_be_a_date() -> None:
    """RFC 9110 10.2.3: seconds or an HTTP date; a date gone by means no waiting."""
    assert _network.wait_of("7", 1.0) == 7
    assert _network.wait_of("Wed, 21 Oct 2015 07:28:00 GMT", 1.0) == 0
    assert _network.wait_of("soon", 1.0) == 1


def test_a_missing_certificate_file_is_a_usage_error() -> None:
    """The mistake is told when the client is made."""
    with pytest.raises(UsageError):
        Http(ca_file="/nonexistent/ca.pem")


def drip(connection: socket.socket, data: bytes, pause: float) -> None:
    """Say something again and again until nobody listens."""
    try:
        while True:
            connection.sendall(data)
            time.sleep(pause)
    except OSError:
        return


@pytest.mark.parametrize(
    ("end", "data", "pause"),
    [
        (b"", b"0", 0.02),  # the size of the next chunk, which is never told to its end
        (b"", b"0;" + b"x" * 100, 0.02),
        (b"0\r\n", b"X: y\r\n" * 100, 0.0),  # headers after the last chunk, without end
        (b"0\r\n", b"X", 0.02),
    ],
)
def test_no_single_read_lasts_for_ever(end: bytes, data: bytes, pause: float) -> None:
    """What is read between two chunks, or after the last one, takes no longer than a body may."""

    def talk(_: Heard, connection: socket.socket) -> None:
        connection.sendall(head("200 OK", None, Transfer_Encoding="chunked"))
        connection.sendall(b"5\r\nhello\r\n" + end)
        drip(connection, data, pause)

    with talking(talk) as server, Http(timeout=0.3) as client:
        started = time.monotonic()
        with client.open(f"http://{server.host}/") as response:
            assert response.read(5) == b"hello"
            with pytest.raises(InputError, match=r"sends too slowly|connection broke"):
                response.read()
        assert time.monotonic() - started < 3


def test_the_time_of_a_target_ends_a_single_read() -> None:
    """``until`` counts within one read, however patient the client is otherwise."""

    def talk(_: Heard, connection: socket.socket) -> None:
        connection.sendall(head("200 OK", None, Transfer_Encoding="chunked"))
        drip(connection, b"0", 0.02)

    with talking(talk) as server, Http(timeout=30) as client:
        started = time.monotonic()
        with client.open(f"http://{server.host}/") as response:
            response.until = started + 0.3
            with pytest.raises(InputError, match="all the time there is"):
                response.read()
        assert time.monotonic() - started < 3


def test_a_proxy_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The head of its answer to CONNECT may take no longer than that of a server."""
    with talking(lambda _, connection: drip(connection, b"H", 0.02)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
        started = time.monotonic()
        with Http(timeout=0.3) as client, pytest.raises(InputError):
            client.open("https://registry.example/")
        assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "url",
    [
        "http://user:secret@h:1:2/m",
        "http://user:sec ret@h:x/m",
        "http://user:s/ecret@h/m",
        "http://user:s?ecret@h/m",
        "http://user:s#ecret@h/m",
        "ftp://user:secret@h/m",
        "http://h:x/m?token=secret",
    ],
)
def test_no_message_tells_a_password(http: Http, url: str) -> None:
    """Whatever is wrong with a URL, what stands before the host is not repeated."""
    with pytest.raises(InputError) as caught:
        http.open(url)
    assert not {"secret", "ecret", "user", "sec"} & set(re.findall(r"\w+", str(caught.value)))


def test_credentials_change_neither_scheme_nor_port() -> None:
    """The same host on another port, or by another scheme, is another server (RFC 6454)."""
    secret = {"Authorization": "x", "COOKIE": "y", "Proxy-authorization": "z", "Accept": "a"}
    home = "https://h.example/a"
    for target in ("https://h.example:444/b", "https://h.example.evil/b", "https://x@evil/b"):
        assert _network.redirected(home, target, secret)[1] == {"Accept": "a"}
    assert _network.redirected("http://h.example/a", home, secret)[1] == {"Accept": "a"}
    for target in ("/b", "https://H.EXAMPLE:443/b", "//h.example/b"):
        assert _network.redirected(home, target, secret)[1] == secret
    where, _ = _network.redirected(home, "https://user:password@h.example/b", secret)
    assert where == "https://h.example/b"
