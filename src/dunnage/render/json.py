"""The report for programs: JSON with a published, versioned schema.

The schema is ``data/report.schema.json``. Its promise: while the name stays ``dunnage-report/1``,
keys and values may be added, but none is renamed, removed or given another meaning, so readers
must ignore what they do not know. Every key is always there; what is unknown is ``null``, never an
empty text or a magic number. Findings come worst first, everything else in the report's order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Status
from dunnage.model.renderer import Renderer
from dunnage.model.severity import Severity
from dunnage.render._differences import differences
from dunnage.render._differences import document as differing
from dunnage.render._encode import encode
from dunnage.render._json_subject import problem, subject
from dunnage.render._json_surface import comparison

if TYPE_CHECKING:
    from dunnage.model.report import Data, Gate, Report, View

SCHEMA = "dunnage-report/1"


def render(report: Report, view: View) -> bytes:  # noqa: ARG001 - programs have no view
    r"""Return the report as UTF-8 JSON with a final newline; the same report, the same bytes.

    Bytes of names that are not UTF-8 are written as ``\xNN``, because JSON cannot hold them.
    """
    return encode(document(report), indent=1)


renderer = Renderer(
    render=render,
    media_type="application/vnd.dunnage.report+json",
    suffix=".json",
    summary="everything, for programs; versioned schema",
)


def document(report: Report) -> dict[str, object]:
    """Return the report as plain values, in the order of the document."""
    return {
        "schema": SCHEMA,
        "tool": report.tool,
        "created": report.created,
        "complete": report.complete,
        "exit_code": report.exit_code,
        "gate": _gate(report.gate),
        "summary": _summary(report),
        "data": _data(report.data),
        "problems": [problem(item) for item in report.problems],
        "list_packages": report.list_packages,
        "rules": [{"id": r.id, "summary": r.summary, "help": r.help} for r in report.rules],
        "subjects": [subject(item) for item in report.subjects],
        "differences": [differing(item) for item in differences(report)],
        "comparison": comparison(report.comparison) if report.comparison else None,
    }


def _gate(gate: Gate) -> dict[str, object]:
    verdict = "not-asked"
    if gate.asked:
        verdict = "failed" if gate.failed else "passed"
    return {
        "verdict": verdict,
        "fail_on": gate.fail_on or None,
        "fail_on_unknown": gate.fail_on_unknown,
        "failed": gate.failed,
        "unknown": gate.unknown,
        "exit_code": gate.exit_code,
        "allow_incomplete": gate.allow_incomplete,
        "failed_fingerprints": gate.failed_fingerprints,
        "exit_on_eol": gate.exit_on_eol or None,
        "end_of_life": gate.end_of_life,
        "budget": gate.budget,
    }


def _summary(report: Report) -> dict[str, object]:
    severities = {severity.label: 0 for severity in sorted(Severity, reverse=True)}
    statuses = {status.value: 0 for status in Status}
    for item in report.subjects:
        for finding in item.findings:
            statuses[finding.status.value] += 1
            if finding.status is Status.OPEN:
                severities[finding.severity.label] += 1
    return {
        "open_by_severity": severities,
        "by_status": statuses,
        "packages": sum(len(item.inventory.packages) for item in report.subjects),
        "packages_unexamined": sum(item.examined.packages_unexamined for item in report.subjects),
    }


def _data(data: Data) -> dict[str, object]:
    return {
        "present": data.present,
        "built": data.built or None,
        "age_days": None if data.age_days < 0 else data.age_days,
        "records": data.records,
        "ecosystems": [{"name": name, "records": count} for name, count in data.ecosystems],
        "digest": data.digest or None,
    }
