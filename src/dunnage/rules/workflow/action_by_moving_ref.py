"""An action used by a name that moves.

## What it does
Reports `uses: owner/name@master` and other branches, actions without a ref, and `docker://` images
without a digest. An action by tag (`@v4`) is for information: tags can be moved too, and were, to steal
the secrets of those who used them.

## Why it matters
Whoever can push to the branch, or move the tag, runs code in the build with its token and secrets, and
can change the image that comes of it. A commit cannot be moved.

## Instead
```yaml
- uses: anchore/scan-action@e1165082ffb1fe366ebaf02d8526e7c4989ea9d2 # v7.4.0
```

## When it is wrong
A tag that is called like a branch, or a branch called like a version, is taken for the other.

## Sources
GitHub documentation, "Security hardening for GitHub Actions", "Using third-party actions".
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._rule import Change, Hit
from dunnage.rules.workflow._rule import WorkflowRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.parsers.workflow import Uses

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_VERSION = re.compile(r"v?\d[\w.+-]*\Z|release", re.ASCII)
_NO_TEXT = "\ufffd"
_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


def check(one: Uses) -> Iterator[Hit]:
    """Give a hit for a ref that may move."""
    value = one.value
    if value.startswith(("./", "../", ".\\")) or "${{" in value:
        return
    if value.startswith("docker://"):
        if "@sha256:" not in value:
            image = value.removeprefix("docker://")[:60]
            yield Hit(one.span, f"the tag of {image} can be moved; add its digest, @sha256:...")
        return
    action, at, ref = value.partition("@")
    if _NAME.match(action) is None or _COMMIT.match(ref):
        return
    name = action[:60]
    if not ref:
        yield Hit(one.span, f"{name} names no ref; add @ and a commit")
        return
    branch = _VERSION.match(ref) is None
    changes: tuple[Change, ...] = ()
    needs = ""
    if _NO_TEXT in value:
        # Bytes that are no UTF-8 have another length as text, so the place of the ref is not known.
        place = one.span
    else:
        place = Span(one.span.start + len((action + at).encode()), one.span.end)
        changes, needs = _pinned(action, ref, place, one, branch=branch)
    if branch:
        said = f"{ref[:40]} of {name} is a branch, which moves with every push; use a commit"
        yield Hit(place, said, changes, needs=needs)
    else:
        said = f"the tag {ref[:40]} of {name} can be moved; use its commit"
        yield Hit(place, said, changes, needs=needs, severity=Severity.LOW)


def _pinned(
    action: str, ref: str, place: Span, one: Uses, *, branch: bool
) -> tuple[tuple[Change, ...], str]:
    """Return the changes that put a known commit in place of a ref, and the fact they need."""
    tags = _known().get(_repository(action), {})
    if branch and tags:
        newest = max(tags, key=_numbers)
        commit, exact, _ = tags[newest]
        needs = f"that {exact} is the version you want"
    elif ref in tags:
        commit, exact, as_of = tags[ref]
        needs = f"that {ref} is still the commit it was on {as_of}"
    else:
        return (), ""
    if one.comment:
        return (Change(place, commit),), needs
    # The comment tells people, and tools that renew pins, which version the commit is.
    return (Change(place, commit), Change(Span(one.end, one.end), f" # {exact}")), needs


def _numbers(tag: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", tag))


def _repository(action: str) -> str:
    """Return owner and name of an action that may be in a directory, in lower case."""
    return "/".join(action.lower().split("/")[:2])


@cache
def _known() -> Mapping[str, Mapping[str, tuple[str, str, str]]]:
    """Return commit, full tag and date by repository and tag."""
    from dunnage.io.tables import table

    found: dict[str, dict[str, tuple[str, str, str]]] = {}
    for row in table("actions")["tags"]:
        told = (row["commit"], row["exact"], row["as_of"])
        found.setdefault(row["action"].lower(), {})[row["tag"]] = told
    return found


rule = WorkflowRule(
    Rule(
        summary="an action is used by a name that moves",
        severity=Severity.MEDIUM,
        peers=("zizmor unpinned-uses", "semgrep third-party-action-not-pinned-to-commit-sha"),
        fix=Safety.SUGGESTED,
    ),
    check=check,
)
