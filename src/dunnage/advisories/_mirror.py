"""Mirrors of advisory feeds: a directory, or a web server over one."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from dunnage.io._network import public
from dunnage.io.tables import table
from dunnage.model.errors import InputError, LimitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.io.http import Http, Response
    from dunnage.model.progress import Progress

FILE_BYTES = 8 << 30
LISTING_BYTES = 4 << 20
PUBLISHERS = "publishers"
"""Name of those who make the feeds, in a list of mirrors."""

_BLOCK = 1 << 18
_HREF = re.compile(r"""<a\s[^>]{0,256}?href\s{0,8}=\s{0,8}["']([^"']{1,512})["']""", re.IGNORECASE)
_GONE = frozenset({403, 404, 410})


class Fetched(Struct, frozen=True):
    """A file of a mirror, ready to be read.

    Attributes:
        stream: Seekable content; None if it is the same as before.
        validator: What lets the mirror say next time that nothing changed, or empty.
        digest: SHA-256 of the content in hex; empty if the mirror said that nothing changed.
        location: Where it came from.
    """

    stream: BinaryIO | None
    validator: str
    digest: str
    location: str


class Mirror(Struct, frozen=True):
    """One mirror.

    Attributes:
        name: What the user wrote, without user and password.
        only: The one feed it serves, or empty if it may serve all of them.
        base: Directory or URL, ending with a slash; the archive; or what follows ``oci://``.
        http: The client, or None for a directory.
        kind: ``archive`` or ``registry``, both of which hold a published store; else empty.
        last: True for the publishers themselves where others come before: they are only asked
            for what the others do not have.
    """

    name: str
    only: str
    base: str
    http: Http | None
    kind: str = ""
    last: bool = False

    def reach(self) -> None:
        """Do nothing if the mirror answers at all, so that each silence costs its time once.

        Raises:
            InputError: If it cannot be reached.
        """
        if self.http is not None and not self.kind:
            self.http.open(self.base, method="HEAD").close()

    def root(self, feed: str) -> Place:
        """Return where a feed lies: below its own name, or a bare OSV export at the root.

        Raises:
            InputError: If the mirror cannot be reached.
        """
        if self.only:
            return Place(self.base, self.http)
        below = Place(f"{self.base}{feed}/", self.http)
        if feed != "osv" or below.exists("ecosystems.txt") or below.listing():
            return below
        return Place(self.base, self.http)


def mirrors_of(texts: Sequence[str], http: Http) -> tuple[Mirror, ...]:
    """Return the mirrors a user named, in order; those of the publishers if there is none.

    Args:
        texts: Directories, archives, ``file:``, ``http:`` or ``https:`` URLs, ``oci://`` and the
            name of a published store in a registry, or ``publishers``; ``feed=`` before one says
            that it is the root of that feed alone (``kev=https://...``).
        http: The client to fetch with.

    Raises:
        InputError: If a text is no such thing, or a directory is missing.
    """
    found: list[Mirror] = []
    for text in texts or [PUBLISHERS]:
        if text != PUBLISHERS:
            found.append(_mirror(text, http))
            continue
        last = bool(found)
        found += [replace(_mirror(address, http), last=last) for address in _official()]
    return tuple(found)


def names_of(texts: Sequence[str]) -> frozenset[str]:
    """Return the names of the mirrors a user named, as ``mirrors_of`` gives them."""
    each = (_official() if text == PUBLISHERS else [text] for text in texts or [PUBLISHERS])
    return frozenset(_named(text)[2] for some in each for text in some)


def _official() -> list[str]:
    return [f"{feed}={url}" for feed, urls in table("mirrors").items() for url in urls]


def _told(text: str) -> str:
    """Return a path or URL as it may be told and kept: no password, and text in any case."""
    bare = public(text) if "://" in text else text
    return bare.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _named(text: str) -> tuple[str, str, str]:
    """Return the only feed of a mirror or nothing, its place, and its name."""
    head, equals, tail = text.partition("=")
    only, place = (head, tail) if equals and head in table("mirrors") else ("", text)
    return only, place, f"{only}={_told(place)}" if only else _told(place)


def _mirror(text: str, http: Http) -> Mirror:
    only, place, name = _named(text)
    scheme, mark, rest = place.partition("://")
    scheme = scheme.lower() if mark else "file" if place.lower().startswith("file:") else ""
    if scheme == "oci":
        if "@" in rest.partition("/")[0] and "/" in rest:
            advice = "log in with docker login, or set DUNNAGE_REGISTRY_USERNAME and _PASSWORD"
            message = "the name of a registry holds no user and password"
            raise InputError(message, where=name, advice=advice)
        return Mirror(name, only, rest, http, kind="registry")
    if scheme in {"http", "https"}:
        return Mirror(name, only, place.rstrip("/") + "/", http)
    if scheme == "file":
        place = _local_path(place, name)
    elif scheme:
        raise InputError(
            f"mirrors are directories, files, and http, https or oci URLs, not {scheme[:40]!r}",
            where=name,
        )
    path = Path(os.path.expanduser(place))  # noqa: PTH111 - does not fail where there is no home
    if path.is_file() and not only:
        return Mirror(name, only, str(path.absolute()), None, kind="archive")
    if not path.is_dir():
        raise InputError(
            "the mirror is no directory",
            where=_told(str(path)),
            advice="name a directory or URL that holds osv/, kev/, epss/ or nvd/",
        )
    return Mirror(name, only, f"{path.absolute()}/", None)


def _local_path(url: str, name: str) -> str:
    try:
        return unquote(urlsplit(url).path)
    except ValueError as error:
        raise InputError("not a file URL", where=name) from error


class Place(Struct, frozen=True):
    """The root of one feed in one mirror; see ``Root`` for what its methods promise."""

    base: str
    http: Http | None

    def told(self, path: str) -> str:
        """Return the full path or URL of a file as it may be told and kept."""
        return _told(self.location(path))

    def location(self, path: str) -> str:
        """Return the full path or URL of a file below this place."""
        if self.http is None:
            return self.base + path
        return self.base + "/".join(quote(segment, safe="") for segment in path.split("/"))

    def text(self, path: str, limit: int) -> bytes | None:
        """Return a small file, or None if there is none."""
        if self.http is None:
            file = Path(self.base + path)
            if not file.is_file():
                return None
            with _opened(file) as stream:
                return _bounded(stream.read(limit + 1), limit, self.told(path))
        with self.http.open(self.location(path)) as response:
            if response.status in _GONE:
                return None
            _expect(response.status, self.told(path))
            return _bounded(response.read(limit + 1), limit, self.told(path))

    def exists(self, path: str) -> bool:
        """Return True if there is such a file."""
        if self.http is None:
            return Path(self.base + path).is_file()
        with self.http.open(self.location(path), method="HEAD") as response:
            if response.status in _GONE:
                return False
            _expect(response.status, self.told(path))
            return True

    def stream(self, path: str) -> BinaryIO:
        """Return the content of a file.

        Raises:
            InputError: If there is none, or it cannot be fetched.
        """
        location = self.location(path)
        if self.http is None:
            return _opened(Path(location))
        response = self.http.open(location)
        if response.status != 200:
            with response:
                _expect(response.status, self.told(path))
        return cast("BinaryIO", response)

    def listing(self) -> tuple[str, ...]:
        """Return the names below this place: a directory, or the links of its index page."""
        if self.http is None:
            return _listed(Path(self.base))
        with self.http.open(self.base) as response:
            if response.status != 200 or "html" not in response.headers.get("content-type", ""):
                return ()
            page = response.read(LISTING_BYTES).decode("utf-8", "replace")
        links = (unquote(unescape(link)).rstrip("/") for link in _HREF.findall(page))
        return tuple(sorted({link for link in links if safe_name(link)}))

    def fetch(self, path: str, validator: str, spool: Path, progress: Progress) -> Fetched | None:
        """Fetch a file unless it is unchanged; None if there is none.

        Args:
            path: Path below this place.
            validator: What ``Fetched.validator`` was last time, or empty.
            spool: Directory for an unlinked temporary file.
            progress: Told about the bytes.

        Raises:
            InputError: If it cannot be fetched or is too large.
        """
        if self.http is None:
            return self._local(path, validator)
        return self._remote(path, validator, spool, progress)

    def _local(self, path: str, validator: str) -> Fetched | None:
        file = Path(self.base + path)
        if not file.is_file():
            return None
        facts = file.stat()
        current = f"{facts.st_size}-{facts.st_mtime_ns}"
        if current == validator:
            return Fetched(None, current, "", self.told(path))
        stream = _opened(file)
        digest = _digest(stream)
        stream.seek(0)
        return Fetched(stream, current, digest, self.told(path))

    def _remote(self, path: str, validator: str, spool: Path, progress: Progress) -> Fetched | None:
        assert self.http is not None  # noqa: S101 - _local handles the other case
        location = self.told(path)
        kind, _, value = validator.partition(":")
        header = {"etag": "If-None-Match", "modified": "If-Modified-Since"}.get(kind)
        headers = {header: value} if header else {}
        with self.http.open(self.location(path), headers) as response:
            if response.status in _GONE:
                return None
            if response.status == 304:
                return Fetched(None, validator, "", location)
            _expect(response.status, location)
            etag = response.headers.get("etag", "")
            modified = response.headers.get("last-modified", "")
            current = f"etag:{etag}" if etag else f"modified:{modified}" if modified else ""
            length = response.headers.get("content-length", "")
            known = length.isascii() and length.isdigit() and len(length) < 19
            progress.start(f"fetching {path}", int(length) if known else -1)
            # The file outlives this function; whoever reads the part closes it.
            stream = cast("BinaryIO", tempfile.TemporaryFile(dir=spool))  # noqa: SIM115
            try:
                digest = _copy(response, stream, location, progress)
            except BaseException:
                stream.close()
                raise
            finally:
                progress.finish()
            return Fetched(stream, current, digest, location)


def _listed(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        return ()
    try:
        return tuple(sorted(path.name for path in folder.iterdir()))
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", where=str(folder)) from error


def _copy(source: Response, target: BinaryIO, where: str, progress: Progress) -> str:
    digest = hashlib.sha256()
    total = 0
    while block := source.read(_BLOCK):
        total += len(block)
        if total > FILE_BYTES:
            raise LimitError(f"the file is larger than {FILE_BYTES} bytes", where=where)
        digest.update(block)
        target.write(block)
        progress.advance(len(block))
    target.seek(0)
    return digest.hexdigest()


def _digest(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", where=str(file)) from error


def _bounded(data: bytes, limit: int, where: str) -> bytes:
    if len(data) > limit:
        raise LimitError(f"the file is larger than {limit} bytes", where=where)
    return data


def _expect(status: int, where: str) -> None:
    if status != 200:
        raise InputError(
            f"the mirror answered with status {status}",
            where=where,
            advice="try again later, or name another mirror",
        )


def safe_name(name: str) -> bool:
    """Return True if a name from a mirror may become one segment of a path."""
    return (
        0 < len(name) <= 128
        and name not in {".", ".."}
        and not any(char in "/\\?#" or ord(char) < 32 or ord(char) == 127 for char in name)
    )
