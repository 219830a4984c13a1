"""Dockerfiles: instructions with their lines, and the lines that made the layers of an image."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.model.errors import LimitError
from dunnage.parsers.dockerfile import LARGEST
from dunnage.parsers.dockerfile import read as read_file
from dunnage.parsers.dockerfile_history import lines, step
from dunnage.parsers.dockerfile_stages import Stage, chain, stages

SAMPLE = b"""# syntax=docker/dockerfile:1
ARG VERSION=3.19

FROM golang:1.22 AS Build
WORKDIR /src
COPY . .
RUN go build -o /out/app

from --platform=linux/amd64 alpine:${VERSION} as runtime
# a comment
RUN apk add --no-cache \\
    # inside an instruction
    curl \\

    jq
ENV A=1 \\
    B=2
COPY --from=build --chown=app /out/app /usr/bin/app
RUN <<EOF
FROM nowhere
apk add bash
EOF
CMD ["app"]
"""


def read(data: bytes) -> tuple[Stage, ...]:
    """Return the stages of a Dockerfile."""
    return stages(read_file(data))


def told(data: bytes) -> list[tuple[str, int, int]]:
    """Return keyword and lines of what made the image of the last stage."""
    return [(i.keyword, i.line, i.last) for i in chain(read(data))]


def test_lines_of_instructions() -> None:
    """Continuations, comments within them, here-documents and other stages are understood."""
    assert told(SAMPLE) == [
        ("FROM", 9, 9),
        ("RUN", 11, 15),
        ("ENV", 16, 17),
        ("COPY", 18, 18),
        ("RUN", 19, 22),
        ("CMD", 23, 23),
    ]
    build, runtime = read(SAMPLE)
    assert (build.name, build.image) == ("build", "golang:1.22")
    assert runtime.base is not None
    assert (runtime.name, runtime.base.text) == ("runtime", "alpine:${VERSION}")
    assert runtime.image == "alpine:3.19"
    assert runtime.instructions[0].plain == "apk add --no-cache curl jq"
    assert runtime.instructions[2].plain == "/out/app /usr/bin/app"


def test_stage_that_rests_on_another() -> None:
    """An image is made by its own stage and those below it; a name only means earlier stages."""
    data = b"FROM a AS one\nRUN 1\nFROM b AS two\nRUN 2\nFROM ONE AS three\nRUN 3\n"
    assert [i.line for i in chain(read(data))] == [1, 2, 5, 6]
    loop = b"FROM x AS x\nRUN 1\nFROM two AS two\nRUN 2\n"
    assert [i.line for i in chain(read(loop))] == [3, 4]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"# escape=`\nFROM a\nRUN one `\n two\\\nCMD x\n", [("RUN", "one  two\\"), ("CMD", "x")]),
        (b"\xef\xbb\xbfFROM a\r\nRUN one \\\r\n two\r\n", [("RUN", "one two")]),
        (
            b"FROM a\nRUN <<-'A' cat <<B\n\tA\n1\nB\nUSER x\n",
            [("RUN", "<<-'A' cat <<B"), ("USER", "x")],
        ),
        (b"FROM a\nRUN cat <<NEVER\nUSER x\n", [("RUN", "cat <<NEVER"), ("USER", "x")]),
        (b"FROM a\nRUN x <<<EOF\nEOF\nUSER x", [("RUN", "x <<<EOF"), ("EOF", ""), ("USER", "x")]),
        (b"FROM a\nRUN one \\", [("RUN", "one")]),
    ],
)
def test_odd_forms(data: bytes, expected: list[tuple[str, str]]) -> None:
    """Other escape characters, line ends and here-documents are read as builders read them."""
    (stage,) = read(data)
    found = [(i.keyword, i.text.value) for i in stage.instructions]
    assert [(k, " ".join(t.split())) for k, t in found] == [
        (k, " ".join(t.split())) for k, t in expected
    ]


@pytest.mark.parametrize("data", [b"", b"hello\nworld", b"RUN x", b"\xff\xfe\x00", b"# FROM x"])
def test_what_is_no_dockerfile(data: bytes) -> None:
    """A file without FROM has no stages."""
    assert read(data) == ()


def test_bounds() -> None:
    """Too large files are refused or read in part, not read for minutes."""
    with pytest.raises(LimitError):
        read_file(b"FROM a\n" + b" " * LARGEST)
    many = read_file(b"FROM a\n" + b"RUN x\n" * 100_000)
    assert (len(many.instructions), many.whole) == (10_000, False)
    assert len(stages(read_file(b"FROM a\n" * 5000))) == 1000


@pytest.mark.parametrize(
    "unit", [b"RUN x <<A\n", b"<<A ", b"--a ", b"\\\n", b"#\n", b"\t", b"# a=b\n", b"RUN \\\n"]
)
def test_time_is_bounded(unit: bytes) -> None:
    """Repetition does not make reading slow."""
    data = b"FROM a\nRUN " + unit * (LARGEST // 2 // len(unit))
    started = time.process_time()
    try:
        plain = [i.plain for i in chain(read(data))]
        assert plain
    except LimitError:
        pass
    assert time.process_time() - started < 2


CLASSIC = (
    ("/bin/sh -c #(nop) ADD file:d48cac in / ", False),
    ('/bin/sh -c #(nop)  CMD ["/bin/sh"]', True),
    ("/bin/sh -c #(nop)  ARG VERSION=3", True),
    ("|1 VERSION=3 /bin/sh -c apk add curl", False),
    ("/bin/sh -c #(nop)  ENV A=1", True),
    ("/bin/sh -c #(nop) COPY file:aaaa in /usr/bin/app ", False),
    ('/bin/sh -c #(nop)  CMD ["app"]', True),
)
BUILDKIT = (
    ("ADD rootfs.tar / # buildkit", False),
    ('CMD ["/bin/sh"]', True),
    ("ARG VERSION=3", True),
    ("RUN |1 VERSION=3 /bin/sh -c apk add curl # buildkit", False),
    ("ENV A=1", True),
    ("COPY app /usr/bin/app # buildkit", False),
    ('CMD ["app"]', True),
)
KANIKO = (
    ("ADD rootfs.tar /", False),
    ("ARG VERSION=3", True),
    ("RUN apk add curl", False),
    ("ENV A=1", True),
    ("COPY app /usr/bin/app", False),
    ('CMD ["app"]', True),
)
FILE = b"""FROM alpine
ARG VERSION=3
RUN apk add \\
  curl
ENV A=1
COPY app /usr/bin/app
CMD ["app"]
"""


@pytest.mark.parametrize("history", [CLASSIC, BUILDKIT, KANIKO])
def test_layers_point_at_their_instructions(history: tuple[tuple[str, bool], ...]) -> None:
    """The base points at FROM, and each other layer at what made it, whoever built it."""
    assert lines(history, read(FILE)) == (1, 3, 6)


def test_what_the_file_does_not_say() -> None:
    """A layer of a trigger or of a tool belongs to the instruction before it."""
    history = (*BUILDKIT[:4], ("RUN /bin/sh -c added by a trigger", False), *BUILDKIT[4:])
    assert lines(history, read(FILE)) == (1, 3, 3, 6)


def test_a_stage_in_one_layer() -> None:
    """Where only the last instruction has a layer, that belongs to the first that made files."""
    history = (
        *((text, n > 0) for n, (text, _) in enumerate(CLASSIC[:-1])),
        (CLASSIC[-1][0], False),
    )
    assert lines(history, read(FILE)) == (1, 3)


def test_other_shells_and_forms() -> None:
    """SHELL, the exec form and here-documents are found again."""
    data = b'FROM a\nSHELL ["/bin/bash", "-c"]\nRUN make it\nRUN ["ls", "-l"]\nRUN <<EOF\nx\nEOF\n'
    history = (
        ("base", False),
        ("SHELL [/bin/bash -c]", True),
        ("RUN /bin/bash -c make it # buildkit", False),
        ("RUN ls -l # buildkit", False),
        ("RUN /bin/bash -c <<EOF (x...) # buildkit", False),
    )
    buildah = (*history[:3], ('|1 A=b /bin/sh -c ["ls", "-l"]', False), history[4])
    assert lines(buildah, read(data)) == (1, 3, 4, 5)
    assert lines(history, read(data)) == (1, 3, 4, 5)


def test_stars_stand_for_anything() -> None:
    """A history without its secrets still fits the file that holds them."""
    data = (
        b"FROM a\nARG T\nRUN make --token=abc x\nRUN make --token=abc y\nRUN echo a:b | chpasswd\n"
    )
    history = (
        ("base", False),
        ("ARG T=***", True),
        ("RUN |1 T=*** /bin/sh -c make --token=*** x # buildkit", False),
        ("|1 T=*** /bin/bash -o pipefail -c make --token=*** y", False),
        ("RUN echo a:*** | chpasswd", False),
    )
    assert lines(history, read(data)) == (1, 3, 4, 5)
    assert lines((*history[:3], history[4], history[3]), read(data)) != (1, 3, 5, 4)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"FROM other\nRUN make a\nRUN make b\n", None),
        (b"FROM alpine\n", (1, 1, 1)),
        (b'FROM alpine\nCMD ["app"]\n', (1, 1, 1)),
        (b"FROM alpine\nSTOPSIGNAL 9\nUSER x\n", None),
    ],
)
def test_files_that_fit_or_not(data: bytes, expected: tuple[int, ...] | None) -> None:
    """A file of another image is told apart; one that only sets metadata has no layers."""
    assert lines(CLASSIC, read(data)) == expected


@pytest.mark.parametrize("word", ["x ", "*** ", "/a/sh -x ***"])
def test_long_histories_take_bounded_time(word: str) -> None:
    """Thousands of long, alike lines are compared in seconds at most."""
    text = word * (20_000 // len(word))
    history = tuple((f"RUN {text}{n}", False) for n in range(1000))
    data = b"FROM a\n" + b"".join(f"RUN {text[:400]}{n}\n".encode() for n in range(1000))
    started = time.process_time()
    found = lines(history, read(data))
    assert time.process_time() - started < 5
    assert found is None or len(found) == 1000


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["FROM a AS b", "FROM b", "RUN x \\", "<<E", "E", "#", "COPY a b", "\x00"]),
        max_size=12,
    ),
    st.lists(st.tuples(st.sampled_from(["RUN x", "COPY a b", "", "|1 a"]), st.booleans())),
)
def test_any_file_and_history(rows: list[str], history: list[tuple[str, bool]]) -> None:
    """Whatever they hold, there is one line of the file for each layer, or no answer."""
    found = lines(history, read("\n".join(rows).encode()))
    made = sum(not empty for _, empty in history)
    assert found is None or (len(found) == made and all(1 <= n <= len(rows) for n in found))


def test_steps() -> None:
    """What is no known keyword was run."""
    assert step("/bin/sh -c apk add x").keyword == "RUN"
    assert step("bazel build ...").keyword == "RUN"
    assert step('LABEL a="b"') == ("LABEL", "a=b")
