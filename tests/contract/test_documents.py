"""The documentation tells the truth about commands, options, codes and files."""

from __future__ import annotations

import ast
import re
import shlex
from typing import TYPE_CHECKING

import pytest

from dunnage.cli._command import Command
from dunnage.cli._parse import parse
from dunnage.cli._peers import verb as translated
from dunnage.io.folder import load_all, names
from dunnage.io.tables import table
from dunnage.model.errors import UsageError
from support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = ROOT / "src" / "dunnage"
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]
VERBS = load_all("dunnage.cli", "command", Command)
_COMMAND = re.compile(r"^(?: {4}|\$ )(?:\.venv/bin/)?(dunnage .+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#\s]+\.md)(?:#[^)]*)?\)")
_CODE = re.compile(r"[a-z]+(?:-[a-z]+)*")
_ROW = re.compile(
    r"^\| `([a-z-]+)` \| (?:note|incomplete|no-data|unreadable|usage|internal)", re.MULTILINE
)


def commands() -> list[tuple[str, str]]:
    """Return every command line that a page tells the reader to type."""
    return [
        (str(page.relative_to(ROOT)), line)
        for page in PAGES
        for line in _COMMAND.findall(page.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("page", "line"), commands())
def test_commands_are_understood(page: str, line: str) -> None:
    """Every verb and option that a page prints exists, with the arguments it takes."""
    typed = shlex.split(line)[1:]
    if typed[0].startswith("-"):
        return
    other = translated(typed) if typed[0] not in VERBS else None
    verb, *words = typed if other is None else other.argv
    assert verb in VERBS, page
    try:
        parse(verb, VERBS[verb], words)
    except UsageError as error:
        pytest.fail(f"{page}: {line}: {error}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Links between pages lead to pages that are there."""
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).is_file(), target


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the texts that a module gives names to."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _written(tree: ast.Module) -> Iterator[ast.expr]:
    """Give the expressions that a module uses as codes of problems."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            names = {target.id for target in node.targets if isinstance(target, ast.Name)}
            if names & {"code", "CODE", "NO_TABLE"}:
                value = node.value
                yield from (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,)
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        called = node.func.attr if isinstance(node.func, ast.Attribute) else called
        if called in {"Problem", "problem"} or (called == "add" and len(node.args) > 1):
            yield from node.args[:1]
            yield from (word.value for word in node.keywords if word.arg == "code")
        if called == "_problem":
            yield from node.args[1:2]


def codes() -> set[str]:
    """Return the codes of all problems the program can tell of."""
    found: set[str] = set()
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = _constants(tree)
        for node in _written(tree):
            value = node.value if isinstance(node, ast.Constant) else ""
            value = names.get(node.id, "") if isinstance(node, ast.Name) else value
            if isinstance(value, str) and _CODE.fullmatch(value) and path.parent.name != "render":
                found.add(value)
    return found


def test_every_problem_is_explained() -> None:
    """The page about reports explains every code, and none that does not exist."""
    page = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    told = _ROW.findall(page)
    assert len(told) == len(set(told))
    assert {"digest-mismatch", "timeout", "waiver-expired", "no-package-table"} <= codes()
    assert codes() == set(told)


def test_explain_knows_every_problem() -> None:
    """``dunnage explain`` tells what the page has, and no rule has the name of a problem."""
    page = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| (.*) \|$", page, re.MULTILINE)
    known = {(code, one["effect"], one["meaning"]) for code, one in table("problems").items()}
    assert known <= set(told)
    assert set(table("problems")) == codes()
    for kind in ("dockerfile", "workflow", "image"):
        taken = {name.replace("_", "-") for name in names(f"dunnage.rules.{kind}")}
        assert not taken & codes()


def test_named_files_exist() -> None:
    """Files of the source tree that a page names in backticks are there."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        rooms = "|".join(path.name for path in SOURCE.iterdir() if path.is_dir())
        for name in re.findall(rf"`((?:src/dunnage/)?(?:{rooms})/[a-z0-9_/.]+\.[a-z.]+)`", text):
            assert (SOURCE / name.removeprefix("src/dunnage/")).is_file(), f"{page.name}: {name}"


def test_examples_of_plugins_can_be_run(tmp_path: Path) -> None:
    """Every plug-in printed as an example has a docstring and defines its attribute."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    attributes = set()
    for number, text in enumerate(examples):
        module = tmp_path / f"example_{number}.py"
        module.write_text(text, encoding="utf-8")
        values: dict[str, object] = {}
        exec(compile(text, str(module), "exec"), values)  # noqa: S102 - our own documentation
        assert ast.get_docstring(ast.parse(text))
        attributes |= set(values) & {"cataloger", "renderer", "ordering", "feed"}
    assert attributes == {"cataloger", "renderer", "ordering", "feed"}
