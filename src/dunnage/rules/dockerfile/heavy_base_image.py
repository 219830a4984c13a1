"""A base image that holds more than any step of the file needs.

## What it does
Looks at the image that the shipped stage rests on, at every step of all stages that rest on it, and
at what is started. Where the table of base images knows a lighter tier of the same family with the
same libc and interpreter (full, slim, distroless), and nothing that it lacks is called, that tier is
named with what it drops.

- slim needs that no step calls a compiler, git, curl or the like, unless it installs them itself.
  Where `pip`, `npm` and their kin run, some package may have to be compiled: that is only
  information.
- static (`gcr.io/distroless/static-debian13:nonroot`) needs that a Go program built without cgo is
  all that is started; root certificates and time zones are in that image, and it runs as user 65532
  unless USER says otherwise. `scratch` has not even those.
- distroless needs that nothing runs in the stage, and that the program is started in exec form
  without a shell.

## Why it matters
What is not in the image needs no update, is no tool for an intruder, and is not pulled at every
start. A full language image holds several hundred packages of compilers and headers.

## Instead
```dockerfile
FROM python:3.14 AS build
RUN pip install --prefix /install flask
FROM python:3.14-slim
COPY --from=build /install /usr/local
ENTRYPOINT ["python", "-m", "flask", "run"]
```

## When it is wrong
A program may call at run time what the file does not show: `subprocess.run(["git", ...])`, a
debugger, `kubectl exec` with a shell. The change is therefore unsafe: build and test it.

## Sources
https://docs.docker.com/build/building/best-practices/#choose-the-right-base-image and
https://github.com/GoogleContainerTools/distroless
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Safety
from dunnage.model.lighter import TIERS, Lighter
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.base_image import identify
from dunnage.parsers.lighter_base import lighter
from dunnage.rules.dockerfile._bases import copies, image_of, literal, shown, tag_of
from dunnage.rules.dockerfile._native import cgo
from dunnage.rules.dockerfile._needs import needs
from dunnage.rules.dockerfile._rule import Change, DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.base_image import Base
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._bases import Copy
    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._needs import Needs

_MANAGERS = {
    "apt": frozenset({"apt", "apt-get", "aptitude", "dpkg"}),
    "microdnf": frozenset({"microdnf", "rpm"}),
    "dnf": frozenset({"dnf", "microdnf", "yum", "rpm"}),
    "apk": frozenset({"apk"}),
}
"""Package manager of a base -> commands that work there."""
_WITH_SHELL = frozenset({"full", "slim", "alpine", "minimal"})
_STATIC = Lighter(
    "gcr.io/distroless/static-debian13:nonroot",
    "static",
    ("a shell", "a package manager", "a libc"),
)
_INTERPRETERS = frozenset({"python", "python3", "node", "nodejs", "java", "ruby", "php", "dotnet"})


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit if the image that is shipped rests on a heavier tier than it needs."""
    root = facts.final.lineage[-1] if facts.final is not None else None
    base = facts.base(root) if root is not None and image_of(root) else None
    if root is None or base is None or base.kind not in {"os", "runtime"} or base.deprecated:
        return
    offered = [one for one in lighter(base) if not one.changes and _lower(one, base)]
    from_go = [one for one in copies(facts) if one.base is not None and one.base.language == "go"]
    static = bool(from_go) and base.kind == "os" and base.tier in _WITH_SHELL
    if not offered and not static:
        return
    needed = needs(facts, root)
    if not needed.known:
        return
    if static and _runs_static(from_go, facts, needed):
        yield _hit(root, base, _STATIC, Severity.LOW if base.libc != "glibc" else Severity.MEDIUM)
        return
    fit = [one for one in offered if _fits(one, base, needed)]
    if fit:
        unsure = bool(needed.compiling) and fit[-1].tier == "slim"
        low = unsure or base.kind == "os"
        note = f" ({needed.compiling} may need them if a package has to be compiled)"
        severity = Severity.LOW if low else Severity.MEDIUM
        yield _hit(root, base, fit[-1], severity, note if unsure else "")


def _hit(root: Stage, base: Base, best: Lighter, severity: Severity, note: str = "") -> Hit:
    where = root.base.span if root.base is not None else root.start.span
    message = (
        f"{shown(base.image)} holds {_listed(best.drops)}, which no step here needs;"
        f" {best.image} does not{note}{f' (it needs {best.needs})' if best.needs else ''}"
    )
    if base.digest:
        return Hit(where, message, needs=f"the digest of {best.image}", severity=severity)
    change = (Change(where, best.image),) if literal(root) and _may_change(root, best) else ()
    return Hit(where, message, change, severity=severity)


def _may_change(root: Stage, best: Lighter) -> bool:
    """Tell whether the other name is all there is to change, and brings no finding of its own."""
    return not best.needs and tag_of(root.image or "") not in {"", "latest"}


def _runs_static(from_go: list[Copy], facts: Facts, needed: Needs) -> bool:
    """Tell whether all that is started is a Go program that was built without cgo."""
    if needed.names or needed.writes or needed.shell or needed.tools or needed.language_tools:
        return False
    name = needed.program.rpartition("/")[2]
    for copy in from_go:
        if not name or not any(copy.stage is stage for stage in facts.shipped):
            continue
        names = {word.text.rpartition("/")[2] for word in copy.instruction.words}
        if name in names:
            return cgo(copy, facts) is False
    return False


def _lower(one: Lighter, base: Base) -> bool:
    return TIERS.index(one.tier) > TIERS.index(base.tier or "full")


def _fits(one: Lighter, base: Base, needed: Needs) -> bool:
    other = identify(one.image)
    managers = _MANAGERS.get(other.package_manager, frozenset()) if other else frozenset()
    if not needed.managers <= managers:
        return False
    if one.tier == "slim":
        return not needed.tools
    if (
        needed.names
        or needed.writes
        or needed.shell
        or needed.tools
        or needed.language_tools
        or not needed.program
    ):
        return False
    if one.tier == "minimal":
        return True
    name = needed.program.rpartition("/")[2]
    # Distroless images keep their interpreter elsewhere, so a path to it would be wrong.
    return needed.program.startswith("/") if base.kind == "os" else name in _INTERPRETERS


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


rule = DockerfileRule(
    Rule(
        summary="the base image holds more than is needed",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        fix=Safety.UNSAFE,
    ),
    file=check,
)
