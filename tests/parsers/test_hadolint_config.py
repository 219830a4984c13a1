"""Settings of hadolint are read as its documentation writes them."""

from __future__ import annotations

import pytest

from dunnage.model.errors import InputError
from dunnage.parsers.hadolint_config import HadolintConfig, read

WHOLE = """\
# from the documentation of hadolint
failure-threshold: warning
format: tty
ignored:
  - DL3000
  - SC1010
label-schema:
  author: text
  created: rfc3339
  version: semver
no-color: true
no-fail: true
override:
  error:
    - DL3015
  info: [DL3032]
strict-labels: false
trustedRegistries:
- docker.io
- "*.gcr.io"
"""


def test_whole_file() -> None:
    """Every key is understood; what says how hadolint prints is passed over."""
    assert read(WHOLE.encode(), "f") == HadolintConfig(
        ignored=("DL3000", "SC1010"),
        overrides=(("DL3015", "error"), ("DL3032", "info")),
        trusted=("docker.io", "*.gcr.io"),
        labels=(("author", "text"), ("created", "rfc3339"), ("version", "semver")),
        strict_labels=False,
        threshold="warning",
        no_fail=True,
        passed_over=("format", "no-color"),
    )


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "ignored:\noverride:\ntrusted-registries: []\n"]
)
def test_empty_file(text: str) -> None:
    """A file that says nothing settles nothing."""
    assert read(text.encode(), "f") == HadolintConfig()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ignore:\n  - DL3000\n", "did you mean 'ignored'?"),
        ("ignored: DL3000\n", "'ignored' must be a list"),
        ("override:\n  fatal: [DL3000]\n", "no level 'fatal'"),
        ("override: [DL3000]\n", "'override' must be a mapping"),
        ("label-schema:\n  author: string\n", "no kind 'string'"),
        ("no-fail: perhaps\n", "true or false"),
        ("failure-threshold: high\n", "must be a level"),
        ("- DL3000\n", "one mapping"),
        ("ignored: [\n", "no YAML"),
        ("ignored: &a [x]\n", "no YAML"),
        ("\xff", "UTF-8"),
    ],
)
def test_mistakes_are_told(text: str, told: str) -> None:
    """Each mistake has one clear line."""
    with pytest.raises(InputError) as caught:
        read(text.encode("latin-1"), "f")
    assert told in f"{caught.value} {caught.value.advice}"
    assert str(caught.value).startswith("f")
