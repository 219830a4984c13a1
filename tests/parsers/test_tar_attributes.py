"""Owners, times and capabilities of tar entries, against Python's ``tarfile``."""

from __future__ import annotations

import io
import tarfile

from hypothesis import given
from hypothesis import strategies as st

from dunnage.model.limits import Limits
from dunnage.parsers._tar_fields import Attributes, attributes_of
from dunnage.parsers.tar import TarWalker

FORMATS = st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])


@given(
    FORMATS,
    st.integers(0, 2**21 - 1) | st.integers(2**21, 2**40),
    st.integers(0, 2**21 - 1),
    st.integers(0, 2**33 - 1) | st.integers(0, 2**33 - 2).map(lambda whole: whole + 0.25),
    st.binary(max_size=30),
)
def test_what_tarfile_writes(
    form: int, owner: int, group: int, modified: float, capability: bytes
) -> None:
    """Small and large numbers, fractions of seconds, and values with any bytes."""
    info = tarfile.TarInfo("a")
    info.uid, info.gid, info.mtime = owner, group, modified
    if form == tarfile.USTAR_FORMAT:
        info.uid, info.mtime = owner % 2**21, int(modified)
    if form == tarfile.PAX_FORMAT and capability:
        value = capability.decode("utf-8", "surrogateescape")
        info.pax_headers = {"SCHILY.xattr.security.capability": value}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        tar.addfile(info)
        tar.addfile(tarfile.TarInfo("next"))
    walker = TarWalker([buffer.getvalue()], Limits())
    assert walker.advance()
    kept = capability if form == tarfile.PAX_FORMAT else b""
    assert walker.attributes == Attributes(info.uid, group, int(info.mtime), kept)
    assert walker.advance()
    assert walker.attributes == Attributes()


@given(st.binary(min_size=512, max_size=512))
def test_any_block(block: bytes) -> None:
    """Whatever is in a header, there are numbers; what is none counts as 0."""
    found = attributes_of(block, {})
    assert all(isinstance(number, int) for number in found[:3])


def test_digits_that_are_not_octal() -> None:
    """Nines are no octal digits."""
    block = bytearray(512)
    block[108:116] = b"0000019\0"
    block[116:124] = b"0000017\0"
    block[136:148] = b"00000000012\0"
    assert attributes_of(bytes(block), {}) == Attributes(0, 0o17, 0o12)
