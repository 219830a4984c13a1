"""Go module and toolchain versions.

Modules use semantic versions with a leading ``v`` (Go modules reference, "Versions"), including
pseudo-versions and ``+incompatible``. Toolchains write ``go1.20rc1`` for what the Go vulnerability
database calls ``1.20.0-rc.1``; both spellings, and ``1.20rc1``, give the same key.
"""

from __future__ import annotations

import re

from dunnage.model.ordering import Ordering
from dunnage.versions._keys import MAX_CHARS
from dunnage.versions._semver import semver_key

_TOOLCHAIN = re.compile(r"(devel )?go([0-9]+(?:\.[0-9]+)*)(?:(alpha|beta|rc)([0-9]+))?([-+ ].*)?")
_BARE = re.compile(r"[0-9]+(?:\.[0-9]+)*(?:alpha|beta|rc)[0-9]+")


def key(version: str) -> bytes:
    """Return the sort key of a module version or of a toolchain's own name.

    What follows a toolchain's version (``go1.21.3-custom``, ``go1.22.1 X:boringcrypto``) is a
    vendor's mark without order (go.dev/doc/toolchain, "Go versions"). A development build
    (``devel go1.23-a1b2c3``) sorts before every pre-release and release of its version.

    Raises:
        ValueError: If the text is neither, such as ``(devel)``.
    """
    name = version
    if not version.startswith(("go", "devel ")):
        if not version[-1:].isdigit() or not _BARE.fullmatch(version):
            return semver_key(version)
        name = "go" + version
    match = _TOOLCHAIN.fullmatch(name) if len(version) <= MAX_CHARS else None
    if match is None:
        raise ValueError(f"no Go version: {version[:60]!r}")
    devel, core, stage, count, _ = match.groups()
    if devel:
        return semver_key(f"{core}-0")
    return semver_key(f"{core}-{stage}.{count}" if stage else core)


ordering = Ordering(key=key, ecosystems=("Go",), types=("golang",))
