"""How the store notices that it has rotted: checksums of rows, lists of keys, a sum of the file.

SQLite has no checksums: a flipped bit can change a row, and a damaged page can lose rows without
any error. So every row carries a checksum of its key and its body, and every part of the store a
list of the keys of its rows, with a checksum of its own. A lookup that finds fewer rows than the
list says, or other ones, has found damage; a key that the list does not have is really absent.

The checksum is CRC-32 (ISO 3309, as in zlib). It is meant for accidents, not for attackers: who
can write the file can also write its checksums.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from hashlib import blake2b
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SUM_AT = 60
_SUM_BYTES = 4
_BLOCK = 1 << 20


def row_sum(body: bytes, key: str) -> int:
    """Return the checksum of a row.

    Args:
        body: Its body.
        key: Its table and what identifies it there.
    """
    return crc32(body, crc32(key.encode("utf-8", "replace")))


def is_row(expected: object, body: object, key: str) -> bool:
    """Return True if a row is as it was written; a damaged row can hold values of any type."""
    return isinstance(body, bytes) and row_sum(body, key) == expected


def affected_key(ecosystem: str, name: str, part: int, flush: int) -> str:
    """Return the key of a row of ``affected`` for its checksum."""
    return f"affected\0{ecosystem}\0{name}\0{part}\0{flush}"


def advisory_key(part: int, chunk: int) -> str:
    """Return the key of a row of ``advisory`` for its checksum."""
    return f"advisory\0{part}\0{chunk}"


def fact_key(cve: str, kind: str, part: int) -> str:
    """Return the key of a row of ``facts`` for its checksum."""
    return f"facts\0{cve}\0{kind}\0{part}"


def list_key(part: int, scope: str) -> str:
    """Return the key of a list of keys for its checksum."""
    return f"keys\0{part}\0{scope}"


def number_of(key: str) -> int:
    """Return the number that stands for a key in a list of keys."""
    digest = blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def scope_of(cve: str) -> str:
    """Return which list of keys a CVE is in: that of its year, such as ``CVE-2024``."""
    return cve[:8]


def pack_keys(numbers: Iterable[int]) -> bytes:
    """Return a list of keys as it is stored: 64 bits each, in rising order, low byte first."""
    return _little(array("Q", sorted(numbers))).tobytes()


class Keys:
    """A list of keys with the number of rows of each.

    Args:
        body: What ``pack_keys`` gave.

    Raises:
        ValueError: If it has another length than a list of keys can have.
    """

    def __init__(self, body: bytes) -> None:
        self._numbers = array("Q")
        self._numbers.frombytes(body)
        _little(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def rows(self, number: int) -> int:
        """Return how many rows there are of the key with this number."""
        numbers = self._numbers
        first = last = bisect_left(numbers, number)
        while last < len(numbers) and numbers[last] == number:
            last += 1
        return last - first

    def are(self, numbers: Iterable[int]) -> bool:
        """Return True if these are the numbers of all rows, in any order."""
        return sorted(numbers) == self._numbers.tolist()


def _little(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def stamp_file(path: Path) -> None:
    """Write the checksum of a closed SQLite file into its user version.

    That field of the header (bytes 60 to 63, high byte first; https://sqlite.org/fileformat2.html,
    section 1.3) is free for the application. It counts as zero in the sum.

    Raises:
        OSError: If the file cannot be written.
    """
    with path.open("r+b") as file:
        found, _ = _sums(path)
        file.seek(_SUM_AT)
        file.write(found.to_bytes(_SUM_BYTES, "big"))


def is_whole(path: Path) -> bool:
    """Return True if a file is, byte for byte, as it was when it was stamped.

    Reads the whole file, several gigabytes in a second.

    Raises:
        OSError: If the file cannot be read.
    """
    found, told = _sums(path)
    return found == told


def _sums(path: Path) -> tuple[int, int]:
    """Return the checksum of a file, and the one written into it."""
    with path.open("rb", buffering=0) as file:
        head = bytearray(file.read(_SUM_AT + _SUM_BYTES))
        told = int.from_bytes(head[_SUM_AT:], "big")
        head[_SUM_AT:] = bytes(_SUM_BYTES)
        found = crc32(head)
        block = memoryview(bytearray(_BLOCK))
        while count := file.readinto(block):
            found = crc32(block[:count], found)
    return found, told
