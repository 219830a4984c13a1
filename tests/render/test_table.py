"""The table: exact output for the shared samples, and the promises it makes to a reader."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

import sample_image
import samples
from dunnage.model.finding import Finding, Kind, Status
from dunnage.model.inventory import Inventory
from dunnage.model.location import Location
from dunnage.model.problem import Effect, Problem
from dunnage.model.report import Gate, Report, Subject, Upgrade, View
from dunnage.model.severity import Severity
from dunnage.render._table_blocks import blocks
from dunnage.render._text import columns
from dunnage.render.table import renderer
from sample_hostile import HOSTILE
from sample_platforms import PLATFORMS
from support import ROOT

if TYPE_CHECKING:
    from dunnage.model.package import Package

GOLDEN = ROOT / "tests" / "golden"
LISTED = replace(samples.REPORT, list_packages=True)
OVER = Gate(asked=True, failed=1, budget=("bytes=200MB", "setuid=+0"))
FAT = Finding(
    "image/over-budget",
    Kind.MISCONFIGURATION,
    "212.4 MB unpacked, budget 200.0 MB (12.4 MB over); the largest layer is 2 (RUN apk add x)",
    Severity.MEDIUM,
    locations=(Location("budget/bytes", 2),),
    fingerprint="f" * 32,
)
WEAK = replace(FAT, locations=(Location("budget/critical"),), fingerprint="e" * 32)
TOO_MUCH = replace(
    samples.REPORT,
    subjects=(replace(samples.SUBJECT, findings=(FAT,), problems=(), upgrades=()),),
    problems=(),
    gate=replace(OVER, failed_fingerprints=(FAT.fingerprint,)),
)
CASES = {
    "table-sample-80": (samples.REPORT, View()),
    "table-sample-listed-100": (LISTED, View(width=100)),
    "table-sample-colour": (samples.REPORT, View(colour=True)),
    "table-nothing-found": (samples.EMPTY, View()),
    "table-nothing-examined": (samples.UNSEEN, View()),
    "table-several-120": (samples.SEVERAL, View(width=120)),
    "table-platforms-80": (PLATFORMS, View(width=80)),
    "table-hostile-60": (HOSTILE, View(width=60)),
    "table-over-budget-80": (TOO_MUCH, View()),
}


def text_of(report: Report, view: View | None = None) -> str:
    """Return the rendered table."""
    return renderer.render(report, view or View()).decode()


def flat(report: Report, view: View | None = None) -> str:
    """Return the rendered table without line breaks, to look for sentences."""
    return " ".join(text_of(report, view).split())


@pytest.mark.parametrize("name", CASES)
def test_output_is_exactly_as_agreed(name: str) -> None:
    """What people see changes only on purpose (DUNNAGE_UPDATE_GOLDEN=1 rewrites the files)."""
    report, view = CASES[name]
    path = GOLDEN / f"{name}.txt"
    got = renderer.render(report, view)
    if os.environ.get("DUNNAGE_UPDATE_GOLDEN"):
        path.write_bytes(got)
    assert got.decode() == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("report", [LISTED, samples.SEVERAL, HOSTILE, samples.UNSEEN])
@pytest.mark.parametrize("width", [1, 60, 61, 80, 133])
def test_no_line_is_wider_than_the_terminal(report: Report, width: int) -> None:
    """Lines keep within the width, which is never taken as less than 60."""
    lines = text_of(report, View(width=width)).splitlines()
    assert max(map(columns, lines)) <= max(60, width)


def test_nothing_examined_can_steer_the_terminal() -> None:
    """No control, escape or direction character gets through, and no build server command."""
    text = text_of(replace(HOSTILE, list_packages=True))
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", text
    )
    name = "::error::owned ##[group]"
    package = replace(sample_image.LOG4J, namespace="", name=name, ref="x")
    finding = replace(samples.LOG4SHELL, package="x")
    report = _only(finding, package)
    assert "error::owned # #[group]" in text_of(report)
    assert not any(line.lstrip().startswith("::") for line in text_of(report).splitlines())


def _only(finding: Finding, package: Package) -> Report:
    subject = replace(
        samples.SUBJECT,
        inventory=replace(samples.SUBJECT.inventory, packages=(package,)),
        findings=(finding,),
        problems=(),
        upgrades=(),
    )
    return replace(samples.REPORT, subjects=(subject,), problems=(), gate=Gate())


def test_colour_is_only_added() -> None:
    """Without escape codes the coloured table is the plain one; plain output has none."""
    plain, coloured = text_of(samples.REPORT), text_of(samples.REPORT, View(colour=True))
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert coloured != plain


def test_every_open_finding_is_there_and_no_other() -> None:
    """Nothing open is dropped; waived, suppressed and hidden ones are counted instead."""
    text = text_of(samples.REPORT)
    for finding in samples.FINDINGS:
        assert (finding.id in text) == (finding.status is Status.OPEN), finding.id
    assert "1 waived, 1 suppressed, 1 hidden" in text


def test_zero_reads_differently_when_incomplete() -> None:
    """Nothing found and nothing examined are not the same."""
    examined = replace(samples.EMPTY.subjects[0].examined, packages_unexamined=15)
    problem = Problem("no-advisory-data", "no data", count=15)
    subject = replace(samples.EMPTY.subjects[0], problems=(problem,), examined=examined)
    incomplete = replace(samples.EMPTY, subjects=(subject,))
    assert "none in 13 packages" in flat(samples.EMPTY)
    told = "nothing found in what was examined; 15 packages were NOT examined"
    assert told in flat(incomplete)
    assert "none in" not in flat(incomplete)


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        (Gate(), "Gate not asked for"),
        (Gate(asked=True, fail_on="high"), "Gate passed --fail-on high Examined"),
        (
            Gate(asked=True, fail_on="high", unknown=3),
            (
                "Gate passed --fail-on high; 3 findings of unknown severity could not be judged "
                "(use --fail-on-unknown)"
            ),
        ),
        (
            Gate(asked=True, fail_on="high", failed=4),
            "Gate failed: 4 findings at or above high (--fail-on high)",
        ),
        (
            Gate(asked=True, fail_on_unknown=True, failed=1),
            "Gate failed: 1 finding of unknown severity (--fail-on-unknown)",
        ),
        (
            Gate(
                asked=True,
                fail_on="low",
                failed=1,
                failed_fingerprints=(samples.HIDDEN.fingerprint,),
            ),
            "(--fail-on low); 1 of them not listed because of --severity",
        ),
        (
            Gate(asked=True, budget=("bytes=200MB", "setuid=+0")),
            "Gate passed --budget bytes=200MB --budget setuid=+0 Examined",
        ),
        (
            Gate(asked=True, fail_on="high", failed=2, budget=("setuid=0",)),
            "failed: 2 findings at or above high or over budget (--fail-on high --budget setuid=0)",
        ),
    ],
)
def test_gate_says_what_it_judged(gate: Gate, told: str) -> None:
    """The verdict names its bound, its count and what it could not judge."""
    subject = replace(samples.SUBJECT, problems=(), upgrades=())
    report = replace(samples.REPORT, subjects=(subject,), problems=(), gate=gate)
    assert told in flat(report)


def test_passed_gate_of_an_incomplete_scan_is_no_clean_pass() -> None:
    """A gate that passed on half a target says so, and the exit code is explained."""
    report = replace(samples.REPORT, gate=Gate(asked=True, fail_on="high"))
    assert "passed --fail-on high, as far as was examined" in flat(report)
    assert "Exit 3: incomplete" in flat(report)


def test_copies_of_one_library_share_a_block() -> None:
    """Many copies become one block that names three places and counts the others."""
    copies = tuple(
        replace(sample_image.LOG4J, ref=f"r{i}", locations=(Location(f"opt/{i}.jar"),))
        for i in range(9)
    )
    findings = tuple(replace(samples.LOG4SHELL, package=copy.ref) for copy in copies)
    inventory = replace(samples.SUBJECT.inventory, packages=copies)
    subject = replace(samples.SUBJECT, inventory=inventory, findings=findings)
    text = text_of(replace(samples.REPORT, subjects=(subject,)))
    assert text.count("CVE-2021-44228") == 1
    assert "and 6 more copies" in text
    assert "9 critical (9 findings, 1 distinct" in " ".join(text.split())


CLEAN = replace(samples.SUBJECT, findings=(), problems=(), upgrades=(), name="web:1", note="")
OPEN = replace(CLEAN, findings=(samples.LOG4SHELL,))
FAILED = Gate(asked=True, fail_on="high", failed=1)
OLD = replace(FAILED, failed_fingerprints=(samples.END_OF_LIFE.fingerprint,))
UNREAD = Problem("truncated", "it ends too early", advice="save it again")
WAIVE = "what must stay for a while: [[waivers]] in dunnage.toml"


@pytest.mark.parametrize(
    ("subject", "gate", "told"),
    [
        (CLEAN, Gate(), "`dunnage sbom web:1 -o cyclonedx-json=sbom.json` keeps the inventory"),
        (
            replace(CLEAN, name="web:1" * 20),
            Gate(),
            "`dunnage sbom` of the same target with `-o cyclonedx-json=sbom.json` keeps the",
        ),
        (
            replace(CLEAN, source="sbom"),
            Gate(),
            "`dunnage scan web:1 -o json=report.json` keeps this result",
        ),
        (
            replace(CLEAN, inventory=Inventory()),
            Gate(),
            "`dunnage scan web:1 -o json=report.json` keeps this result",
        ),
        (replace(CLEAN, name="-"), Gate(), "`dunnage sbom` of the same target with"),
        (replace(CLEAN, scanners=()), Gate(), "`dunnage scan web:1` tells what is vulnerable"),
        (replace(CLEAN, problems=(UNREAD,)), Gate(), "to examine the rest: save it again"),
        (OPEN, Gate(), "`dunnage scan web:1 -o json=report.json` keeps all details"),
        (
            replace(OPEN, scanners=("image",)),
            Gate(),
            "`dunnage scan web:1 --scanners image -o json=report.json` keeps all details",
        ),
        (
            replace(OPEN, scanners=("vuln", "image")),
            Gate(),
            "`dunnage scan web:1 --scanners vuln,image -o json=report.json` keeps all details",
        ),
        (
            replace(OPEN, upgrades=samples.SUBJECT.upgrades),
            Gate(),
            "apply the upgrades above and scan again; `-o json=report.json` keeps all details",
        ),
        (
            replace(OPEN, upgrades=samples.SUBJECT.upgrades),
            FAILED,
            f"apply the upgrades above and scan again; {WAIVE}",
        ),
        (OPEN, FAILED, f"no upgrade removes what failed the gate; {WAIVE}"),
        (
            replace(CLEAN, findings=(samples.END_OF_LIFE,)),
            OLD,
            f"build on a release that still gets security support; {WAIVE}",
        ),
        (
            replace(OPEN, findings=(samples.LOG4SHELL, FAT), upgrades=samples.SUBJECT.upgrades),
            replace(OVER, failed_fingerprints=(FAT.fingerprint,)),
            f"take out what is over the budget, or decide that it may be more; {WAIVE}",
        ),
        (
            replace(OPEN, findings=(samples.LOG4SHELL, WEAK), upgrades=samples.SUBJECT.upgrades),
            replace(OVER, failed_fingerprints=(WEAK.fingerprint,)),
            f"apply the upgrades above and scan again; {WAIVE}",
        ),
    ],
)
def test_the_last_line_is_something_to_do(subject: Subject, gate: Gate, told: str) -> None:
    """It fits what was examined, what was found, and what failed."""
    report = replace(samples.REPORT, subjects=(subject,), problems=(), gate=gate)
    assert f"Next {told}" in flat(report)


def test_the_next_command_keeps_the_dockerfile() -> None:
    """As the user named it; where only a stored report tells of one, no command is made up."""
    pointed = replace(OPEN, dockerfile="Dockerfile", scanners=("image",))
    report = replace(samples.REPORT, subjects=(pointed,), problems=(), gate=Gate())
    for name, shown in (("../my app/Dockerfile", "--dockerfile '../my app/Dockerfile'"),
                        ("-d", "--dockerfile=-d")):  # fmt: skip
        told = flat(report, View(width=120, dockerfile=name))
        assert f"Next `dunnage scan web:1 --scanners image {shown} -o json=report.json`" in told
    assert "Next the same command with `-o json=report.json`" in flat(report)


def test_nothing_listed_is_not_nothing_found() -> None:
    """Findings that are hidden or waived are counted where it would say none; so is no package."""
    hidden = replace(CLEAN, findings=(samples.HIDDEN,))
    report = replace(samples.REPORT, problems=(), gate=Gate())
    count = len(CLEAN.inventory.packages)
    for subject, told in (
        (CLEAN, f"none in {count} packages"),
        (hidden, f"none listed in {count} packages; 1 hidden"),
        (replace(CLEAN, inventory=Inventory()), "none; no packages found"),
    ):
        assert f"Findings {told} Gate" in flat(replace(report, subjects=(subject,)))


def test_advice_in_words_is_no_command() -> None:
    """What no shell understands has no backticks and no line end for one."""
    upgrade = replace(samples.SUBJECT.upgrades[0], command="set the version of a:b to 1.2")
    subject = replace(samples.SUBJECT, upgrades=(upgrade,))
    text = flat(replace(samples.REPORT, subjects=(subject,)))
    assert " set the version of a:b to 1.2 " in text
    assert "`set" not in text


def test_long_command_can_still_be_pasted() -> None:
    """A command that takes several lines goes on the way a shell wants it."""
    names = [f"library{number}" for number in range(30)]
    command = "apt-get install --only-upgrade " + " ".join(names)
    upgrade = Upgrade("big", "deb", "1", "2", 3, 0, (("high", 3),), command)
    subject = replace(samples.SUBJECT, upgrades=(upgrade,))
    text = text_of(replace(samples.REPORT, subjects=(subject,)))
    start = text.index("`apt-get")
    shown = text[start : text.index("`", start + 1) + 1]
    assert re.sub(r" \\\n +", " ", shown) == f"`{command}`"


def test_notes_do_not_look_like_gaps() -> None:
    """A note leaves the report complete and stands under its own heading."""
    note = Problem("old-data", "the advisory data is 1 day old", effect=Effect.NOTE)
    subject = replace(samples.EMPTY.subjects[0], problems=(note,))
    text = text_of(replace(samples.EMPTY, subjects=(subject,)))
    assert "Not examined" not in text
    assert "Notes\n- the advisory data is 1 day old" in text


def test_unknown_severity_is_shown_as_such() -> None:
    """Nobody's word is not a low severity."""
    package = sample_image.BUSYBOX
    text = text_of(_only(replace(samples.UNSCORED, severity=Severity.UNKNOWN), package))
    assert re.search(r"^  UNKNOWN +CVE-2021-42374", text, re.MULTILINE)


@pytest.mark.parametrize("key", ["package", "vulnerability", "epss", "kev"])
def test_order_is_a_matter_of_view(key: str) -> None:
    """Another order lists the same findings; each key orders by what it is called."""

    def listed(sort: str) -> list[Finding]:
        return [f for block in blocks(samples.SUBJECT, sort) for f in block.findings]

    found = listed(key)
    assert sorted(f.fingerprint for f in found) == sorted(f.fingerprint for f in listed("severity"))
    first = [block.findings[0] for block in blocks(samples.SUBJECT, key)]
    names = [block.packages[0].title for block in blocks(samples.SUBJECT, key) if block.packages]
    if key == "package":
        assert names == sorted(names)
    elif key == "vulnerability":
        assert first == sorted(first, key=lambda finding: finding.id)
    else:
        numbers = [-f.epss if key == "epss" else float(f.exploited is None) for f in first]
        assert numbers == sorted(numbers)


def test_what_is_suppressed_can_be_listed() -> None:
    """Waived and suppressed findings with their reasons; hidden ones are still only counted."""
    text = renderer.render(samples.REPORT, View(suppressed=True)).decode()
    kept = (Status.WAIVED, Status.SUPPRESSED)
    aside = [f for f in samples.SUBJECT.findings if f.status in kept]
    assert aside
    flat = " ".join(text.split())
    assert f"Waived or suppressed ({len(aside)})" in flat
    assert all(" ".join(f.reason.split()) in flat for f in aside)
    assert "waived, waived" not in flat
    assert "waived;" not in flat.partition("Not listed:")[2][:60]


def test_end_of_life_decides_the_exit() -> None:
    """The last lines say why the exit code is that of --exit-on-eol."""
    gate = Gate(exit_on_eol=9, end_of_life=1)
    report = replace(samples.REPORT, problems=(), subjects=(OPEN,), gate=gate)
    text = " ".join(renderer.render(report, View()).decode().split())
    assert "Exit 9: an operating system has reached its end of life (--exit-on-eol)" in text
