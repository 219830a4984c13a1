"""The decoders of single compressed members, all with one interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_LOG = 27
"""Largest zstd window (2**27 = 128 MiB); what the ``zstd`` tool takes without being asked."""

XZ_MEMORY = 256 * 1024 * 1024
"""Memory an xz stream may ask for."""


class Decoder(Protocol):
    """One compressed member, frame or stream; the interface of ``bz2.BZ2Decompressor``."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return at most ``max_length`` further bytes."""

    @property
    def eof(self) -> bool:
        """Return True once the member has ended."""

    @property
    def needs_input(self) -> bool:
        """Return True if nothing more comes without new input."""

    @property
    def unused_data(self) -> bytes:
        """Return the bytes after the end of the member."""


class _Zlib:
    """A gzip member read by the standard library, where isal is missing."""

    def __init__(self) -> None:
        import zlib

        self._object = zlib.decompressobj(31)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._object.decompress(self._object.unconsumed_tail + data, max_length)

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def needs_input(self) -> bool:
        return not self._object.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data


def _gzip() -> Decoder:
    try:
        from isal import igzip_lib
    except ImportError:
        return _Zlib()
    decoder: Decoder = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    return decoder


def zstd_library() -> Any:  # noqa: ANN401 - one of two modules with the same names
    """Return the module that reads zstd: of the standard library, or its backport."""
    import sys

    zstd: Any
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


def _zstd() -> Decoder:
    zstd = zstd_library()
    options = {zstd.DecompressionParameter.window_log_max: WINDOW_LOG}
    decoder: Decoder = zstd.ZstdDecompressor(options=options)
    return decoder


def _xz() -> Decoder:
    import lzma

    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)


def _bzip2() -> Decoder:
    import bz2

    return bz2.BZ2Decompressor()


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "gzip": _gzip,
    "zstd": _zstd,
    "xz": _xz,
    "bzip2": _bzip2,
}


def decoder_of(kind: str) -> Decoder:
    """Return a decoder of one member.

    Args:
        kind: ``gzip``, ``zstd``, ``xz`` or ``bzip2``.
    """
    return _DECODERS[kind]()
