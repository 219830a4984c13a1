"""``--template @contrib/...``: every template that Trivy ever brought is known by its name."""

from __future__ import annotations

import pytest

from dunnage.cli._template import template_of
from dunnage.io.folder import names
from dunnage.model.errors import UsageError

HAVE = {
    "asff-cli.tpl": "asff",
    "asff.tpl": "asff",
    "gitlab-codequality.tpl": "gitlab-codequality",
    "gitlab.tpl": "gitlab-container-scanning",
    "html.tpl": "html",
    "junit.tpl": "junit",
    "markdown.tpl": "markdown",
    "sarif.tpl": "sarif",
}
HAVE_NOT = (
    *("csv.tpl", "gitlab-ds.tpl", "html-fs-multi-module.tpl"),
    *("slack.tpl", "sonarqube.tpl", "twistlock.tpl"),
)
"""Both together are the ``.tpl`` files in the history of ``contrib/`` of aquasecurity/trivy."""


@pytest.mark.parametrize("name", HAVE)
def test_counterpart(name: str) -> None:
    """It stands for a format that is there, in both folders Trivy is installed with."""
    for folder in ("contrib", "/usr/local/share/trivy/templates"):
        assert template_of(f"@{folder}/{name}").format == HAVE[name]
    assert HAVE[name] in names("dunnage.render")


@pytest.mark.parametrize("name", HAVE_NOT)
def test_no_counterpart(name: str) -> None:
    """It is refused, and the formats named instead are there."""
    with pytest.raises(UsageError, match="no counterpart") as told:
        template_of(f"@contrib/{name}")
    nearest = told.value.advice.partition("the nearest format is ")[2].partition(";")[0]
    assert set(nearest.split(" or ")) <= set(names("dunnage.render"))
