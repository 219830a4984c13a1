"""The ``db`` verb: advisory data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dunnage.cli._command import Command, Group
from dunnage.cli._option import Option, suggest
from dunnage.cli._shared import GENERAL, REGISTRY
from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.advisories.publish import Published
    from dunnage.advisories.update import Updated
    from dunnage.cli._command import Call
    from dunnage.flows.db import Fetching

_WORDS = {"status": 1, "update": 1, "build": 1, "export": 2, "import": 2}
"""How many words each action takes, with its own."""

_USAGE = "write: dunnage db update | status | build --out DIR | export FILE | import FILE"
_PROBLEMS_SHOWN = 8


def _run(call: Call) -> int:
    action = call.words[0] if call.words else ""
    if action not in _WORDS:
        from dunnage.cli._peers import db_action

        what = f"db knows no {action!r}" if action else "db takes one action"
        raise UsageError(what, advice=db_action(action) or f"{suggest(action, _WORDS)}{_USAGE}")
    if len(call.words) != _WORDS[action]:
        needs = "the name of a file" if _WORDS[action] > len(call.words) else "nothing more"
        raise UsageError(f"db {action} takes {needs}", advice=_USAGE)
    actions = {"update": _update, "build": _build, "export": _export, "import": _import}
    return actions.get(action, _status)(call)


def _update(call: Call) -> int:
    from datetime import UTC, datetime

    from dunnage.cli._request import cache_root
    from dunnage.flows.db import update_data

    updated = update_data(
        cache_root(call, written=True),
        _fetching(call),
        now=datetime.now(UTC),
        progress=call.console.progress(),
    )
    call.console.result(_told(updated).encode("utf-8", "surrogateescape"))
    return _noted(call, updated)


def _build(call: Call) -> int:
    from datetime import UTC, datetime

    from dunnage.cli._request import cache_root
    from dunnage.flows.db import build_data, update_data

    if not call.text("out"):
        raise UsageError("db build needs a directory to write to", advice="name it with --out DIR")
    root = cache_root(call, written=True)
    now, progress = datetime.now(UTC), call.console.progress()
    code = 0
    if not call.on("offline") or call.listed("from"):
        code = _noted(call, update_data(root, _fetching(call), now=now, progress=progress))
    out = Path(call.text("out"))
    published = build_data(root, out, only=call.listed("only"), now=now, progress=progress)
    call.console.result(_handed_on(published).encode("utf-8", "surrogateescape"))
    return code


def _export(call: Call) -> int:
    from datetime import UTC, datetime

    from dunnage.flows.db import export_data
    from dunnage.io.cachedir import cache_root

    published = export_data(
        cache_root(call.text("cache_dir")),
        Path(call.words[1]).absolute(),
        now=datetime.now(UTC),
        progress=call.console.progress(),
    )
    call.console.result(_handed_on(published).encode("utf-8", "surrogateescape"))
    return 0


def _import(call: Call) -> int:
    from datetime import UTC, datetime

    from dunnage.cli._request import cache_root
    from dunnage.flows.db import update_data

    file = Path(call.words[1]).absolute()
    if not file.is_file():
        raise UsageError("there is no such file", where=str(file), advice=_USAGE)
    updated = update_data(
        cache_root(call, written=True),
        _fetching(call, (str(file),)),
        now=datetime.now(UTC),
        progress=call.console.progress(),
        strict=True,
    )
    call.console.result(_told(updated).encode("utf-8", "surrogateescape"))
    return _noted(call, updated)


def _fetching(call: Call, mirrors: Sequence[str] = ()) -> Fetching:
    from dunnage.advisories._index import is_sha256
    from dunnage.cli._config import settings_of
    from dunnage.flows.db import Fetching
    from dunnage.sources._source import Registries

    digest = call.text("digest")
    if digest and not is_sha256(digest):
        raise UsageError(f"--digest takes sha256: and 64 hex digits, not {digest[:80]!r}")
    found = mirrors or call.listed("from")
    if not found:
        configured = settings_of(call.text("config"), ()).values.get("db-mirrors", ())
        found = configured if isinstance(configured, tuple) else ()
    return Fetching(
        mirrors=found,
        only=call.listed("only"),
        digest=digest,
        offline=call.on("offline"),
        registries=Registries(
            mirrors=call.listed("registry_mirrors"),
            plain_http=call.listed("plain_http"),
            ca_file=call.text("ca_file"),
            certs=call.listed("certs_dirs"),
        ),
    )


def _noted(call: Call, updated: Updated) -> int:
    """Tell what went wrong, and return the exit code."""
    if updated.shared:
        call.console.note("another update did the same meanwhile; nothing was left to fetch")
    for problem in updated.problems[:_PROBLEMS_SHOWN]:
        where = f"{problem.where}: " if problem.where else ""
        call.console.note(f"{where}{problem.message}")
        if problem.advice:
            call.console.note(f"  {problem.advice}")
    if len(updated.problems) > _PROBLEMS_SHOWN:
        call.console.note(f"and {len(updated.problems) - _PROBLEMS_SHOWN} more")
    return 0 if updated.parts else 4


def _handed_on(published: Published) -> str:
    return (
        f"{published.records} records in {published.parts} parts, {published.size / 1e6:.1f} MB, "
        f"{published.written / 1e6:.1f} MB of it new\n"
        f"written: {published.path}\n"
        f"digest: {published.digest}\n"
    )


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
    lines += [f"published store: {name} {digest}" for name, digest in updated.published]
    lines.append(f"store: {updated.path}")
    return "\n".join(lines) + "\n"


def _status(call: Call) -> int:
    from datetime import UTC, datetime

    from dunnage.flows.db import data_status
    from dunnage.io.cachedir import cache_root

    state = data_status(cache_root(call.text("cache_dir")), datetime.now(UTC))
    if not state.present:
        call.console.result(
            f"no advisory data: there is no {state.path}\n".encode("utf-8", "surrogateescape")
        )
        call.console.note("fetch it with: dunnage db update")
        return 4
    age = f"{state.age_days:.1f} days old" if state.age_days >= 0 else "of unknown age"
    lines = [
        f"store     {state.path}",
        f"          {state.records} advisories, {state.size / 1e6:.1f} MB, {age}",
        f"built     {state.built}",
        *(f"mirror    {mirror}" for mirror in state.mirrors),
        f"digest    {state.digest}",
        f"scores    by NVD for CVEs of {state.scored or 'no year'}",
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
    call.console.result(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
    return 0


command = Command(
    summary="fetch advisory data, hand it on, or tell how old it is",
    description="Keeps the advisory data every scan is matched with. 'update' fetches what changed "
    "from\nmirrors and replaces the store in one step; 'status' tells what is in it; 'build' "
    "writes\na published store that any web server, file share or registry can carry; 'export'\n"
    "and 'import' take the data to closed networks in one file.",
    examples=(
        ("from the publishers", "dunnage db update"),
        ("from a directory or an internal web server", "dunnage db update --from /mnt/mirror"),
        ("from a registry", "dunnage db update --from oci://mirror/advisories"),
        ("only what one needs", "dunnage db update --only Debian,PyPI"),
        ("what is there", "dunnage db status"),
        ("for others to fetch", "dunnage db build --out /srv/www/advisories"),
        ("to a closed network", "dunnage db export data.tar"),
    ),
    words="update|status|build|export|import",
    words_help="what to do; export and import take a FILE",
    groups=(
        Group(
            "mirrors",
            (
                Option(
                    "from",
                    "mirror: a published store (directory, export, URL, or oci://NAME), a URL or "
                    "directory holding osv/, kev/, epss/, nvd/, a bare OSV export, or the word "
                    "publishers; repeatable, each part comes from the first that has it",
                    (),
                    metavar="URL|DIR",
                ),
                Option(
                    "only",
                    "ecosystems to load, as OSV spells them (Debian, Alpine, PyPI)",
                    (),
                    metavar="LIST",
                ),
                Option(
                    "digest",
                    "digest the published store must have, as 'db build' told it",
                    "",
                    metavar="sha256:HEX",
                ),
                Option("out", "directory for 'db build'", "", metavar="DIR"),
            ),
        ),
        REGISTRY,
        GENERAL,
    ),
    run=_run,
    phase="all",
)
