"""The steps of the GitHub Action run as a runner would run them, on a real image."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from action_runner import Runner, commands, document
from support import ROOT, data_root, need

IMAGE = "images/alpine/alpine-3.10-docker-archive.tar.gz"
NO_INSTALL = ("Install",)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """Return a workspace in which advisory data was fetched once."""
    made = Runner(tmp_path_factory.mktemp("action"))
    made.stand_in()
    (made.workspace / "image.tar.gz").symlink_to(data_root() / IMAGE)
    first = made.run({"input": "image.tar.gz", "db-mirrors": str(data_root())}, skip=NO_INSTALL)
    assert first.code == 0, first.log
    assert first.outputs["verdict"] == "not-asked"
    assert int(first.outputs["findings-medium"]) > 0
    return made


def sarif_rules(path: str) -> list[dict[str, Any]]:
    """Return the results of a SARIF file."""
    results: list[dict[str, Any]] = json.loads(Path(path).read_text())["runs"][0]["results"]
    return results


def test_gate_outputs_and_summary(runner: Runner) -> None:
    """trivy-action's inputs judge as there; paths, counts, verdict and summary come out."""
    inputs = {
        "input": "image.tar.gz",
        "severity": "CRITICAL,HIGH",
        "exit-code": "7",
        "format": "sarif",
        "output": "results.sarif",
        "offline": "true",
        "version": "v0.50.0",
    }
    ran = runner.run(inputs, skip=NO_INSTALL)
    assert ran.code == 7, ran.log
    found = ran.outputs
    assert (found["verdict"], found["complete"], found["exit-code"]) == ("failed", "true", "7")
    assert int(found["findings-critical"]) >= 1
    assert found["findings-medium"] == "0"
    assert int(found["fixable"]) >= 9
    assert float(found["db-age"]) < 1
    assert found["sarif"] == "results.sarif"
    counted = int(found["findings-critical"]) + int(found["findings-high"])
    shown = sarif_rules(str(runner.workspace / "results.sarif"))
    assert len([one for one in shown if not one.get("suppressions")]) == counted
    assert json.loads(Path(found["json"]).read_text())["gate"]["verdict"] == "failed"
    assert json.loads(Path(found["sbom"]).read_text())["bomFormat"] == "CycloneDX"
    assert ran.summary.startswith("# Dunnage: the gate failed")
    assert "CVE-2021-36159" in ran.log
    assert len(ran.warnings) == 1
    assert commands(ran.log, "error") == [
        f"dunnage: {counted} findings failed the gate (exit code 7)"
    ]


def test_inputs_of_scan_action(runner: Runner) -> None:
    """scan-action's inputs fail on medium, and write SARIF to a file, as there."""
    ran = runner.run({"image": "image.tar.gz", "offline": "true"}, skip=NO_INSTALL)
    assert (ran.code, ran.outputs["verdict"], ran.warnings) == (1, "failed", [])
    assert sarif_rules(ran.outputs["sarif"])
    inputs = {"image": "image.tar.gz", "offline": "true", "fail-build": "false"}
    assert runner.run(inputs, skip=NO_INSTALL).code == 0


def test_ignore_files_are_waivers(runner: Runner) -> None:
    """Ids in a plain ignore file no longer fail the gate."""
    inputs = {"input": "image.tar.gz", "offline": "true", "severity": "CRITICAL", "exit-code": "1"}
    assert runner.run(inputs, skip=NO_INSTALL).code == 1
    (runner.workspace / "ignored").write_text("# never called\nCVE-2021-36159\n")
    ran = runner.run({**inputs, "trivyignores": "ignored"}, skip=NO_INSTALL)
    assert (ran.code, ran.outputs["findings-critical"]) == (0, "0"), ran.log


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({}, 2),
        ({"input": "image.tar.gz", "severity": "$(touch pwned)"}, 2),
        ({"input": "`touch pwned`; touch pwned"}, 3),
        ({"image-ref": "--output=json=pwned"}, 3),
        ({"input": "image.tar.gz", "output": "no/such/folder/x.sarif"}, 2),
        ({"input": "image.tar.gz", "format": "cosign-vuln"}, 2),
    ],
    ids=str,
)
def test_bad_inputs_fail_and_run_nothing(runner: Runner, inputs: dict[str, str], code: int) -> None:
    """Inputs are data: they end in an exit code, never in a command or another option."""
    ran = runner.run({**inputs, "offline": "true"}, skip=NO_INSTALL)
    assert ran.code == code, ran.log
    assert not (runner.workspace / "pwned").exists()
    assert "Traceback" not in ran.log


def test_what_was_fetched_is_kept_although_the_gate_failed(runner: Runner) -> None:
    """The cache is restored before and saved after, whatever the verdict; ``cache: false`` neither."""
    inputs = {"image": "image.tar.gz", "offline": "true"}
    ran = runner.run(inputs, skip=NO_INSTALL)
    assert ran.code == 1
    assert [re.sub("@.*", "", one) for one in ran.uses] == [
        "actions/cache/restore",
        "actions/cache/save",
    ]
    assert runner.run({**inputs, "cache": "false"}, skip=NO_INSTALL).uses == []


def test_an_incomplete_scan_is_no_passed_gate(runner: Runner) -> None:
    """The verdict of a scan that could not examine everything is neither passed nor not-asked."""
    inputs = {"input": "image.tar.gz", "offline": "true", "scanners": "secret"}
    for gate in ({}, {"fail-on": "critical"}):
        ran = runner.run({**inputs, **gate}, skip=NO_INSTALL)
        assert (ran.code, ran.outputs["verdict"], ran.outputs["complete"]) == (
            3,
            "incomplete",
            "false",
        )
    ran = runner.run({**inputs, "allow-incomplete": "true"}, skip=NO_INSTALL)
    assert (ran.code, ran.outputs["verdict"]) == (0, "not-asked")


def test_settings_of_what_is_examined_do_not_count(runner: Runner) -> None:
    """A ``dunnage.toml`` in the tree that is scanned waives nothing, with ignore files or without."""
    tree = runner.workspace / "dunnage.toml"
    tree.write_text("[scan]\nscanners = ['secret']\n", encoding="utf-8")
    (runner.workspace / "ignored").write_text("CVE-2021-36159\n")
    try:
        for inputs in ({"input": "."}, {"scan-type": "fs"}, {"scan-ref": "."}):
            for more in ({}, {"trivyignores": "ignored"}):
                ran = runner.run({**inputs, **more, "offline": "true"}, skip=NO_INSTALL)
                assert "secret was asked for" not in ran.log
        ran = runner.run({"input": "image.tar.gz", "offline": "true"}, skip=NO_INSTALL)
        assert "secret was asked for" in ran.log
    finally:
        tree.unlink()


def test_image_of_a_local_engine(runner: Runner, tmp_path: Path) -> None:
    """An image that a local Docker holds is taken from there (a small program stands for it)."""
    program = tmp_path / "docker"
    copy = f'cp "{data_root() / IMAGE}" "$4"'
    program.write_text(f'#!/bin/sh\n[ "$5" = app:1 ] || exit 1\n[ "$2" = inspect ] || {copy}\n')
    program.chmod(0o755)
    inputs = {"image-ref": "app:1", "offline": "true"}
    ran = runner.run(inputs, skip=NO_INSTALL, path=str(tmp_path))
    assert ran.code == 0, ran.log
    assert int(ran.outputs["findings-critical"]) >= 1
    # Where it was saved differs from run to run, so no report may be named after it.
    (first,) = json.loads(Path(ran.outputs["sarif"]).read_text())["runs"]
    assert first["automationDetails"]["id"] == "dunnage/app/linux/amd64/"
    for name in ("sarif", "json", "sbom"):
        assert "image.tar" not in Path(ran.outputs[name]).read_text()
    assert "## app:1\n" in ran.summary
    assert runner.run({**inputs, "image-ref": "b"}, skip=NO_INSTALL, path=str(tmp_path)).code == 3


def test_every_action_of_others_is_pinned() -> None:
    """Other actions stand with the commit of a version; requirements stand with their hashes."""
    files = [ROOT / "action.yml", *sorted((ROOT / "examples/ci").glob("*.yml"))]
    for path in files:
        for line in path.read_text().splitlines():
            match = re.match(r"\s*(?:- )?uses: (\S+)(.*)", line)
            if match and not match[1].startswith("./"):
                assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", match[1]), line
                assert re.fullmatch(r" # v\d+(\.\d+)*", match[2]), line
    entries = (ROOT / "action/requirements.txt").read_text().replace("\\\n", "").splitlines()
    entries = [line for line in entries if not line.startswith("#")]
    assert all("==" in line and "--hash=sha256:" in line for line in entries)


def test_pins_are_true() -> None:
    """The pinned commits are those of the versions named beside them."""
    listed = json.loads((data_root() / "facts/action-shas.json").read_text())["actions"]
    true = {}
    for one in listed:
        for tag, value in one["tags"].items():
            for name in (tag, *value["other_tags"]):
                true[one["action"], name] = value["commit"]
    found = 0
    for path in (ROOT / "action.yml", *sorted((ROOT / "examples/ci").glob("*.yml"))):
        for match in re.finditer(r"uses: ([\w-]+/[\w-]+)\S*@(\w+) # (\S+)", path.read_text()):
            assert true[match[1], match[3]] == match[2]
            found += 1
    assert found >= 3


def test_requirements_are_those_of_the_package() -> None:
    """Every dependency of the package is installed by the action, with Jinja for templates."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.match(r"[\w.-]+", one)[0] for one in project["dependencies"]}  # type: ignore[index]  # each has a name
    pinned = set(
        re.findall(r"^([\w-]+)==", (ROOT / "action/requirements.txt").read_text(), re.MULTILINE)
    )
    assert {name.replace(".", "-") for name in wanted} | {"jinja2", "markupsafe"} == pinned


def test_no_input_reaches_a_script() -> None:
    """Expressions stand in environment variables, conditions and keys alone; no secret is used."""
    action = document()
    assert all("${{" not in step.get("run", "") for step in action["runs"]["steps"])
    assert "secrets." not in (ROOT / "action.yml").read_text()
    scan = next(step for step in action["runs"]["steps"] if step.get("id") == "scan")
    given = {f"INPUT_{name.upper().replace('-', '_')}" for name in action["inputs"]}
    assert given - set(scan["env"]) == {"INPUT_TOKEN_SETUP_TRIVY"}


@pytest.mark.judge
def test_installed_and_then_without_network(tmp_path: Path) -> None:
    """All steps run from nothing; again without any network they need what was kept alone."""
    need("unshare")
    cut = ["unshare", "-n"] if os.getuid() == 0 else ["unshare", "-rn"]
    if subprocess.run([*cut, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network namespace can be made here")
    image, inputs = data_root() / IMAGE, {"input": "image.tar.gz", "db-mirrors": str(data_root())}
    online = Runner(tmp_path)
    (online.workspace / "image.tar.gz").symlink_to(image)
    first = online.run(inputs)
    assert first.code == 0, first.log
    shutil.rmtree(online.temp / "dunnage-venv")
    offline = Runner(tmp_path, before=cut)
    again = offline.run({"input": "image.tar.gz", "fail-on": "critical"})
    assert again.code == 1, again.log
    assert again.outputs["findings-critical"] == first.outputs["findings-critical"]
