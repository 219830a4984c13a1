"""Which rules are asked for: by name, by what other tools call them, by persona and confidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.errors import UsageError
from dunnage.model.finding import Confidence, Persona
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._engine import PREFIX, Ruleset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dunnage.model.rule import Rule
    from dunnage.rules.dockerfile._rule import DockerfileRule

_PERSONAS = (Persona.REGULAR, Persona.PEDANTIC, Persona.AUDITOR)
_CONFIDENCES = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)
_TRIVY = pattern(r"(?:AVD-)?DS-?(\d+)", re.IGNORECASE)
_CODE = pattern(r"(?:DL|SC)\d{4}|CKV2?_DOCKER_\d+|CIS-DI-\d{4}|(?:AVD-)?DS-?\d{3,4}", re.IGNORECASE)


class Words:
    """The words that rules of one kind go by.

    Args:
        rules: What the rules say of themselves, by public name.
        prefix: Their kind and a slash.
    """

    def __init__(self, rules: Mapping[str, Rule], prefix: str) -> None:
        """Note what other tools call each rule."""
        self._about = rules
        self._prefix = prefix
        self._peers: dict[str, list[str]] = {}
        for name, about in rules.items():
            for peer in about.peers:
                tool, _, code = peer.partition(" ")
                for key in {_plain(code), f"{tool.lower()} {_plain(code)}"}:
                    self._peers.setdefault(key, []).append(name)

    def of(self, word: str) -> tuple[str, ...]:
        """Return the rules a word stands for; none if nobody knows it.

        Args:
            word: ``KIND/x``, ``x``, or a code of another tool, alone (``DL3008``) or behind
                its name (``hadolint DL3008``, ``hadolint:DL3008``).
        """
        text = word.strip()
        name = text.lower().removeprefix(self._prefix).replace("_", "-")
        if name in self._about:
            return (name,)
        tool, colon, code = text.replace(":", " ", 1).partition(" ")
        key = f"{tool.lower()} {_plain(code)}" if colon else _plain(text)
        return tuple(self._peers.get(key, ()))

    def of_tool(self, tool: str) -> tuple[str, ...]:
        """Return the rules that stand for any of another tool's."""
        lead = f"{tool} "
        return tuple(
            name
            for name, about in self._about.items()
            if any(peer.startswith(lead) for peer in about.peers)
        )

    def codes_of(self, tool: str) -> tuple[str, ...]:
        """Return the codes of another tool that rules stand for."""
        lead = f"{tool} "
        peers = (peer for about in self._about.values() for peer in about.peers)
        return tuple(peer.removeprefix(lead) for peer in peers if peer.startswith(lead))

    def nearest(self, word: str) -> str:
        """Return the name a misspelt one was probably meant to be, or nothing."""
        from difflib import get_close_matches

        text = word.strip().lower().removeprefix(self._prefix)[:80]
        close = get_close_matches(text, list(self._about), n=1, cutoff=0.6)
        if not close:
            # One word of the name is often all that is remembered.
            close = [name for name in self._about if text and text in name][:1]
        return close[0] if close else ""


class Names(Words):
    """Rules about Dockerfiles by all the names they go by.

    Args:
        rules: All rules by public name.
    """

    def __init__(self, rules: Mapping[str, DockerfileRule]) -> None:
        """Note what other tools call each rule."""
        super().__init__({name: one.rule for name, one in rules.items()}, PREFIX)
        self.rules = rules


class Asked(Struct, frozen=True):
    """Which rules were asked for.

    Attributes:
        only: Those that are asked for by name, whoever wants to see them; None for all.
        without: Those that are not to run.
        persona: Who looks at the findings.
        confidence: How sure a rule must be.
    """

    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    persona: Persona = Persona.REGULAR
    confidence: Confidence = Confidence.LOW

    def includes(self, name: str, about: Rule) -> bool:
        """Tell whether a rule is to run."""
        if name in self.without:
            return False
        if self.only is not None:
            return name in self.only
        shown = _PERSONAS.index(about.persona) <= _PERSONAS.index(self.persona) and about.default
        return shown and _CONFIDENCES.index(about.confidence) >= _CONFIDENCES.index(self.confidence)


def wanted(words: Iterable[str], flag: str, *kinds: Words) -> tuple[frozenset[str], ...]:
    """Return the rules that words on the command line stand for, for each kind of rules.

    Args:
        words: Names and codes.
        flag: The option they were given to.
        kinds: What rules of each kind go by.

    Raises:
        UsageError: If nobody knows one of them.
    """
    found: list[set[str]] = [set() for _ in kinds]
    for word in words:
        known = [kind.of(word) for kind in kinds]
        if not any(known):
            close = next(filter(None, (kind.nearest(word) for kind in kinds)), "")
            advice = f"did you mean {close}?" if close else "dunnage explain lists all rules"
            if _CODE.fullmatch(word.strip()):
                advice = "no rule of ours stands for it; dunnage explain lists all rules"
                if word.strip().upper().startswith("SC"):
                    advice = (
                        "no rule of ours stands for it; ShellCheck itself runs with --shellcheck"
                    )
            raise UsageError(f"there is no rule {word!r}", where=flag, advice=advice)
        for names, new in zip(found, known, strict=True):
            names.update(new)
    return tuple(map(frozenset, found))


def ruleset(names: Names, asked: Asked | None = None) -> Ruleset:
    """Return the rules about Dockerfiles to run.

    Args:
        names: All rules.
        asked: Which of them; None for those that a regular user wants.
    """
    asked = asked or Asked()
    return Ruleset(
        {name: one for name, one in names.rules.items() if asked.includes(name, one.rule)}
    )


def _plain(code: str) -> str:
    """Return a code as it is compared: without case, and Trivy's three spellings as one."""
    text = code.strip()
    if match := _TRIVY.fullmatch(text):
        return f"ds-{int(match[1]):04}"
    return text.lower()
