"""What detectors note of files, and what they do not."""

from __future__ import annotations

import time

import pytest

from bodies import Memory
from dunnage.model.cataloger import File
from parsers.test_elf_dynamic import tiny
from surfaces import DETECTORS

KEY = b"-----BEGIN %sPRIVATE KEY-----\nMIIE\n"


def notes(detector: str, path: str, data: bytes) -> tuple[tuple[str, str], ...] | None:
    """Return what a detector notes of one file."""
    fact = DETECTORS[detector].parse(File(path, len(data), 0o644, Memory(data)))
    return None if fact is None else fact.notes


def test_dynamic_linking_notes_what_a_program_asks() -> None:
    """A file that only begins like a program asks nothing."""
    assert notes("dynamic-linking", "usr/bin/x", tiny()) == (
        ("machine", "62/64"),
        ("interpreter", "/lib/ld.so"),
        ("needed", "libc.so.6"),
    )
    assert notes("dynamic-linking", "usr/bin/x", b"\x7fELF junk") is None


@pytest.mark.parametrize(
    ("path", "data", "expected"),
    [
        ("etc/ssl/private/a.key", KEY % b"", "private key"),
        ("root/.ssh/id_ed25519", KEY % b"OPENSSH ", "private key"),
        ("x/any-name", KEY % b"RSA ", "private key"),
        ("x/any-name", KEY % b"ENCRYPTED ", "private key"),
        ("root/.aws/credentials", b"[default]\naws_secret_access_key = abc\n", "AWS credentials"),
        ("root/.docker/config.json", b'{"auths":{"x":{"auth":"YTpi"}}}', "registry credentials"),
        ("root/.npmrc", b"//r.example/:_authToken=npm_x\n", "registry credentials"),
        ("root/.netrc", b"machine a login b password c\n", "passwords for hosts"),
        ("app/.env", b"A=1\nDB_PASSWORD=hunter2\n", "secrets as environment variables"),
        ("root/.git-credentials", b"https://me:tok@git.example\n", "Git credentials"),
        ("root/.pgpass", b"db:5432:*:me:secret\n", "a database password"),
    ],
)
def test_credential_file_that_is_one(path: str, data: bytes, expected: str) -> None:
    """Told by what is in it; the content is not in the note."""
    assert notes("credential-file", path, data) == (("certain", expected),)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("etc/ssl/certs/a.pem", b"-----BEGIN CERTIFICATE-----\nMIIE\n"),
        ("x/key.pem", b"-----BEGIN PUBLIC KEY-----\nMIIE\n"),
        ("root/.docker/config.json", b'{"auths":{"x":{}},"credsStore":"pass"}'),
        ("root/.npmrc", b"registry=https://r.example\n//r.example/:_authToken=${TOKEN}\n"),
        ("app/.env", b"DEBUG=1\nAPI_KEY=\nTOKEN=$TOKEN\nSECRET=<your secret>\n"),
        ("root/.ssh/id_rsa", b""),
        ("usr/share/ca-certificates/java/cacerts.jks", b""),
    ],
)
def test_credential_file_that_is_none(path: str, data: bytes) -> None:
    """Certificates, public keys, templates and empty files are no credentials."""
    assert notes("credential-file", path, data) is None


def test_credential_file_of_a_test_suite() -> None:
    """Keys in tests and examples are told with less certainty."""
    path = "usr/lib/node_modules/x/test/key.pem"
    assert notes("credential-file", path, KEY % b"RSA ") == (("likely", "private key"),)


def test_account_file_tells_no_passwords() -> None:
    """Empty passwords, doubles, and second roots; entries of NIS and short lines are nothing."""
    text = b"root:x:0:0::/:/bin/sh\ntoor::0:0::/:/bin/sh\na:$6$hash:5:5\na:x:6:6\nb:x:5:5\n+\n\nc\n"
    assert notes("account-file", "etc/passwd", text) == (
        ("empty-password", "2 toor"),
        ("root-id", "2 toor"),
        ("duplicate-name", "4 a"),
        ("duplicate-id", "5 b"),
    )
    assert notes("account-file", "etc/shadow", b"root:*:1::::::\nx::1::::::\n") == (
        ("empty-password", "2 x"),
    )
    assert notes("account-file", "srv/chroot/etc/passwd", text) is None


def test_library_path_reads_both_loaders() -> None:
    """``ld.so.conf`` has comments and hardware words; musl's file has colons or lines."""
    conf = b"# c\n/opt/lib\ninclude /etc/ld.so.conf.d/*.conf\n/usr/local/lib=libc6\n"
    assert notes("library-path", "etc/ld.so.conf", conf) == (
        ("glibc", "/opt/lib"),
        ("glibc", "/etc/ld.so.conf.d/*.conf"),
        ("glibc", "/usr/local/lib"),
    )
    assert notes("library-path", "etc/ld-musl-x86_64.path", b"/lib:/usr/lib\n/opt\n") == (
        ("musl", "/lib"),
        ("musl", "/usr/lib"),
        ("musl", "/opt"),
    )
    assert notes("library-path", "srv/ld-musl-x86_64.path", b"/lib") is None


@pytest.mark.parametrize("path", [".env", ".npmrc", ".git-credentials", ".kube/config", ".pgpass"])
@pytest.mark.parametrize(
    "part", [b" ", b"SECRET", b"://a:", b":", b"a", b"_auth", b"\n ", b"token"]
)
def test_credential_file_is_read_in_linear_time(path: str, part: bytes) -> None:
    """Whatever is repeated in 64 kB, it is read in far less than a second."""
    start = time.process_time()
    notes("credential-file", f"root/{path}", part * (65536 // len(part)))
    assert time.process_time() - start < 1
