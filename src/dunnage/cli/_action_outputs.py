"""Tells GitHub Actions what came of a scan: outputs, the step summary, and workflow commands.

The files and commands are those of
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from dunnage.model.finding import Status
from dunnage.model.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dunnage.model.report import Report

COUNTED = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)


def outputs(report: Report | None, code: int, files: Mapping[str, str]) -> dict[str, str]:
    """Return the outputs of the action by name.

    Args:
        report: What was found out, or None if the target could not be examined at all.
        code: The exit code.
        files: Paths of what was written, by the name of their output.
    """
    found = {**files, "exit-code": str(code)}
    if report is None:
        return {**found, "verdict": "error", "complete": "false"}
    shown = [f for s in report.subjects for f in s.findings if f.status is Status.OPEN]
    for severity in COUNTED:
        count = sum(finding.severity is severity for finding in shown)
        found[f"findings-{severity.label}"] = str(count)
    found["fixable"] = str(sum(finding.fix.state == "fixed" for finding in shown))
    found["verdict"] = _verdict(report)
    found["complete"] = "true" if report.complete else "false"
    known = report.data.present and report.data.age_days >= 0
    found["db-age"] = f"{report.data.age_days:.1f}" if known else ""
    return found


def _verdict(report: Report) -> str:
    gate = report.gate
    if gate.failed or gate.end_of_life:
        return "failed"
    if report.decisive is not None:
        return "incomplete"
    return "passed" if gate.asked else "not-asked"


def write_outputs(path: str, values: Mapping[str, str]) -> None:
    """Append outputs to the file of ``GITHUB_OUTPUT``; no value can pretend to be another.

    Each value stands between two marks nobody can guess, so that it may hold line breaks.
    """
    lines = []
    for name, value in values.items():
        mark = secrets.token_hex(16)
        lines.append(f"{name}<<{mark}\n{value}\n{mark}\n")
    _append(path, "".join(lines).encode("utf-8", "surrogateescape"))


def write_summary(path: str, document: bytes) -> None:
    """Append Markdown to the file of ``GITHUB_STEP_SUMMARY``."""
    _append(path, document + b"\n")


def _append(path: str, content: bytes) -> None:
    if path:
        with Path(path).open("ab") as stream:
            stream.write(content)


def command(kind: str, text: str) -> str:
    """Return a workflow command (``warning``, ``error``) with its text escaped."""
    text = text.encode("utf-8", "backslashreplace").decode()
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{kind}::{escaped}"


class NoCommands:
    """While it lasts, nothing that is written can be a workflow command.

    Names in an image may look like one, and the runner reads both streams.
    """

    def __init__(self) -> None:
        self._mark = secrets.token_hex(16)

    def __enter__(self) -> None:
        print(f"::stop-commands::{self._mark}", flush=True)

    def __exit__(self, *_: object) -> None:
        print(f"::{self._mark}::", flush=True)
