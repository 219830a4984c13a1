"""Syntax of bash where sh runs.

## What it does
Reports `[[ ]]`, `==` in `[ ]`, `source`, arrays, `<<<`, `<( )`, `&>`, `function`, `let`, `(( ))`,
`for (( ))`, `{1..9}`, `$'...'` and the substring and pattern forms of `${ }` in `RUN` instructions that
`/bin/sh` runs. Where the base is known, only what its `sh` does not understand is reported: busybox on Alpine
knows several of them, and on distributions whose `sh` is bash nothing is reported.

## Why it matters
In the `dash` of Debian and Ubuntu `[[` is a command that is not there: the test fails, the branch is
not taken, and the build succeeds.

## Instead
```dockerfile
FROM debian:13
RUN if [ "$(uname -m)" = x86_64 ]; then echo wide; fi
```
or `SHELL ["/bin/bash", "-c"]` before it.

## Sources
POSIX Shell Command Language; dash(1).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.parsers.shell import constructs
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shells import sh_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Construct
    from dunnage.rules.dockerfile._facts import Facts, Run
    from dunnage.rules.dockerfile._rule import Change

_TOKENS = (
    b"[[", b" == ", b"source", b"function", b"let ", b"<<<", b"<(", b">(", b"&>", b"((", b"..", b"$'",
    b"=(",
)  # fmt: skip
_MAYBE = pattern(
    rb"\[\[\s|\s==\s|(?:^|[\s;&|(])(?:source|function|let)\s|<<<|[<>]\(|&>|(?<!\$)\(\(|\{\w+\.\."
    rb"|(?:^|[\s=(])\$'|\w=\(",
    re.MULTILINE,
)
_MAYBE_EXPANSION = pattern(rb"\$\{!?\w+(?:\[|:[\d\s]|/|\^|,)")
_KINDS = (
    ("test_command", (b"[[", b"==")),
    ("command", (b"source", b"let")),
    ("herestring_redirect", (b"<<<",)),
    ("process_substitution", (b"<(", b">(")),
    ("file_redirect", (b"&>", b">&")),
    ("function_definition", (b"function",)),
    ("array", (b"=(",)),
    ("brace_expression", (b"..",)),
    ("ansi_c_string", (b"$'",)),
    ("expansion", (b"${",)),
    ("compound_statement", (b"((",)),
    ("c_style_for_statement", (b"((",)),
)
"""Constructs, and what stands in each that sh does not know."""
_EXPANSION = pattern(r"\$\{!?\w+(?:\[|:(?![-=?+])|//?|\^|,)", re.ASCII)
_EQUALS = pattern(r"(?<=\s)==(?=\s)")
_SOURCE = pattern(r"source(?=\s+[\"']?[^\s\"';&|]*/)")
_BUSYBOX = frozenset({"[[", "==", "source", "let", "$'", "substring"})
"""What the ash of busybox understands, as Alpine builds it."""


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every construct that sh does not know."""
    if run.script.posix:
        return
    instruction = run.instruction
    if run.shell_name not in {"sh", "ash", "dash"} or instruction.json is not None:
        return
    text = facts.body(instruction)
    if text is None or not _maybe(text.data):
        return
    if instruction.heredocs and not _read_by_sh(instruction.heredocs[0].content):
        return
    shell = sh_of(run, facts)
    if shell == "bash":
        return
    for one in constructs(text, _kinds(text.data)):
        told = _told(one)
        if told is None or (shell == "busybox" and told[0] in _BUSYBOX):
            continue
        who = "the sh of busybox" if shell == "busybox" else "sh"
        yield Hit(one.span, f"{who} does not know {told[1]}; {told[2]}", _changes(one))


def _maybe(data: bytes) -> bool:
    """Tell quickly whether a body is worth a closer look."""
    for token in _TOKENS:
        if token in data:
            if _MAYBE.search(data):
                return True
            break
    return b"${" in data and _MAYBE_EXPANSION.search(data) is not None


def _kinds(data: bytes) -> frozenset[str]:
    """Return the constructs that a body may have."""
    return frozenset(kind for kind, marks in _KINDS if any(mark in data for mark in marks))


def _read_by_sh(content: str) -> bool:
    first = content.partition("\n")[0]
    return not first.startswith("#!") or "sh" in first.rpartition("/")[2].split()


def _told(one: Construct) -> tuple[str, str, str] | None:
    """Return a key, the construct's name and what to write instead; None if sh knows it."""
    bash = 'or set SHELL ["/bin/bash", "-c"]'
    text = one.text
    found = _SIMPLE.get(one.kind)
    if found is not None:
        return found
    if one.kind == "test_command":
        if text.startswith("[["):
            return "[[", "[[ ]]", f"write [ ] {bash}"
        return ("==", "== in [ ]", "write =") if _EQUALS.search(text) else None
    if one.kind == "command":
        return _command(text)
    if one.kind == "file_redirect" and re.match(r"&>|>&\s*[^\d\s-]", text):
        return "&>", "&>", "write > file 2>&1"
    if one.kind == "function_definition" and text.startswith("function"):
        return "function", "function", "write name() { ...; }"
    if one.kind == "compound_statement" and text.startswith("(("):
        return "((", "(( ))", f"write [ ] or $(( )) {bash}"
    if one.kind == "expansion" and _EXPANSION.match(text):
        key = "substring" if re.match(r"\$\{\w+[:/]", text) else "expansion"
        return key, f"{text[:40]}", f"write it with cut, sed or tr {bash}"
    return None


def _command(text: str) -> tuple[str, str, str] | None:
    name = text.split(None, 1)[0] if text.strip() else ""
    if name == "source":
        return "source", "source", "write ."
    return ("let", "let", "write $(( ))") if name == "let" else None


_BASH = 'use another form, or set SHELL ["/bin/bash", "-c"]'
_SIMPLE = {
    "herestring_redirect": ("<<<", "<<<", "write echo ... | before the command"),
    "process_substitution": ("<(", "<( )", _BASH),
    "array": ("array", "arrays", _BASH),
    "c_style_for_statement": ("for ((", "for (( ))", "write for i in $(seq 1 9)"),
    "brace_expression": ("{..}", "{1..9}", "write $(seq 1 9)"),
    "ansi_c_string": ("$'", "$'...'", "write it with printf"),
}


def _changes(one: Construct) -> tuple[Change, ...]:
    if one.span.end - one.span.start != len(one.text.encode()):
        return ()
    found = []
    if one.kind == "test_command" and not one.text.startswith("[["):
        found = [(match.span(), "=") for match in _EQUALS.finditer(one.text)]
    elif one.kind == "command" and (match := _SOURCE.match(one.text)):
        found = [(match.span(), ".")]
    out = []
    for (start, end), text in found:
        lead = len(one.text[:start].encode())
        at = one.span.start + lead
        out.append(replace(Span(at, at + len(one.text[start:end].encode())), text))
    return tuple(out)


rule = DockerfileRule(
    Rule(
        summary="sh does not know this syntax of bash",
        severity=Severity.MEDIUM,
        peers=tuple(
            f"shellcheck SC{code}"
            for code in (
                3001,
                3003,
                3005,
                3006,
                3009,
                3010,
                3011,
                3014,
                3020,
                3030,
                3039,
                3046,
                3057,
                3060,
            )
        ),
        fix=Safety.SAFE,
    ),
    run=check,
)
