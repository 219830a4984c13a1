"""Says which images are there instead of one that is not, and makes foreign text printable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.sources._choose import listed

if TYPE_CHECKING:
    from collections.abc import Iterable


def near(name: str, known: Iterable[str], *, otherwise: str) -> str:
    """Return advice for an image that is not there.

    Args:
        name: What was asked for.
        known: What there is.
        otherwise: What to say if nothing resembles it.
    """
    import difflib

    names = [cleaned(one) for one in dict.fromkeys(known) if "<none>" not in one][:5000]
    short = {one: one.removeprefix("docker.io/").removeprefix("library/") for one in names}
    base = name.removeprefix("docker.io/").removeprefix("library/")
    alike = [one for one in names if _last(short[one]) == _last(base)]
    close = difflib.get_close_matches(base, set(short.values()), 3, 0.6)
    found = [*dict.fromkeys([*alike[:5], *(one for one in names if short[one] in close)])]
    return f"did you mean {listed(found)}?" if found else otherwise


def _last(name: str) -> str:
    """Return the last part of a repository, without tag and digest."""
    return name.rpartition("/")[2].partition("@")[0].partition(":")[0]


def cleaned(text: str) -> str:
    """Return foreign text as one bounded printable line."""
    line = " ".join(text[:2000].split())[:300]
    return "".join(c if c.isprintable() else "?" for c in line)
