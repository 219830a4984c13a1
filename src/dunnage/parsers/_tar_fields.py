"""Reads the single fields of tar headers: numbers, names, checksums and extended records."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple
from zlib import adler32

from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping


FILE, DIRECTORY, SYMLINK, HARDLINK, OTHER = "f", "d", "l", "h", "o"

KINDS = {
    0x30: FILE,
    0x00: FILE,
    0x37: FILE,
    0x53: FILE,
    0x31: HARDLINK,
    0x32: SYMLINK,
    0x33: OTHER,
    0x34: OTHER,
    0x35: DIRECTORY,
    0x36: OTHER,
    0x44: DIRECTORY,
}
"""What the type of a header means; all others are files."""


def size_of(field: bytes, offset: int) -> int:
    """Return a size in bytes from its header field: octal digits, or base-256 (GNU, star).

    Args:
        field: The twelve bytes.
        offset: Where the header lies, for the error.

    Raises:
        InputError: If it is no number, negative, or above 2**63.
    """
    if field[11] == 0 and field[:11].isdigit():
        try:
            return int(field[:11], 8)
        except ValueError:
            raise _broken(offset) from None
    if field[0] & 0x80:
        value = int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
        negative = bool(field[0] & 0x40)
    else:
        digits = field.strip(b" \0").partition(b"\0")[0]
        if digits and (not digits.isdigit() or b"8" in digits or b"9" in digits):
            raise _broken(offset)
        return int(digits, 8) if digits else 0
    if negative or value >= 1 << 63:
        raise _broken(offset)
    return value


def pax_records(data: bytes) -> tuple[dict[str, bytes], bool]:
    """Read ``length key=value`` records (POSIX.1-2017 ``pax``, "pax Extended Header").

    Returns:
        The records up to the first broken one, and whether there was none. Keys that do not
        concern names, links, sizes, owners, times, capabilities or sparse files are left out.
    """
    records: dict[str, bytes] = {}
    position, end = 0, len(data)
    while position < end:
        space = data.find(b" ", position, position + 20)
        digits = data[position:space]
        if space < 0 or not digits.isdigit():
            # Some writers pad with zero bytes.
            return records, not data[position:].strip(b"\0")
        length = int(digits)
        stop = position + length
        record = data[space + 1 : stop - 1]
        key, equals, value = record.partition(b"=")
        if stop > end or stop <= space + 1 or data[stop - 1 : stop] != b"\n" or not equals:
            return records, False
        if key in _WANTED or key.startswith(b"GNU.sparse."):
            records[key.decode("utf-8", "replace")] = value
        position = stop
    return records, True


CAPABILITY = "SCHILY.xattr.security.capability"
"""Key of a file's capabilities, as GNU tar and Go's ``archive/tar`` write them."""

_WANTED = {b"path", b"linkpath", b"size", b"uid", b"gid", b"mtime", CAPABILITY.encode()}
_EXTENDED, _LONG_NAME, _LONG_LINK = b"xX", b"L", b"K"
_OTHER_KEYS = {"long-path", "long-link", "too-large"}


def extend(extended: dict[str, bytes], flag: int, data: bytes | None) -> tuple[bool, bool]:
    """Note what a header says of the next one.

    As in Go: an extended header replaces an earlier one, a global one ends what came before.

    Args:
        extended: What is known already; changed.
        flag: Type of the header, one of ``xXgLK``.
        data: Its body, or None if it is too large.

    Returns:
        Whether it is whole, and whether it is a global header that names files; engines ignore
        that too, and no writer of images makes it.
    """
    if data is None:
        extended["too-large"] = b""
    elif flag in _LONG_NAME:
        extended["long-path"] = data.partition(b"\0")[0]
    elif flag in _LONG_LINK:
        extended["long-link"] = data.partition(b"\0")[0]
    else:
        records, good = pax_records(data)
        if flag not in _EXTENDED:
            extended.clear()
            return good, not records.keys().isdisjoint(("path", "linkpath", "size"))
        for key in extended.keys() - _OTHER_KEYS:
            del extended[key]
        extended.update(records)
        return good, False
    return True, False


def is_sparse(records: Mapping[str, bytes]) -> bool:
    """Tell whether extended records make the entry a sparse file ("Storing Sparse Files").

    Versions 0.0 and 0.1 need no version records, only a map; of other versions nothing is known.
    """
    version = (records.get("GNU.sparse.major", b""), records.get("GNU.sparse.minor", b""))
    if version != (b"", b""):
        return version in {(b"0", b"0"), (b"0", b"1"), (b"1", b"0")}
    return any(records.get(f"GNU.sparse.{key}") for key in ("map", "offset", "numbytes"))


def _broken(offset: int) -> InputError:
    return InputError(
        "a tar header with a broken size", where=f"byte {offset} of the uncompressed tar"
    )


def normal(path: str) -> str | None:
    """Return a path without leading ``/`` or ``./``, empty for the root, None if it leads out."""
    if path[:2] == "./":
        path = path[2:]
    path = path.strip("/")
    if "//" not in path and "/." not in path and path[:1] != ".":
        return path
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


# Name, size, the byte after it, checksum, the two bytes after it, type, first byte of the prefix.
_PLAIN = Struct("100s24x11sB12x6sBBB188xB166x").unpack


def plain_entry(block: bytes) -> tuple[str, str, int, str] | None:
    """Return path, kind, size and target of a link, if a header needs no closer look.

    Nearly all headers are such: whole, ASCII, of a file, directory or symbolic link, with a good
    checksum, plain octal numbers, no prefix, and a name inside the archive. None is no verdict on
    the others.
    """
    if len(block) != 512 or not block.isascii():
        return None
    name, size, after_size, checksum, sixth, seventh, flag, prefix = _PLAIN(block)
    if flag not in b"052" or prefix or after_size or not (size.isdigit() and checksum.isdigit()):
        return None
    # 512 ASCII bytes are too few for Adler-32 to wrap around, so this is exact.
    total = ((adler32(block) - adler32(checksum)) & 0xFFFF) + 256 - sixth - seventh
    try:
        if int(checksum, 8) != total:
            return None
        length = int(size, 8)
    except ValueError:
        return None
    path = normal(name.partition(b"\0")[0].decode("ascii"))
    if not path:
        return None
    if flag == _PLAIN_FILE:
        return path, FILE, length, ""
    if flag == _PLAIN_FOLDER:
        return path, DIRECTORY, 0, ""
    return path, SYMLINK, 0, block[157:257].partition(b"\0")[0].decode("ascii")


_PLAIN_FILE, _PLAIN_FOLDER = b"05"


def prefix_of(block: bytes) -> bytes:
    """Return what comes before the name and a slash, or nothing.

    Only ustar headers have a prefix; in those of star it is shorter, in those of GNU tar two times
    stand there. Where these are no numbers, Go takes them for a prefix, because it once wrote
    such headers itself, and so does every container engine (``Reader.readHeader`` of Go's
    ``archive/tar``).
    """
    kind = block[257:265]
    if kind[:6] == b"ustar\0":
        return block[345 : 476 if block[508:] == b"tar\0" else 500].partition(b"\0")[0]
    if kind != b"ustar  \0" or (_is_number(block[345:357]) and _is_number(block[357:369])):
        return b""
    prefix = block[345:500].partition(b"\0")[0]
    return prefix if prefix.isascii() else b""


def _is_number(field: bytes) -> bool:
    if field[0] & 0x80:
        inverted = 0xFF if field[0] & 0x40 else 0
        return not any(
            (byte ^ inverted) & mask for byte, mask in zip(field, _ABOVE_63, strict=True)
        )
    digits = field.strip(b" \0").partition(b"\0")[0]
    return not field[0] or not digits.strip(b"01234567")


# Bits of a base-256 number that are above those of a signed number of 64 bits.
_ABOVE_63 = bytes((0x7F, 0xFF, 0xFF, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0))


def mode_of(field: bytes) -> int:
    """Return permission bits from their octal field; 0 if it is no number."""
    digits = field.strip(b" \0")
    return int(digits, 8) & 0o7777 if digits.isdigit() and not digits.strip(b"01234567") else 0


class Attributes(NamedTuple):
    """What a header says of an entry besides its name, kind and size.

    Attributes:
        owner: Numeric id of the user.
        group: Numeric id of the group.
        modified: Time of the last change of the content, in whole seconds since 1970.
        capability: Value of the attribute ``security.capability``, or nothing.
    """

    owner: int = 0
    group: int = 0
    modified: int = 0
    capability: bytes = b""


def attributes_of(block: bytes, extended: Mapping[str, bytes]) -> Attributes:
    """Return the attributes of an entry; what is no number counts as 0.

    Args:
        block: The header.
        extended: What an extended header said of it, which wins.
    """
    if not extended and not (block[115] or block[123] or block[147]):
        owner, group, modified = block[108:115], block[116:123], block[136:147]
        if owner.isdigit() and group.isdigit() and modified.isdigit():
            try:
                return Attributes(int(owner, 8), int(group, 8), int(modified, 8))
            except ValueError:
                pass  # digits, but not octal ones

    def number(key: str, field: bytes) -> int:
        digits = extended.get(key, b"").partition(b".")[0]
        return int(digits) if digits.isdigit() and len(digits) < 20 else _number(field)

    return Attributes(
        number("uid", block[108:116]),
        number("gid", block[116:124]),
        number("mtime", block[136:148]),
        extended.get(CAPABILITY, b""),
    )


def _number(field: bytes) -> int:
    """Return a number from its octal or base-256 field; 0 if it is none, or negative."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
        return 0 if field[0] & 0x40 else value
    digits = field.strip(b" \0").partition(b"\0")[0]
    return int(digits, 8) if digits.isdigit() and not digits.strip(b"01234567") else 0


def checksum_holds(block: bytes) -> bool:
    """Tell whether a header's checksum is the sum of its bytes, its own field read as spaces.

    Old writers summed signed bytes, so that is good too. The lower half of Adler-32 (RFC 1950) is
    one more than the sum of up to 256 bytes, exactly, and quick to get.
    """
    field = block[148:156]
    total = (adler32(block[:256]) & 0xFFFF) + (adler32(block[256:]) & 0xFFFF) - 2
    total += 256 - sum(field)
    digits = field[:6]
    if not digits.isdigit():
        digits = field.strip(b" \0").partition(b"\0")[0].rstrip()
        if not digits.isdigit():
            return False
    try:
        said = int(digits, 8)
    except ValueError:
        return False
    if said == total:
        return True
    return said == total - 256 * sum(byte > 127 for byte in block[:148] + block[156:])


def named(name: bytes) -> str:
    """Return a name for messages: cut in its middle, with escapes for what is no plain text."""
    if len(name) > _SHOWN:
        name = name[: _SHOWN // 2] + b"..." + name[-_SHOWN // 2 :]
    text = name.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def not_zero(chunk: bytes) -> int:
    """Return the length without the zeros around; to compare is quicker than to strip."""
    return 0 if _ZEROS.startswith(chunk) else len(chunk.strip(b"\0"))


_SHOWN = 80
_ZEROS = bytes(1 << 20)
