"""A mount, network or security mode that RUN does not know.

## What it does
Reports `RUN --mount` with an unknown type or option, without the target it needs, or with a variable
in `from`; `--network` other than `default`, `none` and `host`; `--security` other than `sandbox` and
`insecure`.

## Why it matters
The build stops at it.

## Instead
```dockerfile
FROM debian:13
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked apt-get update
```

## Sources
Dockerfile reference, "RUN --mount", "RUN --network", "RUN --security".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._alike import nearest
from dunnage.rules.dockerfile._held import held
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Flag, Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_TYPES = frozenset({"bind", "cache", "tmpfs", "secret", "ssh"})
_WITH_TARGET = frozenset({"bind", "cache", "tmpfs"})
_TARGETS = ("target", "dst", "destination")
_SHARING = frozenset({"shared", "private", "locked"})
_OPTIONS = frozenset({
    "type", "from", "source", "src", "target", "dst", "destination", "readonly", "ro", "readwrite",
    "rw", "required", "size", "id", "sharing", "mode", "uid", "gid", "env",
})  # fmt: skip
_MODES = {"network": ("default", "none", "host"), "security": ("sandbox", "insecure")}


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every flag whose value is refused."""
    for flag in instruction.flags:
        said = ""
        if flag.name == "mount" and flag.value is not None:
            said = _mount(flag, facts)
        elif flag.name in _MODES and flag.value is not None and "$" not in flag.value:
            modes = _MODES[flag.name]
            if flag.value not in modes:
                said = f"--{flag.name} is none of {', '.join(modes)}"
        if said:
            severity = Severity.HIGH if held(instruction, stage) else None
            yield Hit(flag.span, said, severity=severity)


def _mount(flag: Flag, facts: Facts) -> str:
    options = flag.options()
    for key in options:
        if key not in _OPTIONS:
            like = nearest(key, sorted(_OPTIONS), facts)
            advice = f"did you mean {like}?" if like else "drop it"
            return f"a mount has no option {short(key)}; {advice}"
    kind = options.get("type", "bind")
    if "$" in kind or "$" in options.get("from", ""):
        return "BuildKit expands no variable in type and from of a mount; give the image a stage"
    if kind not in _TYPES:
        like = nearest(kind, sorted(_TYPES), facts)
        advice = f"did you mean {like}?" if like else f"there are {', '.join(sorted(_TYPES))}"
        return f"there is no mount of type {short(kind)}; {advice}"
    if kind in _WITH_TARGET and options.get(_target(options), "").rstrip("/") == "":
        return f"a mount of type {kind} needs a target other than /; add target=..."
    sharing = options.get("sharing", "")
    if sharing and "$" not in sharing and sharing not in _SHARING:
        return f"a cache is not shared {short(sharing)}; write shared, private or locked"
    return ""


def _target(options: dict[str, str]) -> str:
    return next((key for key in reversed(options) if key in _TARGETS), "target")


rule = DockerfileRule(
    Rule(
        summary="RUN does not know this mount or mode",
        severity=Severity.CRITICAL,
        peers=("hadolint DL1000",),
    ),
    instruction=check,
    keywords=("RUN",),
)
