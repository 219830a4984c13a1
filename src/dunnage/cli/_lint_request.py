"""Turns the options of ``lint`` into its request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.cli._config import settings_of
from dunnage.cli._hadolint import hadolint_config
from dunnage.cli._judging import LINTED
from dunnage.model.errors import UsageError
from dunnage.model.finding import Confidence, Persona
from dunnage.model.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dunnage.cli._command import Call
    from dunnage.flows._lint_file import LintRequest
    from dunnage.model.policy import Policy
    from dunnage.parsers.hadolint_config import HadolintConfig

_KINDS = ("text", "url", "semver", "rfc3339", "spdx", "hash", "email")


def lint_request(call: Call) -> LintRequest:
    """Return everything ``lint`` needs to know.

    Raises:
        UsageError: If options have wrong values.
    """
    import os

    from dunnage.flows._lint_file import LintRequest
    from dunnage.rules.dockerfile._facts import Settings

    if call.on("unsafe_fixes") and not (call.on("fix") or call.on("diff")):
        raise UsageError(
            "--unsafe-fixes says which changes --fix makes or --diff shows",
            advice="add one of them",
        )
    context = call.text("context")
    if context and not os.path.isdir(context):  # noqa: PTH112 - a text from the command line
        raise UsageError("--context is no directory", where=context)
    own = LintRequest(
        policy=_policy(call, "warning"),
        persona=Persona(call.text("persona")),
        confidence=Confidence(call.text("min_confidence")),
        only=call.listed("rules"),
        without=call.listed("ignore"),
        settings=Settings(
            trusted_registries=call.listed("trusted_registries"),
            labels=_labels(call.listed("labels")),
            strict_labels=call.on("strict_labels"),
        ),
        context=context,
        target=call.text("target"),
        stdin_name=call.text("stdin_name"),
        mend="show" if call.on("diff") else "write" if call.on("fix") else "",
        unsafe=call.on("unsafe_fixes"),
        shellcheck=_shellcheck(call),
        jobs=min(call.number("jobs"), 4 * (os.cpu_count() or 1)),
    )
    theirs = hadolint_config(call.text("hadolint_config"), call.environ)
    if theirs is None:
        return own
    call.console.note(f"settings of hadolint are heeded: {theirs[1]}")
    return _with_theirs(own, theirs[0], call)


def _shellcheck(call: Call) -> str:
    if not call.on("shellcheck"):
        return ""
    from dunnage.flows._lint_shellcheck import program

    return program(call.environ)


def _with_theirs(own: LintRequest, theirs: HadolintConfig, call: Call) -> LintRequest:
    """Return the request with what a project settled for hadolint; our own settings win."""
    settings = replace(
        own.settings,
        trusted_registries=own.settings.trusted_registries or theirs.trusted,
        labels={**dict(theirs.labels), **own.settings.labels},
        strict_labels=own.settings.strict_labels or theirs.strict_labels,
    )
    return replace(
        own,
        policy=_policy(call, _threshold(theirs)),
        passed_over=theirs.ignored,
        overrides=tuple((code, Severity.of_level(level)) for code, level in theirs.overrides),
        settings=settings,
    )


def _policy(call: Call, default: str) -> Policy:
    from dunnage.policy.load import load

    code = call.number("exit_code")
    if code > 125:
        raise UsageError(f"--exit-code takes 1 to 125, not {code}")
    level = call.text("fail_on") or default
    asked: dict[str, object] = {
        "severity": tuple(map(severity_word, call.listed("severity"))),
        "fail-on": None if level == "none" else severity_word(level),
        "allow-incomplete": call.on("allow_incomplete"),
    }
    waivers = settings_of(call.text("config"), ()).waivers
    policy = load(asked, tuple(w for w in waivers if w.id.lower().startswith(LINTED)))
    return replace(policy, exit_code=code or 1)


def _threshold(theirs: HadolintConfig) -> str:
    if theirs.no_fail or theirs.threshold == "none":
        return "none"
    # What hadolint calls "ignore" is below all levels.
    return "style" if theirs.threshold == "ignore" else theirs.threshold or "warning"


def severity_word(word: str) -> str:
    """Return the word for a severity of a linter's level; what is none stays as it is."""
    severity = Severity.of_level(word)
    return word if severity is Severity.UNKNOWN else severity.label


def _labels(listed: tuple[str, ...]) -> Mapping[str, str]:
    found = {}
    for text in listed:
        name, _, kind = text.partition("=")
        if (kind or "text") not in _KINDS:
            advice = f"kinds: {', '.join(_KINDS)}"
            raise UsageError(f"--labels: there is no kind {kind!r} of label", advice=advice)
        found[name.strip()] = kind or "text"
    return found
