"""Writes what changes in a file as a unified diff that ``patch`` and ``git apply`` take.

The format is that of POSIX.1-2024, diff, "Diff -u or -U Output Format".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTEXT = 3
_MOST = 4_000
"""Lines that are compared one by one; where more differ, they are replaced as a whole."""
_MISSING = b"\n\\ No newline at end of file\n"


def unified(name: str, before: bytes, after: bytes, *, new: bool = False) -> bytes:
    """Return the diff between two states of a file; empty if they are the same.

    Args:
        name: Path of the file.
        before: What it holds.
        after: What it would hold.
        new: There is no such file yet.
    """
    if before == after:
        return b""
    path = name.removeprefix("./").encode("utf-8", "surrogateescape")
    # A line break in a name would let it write lines of its own.
    path = path.replace(b"\n", b"?").replace(b"\r", b"?")
    lead = b"" if path.startswith(b"/") else b"/"
    old = b"/dev/null" if new else b"a" + lead + path
    head = [b"--- " + old + b"\n", b"+++ b" + lead + path + b"\n"]
    return b"".join([*head, *_hunks(_lines(before), _lines(after))])


def _lines(data: bytes) -> list[bytes]:
    """Return the lines with their line feeds; a carriage return ends none."""
    return [line + b"\n" for line in data.split(b"\n")[:-1]] + (
        [rest] if (rest := data.rpartition(b"\n")[2]) else []
    )


def _hunks(old: list[bytes], new: list[bytes]) -> Iterator[bytes]:
    for group in _grouped(_opcodes(old, new), len(old)):
        first, last = group[0], group[-1]
        yield (f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n".encode())
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                yield from (_line(b" ", line) for line in old[old_start:old_end])
                continue
            yield from (_line(b"-", line) for line in old[old_start:old_end])
            yield from (_line(b"+", line) for line in new[new_start:new_end])


_Opcode = tuple[str, int, int, int, int]


def _opcodes(old: list[bytes], new: list[bytes]) -> list[_Opcode]:
    """Return what is equal and what differs, with equal ends cut off first."""
    from difflib import SequenceMatcher

    least = min(len(old), len(new))
    head = next((i for i in range(least) if old[i] != new[i]), least)
    tail = next((i for i in range(least - head) if old[-1 - i] != new[-1 - i]), least - head)
    inner_old, inner_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(inner_old) + len(inner_new) > _MOST:
        inner: list[_Opcode] = [("replace", 0, len(inner_old), 0, len(inner_new))]
    else:
        matcher = SequenceMatcher(None, inner_old, inner_new, autojunk=True)
        inner = [(tag, a, b, c, d) for tag, a, b, c, d in matcher.get_opcodes()]
    found: list[_Opcode] = [("equal", 0, head, 0, head)] if head else []
    found += [(tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in inner]
    if tail:
        found.append(("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return found


def _grouped(opcodes: list[_Opcode], size: int) -> Iterator[list[_Opcode]]:
    """Give the changes with at most three equal lines before and behind."""
    del size
    group: list[_Opcode] = []
    for index, (tag, a, b, c, d) in enumerate(opcodes):
        if tag != "equal":
            group.append((tag, a, b, c, d))
            continue
        start, end = index == 0, index == len(opcodes) - 1
        if not start and not end and b - a <= 2 * _CONTEXT:
            group.append((tag, a, b, c, d))
            continue
        if not start:
            kept = min(_CONTEXT, b - a)
            yield [*group, ("equal", a, a + kept, c, c + kept)]
            group = []
        if not end:
            kept = min(_CONTEXT, b - a)
            group = [("equal", b - kept, b, d - kept, d)]
    if any(tag != "equal" for tag, *_ in group):
        yield group


def _range(start: int, end: int) -> str:
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start if not length else start + 1},{length}"


def _line(mark: bytes, line: bytes) -> bytes:
    return mark + (line if line.endswith(b"\n") else line + _MISSING)
