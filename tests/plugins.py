"""What a plug-in file must have, kind by kind, and how to say what it still lacks."""

from __future__ import annotations

import ast
import re
import struct
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dunnage.advisories._feed import Feed
from dunnage.cli._command import Command
from dunnage.io.folder import load, names
from dunnage.model.cataloger import Cataloger
from dunnage.model.errors import InputError
from dunnage.model.ordering import Ordering
from dunnage.model.renderer import Renderer
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule
from dunnage.rules.image._rule import ImageRule
from dunnage.rules.workflow._rule import WorkflowRule
from dunnage.sources._source import Source
from support import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

REFUSALS = (InputError, ValueError, KeyError, struct.error, UnicodeError)
"""What ``Cataloger.parse`` may raise; the indexer makes each of them a Problem."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SUMMARY = 70
_TOLD = ("locks", "unread")


@dataclass(frozen=True, slots=True)
class Kind:
    """One folder of plug-ins.

    Attributes:
        package: Dotted name of the folder.
        attribute: What every file of it has.
        type: Type of that attribute.
        check: Gives what a declaration lacks, as sentences.
        examples: Folder of Markdown files that test it, relative to ``tests``; or empty if a Python
            file does.
        sections: Headings its docstring must have.
    """

    package: str
    attribute: str
    type: type
    check: Callable[[str, object], Iterator[str]]
    examples: str = ""
    sections: tuple[str, ...] = ()


def _cataloger(name: str, found: object) -> Iterator[str]:
    if not isinstance(found, Cataloger):
        return
    if not found.types and name != "os-release":
        yield "'types' is empty: name the package URL types it can give"
    yield from _wants(found)
    yield from _project(found)


def _detector(name: str, found: object) -> Iterator[str]:
    """Detectors are declared as catalogers are, but give no packages."""
    del name
    if not isinstance(found, Cataloger):
        return
    if found.types or found.project or found.assemble:
        yield "a detector gives notes only: leave out 'types', 'project' and 'assemble'"
    yield from _wants(found)


def _wants(found: Cataloger) -> Iterator[str]:
    ways = (found.names, found.suffixes, found.globs, found.paths, found.folders, found.magic)
    if not any(ways):
        yield "it wants no file: give 'names', 'suffixes', 'globs', 'paths', 'folders' or 'magic'"
    if any("*" in glob.rpartition(".")[2] or "." not in glob for glob in found.globs):
        yield "'globs' end in a plain suffix"
    if found.version < 1:
        yield "'version' must be 1 or more"
    if any(not 0 < len(magic) <= 8 for magic in found.magic):
        yield "'magic' must be of 1 to 8 bytes"
    if any(not suffix.startswith(".") for suffix in (*found.suffixes, *found.folder_suffixes)):
        yield "suffixes are written with their dot"
    if any(path.startswith("/") for path in (*found.paths, *found.folders)):
        yield "'paths' and 'folders' have no leading slash"
    if any("/" in base for base in found.names):
        yield "'names' are base names: for endings of paths there is 'paths'"


def _project(found: Cataloger) -> Iterator[str]:
    """Give what is missing in the table of source trees, which tells what a directory is."""
    if not found.project:
        return
    tables = tomllib.loads((ROOT / "src/dunnage/data/projects.toml").read_text(encoding="utf-8"))
    listed = {key: {base for t in tables.values() for base in t.get(key, ())} for key in _TOLD}
    names = {*found.names, *found.globs}
    if not any(fnmatchcase(lock, name) for lock in listed["locks"] for name in names):
        yield f"data/projects.toml has none of {sorted(names)} among its 'locks'"
    for base in sorted(names & listed["unread"]):
        yield f"data/projects.toml says that {base} cannot be read: take it out of 'unread'"


def _source(name: str, found: object) -> Iterator[str]:
    if not isinstance(found, Source):
        return
    if not found.summary:
        yield "'summary' is empty: say what it opens"
    written = "-" if name == "stdin" else f"{name}:"
    if not found.example.startswith(written):
        yield f"'example' must begin with {written!r}"


def _renderer(name: str, found: object) -> Iterator[str]:
    del name
    if not isinstance(found, Renderer):
        return
    if not re.fullmatch(r"[a-z]+/[a-z0-9.+-]+(; [a-z]+=[a-z0-9.-]+)?", found.media_type):
        yield "'media_type' is no media type"
    if not re.fullmatch(r"(\.[a-z0-9]+)+", found.suffix):
        yield "'suffix' must be a file ending with its dot"
    if not found.summary or found.summary.endswith(".") or "\n" in found.summary:
        yield "'summary' must be one line without a final stop"


def _ordering(name: str, found: object) -> Iterator[str]:
    del name
    if isinstance(found, Ordering) and not (found.ecosystems or found.types):
        yield "nobody uses it: give 'ecosystems' or 'types'"
    if isinstance(found, Ordering) and any(":" in one for one in found.ecosystems):
        yield "'ecosystems' are written without their release"


def _feed(name: str, found: object) -> Iterator[str]:
    """Declarations of feeds hold nothing but functions; what these do is tested elsewhere."""
    del name, found
    yield from ()


def _rule(name: str, found: object) -> Iterator[str]:
    del name
    if not isinstance(found, DockerfileRule):
        return
    about = found.rule
    if not about.summary or len(about.summary) >= _SUMMARY or about.summary.endswith("."):
        yield f"'summary' must be one line of less than {_SUMMARY} characters without a final stop"
    if about.severity is Severity.UNKNOWN:
        yield "'severity' must be known"
    for peer in about.peers:
        if not re.fullmatch(
            r"(hadolint|trivy|checkov|buildkit|dockle|shellcheck|semgrep) \S+", peer
        ):
            yield f"{peer!r} names no tool we know and its code"
    if bool(found.instruction) != bool(found.keywords):
        yield "'instruction' and 'keywords' go together"
    if bool(found.command) != bool(found.commands):
        yield "'command' and 'commands' go together"
    if any(word != word.upper() for word in found.keywords):
        yield "'keywords' are in upper case"


def _command(name: str, found: object) -> Iterator[str]:
    if not isinstance(found, Command):
        return
    if not found.summary or len(found.summary) >= _SUMMARY:
        yield f"'summary' must be one line of less than {_SUMMARY} characters"
    if found.phase not in {"build", "ship", "run", "all"}:
        yield "'phase' must be build, ship, run or all, or the overview leaves it out"
    if not found.examples:
        yield "it has no examples"
    for what, line in found.examples:
        if not what or not line.startswith(f"dunnage {name} "):
            yield f"example {line!r} must say what for, and begin with 'dunnage {name} '"
    options = [option for group in found.groups for option in group.options]
    for option in options:
        if not option.help or option.help.endswith("."):
            yield f"--{option.name} needs a help text without a final stop"
        if not _NAME.fullmatch(option.name):
            yield f"--{option.name} is no kebab case"
    spelt = [word for option in options for word in (f"--{option.name}", *option.short)]
    for word in sorted({word for word in spelt if spelt.count(word) > 1}):
        yield f"{word} is declared twice"


def _image_rule(name: str, found: object) -> Iterator[str]:
    del name
    if isinstance(found, ImageRule) and (
        not found.rule.summary or found.rule.summary.endswith(".") or "\n" in found.rule.summary
    ):
        yield "'summary' must be one line without a final stop"


def _workflow_rule(name: str, found: object) -> Iterator[str]:
    del name
    if not isinstance(found, WorkflowRule):
        return
    about = found.rule
    if not about.summary or len(about.summary) >= _SUMMARY or about.summary.endswith("."):
        yield f"'summary' must be one line of less than {_SUMMARY} characters without a final stop"
    if about.severity is Severity.UNKNOWN:
        yield "'severity' must be known"
    for peer in about.peers:
        if not re.fullmatch(r"(zizmor|semgrep|checkov|poutine) \S+", peer):
            yield f"{peer!r} names no tool we know and its code"


KINDS: Mapping[str, Kind] = {
    kind.package.rpartition(".")[2]: kind
    for kind in (
        Kind("dunnage.catalogers", "cataloger", Cataloger, _cataloger),
        Kind("dunnage.detectors", "detector", Cataloger, _detector),
        Kind("dunnage.sources", "source", Source, _source),
        Kind("dunnage.render", "renderer", Renderer, _renderer),
        Kind("dunnage.versions", "ordering", Ordering, _ordering),
        Kind("dunnage.advisories.feeds", "feed", Feed, _feed),
        Kind("dunnage.cli", "command", Command, _command),
        Kind(
            "dunnage.rules.dockerfile",
            "rule",
            DockerfileRule,
            _rule,
            examples="rules/dockerfile",
            sections=("What it does", "Why it matters", "Instead", "Sources"),
        ),
        Kind(
            "dunnage.rules.image",
            "rule",
            ImageRule,
            _image_rule,
            sections=("What it does", "Why it matters", "Instead", "Sources"),
        ),
        Kind(
            "dunnage.rules.workflow",
            "rule",
            WorkflowRule,
            _workflow_rule,
            examples="rules/workflow",
            sections=("What it does", "Why it matters", "Instead", "Sources"),
        ),
    )
}
"""All folders of plug-ins, by the name of the folder."""


def plugins() -> list[tuple[str, str]]:
    """Return every plug-in as folder and public name."""
    return [(folder, name) for folder, kind in KINDS.items() for name in names(kind.package)]


def lacks(kind: Kind, name: str, tests: Mapping[Path, str]) -> list[str]:
    """Return what a plug-in still lacks, each as a sentence; nothing if it is complete.

    Args:
        kind: Its folder.
        name: Its public name.
        tests: Texts of the test files by path, in which one must name the plug-in.
    """
    missing = []
    if not _NAME.fullmatch(name):
        missing.append(f"{name!r} is no kebab case: name the file in lower case, words joined by _")
    try:
        found: object = load(kind.package, name, kind.attribute, kind.type)
    except TypeError as error:
        return [*missing, f"{error}: define it at the end of the file"]
    path = _file(kind, name)
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    if not docstring.strip():
        missing.append("no docstring: the first line says what the file is for")
    missing += [
        f"its docstring has no section '## {title}'"
        for title in kind.sections
        if f"\n## {title}\n" not in docstring
    ]
    if kind.examples:
        if not (ROOT / "tests" / kind.examples / f"{name}.md").is_file():
            missing.append(f"no examples: write tests/{kind.examples}/{name}.md")
    elif not any(_named(kind, name, text) for text in tests.values()):
        missing.append(f"no test names it: write one under tests/ that says {name!r}")
    return [*missing, *kind.check(name, found)]


@cache
def texts_of_tests() -> Mapping[Path, str]:
    """Return the text of every test file but those of the contract."""
    files = sorted((ROOT / "tests").rglob("*.py"))
    here = ROOT / "tests" / "contract"
    return {p: p.read_text(encoding="utf-8") for p in files if here not in p.parents}


def _file(kind: Kind, name: str) -> Path:
    from importlib import import_module

    return Path(import_module(kind.package).__path__[0]) / f"{name.replace('-', '_')}.py"


def _named(kind: Kind, name: str, text: str) -> bool:
    """Tell whether a test imports the plug-in or writes its public name in quotes."""
    stem = re.escape(name.replace("-", "_"))
    package = re.escape(kind.package)
    quoted = rf"[\"']{re.escape(name)}[\"':]"
    imported = rf"{package}\.{stem}\b|from {package} import [^\n]*\b{stem}\b"
    return re.search(f"{imported}|{quoted}", text) is not None
