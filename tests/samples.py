"""One report that holds every kind of thing, shared by the tests of all output formats.

``REPORT`` is the whole; ``EMPTY`` found nothing and examined everything; ``UNSEEN`` found nothing
because nothing could be examined; ``SEVERAL`` has two subjects. ``sample_hostile.HOSTILE`` holds
names that try to harm whoever prints them.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.advisory import Score
from dunnage.model.finding import Exploited, Finding, Fix, Kind, Statement, Status
from dunnage.model.problem import Effect, Problem
from dunnage.model.report import Data, Examined, Gate, Report, Subject, Upgrade
from dunnage.model.severity import Severity
from sample_image import (
    BUSYBOX,
    IMAGE,
    INVENTORY,
    JINJA,
    LIBCRYPTO,
    LIBSSL,
    LODASH_B,
    LOG4J,
    PACKAGES,
    REQUESTS,
    TRAVERSE,
    at,
    digest,
)

if TYPE_CHECKING:
    from dunnage.model.package import Package

CREATED = "2025-06-01T12:00:00Z"


def cvss(vector: str, score: float, source: str) -> Score:
    """Return a score with its vector."""
    return Score(vector=vector, score=score, source=source)


def _finding(finding: Finding, package: Package) -> Finding:
    printed = sha256(f"{finding.id}\0{package.ref}".encode()).hexdigest()[:32]
    return replace(finding, package=package.ref, locations=package.locations, fingerprint=printed)


_WORST = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"

LOG4SHELL = _finding(
    Finding(
        "CVE-2021-44228",
        Kind.VULNERABILITY,
        "Remote code injection in Log4j",
        Severity.CRITICAL,
        "osv",
        aliases=("GHSA-jfh8-c2jp-5v3q",),
        statements=(
            Statement(
                id="GHSA-jfh8-c2jp-5v3q",
                feed="osv",
                ecosystem="Maven",
                affected=">= 2.13.0, < 2.15.0",
                fixed="2.15.0",
                url="https://github.com/advisories/GHSA-jfh8-c2jp-5v3q",
            ),
        ),
        scores=(
            cvss("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0, "osv"),
            cvss("AV:N/AC:M/Au:N/C:C/I:C/A:C", 9.3, "nvd"),
        ),
        fix=Fix("2.15.0", "fixed", "set the version of log4j-core to 2.15.0"),
        published="2021-12-10T00:40:56Z",
        urls=(
            "https://nvd.nist.gov/vuln/detail/CVE-2021-44228",
            "https://logging.apache.org/log4j/2.x/security.html",
        ),
        exploited=Exploited("2021-12-10", "2021-12-24", ransomware=True),
        epss=0.9447,
        epss_percentile=0.9998,
    ),
    LOG4J,
)


def _openssl(package: Package, cve: str, severity: Severity, score: Score, fixed: str) -> Finding:
    return _finding(
        Finding(
            cve,
            Kind.VULNERABILITY,
            f"OpenSSL: {cve}",
            severity,
            "nvd",
            aliases=(f"ALPINE-{cve}",),
            statements=(
                Statement(
                    id=f"ALPINE-{cve}",
                    feed="osv",
                    ecosystem="Alpine:v3.10",
                    affected=f"< {fixed}",
                    fixed=fixed,
                    url=f"https://security.alpinelinux.org/vuln/{cve}",
                ),
            ),
            scores=(score, Score(word="high", source="distribution")),
            fix=Fix(fixed, "fixed", f"apk add --upgrade {package.name}"),
            published="2021-08-24T15:15:00Z",
            urls=(f"https://nvd.nist.gov/vuln/detail/{cve}",),
            epss=0.0331,
            epss_percentile=0.868,
        ),
        package,
    )


_SM2, _RENEGOTIATION = (
    cvss(_WORST, 9.8, "nvd"),
    cvss("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 7.5, "nvd"),
)

UNSCORED = _finding(
    Finding(
        "CVE-2021-42374",
        Kind.VULNERABILITY,
        "An out-of-bounds heap read in BusyBox's unlzma applet leads to information leak",
        aliases=("ALPINE-CVE-2021-42374",),
        statements=(
            Statement("ALPINE-CVE-2021-42374", "osv", "Alpine:v3.10", "< 1.30.1-r5", "1.30.1-r5"),
        ),
        fix=Fix("1.30.1-r5", "fixed", "apk add --upgrade busybox"),
    ),
    BUSYBOX,
)
UNFIXED = _finding(
    Finding(
        "CVE-2023-45133",
        Kind.VULNERABILITY,
        "Babel vulnerable to arbitrary code execution when compiling crafted code",
        Severity.HIGH,
        "osv",
        aliases=("GHSA-67hx-6x53-jw92",),
        statements=(
            Statement("GHSA-67hx-6x53-jw92", "osv", "npm", "< 7.23.2", "7.23.2"),
            Statement("OTHER-2023-1", "mirror", "npm", ">= 0"),
        ),
        scores=(
            cvss("CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 8.4, "osv"),
            cvss("CVSS:3.0/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 8.4, "nvd-secondary"),
        ),
        urls=("https://github.com/advisories/GHSA-67hx-6x53-jw92",),
    ),
    TRAVERSE,
)
WAIVED = _finding(
    Finding(
        "CVE-2019-10906",
        Kind.VULNERABILITY,
        "Jinja2 sandbox escape via string formatting",
        Severity.HIGH,
        "osv",
        aliases=("GHSA-462w-v97r-4m45", "PYSEC-2019-217"),
        statements=(
            Statement("GHSA-462w-v97r-4m45", "osv", "PyPI", "< 2.10.1", "2.10.1"),
            Statement("PYSEC-2019-217", "osv", "PyPI", "< 2.10.1", "2.10.1"),
        ),
        scores=(cvss("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N", 8.6, "osv"),),
        fix=Fix("2.10.1", "fixed", "pip install 'Jinja2>=2.10.1'"),
        status=Status.WAIVED,
        reason="waived by shop team until 2025-12-31: templates are not written by users",
    ),
    JINJA,
)
SUPPRESSED = _finding(
    Finding(
        "CVE-2024-35195",
        Kind.VULNERABILITY,
        "Requests `Session` object does not verify requests after making first request",
        Severity.MEDIUM,
        "osv",
        aliases=("GHSA-9wx4-h78v-vm56",),
        statements=(Statement("GHSA-9wx4-h78v-vm56", "osv", "PyPI", "< 2.32.0", "2.32.0"),),
        scores=(cvss("CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:H/I:H/A:N", 5.6, "osv"),),
        fix=Fix("2.32.0", "fixed", "pip install 'requests>=2.32.0'"),
        status=Status.SUPPRESSED,
        reason="installed by py3-requests, for which the distribution lists no such vulnerability",
    ),
    REQUESTS,
)
HIDDEN = _finding(
    Finding(
        "CVE-2020-28500",
        Kind.VULNERABILITY,
        "Regular expression denial of service in lodash",
        Severity.LOW,
        "distribution",
        scores=(Score(word="low", source="distribution"),),
        fix=Fix("4.17.21", "fixed", "npm install lodash@4.17.21"),
        status=Status.HIDDEN,
        reason="not asked for: --severity critical,high,medium,unknown",
    ),
    LODASH_B,
)
END_OF_LIFE = Finding(
    "alpine-3.10-end-of-life",
    Kind.END_OF_LIFE,
    "Alpine Linux 3.10 has had no security updates since 2021-05-01",
    Severity.HIGH,
    "distribution",
    locations=(at("etc/os-release", 0),),
    fix=Fix(state="fixed", command="move to a base image that is still supported"),
    urls=("https://alpinelinux.org/releases/",),
    fingerprint=sha256(b"eol").hexdigest()[:32],
)

FINDINGS = (
    LOG4SHELL,
    _openssl(LIBCRYPTO, "CVE-2021-3711", Severity.CRITICAL, _SM2, "1.1.1l-r0"),
    _openssl(LIBSSL, "CVE-2021-3711", Severity.CRITICAL, _SM2, "1.1.1l-r0"),
    END_OF_LIFE,
    UNFIXED,
    WAIVED,
    _openssl(LIBCRYPTO, "CVE-2021-3449", Severity.HIGH, _RENEGOTIATION, "1.1.1k-r0"),
    _openssl(LIBSSL, "CVE-2021-3449", Severity.HIGH, _RENEGOTIATION, "1.1.1k-r0"),
    SUPPRESSED,
    HIDDEN,
    UNSCORED,
)

PROBLEMS = (
    Problem(
        "no-data-for-ecosystem",
        "1 crates.io package was not examined, because the store has no crates.io advisories",
        where="app/indexer",
        advice="run `dunnage db update --from MIRROR --only crates.io`",
    ),
    Problem(
        "clock-skew", "2 records carry a future date", where="osv", effect=Effect.NOTE, count=2
    ),
)

UPGRADES = (
    Upgrade(
        package="openssl",
        type="apk",
        current="1.1.1d-r2",
        version="1.1.1l-r0",
        removes=4,
        remains=0,
        by_severity=(("critical", 2), ("high", 2)),
        command="apk add --upgrade libcrypto1.1 libssl1.1",
    ),
    Upgrade(
        package="org.apache.logging.log4j:log4j-core",
        type="maven",
        current="2.14.1",
        version="2.15.0",
        removes=1,
        remains=0,
        by_severity=(("critical", 1),),
    ),
)

_GATED = tuple(f for f in FINDINGS if f.status is Status.OPEN and f.severity >= Severity.HIGH)

SUBJECT = Subject(
    name="registry.example.org/shop/web:1.4",
    source="registry",
    image=IMAGE,
    inventory=INVENTORY,
    findings=FINDINGS,
    problems=PROBLEMS,
    examined=Examined(
        layers=3,
        layers_cached=1,
        bytes_read=57_420_004,
        files=9_341,
        packages=len(PACKAGES),
        packages_matched=len(PACKAGES) - 1,
        packages_unexamined=1,
        removed=1,
    ),
    upgrades=UPGRADES,
    note="no file of this name exists, so it was looked up in a registry",
    scanners=("vuln",),
    skipped=(("secret", "comes with a later version"),),
)

DATA = Data(
    present=True,
    built="2025-05-31T18:00:00Z",
    age_days=0.75,
    records=41_250,
    ecosystems=(("Alpine:v3.10", 1201), ("Maven", 5100), ("PyPI", 3400), ("npm", 3800)),
    digest=digest("store"),
)

REPORT = Report(
    subjects=(SUBJECT,),
    created=CREATED,
    tool="dunnage 0.1.0",
    data=DATA,
    gate=Gate(
        asked=True,
        fail_on="high",
        failed=len(_GATED),
        unknown=1,
        failed_fingerprints=tuple(f.fingerprint for f in _GATED),
    ),
    problems=(
        Problem("old-data", "the advisory data is 1 day old", advice="", effect=Effect.NOTE),
    ),
)

EMPTY = Report(
    subjects=(
        replace(
            SUBJECT,
            findings=(),
            problems=(),
            upgrades=(),
            skipped=(),
            examined=Examined(layers=3, packages=13, packages_matched=13),
        ),
    ),
    created=CREATED,
    tool="dunnage 0.1.0",
    data=DATA,
)

UNSEEN = Report(
    subjects=(
        Subject(
            name="app.tar",
            source="docker-archive",
            problems=(
                Problem("broken-layer", "the layer ends in the middle", where="layer 0"),
                Problem(
                    "no-data",
                    "there is no advisory data at all",
                    advice="run `dunnage db update`",
                    effect=Effect.NO_DATA,
                ),
            ),
            scanners=("vuln",),
        ),
    ),
    created=CREATED,
    tool="dunnage 0.1.0",
)

SEVERAL = replace(
    REPORT,
    subjects=(
        SUBJECT,
        replace(
            SUBJECT,
            name="alpine@linux/arm64",
            image=replace(IMAGE, platform=replace(IMAGE.platform, architecture="arm64")),
            problems=(),
        ),
    ),
)
