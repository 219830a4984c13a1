"""Images that Buildah really built point at the lines of the Dockerfile they were built from."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from processes import run
from registry import command
from support import data_root, need

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.judge

DOCKERFILE = """ARG TAG=latest
FROM oci:base:${TAG} AS base
ENV MODE="fast" \\
    LEVEL=2

# install
RUN mkdir -p /opt/a && \\
    # inside
    touch /opt/a/one
FROM base
ARG WHO=me
RUN echo $WHO > /opt/who
COPY --chown=0 file /opt/file
WORKDIR /opt
RUN ["/bin/touch", "exec"]
LABEL a="b" c=d
CMD ["/bin/sh"]
"""


@pytest.mark.parametrize(
    ("options", "expected"), [(("--layers",), [2, 7, 12, 13, 15]), ((), [2, 7, 12])]
)
def test_lines_of_a_real_build(
    options: tuple[str, ...], expected: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each layer has the line of its instruction; a stage in one layer that of its first."""
    need("buildah", "skopeo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORAGE_DRIVER", "vfs")
    monkeypatch.setenv("BUILDAH_ISOLATION", "chroot")
    packed = data_root() / "images/alpine/alpine-3.10-docker-archive.tar.gz"
    (tmp_path / "alpine.tar").write_bytes(gzip.decompress(packed.read_bytes()))
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "file").write_text("content")
    command("skopeo", "copy", "-q", "docker-archive:alpine.tar", "oci:base:latest")
    buildah = ("buildah", "--root", tmp_path / "root", "--runroot", tmp_path / "run")
    command(*buildah, "bud", *options, "-q", "-t", "built:1", ".")
    command(*buildah, "push", "-q", "built:1", "oci:built:latest")
    words = ("--dockerfile", "Dockerfile", "--offline", "--cache-dir", "cache", "-o", "json")
    done = run("scan", "oci-dir:built", *words, cwd=tmp_path)
    subject = json.loads(done.stdout)["subjects"][0]
    assert [layer["line"] for layer in subject["image"]["layers"]] == expected
    assert "dockerfile-mismatch" not in {problem["code"] for problem in subject["problems"]}
