"""Understands --template: text, a file, or one of the templates that Trivy brings."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from dunnage.model.errors import UsageError

_LARGEST = 1024 * 1024
# The names in contrib/ of Trivy, which other pipelines are written with, and what they are here.
_KNOWN = {
    "asff-cli.tpl": "asff",
    "asff.tpl": "asff",
    "gitlab-codequality.tpl": "gitlab-codequality",
    "gitlab.tpl": "gitlab-container-scanning",
    "html.tpl": "html",
    "junit.tpl": "junit",
    "markdown.tpl": "markdown",
    "sarif.tpl": "sarif",
}
_MISSING = {
    "csv.tpl": "json",
    "gitlab-ds.tpl": "gitlab-container-scanning",
    "html-fs-multi-module.tpl": "html",
    "slack.tpl": "markdown",
    "sonarqube.tpl": "sarif",
    "twistlock.tpl": "json",
}


class Template(Struct, frozen=True):
    """What --template stands for.

    Attributes:
        text: The template, or empty.
        name: Name of its file, or empty.
        format: The format that gives what a well-known template gives, or empty.
    """

    text: str = ""
    name: str = ""
    format: str = ""


def template_of(value: str) -> Template:
    """Return the template an option names: ``@FILE``, or the text itself.

    Raises:
        UsageError: If the file cannot be read, or is one of Trivy's that has no counterpart.
    """
    if not value.startswith("@"):
        if "{" not in value and "\n" not in value and os.path.lexists(value):
            raise UsageError("a template in a file has an @ in front", advice=f"write @{value}")
        return Template(value)
    path = Path(value[1:])
    known = _known(path)
    if known:
        return Template(name=path.name, format=known)
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", "") or str(error)
        raise UsageError(f"the template cannot be read: {told}", where=value[1:]) from error
    if len(data) > _LARGEST:
        raise UsageError("the template is larger than a mebibyte", where=value[1:])
    try:
        return Template(data.decode("utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        raise UsageError("the template is not UTF-8", where=value[1:]) from error


def _known(path: Path) -> str:
    """Return the format of a well-known template, whose directory says that it is Trivy's."""
    if path.parent.name not in {"contrib", "templates"}:
        return ""
    if path.name in _MISSING:
        raise UsageError(
            f"Trivy's template {path.name} has no counterpart here",
            advice=f"the nearest format is {_MISSING[path.name]}; --template also takes Jinja",
        )
    return _KNOWN.get(path.name, "")
