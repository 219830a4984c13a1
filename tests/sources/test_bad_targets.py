"""Targets that cannot be read: one clear message each, at once, whatever they are."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.io.http import Http
from dunnage.model.errors import DunnageError, TargetError
from dunnage.sources._content import examined
from dunnage.sources._members import members_of
from dunnage.sources._resolve import open_target, schemes
from dunnage.sources._source import Options
from dunnage.sources._stored import open_file
from images import Content, compress, layer_tar

OFFLINE = Options(http=Http(offline=True))
ROOTFS = layer_tar({"etc/os-release": b"ID=one\n"})


def bad_inputs() -> dict[str, bytes]:
    """Return bad files by name."""
    whole = compress(ROOTFS, "gzip")
    return {
        "empty": b"",
        "random": bytes(range(255, 0, -1)) * 500,
        "text": b"hello\n" * 100,
        "json": b'{"name": "x"}',
        "list": b"[1, 2]",
        "cut-json": b'{"bomFormat": "CycloneDX", ',
        "spdx-3": b'{"@context": "https://spdx.org", "@graph": []}',
        "spdx-rdf": b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
        "spdx-yaml": b"SPDXID: SPDXRef-DOCUMENT\nspdxVersion: SPDX-2.3\n",
        "xml": b'<?xml version="1.0"?><bom xmlns="http://example.org/bom/1.6"/>',
        "doctype": b'<!DOCTYPE bom [<!ENTITY a "b">]><bom>&a;</bom>',
        "html": b"<html><p>404<br></html>",
        "zeros": bytes(10240),
        "gzip-header": whole[:12],
        "gzip-of-text": compress(b"hello\n" * 100, "gzip"),
        "zstd-damaged": compress(ROOTFS, "zstd")[:20] + b"x" * 50,
        "no-image": layer_tar({"manifest.json": b"[]"}),
        "no-list": layer_tar({"manifest.json": b'{"a": 1}'}),
        "bad-manifest": layer_tar({"manifest.json": b"{"}),
        "no-config": layer_tar({"manifest.json": b'[{"Config": "x", "Layers": []}]'}),
        "empty-index": layer_tar({"index.json": b'{"schemaVersion": 2, "manifests": []}'}),
        "deep": layer_tar({"manifest.json": b"[" * 10_000}),
        "bad-header": layer_tar({"manifest.json": b"[]"})[:512] + b"x" * 2048,
    }


TREES = {"no-image", "no-list", "bad-manifest", "deep"}


@pytest.mark.parametrize("name", sorted(bad_inputs()))
@pytest.mark.parametrize(
    "scheme", ["", "docker-archive:", "oci-archive:", "dir:", "file:", "sbom:"]
)
def test_bad_files_are_told_in_four_lines_within_a_second(
    tmp_path: Path, name: str, scheme: str
) -> None:
    """Whatever the user says it is, each is one clear error that names the file."""
    if scheme == "dir:" and name in TREES:
        pytest.skip("a root file system with one odd file")
    path = tmp_path / name
    path.write_bytes(bad_inputs()[name])
    started = time.monotonic()
    with pytest.raises(TargetError) as caught:
        open_target(f"{scheme}{path}", OFFLINE)
    assert time.monotonic() - started < 1
    error = caught.value
    assert str(path) in error.where
    assert "\n" not in error.message + error.where + error.advice
    assert len(f"{error} {error.advice}") < 400


@pytest.mark.parametrize("scheme", ["", *(f"{name}:" for name in schemes() if name != "registry")])
def test_what_is_no_regular_file_never_makes_us_wait(tmp_path: Path, scheme: str) -> None:
    """Pipes, devices, sockets, broken and circular links, missing and empty places."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "broken").symlink_to("nowhere")
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "void").mkdir()
    places = ["/dev/zero", "/dev/null", *(f"{tmp_path}/{n}" for n in ("pipe", "broken", "circle"))]
    for place in (*places, f"{tmp_path}/void", f"{tmp_path}/missing"):
        with pytest.raises(TargetError):
            open_target(f"{scheme}{place}", OFFLINE)


def test_what_may_not_be_read_is_told() -> None:
    """A file and a directory without permissions, seen by somebody who is not root."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file, directory = Path(folder, "file"), Path(folder, "directory")
        file.write_bytes(ROOTFS)
        directory.mkdir()
        (directory / "inner").write_bytes(b"")
        for path in (file, directory):
            assert open_target(str(path), OFFLINE).source == "dir"  # all imports are done by now
            path.chmod(0)
        try:
            if root:
                os.seteuid(65534)
            for path in (file, directory):
                with pytest.raises(TargetError, match="may not be read"):
                    open_target(str(path), OFFLINE)
        finally:
            if root:
                os.seteuid(0)
            directory.chmod(0o700)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_archives_raise_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Bytes changed anywhere in an archive: a target whose layers can be read, or our own error."""
    entries: dict[str, Content] = {"a": b"x" * 600, "d": None, "manifest.json": b"[]"}
    whole = bytearray(layer_tar(entries))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, 3000))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "x.tar"
    path.write_bytes(whole)
    limits = OFFLINE.limits
    for work in (examined, members_of):
        try:
            work(open_file(str(path)), limits)
        except DunnageError:
            continue
