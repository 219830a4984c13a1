"""CISA's catalogue of known exploited vulnerabilities."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from dunnage.advisories._feed import Feed, Part, Root, Sink
from dunnage.advisories._wire import Fact
from dunnage.model.errors import InputError, LimitError
from dunnage.model.limits import MIB

if TYPE_CHECKING:
    from typing import BinaryIO

FILE = "known_exploited_vulnerabilities.json"
BYTES = 64 * MIB
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}")


class _Entry(msgspec.Struct):
    """An entry, by the schema CISA publishes beside the catalogue."""

    cveID: str  # noqa: N815 - the name in the file
    dateAdded: str = ""  # noqa: N815
    dueDate: str = ""  # noqa: N815
    knownRansomwareCampaignUse: str = ""  # noqa: N815


class _Catalogue(msgspec.Struct):
    vulnerabilities: list[msgspec.Raw]
    dateReleased: str = ""  # noqa: N815


def _parts(root: Root, wanted: tuple[str, ...]) -> tuple[Part, ...]:  # noqa: ARG001 - for all
    return (Part("kev", "catalogue", FILE),) if root.exists(FILE) else ()


def _load(stream: BinaryIO, part: Part, sink: Sink) -> None:
    data = stream.read(BYTES + 1)
    if len(data) > BYTES:
        raise LimitError(f"the catalogue is larger than {BYTES} bytes", where=part.path)
    try:
        catalogue = msgspec.json.decode(data, type=_Catalogue)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InputError(f"this is no catalogue: {error}", where=part.path) from error
    sink.seen(catalogue.dateReleased[:40])
    for raw in catalogue.vulnerabilities:
        try:
            entry = msgspec.json.decode(raw, type=_Entry)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            sink.count("skipped")
            continue
        if not _CVE.fullmatch(entry.cveID):
            sink.count("skipped")
            continue
        sink.fact(
            entry.cveID,
            Fact(
                at=entry.dateAdded[:40],
                added=entry.dateAdded[:10],
                due=entry.dueDate[:10],
                ransomware=entry.knownRansomwareCampaignUse.lower() == "known",
            ),
        )


feed = Feed(parts=_parts, load=_load)
