"""Finds out which build this run belongs to, from what the build server says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = (
    ("aws-account", "AWS_ACCOUNT_ID"),
    ("aws-region", "AWS_REGION"),
    ("job", "GITHUB_JOB"),
    ("ref", "GITHUB_REF"),
    ("run", "GITHUB_RUN_ID"),
    ("sha", "GITHUB_SHA"),
    ("workflow", "GITHUB_WORKFLOW"),
)


def build_of(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return what the variables of GitHub Actions and of AWS say, as sorted pairs (``View.build``).

    They are those of https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    and of https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html; pipelines
    set ``AWS_ACCOUNT_ID`` themselves.
    """
    found = {name: environ.get(variable, "") for name, variable in _NAMES}
    found["aws-region"] = found["aws-region"] or environ.get("AWS_DEFAULT_REGION", "")
    server, repository = environ.get("GITHUB_SERVER_URL"), environ.get("GITHUB_REPOSITORY")
    if server and repository and found["run"]:
        found["url"] = f"{server}/{repository}/actions/runs/{found['run']}"
    return tuple(sorted((name, value) for name, value in found.items() if value))
