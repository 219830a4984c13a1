"""Turns plain ignore files of Trivy into waivers of a settings file, for the GitHub Action."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dunnage.policy.ignorefile import parse, text_of

if TYPE_CHECKING:
    from datetime import date

read_text = text_of


def waivers(name: str, text: str, today: date) -> str:
    """Return the waivers of one ignore file as TOML.

    Args:
        name: What the file is called; it becomes the owner of the waivers.
        text: Its content.
        today: The date from which waivers without an end last a year.

    Raises:
        UsageError: If a line is not of the form that ``policy.ignorefile`` reads.
    """
    return "".join(
        f"\n[[waivers]]\nid = {_quoted(waiver.id)}\nowner = {_quoted(waiver.owner)}\n"
        f"reason = {_quoted(waiver.reason)}\nexpires = {waiver.expires}\n"
        for waiver in parse(name, text, today)
    )


def _quoted(text: str) -> str:
    """Return a basic string of TOML 1.0."""
    return json.dumps(text, ensure_ascii=False)
