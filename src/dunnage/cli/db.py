"""The ``db`` verb: advisory data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._command import Command, Group
from dunnage.cli._option import Option, suggest
from dunnage.cli._shared import GENERAL
from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from dunnage.advisories.update import Updated
    from dunnage.cli._command import Call

_ACTIONS = ("status", "update")
_PROBLEMS_SHOWN = 8


def _run(call: Call) -> int:
    if len(call.words) != 1 or call.words[0] not in _ACTIONS:
        word = call.words[0] if call.words else ""
        what = f"db knows no {word!r}" if word not in {"", *_ACTIONS} else "db takes one action"
        raise UsageError(what, advice=f"{suggest(word, _ACTIONS)}write: dunnage db update | status")
    return _update(call) if call.words[0] == "update" else _status(call)


def _update(call: Call) -> int:
    from datetime import UTC, datetime

    from dunnage.cli._config import settings_of
    from dunnage.cli._request import cache_root
    from dunnage.flows.db import update_data

    mirrors = call.listed("from")
    if not mirrors:
        configured = settings_of(call.text("config"), ()).values.get("db-mirrors", ())
        mirrors = configured if isinstance(configured, tuple) else ()
    updated = update_data(
        cache_root(call, written=True),
        mirrors,
        only=call.listed("only"),
        offline=call.on("offline"),
        now=datetime.now(UTC),
        progress=call.console.progress(),
    )
    call.console.result(_told(updated).encode())
    for problem in updated.problems[:_PROBLEMS_SHOWN]:
        where = f"{problem.where}: " if problem.where else ""
        call.console.note(f"{where}{problem.message}")
        if problem.advice:
            call.console.note(f"  {problem.advice}")
    if len(updated.problems) > _PROBLEMS_SHOWN:
        call.console.note(f"and {len(updated.problems) - _PROBLEMS_SHOWN} more")
    return 0 if updated.parts else 4


def _told(updated: Updated) -> str:
    lines = []
    for part in updated.parts:
        state = "unchanged" if part.unchanged else "read"
        extra = f", {part.skipped} not understood" if part.skipped else ""
        extra += f", {part.ignored} left out" if part.ignored else ""
        lines.append(f"{part.feed:<5} {part.name:<28} {part.records:>7} {state}{extra}")
    total = sum(part.records for part in updated.parts)
    changed = sum(not part.unchanged for part in updated.parts)
    lines.append(f"{total} records in {len(updated.parts)} parts, {changed} of them read anew")
    lines.append(f"store: {updated.path}")
    return "\n".join(lines) + "\n"


def _status(call: Call) -> int:
    from datetime import UTC, datetime

    from dunnage.flows.db import data_status
    from dunnage.io.cachedir import cache_root

    state = data_status(cache_root(call.text("cache_dir")), datetime.now(UTC))
    if not state.present:
        call.console.result(f"no advisory data: there is no {state.path}\n".encode())
        call.console.note("fetch it with: dunnage db update")
        return 4
    age = f"{state.age_days:.1f} days old" if state.age_days >= 0 else "of unknown age"
    lines = [
        f"store     {state.path}",
        f"          {state.records} advisories, {state.size / 1e6:.1f} MB, {age}",
        f"built     {state.built}",
        *(f"mirror    {mirror}" for mirror in state.mirrors),
        f"digest    {state.digest}",
        "",
        f"{'feed':<5} {'part':<28} {'records':>8}  newest                checked",
    ]
    for part in state.parts:
        note = "" if part.matched else "  versions cannot be compared yet: not matched"
        lines.append(
            f"{part.feed:<5} {part.name:<28} {part.records:>8}  {part.newest[:19]:<20}  "
            f"{part.checked[:19]}{note}"
        )
    lines += ["", "ecosystems and releases that can be matched:"]
    lines += [f"  {name:<40} {count:>8}" for name, count in state.releases]
    call.console.result(("\n".join(lines) + "\n").encode())
    return 0


command = Command(
    summary="fetch advisory data, or tell what is there and how old it is",
    description="Keeps the advisory data every scan is matched with. 'update' fetches what changed "
    "from\nmirrors and replaces the store in one step; 'status' tells what is in it.",
    examples=(
        ("from the public mirrors", "dunnage db update"),
        ("from a directory or an internal web server", "dunnage db update --from /mnt/mirror"),
        ("only what one needs", "dunnage db update --only Debian,PyPI"),
        ("what is there", "dunnage db status"),
    ),
    words="update|status",
    words_help="what to do",
    groups=(
        Group(
            "mirrors",
            (
                Option(
                    "from",
                    "mirror: a URL or directory holding osv/, kev/, epss/, nvd/, or a bare OSV "
                    "export; repeatable, the first that answers wins",
                    (),
                    metavar="URL|DIR",
                ),
                Option(
                    "only",
                    "ecosystems to load, as OSV spells them (Debian, Alpine, PyPI)",
                    (),
                    metavar="LIST",
                ),
            ),
        ),
        GENERAL,
    ),
    run=_run,
    phase="all",
)
