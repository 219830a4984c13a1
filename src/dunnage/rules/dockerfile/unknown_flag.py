"""A flag that the instruction does not have.

## What it does
Reports flags in front of an instruction's arguments that BuildKit refuses: unknown ones, flags
given twice, flags without the value they need, and switches with a value that is neither `true`
nor `false`.

## Why it matters
The build stops. Flags are also looked for where nobody expects them: the shell form `CMD --help`
is a flag of `CMD`, not an argument of a program.

## Instead
```dockerfile
FROM alpine:3.22
COPY --chown=1000:1000 app /app
CMD ["--help"]
```

## Sources
Dockerfile reference; BuildKit, `frontend/dockerfile/instructions/parse.go` and `bflag.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._alike import nearest
from dunnage.rules.dockerfile._held import held
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import named, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Flag, Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_SWITCH, _TEXT, _LIST = "switch", "text", "list"
_FLAGS: dict[str, dict[str, str]] = {
    "FROM": {"platform": _TEXT},
    "RUN": {"mount": _LIST, "device": _LIST, "network": _TEXT, "security": _TEXT},
    "COPY": {
        "from": _TEXT, "chown": _TEXT, "chmod": _TEXT, "link": _SWITCH, "parents": _SWITCH,
        "exclude": _LIST,
    },
    "ADD": {
        "chown": _TEXT, "chmod": _TEXT, "link": _SWITCH, "keep-git-dir": _SWITCH,
        "checksum": _TEXT, "unpack": _SWITCH, "exclude": _LIST,
    },
    "HEALTHCHECK": {
        "interval": _TEXT, "timeout": _TEXT, "start-period": _TEXT, "start-interval": _TEXT,
        "retries": _TEXT,
    },
}  # fmt: skip
_ANY = (
    "FROM", "RUN", "COPY", "ADD", "HEALTHCHECK", "CMD", "ENTRYPOINT", "ENV", "EXPOSE",
    "LABEL", "ONBUILD", "SHELL", "USER", "VOLUME", "WORKDIR",
)  # fmt: skip
"""Instructions that read flags; ARG and STOPSIGNAL pass over them."""


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every flag that is refused."""
    if not instruction.flags:
        return
    if instruction.keyword == "HEALTHCHECK" and instruction.value.upper().startswith("NONE"):
        return
    severity = Severity.HIGH if held(instruction, stage) else None
    known = _FLAGS.get(instruction.keyword, {})
    seen: set[str] = set()
    for flag in instruction.flags:
        said = _wrong(flag, instruction, known, seen, facts)
        if said:
            yield Hit(flag.span, said, severity=severity)
        seen.add(flag.name)


def _wrong(
    flag: Flag, instruction: Instruction, known: dict[str, str], seen: set[str], facts: Facts
) -> str:
    name, value = short(flag.name), flag.value
    kind = known.get(flag.name)
    if kind is None:
        said = f"{named(instruction)} has no flag --{name}"
        if not known:
            return f"{said}; write arguments that begin with -- in the JSON form"
        like = nearest(flag.name, sorted(known), facts)
        return f"{said}; did you mean --{like}?" if like else f"{said}; {_have(known)}"
    if flag.name in seen and kind != _LIST:
        return f"--{name} is given twice; keep one"
    if value is None:
        return "" if kind == _SWITCH else f"--{name} has no value; write --{name}=..."
    if kind == _SWITCH and value.lower() not in {"true", "false"}:
        return f"--{name} is a switch; write --{name}, --{name}=true or --{name}=false"
    return ""


def _have(known: dict[str, str]) -> str:
    return "it has " + ", ".join(f"--{name}" for name in known)


rule = DockerfileRule(
    Rule(
        summary="the instruction has no such flag",
        severity=Severity.CRITICAL,
        peers=("hadolint DL1000",),
    ),
    instruction=check,
    keywords=_ANY,
)
