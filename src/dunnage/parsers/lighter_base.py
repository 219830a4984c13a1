"""Names lighter images that can stand in for a base image, and what they lack.

The facts are in ``data/lighter_bases.toml``. Only images that are published are named; nothing here
says that a program works without what is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dunnage.io.tables import part
from dunnage.model.lighter import TIERS, Lighter
from dunnage.parsers import _base_words as words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.parsers.base_image import Base

    Row = Mapping[str, Any]

_OF_LIMITS = (("kinds", "kind"), ("distros", "distro"), ("releases", "release"), ("versions", "version"))  # fmt: skip


def lighter(base: Base) -> tuple[Lighter, ...]:
    """Return lighter images that can stand in for one, heavier before lighter.

    Args:
        base: What is known about it; without a known tier nothing is lighter, and an image held by
            a digest gets names without one.
    """
    known = base.tier and (base.libc or base.kind == "os")
    if base.os != "linux" or not (known or base.deprecated):
        return ()
    rows: tuple[Row, ...] = tuple(part("lighter_bases", base.family).get("rows", ()))
    found = [one for row in rows if _holds(row, base) for one in _made(row, base)]
    return tuple(sorted(found, key=lambda one: (bool(one.changes), TIERS.index(one.tier))))


def _holds(row: Row, base: Base) -> bool:
    if base.tier not in row["from"]:
        return False
    for limit, field in _OF_LIMITS:
        if limit in row and getattr(base, field) not in row[limit]:
            return False
    if set(row.get("unless", ())) & {*base.tag.split("-")}:
        return False
    return "lines" not in row or _line(base) in row["lines"]


def _line(base: Base) -> str:
    return words.line_of(base.version, part("bases", f"family.{base.family}")["line"])


def _made(row: Row, base: Base) -> Iterator[Lighter]:
    image = _named(row["image"], base) if "image" in row else _retagged(row, base)
    if image and image != base.image:
        yield Lighter(
            image,
            row["tier"] or base.tier,
            tuple(row["drops"]),
            tuple(row.get("changes", ())),
            row.get("needs", ""),
        )


def _named(pattern: str, base: Base) -> str:
    values = {
        "repository": _without_tag(base),
        "release": base.release,
        "version": base.version,
        "line": _line(base),
        "codename": next((word for word in base.tag.split("-") if words.codename(word)[0]), ""),
    }
    if any(f"{{{name}}}" in pattern and not value for name, value in values.items()):
        return ""
    return pattern.format_map(values)


def _without_tag(base: Base) -> str:
    name = base.image.partition("@")[0]
    head, colon, tail = name.rpartition(":")
    return head if colon and "/" not in tail else name


def _retagged(row: Row, base: Base) -> str:
    bare = base.tag in {"", "latest"}
    start = [row["bare"]] if row.get("bare") else []
    missing = row["place"] == "dev" and row["add"] not in base.tag.split("-")
    if missing or (bare and row["place"] == "jdk"):
        return ""
    parts = _placed(row["add"], row["place"], start if bare else base.tag.split("-"))
    tag = "-".join(parts) or "latest"
    return f"{_without_tag(base)}:{tag}"


def _placed(word: str, place: str, parts: list[str]) -> list[str]:
    about = [at for at, part in enumerate(parts) if words.codename(part)[0]]
    if place == "dev":
        return [part for part in parts if part != word]
    if place == "jdk":
        kept = [part for part in parts if part != "jdk"]
        return [*kept[:1], word, *kept[1:]]
    if place == "instead":
        kept = [part for at, part in enumerate(parts) if at not in about and part != "slim"]
        return [*kept, word]
    at = about[0] if about and place == "codename" else len(parts)
    return [*parts[:at], word, *parts[at:]]
