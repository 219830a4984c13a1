"""Which certificates count for which host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dunnage.io._tls import Trust, context, trust_for, usual_folders
from dunnage.io.http import Http
from dunnage.model.errors import InputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def certs(folder: Path, *names: str) -> str:
    """Write a ``certs.d`` directory with empty files."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return str(folder)


def test_the_first_folder_that_knows_a_host_counts(tmp_path: Path) -> None:
    """With the port, and without for 443; authorities, and certificates with keys."""
    one = certs(tmp_path / "one", "a.example:5000/ca.crt", "b.example/x.txt")
    two = certs(
        tmp_path / "two",
        "a.example:5000/other.crt",
        "a.example/ca.crt",
        "a.example/me.cert",
        "a.example/me.key",
    )
    folders = (str(tmp_path / "none"), one, two)
    assert trust_for("a.example", 5000, folders) == Trust((f"{one}/a.example:5000/ca.crt",))
    assert trust_for("a.example", 443, folders, "mine.pem") == Trust(
        ("mine.pem", f"{two}/a.example/ca.crt"),
        ((f"{two}/a.example/me.cert", f"{two}/a.example/me.key"),),
    )
    assert trust_for("a.example", 80, folders) == Trust()
    assert trust_for("b.example", 443, folders, "mine.pem") == Trust(("mine.pem",))


@pytest.mark.parametrize("host", ["", "..", ".", "../one", "a/b", "/etc"])
def test_no_host_leads_out_of_the_folder(tmp_path: Path, host: str) -> None:
    """Even if some URL reader let such a host through."""
    certs(tmp_path / "one", "ca.crt", "two/ca.crt", "a/b/ca.crt")
    assert trust_for(host, 443, (str(tmp_path / "one/two"), str(tmp_path / "one"))) == Trust()


def test_a_certificate_without_key_is_told(tmp_path: Path) -> None:
    """The message names the file, the advice the one that is missing."""
    folder = certs(tmp_path, "a.example/me.cert", "a.example/other.key")
    with pytest.raises(InputError, match="without its key") as caught:
        trust_for("a.example", 443, (folder,))
    assert caught.value.where.endswith("me.cert")
    assert "me.key" in caught.value.advice


@pytest.mark.parametrize(
    "content", [b"", b"x", b"-----BEGIN CERTIFICATE-----\nAAAA\n", b"\xff" * 99]
)
def test_what_is_no_certificate_is_a_usage_error(tmp_path: Path, content: bytes) -> None:
    """Told with the file, when the first secure connection is made."""
    path = tmp_path / "ca.pem"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="authorities cannot be read") as caught:
        context(Trust((str(path),)))
    assert caught.value.where == str(path)
    with pytest.raises(UsageError, match="authorities"), Http(ca_file=str(path)) as http:
        http.open("https://127.0.0.1:1/")


def test_the_usual_places() -> None:
    """containers-certs.d(5) and Docker's manual; without a home only the system's."""
    system = ("/etc/containers/certs.d", "/etc/docker/certs.d")
    assert usual_folders({}) == system
    assert usual_folders({"HOME": "/h"})[0] == "/h/.config/containers/certs.d"
    assert usual_folders({"HOME": "/h", "XDG_CONFIG_HOME": "/c"})[1] == "/c/docker/certs.d"
