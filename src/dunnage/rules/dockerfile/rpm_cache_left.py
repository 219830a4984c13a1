r"""Caches of ``dnf``, ``yum``, ``microdnf`` or ``zypper`` stay in the image.

## What it does
Looks for RUN instructions that install or upgrade and do not end with `clean all`, in stages that
become an image, if the cache directory is neither removed in the same RUN nor on a mount.

## Why it matters
Metadata and packages in the cache are tens to hundreds of megabytes that the image does not use.
Cleaning in a later instruction frees nothing: the layer has them already.

## Instead
```dockerfile
RUN dnf install -y --setopt=install_weak_deps=False nginx \
    && dnf clean all
```

Or keep them for the next build, out of the image:

```dockerfile
RUN --mount=type=cache,target=/var/cache/libdnf5 dnf install -y nginx
```

## When it is wrong
A script that cleans is not looked into.

## Sources
dnf(8), "Clean Command"; zypper(8), "clean".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._cleanup import append, mounted, removed, ships
from dunnage.rules.dockerfile._packages import call
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_FILLS = frozenset({
    "install", "reinstall", "update", "upgrade", "groupinstall", "localinstall", "distro-sync",
    "builddep", "makecache", "in", "swap", "module", "group", "check-update", "upgrade-minimal",
    "update-minimal",
})  # fmt: skip
_ZYPPER = frozenset(
    {"install", "in", "update", "up", "dist-upgrade", "dup", "patch", "refresh", "ref"}
)
_PATHS = {
    "yum": ("/var/cache/yum", "/var/cache/dnf", "/var/cache/libdnf5"),
    "dnf": ("/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum"),
    "dnf5": ("/var/cache/libdnf5", "/var/cache/dnf"),
    "microdnf": ("/var/cache/yum", "/var/cache/dnf", "/var/cache/libdnf5"),
    "tdnf": ("/var/cache/tdnf",),
    "zypper": ("/var/cache/zypp",),
}


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for the last call in a RUN that leaves a cache."""
    last = next((one for one in reversed(run.commands) if _fills(one)), None)
    if last is None or not ships(run.stage, facts):
        return
    after = run.after(last)
    paths = _PATHS[last.name]
    if mounted(run, *paths) or removed(after, *paths) or any(map(_cleans, after)):
        return
    if last.has("--installroot", "-R", "--root", "--downloadonly"):
        return
    found = call(last)
    end = found.verb.span.end if found else last.span.end
    clean = "zypper clean --all" if last.name == "zypper" else f"{last.name} clean all"
    sudo = "sudo " if "sudo" in last.wrappers else ""
    yield Hit(
        Span(last.name_span.start, max(end, last.name_span.end)),
        f"the cache of {last.name} stays in the layer; end the RUN with && {sudo}{clean}",
        append(run, facts, sudo + clean),
    )


def _fills(command: Command) -> bool:
    if command.name not in _PATHS:
        return False
    found = call(command)
    return found is not None and found.does in (_ZYPPER if command.name == "zypper" else _FILLS)


def _cleans(command: Command) -> bool:
    if command.name not in _PATHS:
        return False
    found = call(command)
    return found is not None and found.does in {"clean", "cc"}


rule = DockerfileRule(
    Rule(
        summary="the cache of an RPM package manager stays in the image",
        severity=Severity.LOW,
        peers=(
            "hadolint DL3032", "hadolint DL3036", "hadolint DL3040", "trivy DS-0015",
            "trivy DS-0019", "trivy DS-0020", "trivy DS-0027", "semgrep missing-dnf-clean-all",
            "semgrep missing-yum-clean-all", "semgrep missing-zypper-clean",
        ),
        fix=Safety.SAFE,
    ),
    run=check,
    needs=tuple(_PATHS),
)  # fmt: skip
