"""Secrets are found by shape and by name, nothing else is, and the search is bounded."""

from __future__ import annotations

import random
import re
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from dunnage.io.tables import table
from dunnage.parsers.secrets import (
    MOST,
    Worth,
    _patterns,
    _row,
    entropy,
    keyed,
    scan,
    telling,
    worth,
)

_MIXED = string.ascii_letters + string.digits


def made(size: int, alphabet: str = _MIXED, seed: int = 7) -> str:
    """Return text that looks random; it is put together here so that no token stands in a file."""
    return "".join(random.Random(seed).choices(alphabet, k=size))  # noqa: S311 - no secret


HEX = "0123456789abcdef"
TOKENS = {
    "aws-access-key-id": "AK" + "IA" + made(16, "ABCDEFGHJKLMNOPQRSTUVWXYZ234567"),
    "github-token": "gh" + "p_" + made(36),
    "github-fine-grained-token": "github" + "_pat_" + made(22) + "_" + made(59),
    "gitlab-token": "gl" + "pat-" + made(20),
    "slack-token": "xo" + "xb-" + made(12, string.digits) + "-" + made(24),
    "stripe-key": "sk" + "_live_" + made(24),
    "npm-token": "np" + "m_" + made(36),
    "pypi-token": "pypi-" + "AgEIcHlwaS5vcmc" + made(80),
    "docker-token": "dckr" + "_pat_" + made(27),
    "google-api-key": "AI" + "za" + made(35),
    "sendgrid-key": "S" + "G." + made(22) + "." + made(43),
    "telegram-token": made(9, string.digits) + ":A" + "A" + made(33),
    "digitalocean-token": "do" + "p_v1_" + made(64, HEX),
    "mailchimp-key": made(32, HEX) + "-us" + "12",
    "azure-client-secret": made(3) + "8" + "Q~" + made(34),
    "terraform-token": made(14) + ".at" + "lasv1." + made(64),
    "huggingface-token": "h" + "f_" + made(34, string.ascii_letters),
    "json-web-token": "ey" + "J" + made(30) + ".ey" + "J" + made(40) + "." + made(43),
    "openai-key": "sk" + "-" + made(20) + "T3Blbk" + "FJ" + made(20),
    "anthropic-key": "sk-" + "ant-api03-" + made(95),
    "vault-token": "hv" + "s." + made(95),
    "age-key": "AGE-SECRET-" + "KEY-1" + made(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
}
HELD = {
    "url-password": ("postgres://app:", made(16), "@db:5432/app"),
    "npm-auth-token": ("//registry.example/:_auth" + "Token=", made(40), ""),
    "aws-secret-access-key": ("aws_secret_access_key = ", made(40), ""),
    "azure-storage-key": ("AccountKey=", made(86) + "==", ";EndpointSuffix=x"),
    "authorization-header": ("Authorization: Bearer ", made(40), '"'),
    "url-token": ("https://", made(40, HEX), ":x-oauth-basic@github.com/o/r.git"),
    "slack-webhook": ("https://hooks.slack.com/", "services/T0123ABCD/B0123ABCD/" + made(24), ""),
    "private-key": (
        "-----BEGIN " + "RSA PRIVATE KEY-----", "\n" + made(64) + "\n" + made(64) + "\n",
        "-----END RSA PRIVATE KEY-----\nRUN true",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(TOKENS))
@pytest.mark.parametrize("around", ["{}", "TOKEN={}\n", '"{}"', "x {} y", "https://{}@host/x"])
def test_token_is_found(kind: str, around: str) -> None:
    """A token is found wherever it stands, and the hit is the token and nothing else."""
    token = TOKENS[kind]
    data = around.format(token).encode()
    hits = scan(data)
    assert len(hits) == 1
    assert data[hits[0].start : hits[0].end] == token.encode()
    if "@" not in around:
        assert hits[0].kind == kind


@pytest.mark.parametrize("kind", sorted(HELD))
def test_value_is_found_in_its_place(kind: str) -> None:
    """Where a shape holds more than the secret, the hit is the secret only."""
    before, value, after = HELD[kind]
    data = (before + value + after).encode()
    hits = scan(data)
    assert [(hit.kind, data[hit.start : hit.end]) for hit in hits] == [(kind, value.encode())]
    assert not hits[0].weak


@pytest.mark.parametrize("kind", sorted(TOKENS))
def test_longer_or_shorter_is_none(kind: str) -> None:
    """A piece of a longer word is no token, and neither is a token that was cut."""
    token = TOKENS[kind]
    assert not scan(token[: min(20, len(token) // 2)].encode())
    if kind not in {"slack-token", "json-web-token", "telegram-token", "age-key"}:
        assert not [hit for hit in scan(("a" + token).encode()) if hit.kind == kind]


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "ghp_" + "0123456789" * 3 + "abcdef",
        "https://user:password@host/",
        "https://user:$TOKEN@host/",
        "https://${USER}:${TOKEN}@host/",
        "https://x-access-token:{{ token }}@host/",
        "https://host:8080/path@2",
        "https://$TOKEN:x-oauth-basic@github.com/o/r.git",
        "git@github.com:org/repo.git",
        "postgres://app:<password>@db/app",
        "-----BEGIN " + "RSA PRIVATE KEY-----\n$KEY\n-----END RSA PRIVATE KEY-----",
        "Authorization: Bearer $TOKEN",
        "//registry.example/:_authToken=${NPM_TOKEN}",
        "sha256:" + "ab" * 32,
        "npm_config_registry=https://registry.example/",
        "GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D",
    ],
)
def test_what_is_no_secret(text: str) -> None:
    """Examples, placeholders, variables, digests and addresses are no secrets."""
    assert scan(text.encode()) == ()


def test_default_password_is_weak() -> None:
    """A password in a URL that everybody can guess is found, and said to be one."""
    (hit,) = scan(b"postgres://postgres:postgres@db/app")
    assert hit.weak


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD", "password", "PGPASSWORD", "NPM_TOKEN", "apiToken", "api-key", "API_KEY",
        "AWS_SECRET_ACCESS_KEY", "client_secret", "MYSQL_ROOT_PASSWORD", "DJANGO_SECRET_KEY",
        "SECRET_KEY_BASE", "PRIVATE_KEY", "GH_PAT", "SMTP_PASS", "--auth-token", "TOKEN2", "_auth",
        "GITHUBTOKEN_SECRET", "AIRFLOW__CORE__FERNET_KEY", "LICENSE_KEY", "JWT_SECRET", "mysqlpassword",
    ],
)  # fmt: skip
def test_name_that_tells(name: str) -> None:
    """These names say that the value is a secret."""
    assert telling(name)


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD_FILE", "TOKEN_URL", "GPG_KEY", "PUBLIC_KEY", "SSH_PUBLIC_KEY", "KEY", "PWD",
        "ALLOW_EMPTY_PASSWORD", "PASSWORD_MIN_LENGTH", "TOKENIZERS_PARALLELISM", "MAX_TOKENS",
        "AWS_ACCESS_KEY_ID", "SECRET_NAME", "APT_KEY", "MONKEY", "BYPASS", "PATH", "COMPASS",
        "DISABLE_AUTH", "KEYRING", "ACCESS_TOKEN_EXPIRE_MINUTES", "USE_TOKEN", "SECRET_KEY_BASE_DUMMY",
        "PASSENGER", "KEYCLOAK_URL", "NODE_AUTH", "PASSWORD_HASHER", "", "---",
    ],
)  # fmt: skip
def test_name_that_does_not_tell(name: str) -> None:
    """These names only look as if."""
    assert not telling(name)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", Worth.NOTHING), ("$TOKEN", Worth.NOTHING), ("${A:-b}", Worth.NOTHING),
        ("true", Worth.NOTHING), ("0", Worth.NOTHING), ("/run/secrets/x", Worth.NOTHING),
        ("https://host/x", Worth.NOTHING), ("<token>", Worth.NOTHING), ("your-token", Worth.NOTHING),
        ("dummy", Worth.NOTHING), ("********", Worth.NOTHING), ("{Key}", Worth.NOTHING),
        ("TODO_fill", Worth.NOTHING), ("not-needed", Worth.NOTHING), ("secrets.yaml", Worth.NOTHING),
        ("postgres", Worth.WEAK), ("changeme", Worth.WEAK), ("mysecretpassword", Worth.WEAK),
        ("12345678", Worth.WEAK), ("admin123", Worth.WEAK), ("root", Worth.WEAK),
        ("aaabbc", Worth.WEAK),
        ("hunter2go", Worth.SECRET), ("63AFC5D3-8891-4FE7-BB78-30338F5A9F30", Worth.SECRET),
        ("correct-horse-battery-staple", Worth.SECRET), ("Tr0ub4dor&3", Worth.SECRET),
    ],
)  # fmt: skip
def test_worth(value: str, expected: Worth) -> None:
    """A value is nothing, a default everybody knows, or a secret."""
    assert worth(value) is expected
    assert worth(f'"{value}"') is expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("password = {}", "x9Kq2LmT7vR4"), ('api_key: "{}"', "x9Kq2LmT7vR4"),
        ("cmd --password={} x", "x9Kq2LmT7vR4"), ("cmd --token {}", "x9Kq2LmT7vR4"),
        ("export DB_PASSWORD={};", "x9Kq2LmT7vR4"), ('{{"clientSecret":"{}"}}', "x9Kq2LmT7vR4"),
        ('["cmd", "--token", "{}"]', "x9Kq2LmT7vR4"),
    ],
)  # fmt: skip
def test_named_value_is_found(text: str, value: str) -> None:
    """A value that looks random behind a telling name is found, without its quotes."""
    data = text.format(value).encode()
    (hit,) = keyed(data)
    assert data[hit.start : hit.end] == value.encode()
    assert value not in hit.title


@pytest.mark.parametrize(
    "text",
    [
        "password = get_password()", "token=$TOKEN", 'secret: "{{ secret }}"', "password: string",
        "the token x9Kq2LmT7vR4 is", "PASSWORD_FILE=x9Kq2LmT7vR4", "key=x9Kq2LmT7vR4",
        "--password-stdin", '["token", "x9Kq2LmT7vR4"]', "password=changeme1", "token = os.environ['TOKEN1']",
    ],
)  # fmt: skip
def test_named_value_is_none(text: str) -> None:
    """Code, variables, words and other names are no findings."""
    assert keyed(text.encode()) == ()


def test_entropy() -> None:
    """Entropy is counted in bits per character."""
    assert entropy("") == 0
    assert entropy("aaaa") == 0
    assert entropy("abab") == 1
    assert entropy("abcdefgh") == 3


def test_table_says_where_from() -> None:
    """Every pattern has its own name and its source, and its words are bytes it can match."""
    rows = table("secrets")["pattern"]
    assert len({row["name"] for row in rows}) == len(rows) > 60
    for row in rows:
        assert row["source"].startswith("https://")
        assert row["words"]
        re.compile(row["regex"].encode())
        # Unbounded repetition would make the time depend on more than the size.
        assert not re.search(r"(?<!\\)[*+](?![^\[]*\])", row["regex"]), row["name"]


def test_what_is_read_first_is_what_the_table_says() -> None:
    """Words, leads and parts are taken from the text of the table, one block at a time."""
    rows = table("secrets")["pattern"]
    expected = [
        (
            tuple(word.encode() for word in row["words"]),
            row.get("lead", 0),
            row.get("parted", False),
            row.get("also", "").encode(),
        )
        for row in rows
    ]
    assert [astuple(one)[:4] for one in _patterns()] == expected
    read = [_row(one.block) for one in _patterns()]
    assert [(name, title) for name, title, _ in read] == [(r["name"], r["title"]) for r in rows]
    assert [regex.pattern.decode() for _, _, regex in read] == [row["regex"] for row in rows]


HOSTILE = {
    "jwt": b"eyJ", "pem": b"-----BEGIN RSA " + b"PRIVATE KEY-----", "url": b"://a:", "name": b"password=",
    "colon": b":AA", "us": b"0123-us", "quote": b'token="', "tilde": b"8Q~", "key": b"-key: ",
    "open": b"secret=<{[", "percent": b"token=%a", "slash": b"://",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_time_is_in_proportion(name: str) -> None:
    """Ten times the bytes take about ten times as long, whatever they are."""

    def spent(size: int) -> float:
        data = HOSTILE[name] * (size // len(HOSTILE[name]))
        best = 9.0
        for _ in range(2):
            start = time.process_time()
            scan(data)
            keyed(data)
            best = min(best, time.process_time() - start)
        return best

    assert spent(200_000) < 40 * max(spent(20_000), 0.001)


@pytest.mark.parametrize(
    "value", ["1" * 40 + "kPo", "a" + "-_" * 29 + "~", "insecure" * 7 + "~", "minioadmin" * 6 + "~"]
)
def test_words_everybody_uses_take_no_time(value: str) -> None:
    """What is made of many short words, but for its end, is not tried in every way to cut it."""
    start = time.process_time()
    worth(value)
    assert time.process_time() - start < 0.5


def test_hits_are_bounded() -> None:
    """However many secrets there are, the list of them is not longer than it may be."""
    data = (TOKENS["github-token"] + "\n").encode() * (MOST + 10)
    assert len(scan(data)) == MOST
    data = b"password=x9Kq2LmT7vR4\n" * (MOST + 10)
    assert len(keyed(data)) == MOST


_PIECES = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from([*(token.encode() for token in TOKENS.values()), *HOSTILE.values()]),
    ),
    max_size=12,
)


@given(_PIECES)
def test_any_bytes(pieces: list[bytes]) -> None:
    """Any bytes give hits that lie in them, in order, apart from each other."""
    data = b"".join(pieces)
    for found in (scan(data), keyed(data)):
        end = 0
        for hit in found:
            assert end <= hit.start < hit.end <= len(data)
            end = hit.end
