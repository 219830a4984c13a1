"""Turns settings and flags into a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import UsageError
from dunnage.model.policy import Policy
from dunnage.model.severity import Severity
from dunnage.policy._words import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dunnage.model.policy import Waiver

_LABELS = tuple(severity.label for severity in sorted(Severity, reverse=True))


def load(values: Mapping[str, object], waivers: tuple[Waiver, ...] = ()) -> Policy:
    """Return the policy that flags and settings ask for.

    An ``exit-code`` other than 0 without ``fail-on`` means, as in other scanners, that every
    finding that is shown fails: the gate starts at the lowest severity of ``severity``.

    Args:
        values: Values by flag name in kebab case: ``severity`` (words, or one text with commas),
            ``fail-on``, ``exit-code``, ``fail-on-unknown``, ``ignore-unfixed``,
            ``allow-incomplete``, ``include-dev-deps``, ``exit-on-eol``. Flags that were not given are absent or None.
        waivers: As the settings file has them.

    Raises:
        UsageError: If a severity is unknown or an exit code is not between 0 and 255.
    """
    given = {key: value for key, value in values.items() if value is not None}
    show = severities(given.get("severity", ()), "--severity")
    fail_on: Severity | None = None
    on_unknown = bool(given.get("fail-on-unknown", False))
    code = given.get("exit-code")
    if "fail-on" in given:
        fail_on = _fail_on(given["fail-on"])
    elif isinstance(code, int) and code and not on_unknown:
        known = show - {Severity.UNKNOWN}
        fail_on = min(known) if known else (None if show else Severity.NEGLIGIBLE)
        on_unknown = not show or Severity.UNKNOWN in show
    return Policy(
        show=show,
        ignore_unfixed=bool(given.get("ignore-unfixed", False)),
        fail_on=fail_on,
        fail_on_unknown=on_unknown,
        exit_code=_exit_code(1 if code is None else code),
        allow_incomplete=bool(given.get("allow-incomplete", False)),
        waivers=waivers,
        include_dev=bool(given.get("include-dev-deps", False)),
        exit_on_eol=_exit_code(given.get("exit-on-eol", 0)),
    )


def severities(value: object, where: str) -> frozenset[Severity]:
    """Return the severities a list or a text with commas names; case does not count.

    Raises:
        UsageError: If a word is no severity.
    """
    words: Iterable[object] = value.split(",") if isinstance(value, str) else ()
    if isinstance(value, list | tuple | set | frozenset):
        words = [part for word in value for part in str(word).split(",")]
    return frozenset(_severity(str(word), where) for word in words if str(word).strip())


def _severity(word: str, where: str) -> Severity:
    label = word.strip().lower()
    if label in _LABELS:
        return Severity[label.upper()]
    known = Severity.of_word(label)
    if known is not Severity.UNKNOWN:
        return known
    raise UsageError(
        f"unknown severity: {word.strip()!r}", where=where, advice=nearest(word, _LABELS)
    )


def _fail_on(value: object) -> Severity:
    severity = _severity(str(value), "--fail-on")
    if severity is Severity.UNKNOWN:
        advice = "use --fail-on-unknown, alone or beside --fail-on"
        raise UsageError("unknown is no lowest severity", where="--fail-on", advice=advice)
    return severity


def _exit_code(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 255:
        raise UsageError("an exit code is a number from 0 to 255", where="--exit-code")
    return value
