"""OSV records of every kind are read, skipped or left out, and counted."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisories.mirrors import below, osv_zip, record, zipped
from advisories.test_feed_files import Notes
from dunnage.advisories._feed import Part
from dunnage.advisories._mirror import Place
from dunnage.advisories._wire import FIXED, LAST, UNREAD
from dunnage.advisories.feeds import osv
from dunnage.advisories.feeds.osv import feed

if TYPE_CHECKING:
    from pathlib import Path


def _read(ecosystem: str, *bodies: bytes | dict[str, Any]) -> Notes:
    notes = Notes()
    data = [body if isinstance(body, bytes) else json.dumps(body).encode() for body in bodies]
    archive = zipped({f"{index}.json": body for index, body in enumerate(data)})
    feed.load(io.BytesIO(archive), Part("osv", ecosystem, "all.zip"), notes)
    return notes


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"id": "X-1"}',
        b'{"id": 7, "modified": "x"}',
        b'{"id": "X 1", "modified": "x"}',
        b'{"id": "X-1", "modified": "x", "affected": {}}',
        b'{"id": "X-1", "modified": "x", "affected": [{"ranges": 1}]}',
        b'{"id": "X-1", "modified": "x", "aliases": [1]}',
        b'{"id": "\xff", "modified": "x"}',
        b'{"id": "X-1", "modified": "x", "details": ' + b"[" * 50_000,
        b'{"id": "X-1", "modified": "x", "affected": ' + b'[{"a":' * 50_000,
    ],
)
def test_broken_records_are_skipped_and_counted(body: bytes) -> None:
    """A record that breaks the schema is counted, and the one after it is read."""
    notes = _read("PyPI", body, record("P-1", "PyPI", "a", *below("2")))
    assert notes.counts == {"skipped": 1, "ignored": 0}
    assert [detail.id for detail in notes.details] == ["P-1"]


def test_unreadable_ranges_are_remembered() -> None:
    """A range that cannot be read covers nothing, but is kept: silence would be a lie."""
    bad = record("P-1", "PyPI", "a", *below("not a version"))
    half = record("P-2", "PyPI", "a", *below("not a version"))
    half["affected"][0]["ranges"].append({"type": "ECOSYSTEM", "events": list(below("2"))})
    notes = _read("PyPI", bad, half)
    assert [detail.id for detail in notes.details] == ["P-1", "P-2"]
    kinds = [[span[2] for span in entry.spans] for entry in notes.told]
    assert kinds == [[UNREAD], [FIXED, UNREAD]]


def test_versions_made_from_cpe_names() -> None:
    """The ``-NA`` that stands for "no update" in CPE names is no part of the version."""
    told = record("P-1", "PyPI", "torch", {"introduced": "0"}, {"last_affected": "2.6.0-NA"})
    (entry,) = _read("PyPI", told).told
    assert [(span[2], span[4]) for span in entry.spans] == [(LAST, "2.6.0")]


def test_nulls_are_absent() -> None:
    """Optional fields may be null."""
    fields = "aliases related upstream severity references withdrawn summary published"
    told = record("P-1", "PyPI", "a", *below("2"), **dict.fromkeys(fields.split()))
    told["affected"][0] |= {"versions": None, "severity": None, "ecosystem_specific": None}
    assert len(_read("PyPI", told).details) == 1


def test_other_ecosystems_and_git_are_left_out() -> None:
    """A record in several ecosystems gives each zip only what belongs to it."""
    told = record("X-1", "npm", "a", *below("2.0.0"))
    told["affected"] += record("X", "PyPI", "b", *below("2"))["affected"]
    told["affected"] += [{"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}]
    git = record("X-2", "PyPI", "c")
    git["affected"][0]["ranges"] = [{"type": "GIT", "repo": "x", "events": [{"fixed": "abc"}]}]
    notes = _read("PyPI", told, git, {"id": "X-3", "modified": "x"})
    assert [entry.name for entry in notes.told] == ["b"]
    assert notes.counts["ignored"] == 2


def test_odd_ecosystem_names() -> None:
    """Names with spaces, brackets, colons and URLs keep their release as written."""
    drupal = "Packagist:https://packages.drupal.org/8"
    notes = _read("Packagist", record("D-1", drupal, "drupal/x", {"introduced": "0"}))
    assert [entry.ecosystem for entry in notes.told] == [drupal]
    rocky = record("RLSA-1", "Rocky Linux:8", "a", *below("2-1"), related=["CVE-2024-1000"])
    assert _read("Rocky Linux", rocky).details[0].cves == ["CVE-2024-1000"]


def test_where_the_cves_are() -> None:
    """CVEs come from id, aliases and upstream; from related only where that is the custom."""
    related = ["CVE-2024-1"] * 2 + ["CVE-2024-1000", "CVE-2024-1001"]
    (alma,) = _read(
        "AlmaLinux", record("A", "AlmaLinux:9", "a", *below("1"), related=related)
    ).details
    assert (alma.cves, alma.bundle) == (["CVE-2024-1000", "CVE-2024-1001"], True)
    (pypi,) = _read("PyPI", record("P", "PyPI", "a", *below("1"), related=related)).details
    assert (pypi.cves, pypi.bundle) == ([], False)
    assert pypi.related == ["CVE-2024-1000", "CVE-2024-1001"]
    (alias,) = _read(
        "Go", record("G", "Go", "a", *below("1.0.0"), aliases=related, upstream=["CVE-2024-5000"])
    ).details
    assert (alias.cves, alias.bundle) == (["CVE-2024-1000", "CVE-2024-1001"], False)


def test_parts_of_hostile_listings(tmp_path: Path) -> None:
    """Names that would leave the mirror are not followed."""
    base = tmp_path / "osv"
    base.mkdir()
    names = "PyPI\n../../etc\n..\n/etc\nRocky Linux\n[EMPTY]\nDebian:12\nx\x01y\n" + "y" * 500
    (base / "ecosystems.txt").write_text(names)
    place = Place(f"{base}/", None)
    found = [part.path for part in feed.parts(place, ())]
    assert found == [f"{name}/all.zip" for name in ("Debian:12", "PyPI", "Rocky Linux", "[EMPTY]")]
    assert [part.name for part in feed.parts(place, ("Debian",))] == ["Debian:12"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["package", "ranges", "events", "fixed", "introduced", "versions"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(affected=JSON, severity=JSON, names=JSON)
@settings(max_examples=100, deadline=None)
def test_any_json(affected: object, severity: object, names: object) -> None:
    """Whatever a record holds, it is kept or counted, and the next one is read."""
    told = {
        "id": "X-1",
        "modified": "2026",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "ranges": affected}],
        "severity": severity,
        "aliases": names,
    }
    notes = Notes()
    archive = osv_zip([told, record("P-9", "PyPI", "a", *below("2"))])
    feed.load(io.BytesIO(archive), Part("osv", "PyPI", "all.zip"), notes)
    assert sum(notes.counts.values()) + len(notes.details) == 2
    assert notes.details[-1].id == "P-9"


@pytest.mark.parametrize("field", ["EVENTS", "VERSIONS"])
def test_what_is_too_much_to_read_is_remembered(
    field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events or versions beyond the bound are no proof that nothing else is affected."""
    monkeypatch.setattr(osv, field, 3)
    many = record("P-1", "PyPI", "a", *below("2"), *below("4"))
    many["affected"][0]["versions"] = ["7", "8", "9", "10"]
    notes = _read("PyPI", many)
    [told] = notes.told
    assert UNREAD in {span[2] for span in told.spans}
