"""Makes a report whose texts can all be written as UTF-8, whatever bytes names were made of.

A stored report can only hold what JSON can; with this every format shows the same, whether it was
made from the scan or from the stored report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from dunnage.render._encode import printable

if TYPE_CHECKING:
    from dunnage.model.report import Report

T = TypeVar("T")


def legible(report: Report) -> Report:
    r"""Return the report with bytes that are no UTF-8 written out as ``\xNN``."""
    try:
        # Looking through a large report in Python would take longer than writing it.
        msgspec.json.encode(report)
    except UnicodeEncodeError:
        return _legible(report)
    return report


def _legible(value: T) -> T:
    changed: object = value
    if isinstance(value, str):
        changed = printable(value)
    elif isinstance(value, tuple):
        changed = tuple(_legible(item) for item in value)
    elif isinstance(value, Struct):
        found = {name: _legible(getattr(value, name)) for name in value.__struct_fields__}
        changed = msgspec.structs.replace(value, **found)
    return changed  # type: ignore[return-value]  # each branch keeps the type
