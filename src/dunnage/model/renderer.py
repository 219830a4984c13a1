"""What an output format declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.model.report import Report, View


class Renderer(Struct, frozen=True):
    """One output format; a function of the report alone.

    Attributes:
        render: Gives the whole document. The same report and view give the same bytes.
        media_type: What the bytes are, for HTTP and attestations.
        suffix: Usual ending of a file of this format, with its dot.
        summary: One line for people, without a final stop.
        left_out: Tells in one sentence, without a final stop, what of a report the format has no
            room for, or what the reader has to add; empty if nothing. None if that never happens.
        of_source: False if the format is about packages and has no room for findings in source
            files.
    """

    render: Callable[[Report, View], bytes]
    media_type: str
    suffix: str
    summary: str
    left_out: Callable[[Report, View], str] | None = None
    of_source: bool = True
