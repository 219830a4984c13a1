"""Two images of one program for tests of budgets, and what a report says of a budget."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from images import write_oci_dir
from parsers.test_elf_dynamic import tiny
from surfaces import Item, tar_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Scanned = Callable[..., tuple[int, str, str]]

DEMO = b"Name: demo\nVersion: 1.0\n"
LEFT = b'{"name": "left", "version": "1.2.3"}'
MADE = "RUN make install"


def write_images(tmp_path: Path) -> None:
    """Write the layouts ``old``, and ``new`` that has more of everything."""
    base = tar_of(
        Item("app/demo-1.0.dist-info/METADATA", DEMO),
        Item("bin/su", tiny(interpreter=b""), 0o4755),
        Item("data", bytes(100_000)),
    )
    more = tar_of(
        Item("srv/node_modules/left/package.json", LEFT),
        Item("bin/sudo", tiny(interpreter=b""), 0o6755),
        Item("more", bytes(50_000)),
    )
    history = [{"created_by": "COPY app"}, {"created_by": MADE}]
    write_oci_dir(tmp_path / "old", [base], history=history[:1], compression="none")
    write_oci_dir(tmp_path / "new", [base, more], history=history, compression="none")


def over(report: str | bytes) -> dict[str, str]:
    """Return the messages of what is over a budget, by key."""
    found = (f for s in json.loads(report)["subjects"] for f in s["findings"])
    return {
        f["locations"][0]["path"].removeprefix("budget/"): f["message"]
        for f in found
        if f["id"] == "image/over-budget"
    }


def unchecked(report: str) -> list[str]:
    """Return what is said of limits that were not checked."""
    problems = (p for s in json.loads(report)["subjects"] for p in s["problems"])
    return [p["message"] for p in problems if p["code"] == "budget-not-checked"]
