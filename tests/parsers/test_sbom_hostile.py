"""Hostile SBOMs of every format give an answer or one clear error, never anything else."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.model.errors import InputError, LimitError
from dunnage.model.limits import Limits
from dunnage.parsers import _spdx_tags, sbom

LIMITS = Limits()
DATA = Path(__file__).resolve().parent.parent / "data" / "sbom"
NAMES = ("mini.cdx.xml", "mini.spdx.json", "mini.spdx", "mini.syft.json")
_WORDS = ("SPDXRef-DOCUMENT", "SPDXRef-a", "pkg:npm/a@1", "DESCRIBES", "dunnage:path: a", "")
_KEYS = (
    *("SPDXID", "name", "versionInfo", "externalRefs", "referenceType", "referenceLocator"),
    *("annotations", "comment", "attributionTexts", "checksums", "licenseDeclared", "fileName"),
    *("spdxElementId", "relatedSpdxElement", "relationshipType", "sourceInfo", "licenseId"),
    *("id", "purl", "locations", "path", "metadata", "digest", "licenses", "parent", "child"),
    *("layers", "config", "target", "type", "labels", "tags", "userInput", "versionID"),
)
_VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.sampled_from(_WORDS), st.text(max_size=8)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5)
    ),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None)
@given(_VALUES, _VALUES, _VALUES)
def test_wrong_types_never_escape(first: object, second: object, third: object) -> None:
    """Whatever types the fields have, the answer is an inventory and problems."""
    spdx = {
        "spdxVersion": third,
        "packages": first,
        "relationships": second,
        "files": second,
        "annotations": third,
        "documentDescribes": third,
        "hasExtractedLicensingInfos": second,
        "creationInfo": {"creators": third},
    }
    listed = first if isinstance(first, list) else [first]
    syft = {
        "artifacts": listed,
        "artifactRelationships": second,
        "source": {"type": "image", "metadata": third},
        "distro": second,
        "schema": third,
    }
    for document in (spdx, syft):
        inventory, _, _ = sbom.read(json.dumps(document).encode(), LIMITS)
        assert len({p.ref for p in inventory.packages}) == len(inventory.packages)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(NAMES), st.integers(0, 20_000), st.binary(max_size=3))
def test_damaged_documents(name: str, offset: int, noise: bytes) -> None:
    """A real document with some bytes overwritten is read or refused, nothing else."""
    data = (DATA / name).read_bytes()
    offset %= len(data)
    with contextlib.suppress(InputError):
        sbom.read(data[:offset] + noise + data[offset + len(noise) :], LIMITS)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*_WORDS, "PackageName:", "SPDXID:", "<text>", "</text>", "\n"])))
def test_tags_in_any_order(words: list[str]) -> None:
    """Tag-value has no grammar but its lines, so any of them may come."""
    sbom.read(("SPDXVersion: SPDX-2.3\n" + " ".join(words)).encode(), LIMITS)


@pytest.mark.parametrize(
    "body",
    [
        b"PackageComment: <text>" * 200_000,
        b"PackageComment: <text>\n" * 200_000,
        b"Relationship: a DEPENDS_ON b\n" * 200_000,
        b"#\n" * 1_000_000,
        b"PackageName: a\n" * 100_000,
    ],
)
def test_repetition_takes_linear_time(body: bytes) -> None:
    """Texts that never end and sections without content are not looked at twice."""
    start = time.process_time()
    sbom.read(b"SPDXVersion: SPDX-2.3\n" + body, LIMITS)
    assert time.process_time() - start < 5


def test_comments_before_a_list_take_linear_time() -> None:
    """What kind of text it is is found out in one pass over its beginning."""
    start = time.process_time()
    assert not sbom.looks_like(b"#\n" * 200_000)
    assert not sbom.looks_like(b"# \t\r\n" * 200_000 + b"x")
    assert time.process_time() - start < 1


def test_tags_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """More tags than allowed are an error with the line."""
    monkeypatch.setattr(_spdx_tags, "TAGS", 10)
    with pytest.raises(LimitError, match="tags"):
        sbom.read(b"SPDXVersion: SPDX-2.3\n" * 11, LIMITS)
