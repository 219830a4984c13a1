"""An OSV record, as far as matching needs it.

The format is the OSV schema 1.7 (https://ossf.github.io/osv-schema/). Fields that nothing here
reads are skipped without being built, which is most of the speed of an update.
"""

from __future__ import annotations

import msgspec

NOTHING = msgspec.Raw()


class Severity(msgspec.Struct, gc=False):
    """An entry of ``severity``: a CVSS vector, or another scale's word."""

    type: str = ""
    score: str = ""


class Event(msgspec.Struct, gc=False):
    """An entry of ``events``; exactly one field is set."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class Range(msgspec.Struct, gc=False):
    """An entry of ``ranges``."""

    type: str = ""
    events: list[Event] = []


class Package(msgspec.Struct, gc=False):
    """The package of an ``affected`` entry."""

    ecosystem: str = ""
    name: str = ""


class Affected(msgspec.Struct):
    """An entry of ``affected``; GIT ranges may come without a package."""

    package: Package | None = None
    ranges: list[Range] | None = None
    versions: list[str] | None = None
    severity: list[Severity] | None = None
    database_specific: msgspec.Raw = NOTHING
    ecosystem_specific: msgspec.Raw = NOTHING


class Reference(msgspec.Struct, gc=False):
    """An entry of ``references``."""

    type: str = ""
    url: str = ""


class Record(msgspec.Struct):
    """A record. ``id`` and ``modified`` are required by the schema."""

    id: str
    modified: str
    published: str | None = None
    withdrawn: str | None = None
    summary: str | None = None
    aliases: list[str] | None = None
    upstream: list[str] | None = None
    related: list[str] | None = None
    severity: list[Severity] | None = None
    affected: list[Affected] | None = None
    references: list[Reference] | None = None
    database_specific: msgspec.Raw = NOTHING


class _Words(msgspec.Struct):
    severity: str | None = None
    urgency: str | None = None


decode = msgspec.json.Decoder(Record).decode
"""Decode one record; raises ``msgspec.MsgspecError``, ``ValueError`` or ``RecursionError``."""

_words = msgspec.json.Decoder(_Words).decode


def word_of(raw: msgspec.Raw) -> str:
    """Return the ``severity`` or ``urgency`` a free-form object holds, or empty."""
    if raw is NOTHING:
        return ""
    data = bytes(raw)
    if b'"severity"' not in data and b'"urgency"' not in data:
        return ""
    try:
        words = _words(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""
    return (words.severity or words.urgency or "")[:64]
