"""Which program ``/bin/sh`` is, as far as the base image tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dunnage.rules.dockerfile._facts import Facts, Run

BASH_AS_SH = frozenset({
    "fedora", "centos", "rhel", "rocky", "almalinux", "amzn", "ol", "sles", "opensuse-leap",
    "opensuse-tumbleweed", "arch", "photon", "azurelinux", "mariner",
})  # fmt: skip
"""Distributions, by their id, whose ``/bin/sh`` is bash."""
_DASH = frozenset({"debian", "ubuntu"})
_BUSYBOX = frozenset({"alpine"})


def sh_of(run: Run, facts: Facts) -> str:
    """Return ``bash``, ``busybox``, ``dash`` or, where it is not known, an empty text."""
    if run.shell_name == "ash":
        return "busybox"
    base = facts.base(run.stage) if run.stage is not None else None
    if base is None:
        return ""
    if base.distro in BASH_AS_SH:
        return "bash"
    if base.distro in _BUSYBOX or base.family == "busybox":
        return "busybox"
    return "dash" if base.distro in _DASH else ""
