"""Turns facts into plain tuples and back, for the cache.

The order of the fields is part of every cache key, so a model that changes makes old records miss.
"""

from __future__ import annotations

from operator import attrgetter
from types import GenericAlias
from typing import Any

from dunnage.model.cataloger import Fact
from dunnage.model.location import Location
from dunnage.model.package import Package
from dunnage.model.problem import Effect, Problem

_PAIRS = tuple[tuple[str, str], ...]
_LOCATION = tuple[str, int, str, int]
_PROBLEM = tuple[str, str, str, str, str, int]
_TYPES: dict[str, Any] = {
    "str": str,
    "tuple[str, ...]": tuple[str, ...],
    "tuple[tuple[str, str], ...]": _PAIRS,
    "tuple[Location, ...]": tuple[_LOCATION, ...],
}

PACKAGE_FIELDS = Package.__struct_fields__
_PACKAGE: Any = GenericAlias(
    tuple, tuple(_TYPES[Package.__annotations__[name]] for name in PACKAGE_FIELDS)
)
_PACKAGES: Any = GenericAlias(tuple, (_PACKAGE, ...))
_LOCATIONS = PACKAGE_FIELDS.index("locations")
package_values = attrgetter(*PACKAGE_FIELDS)
"""Returns the fields of a package in the order its constructor takes them."""

WireProblem = _PROBLEM
WireFact: Any = GenericAlias(tuple, (str, _PACKAGES, _PAIRS, _PAIRS, tuple[_PROBLEM, ...]))
"""What ``msgspec`` checks a decoded fact against."""


def problem_out(problem: Problem) -> WireProblem:
    """Return a problem as a tuple."""
    p = problem
    return (p.code, p.message, p.where, p.advice, p.effect.value, p.count)


def problem_in(wire: WireProblem) -> Problem:
    """Return a problem from its tuple.

    Raises:
        ValueError: If its effect is none.
    """
    return Problem(*wire[:4], effect=Effect(wire[4]), count=wire[5])


def fact_out(fact: Fact) -> tuple[Any, ...]:
    """Return a fact as a tuple, without its path."""
    packages = [package_values(package) for package in fact.packages]
    for index, package in enumerate(fact.packages):
        if package.locations:
            row = list(packages[index])
            row[_LOCATIONS] = [(x.path, x.layer, x.digest, x.line) for x in package.locations]
            packages[index] = tuple(row)
    problems = [problem_out(problem) for problem in fact.problems]
    return (fact.cataloger, packages, fact.files, fact.notes, problems)


def fact_in(wire: Any) -> Fact:  # noqa: ANN401 - a WireFact, whose type is made at run time
    """Return a fact from its tuple.

    Raises:
        ValueError: If a problem's effect is none.
    """
    cataloger, rows, files, notes, problems = wire
    packages = []
    for row in rows:
        values = row
        if row[_LOCATIONS]:
            values = list(row)
            values[_LOCATIONS] = tuple(Location(*location) for location in row[_LOCATIONS])
        packages.append(Package(*values))
    found = tuple(problem_in(problem) for problem in problems)
    return Fact(cataloger, "", tuple(packages), tuple(files), tuple(notes), found)


def escaped(value: Any) -> Any:  # noqa: ANN401 - any nesting of tuples, lists and text
    """Return a wire value whose text can be written anywhere: surrogates become escapes."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list | tuple):
        return tuple(escaped(item) for item in value)
    return value
