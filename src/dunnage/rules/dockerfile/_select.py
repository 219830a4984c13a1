"""Which rules are asked for: by name, by what other tools call them, by persona and confidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.errors import UsageError
from dunnage.model.finding import Confidence, Persona
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._engine import PREFIX, Ruleset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dunnage.rules.dockerfile._rule import DockerfileRule

_PERSONAS = (Persona.REGULAR, Persona.PEDANTIC, Persona.AUDITOR)
_CONFIDENCES = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)
_TRIVY = pattern(r"(?:AVD-)?DS-?(\d+)", re.IGNORECASE)
_CODE = pattern(r"(?:DL|SC)\d{4}|CKV2?_DOCKER_\d+|CIS-DI-\d{4}|(?:AVD-)?DS-?\d{3,4}", re.IGNORECASE)


class Names:
    """Rules by all the names they go by.

    Args:
        rules: All rules by public name.
    """

    def __init__(self, rules: Mapping[str, DockerfileRule]) -> None:
        """Note what other tools call each rule."""
        self.rules = rules
        self._peers: dict[str, list[str]] = {}
        for name, rule in rules.items():
            for peer in rule.rule.peers:
                tool, _, code = peer.partition(" ")
                for key in {_plain(code), f"{tool.lower()} {_plain(code)}"}:
                    self._peers.setdefault(key, []).append(name)

    def of(self, word: str) -> tuple[str, ...]:
        """Return the rules a word stands for; none if nobody knows it.

        Args:
            word: ``dockerfile/x``, ``x``, or a code of another tool, alone (``DL3008``) or behind
                its name (``hadolint DL3008``, ``hadolint:DL3008``).
        """
        text = word.strip()
        name = text.lower().removeprefix(PREFIX).replace("_", "-")
        if name in self.rules:
            return (name,)
        tool, colon, code = text.replace(":", " ", 1).partition(" ")
        key = f"{tool.lower()} {_plain(code)}" if colon else _plain(text)
        return tuple(self._peers.get(key, ()))

    def of_tool(self, tool: str) -> tuple[str, ...]:
        """Return the rules that stand for any of another tool's."""
        lead = f"{tool} "
        return tuple(
            name
            for name, rule in self.rules.items()
            if any(peer.startswith(lead) for peer in rule.rule.peers)
        )

    def nearest(self, word: str) -> str:
        """Return the name a misspelt one was probably meant to be, or nothing."""
        from difflib import get_close_matches

        text = word.strip().lower().removeprefix(PREFIX)[:80]
        close = get_close_matches(text, list(self.rules), n=1, cutoff=0.6)
        if not close:
            # One word of the name is often all that is remembered.
            close = [name for name in self.rules if text and text in name][:1]
        return close[0] if close else ""

    def wanted(self, words: Iterable[str], flag: str) -> frozenset[str]:
        """Return the rules that words on the command line stand for.

        Raises:
            UsageError: If nobody knows one of them.
        """
        found: set[str] = set()
        for word in words:
            names = self.of(word)
            if not names:
                close = self.nearest(word)
                advice = f"did you mean {close}?" if close else "dunnage explain lists all rules"
                if _CODE.fullmatch(word.strip()):
                    advice = "no rule of ours stands for it; dunnage explain lists all rules"
                raise UsageError(f"there is no rule {word!r}", where=flag, advice=advice)
            found.update(names)
        return frozenset(found)


def ruleset(
    names: Names,
    *,
    only: frozenset[str] = frozenset(),
    without: frozenset[str] = frozenset(),
    persona: Persona = Persona.REGULAR,
    confidence: Confidence = Confidence.LOW,
) -> Ruleset:
    """Return the rules to run.

    Args:
        names: All rules.
        only: Those that are asked for by name, whoever wants to see them; empty for all.
        without: Those that are not to run.
        persona: Who looks at the findings.
        confidence: How sure a rule must be.
    """
    chosen = {}
    for name, one in names.rules.items():
        about = one.rule
        if name in without:
            continue
        shown = _PERSONAS.index(about.persona) <= _PERSONAS.index(persona) and about.default
        sure = _CONFIDENCES.index(about.confidence) >= _CONFIDENCES.index(confidence)
        if name in only or (not only and shown and sure):
            chosen[name] = one
    return Ruleset(chosen)


def _plain(code: str) -> str:
    """Return a code as it is compared: without case, and Trivy's three spellings as one."""
    text = code.strip()
    if match := _TRIVY.fullmatch(text):
        return f"ds-{int(match[1]):04}"
    return text.lower()
