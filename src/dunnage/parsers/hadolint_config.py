"""Reads ``.hadolint.yaml``, so that a project need not say everything twice.

https://github.com/hadolint/hadolint, "Configure": the keys ``ignored``, ``override``,
``trustedRegistries``, ``label-schema``, ``strict-labels``, ``failure-threshold``, ``no-fail`` and
``disable-ignore-pragma``. What says how hadolint writes its own output is passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.errors import InputError
from dunnage.model.limits import Limits
from dunnage.parsers._small_yaml import documents

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 1024 * 1024
_OVERRIDES = ("error", "warning", "info", "style")
_THRESHOLDS = (*_OVERRIDES, "ignore", "none")
_KINDS = {
    "text": "text", "rawtext": "text", "url": "url", "semver": "semver", "spdx": "spdx",
    "rfc3339": "rfc3339", "hash": "hash", "githash": "hash", "email": "email",
}  # fmt: skip
_OUTPUT = frozenset({"format", "output-format", "no-color", "verbose"})
_TRUSTED = ("trustedRegistries", "trusted-registries")
_KEYS = (
    "ignored", "override", *_TRUSTED, "label-schema", "strict-labels", "failure-threshold",
    "no-fail", "disable-ignore-pragma", *sorted(_OUTPUT),
)  # fmt: skip


class HadolintConfig(Struct, frozen=True):
    """What a project settled for hadolint.

    Attributes:
        ignored: Codes of rules not to run.
        overrides: Pairs of code and level.
        trusted: Registries that bases may come from.
        labels: Pairs of label and kind.
        strict_labels: True if other labels are not allowed.
        threshold: Lowest level that fails, or empty if nothing is said.
        no_fail: True if nothing fails.
        passed_over: Keys that mean nothing to us.
    """

    ignored: tuple[str, ...] = ()
    overrides: tuple[tuple[str, str], ...] = ()
    trusted: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    strict_labels: bool = False
    threshold: str = ""
    no_fail: bool = False
    passed_over: tuple[str, ...] = ()


def read(data: bytes, where: str) -> HadolintConfig:
    """Return the settings of a file.

    Args:
        data: The file.
        where: Its name, for messages.

    Raises:
        InputError: If it cannot be understood.
    """
    try:
        text = data[: LARGEST + 1].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8: byte {error.start} cannot be read", where=where) from error
    if len(data) > LARGEST:
        raise InputError(f"larger than {LARGEST:,} bytes", where=where)
    try:
        found = documents(text, Limits())
    except InputError as error:
        place = f"{where}, {error.where}" if error.where else where
        message = error.message.replace("no YAML as lock files have it", "no YAML we can read")
        raise InputError(message, where=place) from error
    root = found[0] if found else {}
    if len(found) > 1 or not isinstance(root, dict):
        raise InputError("it must hold one mapping of keys", where=where, advice="see its example")
    for key in root:
        if key not in _KEYS:
            from difflib import get_close_matches

            close = get_close_matches(key[:80], _KEYS, n=1)
            advice = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(_KEYS)}"
            raise InputError(f"unknown key {key[:80]!r}", where=where, advice=advice)
    overrides = _mapping(root.get("override", {}), "override", where)
    for level in overrides:
        if level not in _OVERRIDES:
            advice = f"known: {', '.join(_OVERRIDES)}"
            raise InputError(f"'override' has no level {level[:80]!r}", where=where, advice=advice)
    trusted = [name for key in _TRUSTED for name in _list(root.get(key, []), key, where)]
    return HadolintConfig(
        ignored=_list(root.get("ignored", []), "ignored", where),
        overrides=tuple(
            (code, level)
            for level, codes in overrides.items()
            for code in _list(codes, f"override: {level}", where)
        ),
        trusted=tuple(trusted),
        labels=_labels(root.get("label-schema", {}), where),
        strict_labels=_switch(root, "strict-labels", where),
        threshold=_threshold(root.get("failure-threshold", ""), where),
        no_fail=_switch(root, "no-fail", where),
        passed_over=tuple(key for key in root if key in {*_OUTPUT, "disable-ignore-pragma"}),
    )


def _mapping(node: object, key: str, where: str) -> dict[str, object]:
    if node in ("", None):
        return {}
    if not isinstance(node, dict):
        raise InputError(f"{key!r} must be a mapping", where=where)
    return node


def _list(node: object, key: str, where: str) -> tuple[str, ...]:
    if node in ("", None):
        return ()
    if not isinstance(node, list) or not all(isinstance(item, str) for item in node):
        advice = "write one text on each line below it, behind a hyphen"
        raise InputError(f"{key!r} must be a list of texts", where=where, advice=advice)
    return tuple(str(item).strip() for item in node if str(item).strip())


def _labels(node: object, where: str) -> tuple[tuple[str, str], ...]:
    found = []
    for name, kind in _mapping(node, "label-schema", where).items():
        if not isinstance(kind, str) or kind.lower() not in _KINDS:
            advice = f"kinds: {', '.join(_KINDS)}"
            message = f"'label-schema': there is no kind {str(kind)[:80]!r}"
            raise InputError(message, where=where, advice=advice)
        found.append((name, _KINDS[kind.lower()]))
    return tuple(found)


def _switch(root: Mapping[str, object], key: str, where: str) -> bool:
    value = str(root.get(key, "false")).lower()
    if value not in {"true", "false", ""}:
        raise InputError(f"{key!r} must be true or false", where=where)
    return value == "true"


def _threshold(node: object, where: str) -> str:
    if not isinstance(node, str) or (node and node.lower() not in _THRESHOLDS):
        advice = f"known: {', '.join(_THRESHOLDS)}"
        raise InputError("'failure-threshold' must be a level", where=where, advice=advice)
    return node.lower()
