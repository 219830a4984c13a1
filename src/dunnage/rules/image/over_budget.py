"""More is in the image than the budget allows.

## What it does

Compares what was measured with the limits of ``--budget``, and fires for each that is exceeded. A limit
is a number, or what may be more than in an earlier report (``--budget-from``). Such a finding fails the
gate, whatever its severity. A number that could not be measured is never within the budget: that is a
problem of its own (``budget-not-checked``).

    dunnage scan app.tar --budget bytes=200MB --budget setuid=0
    dunnage scan app.tar --budget bytes=+5% --budget packages=+0 --budget-from release.json

The numbers are those of ``dunnage compare``: ``bytes`` (unpacked), ``packages``, ``executables``,
``setuid`` (also setgid, and file capabilities), ``vulnerabilities``, and those that are ``critical``,
``high``, ``medium`` or ``low``.

## Why it matters

Images grow by one harmless change after another. What is in them takes time to transfer, has to be
patched, and helps whoever gets in.

## Instead

Take out what came in and is not needed; the finding names the layer, packages, programs or
vulnerabilities. ``dunnage compare`` with the image of the last release lists all differences. If all of
it is needed, raise the limit, or store the report of this image as the new baseline: then somebody has
decided it.

## When it is wrong

A waiver of ``image/over-budget`` for the path ``budget/bytes`` (or another key) allows one excess until
its day.

## Sources

- https://csrc.nist.gov/pubs/sp/800/190/final (4.1.1, 4.1.2)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import Hit, ImageRule, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.budget import Excess
    from dunnage.rules.image._rule import Facts

_WORDS = {
    "packages": ("package", "packages"),
    "executables": ("executable", "executables"),
    "setuid": (
        "program with setuid, setgid or capabilities",
        "programs with setuid, setgid or capabilities",
    ),
    "vulnerabilities": ("vulnerability", "vulnerabilities"),
}
_STEP = 1000


def _check(facts: Facts) -> Iterator[Hit]:
    for one in facts.excesses:
        yield Hit(_message(one) + _helps(one, facts), f"budget/{one.limit.key}", one.layer)


def _message(one: Excess) -> str:
    over = f"{_amount(one, one.value - one.most)} over"
    if one.limit.relative:
        over += f"; the baseline has {_amount(one, one.base)}, {one.limit.value} is allowed"
    return f"{_told(one)}, budget {_amount(one, one.most)} ({over})"


def _told(one: Excess) -> str:
    key = one.limit.key
    if key == "bytes":
        return f"{_size(one.value)} unpacked"
    if key in _WORDS:
        return f"{one.value:,} {_WORDS[key][one.value != 1]}"
    return f"{one.value:,} {key} {_WORDS['vulnerabilities'][one.value != 1]}"


def _helps(one: Excess, facts: Facts) -> str:
    """Return what the excess comes from, as it follows a message."""
    key, new = one.limit.key, "new: " if one.new else ""
    if key == "bytes":
        if one.layer < 0:
            return ""
        largest = "largest new layer" if one.new else "largest layer"
        return f"; the {largest} is {one.layer}{facts.made(one.layer)}"
    if not one.names:
        return ""
    told = f"; {new}{some(one.names)}"
    if key == "setuid":
        return f"{told}; take the bits away with chmod a-s"
    return told


def _amount(one: Excess, number: int) -> str:
    return _size(number) if one.limit.key == "bytes" else f"{number:,}"


def _size(count: int) -> str:
    """Return a number of bytes for people, in steps of 1000."""
    if count < _STEP:
        return f"{count} B"
    value, unit = count / _STEP, "kB"
    for larger in ("MB", "GB"):
        if value < _STEP - 0.05:
            break
        value, unit = value / _STEP, larger
    return f"{value:,.1f} {unit}"


rule = ImageRule(
    Rule("more is in the image than the budget allows", Severity.MEDIUM),
    _check,
    asked="--budget",
)
