"""The study in the browser: two files, one host, nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from halfshaft.quantities import InputError
from halfshaft.server import make_server


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A running server over a finished study."""
    (tmp_path / "report.html").write_text("<p>report</p>")
    (tmp_path / "study.json").write_text("{}")
    (tmp_path / "secret.txt").write_text("secret")
    server = make_server(tmp_path, 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def ask(port: int, path: str, method: str = "GET", host: str | None = None) -> tuple[int, str, str]:
    """Status, kind and body of one answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers={} if host is None else {"Host": host})
    answer = connection.getresponse()
    result = (answer.status, answer.headers.get("Content-Type", ""), answer.read().decode())
    connection.close()
    return result


def test_serves_the_two_files(port: int) -> None:
    """The report at the root, the document beside it, heads without bodies."""
    assert ask(port, "/") == (200, "text/html; charset=utf-8", "<p>report</p>")
    assert ask(port, "/study.json")[1:] == ("application/json; charset=utf-8", "{}")
    assert ask(port, "/", "HEAD")[2] == ""


@pytest.mark.parametrize("path", ["/secret.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/store"])
def test_serves_nothing_else(port: int, path: str) -> None:
    """No other file is reachable by any spelling."""
    assert ask(port, path)[0] == 404


def test_answers_only_under_its_own_name(port: int) -> None:
    """A page that has a foreign name point to this machine is refused."""
    assert ask(port, "/", host="evil.example")[0] == 403
    assert ask(port, "/", host=f"localhost:{port}")[0] == 200


def test_writes_nothing(port: int) -> None:
    """Other methods are not known."""
    assert ask(port, "/", "POST")[0] == 501


def test_needs_a_finished_study(tmp_path: Path) -> None:
    """Without a report there is nothing to serve, and the error says what to run."""
    with pytest.raises(InputError, match="halfshaft study"):
        make_server(tmp_path, 0)
