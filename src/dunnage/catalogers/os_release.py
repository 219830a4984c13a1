"""What an image says about its distribution.

``os-release`` is in ``/etc`` or ``/usr/lib`` (os-release(5)). Older systems have a file of their
own with one line; Alpine's list of repositories tells which branches packages came from. The
values stay as written; ``dunnage.parsers.distribution`` makes sense of them after the fold.
"""

from __future__ import annotations

import re

from dunnage.model.cataloger import Cataloger, Fact, File
from dunnage.parsers import os_release

_ASSIGNMENTS = ("etc/os-release", "usr/lib/os-release", "etc/lsb-release")
_LINES = (
    "etc/alpine-release",
    "etc/debian_version",
    "etc/almalinux-release",
    "etc/rocky-release",
    "etc/oracle-release",
    "etc/fedora-release",
    "etc/centos-release",
    "etc/redhat-release",
    "etc/system-release",
    "etc/SuSE-release",
)
_REPOSITORIES = "etc/apk/repositories"

_BRANCH = re.compile(r"/(edge|v[0-9]+\.[0-9]+)/(?:main|community|testing)\b")
_MOST_BYTES = 64 * 1024


def _parse(file: File) -> Fact | None:
    text = file.body.read(0, _MOST_BYTES).decode("utf-8", "replace")
    if file.path.endswith(_ASSIGNMENTS):
        notes = tuple(os_release.assignments(text).items())
    elif file.path.endswith(_REPOSITORIES):
        lines = (line.strip() for line in text.splitlines())
        found = (_BRANCH.search(line) for line in lines if not line.startswith("#"))
        branches = dict.fromkeys(match[1] for match in found if match)
        notes = tuple(("branch", branch) for branch in list(branches)[:20])
    else:
        notes = tuple(("line", line.strip()[:1000]) for line in text.splitlines()[:5])
    return Fact(notes=notes) if notes else None


cataloger = Cataloger(
    parse=_parse,
    version=1,
    types=(),
    system=True,
    paths=(*_ASSIGNMENTS, *_LINES, _REPOSITORIES),
    max_size=16 * 1024 * 1024,
)
