"""The short way through plain tar headers sees exactly what the careful way sees."""

from __future__ import annotations

import io
import tarfile

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dunnage.model.errors import InputError
from dunnage.model.limits import Limits
from dunnage.parsers._tar_fields import DIRECTORY, FILE, SYMLINK, plain_entry
from dunnage.parsers.tar import TarWalker

LIMITS = Limits()
CAREFUL = replace(LIMITS, path_bytes=99)
"""A bound below the length of the name field sends every header the careful way."""

FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
NAMES = ("a", "./usr/bin/x", "/etc/passwd", "a/../b", "../out", "./", "d//e", ".hidden/.f", "é")
TYPES = (tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.AREGTYPE, tarfile.LNKTYPE)

Seen = tuple[str, str, int, int, str, bool, int, bytes]


def _seen(data: bytes, limits: Limits, chunk: int) -> tuple[list[Seen], str, list[str]]:
    walker = TarWalker((data[n : n + chunk] for n in range(0, len(data), chunk)), limits)
    found: list[Seen] = []
    error = ""
    try:
        while walker.advance():
            w = walker
            row = (w.path, w.kind, w.size, w.mode, w.link, w.sparse, w.offset, w.head(4))
            found.append(row)
    except InputError as problem:
        error = str(problem)
    return found, error, [str(problem) for problem in walker.problems]


def _archive(names: list[str], types: list[bytes], form: int) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as tar:
        for name, kind in zip(names, types, strict=False):
            info = tarfile.TarInfo(name)
            info.type = kind
            info.size = 700 if kind in {tarfile.REGTYPE, tarfile.AREGTYPE} else 0
            info.linkname = "target" if kind in {tarfile.SYMTYPE, tarfile.LNKTYPE} else ""
            tar.addfile(info, io.BytesIO(b"x" * info.size))
    return stream.getvalue()


def _summed(data: bytearray, start: int) -> None:
    """Give a header its right checksum again."""
    block = data[start : start + 512]
    if len(block) == 512 and any(block):
        total = sum(block[:148]) + 8 * 32 + sum(block[156:])
        data[start + 148 : start + 156] = b"%06o\0 " % (total % 0o1000000)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=4),
    st.lists(st.sampled_from(TYPES), min_size=4, max_size=4),
    st.sampled_from(FORMATS),
    st.lists(st.tuples(st.integers(0, 511), st.integers(0, 255)), max_size=3),
    st.booleans(),
    st.sampled_from((100, 512, 1 << 20)),
)
def test_both_ways_agree(
    names: list[str],
    types: list[bytes],
    form: int,
    changes: list[tuple[int, int]],
    mended: bool,  # noqa: FBT001 - drawn by hypothesis
    chunk: int,
) -> None:
    """Whatever is changed in a header, with or without a right checksum, both ways agree."""
    data = bytearray(_archive(names, types, form))
    for place, value in changes:
        data[place] = value
    if mended:
        _summed(data, 0)
    assert _seen(bytes(data), LIMITS, chunk) == _seen(bytes(data), CAREFUL, chunk)


def test_plain_headers_go_the_short_way() -> None:
    """Files and directories of the usual writers are plain; a changed byte makes them not so."""
    for form in FORMATS:
        block = _archive(["./usr/share/x"], [tarfile.REGTYPE], form)[:512]
        assert plain_entry(block) == ("usr/share/x", FILE, 700, "")
        for place in range(512):
            changed = bytes([*block[:place], block[place] ^ 1, *block[place + 1 :]])
            behind_digits = place in {154, 155}  # no part of any sum
            assert (plain_entry(changed) is None) != behind_digits
    folder = _archive(["./usr"], [tarfile.DIRTYPE], tarfile.GNU_FORMAT)[:512]
    assert plain_entry(folder) == ("usr", DIRECTORY, 0, "")
    link = _archive(["a/b"], [tarfile.SYMTYPE], tarfile.GNU_FORMAT)[:512]
    assert plain_entry(link) == ("a/b", SYMLINK, 0, "target")
    for kind in (tarfile.LNKTYPE, tarfile.AREGTYPE):
        assert plain_entry(_archive(["x"], [kind], tarfile.GNU_FORMAT)[:512]) is None
    assert plain_entry(bytes(512)) is None
    assert plain_entry(b"") is None
