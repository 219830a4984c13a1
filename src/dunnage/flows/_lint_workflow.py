"""Looks at one workflow of GitHub that lies beside Dockerfiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.io.folder import load_all
from dunnage.rules.dockerfile._select import Words
from dunnage.rules.workflow._rule import PREFIX, WorkflowRule, check, text_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from dunnage.model.rule import RuleText
    from dunnage.rules.dockerfile._select import Asked
    from dunnage.rules.workflow._rule import Outcome


class WorkflowRules:
    """The rules about workflows, and which of them run.

    Attributes:
        words: What they go by.
        chosen: Those that run, by name.
    """

    def __init__(self) -> None:
        """Find the rules; none runs until it is asked for."""
        self._all = load_all("dunnage.rules.workflow", "rule", WorkflowRule)
        self.words = Words({name: one.rule for name, one in self._all.items()}, PREFIX)
        self.chosen: dict[str, WorkflowRule] = {}

    def choose(self, asked: Asked) -> None:
        """Settle which rules run."""
        self.chosen = {
            name: one for name, one in self._all.items() if asked.includes(name, one.rule)
        }

    def look_at(self, data: bytes, name: str) -> Outcome:
        """Look at the content of a file, at most a mebibyte.

        Args:
            data: The file.
            name: What it is called in the report.
        """
        return check(data, name, self.chosen)

    def texts(self, ids: Collection[str]) -> tuple[RuleText, ...]:
        """Return what is to be read about rules, sorted by their ids."""
        return tuple(text_of(name, one) for name, one in self._all.items() if PREFIX + name in ids)
