"""Dockerfiles, and the history lines that are laid beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.parsers.dockerfile import read
from dunnage.parsers.dockerfile_history import lines
from dunnage.parsers.dockerfile_stages import chain, stages
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

_END = b"\n---\n"
_FILE = b"""# escape=\\
ARG V=3
FROM --platform=linux/amd64 golang:$V AS build
RUN --mount=type=cache,target=/x go build \\
  # inside

  ./...
FROM build
RUN <<EOF cat <<-'B'
make
EOF
\tB
COPY --from=build ["a b", "/c"]
RUN ["ls", "-l"]
CMD x
"""
_HISTORY = b"""/bin/sh -c #(nop) ADD file:1 in /
RUN /bin/sh -c go build ./... # buildkit
|1 V=3 /bin/sh -c make
RUN /bin/sh -c <<EOF (make...) # buildkit
COPY a b /c # buildkit
RUN ls -l
"""


def _pointed(data: bytes) -> int:
    file, _, rest = data.partition(_END)
    found_stages = stages(read(file))
    last = file.count(b"\n") + 1
    made = chain(found_stages)
    assert all(1 <= one.line <= one.last <= last for one in made)
    assert [one.line for one in made] == sorted({one.line for one in made})
    history = [(line, not line.startswith(" ")) for line in rest.decode("latin-1").split("\n")]
    found = lines(history, found_stages)
    if found is not None:
        assert len(found) == sum(not empty for _, empty in history)
        assert set(found) <= {one.line for one in made}
    return len(made)


def _seeds() -> Iterator[bytes]:
    yield _FILE + _END + _HISTORY
    yield _FILE + _END + b" ".join(_HISTORY.splitlines(keepends=True))
    yield b"FROM scratch" + _END


TARGETS = {
    "dockerfile": Target(
        "parsers/dockerfile.py, parsers/dockerfile_history.py",
        _pointed,
        _seeds,
        "instructions come in the order of their lines, and every layer gets one of them",
        words=(b"FROM ", b"RUN ", b" AS ", b"\\\n", b"<<EOF", b"\nEOF\n", b"# escape=`\n", _END),
    ),
}
