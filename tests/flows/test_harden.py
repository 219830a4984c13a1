"""Rewriting Dockerfiles: what is offered, what is refused and why, and laws over real files."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import dockerfile
import pytest

from dunnage.flows.harden import Hardener
from dunnage.io.folder import names
from dunnage.model.lighter import TIERS
from dunnage.parsers.base_image import identify
from dunnage.sources._dockerfiles import Place
from processes import run
from support import ROOT, data_root

if TYPE_CHECKING:
    from pathlib import Path

    from dunnage.remedies._harden_types import Hardened

EXAMPLES = ROOT / "examples/harden"
LANGUAGES = names("dunnage.remedies.recipes")
WORKED = sorted(path.parent.name for path in EXAMPLES.glob("*/Dockerfile"))
TODAY = date(2026, 11, 30)
HARDENER = Hardener(TODAY)


def hardened(text: str, context: str = "") -> Hardened:
    """Return what comes of a Dockerfile."""
    place = Place("Dockerfile", f"{context}/Dockerfile" if context else "")
    return HARDENER.harden_data(text.encode(), place, context).result


def codes(text: str, context: str = "") -> list[str]:
    """Return the reasons for which a Dockerfile is refused."""
    result = hardened(text, context)
    assert result.outcome == "refused", result.data.decode()
    return [reason.code for reason in result.reasons]


def lawful(before: bytes, result: Hardened) -> None:
    """Check what holds for everything that is offered."""
    text = result.data.decode()
    read = dockerfile.parse_string(text)
    old = dockerfile.parse_string(before.decode())
    stages = [one for one in read if one.cmd.upper() == "FROM"]
    assert len(stages) >= max(2, sum(one.cmd.upper() == "FROM" for one in old))
    last = read[max(i for i, one in enumerate(read) if one.cmd.upper() == "FROM") :]
    users = [one.value[0] for one in last if one.cmd.upper() == "USER"]
    assert users
    assert users[-1].partition(":")[0].isdecimal()
    assert int(users[-1].partition(":")[0]) > 0
    assert all(one.json for one in last if one.cmd.upper() in {"ENTRYPOINT", "CMD"})
    again = HARDENER.harden_data(result.data, Place("Dockerfile", ""), "").result
    assert (again.outcome, again.data) == ("done", result.data)
    assert {"base", "artefact", "user", "start"} <= {claim.about for claim in result.claims}


@pytest.mark.parametrize("language", WORKED)
def test_examples(language: str, tmp_path: Path) -> None:
    """Each example gives the file beside it, which lints clean and has nothing left to do."""
    assert {*LANGUAGES} < {*WORKED}
    context = tmp_path / language
    shutil.copytree(EXAMPLES / language, context)
    before = (context / "Dockerfile").read_bytes()
    one = Hardener(TODAY).harden(str(context / "Dockerfile"))
    assert one.result.outcome == "offered", one.result.reasons
    assert one.result.data == (EXAMPLES / f"expected/{language}.Dockerfile").read_bytes()
    assert one.result.ignore == (EXAMPLES / f"expected/{language}.dockerignore").read_bytes()
    assert one.findings == ()
    assert {c.basis for c in one.result.claims if c.about == "files"} == {"checked"}
    lawful(before, one.result)
    done = run("harden", str(context / "Dockerfile"), "--write")
    assert done.returncode == 0, done.stderr
    assert (context / ".dockerignore").read_bytes() == one.result.ignore
    linted = run("lint", str(context / "Dockerfile"))
    assert linted.returncode == 0, linted.stdout
    second = run("harden", str(context / "Dockerfile"))
    assert (second.returncode, second.stdout) == (0, "")
    assert "there is nothing left to do" in second.stderr


def test_lines_of_the_build_stay() -> None:
    """Comments, continuations, here-documents and line ends of the builder are as they were."""
    text = (
        "# syntax=docker/dockerfile:1\r\n"
        "FROM golang:1.26-trixie\r\n"
        "WORKDIR /src\r\n"
        "COPY . .\r\n"
        "# why\r\n"
        "RUN CGO_ENABLED=0 \\\r\n"
        "    # inside\r\n"
        "    go build -o /app/server ./cmd/server\r\n"
        "# where\r\n"
        "EXPOSE 9000\r\n"
        'ENTRYPOINT ["/app/server"]\r\n'
        'CMD ["-v"]\r\n'
    )
    result = hardened(text)
    out = result.data.decode()
    kept = text.split("WORKDIR")[1].split("# where", maxsplit=1)[0]
    assert f"WORKDIR{kept}" in out
    assert "\n" not in out.replace("\r\n", "")
    assert out.endswith(
        '# where\r\nEXPOSE 9000\r\nUSER 65532:65532\r\nENTRYPOINT ["/app/server"]\r\nCMD ["-v"]\r\n'
    )
    lawful(text.encode(), result)


GO = "FROM golang:1.26-trixie\nWORKDIR /src\nCOPY . .\nRUN go build -o /bin/x .\n"
PY = "FROM python:3.13-trixie\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
NODE = "FROM node:24-trixie\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GO + "CMD x -p $PORT\n", "shell-in-start"),
        (GO + "CMD x && y\n", "shell-in-start"),
        (GO + "CMD x > /log\n", "shell-in-start"),
        (GO + "CMD A=1 x\n", "shell-in-start"),
        (GO + "CMD x &\n", "shell-in-start"),
        (GO + 'CMD ["sh", "-c", "x"]\n', "shell-in-start"),
        (GO + 'ENTRYPOINT ["./start.sh"]\n', "shell-in-start"),
        (GO + 'ENTRYPOINT ["x"]\nCMD -v\n', "shell-in-start"),
        (GO + 'CMD ["go", "run", "."]\n', "package-manager-at-run-time"),
        (NODE + 'CMD ["npm", "start"]\n', "package-manager-at-run-time"),
        (NODE + 'CMD ["npx", "serve"]\n', "package-manager-at-run-time"),
        (GO, "no-start"),
        (GO + "EXPOSE 80\nCMD x\n", "privileged-port"),
        (GO + "CMD x --port 443\n", "privileged-port"),
        (GO + "CMD x --listen 0.0.0.0:80\n", "privileged-port"),
        (GO + "ARG P\nEXPOSE $P\nCMD x\n", "unknown-port"),
        (GO + "COPY x.conf /etc/x.conf\nCMD x\n", "writes-outside"),
        (GO + "RUN cp x.conf /etc/\nCMD x\n", "writes-outside"),
        (GO + "RUN echo a > /etc/a\nCMD x\n", "writes-outside"),
        (NODE + "COPY b /data\nCMD node x.js\n", "writes-outside"),
        (PY + "RUN mkdir -p /var/lib/x\nCMD python x.py\n", "writes-outside"),
        (PY + "RUN pip install --user x\nCMD python x.py\n", "writes-outside"),
        (GO + "RUN apt-get update && apt-get install -y ffmpeg\nCMD x\n", "packages-at-run-time"),
        (PY + "RUN apt-get install -y libpq-dev\nCMD python x.py\n", "packages-at-run-time"),
        (GO + "RUN apt-get install -y $PKGS\nCMD x\n", "unknown-packages"),
        (GO + "RUN ./install.sh\nCMD x\n", "unknown-step"),
        (GO + "RUN if\nCMD x\n", "unknown-step"),
        (PY + "RUN python setup.py develop\nCMD python x.py\n", "unknown-step"),
        (GO + "VOLUME /data\nCMD x\n", "writable-path"),
        (GO + "CMD y\n", "unknown-artefact"),
        (GO + "CMD x -c config.yaml\n", "reads-files"),
        (PY + "CMD mycommand\n", "unknown-artefact"),
        (NODE + 'CMD ["node", "--require", "./x", "y.js"]\n', "unknown-artefact"),
        ("FROM node:24\nCOPY . /\nCMD node x.js\n", "unknown-artefact"),
        ("FROM ubuntu:24.04\nCMD x\n", "unknown-base"),
        ("FROM example.com/team/base:1\nCMD x\n", "unknown-base"),
        ("ARG B\nFROM $B\nCMD x\n", "unknown-base"),
        (GO + "ONBUILD RUN x\nCMD x\n", "onbuild"),
        (GO + "ENV A=$B\nCMD x\n", "unknown-variable"),
        (GO.replace("/src", "/root/src").replace("/bin/x", "x") + "CMD ./x\n", "private-directory"),
        (NODE.replace("/app", "/usr") + "CMD node x.js\n", "unknown-artefact"),
        (PY.replace("RUN", "USER me\nRUN") + "CMD python x.py\n", "writes-outside"),
        (PY.replace("WORKDIR", "ENV PIP_TARGET=/x\nWORKDIR") + "CMD python x.py\n", "writes-outside"),
        (GO + "RUN true\n" * 300 + "CMD x\n", "too-long"),
        (GO + "BAD\nCMD x\n", "not-buildable"),
        ("", "not-a-dockerfile"),
        (("FROM mcr.microsoft.com/dotnet/sdk:6.0\nWORKDIR /s\nCOPY . .\n"
         'RUN dotnet publish -o /o\nCMD ["dotnet", "/o/A.dll"]\n'), "privileged-port"),
        (("FROM golang:1.26-alpine\nWORKDIR /s\nCOPY . .\nRUN apk add gcc musl-dev\n"
         "RUN go build -o /x\nCMD /x\n"), "unknown-libc"),
    ],
)  # fmt: skip
def test_refused(text: str, code: str) -> None:
    """What cannot be known is refused, with the line."""
    assert code in codes(text)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("main.go", 'package main\nfunc main() { os.ReadFile("x") }\n', "reads-files"),
        ("main.go", 'package main\nfunc main() { os.Create("x") }\n', "writable-path"),
        ("main.go", 'package main\nfunc main() { exec.Command("git") }\n', "calls-programs"),
        (
            "main.go",
            'package main\nfunc main() { http.ListenAndServe(":80", nil) }\n',
            "privileged-port",
        ),
    ],
)
def test_sources_tell(name: str, content: str, code: str, tmp_path: Path) -> None:
    """What the sources do that the smaller image could not is a reason, at its place."""
    (tmp_path / name).write_text(content)
    result = hardened(GO + "CMD x\n", str(tmp_path))
    assert [(r.code, r.path, r.line) for r in result.reasons] == [(code, name, 2)]
    (tmp_path / name).rename(tmp_path / "main_test.go")
    assert hardened(GO + "CMD x\n", str(tmp_path)).outcome == "offered"


@pytest.mark.parametrize(
    ("text", "image"),
    [
        (GO + "CMD x\n", "gcr.io/distroless/base-debian13:nonroot"),
        (GO.replace("go build", "CGO_ENABLED=0 go build") + "CMD x\n", "gcr.io/distroless/static-debian13:nonroot"),
        (GO.replace("trixie", "alpine") + "CMD x\n", "gcr.io/distroless/static-debian13:nonroot"),
        (PY + "CMD python x.py\n", "gcr.io/distroless/python3-debian13:nonroot"),
        (PY.replace("3.13-trixie", "3.14") + "CMD gunicorn x:app\n", "python:3.14-slim"),
        (PY.replace("3.13-trixie", "3.13-alpine3.22") + "CMD python x.py\n", "python:3.13-alpine3.22"),
        (NODE + "CMD node x.js\n", "gcr.io/distroless/nodejs24-debian13:nonroot"),
        (NODE.replace("24-trixie", "24-alpine3.22") + "CMD node x.js\n", "node:24-alpine3.22"),
        (("FROM rust:1-alpine\nWORKDIR /s\nCOPY . .\nRUN cargo build --release\n"
         "CMD ./target/release/x\n"), "gcr.io/distroless/static-debian13:nonroot"),
        (("FROM gradle:8-jdk21\nWORKDIR /s\nCOPY . .\nRUN gradle build && mv build/libs/*.jar /app/a.jar\n"
         "CMD java -jar /app/a.jar\n"), "gcr.io/distroless/java21-debian13:nonroot"),
        (("FROM maven:3.9-eclipse-temurin-25\nWORKDIR /s\nCOPY . .\nRUN mvn package\n"
         "CMD java -jar target/a.jar\n"), "gcr.io/distroless/java25-debian13:nonroot"),
        (("FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /s\nCOPY . .\nRUN dotnet publish -c Release\n"
         'CMD ["dotnet", "bin/Release/net8.0/publish/A.dll"]\n'), "mcr.microsoft.com/dotnet/aspnet:8.0"),
    ],
)  # fmt: skip
def test_runtime(text: str, image: str) -> None:
    """The runtime is the lightest with the same kind of C library, and never heavier."""
    result = hardened(text)
    assert result.outcome == "offered", result.reasons
    last = [
        one for one in dockerfile.parse_string(result.data.decode()) if one.cmd.upper() == "FROM"
    ][-1]
    assert last.value[0] == image
    now, before = identify(image), identify(text.split()[1])
    assert now is not None
    assert before is not None
    assert now.libc in {before.libc, "none"}
    assert TIERS.index(now.tier) >= TIERS.index(before.tier)
    lawful(text.encode(), result)


def test_user_and_health() -> None:
    """A number that the file names stays; a check that needs a tool goes, and that is said."""
    text = GO + "HEALTHCHECK CMD curl -f http://localhost/\nUSER 4711\nCMD x\n"
    result = hardened(text)
    assert b"\nUSER 4711\n" in result.data
    assert b"HEALTHCHECK" not in result.data
    assert [c.what for c in result.claims if c.about == "left-out"]
    own = GO.replace("/bin/x", "/bin/x") + 'HEALTHCHECK CMD ["/bin/x", "-check"]\nCMD ["/bin/x"]\n'
    assert b'HEALTHCHECK CMD ["/bin/x", "-check"]\n' in hardened(own).data


def test_names_of_stages() -> None:
    """Whoever builds a stage by its name still gets what runs."""
    named = hardened(GO.replace("trixie", "trixie AS server") + "CMD x\n").data.decode()
    assert "FROM golang:1.26-trixie AS build\n" in named
    assert "nonroot AS server\n" in named
    builder = hardened(GO.replace("trixie", "trixie AS builder") + "CMD x\n").data.decode()
    assert "COPY --from=builder /bin/x /bin/x\n" in builder


TWO = (
    "FROM golang:1.26-alpine AS builder\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app .\n"
    "\nFROM alpine:3.22\n"
)


@pytest.mark.parametrize(
    ("last", "hardened_last"),
    [
        (
            'COPY --from=builder /app .\n# run\nCMD ["./app"]\n',
            'COPY --from=builder /app .\nUSER 65532:65532\n# run\nCMD ["./app"]\n',
        ),
        (
            "RUN apk add --no-cache ca-certificates\nCOPY templates /t\nCOPY --from=0 /app /bin/\nCMD app -t /t\n",
            'COPY templates /t\nCOPY --from=0 /app /bin/\nUSER 65532:65532\nCMD ["app", "-t", "/t"]\n',
        ),
        (
            "RUN adduser -D me\nUSER me\nCOPY --from=builder /app /bin/app\nENTRYPOINT /bin/app\n",
            'USER 65532:65532\nCOPY --from=builder /app /bin/app\nENTRYPOINT ["/bin/app"]\n',
        ),
    ],
)
def test_a_builder_is_there(last: str, hardened_last: str) -> None:
    """Only the last stage changes: its base, its user and the form of what it starts."""
    result = hardened(TWO + last)
    assert result.outcome == "offered", result.reasons
    head = TWO.replace("FROM alpine:3.22", "FROM gcr.io/distroless/static-debian13:nonroot")
    assert result.data.decode() == head + hardened_last
    again = hardened(result.data.decode())
    assert again.outcome == "done", again.reasons


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ('COPY --from=builder /app .\nRUN apk add ffmpeg\nCMD ["./app"]\n', "unknown-step"),
        ('COPY --from=builder /app .\nCMD ["./other"]\n', "unknown-artefact"),
        ('COPY --from=builder /other .\nCMD ["./other"]\n', "unknown-artefact"),
        ('COPY --from=builder --chown=me /app .\nCMD ["./app"]\n', "named-owner"),
        ("COPY --from=builder /app .\nCMD ./app $X\n", "shell-in-start"),
        ('WORKDIR /root/\nCOPY --from=builder /app .\nCMD ["./app"]\n', "private-directory"),
        ('COPY --from=builder /app .\nEXPOSE 80\nCMD ["./app"]\n', "privileged-port"),
    ],
)
def test_a_builder_is_there_and_refused(last: str, code: str) -> None:
    """The same is asked of a last stage that has a builder."""
    assert code in codes(TWO + last)


def test_small_already() -> None:
    """A stage from nothing, as root, gets a number; what is all right is left alone."""
    scratch = (
        TWO.replace("alpine:3.22", "scratch") + 'COPY --from=builder /app /app\nCMD ["/app"]\n'
    )
    result = hardened(scratch)
    assert result.data.decode() == scratch.replace("CMD", "USER 65532:65532\nCMD")
    assert hardened(result.data.decode()).outcome == "done"


def test_over_the_corpus() -> None:
    """Every real file is offered, refused with reasons or done; what is offered obeys the laws."""
    outcomes: Counter[str] = Counter()
    with tarfile.open(data_root() / "corpus/dockerfiles.tar.gz") as found:
        for entry in found:
            body = found.extractfile(entry) if entry.isfile() else None
            if body is None:
                continue
            data = body.read()
            one = HARDENER.harden_data(data, Place(entry.name, ""), "")
            outcomes[one.result.outcome] += 1
            if one.result.outcome == "offered":
                lawful(data, one.result)
                assert {f.id for f in one.findings} <= {f.id for f in HARDENER.warnings(data)}
            elif one.result.outcome == "refused":
                assert one.result.reasons, entry.name
                assert all(reason.message and reason.code for reason in one.result.reasons)
            assert one.result.data == data or one.result.outcome == "offered"
    print(dict(outcomes))
    assert sum(outcomes.values()) > 700
    assert outcomes["done"] > 0


def test_command(tmp_path: Path) -> None:
    """Exit codes and places: 0 offered or done, 1 refused, 2 usage, 3 unreadable."""
    path = tmp_path / "Dockerfile"
    path.write_text(GO + "CMD x\n")
    shown = run("harden", str(path))
    assert shown.returncode == 0
    assert shown.stdout.startswith("--- a/")
    assert path.read_text() == GO + "CMD x\n"
    told = json.loads(run("harden", str(path), "--json").stdout)
    assert (told["outcome"], told["recipe"]) == ("offered", "go")
    assert told["dockerfile"].count("FROM") == 2
    out = tmp_path / "new"
    assert run("harden", str(path), "-o", str(out)).returncode == 0
    assert out.read_text() == told["dockerfile"]
    whole = run("harden", "-", "-o", "-", stdin=(GO + "CMD x\n").encode())
    assert whole.stdout == told["dockerfile"]
    path.write_text(GO)
    refused = run("harden", str(path), "--write")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "[no-start]" in refused.stderr
    assert path.read_text() == GO
    for words, code in (
        (("--write", "--diff"), 2),
        (("--context", str(path)), 2),
        (("-", "--write"), 2),
        ((str(tmp_path / "none"),), 3),
        ((str(tmp_path),), 3),
    ):
        done = run("harden", *words)
        assert done.returncode == code, (words, done.stderr)
        assert "Traceback" not in done.stderr
