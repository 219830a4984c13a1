"""Writes findings in the AWS Security Finding Format, which AWS Security Hub takes.

The document is the list that ``BatchImportFindings`` wants as ``Findings``
(https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html, schema version
2018-10-08), with the field lengths given there. The interface takes 100 findings at a time. Findings
belong to an account and a region, which come from the environment (``AWS_ACCOUNT_ID``, ``AWS_REGION``
or ``AWS_DEFAULT_REGION``), and to the default product of that account, which every account may write
to. A finding keeps its ``Id`` from scan to scan of the same name, so that it is brought up to date
and not added again. Only open findings are written, and one more for each target that could not be
examined completely, so that an empty list means that all is well.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from dunnage.model.finding import Kind
from dunnage.model.problem import Effect
from dunnage.model.renderer import Renderer
from dunnage.model.severity import Severity
from dunnage.render._encode import encode
from dunnage.render._open import incident, open_findings, solution, title
from dunnage.render._sarif_text import clean, link
from dunnage.render._table_blocks import SYSTEM_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.model.finding import Finding
    from dunnage.model.package import Package
    from dunnage.model.report import Report, Subject, View

Json = dict[str, Any]
_BATCH = 100
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]{2,9}){1,3}-[0-9]{1,2}")
_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))
_LABELS = {Severity.UNKNOWN: "INFORMATIONAL", Severity.NEGLIGIBLE: "INFORMATIONAL"}
_CHECKS = "Software and Configuration Checks"
_VULNERABILITY = f"{_CHECKS}/Vulnerabilities/CVE"
_LINKS = 10


def render(report: Report, view: View) -> bytes:
    """Return the open findings as JSON.

    Args:
        report: What to write.
        view: Its ``build`` names the account (``aws-account``) and the region (``aws-region``).
    """
    account, region = _place(view)
    owner = {"ProductArn": _product(account, region), "AwsAccountId": account}
    found = []
    for subject in report.subjects:
        entries = [_finding(one, package, subject) for one, package in open_findings(subject)]
        for entry in (*entries, *_unseen(report, subject)):
            entry |= {"CreatedAt": report.created, "UpdatedAt": report.created}
            entry["Resources"] = [_resource(subject, region)]
            found.append(_kept(entry) | owner)
    return encode(found)


def left_out(report: Report, view: View) -> str:
    """Return what has to be added or heeded before the document is sent, or an empty text."""
    account, region = _place(view)
    missing = [] if account else ["account, which AWS_ACCOUNT_ID would give"]
    missing += [] if region else ["region, which AWS_REGION would give"]
    told = [f"the findings lack the {', and the '.join(missing)}"] if missing else []
    count = sum(
        len(open_findings(subject)) + len(list(_unseen(report, subject)))
        for subject in report.subjects
    )
    if count > _BATCH:
        parts = -(-count // _BATCH)
        told.append(f"Security Hub takes {_BATCH} findings at a time; send these in {parts} parts")
    return "; ".join(told)


def _place(view: View) -> tuple[str, str]:
    """Return account and region, each empty unless it is one."""
    build = dict(view.build)
    account, region = build.get("aws-account", ""), build.get("aws-region", "")
    return (
        account if _ACCOUNT.fullmatch(account) else "",
        region if _REGION.fullmatch(region) else "",
    )


def _partition(region: str) -> str:
    return next((name for start, name in _PARTITIONS if region.startswith(start)), "aws")


def _product(account: str, region: str) -> str:
    """Return the name of an account's default product (user guide, "Custom integrations")."""
    partition = _partition(region)
    return f"arn:{partition}:securityhub:{region}:{account}:product/{account}/default"


def _resource(subject: Subject, region: str) -> Json:
    """Return what the findings are about: a container's image, or something else."""
    image, os = subject.image, subject.inventory.system
    name = clean(subject.name, 500)
    facts = {
        "Distribution": f"{os.id} {os.version}" if os else "",
        "Platform": str(image.platform) if image else "",
        "Source": subject.source,
    }
    details: Json = {"Other": {key: clean(value) for key, value in facts.items()}}
    if image:
        # The end of a name tells more than its start: the tag or the digest.
        short = name if len(name) <= 128 else f"...{name[-125:]}"
        digest = clean(image.digest or image.config_digest)
        details["Container"] = {"ImageName": short, "ImageId": digest}
    return {
        "Type": "Container" if image else "Other",
        "Id": name,
        "Partition": _partition(region),
        "Region": region,
        "Details": details,
    }


def _finding(finding: Finding, package: Package | None, subject: Subject) -> Json:
    name = finding.id or finding.kind.value
    vulnerability = finding.kind is Kind.VULNERABILITY
    about = finding.message
    if not finding.id or finding.id not in about:
        about = f"{title(finding, package)}: {about}"
    label = _LABELS.get(finding.severity, finding.severity.label.upper())
    url = next(filter(None, map(link, finding.urls)), "")
    return {
        "SchemaVersion": "2018-10-08",
        "Id": _id(finding, subject),
        "GeneratorId": f"dunnage/{clean(name, 400)}",
        "Types": [_VULNERABILITY if vulnerability else _CHECKS],
        "Severity": {"Label": label, "Original": finding.severity.label.upper()},
        "Title": clean(f"{title(finding, package)} of {subject.name}", 256),
        "Description": clean(about, 1024),
        "Remediation": {"Recommendation": {"Text": clean(solution(finding), 512), "Url": url}},
        "ProductFields": _fields(finding, package, subject),
        "Vulnerabilities": [_vulnerability(finding, package)] if vulnerability else [],
        "RecordState": "ACTIVE",
    }


def _unseen(report: Report, subject: Subject) -> Iterator[Json]:
    """Give a finding that tells what of a subject was not examined, if anything was not."""
    problems = [
        problem
        for problem in (*report.problems, *subject.problems)
        if problem.effect is not Effect.NOTE
    ]
    if not problems:
        return
    advice = next((problem.advice for problem in problems if problem.advice), "")
    yield {
        "SchemaVersion": "2018-10-08",
        "Id": f"dunnage/{clean(subject.name, 300)}/not-examined",
        "GeneratorId": "dunnage/not-examined",
        "Types": [_CHECKS],
        "Severity": {"Label": "MEDIUM", "Original": "INCOMPLETE"},
        "Title": clean(f"Not everything was examined of {subject.name}", 256),
        "Description": clean("; ".join(map(incident, problems[:20])), 1024),
        "Remediation": {"Recommendation": {"Text": clean(advice, 512)}},
        "RecordState": "ACTIVE",
    }


def _id(finding: Finding, subject: Subject) -> str:
    """Return a name that no other finding has: readable, and told apart by a digest."""
    text = f"{subject.name}\n{finding.fingerprint}\n{finding.id}\n{finding.package}"
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"dunnage/{clean(subject.name, 300)}/{clean(finding.id, 100)}/{digest}"


def _fields(finding: Finding, package: Package | None, subject: Subject) -> Mapping[str, str]:
    layers = {layer.index: layer for layer in subject.image.layers} if subject.image else {}
    place = finding.locations[0] if finding.locations else None
    made = layers[place.layer].created_by if place and place.layer in layers else ""
    exploited = finding.exploited
    facts = {
        "dunnage/kind": finding.kind.value,
        "dunnage/purl": str(package.purl) if package else "",
        "dunnage/path": place.path if place else "",
        "dunnage/layer": str(place.layer) if place and place.layer >= 0 else "",
        "dunnage/made-by": made,
        "dunnage/known-exploited-since": exploited.added if exploited else "",
        "dunnage/fingerprint": finding.fingerprint,
    }
    return {key: clean(value, 2048) for key, value in facts.items()}


def _vulnerability(finding: Finding, package: Package | None) -> Json:
    fixed = bool(finding.fix.version)
    found: Json = {
        "Id": clean(finding.id, 200),
        "VulnerablePackages": [_package(finding, package)] if package else [],
        "Cvss": _scores(finding),
        "RelatedVulnerabilities": [clean(alias, 200) for alias in finding.aliases[:20]],
        "ReferenceUrls": [url for url in map(link, finding.urls[:_LINKS]) if url],
        "FixAvailable": "YES" if fixed else "NO",
        "Vendor": _vendor(finding),
    }
    if finding.epss >= 0:
        found["EpssScore"] = finding.epss
    if finding.exploited:
        found["ExploitAvailable"] = "YES"
    return found


def _package(finding: Finding, package: Package) -> Json:
    system = package.type in SYSTEM_TYPES
    place = package.locations[0] if package.locations else None
    return {
        "Name": clean(package.title),
        "Version": clean(package.version),
        "Architecture": clean(package.arch),
        "PackageManager": "OS" if system else clean(package.type).upper(),
        "FilePath": clean(place.path) if place else "",
        "SourceLayerHash": clean(place.digest) if place else "",
        "FixedInVersion": clean(finding.fix.version),
        "Remediation": clean(finding.fix.command),
    }


def _scores(finding: Finding) -> list[Json]:
    found = []
    for score in finding.scores:
        if score.vector and score.score >= 0:
            head = score.vector.partition("/")[0]
            version = head.removeprefix("CVSS:") if head.startswith("CVSS:") else "2.0"
            found.append(
                {
                    "Version": clean(version, 10),
                    "BaseScore": score.score,
                    "BaseVector": clean(score.vector, 300),
                    "Source": clean(score.source),
                }
            )
    return found[:10]


def _vendor(finding: Finding) -> Json:
    for statement in finding.statements:
        told = {
            "Name": clean(statement.ecosystem or statement.feed, 200),
            "Url": link(statement.url),
            "VendorSeverity": finding.severity.label.upper(),
        }
        if finding.published:
            told["VendorCreatedAt"] = clean(finding.published, 40)
        if told["Name"].strip():
            return told
    return {}


def _kept(value: Json) -> Json:
    """Return an object without what is empty, which the interface refuses everywhere."""
    kept = {key: _inner(inner) for key, inner in value.items()}
    return {key: inner for key, inner in kept.items() if inner not in ("", [], {})}


def _inner(value: Any) -> Any:  # noqa: ANN401 - JSON has every type
    if isinstance(value, dict):
        return _kept(value)
    if isinstance(value, list):
        return [found for one in value if (found := _inner(one)) not in ("", {})]
    return value.strip() if isinstance(value, str) else value


renderer = Renderer(
    render=render,
    media_type="application/json",
    suffix=".json",
    summary="AWS Security Hub findings (ASFF)",
    left_out=left_out,
    of_source=False,
)
