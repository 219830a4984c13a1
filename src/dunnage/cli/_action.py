"""Runs the step of the GitHub Action: inputs in, scan, then outputs, summary and exit code.

It is started as ``python -I -m dunnage.cli._action`` with the inputs as ``INPUT_`` variables.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from dunnage.cli._action_ignores import read_text, waivers
from dunnage.cli._action_inputs import inputs_of, plan_of
from dunnage.cli._action_outputs import (
    NoCommands,
    command,
    outputs,
    write_outputs,
    write_summary,
)
from dunnage.cli._config import set_aside
from dunnage.cli._main import run
from dunnage.model.errors import DunnageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dunnage.cli._action_inputs import Plan
    from dunnage.model.report import Report

_STALE_DAYS = 1.0
"""From this age on, advisory data is brought up to date before a verdict."""
_SUFFIXES = {"sarif": "report.sarif", "cyclonedx-json": "sbom.cdx.json", "json": "report.json"}
_OUTPUTS = {"sarif": "sarif", "cyclonedx-json": "sbom", "json": "json"}
_ANNOTATIONS = "github-annotations"


class Step(NamedTuple):
    """One run of the action.

    Attributes:
        plan: What was asked for.
        folder: Where its files go.
        environ: The environment without settings of ours that only the scan is to see.
        cache: Option that names the cache directory, or nothing.
        mirrors: Where advisory data comes from; empty for the publishers.
    """

    plan: Plan
    folder: Path
    environ: Mapping[str, str]
    cache: tuple[str, ...]
    mirrors: tuple[str, ...]


def main(environ: Mapping[str, str]) -> int:
    """Run the step and return its exit code.

    Args:
        environ: The environment: the inputs, and what the runner tells (``GITHUB_OUTPUT``,
            ``GITHUB_STEP_SUMMARY``, ``RUNNER_TEMP``).
    """
    try:
        return _run(environ)
    except OSError as error:
        message = f"{error.strerror}: {error.filename}" if error.filename else str(error)
        print(command("error", f"dunnage: {message}"), flush=True)
        return DunnageError.exit_code
    except DunnageError as error:
        told = f"{error}; {error.advice}" if error.advice else str(error)
        print(command("error", f"dunnage: {told}"), flush=True)
        write_outputs(environ.get("GITHUB_OUTPUT", ""), outputs(None, error.exit_code, {}))
        return error.exit_code


def _run(environ: Mapping[str, str]) -> int:
    inputs = inputs_of(environ)
    plan = plan_of(inputs)
    for warning in plan.warnings:
        print(command("warning", f"dunnage: {warning}"), flush=True)
    cache = inputs.get("cache-dir", "")
    mirrors = tuple(word.strip() for word in inputs.get("db-mirrors", "").split(",") if word)
    folder = Path(mkdtemp(prefix="dunnage-", dir=environ.get("RUNNER_TEMP") or None))
    if host := inputs.get("docker-host", ""):
        environ = {**environ, "DOCKER_HOST": host}
    step = Step(plan, folder, environ, (f"--cache-dir={cache}",) if cache else (), mirrors)
    with NoCommands():
        report, code = _examine(step)
    files: dict[str, str] = {}
    if report is not None:
        files, code = _write(step, code)
        summary = Path(files.get("markdown", folder / "summary.md"))
        if summary.is_file():
            write_summary(environ.get("GITHUB_STEP_SUMMARY", ""), summary.read_bytes())
    found = outputs(report, code, files)
    write_outputs(environ.get("GITHUB_OUTPUT", ""), found)
    if code:
        print(command("error", f"dunnage: {_told(report, found)} (exit code {code})"), flush=True)
    return code


def _told(report: Report | None, found: Mapping[str, str]) -> str:
    """Return why the step fails, in a few words; the log says more."""
    if report is None:
        return "the target could not be examined"
    if code := report.exit_code:
        if found["exit-code"] != str(code):
            return "a report could not be written"
        if report.decisive is None:
            failed = report.gate.failed
            return f"{failed} finding{'s' * (failed != 1)} failed the gate"
        return "not everything could be examined"
    return "a report could not be written"


def _examine(step: Step) -> tuple[Report | None, int]:
    """Scan, and once more if the data that turned out to be needed could be brought up to date."""
    target = _local(step)
    argv = _scan_arguments(step, target)
    code = run(argv, step.environ)
    report = _stored(step)
    if report is not None and step.plan.fetch and _updated(step, report):
        code = run(argv, step.environ)
        report = _stored(step)
    if report is not None and target != step.plan.target:
        report = _named(step, report, target.partition(":")[2])
    return report, code


def _named(step: Step, report: Report, saved: str) -> Report:
    """Give the target the name the user gave it, also in the stored report.

    Where it was saved is another place in each run, and code scanning and GitLab would take it for
    another image each time.
    """
    from dunnage.io.folder import load
    from dunnage.model.renderer import Renderer
    from dunnage.model.report import View

    name = step.plan.target
    subjects = tuple(
        replace(
            subject,
            name=name,
            problems=tuple(
                replace(problem, where=problem.where.replace(saved, name))
                for problem in subject.problems
            ),
        )
        for subject in report.subjects
    )
    report = replace(report, subjects=subjects)
    renderer = load("dunnage.render", "json", "renderer", Renderer)
    (step.folder / "report.json").write_bytes(renderer.render(report, View()))
    return report


def _scan_arguments(step: Step, target: str) -> list[str]:
    plan = step.plan
    options = [*plan.options, *step.cache, *(f"--db-mirrors={one}" for one in step.mirrors)]
    if config := _config(step):
        options.append(f"--config={config}")
    if not plan.fetch:
        options.append("--skip-db-update")
    place = f"--output=json={step.folder / 'report.json'}"
    # An input cannot become an option: it stands behind an equals sign.
    return ["scan", f"--input={target}", "--quiet", *options, place]


def _config(step: Step) -> str:
    """Return the settings file to use, with the waivers of ignore files added to it."""
    plan = step.plan
    if not plan.ignores:
        return plan.config
    base = plan.config
    if not base and Path("dunnage.toml").is_file() and not set_aside("", (plan.target,)):
        base = "dunnage.toml"
    text = read_text(base) + "\n" if base else ""
    today = datetime.now(UTC).date()
    for name in plan.ignores:
        text += waivers(name, read_text(name), today)
    made = step.folder / "dunnage.toml"
    made.write_text(text, encoding="utf-8")
    return str(made)


def _local(step: Step) -> str:
    """Return the target; an image that a local Docker holds is saved first and read from there."""
    plan, docker = step.plan, shutil.which("docker", path=step.environ.get("PATH"))
    name = plan.target
    if not plan.by_name or docker is None or os.path.lexists(name) or name.startswith("-"):
        return name
    asked = _docker(step, docker, "image", "inspect", "--format", "{{.Id}}", name)
    if asked.returncode:
        return name
    archive = step.folder / "image.tar"
    saved = _docker(step, docker, "image", "save", "--output", str(archive), name)
    if saved.returncode:
        told = saved.stderr.decode("utf-8", "replace").strip()[:300]
        raise UsageError(f"docker cannot save the image: {told}", where=name)
    print(f"dunnage: {name} is read from the local Docker", flush=True)
    return f"docker-archive:{archive}"


def _docker(step: Step, docker: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [docker, *words],
        env=dict(step.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def _stored(step: Step) -> Report | None:
    from dunnage.flows.convert import stored

    path = step.folder / "report.json"
    return stored(str(path)) if path.exists() else None


def _updated(step: Step, report: Report) -> bool:
    """Bring the data a report needs up to date; return whether any came."""
    from dunnage.advisories.match import ecosystems_of

    names = {name for s in report.subjects for name in ecosystems_of(s.inventory)}
    had = {name for name, records in report.data.ecosystems if records}
    stale = not 0 <= report.data.age_days < _STALE_DAYS
    wanted = sorted(name for name in names if stale or name not in had)
    wanted = [name for name in wanted if "," not in name]
    if not wanted:
        return False
    mirrors = [f"--from={one}" for one in step.mirrors]
    argv = ["db", "update", f"--only={','.join(wanted)}", *mirrors, *step.cache]
    print("dunnage: advisory data is brought up to date", flush=True)
    # What cannot be had is no reason to stop: what is there already may do.
    run(argv, step.environ)
    return True


def _write(step: Step, code: int) -> tuple[dict[str, str], int]:
    """Write every format from the stored report.

    Returns:
        The paths by name of output, and the exit code: that of the scan unless something could
        not be written.
    """
    plan, folder = step.plan, step.folder
    paths = {name: str(folder / suffix) for name, suffix in _SUFFIXES.items()}
    shown = plan.format or "table"
    if plan.output:
        paths[shown] = plan.output
    elif plan.to_file and shown not in paths:
        paths[shown] = str(folder / f"report.{shown}")
    to_log = "table" if plan.output or plan.to_file else shown
    places = {**paths, "markdown": paths.get("markdown", str(folder / "summary.md"))}
    places.pop("json" if paths["json"] == str(folder / "report.json") else "", None)
    files = [f"--output={name}={path}" for name, path in places.items()]
    # The stored verdict stands: variables are not looked at a second time.
    environ = {k: v for k, v in step.environ.items() if not k.startswith("DUNNAGE_")}
    start = ["convert", str(folder / "report.json"), *plan.template]
    with NoCommands():
        codes = [run([*start, *files], environ)]
        if to_log != _ANNOTATIONS:
            codes.append(run([*start, f"--output={to_log}", "--quiet"], environ))
    if to_log == _ANNOTATIONS:
        codes.append(run([*start, f"--output={to_log}", "--quiet"], environ))
    written = {_OUTPUTS.get(name, name): path for name, path in paths.items()}
    found = {name: path for name, path in written.items() if Path(path).is_file()}
    return found, next((other for other in codes if other != code), code)


if __name__ == "__main__":
    sys.exit(main(os.environ))
