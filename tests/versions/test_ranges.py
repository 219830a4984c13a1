"""Events of OSV ranges become spans that hold exactly the affected versions."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.model.advisory import Span
from dunnage.versions._ranges import covers, keys_of, spans_of
from dunnage.versions.deb import ordering as deb
from dunnage.versions.semver import ordering as semver
from versions.corpus import real_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

Events = list[tuple[str, str]]
KEY = semver.key


def _affected(version: str, events: Sequence[tuple[str, str]]) -> bool:
    """Walk the events once for this one version: the specification's own loop, and slow."""
    here = KEY(version)

    def place(event: tuple[str, str]) -> bytes:
        return b"" if event[1] == "0" else KEY(event[1])

    limits = [text for kind, text in events if kind == "limit"]
    if limits and not any(text == "*" or here < KEY(text) for text in limits):
        return False
    vulnerable = False
    for kind, text in sorted((e for e in events if e[0] != "limit"), key=place):
        if kind == "introduced" and here >= place((kind, text)):
            vulnerable = True
        elif (kind == "fixed" and here >= KEY(text)) or (
            kind == "last_affected" and here > KEY(text)
        ):
            vulnerable = False
    return vulnerable


_NUMBER = st.sampled_from([f"{major}.{minor}" for major in range(4) for minor in range(1, 4)])
_KIND = st.sampled_from(["introduced", "fixed", "last_affected"])
_EVENT = st.tuples(_KIND, _NUMBER)
_FIRST = st.sampled_from([("introduced", "0"), ("introduced", "0.2"), ("fixed", "1.1")])
_LIMIT = st.tuples(st.just("limit"), st.one_of(_NUMBER, st.just("*")))


@settings(max_examples=400, deadline=None)
@given(_FIRST, st.lists(_EVENT, max_size=7), st.lists(_LIMIT, max_size=2))
def test_spans_hold_what_the_events_say(
    first: tuple[str, str], rest: Events, limits: Events
) -> None:
    """Every version is in a span exactly if walking the events finds it affected."""
    events = [first, *rest, *limits]
    spans = spans_of(events, KEY)
    keys = keys_of(spans, KEY)
    probes = [
        f"{major}.{minor}{end}" for major in range(4) for minor in range(5) for end in ("", "-a")
    ]
    for version in probes:
        assert covers(KEY(version), keys) == _affected(version, events), (version, events)
    assert all(not (span.fixed and span.last) for span in spans)
    lows = [low for low, _, _ in keys]
    assert lows == sorted(set(lows))


@pytest.mark.parametrize(
    ("events", "spans"),
    [
        ([("introduced", "0"), ("fixed", "1.2")], [Span("0", fixed="1.2")]),
        ([("fixed", "1.2"), ("introduced", "0")], [Span("0", fixed="1.2")]),
        ([("introduced", "1.0")], [Span("1.0")]),
        ([("introduced", "1.0"), ("last_affected", "1.4")], [Span("1.0", last="1.4")]),
        (
            [("introduced", "2.0"), ("fixed", "2.5"), ("introduced", "0"), ("fixed", "1.2")],
            [Span("0", fixed="1.2"), Span("2.0", fixed="2.5")],
        ),
        (
            [("introduced", "1.0"), ("introduced", "1.1"), ("fixed", "1.2")],
            [Span("1.0", fixed="1.2")],
        ),
        ([("introduced", "0"), ("fixed", "1.2"), ("fixed", "1.3")], [Span("0", fixed="1.2")]),
        ([("introduced", "1.2"), ("fixed", "1.2")], []),
        ([("introduced", "1.2"), ("last_affected", "1.2")], [Span("1.2", last="1.2")]),
        ([("introduced", "0"), ("fixed", "2.0"), ("introduced", "2.0")], [Span("0")]),
        ([("fixed", "1.2")], []),
        ([("introduced", "0"), ("limit", "1.5")], [Span("0", fixed="1.5")]),
        ([("introduced", "0"), ("fixed", "1.2"), ("limit", "1.5")], [Span("0", fixed="1.2")]),
        ([("introduced", "0"), ("limit", "*")], [Span("0")]),
        ([("introduced", "1.5"), ("limit", "1.5")], []),
        ([], []),
    ],
)
def test_examples(events: Events, spans: list[Span]) -> None:
    """Several, unordered, open, empty and limited ranges: OSV schema, "Evaluation"."""
    assert list(spans_of(events, KEY)) == spans


def test_zero_is_below_everything() -> None:
    """``introduced: 0`` holds pre-releases of 0.0.0 and versions that begin with a tilde."""
    assert covers(KEY("0.0.0-alpha"), keys_of([Span("0", fixed="1.0")], KEY))
    assert covers(deb.key("~1"), keys_of([Span("0")], deb.key))


@pytest.mark.parametrize("events", [[("introduced", "~")], [("mended", "1.0")]])
def test_what_is_refused(events: Events) -> None:
    """A version that is none and an unknown event are refused, so that the caller can say so."""
    with pytest.raises(ValueError, match="no "):
        spans_of(events, KEY)


def test_real_versions_in_their_own_spans() -> None:
    """The first version of a span is inside, the fixed one outside, the last one inside."""
    versions = [text for text in real_versions("crates.io") if text != "0"][:300]
    for low, high in pairwise(versions):
        if KEY(low) < KEY(high):
            fixed = keys_of([Span(low, fixed=high)], KEY)
            last = keys_of([Span(low, last=high)], KEY)
            assert covers(KEY(low), fixed)
            assert not covers(KEY(high), fixed)
            assert covers(KEY(high), last)
