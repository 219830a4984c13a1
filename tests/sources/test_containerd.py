"""Images of containerd: how its program is run, and what its failures look like."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from dunnage.model.errors import DunnageError, TargetError
from dunnage.model.limits import MIB, Limits
from dunnage.model.target import Layers, Several
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options
from images import layer_tar, tar_of, write_index, write_oci_dir

if TYPE_CHECKING:
    from pathlib import Path

ONE = layer_tar({"one": b"1"})


@pytest.fixture
def ctr(tmp_path: Path) -> Path:
    """Write a program that acts like ``ctr`` with one image in the second of two namespaces."""
    write_oci_dir(tmp_path / "image", [ONE])
    (tmp_path / "image.tar").write_bytes(tar_of(tmp_path / "image"))
    (tmp_path / "bin").mkdir()
    path = tmp_path / "bin/ctr"
    program(
        path,
        f"""
        case "$*" in
        "namespaces list --quiet") printf 'default\\nk8s.io\\n' ;;
        "--namespace k8s.io images list --quiet") echo docker.io/library/app:1 ;;
        *"images list --quiet") ;;
        *"images export "*) cat {tmp_path}/image.tar ;;
        *) exit 9 ;;
        esac""",
    )
    return path


def program(path: Path, script: str) -> None:
    """Write a shell script that also notes how it was called."""
    path.write_text(f'#!/bin/sh\necho "$*" >> {path.parent.parent}/calls\n{script}\n')
    path.chmod(0o755)


def options(ctr: Path, limits: Limits | None = None, **environ: str) -> Options:
    """Return options with that program in PATH."""
    known = {"PATH": f"{ctr.parent}:/usr/bin:/bin", **environ}
    return Options(limits=limits or Limits(), environ=known, offline=True)


def calls(ctr: Path) -> list[str]:
    """Return the arguments of all calls."""
    return (ctr.parent.parent / "calls").read_text().splitlines()


@pytest.mark.parametrize("name", ["app:1", "docker.io/library/app:1"])
def test_an_image_is_exported(ctr: Path, name: str) -> None:
    """Short names are completed; the namespace that has the image is found and told."""
    target = open_target(f"containerd:{name}", options(ctr))
    assert isinstance(target, Layers)
    with target.open(target.image.layers[0]) as reader:
        assert len(reader.read()) == target.image.layers[0].size
    assert (target.source, target.image.reference) == ("containerd", "docker.io/library/app:1")
    assert "namespace k8s.io" in target.note
    assert target.image.digest.startswith("sha256:")
    last = "--namespace k8s.io images export - docker.io/library/app:1"
    assert calls(ctr)[-1] == last


def test_the_platform_is_asked_for(ctr: Path) -> None:
    """``--platform`` goes to the program in its full form."""
    wanted = Options(platform="amd64", environ=options(ctr).environ)
    open_target("containerd:app:1", wanted)
    assert "images export --platform linux/amd64 - docker.io" in calls(ctr)[-1]


def test_a_namespace_that_was_chosen_is_the_only_one(ctr: Path) -> None:
    """``CONTAINERD_NAMESPACE`` is that of ``ctr`` itself."""
    with pytest.raises(TargetError, match="no such image in the namespace default"):
        open_target("containerd:app:1", options(ctr, CONTAINERD_NAMESPACE="default"))
    assert calls(ctr) == ["--namespace default images list --quiet"]
    open_target("containerd:app:1", options(ctr, CONTAINERD_NAMESPACE="k8s.io"))
    assert "k8s.io images export" in calls(ctr)[-1]


def test_the_nearest_names(ctr: Path) -> None:
    """Of all namespaces that were looked at."""
    with pytest.raises(TargetError, match=r"default, k8s\.io") as caught:
        open_target("containerd:app:2", options(ctr))
    assert caught.value.advice == "did you mean docker.io/library/app:1?"


def test_without_the_program(tmp_path: Path) -> None:
    """One line says what is missing, and another way."""
    with pytest.raises(TargetError, match=r"ctr, .* is not in PATH") as caught:
        open_target("containerd:app", Options(environ={"PATH": f"{tmp_path}:.:"}))
    assert "nerdctl save" in caught.value.advice


FAILURES = {
    "failing": ("printf 'no \\033[31m access\\n' >&2; exit 1", Limits(), "failed: no .*access"),
    "silent": ("exit 3", Limits(), "failed: exit code 3"),
    "hanging": ("sleep 30 & sleep 30", Limits(timeout=0.5), "did not end in time"),
    "talkative": ("yes", Limits(), "more than 4194304 bytes"),
    "noisy": ("yes >&2", Limits(timeout=0.5), "did not end in time"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_program_that_fails(ctr: Path, kind: str) -> None:
    """Each ends within bounds, in one line that says what happened."""
    script, limits, message = FAILURES[kind]
    program(ctr, script)
    started = time.monotonic()
    with pytest.raises(DunnageError, match=message) as caught:
        open_target("containerd:app:1", options(ctr, limits))
    assert time.monotonic() - started < 5
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("export", "message"),
    [
        ("yes", "temporary disk"),
        ("head -c 3000 {}; exit 1", "ctr failed: exit code 1"),
        ("head -c 3000 {}", "ends too early|missing"),
        ("true", "empty"),
    ],
)
def test_an_export_that_fails(ctr: Path, export: str, message: str) -> None:
    """An image that came only in part is never taken for whole."""
    command = export.format(ctr.parent.parent / "image.tar")
    program(ctr, f'case "$*" in *list*) echo app:1 ;; *) {command} ;; esac')
    with pytest.raises(DunnageError, match=message):
        open_target("containerd:app:1", options(ctr, Limits(spill_budget=3 * MIB)))


def test_all_platforms_are_exported(ctr: Path, tmp_path: Path) -> None:
    """The program is asked for all, and an index gives each under the name of the image."""
    write_index(tmp_path / "index", {"linux/amd64": [ONE], "linux/arm64": [ONE]})
    (tmp_path / "image.tar").write_bytes(tar_of(tmp_path / "index"))
    target = open_target(
        "containerd:app:1", Options(all_platforms=True, environ=options(ctr).environ)
    )
    assert isinstance(target, Several)
    assert "images export --all-platforms - docker.io" in calls(ctr)[-1]
    images = [member.open().image for member in target.members]
    assert [str(image.platform) for image in images] == ["linux/amd64", "linux/arm64"]
    assert {image.reference for image in images} == {"docker.io/library/app:1"}
    assert "namespace k8s.io" in target.note
