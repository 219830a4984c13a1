"""The format ``template``: the user's own Jinja over the JSON report, in a sandbox with bounds."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING

import pytest

from dunnage.io.child import TIMEOUT, run_module
from dunnage.model.errors import InputError, UsageError
from dunnage.model.report import View
from dunnage.render import template as module
from dunnage.render.json import renderer as json_renderer
from dunnage.render.template import escapes, renderer
from sample_hostile import HOSTILE
from samples import REPORT

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

if importlib.util.find_spec("jinja2") is None:
    pytest.skip("jinja2 is not installed: the format needs it", allow_module_level=True)


def filled(text: str, name: str = "") -> str:
    """Return what a template makes of the sample report."""
    return renderer.render(REPORT, View(template=text, template_name=name)).decode()


def test_template_sees_the_json_report() -> None:
    """The one name it has is the JSON report, in the same order."""
    whole = json.loads(filled("{{ report | tojson }}"))
    assert whole == json.loads(json_renderer.render(REPORT, View()))
    listed = filled("{% for f in report.subjects[0].findings %}\n{{ f.id }}\n{% endfor %}\n")
    assert listed.splitlines()[0] == "CVE-2021-44228"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", False),
        ("report.txt", False),
        ("report.json.j2", False),
        ("Report.HTML", True),
        ("report.html.j2", True),
        ("junit.xml.jinja", True),
        ("html", False),
    ],
)
def test_markup_is_escaped_by_the_kind_of_file(name: str, expected: bool) -> None:  # noqa: FBT001
    """Templates for HTML and XML escape what they print; others print it as it is."""
    assert escapes(name) is expected
    assert filled("{{ '<b>' }}", name) == ("&lt;b&gt;" if expected else "<b>")


def test_hostile_names_stay_text_in_html() -> None:
    """A name cannot become markup in a template for HTML."""
    view = View(template="{{ report.subjects[0].packages[0].name }}", template_name="x.html")
    assert b"<script>" not in renderer.render(HOSTILE, view)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ report.subjects.append(1) }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ report.items.__func__ }}",
        "{{ '{0.__class__}'.format(report) }}",
    ],
)
def test_sandbox_holds(text: str) -> None:
    """Nothing but the report is within reach, and it cannot be changed."""
    with pytest.raises(InputError, match="cannot be filled in"):
        filled(text)


@pytest.mark.parametrize(
    ("text", "told", "advice"),
    [
        ("{{ range .Results }}{{ end }}", "Results", "Go template"),
        ("a\n{% if %}", "line 2", "JSON format"),
        ("{{ report.nope }}", "nope", "JSON format"),
        ("{{ 1 // 0 }}", "ZeroDivisionError", "JSON format"),
    ],
)
def test_mistakes_are_told(text: str, told: str, advice: str) -> None:
    """A wrong template is one clear line with what to do."""
    with pytest.raises(InputError, match=told) as caught:
        filled(text, "my.j2")
    assert caught.value.where == "my.j2"
    assert advice in caught.value.advice


@pytest.mark.parametrize("text", ["{{ 'x' * 10 ** 10 }}", "{{ [0] * 10 ** 9 }}"])
def test_memory_is_bounded(text: str) -> None:
    """A template that wants gigabytes is ended."""
    with pytest.raises(InputError, match="too much"):
        filled(text)


def test_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A template that would run for years is ended, and the message says when."""
    monkeypatch.setattr(module, "SECONDS", 1.0)
    loop = "{% for a in range(99999) %}" * 3 + "{% endfor %}" * 3
    with pytest.raises(InputError, match=r"more than 1 seconds|too much time"):
        filled(loop)


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No template, one that is too large, and no Jinja are errors of the command line."""
    with pytest.raises(UsageError, match="needs a template"):
        filled("")
    with pytest.raises(UsageError, match="larger"):
        filled("x" * (1024 * 1024 + 1))

    def missing(name: str) -> ModuleSpec | None:
        del name
        return None

    monkeypatch.setattr(importlib.util, "find_spec", missing)
    with pytest.raises(UsageError, match="needs Jinja") as caught:
        filled("x")
    assert "dunnage[template]" in caught.value.advice


def test_child_is_bounded_and_knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child gets no environment, and is ended when its time is over."""
    monkeypatch.setenv("SECRET_TOKEN", "hidden")
    done = run_module("platform", b"", seconds=20, memory=1 << 30, largest=1000)
    assert done.code == 0
    assert b"hidden" not in done.output
    stuck = run_module("this", b"", seconds=0.0, memory=1 << 30, largest=1000)
    assert stuck.code in {0, TIMEOUT}
    small = run_module("this", b"", seconds=20, memory=1 << 30, largest=10)
    assert small.code != 0 or len(small.output) == 11
