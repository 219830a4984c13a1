"""Turns the events of one OSV range into spans, and asks whether spans cover a version.

The rule is the section "Evaluation" of the OSV schema: events are walked in the order of their
versions; a version is affected if the last event that applies to it is ``introduced``. Keys are
those of an ordering, so that everything below is comparison of bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.advisory import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KeySpan = tuple[bytes, bytes, bytes]
"""Keys of ``introduced``, ``fixed`` and ``last``; empty means no bound on that side."""

_KINDS = frozenset({"introduced", "fixed", "last_affected", "limit"})


def event_key(version: str, key: Callable[[str], bytes]) -> bytes:
    """Return the key of an event's version; ``0`` is smaller than every version.

    Raises:
        ValueError: If the version is none of this ordering.
    """
    return b"" if version == "0" else key(version)


def spans_of(events: Iterable[tuple[str, str]], key: Callable[[str], bytes]) -> tuple[Span, ...]:
    """Return the affected spans of one range, oldest first, none touching another.

    Args:
        events: Pairs of kind (``introduced``, ``fixed``, ``last_affected`` or ``limit``) and
            version, in any order; where two name the same version, the later written one counts
            from that version on.
        key: Sort key of the ecosystem's ordering.

    Raises:
        ValueError: If a version is none of this ordering or a kind is unknown.
    """
    steps: list[tuple[bytes, str, str]] = []
    limits: list[tuple[bytes, str]] = []
    unlimited = False
    for kind, version in events:
        if kind not in _KINDS:
            raise ValueError(f"no event of a range: {kind[:40]!r}")
        if kind != "limit":
            steps.append((event_key(version, key), kind, version))
        elif version == "*":
            unlimited = True
        else:
            limits.append((event_key(version, key), version))
    steps.sort(key=lambda step: step[0])
    found = _walk(steps)
    if unlimited or not limits:
        return tuple(span for span, _, _ in found)
    bound, text = max(limits)
    return _limited(found, bound, text)


_Found = tuple[Span, bytes, bytes]


def _walk(steps: list[tuple[bytes, str, str]]) -> list[_Found]:
    """Walk sorted events; gives spans with the keys of their two ends (open end: empty)."""
    spans: list[_Found] = []
    opened: tuple[bytes, str] | None = None
    at = 0
    while at < len(steps):
        here = steps[at][0]
        stop = at
        while stop < len(steps) and steps[stop][0] == here:
            stop += 1
        group = steps[at:stop]
        at = stop
        # The version itself is decided by the last event that is not last_affected; versions
        # after it are decided by the last event of all.
        decisive = [step for step in group if step[1] != "last_affected"]
        if decisive:
            _, kind, version = decisive[-1]
            if kind == "introduced" and opened is None:
                opened = (here, version)
            elif kind == "fixed" and opened is not None:
                spans.append((Span(opened[1], fixed=version), opened[0], here))
                opened = None
        _, kind, version = group[-1]
        if kind == "last_affected" and opened is not None:
            spans.append((Span(opened[1], last=version), opened[0], here))
            opened = None
    if opened is not None:
        spans.append((Span(opened[1]), opened[0], b""))
    return spans


def _limited(spans: list[_Found], bound: bytes, text: str) -> tuple[Span, ...]:
    kept: list[Span] = []
    for span, low, high in spans:
        if low >= bound:
            continue
        within = high and (high < bound or (high == bound and span.fixed))
        kept.append(span if within else Span(span.introduced, fixed=text))
    return tuple(kept)


def keys_of(spans: Iterable[Span], key: Callable[[str], bytes]) -> tuple[KeySpan, ...]:
    """Return the bounds of spans as keys, for ``covers``.

    Raises:
        ValueError: If a version is none of this ordering.
    """
    return tuple(
        (
            event_key(span.introduced, key),
            key(span.fixed) if span.fixed else b"",
            key(span.last) if span.last else b"",
        )
        for span in spans
    )


def covers(version_key: bytes, spans: Iterable[KeySpan]) -> bool:
    """Return True if one of the spans holds the version with this key."""
    return any(
        low <= version_key
        and (not fixed or version_key < fixed)
        and (not last or version_key <= last)
        for low, fixed, last in spans
    )
