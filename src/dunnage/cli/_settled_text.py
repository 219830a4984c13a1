"""Writes settings and who decided them, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.io.cachedir import cache_root
from dunnage.render._text import clean

if TYPE_CHECKING:
    from dunnage.cli._option import Value
    from dunnage.cli._settled import Effective, Setting

SCHEMA = 1
"""Raise it whenever a key of the JSON goes or means something else."""

_WIDEST = 40


def as_table(found: Effective) -> str:
    """Return lines for people: setting, value, and who decided it."""
    rows = [("setting", "value", "from")]
    rows += [(s.option.name, _told(s.value), s.where or s.by) for s in found.settings]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    second = min(second, _WIDEST)
    lines = [clean(f"{a:<{first}}  {b:<{second}}  {c}").rstrip() for a, b, c in rows]
    lines += [clean(f"not allowed: {s.error}") for s in found.settings if s.error]
    waivers = f", {found.waivers} waiver{'' if found.waivers == 1 else 's'}"
    file = f"{found.file}{waivers}" if found.file else "none"
    lines += ["", clean(f"file   {file}"), clean(f"cache  {_cache(found)}")]
    return "\n".join(lines) + "\n"


def as_json(found: Effective) -> str:
    """Return a JSON document for programs."""
    import json

    document = {
        "schema": SCHEMA,
        "verb": found.verb or None,
        "file": found.file or None,
        "waivers": found.waivers,
        "set_aside": found.set_aside or None,
        "cache": _cache(found),
        "settings": [_entry(setting) for setting in found.settings],
    }
    return json.dumps(document, indent=2) + "\n"


def _entry(setting: Setting) -> dict[str, object]:
    option = setting.option
    return {
        "name": option.name,
        "value": _plain(setting.value),
        "by": setting.by,
        "where": setting.where or None,
        "default": _plain(option.default),
        "variable": option.variable,
        "verbs": list(setting.verbs),
        "error": setting.error or None,
    }


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value


def _told(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    return text or "-"


def _cache(found: Effective) -> str:
    chosen = next((s.value for s in found.settings if s.option.name == "cache-dir"), "")
    return str(cache_root(str(chosen)))
