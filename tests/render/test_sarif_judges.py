"""The SARIF multitool, with the rules of GitHub's code scanning, has nothing against our logs."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from dunnage.model.report import View
from dunnage.render.sarif import renderer
from sample_hostile import HOSTILE
from sample_platforms import PLATFORMS
from samples import EMPTY, REPORT, SEVERAL, SUBJECT, UNSEEN
from support import need

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.judge

POINTED = replace(REPORT, subjects=(replace(SUBJECT, dockerfile="Dockerfile"),))
REPORTS = {
    "sample": REPORT,
    "empty": EMPTY,
    "unseen": UNSEEN,
    "several": SEVERAL,
    "platforms": PLATFORMS,
    "hostile": HOSTILE,
    "pointed": POINTED,
}


def judged(document: bytes, folder: Path) -> list[str]:
    """Return the rules that the multitool finds broken, errors and warnings."""
    need("Sarif.Multitool")  # npm package @microsoft/sarif-multitool-linux
    (folder / "log.sarif").write_bytes(document)
    command = ["Sarif.Multitool", "validate", "log.sarif", "--rule-kind", "Sarif;Ghas"]
    command += ["--output", "verdict.sarif", "--log", "ForceOverwrite"]
    subprocess.run(command, cwd=folder, check=False, capture_output=True, timeout=120)
    verdict: Any = json.loads((folder / "verdict.sarif").read_text(encoding="utf-8-sig"))
    (run,) = verdict["runs"]
    return [f"{one['ruleId']} {one.get('message')}" for one in run.get("results", ())]


@pytest.mark.parametrize("name", REPORTS)
def test_multitool_accepts_it(name: str, tmp_path: Path) -> None:
    """Neither the format's rules nor GitHub's are broken."""
    assert judged(renderer.render(REPORTS[name], View()), tmp_path) == []


def test_multitool_refuses_what_is_wrong(tmp_path: Path) -> None:
    """The judge above can find something: a rule without its help text breaks GH2012."""
    value = json.loads(renderer.render(REPORT, View()))
    for rule in value["runs"][0]["tool"]["driver"]["rules"]:
        del rule["help"], rule["fullDescription"]
    found = judged(json.dumps(value).encode(), tmp_path)
    assert any(one.startswith("GH2012") for one in found)
