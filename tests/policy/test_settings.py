"""The settings file: what it may say, and how mistakes are told."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dunnage.model.errors import UsageError
from dunnage.model.policy import Waiver
from dunnage.policy.settings import parse, read

if TYPE_CHECKING:
    from pathlib import Path

GOOD = b"""
[scan]
severity = "critical,high"
fail-on = "high"
ignore_unfixed = true
skip-dirs = ["usr/share/doc", "opt/old"]
exit-code = 7
timeout = "10m"

[db]
mirrors = ["https://mirror.example.org/dunnage", "/srv/mirror"]
max_age = "48h"

[[waivers]]
id = "CVE-2019-10906"
owner = "shop team"
reason = "templates are not written by users"
expires = 2026-12-31
packages = ["jinja2", "pkg:pypi/jinja2@2.10"]
paths = "app/*"

[[waivers]]
id = "CVE-2020-1"
owner = "platform"
reason = "not reachable"
expires = "2026-01-31"
"""
FLAGS = {
    "severity": "list",
    "fail-on": "text",
    "ignore-unfixed": "switch",
    "skip-dirs": "list",
    "exit-code": "number",
    "timeout": "duration",
    "quiet": "switch",
    "db-mirrors": "list",
}
WAIVER = '[[waivers]]\nid = "C"\nowner = "o"\nreason = "r"\nexpires = 2026-01-01\n'


def test_everything_a_file_may_say() -> None:
    """Values come out by flag name with the form their flag has; waivers keep their line."""
    settings = parse(GOOD, "dunnage.toml", FLAGS)
    assert dict(settings.values) == {
        "severity": ("critical,high",),
        "fail-on": "high",
        "ignore-unfixed": True,
        "skip-dirs": ("usr/share/doc", "opt/old"),
        "exit-code": 7,
        "timeout": "10m",
        "db-mirrors": ("https://mirror.example.org/dunnage", "/srv/mirror"),
        "db-max-age": "48h",
    }
    assert settings.waivers[0] == Waiver(
        "CVE-2019-10906",
        "shop team",
        "templates are not written by users",
        "2026-12-31",
        ("jinja2", "pkg:pypi/jinja2@2.10"),
        ("app/*",),
        "dunnage.toml:14",
    )
    assert settings.waivers[1].expires == "2026-01-31"
    assert settings.waivers[1].origin == "dunnage.toml:22"


@pytest.mark.parametrize(
    ("text", "where", "told"),
    [
        ("[scan]\n\nsevrity = 'high'\n", "f:3", "unknown key in [scan]: 'sevrity'"),
        ("[scann]\n", "f:1", "unknown section: 'scann'"),
        ("x = 1\n", "f:1", "unknown section: 'x'"),
        ("scan = 1\n", "f:1", "'scan' must be a section"),
        ("[scan]\nquiet = 'yes'\n", "f:2", "'quiet' must be true or false"),
        ("[scan]\nexit-code = true\n", "f:2", "'exit-code' must be a whole number"),
        ("[scan]\nskip-dirs = [1]\n", "f:2", "'skip-dirs' must be a list of texts"),
        ("[scan]\nfail-on = 'a'\nfail_on = 'b'\n", "f:3", "'fail-on' is given twice"),
        ("[scan]\ndb-mirrors = 'x'\n[db]\nmirrors = 'y'\n", "f:4", "'db-mirrors' is given twice"),
        ("[db]\nmirror = 'x'\n", "f:2", "unknown key in [db]: 'mirror'"),
        ("[scan\n", "f", "not valid TOML"),
        ("[scan]\na = \xe9\n", "f", "not UTF-8"),
        ("waivers = 3\n", "f:1", "'waivers' must be a list"),
        ("waivers = [3]\n", "f:1", "waiver 1 is no table"),
        ("x = " + "[" * 5000, "f", "nested too deeply"),
        ("x = " + "9" * 5000, "f", "not valid TOML"),
        (f"{WAIVER}\n{WAIVER}ownr = 1\n", "f:12", "waiver 2: unknown key 'ownr'"),
        (f"{WAIVER}\n[[waivers]]\nid = 'D'\n", "f:7", "waiver D: 'owner' is missing"),
        (WAIVER.replace("2026-01-01", "'soon'"), "f:5", "waiver C: 'expires' must be a date"),
        (WAIVER.replace("2026-01-01", "'2026-02-30'"), "f:5", "'expires' must be a date"),
        (WAIVER.replace('"r"', '" "'), "f:4", "waiver C: 'reason' must be a text"),
        (f"{WAIVER}packages = ['']\n", "f:6", "'packages' holds an empty text"),
        (f"{WAIVER}packages = ['pkg:deb']\n", "f:6", "not a package URL"),
        (f"{WAIVER}paths = 3\n", "f:6", "'paths' must be a list of texts"),
    ],
)
def test_mistakes_name_file_line_and_entry(text: str, where: str, told: str) -> None:
    """One clear error for each mistake, exit code 2."""
    with pytest.raises(UsageError) as caught:
        parse(text.encode("latin-1"), "f", FLAGS)
    assert caught.value.where == where
    assert told in caught.value.message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("[scan]\nsevrity = 'high'\n", "did you mean 'severity'?"),
        ("[scan]\nfail_om = 'high'\n", "did you mean 'fail-on'?"),
        ("[waiver]\n", "did you mean 'waivers'?"),
        ("[db]\nxyz = 1\n", "known: max-age, mirrors"),
        (f"{WAIVER}expiry = 1\n", "did you mean 'expires'?"),
        (WAIVER.replace('owner = "o"\n', ""), 'add a line such as: owner = "payments team"'),
    ],
)
def test_mistakes_come_with_advice(text: str, advice: str) -> None:
    """The nearest known word is offered."""
    with pytest.raises(UsageError) as caught:
        parse(text.encode(), "f", FLAGS)
    assert caught.value.advice == advice


def test_same_key_in_other_sections_does_not_mislead() -> None:
    """The line is that of the key in its own entry, not of the first one of that name."""
    text = f"[scan]\nquiet = true\n\n{WAIVER}\n{WAIVER}quiet = true\n"
    with pytest.raises(UsageError) as caught:
        parse(text.encode(), "f", FLAGS)
    assert caught.value.where == "f:15"


def test_file_is_only_looked_for_here(tmp_path: Path) -> None:
    """No file gives empty settings; parents are not searched; a named file must exist."""
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "dunnage.toml").write_text("[scan]\nquiet = true\n", encoding="utf-8")
    assert dict(read(None, inner, FLAGS).values) == {}
    assert dict(read(None, tmp_path, FLAGS).values) == {"quiet": True}
    assert read(None, tmp_path, FLAGS).origin == "dunnage.toml"
    with pytest.raises(UsageError, match="does not exist"):
        read(inner / "other.toml", inner, FLAGS)


def test_odd_files_never_block(tmp_path: Path) -> None:
    """A directory, a pipe and an enormous file are refused at once."""
    os.mkfifo(tmp_path / "dunnage.toml")
    with pytest.raises(UsageError, match="not a regular file"):
        read(None, tmp_path, FLAGS)
    with pytest.raises(UsageError, match="not a regular file"):
        read(tmp_path, tmp_path, FLAGS)
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(UsageError):
            read(tmp_path / name, tmp_path, FLAGS)
    big = tmp_path / "big.toml"
    big.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(UsageError, match="larger than"):
        read(big, tmp_path, FLAGS)


def test_many_waivers_are_read_quickly() -> None:
    """Thousands of waivers, each with its line, take no longer than their number."""
    count = 5000
    one = 'owner = "a"\nreason = "b"\nexpires = 2026-12-31\n'
    text = "".join(f'[[waivers]]\nid = "CVE-2024-{n:05}"\n{one}' for n in range(count))
    start = time.process_time()
    found = parse(text.encode(), "f", FLAGS)
    assert time.process_time() - start < 5
    assert [waiver.origin for waiver in found.waivers[:2]] == ["f:1", "f:6"]
    assert len(found.waivers) == count


def test_endless_keys_are_refused() -> None:
    """A dotted key takes the TOML reader time that grows with the square of its parts."""
    start = time.process_time()
    with pytest.raises(UsageError, match="more than 1000 dots"):
        parse(b"[scan]\n" + b"a." * 200_000 + b"a = 1\n", "f", FLAGS)
    assert time.process_time() - start < 2


@hypothesis_settings(max_examples=150)
@given(st.one_of(st.binary(max_size=80), st.text(max_size=80).map(lambda t: t.encode())))
def test_any_bytes_give_settings_or_a_usage_error(raw: bytes) -> None:
    """No content ends in anything but settings or an error for the user."""
    for text in (raw, b"[scan]\n" + raw, WAIVER.encode() + raw):
        where = "f"
        try:
            parse(text, "f", FLAGS)
        except UsageError as error:
            where = error.where
        assert where.startswith("f")
