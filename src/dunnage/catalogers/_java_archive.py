"""Walks a Java archive and the archives within it."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from dunnage.catalogers._java_identity import Identity, identify, matches
from dunnage.io.body import BusyError, collect
from dunnage.model.errors import InputError, LimitError
from dunnage.model.location import Location
from dunnage.model.package import Package
from dunnage.model.problem import Problem
from dunnage.parsers.java_manifest import main_section, properties
from dunnage.parsers.zip_directory import Member, Readable, content, find, members
from dunnage.parsers.zip_member import MemberReader, Part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.model.limits import Limits

_STEP = 256 * 1024
MAX_MANIFEST = 256 * 1024
"""Bytes of a manifest that are read; the main section comes first."""
MAX_PROPERTIES = 64 * 1024
LOCAL = 30
"""Bytes before the content of a member, without its name."""
_MANIFEST = "META-INF/MANIFEST.MF"
_LICENCE = 200


class Budget:
    """Counts what comes out of one file, so that no small file becomes endless work.

    Args:
        limits: ``ratio``, ``ratio_floor``, ``spill_body`` and ``archive_members`` count.
        size: Size of the outermost archive, in bytes.
    """

    def __init__(self, limits: Limits, size: int) -> None:
        grown = max(limits.ratio_floor, limits.ratio * size)
        self.bytes = min(grown, limits.spill_body + 4 * size)
        self.members = limits.archive_members

    def enter(self, count: int) -> None:
        """Take members from the budget; raises LimitError if there are not enough left."""
        if count > self.members:
            raise LimitError(f"{count} more members of archives, only {self.members} are read")
        self.members -= count

    def charge(self, count: int) -> None:
        """Take bytes from the budget; raises LimitError if there are not enough left."""
        self.bytes -= count
        if self.bytes < 0:
            raise LimitError("the archives within grow beyond all proportion, the rest is not read")


class _Content(NamedTuple):
    """The members of one archive that tell something."""

    manifest: Member | None
    poms: list[Member]
    nested: list[Member]


class Walk:
    """Reads one archive with everything in it.

    Args:
        limits: Bounds to keep.
        budget: Shared by all archives within one.
        suffixes: Suffixes of archives, in lower case.
    """

    def __init__(self, limits: Limits, budget: Budget, suffixes: tuple[str, ...]) -> None:
        self.problems: list[Problem] = []
        self._limits = limits
        self._budget = budget
        self._suffixes = suffixes
        self._wanted = tuple(
            suffix.encode() for suffix in ("meta-inf/manifest.mf", "/pom.properties", *suffixes)
        )

    def archive(self, body: Readable, path: str, depth: int) -> list[Package]:
        """Return the packages of one archive and of those within it.

        Args:
            body: The archive.
            path: Where it is; archives within archives are joined by ``!/``.
            depth: Archives around it.

        Raises:
            InputError: If it cannot be read at all.
        """
        found = self._content(body)
        manifest = self._manifest(body, found.manifest, path)
        packages = self._own(body, found.poms, manifest, path)
        if depth:
            packages = [_placed(package, path) for package in packages]
        for member in found.nested:
            packages += self._nested(body, member, path, depth + 1)
        return packages

    def _content(self, body: Readable) -> _Content:
        manifest: Member | None = None
        poms: dict[str, Member] = {}
        nested: dict[str, Member] = {}
        directory = find(body)
        self._budget.enter(directory.count)
        for member in members(body, directory, self._wanted):
            name = member.name
            if name.lower().endswith(self._suffixes):
                if member.size:
                    nested.setdefault(name, member)
            elif name.endswith("/pom.properties") and "META-INF/maven/" in name:
                poms.setdefault(name, member)
            elif name.upper() == _MANIFEST:
                manifest = manifest or member
        told = [manifest] if manifest else []
        _keep_apart([*told, *poms.values(), *nested.values()])
        return _Content(manifest, list(poms.values()), list(nested.values()))

    def _manifest(self, body: Readable, member: Member | None, path: str) -> dict[str, str]:
        if member is None:
            return {}
        return main_section(self._head(body, member, MAX_MANIFEST, path))

    def _head(self, body: Readable, member: Member, most: int, path: str) -> bytes:
        """Return the beginning of a member; a broken one is a problem and reads as empty."""
        data = bytearray()
        try:
            reader = MemberReader(body, member, self._budget.charge)
            while len(data) < most and (chunk := reader.read(most - len(data))):
                data += chunk
        except InputError as error:
            self._problem(error, f"{path}!/{member.name}")
            return b""
        return bytes(data)

    def _own(
        self, body: Readable, poms: list[Member], manifest: dict[str, str], path: str
    ) -> list[Package]:
        """Return the packages that an archive itself consists of."""
        stem = path.rpartition("/")[2].rpartition(".")[0]
        told = [pom for member in poms if (pom := self._pom(body, member, manifest, path))]
        guess = identify(stem, manifest, mixed=bool(told))
        main = _main(stem, told, guess)
        others = {one: None for one in told if one != main}
        packages = [_package(other) for other in others]
        if main is not None:
            hashes = (("sha-1", self._sha1(body)),)
            packages.insert(0, _package(main, manifest, hashes))
        return packages

    def _pom(
        self, body: Readable, member: Member, manifest: dict[str, str], path: str
    ) -> Identity | None:
        pairs = properties(self._head(body, member, MAX_PROPERTIES, path))
        folder = member.name.rpartition("META-INF/maven/")[2].split("/")
        group, artifact = (folder[0], folder[1]) if len(folder) == 3 else ("", "")
        group = _plain(pairs.get("groupId", "")) or group
        artifact = _plain(pairs.get("artifactId", "")) or artifact
        version = _plain(pairs.get("version", ""))
        if not version:
            version = _plain(manifest.get("implementation-version", ""))
        return Identity(group, artifact, version) if group and artifact and version else None

    def _nested(self, body: Readable, member: Member, outer: str, depth: int) -> list[Package]:
        path = f"{outer}!/{member.name}"
        try:
            if depth >= self._limits.archive_depth:
                raise LimitError(f"more than {self._limits.archive_depth} archives within archives")
            inner = self._inner(body, member)
            return self.archive(inner, path, depth)
        except BusyError:
            raise
        except InputError as error:
            self._problem(error, path)
            return []

    def _inner(self, body: Readable, member: Member) -> Readable:
        """Return a member as a body: a view of the outer one where it is not compressed."""
        if member.method == 0:
            start = content(body, member)
            self._budget.charge(member.stored)
            return Part(body, start, member.stored)
        reader = MemberReader(body, member, self._budget.charge)
        return collect(reader, member.size, self._limits)

    def _sha1(self, body: Readable) -> str:
        digest = hashlib.sha1(usedforsecurity=False)
        for offset in range(0, body.size, _STEP):
            digest.update(body.read(offset, _STEP))
        return digest.hexdigest()

    def _problem(self, error: InputError, where: str) -> None:
        if len(self.problems) < self._limits.problems:
            self.problems.append(
                Problem("unreadable-archive", error.message, where=where, advice=error.advice)
            )


def _keep_apart(members: list[Member]) -> None:
    """Refuse archives whose members lie on top of each other: one content would be read for ever.

    Raises:
        InputError: If two members overlap; no tool writes such archives.
    """
    ordered = sorted(members, key=lambda member: member.header)
    for one, other in pairwise(ordered):
        if one.header + LOCAL + one.stored > other.header:
            raise InputError("the members of the archive overlap", where=other.name[:200])


def _main(stem: str, told: list[Identity], guess: Identity | None) -> Identity | None:
    """Return which package the archive itself is, as opposed to those packed into it."""
    named = [one for one in told if matches(stem, one.artifact)]
    if named:
        return max(named, key=lambda one: len(one.artifact))
    if len(told) == 1 and (guess is None or guess.version == told[0].version):
        return told[0]
    if guess is not None:
        same = [one for one in told if one.artifact == guess.artifact]
        return same[0] if same else guess
    return None


def _package(
    identity: Identity,
    manifest: dict[str, str] | None = None,
    hashes: tuple[tuple[str, str], ...] = (),
) -> Package:
    return Package(
        type="maven",
        name=identity.artifact,
        version=identity.version,
        namespace=identity.group,
        licenses=_licences(manifest or {}),
        hashes=hashes,
        supplier=_vendor(manifest or {}),
    )


def _placed(package: Package, path: str) -> Package:
    from msgspec.structs import replace

    return replace(package, locations=(Location(path=path),))


def _plain(text: str) -> str:
    """Return a coordinate, or nothing if it is an unfilled variable or no coordinate at all."""
    text = text.strip()
    plain = text.isprintable() and " " not in text and len(text) <= _LICENCE
    return text if plain and "${" not in text and "@" not in text else ""


def _vendor(manifest: dict[str, str]) -> str:
    """Return who made an archive (JAR file specification, "Main Attributes"; OSGi core, 3.2.1)."""
    for key in ("implementation-vendor", "bundle-vendor", "specification-vendor"):
        name = manifest.get(key, "").strip()
        if name and len(name) <= _LICENCE and name.isprintable() and "${" not in name:
            return name
    return ""


def _licences(manifest: dict[str, str]) -> tuple[str, ...]:
    """Return the names or addresses of ``Bundle-License`` (OSGi core, section 3.2.1.10)."""
    parts: Iterable[str] = manifest.get("bundle-license", "").split(",")
    names = (part.split(";")[0].strip().strip('"') for part in parts)
    return tuple(
        dict.fromkeys(name for name in names if 0 < len(name) <= _LICENCE and name.isprintable())
    )
