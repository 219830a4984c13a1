"""Makes a page for each output format and each kind of target when the documentation is built.

This is a hook of MkDocs (https://www.mkdocs.org/user-guide/configuration/#hooks). A page is made from
the plug-in's docstring and declaration, so a new plug-in has its page without an edit anywhere else,
and no page can be out of date. Samples are what the program writes for the report that the tests of
all formats share, or for small targets of the tests. Nothing that is made here is committed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
# MkDocs runs a hook from wherever it is called; the samples lie with the tests.
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

import reference  # noqa: E402
from mkdocs.structure.files import File  # noqa: E402 - after the path is set, as those below

from dunnage.io.folder import load_all  # noqa: E402
from dunnage.model.finding import Safety  # noqa: E402
from dunnage.model.renderer import Renderer  # noqa: E402
from dunnage.model.report import View  # noqa: E402
from dunnage.rules.dockerfile._rule import DockerfileRule  # noqa: E402
from dunnage.rules.image._rule import ImageRule  # noqa: E402
from dunnage.rules.workflow._rule import WorkflowRule  # noqa: E402
from dunnage.sources._source import Source  # noqa: E402
from samples import REPORT  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.rule import Rule

FORMATS, SOURCES = "dunnage.render", "dunnage.sources"
RULES, WORKFLOWS = "dunnage.rules.dockerfile", "dunnage.rules.workflow"
IMAGES = "dunnage.rules.image"
_LINES, _COLUMNS = 40, 100
_MORE = {"template": " --template '{{ report.subjects[0].findings | length }} findings'"}
"""What an example needs besides the name of the format."""
_TEMPLATE = "{{ report.subjects[0].findings | length }} findings\n"
_BUILD = (("aws-account", "123456789012"), ("aws-region", "eu-central-1"))
_TARGETS = {
    "dir": ("dir:tests/data/projects", ""),
    "project": ("project:tests/data/projects/npm-v3", ""),
    "sbom": ("sbom:tests/data/sbom/mini.cdx.json", ""),
    "stdin": ("-", "tests/data/sbom/mini.spdx.json"),
}
"""Targets that are in the repository, and the file that comes on standard input."""
_URL = re.compile(r"(?<!\]\()(?<!<)\bhttps://[^\s)>,]+[^\s)>,.]")
_FENCES = {".json": "json", ".xml": "xml", ".html": "html", ".md": "markdown"}


def pages() -> dict[str, str]:
    """Return the text of every page by its place in the documentation."""
    formats = load_all(FORMATS, "renderer", Renderer)
    sources = load_all(SOURCES, "source", Source)
    made = {f"formats/{name}.md": format_page(name, formats[name]) for name in formats}
    made |= {f"targets/{name}.md": source_page(name, sources[name]) for name in sources}
    rows = [(name, renderer.summary) for name, renderer in formats.items()]
    made["formats/index.md"] = listing("Output formats", "`-o FORMAT[=FILE]`, repeatable", rows)
    rows = [(name, source.summary) for name, source in sources.items()]
    made["targets/index.md"] = listing("Kinds of target", "`KIND:TARGET`", rows)
    rules = load_all(RULES, "rule", DockerfileRule)
    made |= {
        f"rules/dockerfile/{name}.md": rule_page(RULES, name, rules[name].rule) for name in rules
    }
    rows = [(name, f"{r.rule.severity.level}: {r.rule.summary}") for name, r in rules.items()]
    made["rules/dockerfile/index.md"] = listing(
        "Rules about Dockerfiles", "`dockerfile/NAME`, alone where no kind is needed", rows
    )
    others = load_all(WORKFLOWS, "rule", WorkflowRule)
    made |= {
        f"rules/workflow/{name}.md": rule_page(WORKFLOWS, name, others[name].rule)
        for name in others
    }
    rows = [(name, f"{r.rule.severity.level}: {r.rule.summary}") for name, r in others.items()]
    made["rules/workflow/index.md"] = listing(
        "Rules about workflows", "`workflow/NAME`, alone where no kind is needed", rows
    )
    images = load_all(IMAGES, "rule", ImageRule)
    made |= {
        f"rules/image/{name}.md": rule_page(IMAGES, name, one.rule, ("runs", f"`scan {one.asked}`"))
        for name, one in images.items()
    }
    rows = [(name, f"{r.rule.severity.level}: {r.rule.summary}") for name, r in images.items()]
    made["rules/image/index.md"] = listing(
        "Rules about images", "`image/NAME`, alone where no kind is needed", rows
    )
    options = ["# Options", ""]
    for verb in reference.verbs():
        options += reference.reference(verb, reference.declared(verb))
    made["options.md"] = "\n".join(options).rstrip() + "\n"
    return made


def listing(title: str, how: str, rows: list[tuple[str, str]]) -> str:
    """Return the page that lists all pages of one kind."""
    lines = [f"# {title}", "", f"Written as {how}.", "", "| name | |", "|---|---|"]
    lines += [f"| [`{name}`]({name}.md) | {cell(summary)} |" for name, summary in rows]
    return "\n".join(lines) + "\n"


def format_page(name: str, renderer: Renderer) -> str:
    """Return the page of an output format."""
    lines = [f"# {name}", "", *told(FORMATS, name), ""]
    lines += [f"    dunnage scan app.tar -o {name}=app{renderer.suffix}{_MORE.get(name, '')}", ""]
    lines += ["| | |", "|---|---|", f"| in short | {cell(renderer.summary)} |"]
    lines += [
        f"| media type | `{renderer.media_type}` |",
        f"| usual ending | `{renderer.suffix}` |",
    ]
    view = View(template=_TEMPLATE, template_name="t.txt", build=_BUILD)
    missing = renderer.left_out(REPORT, View()) if renderer.left_out else ""
    if missing:
        lines.append(f"| said on standard error | {cell(missing)} |")
    sample = renderer.render(REPORT, view).decode("utf-8")
    fence = _FENCES.get(renderer.suffix, "text")
    return "\n".join([*lines, "", "## Sample", "", *fenced(sample, fence)]) + "\n"


def rule_page(package: str, name: str, about: Rule, more: tuple[str, str] = ("", "")) -> str:
    """Return the page of a rule: what it says of itself, one row more, then its documentation."""
    identifier = f"{package.rpartition('.')[2]}/{name}"
    fixes = {
        Safety.NONE: "none",
        Safety.SAFE: "`--fix`; what is built behaves as before",
        Safety.UNSAFE: "`--fix --unsafe-fixes`; what is built may differ",
        Safety.SUGGESTED: "`--diff` shows it; it needs a fact that the file does not hold",
    }
    rows = [
        ("name", f"`{identifier}`"),
        ("level", f"`{about.severity.level}` (severity {about.severity.label})"),
        ("confidence", about.confidence.value),
        ("persona", about.persona.value),
        ("fix", fixes[about.fix]),
        more,
        ("elsewhere", ", ".join(about.peers)),
    ]
    lines = [f"# {name}", "", f"    dunnage explain {identifier}", "", "| | |", "|---|---|"]
    lines += [f"| {key} | {cell(value)} |" for key, value in rows if value]
    return "\n".join([*lines, "", *told(package, name)]) + "\n"


def source_page(name: str, source: Source) -> str:
    """Return the page of a kind of target."""
    lines = [f"# {name}", "", *told(SOURCES, name), "", f"    dunnage scan {source.example}", ""]
    lines += ["| | |", "|---|---|", f"| in short | {cell(source.summary)} |"]
    lines.append(f"| written | `{source.example}` |")
    if name in _TARGETS:
        target, given = _TARGETS[name]
        command = f"$ dunnage sbom {target}" + (f" < {given}" if given else "")
        lines += ["", "## Sample", "", *fenced(f"{command}\n{output(target, given)}", "text")]
    return "\n".join(lines) + "\n"


def output(target: str, given: str) -> str:
    """Return what the program writes about a target of the tests, without any network."""
    command = [sys.executable, "-m", "dunnage", "sbom", target, "-o", "table", "--offline", "-q"]
    data = (ROOT / given).read_bytes() if given else b""
    # Exit code 3 tells of a target that holds nothing, which is worth a sample, too.
    done = subprocess.run(command, input=data, capture_output=True, check=False, cwd=ROOT)
    if done.returncode not in {0, 3} or not done.stdout:
        raise RuntimeError(f"{target}: {done.stderr.decode('utf-8', 'replace')}")
    return done.stdout.decode("utf-8")


def told(package: str, name: str) -> list[str]:
    """Return the docstring of a plug-in as Markdown."""
    module = import_module(f"{package}.{name.replace('-', '_')}")
    # Three marks open a block of code and stay.
    text = re.sub(r"(?<!`)``(?!`)", "`", cleandoc(module.__doc__ or ""))
    # The first line of a docstring says what the module does, which here is the format itself.
    return _URL.sub(r"<\g<0>>", text).splitlines()


def cell(text: str) -> str:
    """Return text for a cell of a table."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def fenced(text: str, language: str) -> Iterator[str]:
    """Give a code block with the first lines of a text, each cut to a readable width."""
    lines = text.splitlines()
    yield f"~~~{language}"
    for line in lines[:_LINES]:
        yield line if len(line) <= _COLUMNS else f"{line[: _COLUMNS - 4]} ..."
    if len(lines) > _LINES:
        yield "..."
    yield "~~~"


def on_config(config: Any) -> Any:  # noqa: ANN401 - MkDocs has no types for it
    """Add the pages to the navigation, before what is written there last."""
    made = pages()
    config["extra"]["pages"] = made
    sections = [
        ("Rules about Dockerfiles", "rules/dockerfile"),
        ("Rules about workflows", "rules/workflow"),
        ("Rules about images", "rules/image"),
        ("Output formats", "formats"),
        ("Kinds of target", "targets"),
    ]
    added: list[Any] = [
        {title: [path for path in sorted(made, key=order) if path.startswith(f"{folder}/")]}
        for title, folder in sections
    ]
    place = next(i for i, entry in enumerate(config["nav"]) if "Performance" in entry)
    config["nav"][place:place] = [*added, {"Options": "options.md"}]
    return config


def order(path: str) -> tuple[bool, str]:
    """Sort by name, the listing before all others."""
    return not path.endswith("/index.md"), path


def on_files(files: Any, config: Any) -> Any:  # noqa: ANN401 - MkDocs has no types for it
    """Add the pages to the documentation."""
    for path, text in config["extra"]["pages"].items():
        files.append(File.generated(config, path, content=text))
    return files
