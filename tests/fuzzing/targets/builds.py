"""Dockerfiles, and the history lines that are laid beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.image import Image
from dunnage.parsers.dockerfile import read
from dunnage.parsers.dockerfile_history import lines
from dunnage.parsers.dockerfile_stages import chain, stages
from dunnage.parsers.history_line import read as read_line
from dunnage.parsers.secrets import Worth, scan, telling, worth
from dunnage.rules.image_secrets import without_secrets
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


def _told(data: bytes) -> int:
    line = read_line(data)
    end = 0
    for value in line.values:
        assert end < value.start <= value.end <= len(data)
        assert value.name
        end = value.end
    assert 0 <= line.command <= len(data)
    text = data.decode("latin-1")
    image, found = without_secrets(Image("x", env=(text,), cmd=(text,), history=((text, False),)))
    for value in (v for v in line.values if line.keyword == "ENV"):
        if telling(value.name) and worth(text[value.start : value.end]) is Worth.SECRET:
            assert text[value.start : value.end] not in image.history[0][0]
    for hit in scan(data):
        if not hit.weak and len(text[hit.start : hit.end]) > 11:
            assert text[hit.start : hit.end] not in repr((image.env, image.cmd, image.history))
    return len(found)


def _lines() -> Iterator[bytes]:
    yield from _HISTORY.splitlines()
    yield b"RUN |2 NPM_TOKEN=Zk31qq87aaPo B=c d /bin/sh -c echo root:Zk31qq87aaPo | chpasswd # buildkit"
    yield b"/bin/sh -c #(nop)  ONBUILD ENV DB_PASSWORD=Zk31qq87aaPo A=b"
    yield b'CMD ["x" "--token" "Zk31qq87aaPo"]'


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
    "history-line": Target(
        "parsers/history_line.py, rules/image_secrets.py",
        _told,
        _lines,
        "values lie in the line, in order and apart; what is a secret stands nowhere in the image that is handed on",
        words=(
            b"RUN ",
            b"|1 ",
            b"ENV ",
            b" /bin/sh -c ",
            b"#(nop) ",
            b"TOKEN=",
            b"PASSWORD=",
            b"'",
        ),
    ),
}
