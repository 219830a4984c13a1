"""What is to be read about a rule: its docstring, and what it says of itself."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dunnage.model.rule import RuleText
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._engine import PREFIX

if TYPE_CHECKING:
    from dunnage.rules.dockerfile._rule import DockerfileRule

_DOUBLE = pattern(r"(?<!`)``(?!`)")
"""The marks of code in docstrings; in Markdown one is enough, and three open a block."""


def documentation(name: str) -> str:
    """Return the documentation of a rule in Markdown; empty where Python keeps no docstrings."""
    module = import_module(f"{__package__}.{name.replace('-', '_')}")
    return _DOUBLE.sub("`", (module.__doc__ or "").strip())


def text_of(name: str, rule: DockerfileRule) -> RuleText:
    """Return what reports say about a rule.

    Args:
        name: Its public name, without ``dockerfile/``.
        rule: The rule.
    """
    return RuleText(PREFIX + name, rule.rule.summary, documentation(name))
