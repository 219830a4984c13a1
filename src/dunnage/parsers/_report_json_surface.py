"""Reads what was measured of a subject, and how subjects compare, out of a stored report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.comparison import Change, Comparison
from dunnage.model.surface import (
    CLASSES,
    Account,
    Credential,
    Exposed,
    Leftover,
    Place,
    Privileged,
    Program,
    Surface,
    Unlinked,
    Waste,
)

if TYPE_CHECKING:
    from dunnage.model.problem import Problem
    from dunnage.parsers._fields import Fields

MOST = 100_000
"""Things of one kind that are read."""


def surface(fields: Fields, problems: list[Problem]) -> Surface:
    """Return a surface.

    Args:
        fields: The object.
        problems: Told about things that cannot be read.

    Raises:
        InputError: If a field has another type.
        ValueError: If the class is none.
    """
    rating = fields.text("class")
    if rating and rating not in CLASSES:
        raise ValueError(f"unknown class {rating[:40]!r}")
    more = fields.inner("more")
    return Surface(
        compressed=fields.count("compressed_bytes", -1),
        unpacked=fields.count("unpacked_bytes"),
        layer_bytes=fields.count("layer_bytes"),
        files=fields.count("files"),
        directories=fields.count("directories"),
        links=fields.count("links"),
        executables=fields.count("executables"),
        static=fields.count("static"),
        loader=fields.flag("loader"),
        libc=fields.text("libc"),
        libc_version=fields.text("libc_version"),
        user=fields.text("user"),
        programs=fields.collect("programs", _program, problems, MOST),
        privileged=fields.collect("privileged", _privileged, problems, MOST),
        open_directories=fields.collect("open_directories", _place, problems, MOST),
        leftovers=fields.collect("leftovers", _leftover, problems, MOST),
        waste=fields.collect("waste", _waste, problems, MOST),
        credentials=fields.collect("credentials", _credential, problems, MOST),
        secrets=fields.collect("secrets", _exposed, problems, MOST),
        accounts=fields.collect("accounts", _account, problems, MOST),
        unlinked=fields.collect("unlinked", _unlinked, problems, MOST),
        more=tuple((name, more.count(name)) for name in more.names()),
        rating=rating,
        reasons=fields.texts("reasons"),
    )


def comparison(fields: Fields, problems: list[Problem]) -> Comparison:
    """Return how the subjects compare; raises InputError if a field has another type."""
    return Comparison(
        explained=fields.flag("explained"),
        changes=fields.collect("changes", _change, problems),
        same_packages=fields.count("same_packages"),
    )


def _change(fields: Fields) -> Change:
    return Change(
        fields.text("kind", needed=True),
        fields.text("type"),
        fields.text("name", needed=True),
        fields.text("before"),
        fields.text("after"),
    )


def _layer(fields: Fields, key: str = "layer") -> int:
    return fields.count(key, -1)


def _program(fields: Fields) -> Program:
    name, path = fields.text("name", needed=True), fields.text("path")
    return Program(fields.text("kind", needed=True), name, path, _layer(fields))


def _privileged(fields: Fields) -> Privileged:
    return Privileged(
        fields.text("path", needed=True),
        fields.count("mode"),
        fields.count("owner"),
        fields.count("group"),
        fields.texts("capabilities"),
        _layer(fields),
    )


def _place(fields: Fields) -> Place:
    return Place(fields.text("path", needed=True), fields.count("mode"), _layer(fields))


def _leftover(fields: Fields) -> Leftover:
    return Leftover(
        fields.text("manager", needed=True),
        fields.text("path"),
        fields.count("size"),
        fields.count("files"),
        _layer(fields),
    )


def _waste(fields: Fields) -> Waste:
    return Waste(
        fields.text("cause", needed=True),
        _layer(fields),
        _layer(fields, "by"),
        fields.count("size"),
        fields.count("files"),
        fields.text("path"),
    )


def _credential(fields: Fields) -> Credential:
    return Credential(
        fields.text("path", needed=True),
        fields.text("what"),
        fields.flag("certain"),
        _layer(fields),
        fields.flag("removed"),
    )


def _exposed(fields: Fields) -> Exposed:
    return Exposed(
        fields.text("place", needed=True),
        fields.text("name"),
        fields.text("what"),
        fields.text("by"),
        fields.flag("certain"),
        fields.flag("weak"),
        fields.counts("lines"),
        _layer(fields),
    )


def _account(fields: Fields) -> Account:
    return Account(
        fields.text("path", needed=True),
        fields.text("name"),
        fields.text("trouble", needed=True),
        fields.count("line"),
        _layer(fields),
    )


def _unlinked(fields: Fields) -> Unlinked:
    return Unlinked(
        fields.text("path", needed=True),
        fields.text("interpreter"),
        fields.texts("missing"),
        fields.text("needs"),
        _layer(fields),
    )
