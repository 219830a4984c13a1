"""Bitnami versions are semantic versions with a revision of the package."""

from __future__ import annotations

import pytest

from dunnage.versions.bitnami import ordering
from versions.corpus import real_versions, rows, wrong

ROWS = rows("""
    7.0.5 < 7.0.5-1
    7.0.5-1 < 7.0.5-2
    7.0.5-2 < 7.0.5-10
    7.0.5-10 < 7.0.6
    7.0.5-10 < 7.0.5.1
    7.0.5-0 = 7.0.5
    7.0.5-r3 = 7.0.5-3
    1.21.0-0 = 1.21.0
    1.0.0-rc.1 < 1.0.0
    1.0.0-rc.1 < 1.0.0-1
    v1.2.3 = 1.2.3
""")


def test_known_rows() -> None:
    """A number after the hyphen is a revision, everything else a pre-release."""
    assert wrong(ordering.key, ROWS) == []


def test_real_versions_have_keys() -> None:
    """Only one spelling in the shared advisories is no version."""
    refused = []
    for version in real_versions("Bitnami"):
        try:
            ordering.key(version)
        except ValueError:
            refused.append(version)
    assert refused == ["nightly.2026-03-10.0"]


@pytest.mark.parametrize("text", ["", "nightly.2026-03-10.0", "1-" + "1" * 600])
def test_what_is_no_version(text: str) -> None:
    """What has no number in front, or is very long, is refused."""
    with pytest.raises(ValueError, match="no "):
        ordering.key(text)
