"""Inputs of the GitHub Action, also under the names of other scanners' actions, become a scan."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from action_runner import commands, outputs_of
from dunnage.cli._action import main
from dunnage.cli._action_ignores import waivers
from dunnage.cli._action_inputs import inputs_of, plan_of
from dunnage.cli._action_outputs import NoCommands, command, write_outputs
from dunnage.model.errors import UsageError
from dunnage.policy.settings import parse

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 1, 2)

ASKED: list[tuple[dict[str, str], str, set[str]]] = [
    ({"image-ref": "app:1"}, "app:1", set()),
    ({"input": "image.tar", "exit-code": "0"}, "image.tar", set()),
    ({"scan-type": "fs"}, "dir:.", set()),
    ({"scan-type": "rootfs", "scan-ref": "root"}, "rootfs:root", set()),
    ({"scan-ref": "src"}, "dir:src", set()),
    ({"scan-type": "sbom", "scan-ref": "a.json"}, "sbom:a.json", set()),
    (
        {"image-ref": "a", "exit-code": "1", "severity": "HIGH"},
        "a",
        {"--exit-code=1", "--severity=HIGH"},
    ),
    ({"image-ref": "a", "ignore-unfixed": "true"}, "a", {"--ignore-unfixed"}),
    (
        {"image-ref": "a", "vuln-type": "os", "timeout": "5m0s"},
        "a",
        {"--pkg-types=os", "--timeout=5m0s"},
    ),
    ({"image-ref": "a", "scanners": "vuln"}, "a", {"--scanners=vuln"}),
    ({"image": "a"}, "a", {"--fail-on=medium"}),
    ({"image": "a", "fail-build": "false"}, "a", set()),
    ({"path": "src", "severity-cutoff": "high"}, "dir:src", {"--fail-on=high"}),
    ({"sbom": "a.json", "fail-on": "low"}, "sbom:a.json", {"--fail-on=low"}),
    ({"image-ref": "a", "only-fixed": "true", "ignore-unfixed": "true"}, "a", {"--ignore-unfixed"}),
    ({"image-ref": "a", "fail-build": "true"}, "a", {"--fail-on=medium"}),
    ({"image-ref": "a", "fail-build": "false", "severity-cutoff": "high"}, "a", set()),
    ({"image-ref": "--config=x"}, "--config=x", set()),
]


@pytest.mark.parametrize(("inputs", "target", "options"), ASKED, ids=str)
def test_inputs_become_a_scan(inputs: dict[str, str], target: str, options: set[str]) -> None:
    """Each input is the option it stands for, with the defaults of the action it comes from."""
    plan = plan_of(inputs)
    assert (plan.target, set(plan.options), plan.warnings) == (target, options, ())


@pytest.mark.parametrize(
    ("inputs", "form", "output"),
    [
        ({"image-ref": "a"}, "", ""),
        ({"image-ref": "a", "format": "cyclonedx", "output": "x"}, "cyclonedx-json", "x"),
        ({"image-ref": "a", "format": "github"}, "github-snapshot", ""),
        ({"image": "a"}, "sarif", ""),
        ({"image": "a", "output-format": "json", "output-file": "x"}, "json", "x"),
    ],
)
def test_formats(inputs: dict[str, str], form: str, output: str) -> None:
    """Formats go by the names of other scanners, too."""
    plan = plan_of(inputs)
    assert (plan.format, plan.output) == (form, output)


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"image-ref": "a", "input": "b"},
        {"scan-type": "aws", "image-ref": "a"},
        {"image-ref": "a", "ignore-unfixed": "maybe"},
        {"image-ref": "a", "format": "cosign-vuln"},
    ],
)
def test_what_cannot_be_meant_is_refused(inputs: dict[str, str]) -> None:
    """No target, several, an unknown kind or a switch that is none are usage errors."""
    with pytest.raises(UsageError):
        plan_of(inputs)


@pytest.mark.parametrize(
    "name",
    [
        "trivy-config",
        "ignore-policy",
        "tf-vars",
        "github-pat",
        "version",
        "grype-version",
        "vex",
        "add-cpes-if-none",
    ],
)
def test_what_has_no_counterpart_warns_once(name: str) -> None:
    """One warning names the input and what to do instead; its value, maybe secret, is not told."""
    (warning,) = plan_of({"image-ref": "a", name: "s3cret"}).warnings
    assert f"'{name}'" in warning
    assert "s3cret" not in warning
    assert plan_of({"image-ref": "a", name: "false"}).warnings == ()


def test_scanners_of_others_warn() -> None:
    """What is looked for goes on without what is not known here, and says so."""
    plan = plan_of({"image-ref": "a", "scanners": "vuln,misconfig"})
    assert "--scanners=vuln" in plan.options
    assert len(plan.warnings) == 1


def test_inputs_of_the_environment() -> None:
    """Inputs are read from variables; empty ones were not given."""
    environ = {"INPUT_IMAGE_REF": " a ", "INPUT_OUTPUT": "", "OTHER": "x"}
    assert inputs_of(environ) == {"image-ref": "a"}


def test_ignore_files_become_waivers() -> None:
    """Ids with and without an end become waivers that the settings file understands."""
    text = '# "not" called\nCVE-2020-1\n\nCVE-2020-2 exp:2026-03-04 # soon\n'
    found = parse(waivers(".trivyignore", text, TODAY).encode(), "x", {}).waivers
    assert [(w.id, w.expires, w.reason) for w in found] == [
        ("CVE-2020-1", "2027-01-02", '"not" called'),
        ("CVE-2020-2", "2026-03-04", "soon"),
    ]


def test_no_place_for_files_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A runner without a temporary directory ends in a message, not in a traceback."""
    environ = {"INPUT_INPUT": "a.tar", "RUNNER_TEMP": str(tmp_path / "missing")}
    assert main(environ) == 5
    (told,) = commands(capsys.readouterr().out, "error")
    assert "missing" in told


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_no_ignore_file_writes_other_settings(text: str) -> None:
    """Whatever stands in an ignore file, nothing but waivers comes of it, or it is refused."""
    try:
        made = waivers("x", text, TODAY)
    except UsageError:
        return
    assert set(tomllib.loads(made)) <= {"waivers"}


@given(
    st.dictionaries(
        st.sampled_from(["a", "b"]), st.text(max_size=40).map(lambda t: t.replace("\r", ""))
    )
)
@settings(max_examples=50)
def test_no_output_pretends_to_be_another(values: dict[str, str]) -> None:
    """What is written to GITHUB_OUTPUT comes back as it was, whatever it looks like."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "output"
        path.touch()
        write_outputs(str(path), values)
        found = outputs_of(path.read_bytes().decode())
    assert found == values


def test_nothing_printed_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Names in a target cannot speak to the runner; our own commands are escaped."""
    with NoCommands():
        print("::warning::from a package name")
    print(command("warning", "a%\n::error::b\udcff"))
    log = capsys.readouterr().out
    assert commands(log, "warning") == ["a%25%0A::error::b\\udcff"]
    assert commands(log, "error") == []
