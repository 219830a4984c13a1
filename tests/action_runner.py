"""Runs the steps of ``action.yml`` as GitHub's runner does, as far as they need it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from support import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_COMPARED = re.compile(r"(\S+)\s*(!=|==)\s*'([^']*)'")


def document() -> dict[str, Any]:
    """Return ``action.yml``, or skip the test if nothing here reads YAML."""
    yaml = pytest.importorskip("yaml", reason="PyYAML comes with mkdocs")
    found: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return found


@dataclass
class Ran:
    """What came of running the action.

    Attributes:
        code: Exit code of the last step.
        log: What the steps wrote.
        outputs: Outputs of the action.
        summary: The step summary.
        warnings: Texts of the warnings.
        uses: Actions of others that would have run.
    """

    code: int = 0
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    warnings: list[str] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)


class Runner:
    """A workspace in which the action can run several times.

    Args:
        root: Directory for everything.
        before: Words in front of every step (``unshare -n``).
    """

    def __init__(self, root: Path, before: Sequence[str] = ()) -> None:
        self.temp, self.workspace = root / "temp", root / "workspace"
        self.before = tuple(before)
        for folder in (self.temp, self.workspace):
            folder.mkdir(parents=True, exist_ok=True)

    def stand_in(self) -> None:
        """Make the environment the step "Install" makes, from what is installed here."""
        venv = self.temp / "dunnage-venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
        (site,) = venv.glob("lib/python*/site-packages")
        paths = (f"{ROOT}/src", sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
        (site / "here.pth").write_text("\n".join(dict.fromkeys(paths)) + "\n")

    def run(self, inputs: Mapping[str, str], *, skip: Sequence[str] = (), path: str = "") -> Ran:
        """Run the action.

        Args:
            inputs: What the workflow says under ``with``.
            skip: Names of steps to leave out.
            path: Directory in front of ``PATH``.
        """
        action, ran = document(), Ran()
        assert set(inputs) <= set(action["inputs"])
        known = {name: str(one.get("default", "")) for name, one in action["inputs"].items()}
        context = {f"inputs.{name}": value for name, value in {**known, **inputs}.items()}
        context |= {"runner.os": "Linux", "runner.arch": "X64", "github.action_path": str(ROOT)}
        for step in action["runs"]["steps"]:
            condition = step.get("if", "")
            if ran.code and "always()" not in condition:
                continue
            if step["name"] in skip or (condition and evaluated(condition, context) == "false"):
                continue
            if "uses" in step:
                ran.uses.append(step["uses"])
                continue
            self._step(step, context, ran, path)
        for name, one in action["outputs"].items():
            ran.outputs[name] = evaluated(one["value"], context)
        return ran

    def _step(self, step: Mapping[str, Any], context: dict[str, str], ran: Ran, path: str) -> None:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an input must not become part of a script"
        output, summary = self.temp / "output", self.temp / "summary"
        output.write_text("")
        summary.write_text("")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DUNNAGE_", "PYTHON"))}
        done = subprocess.run(
            [*self.before, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env={
                **kept,
                "PATH": f"{path}:{kept['PATH']}" if path else kept["PATH"],
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "GITHUB_WORKSPACE": str(self.workspace),
                "RUNNER_TEMP": str(self.temp),
                **{k: evaluated(v, context) for k, v in step.get("env", {}).items()},
            },
            cwd=self.workspace,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
        log = done.stdout.decode()
        ran.code, ran.log = done.returncode, ran.log + log
        ran.summary += summary.read_text()
        ran.warnings += commands(log, "warning")
        for name, value in outputs_of(output.read_text()).items():
            context[f"steps.{step.get('id', '')}.outputs.{name}"] = value


def evaluated(text: str, context: Mapping[str, str]) -> str:
    """Return a text with its expressions replaced.

    An expression is a name, a name compared with a text, or several of them joined by ``&&``.
    """

    def value(match: re.Match[str]) -> str:
        parts = [one(part.strip()) for part in match[1].split("&&")]
        return next((part for part in parts if part == "false"), parts[-1])

    def one(expression: str) -> str:
        if compared := _COMPARED.fullmatch(expression):
            name, operator, wanted = compared.groups()
            left = context.get(name, "") if name.startswith("steps.") else context[name]
            return "true" if (left == wanted) == (operator == "==") else "false"
        if expression.startswith("steps."):
            return context.get(expression, "")
        return "true" if expression == "always()" else context[expression]

    return _EXPRESSION.sub(value, text)


def outputs_of(text: str) -> dict[str, str]:
    """Return what a file of ``GITHUB_OUTPUT`` says (``name=value`` or between two marks)."""
    found, lines = {}, iter(text.split("\n"))
    for line in filter(None, lines):
        name, mark, rest = line.partition("<<")
        if not mark or "=" in name:
            name, _, found_value = line.partition("=")
            found[name] = found_value
            continue
        value = []
        for inner in lines:
            if inner == rest:
                break
            value.append(inner)
        found[name] = "\n".join(value)
    return found


def commands(log: str, kind: str) -> list[str]:
    """Return the texts of workflow commands of a kind that the runner would obey."""
    stopped, found = "", []
    for line in log.splitlines():
        if stopped:
            stopped = "" if line == f"::{stopped}::" else stopped
        elif line.startswith("::stop-commands::"):
            stopped = line.removeprefix("::stop-commands::")
        elif re.match(rf"::{kind}[ :]", line):
            found.append(line.split("::", 2)[2])
    return found
