"""Turns the events of an OSV range into spans of sort keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.advisories._wire import FIXED, LAST, OPEN
from dunnage.versions import _ranges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dunnage.advisories._record import Event

Span = tuple[bytes, bytes, int, str, str]
"""Lower key, upper key, kind of end, and both ends as written."""


_NOT_APPLICABLE = "-NA"
"""What records made from CPE names put behind a version that has no update (CPE 2.3, 5.3.3)."""


def spans_of(events: Sequence[Event], key: Callable[[str], bytes]) -> list[Span]:
    """Return the spans of one range, in rising order.

    Args:
        events: The events of the range, in any order.
        key: The ordering's key function.

    Raises:
        ValueError: If an event names what is no version of this ordering.
    """
    if len(events) == 2 and events[0].introduced == "0" and events[1].fixed is not None:
        fixed = events[1].fixed  # nearly all ranges of distributions look like this
        return [(b"", key(fixed), FIXED, "0", fixed)]
    spans: list[Span] = []
    for span in _ranges.spans_of(_pairs(events), key):
        end = span.fixed or span.last
        kind = FIXED if span.fixed else LAST if span.last else OPEN
        high = _ranges.event_key(end, key) if end else b""
        spans.append((_ranges.event_key(span.introduced, key), high, kind, span.introduced, end))
    return spans


def _pairs(events: Sequence[Event]) -> Iterator[tuple[str, str]]:
    for event in events:
        if event.introduced is not None:
            yield "introduced", event.introduced.removesuffix(_NOT_APPLICABLE)
        elif event.fixed is not None:
            yield "fixed", event.fixed.removesuffix(_NOT_APPLICABLE)
        elif event.last_affected is not None:
            yield "last_affected", event.last_affected.removesuffix(_NOT_APPLICABLE)
        elif event.limit is not None:
            yield "limit", event.limit
