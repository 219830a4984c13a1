"""Which file of NVD speaks of a CVE: one a year, and the first holds all that came before it.

See https://nvd.nist.gov/vuln/data-feeds: the file of 2002 holds CVEs named after 1999 to 2002.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST = 2002
OLDEST = 1999
_CVE = re.compile(r"CVE-(\d{4})-\d{4,19}")
_FILE = re.compile(r"nvdcve-2\.0-(\d{4})\.json(?:\.gz)?")


def year_of(cve: str) -> str:
    """Return the year of the file that would speak of a CVE, or empty if none would."""
    found = _CVE.fullmatch(cve)
    if found is None or int(found[1]) < OLDEST:
        return ""
    return str(max(FIRST, int(found[1])))


def year_of_file(name: str) -> str:
    """Return the year a file of NVD is about, or empty if its name tells none."""
    found = _FILE.fullmatch(name)
    return found[1] if found else ""


def is_wanted(name: str, years: tuple[str, ...]) -> bool:
    """Return True if a file may speak of CVEs of these years; no years stand for all.

    A file whose name tells no year may speak of any.
    """
    year = year_of_file(name)
    return not years or not year or year in years


def spans_of_years(names: Iterable[str]) -> str:
    """Return the years that files of NVD are about, for people: ``2002, 2019-2024, others``."""
    found = {year_of_file(name) for name in names}
    spans: list[tuple[int, int]] = []
    for year in sorted(int(year) for year in found if year):
        if spans and spans[-1][1] == year - 1:
            spans[-1] = (spans[-1][0], year)
        else:
            spans.append((year, year))
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in spans]
    return ", ".join([*texts, *(["others"] if "" in found else [])])
