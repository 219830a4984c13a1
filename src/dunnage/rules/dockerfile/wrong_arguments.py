"""An instruction with arguments it cannot take.

## What it does
Reports what BuildKit refuses in the arguments of an instruction: too few or too many of them, a
`FROM` that is not `FROM image` or `FROM image AS name`, a stage name it does not allow, an `ENV` or
`LABEL` without a value, a `HEALTHCHECK` with an unknown type, duration or count, a `STOPSIGNAL` that is none, a `SHELL` that is
no JSON list, a JSON list that holds something else than strings, a here-document as destination.

## Why it matters
The build stops before the first step. A comment cannot stand behind an instruction on its line, and
is often the reason.

## Instead
```dockerfile
FROM golang:1.25 AS build
ENV CGO_ENABLED=0
COPY go.mod go.sum ./
```

## Sources
Dockerfile reference; BuildKit, `frontend/dockerfile/instructions/parse.go` and
`frontend/dockerfile/parser/line_parsers.go`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import KEYWORDS
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._held import held
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import named, short
from dunnage.rules.dockerfile._sources import is_remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dunnage.parsers.dockerfile import Instruction, Span
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_NAME = pattern(r"[a-z][a-z0-9_.-]*\Z")
_DURATION = pattern(r"([+-]?)(?:0|((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+))\Z")
_PART = pattern(r"([\d.]+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_SIGNAL = pattern(
    r"(?:\d{1,2}|(?:SIG)?(?:HUP|INT|QUIT|ILL|TRAP|ABRT|IOT|BUS|FPE|KILL|USR1|SEGV|USR2|PIPE|ALRM|TERM"
    r"|STKFLT|CHLD|CLD|CONT|STOP|TSTP|TTIN|TTOU|URG|XCPU|XFSZ|VTALRM|PROF|WINCH|IO|POLL|PWR|SYS|UNUSED"
    r"|RTMIN(?:\+\d{1,2})?|RTMAX(?:-\d{1,2})?))\Z",
    re.IGNORECASE,
)
_COUNT = pattern(r"\+?\d{1,9}\Z")
_NEEDS_ONE = frozenset({
    "MAINTAINER", "WORKDIR", "USER", "STOPSIGNAL", "EXPOSE", "VOLUME", "ARG", "ENV", "LABEL",
    "ONBUILD", "HEALTHCHECK", "SHELL",
})  # fmt: skip
_DURATIONS = ("interval", "timeout", "start-period", "start-interval")
_JSON = frozenset({"CMD", "ENTRYPOINT", "RUN", "SHELL", "VOLUME", "COPY", "ADD"})


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give at most one hit: builders stop at the first mistake."""
    del facts
    keyword = instruction.keyword
    said: tuple[Span, str] | None = None
    if keyword in _NEEDS_ONE and not instruction.args.data.strip():
        said = instruction.keyword_span, f"{named(instruction)} has no argument; say what it sets"
    elif keyword in _CHECKS:
        said = _CHECKS[keyword](instruction)
    if said is None and keyword in _JSON and instruction.json is None:
        said = _strings(instruction)
    if said is not None:
        severity = Severity.HIGH if held(instruction, stage) else None
        yield Hit(said[0], said[1], severity=severity)


def _from(instruction: Instruction) -> tuple[Span, str] | None:
    words = instruction.words
    if not words:
        return instruction.keyword_span, "FROM names no image; write FROM image or FROM scratch"
    if len(words) == 1:
        return None
    if len(words) != 3 or words[1].text.upper() != "AS":
        if any(word.text.startswith("#") for word in words):
            return words[1].span, "a comment cannot follow FROM on its line; put it above"
        return words[1].span, f"FROM takes an image, or an image AS a name, not {len(words)} words"
    if not _NAME.match(words[2].text.lower()):
        advice = "begin it with a letter; it may hold letters, digits, - _ and ."
        return words[2].span, f"no stage can be called {short(words[2].text)}; {advice}"
    return None


def _pairs(instruction: Instruction) -> tuple[Span, str] | None:
    pairs = instruction.pairs
    keyword = named(instruction)
    for pair in pairs:
        if pair.value is None:
            name = short(pair.name)
            if len(pairs) == 1:
                return pair.span, f'{keyword} {name} has no value; write {name}=... or {name}=""'
            return pair.span, f"{keyword} lacks = at {name}; quote a value that holds blanks"
        if not pair.name:
            return pair.span, f"{keyword} has a value without a name; write NAME=value"
    return None


def _arg(instruction: Instruction) -> tuple[Span, str] | None:
    for pair in instruction.pairs:
        if not pair.name:
            return pair.span, "ARG has a value without a name; write NAME=value"
    return None


def _paths(instruction: Instruction) -> tuple[Span, str] | None:
    words = instruction.words
    keyword = named(instruction)
    if len(words) < 2:
        return (
            instruction.keyword_span,
            f"{keyword} needs at least one source and a destination; it has {len(words)} of them",
        )
    last = words[-1].span
    if any(heredoc.marker == last for heredoc in instruction.heredocs):
        return last, f"{keyword} has a here-document as its destination; name the file behind it"
    return None


def _healthcheck(instruction: Instruction) -> tuple[Span, str] | None:
    words = instruction.args.value.split(None, 1)
    kind = words[0].upper()
    if kind == "NONE":
        if len(words) > 1:
            return instruction.args.whole, "HEALTHCHECK NONE takes no arguments; drop them"
        return None
    if kind != "CMD":
        advice = "write HEALTHCHECK CMD command, or HEALTHCHECK NONE"
        return instruction.args.whole, f"HEALTHCHECK does not know {short(words[0])}; {advice}"
    inner = instruction.inner
    if inner is None or not (inner.json or inner.args.data.strip()) or inner.json == ():
        return instruction.args.whole, "HEALTHCHECK CMD has no command; name one"
    for flag in instruction.flags:
        value = flag.value or ""
        if flag.name in _DURATIONS and value and not _is_duration(value):
            advice = "write one like 30s or 1m30s, at least 1ms"
            return flag.span, f"--{flag.name} is no duration; {advice}"
        if flag.name == "retries" and value and not _COUNT.match(value):
            return flag.span, "--retries is no count; write a whole number"
    return None


def _is_duration(value: str) -> bool:
    """Tell whether builders take a duration: zero, or at least a millisecond."""
    match = _DURATION.match(value) if len(value) < 64 else None
    if match is None:
        return False
    parts = _PART.findall(match[2] or "")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return seconds == 0 or (match[1] != "-" and seconds >= 1e-3)


def _stopsignal(instruction: Instruction) -> tuple[Span, str] | None:
    text = instruction.args.value.strip("\"'")
    if "$" in text or _SIGNAL.match(text):
        return None
    return instruction.args.whole, f"there is no signal {short(text)}; write a name like SIGTERM"


def _add(instruction: Instruction) -> tuple[Span, str] | None:
    said = _paths(instruction)
    checksum = instruction.flag("checksum")
    if said is not None or checksum is None:
        return said
    if all(is_remote(word.text) or "$" in word.text for word in instruction.words[:-1]):
        return None
    return checksum.span, "--checksum is for addresses only; drop it for files of the context"


def _shell(instruction: Instruction) -> tuple[Span, str] | None:
    if instruction.json:
        return None
    advice = 'write SHELL ["/bin/bash", "-c"]'
    return instruction.args.whole, f"SHELL takes a JSON list of strings; {advice}"


def _volume(instruction: Instruction) -> tuple[Span, str] | None:
    for word in instruction.json or ():
        if not word.text.strip():
            return word.span, "VOLUME names an empty path; name a directory"
    if instruction.json == ():
        return instruction.keyword_span, "VOLUME has no argument; say what it sets"
    return None


def _strings(instruction: Instruction) -> tuple[Span, str] | None:
    """Tell of a JSON list that holds something else than strings."""
    text = instruction.args.value
    if not text.startswith("[") or not text.endswith("]"):
        return None
    import json

    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    other = next((value for value in values if not isinstance(value, str)), None)
    if other is None and None not in values:
        return None
    shown = short(json.dumps(other))
    advice = "it may hold words only" if isinstance(other, list | dict) else f'write "{shown}"'
    return instruction.args.whole, f"the JSON list holds {shown}; {advice}"


_CHECKS: dict[str, Callable[[Instruction], tuple[Span, str] | None]] = {
    "FROM": _from,
    "ENV": _pairs,
    "LABEL": _pairs,
    "ARG": _arg,
    "COPY": _paths,
    "ADD": _add,
    "STOPSIGNAL": _stopsignal,
    "HEALTHCHECK": _healthcheck,
    "SHELL": _shell,
    "VOLUME": _volume,
}

rule = DockerfileRule(
    Rule(
        summary="the instruction cannot take these arguments",
        severity=Severity.CRITICAL,
        peers=("hadolint DL1000", "hadolint DL3061"),
    ),
    instruction=check,
    keywords=tuple(sorted(KEYWORDS)),
)
