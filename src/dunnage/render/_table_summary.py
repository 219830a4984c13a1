"""The last lines of the table: verdict, what was examined, best upgrades, next command."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from dunnage.model.finding import Kind, Status
from dunnage.model.problem import Effect
from dunnage.model.severity import Severity
from dunnage.render._base import base_line
from dunnage.render._differences import folded
from dunnage.render._table_next import looked, next_step, open_findings, wanted_data
from dunnage.render._table_page import LABEL
from dunnage.render._text import clean, plural, size, wrap

if TYPE_CHECKING:
    from dunnage.model.report import Data, Gate, Report, Subject, Upgrade
    from dunnage.render._table_page import Page

# No name or version holds a space, so that these words stand only in sentences.
_IN_WORDS = re.compile(r" (?:to|with) ")


def write_summary(page: Page, report: Report, dockerfile: str = "") -> None:
    """Write the last lines of a report.

    Args:
        page: Where to.
        report: The report.
        dockerfile: As the user named it, for a command that is to be run next.
    """
    page.text("Summary", style="bold")
    page.rule()
    if looked(report):
        page.labelled("Findings", [findings_line(report)], _mood(report))
        page.labelled("Gate", [gate_line(report)], "bad" if report.gate.failed else "")
    else:
        page.labelled("Findings", ["not looked for; `dunnage scan` does"])
    for number, subject in enumerate(report.subjects):
        page.labelled("" if number else "Examined", examined_lines(report, subject))
    _bases(page, report)
    if report.data.present or wanted_data(report):
        page.labelled("Data", [data_line(report.data)])
    _upgrades(page, report)
    if report.exit_code:
        page.labelled("Exit", [_exit(report)], "bad")
    page.labelled("Next", [next_step(report, page.width - LABEL, dockerfile)], "bold")


def _bases(page: Page, report: Report) -> None:
    told = folded((s, base_line(s.base)) for s in report.subjects if s.base is not None)
    for number, (name, line) in enumerate(told):
        about = f"{name}: " if len(report.subjects) > 1 else ""
        page.labelled("" if number else "Base", [about + line])


def _mood(report: Report) -> str:
    found = open_findings(report.subjects)
    if found:
        return max(finding.severity for finding in found).label
    if not report.complete:
        return "bad"
    return "" if _unlisted(report) else "good"


def _unlisted(report: Report) -> str:
    """Return how many findings are not open, by why; empty if all are."""
    counts = Counter(f.status for subject in report.subjects for f in subject.findings)
    kinds = (Status.WAIVED, Status.SUPPRESSED, Status.HIDDEN)
    return ", ".join(f"{counts[kind]:,} {kind.value}" for kind in kinds if counts[kind])


def findings_line(report: Report) -> str:
    """Return the open findings by severity, and what was not examined."""
    found = open_findings(report.subjects)
    packages = sum(len(subject.inventory.packages) for subject in report.subjects)
    if found:
        distinct = len({(finding.kind, finding.id) for finding in found})
        counts = Counter(finding.severity for finding in found)
        told = ", ".join(
            f"{counts[s]:,} {s.label}" for s in sorted(Severity, reverse=True) if counts[s]
        )
        total = plural(len(found), "finding")
        same = f", {distinct:,} distinct" if distinct != len(found) else ""
        fixes = [bool(f.fix.version) for f in found if f.kind is Kind.VULNERABILITY]
        fixable = f"; a fix exists for {sum(fixes):,}" if fixes else ""
        text = f"{told} ({total}{same}{fixable})"
    elif report.complete:
        text = f"none in {plural(packages, 'package')}" if packages else "none; no packages found"
        if unlisted := _unlisted(report):
            text = f"none listed in {plural(packages, 'package')}; {unlisted}"
    else:
        text = "nothing found in what was examined"
    if report.complete:
        return text
    return f"{text}; {_missing(report)}"


def _missing(report: Report) -> str:
    unseen = sum(subject.examined.packages_unexamined for subject in report.subjects)
    if unseen:
        verb = "was" if unseen == 1 else "were"
        return f"{plural(unseen, 'package')} {verb} NOT examined"
    effects = {problem.effect for problem in report.all_problems}
    if Effect.NO_DATA in effects:
        return "NOTHING was matched, because there is no advisory data"
    return "something was NOT examined, see above"


def gate_line(report: Report) -> str:
    """Return what the gate said, with the options that asked for it."""
    gate = report.gate
    if not gate.asked:
        return "not asked for; `--fail-on high` fails on findings at or above high"
    asked = [f"--fail-on {gate.fail_on}"] if gate.fail_on else []
    asked += ["--fail-on-unknown"] if gate.fail_on_unknown else []
    asked += [f"--budget {limit}" for limit in gate.budget]
    flags = " ".join(asked)
    if gate.failed:
        text = f"failed: {plural(gate.failed, 'finding')} {failing(gate)} ({flags})"
    else:
        text = f"passed {flags}"
        if not report.complete:
            text += ", as far as was examined"
    failed = set(gate.failed_fingerprints)
    hidden = sum(
        finding.fingerprint in failed
        for subject in report.subjects
        for finding in subject.findings
        if finding.status is Status.HIDDEN
    )
    if hidden:
        text += f"; {hidden:,} of them not listed because of --severity"
    if gate.unknown:
        text += (
            f"; {plural(gate.unknown, 'finding')} of unknown severity could not be judged "
            "(use --fail-on-unknown)"
        )
    return text


def failing(gate: Gate) -> str:
    """Return what a finding has to be to fail a gate, as it follows their number."""
    levels = [f"at or above {gate.fail_on}"] if gate.fail_on else []
    levels += ["of unknown severity"] if gate.fail_on_unknown else []
    levels += ["over budget"] if gate.budget else []
    return " or ".join(levels)


def examined_lines(report: Report, subject: Subject) -> list[str]:
    """Return the digest of a subject, and how much of it was examined."""
    done, image = subject.examined, subject.image
    head, parts = [], []
    if len(report.subjects) > 1:
        head.append(f"{subject.name}: {plural(len(open_findings([subject])), 'finding')}")
    if image is not None and (image.digest or image.config_digest):
        head.append(image.digest or image.config_digest)
    if done.layers:
        how = [f"{done.layers_cached:,} cached"] if done.layers_cached else []
        how += [f"{size(done.bytes_read)} read"] if done.bytes_read else []
        parts.append(plural(done.layers, "layer") + (f" ({', '.join(how)})" if how else ""))
    elif done.bytes_read:
        parts.append(f"{size(done.bytes_read)} read")
    if done.files:
        parts.append(plural(done.files, "file"))
    kinds = Counter(package.type for package in subject.inventory.packages)
    types = ", ".join(f"{kinds[kind]:,} {kind}" for kind in sorted(kinds))
    total = plural(len(subject.inventory.packages), "package")
    parts.append(f"{total} ({types})" if types else total)
    if done.packages_unexamined:
        parts.append(f"{done.packages_unexamined:,} of them NOT matched")
    if done.removed:
        parts.append(f"{done.removed:,} removed by later layers")
    return [*head, "; ".join(parts)]


def data_line(data: Data) -> str:
    """Return how much advisory data there was, and how old it was."""
    if not data.present:
        return "no advisory data"
    age = "of unknown age"
    if data.age_days >= 0:
        hours = data.age_days * 24
        age = "less than an hour old"
        if hours >= 1:
            age = (
                f"{data.age_days:.1f} days old"
                if hours >= 48
                else f"{plural(int(hours), 'hour')} old"
            )
    return f"{plural(data.records, 'advisory', 'advisories')}, {age}"


def _upgrades(page: Page, report: Report) -> None:
    several = len(report.subjects) > 1
    label = "Upgrade"
    for name, upgrade in folded((s, upgrade) for s in report.subjects for upgrade in s.upgrades):
        about = f"{name}: " if several else ""
        told = [about + _upgrade(upgrade), *_shell(upgrade.command, page.width - LABEL)]
        page.labelled(label, told)
        label = ""


def _shell(command: str, width: int) -> list[str]:
    """Return a command in backticks; long ones go on in the next line as a shell wants it.

    What is advice in words comes out as it is.
    """
    if _IN_WORDS.search(command):
        return [command]
    lines = wrap(clean(f"`{command}`"), width - 2) if command else []
    return [line + " \\" for line in lines[:-1]] + lines[-1:]


def _upgrade(upgrade: Upgrade) -> str:
    counts = ", ".join(f"{count:,} {label}" for label, count in upgrade.by_severity)
    text = (
        f"{upgrade.package} {upgrade.current} -> {upgrade.version} "
        f"removes {plural(upgrade.removes, 'finding')}"
    )
    text += f" ({counts})" if counts else ""
    return text + (f", {upgrade.remains:,} would remain" if upgrade.remains else "")


def _exit(report: Report) -> str:
    reason = {
        Effect.NO_DATA: "there is no advisory data",
        Effect.INCOMPLETE: "incomplete, see above; `--allow-incomplete` leaves the verdict to the gate",
        Effect.UNREADABLE: "a target cannot be read, see above",
        Effect.USAGE: "the name of a target cannot be understood, see above",
        Effect.INTERNAL: "a mistake of ours, see above",
        None: "an operating system has reached its end of life (--exit-on-eol)"
        if report.gate.end_of_life
        else "the gate failed",
    }
    return f"{report.exit_code}: {reason.get(report.decisive, '')}"
