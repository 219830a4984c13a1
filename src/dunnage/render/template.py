"""Fills in a template of the user: Jinja, in a sandbox, in bounded time.

The language is Jinja (https://jinja.palletsprojects.com/en/stable/templates/). A template has one
name, ``report``: the JSON report (``data/report.schema.json``) as plain values, so that it can
reach nothing else. It is filled in by a process of its own, which may use ten seconds and a gigabyte
and give 64 MB. In templates for HTML and XML values are escaped; in others ``| tojson`` does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError, UsageError
from dunnage.model.renderer import Renderer
from dunnage.render._encode import encode
from dunnage.render.json import document

if TYPE_CHECKING:
    from dunnage.model.report import Report, View

SECONDS = 10.0
MEMORY = 1024 * 1024 * 1024
LARGEST = 64 * 1024 * 1024
_LONGEST = 1024 * 1024
_MARKUP = (".html", ".htm", ".xhtml", ".xml", ".svg")
_WRAPPED = (".j2", ".jinja", ".jinja2", ".tpl", ".tmpl")
_GO = ("{{- range", "{{ range", "{{range", "{{ end", "{{- end", "{{end", "{{ .", "{{- .", "{{.")


def render(report: Report, view: View) -> bytes:
    """Return what the template makes of the report, in UTF-8.

    Args:
        report: What to write.
        view: Its ``template`` is filled in, its ``template_name`` says how values are escaped.

    Raises:
        UsageError: If there is no template, or Jinja is not installed.
        InputError: If the template is wrong, or asks for too much time, memory or output.
    """
    from importlib.util import find_spec

    from dunnage.io.child import TIMEOUT, run_module

    _check(view)
    if find_spec("jinja2") is None:
        advice = "install it with: pip install 'dunnage[template]'"
        raise UsageError("the format 'template' needs Jinja", advice=advice)
    job = {
        "template": view.template,
        "escape": escapes(view.template_name),
        "report": document(report),
    }
    stdin = encode(job, indent=0)
    done = run_module(
        "dunnage.render._template_child",
        stdin,
        # Reading a large report takes time and memory, too, whatever the template does with it.
        seconds=SECONDS + len(stdin) / 2e7,
        memory=MEMORY + 16 * len(stdin),
        largest=LARGEST,
    )
    head, _, body = done.output.partition(b"\n")
    if done.code == 0 and head == b"ok" and len(done.output) <= LARGEST:
        return body
    where = view.template_name or "template"
    if done.code == 0 and head == b"error":
        told = " ".join(body.decode("utf-8", "replace").split())[:300]
        raise InputError(
            f"the template cannot be filled in: {told}", where=where, advice=_hint(view)
        )
    if done.code == TIMEOUT:
        raise InputError(f"the template takes more than {SECONDS:.0f} seconds", where=where)
    raise InputError("the template needs too much time, memory or output", where=where)


def _check(view: View) -> None:
    if not view.template:
        advice = "name one, as in: -o template=report.html --template @report.html.j2"
        raise UsageError("the format 'template' needs a template", advice=advice)
    if len(view.template) > _LONGEST:
        raise UsageError("the template is larger than a mebibyte", where=view.template_name)


def escapes(name: str) -> bool:
    """Tell whether values in a template of this name are escaped as HTML and XML want it."""
    name = name.lower()
    for ending in _WRAPPED:
        name = name.removesuffix(ending)
    return name.endswith(_MARKUP)


def _hint(view: View) -> str:
    if any(mark in view.template for mark in _GO):
        return "this looks like a Go template of Trivy or Grype; templates here are Jinja"
    return "the report's names are those of the JSON format (-o json)"


renderer = Renderer(
    render=render,
    media_type="text/plain; charset=utf-8",
    suffix=".txt",
    summary="your own Jinja template (--template)",
)
