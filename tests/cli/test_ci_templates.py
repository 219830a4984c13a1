"""The GitLab template and the pre-commit hooks do what they say, run as their users run them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from flows.small_world import FOUND, local_forms, mirror, stock
from processes import environment
from support import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def loaded(name: str) -> Any:  # noqa: ANN401 - YAML has every type
    """Return a YAML file of the repository, or skip the test if nothing here reads YAML."""
    yaml = pytest.importorskip("yaml", reason="PyYAML comes with mkdocs")
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a small image, advisory data, and the tool as ``bin/dunnage``."""
    root = tmp_path_factory.mktemp("ci")
    stock(root / "cache", mirror(root / "mirror"))
    local_forms(root)
    (root / "bin").mkdir()
    tool = root / "bin/dunnage"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dunnage "$@"\n')
    tool.chmod(0o755)
    return root


def shell(
    here: Path, script: str, folder: Path, more: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """Run a script with the tool on its path."""
    environ = environment(**{**more, "DUNNAGE_CACHE_DIR": str(here / "cache")})
    environ["PATH"] = f"{here / 'bin'}:{environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-c", script],
        env=environ,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_gitlab_job_writes_its_reports(here: Path) -> None:
    """The script of the job writes every report its artifacts name, and the gate decides."""
    job = loaded("examples/ci/gitlab-ci.yml")["container_scanning"]
    script = "\n".join(job["script"])
    image = next(path.name for path in sorted(here.iterdir()) if path.suffix == ".tar")
    done = shell(here, script, here, {"CS_IMAGE": image, "CI_REGISTRY": "registry.example"})
    assert done.returncode == 0, done.stderr
    for name in job["artifacts"]["reports"].values():
        assert json.loads((here / name).read_text()), name
    report = json.loads((here / job["artifacts"]["reports"]["container_scanning"]).read_text())
    assert len(report["vulnerabilities"]) == len(FOUND)
    gate = {"CS_IMAGE": image, "CI_REGISTRY": "registry.example", "DUNNAGE_FAIL_ON": "critical"}
    assert shell(here, script, here, gate).returncode == 1


def test_gitlab_token_stays_with_its_registry(here: Path) -> None:
    """The job's token is only given for images of the project's own registry."""
    job = loaded("examples/ci/gitlab-ci.yml")["container_scanning"]
    script = job["script"][0] + '\necho "[$DUNNAGE_REGISTRY_PASSWORD]"'
    known = {"CI_REGISTRY": "registry.example", "CI_REGISTRY_PASSWORD": "token"}
    own = shell(here, script, here, {**known, "CS_IMAGE": "registry.example/a:1"})
    other = shell(here, script, here, {**known, "CS_IMAGE": "registry.example.evil/a:1"})
    assert (own.stdout.strip(), other.stdout.strip()) == ("[token]", "[]")


def test_hooks(here: Path, tmp_path: Path) -> None:
    """Each hook passes what is right, and fails what is not."""
    hooks = {one["id"]: one for one in loaded(".pre-commit-hooks.yaml")}
    assert set(hooks) == {"dunnage-project", "dunnage-lint", "dunnage-settings"}
    lock = tmp_path / "requirements.txt"
    assert re.search(hooks["dunnage-project"]["files"], lock.name)
    for content, code in (("demo==3.0\n", 0), ("demo==1.0\n", 1)):
        lock.write_text(content)
        done = shell(here, hooks["dunnage-project"]["entry"], tmp_path)
        assert done.returncode == code, done.stdout + done.stderr
    hook = hooks["dunnage-lint"]
    for name, read in (
        ("Dockerfile", 1),
        ("a/x.dockerfile", 1),
        ("Dockerfile.dockerignore", 0),
        (".github/workflows/ci.yml", 1),
        ("a/.github/workflows/ci.yaml", 1),
        (".github/workflows/a/ci.yml", 0),
        (".github/dependabot.yml", 0),
    ):
        wanted = re.search(hook["files"], name) and not re.search(hook["exclude"], name)
        assert bool(wanted) == bool(read), name
    only = f"{hook['entry']} --rules=apt-get-without-yes Dockerfile"
    for content, code in (
        ("FROM a\nRUN apt-get install -y b\n", 0),
        ("FROM a\nRUN apt-get install b\n", 1),
    ):
        (tmp_path / "Dockerfile").write_text(content)
        assert shell(here, only, tmp_path).returncode == code
    (tmp_path / "Dockerfile").unlink()
    settings = tmp_path / "dunnage.toml"
    assert re.search(hooks["dunnage-settings"]["files"], settings.name)
    for content, code in (('[scan]\nfail-on = "high"\n', 0), ("[scan]\nfail-no = 1\n", 2)):
        settings.write_text(content)
        done = shell(here, hooks["dunnage-settings"]["entry"], tmp_path)
        assert done.returncode == code, done.stdout + done.stderr
