"""Text about rules and exit codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.io.tables import table
from dunnage.model.errors import UsageError
from dunnage.model.finding import Safety

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dunnage.model.rule import Rule, RuleText
    from dunnage.rules.dockerfile._select import Names
    from dunnage.rules.image._rule import ImageRule
    from dunnage.rules.workflow._rule import WorkflowRule

EXIT_CODES = {
    "0": "Done. The gate passed, or there was none.",
    "1": "The gate failed: a finding is at least as severe as --fail-on. --exit-code N changes it.",
    "2": "The command line or the configuration cannot be understood. Nothing was examined.",
    "3": "A target cannot be read, or not everything could be examined. The report says what, and\n"
    "what to do; zero findings prove nothing then. --allow-incomplete leaves the verdict to the\n"
    "gate, but never hides a target that cannot be read at all.",
    "4": "There is no advisory data to match against. `dunnage db update` fetches it.",
    "5": "An error of ours. Please report it with the output of --debug.",
}
_CODE = "exit-code"
_EFFECTS = {
    "note": "the report is complete",
    "incomplete": "something was not examined: exit code 3, unless --allow-incomplete",
    "no-data": "exit code 4",
    "unreadable": "exit code 3, whatever is allowed",
    "usage": "exit code 2",
    "internal": "exit code 5",
}
"""What a problem does to the verdict."""
_FIXES = {
    Safety.NONE: "none",
    Safety.SAFE: "--fix; what is built behaves as before",
    Safety.UNSAFE: "--fix --unsafe-fixes; what is built may differ",
    Safety.SUGGESTED: "--diff shows it; it needs a fact that the file does not hold",
}


def explained(words: Sequence[str]) -> str:
    """Return the text about what was asked for.

    Raises:
        UsageError: If nobody knows it.
    """
    if words[0] == _CODE:
        return "".join(f"{code}: {EXIT_CODES[code]}\n" for code in _codes(words[1:]))
    from dunnage.rules.dockerfile._shellcheck_codes import code_of

    names = _names()
    parts = []
    for word in words:
        found = [_rule(name, names) for name in names.of(word)]
        found += [_workflow_rule(name) for name in _names_of(word, _workflow_rules(), "workflow/")]
        found += [_image_rule(name) for name in _names_of(word, _image_rules(), "image/")]
        if code := code_of(word):
            found.append(_code(code, names))
        if (told := word.strip().lower()) in table("problems"):
            found.append(_problem(told))
        if not found:
            raise _unknown(word, names)
        parts += found
    return "\n".join(parts)


def listing() -> str:
    """Return all rules, each with its level and summary."""
    names = _names()
    wide = max(map(len, names.rules)) + len("dockerfile/")
    lines = [
        f"{'dockerfile/' + name:<{wide}}  {one.rule.severity.level:<11}  {one.rule.summary}"
        for name, one in names.rules.items()
    ]
    others = {f"workflow/{name}": one.rule for name, one in _workflow_rules().items()}
    others |= {f"image/{name}": one.rule for name, one in _image_rules().items()}
    lines += [
        f"{name:<{wide}}  {one.severity.level:<11}  {one.summary}" for name, one in others.items()
    ]
    return "\n".join(lines) + "\n"


def _image_rules() -> dict[str, ImageRule]:
    from dunnage.io.folder import load_all
    from dunnage.rules.image._rule import ImageRule

    return load_all("dunnage.rules.image", "rule", ImageRule)


def _workflow_rules() -> dict[str, WorkflowRule]:
    from dunnage.io.folder import load_all
    from dunnage.rules.workflow._rule import WorkflowRule

    return load_all("dunnage.rules.workflow", "rule", WorkflowRule)


def _names_of(
    word: str, rules: Mapping[str, ImageRule] | Mapping[str, WorkflowRule], prefix: str
) -> tuple[str, ...]:
    """Return the rules of a kind that a word stands for; a code of another tool counts too."""
    text = word.strip().lower().removeprefix(prefix).replace("_", "-")
    if text in rules:
        return (text,)
    code = word.strip().upper()
    return tuple(
        name
        for name, one in rules.items()
        if any(peer.partition(" ")[2].upper() == code for peer in one.rule.peers)
    )


def _names() -> Names:
    from dunnage.io.folder import load_all
    from dunnage.rules.dockerfile._rule import DockerfileRule
    from dunnage.rules.dockerfile._select import Names

    return Names(load_all("dunnage.rules.dockerfile", "rule", DockerfileRule))


def _codes(words: Sequence[str]) -> Sequence[str]:
    for word in words:
        if word not in EXIT_CODES:
            advice = (
                f"exit codes: {', '.join(EXIT_CODES)}; another one is what --exit-code asked for"
            )
            raise UsageError(f"there is no exit code {word!r}", advice=advice)
    return words or tuple(EXIT_CODES)


def _unknown(word: str, names: Names) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(word.strip().lower()[:80], table("problems"), 1, 0.8)
    close = near[0] if near else names.nearest(word)
    advice = f"did you mean {close}? " if close else ""
    return UsageError(
        f"there is no rule {word!r}", advice=f"{advice}'dunnage explain' lists all rules"
    )


def _rule(name: str, names: Names) -> str:
    from dunnage.rules.dockerfile._text import text_of

    one = names.rules[name]
    rows = [("fix", _FIXES[one.rule.fix])]
    if one.context:
        rows.append(("needs", "the build context (--context)"))
    if not one.rule.default:
        rows.append(("runs", "only where settings or --rules ask for it"))
    return _written(one.rule, text_of(name, one), rows)


def _problem(code: str) -> str:
    about = table("problems")[code]
    effect = about["effect"]
    rows = [("effect", ", ".join([effect, *filter(None, [_EFFECTS.get(effect, "")])]))]
    meaning = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", about["meaning"])
    return f"{code}\n\n{_facts(rows)}\n\nA problem that reports tell of: {meaning}.\n"


def _code(code: str, names: Names) -> str:
    from dunnage.rules.dockerfile._shellcheck_codes import text_of

    text = text_of(code, names.rules)
    rows = (
        ("level", "that of ShellCheck: error, warning, info or style"),
        ("confidence", "medium"),
        ("runs", "with lint --shellcheck, where ShellCheck is installed"),
        ("fix", "none"),
    )
    return f"{text.id}\n\n{_facts(rows)}\n\n{text.help}\n"


def _image_rule(name: str) -> str:
    from dunnage.rules.image._engine import text_of

    one = _image_rules()[name]
    return _written(one.rule, text_of(name, one), [("runs", f"with scan {one.asked}")])


def _workflow_rule(name: str) -> str:
    from dunnage.rules.workflow._rule import text_of

    one = _workflow_rules()[name]
    return _written(one.rule, text_of(name, one), [("fix", _FIXES[one.rule.fix])])


def _written(about: Rule, text: RuleText, more: Sequence[tuple[str, str]]) -> str:
    rows = [
        ("level", f"{about.severity.level} (severity {about.severity.label})"),
        ("confidence", about.confidence.value),
        ("persona", about.persona.value),
    ]
    if about.peers:
        rows.append(("elsewhere", ", ".join(about.peers)))
    rows += more
    return f"{text.id}\n\n{_facts(rows)}\n\n{text.help or text.summary}\n"


def _facts(rows: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{key + ':':<12}{value}" for key, value in rows)
