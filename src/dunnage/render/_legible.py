"""Makes a report whose texts can all be written as UTF-8, whatever bytes names were made of.

A stored report can only hold what JSON can; with this every format shows the same, whether it was
made from the scan or from the stored report.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from dunnage.render._encode import printable

if TYPE_CHECKING:
    from dunnage.model.report import Report

T = TypeVar("T")
_FEW = 50
"""Findings and packages that are looked through sooner than msgspec is imported."""


def legible(report: Report) -> Report:
    r"""Return the report with bytes that are no UTF-8 written out as ``\xNN``."""
    held = sum(len(s.findings) + len(s.inventory.packages) for s in report.subjects)
    if held < _FEW:
        return _legible(report)
    import msgspec

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
    elif is_dataclass(value) and not isinstance(value, type):
        found = {field.name: _legible(getattr(value, field.name)) for field in fields(value)}
        changed = replace(value, **found)
    return changed  # type: ignore[return-value]  # each branch keeps the type
