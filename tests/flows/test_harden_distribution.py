"""Go and Rust built on a distribution: what runs them follows from its release and its libc."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import dockerfile
import pytest

from dunnage.flows.harden import Hardener
from dunnage.sources._dockerfiles import Place
from support import ROOT

if TYPE_CHECKING:
    from dunnage.remedies._harden_types import Hardened

HARDENER = Hardener(date(2026, 11, 30))
STATIC, BASE, CC = (
    f"gcr.io/distroless/{name}-debian13:nonroot" for name in ("static", "base", "cc")
)
APT = "RUN apt-get update && apt-get install -y golang git build-essential\n"
GO = "COPY . /src\nRUN cd /src && {}go build -o /usr/local/bin/hello .\n"
HELLO = 'CMD ["/usr/local/bin/hello"]\n'
OFF = "CGO_ENABLED=0 "
CARGO = "WORKDIR /app\nCOPY . .\nRUN cargo build --release\nCMD ./target/release/app\n"
MUSL = CARGO.replace("--release", "--release --target x86_64-unknown-linux-musl").replace(
    "target/release", "target/x86_64-unknown-linux-musl/release"
)
RUST = "RUN apt-get update && apt-get install -y rust-all pkg-config libssl-dev\n" + CARGO
APK = "RUN apk add --no-cache go gcc musl-dev\n"
APK_RUST = "RUN apk add --no-cache cargo rust musl-dev\n"
CRT = 'ENV RUSTFLAGS="-C target-feature=+crt-static"\n'
GET_GO = "RUN curl -sSL {} | tar -C /usr/local -xz\nENV PATH=$PATH:/usr/local/go/bin\n"
TGZ = "go${V}.linux-amd64.tar.gz"
RUSTUP = "RUN curl -sSf https://sh.rustup.rs | sh -s -- -y\nENV PATH=/root/.cargo/bin:$PATH\n"


def go(base: str, *, off: bool = False, before: str = APT, after: str = HELLO) -> str:
    """Return a Dockerfile that builds a Go program."""
    return f"FROM {base}\n{before}{GO.format(OFF if off else '')}{after}"


def hardened(text: str) -> Hardened:
    """Return what comes of a Dockerfile."""
    return HARDENER.harden_data(text.encode(), Place("Dockerfile", ""), "").result


@pytest.mark.parametrize(
    ("text", "image", "why"),
    [
        (go("ubuntu:22.04", off=True), STATIC, "CGO_ENABLED=0 makes programs"),
        (go("ubuntu", off=True), STATIC, "CGO_ENABLED=0 makes programs"),
        (go("debian:sid", off=True), STATIC, "CGO_ENABLED=0 makes programs"),
        (go("ubuntu:22.04", before=APT + "ENV CGO_ENABLED=0\n"), STATIC, "CGO_ENABLED=0"),
        (go("ubuntu:22.04").replace("RUN cd", "RUN export CGO_ENABLED='0' && cd"), STATIC, "=0"),
        (go("ubuntu:22.04"), BASE, "cgo may be on: it has glibc 2.41 (Debian 13), which is not older than the builder's 2.35"),
        (go("ubuntu:20.04"), BASE, "the builder's 2.31"),
        (go("debian:trixie"), BASE, "the builder's 2.41"),
        (go("buildpack-deps:bookworm"), BASE, "the builder's 2.36"),
        # What is set elsewhere, or later, says nothing of the build.
        (go("ubuntu:22.04", before=APT + "RUN export CGO_ENABLED=0\n"), BASE, "cgo may be on"),
        (go("ubuntu:22.04", after="ENV CGO_ENABLED=0\n" + HELLO), BASE, "cgo may be on"),
        (go("ubuntu:22.04", before=APT + "ENV GOFLAGS=-buildmode=pie\n", off=True), BASE, "the loader of a libc"),
        (go("ubuntu:22.04", off=True).replace("-o", "-buildmode=$MODE -o"), BASE, "the loader of a libc"),
        (go("ubuntu:22.04", off=True).replace("-o", "-ldflags=-linkmode=external -o"), BASE, "the loader of a libc"),
        (go("debian:12", before="ARG V\n" + GET_GO.format(f"https://go.dev/dl/{TGZ}")), BASE, "2.36"),
        (go("ubuntu:22.04").replace("go build -o /usr/local/bin/hello .", "GOBIN=/usr/local/bin go install ./hello"), BASE, "2.35"),
        (go("ubuntu:22.04", before=APT + "ENV GOPATH=/go PATH=/go/bin:$PATH\n", after="CMD hello\n").replace("build -o /usr/local/bin/hello .", "install ./hello"), BASE, "2.35"),
        (go("alpine:3.22", before=APK), "alpine:3.22", "cgo may be on: it has the musl of the builder"),
        # https://github.com/golang/go/issues/40711
        (go("alpine:3.22", before=APK, off=True), "alpine:3.22", "may make programs that musl loads"),
        (go("alpine:3.22", before=APK, off=True).replace("-o", "-buildmode=exe -o"), STATIC, "-buildmode=exe"),
        (go("alpine:3.22", before="RUN apk add go\n").replace("-o", "-buildmode=exe -o"), "alpine:3.22", "cgo may be on"),
        (f"FROM ubuntu:24.04\n{RUST}", CC, "the builder's 2.39, and libgcc"),
        (f"FROM ubuntu:22.04\n{RUSTUP}{CARGO}", CC, "the builder's 2.35, and libgcc"),
        (f"FROM debian:12\n{RUSTUP}{MUSL}", STATIC, "musl target"),
        (f"FROM alpine:3.22\n{APK_RUST}{CRT}{CARGO}", STATIC, "+crt-static makes Alpine's Rust"),
        (f"FROM ubuntu:24.04\n{RUST}".replace("build --release", "install --path . --root /usr/local").replace("./target/release/", ""), CC, "2.39"),
    ],
)  # fmt: skip
def test_runtime(text: str, image: str, why: str) -> None:
    """What is certain of release and libc is offered, with the builder as it was."""
    result = hardened(text)
    assert result.outcome == "offered", result.reasons
    out = result.data.decode()
    starts = [one for one in dockerfile.parse_string(out) if one.cmd.upper() == "FROM"]
    assert [one.value[0] for one in starts] == [text.split()[1], image]
    (base,) = (claim for claim in result.claims if claim.about == "base")
    assert why in base.why
    builder = text.partition("\n")[2].partition("CMD")[0].rstrip()
    assert builder in out.partition("\n\nFROM")[0]
    again = hardened(out)
    assert (again.outcome, again.data) == ("done", result.data)


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (go("ubuntu:26.04"), "newer-libc", "glibc 2.43 of ubuntu:26.04"),
        (go("ubuntu:25.10"), "newer-libc", "set CGO_ENABLED=0"),
        (f"FROM ubuntu:26.04\n{RUST}", "newer-libc", "as in FROM ubuntu:24.04 or debian:13"),
        (go("ubuntu"), "unknown-libc", "name a release"),
        (go("debian:sid"), "unknown-libc", "or set CGO_ENABLED=0"),
        (go("alpine", before=APK), "unknown-libc", "name the release"),
        (go("alpine:3.22", before=APK.replace("go ", "go -X https://example.com/edge/community ")), "unknown-libc", "further repositories"),
        (go("alpine:3.22", before=APK.replace("go ", "go tzdata ")), "packages-at-run-time", "time zones"),
        (f"FROM alpine:3.22\n{APK_RUST}{CARGO}", "unknown-libc", "links with musl and libgcc"),
        (f"FROM alpine:3.22\n{APK_RUST}{MUSL.replace('unknown', 'alpine')}", "unknown-libc", "+crt-static"),
        (f"FROM rust:1-alpine\n{CRT.replace('+crt', '-crt')}{MUSL}", "unknown-libc", "links with musl and libgcc"),
        # Its libssl is another one: https://packages.ubuntu.com/focal/libssl-dev
        (f"FROM ubuntu:20.04\n{RUST}", "packages-at-run-time", "libssl-dev"),
        (f"FROM debian:11\n{RUST}", "packages-at-run-time", "libssl-dev"),
        (go("ubuntu:22.04", before=APT.replace("git", "libsqlite3-dev")), "packages-at-run-time", "libsqlite3-dev"),
        (go("ubuntu:22.04", before=APT.replace("git", "gccgo")), "packages-at-run-time", "gccgo"),
        (go("ubuntu:22.04", after="CMD hello\n").replace("build -o /usr/local/bin/hello", "install"), "unknown-artefact", "/root/go/bin"),
        (go("ubuntu:22.04", after="CMD /root/go/bin/hello\n").replace("build -o /usr/local/bin/hello", "install"), "private-directory", "/app"),
        (go("ubuntu:22.04", before=APT + "USER me\n", after="CMD /home/me/go/bin/hello\n").replace("build -o /usr/local/bin/hello", "install"), "unknown-artefact", "no build command"),
        (go("debian:12", before=GET_GO.format("https://example.com/go1.26.linux-amd64.tar.gz")), "writes-outside", "/usr/local"),
        (go("debian:12", before=GET_GO.format("https://go.dev/dl/other.tar.gz")), "writes-outside", "/usr/local"),
        (f"FROM ubuntu:22.04\n{RUSTUP.replace('sh.rustup.rs', 'example.com')}{CARGO}", "unknown-step", "`sh`"),
        (f"FROM ubuntu:22.04\n{RUSTUP.replace('|', '&&')}{CARGO}", "unknown-step", "`sh`"),
        (go("ubuntu:22.04", before=APT + "COPY p p\nRUN npm ci\n"), "several-languages", "Node (line 4), Go (line 6)"),
        ("FROM ubuntu:22.04\nRUN pip3 install -r r.txt\nCMD python3 a.py\n", "unknown-base", "python:3.13-trixie"),
        ("FROM ubuntu:22.04\nRUN python3 -m pip install .\nCMD python3 a.py\n", "unknown-base", "line 2 builds Python"),
        ("FROM debian:12\nRUN npm ci\nCMD node a.js\n", "unknown-base", "node:24-trixie"),
        ("FROM debian:12\nRUN mvn -q package\nCMD java -jar a.jar\n", "unknown-base", "maven:3.9-eclipse-temurin-21"),
        ("FROM alpine:3.22\nRUN dotnet publish -o /o\nCMD dotnet /o/a.dll\n", "unknown-base", "mcr.microsoft.com/dotnet/sdk:10.0"),
        ("FROM ubuntu:22.04\nRUN make\nCMD /x\n", "unknown-base", "no step is seen to build Go or Rust"),
        ("FROM ubuntu:22.04\nRUN if\nCMD /x\n", "unknown-step", "could not be read"),
        (go("fedora:42", off=True), "unknown-base", "Go and Rust also on Debian, Ubuntu and Alpine"),
        (go("gcr.io/distroless/base-debian12:debug", off=True), "unknown-base", "no image of a language"),
        (go("gcc:14", off=True), "unknown-base", "no image of a language"),
        (go("debian:own", off=True), "unknown-base", "no release is known by that tag"),
    ],
)  # fmt: skip
def test_refused(text: str, code: str, told: str) -> None:
    """What is not certain is refused, with what was seen and what to do."""
    result = hardened(text)
    assert result.outcome == "refused", result.data.decode()
    found = [one for one in result.reasons if one.code == code]
    assert found, result.reasons
    assert any(told in f"{one.message}; {one.advice}" for one in found), found


def test_the_page_shows_what_is_offered() -> None:
    """The last stage in the documentation is that of the example."""
    offered = (ROOT / "examples/harden/expected/from-ubuntu-go.Dockerfile").read_text()
    last = "FROM" + offered.rpartition("FROM")[2]
    assert f"```dockerfile\n{last}```" in (ROOT / "docs/harden.md").read_text(encoding="utf-8")


LAST = 'FROM ubuntu:22.04\nCOPY --from=b /usr/local/bin/hello /bin/\nCMD ["/bin/hello"]\n'


@pytest.mark.parametrize(
    ("text", "base"),
    [
        (go("ubuntu:22.04 AS b", off=True, after=LAST), STATIC),
        (go("ubuntu:22.04 AS b", after=LAST), BASE),
        # The base has libraries that lighter ones lack.
        (go("ubuntu:22.04 AS b", before=APT.replace("git", "libxml2-dev"), after=LAST), None),
        (go("golang:1.21-bullseye AS b", before=APT.replace("git", "libxml2-dev"), after=LAST), None),
        (go("ubuntu:22.04 AS b", before=APT.replace("git", "libxml2-dev"), off=True, after=LAST), STATIC),
        (go("ubuntu:20.04 AS b", before=APT.replace("git", "libssl-dev"), after=LAST), None),
        (go("ubuntu:22.04 AS b", before=APT.replace("git", "libssl-dev"), after=LAST), BASE),
    ],
)  # fmt: skip
def test_a_builder_on_a_distribution(text: str, base: str | None) -> None:
    """A last stage that copies from one gets the base that fits, or keeps its own."""
    result = hardened(text)
    assert result.outcome == "offered", result.reasons
    last = result.data.decode().split("FROM ")[-1].split()[0]
    assert last == (base or "ubuntu:22.04")
    why = next(claim.why for claim in result.claims if claim.about == "base")
    assert ("may need the library of lib" in why) == (base is None)


def test_a_program_that_may_miss_its_libc_is_not_done() -> None:
    """A C compiler on the distribution turns cgo on, and scratch has no libc."""
    last = LAST.replace("ubuntu:22.04", "scratch").replace("CMD", "USER 1000\nCMD")
    (reason,) = hardened(go("ubuntu:22.04 AS b", after=last)).reasons
    assert (reason.code, reason.line) == ("lint-warns", 4)
    assert hardened(go("ubuntu:22.04 AS b", off=True, after=last)).outcome == "done"
