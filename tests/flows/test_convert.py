"""``convert`` gives the bytes the scan would have given, in every format."""

from __future__ import annotations

import json
import lzma
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from dunnage.flows._point import open_dockerfile
from dunnage.flows.convert import pointed, rejudged, stored
from dunnage.io.folder import load, names
from dunnage.model.finding import Status
from dunnage.model.policy import Policy
from dunnage.model.renderer import Renderer
from dunnage.model.report import Report, View
from dunnage.model.severity import Severity
from dunnage.render._legible import legible
from flows.helpers_scan import scanned
from flows.small_world import local_forms, mirror, stock
from images import layer_tar, write_oci_dir
from processes import run
from samples import REPORT
from schemas import report_errors
from support import data_root

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMATS = names("dunnage.render")
TEMPLATE = "{{ report.tool }}{% for s in report.subjects %}{{ s.packages | length }}{% endfor %}"
VIEW = View(template=TEMPLATE, build=(("ref", "refs/heads/x"), ("sha", "0" * 40)))
ODD = "app/\udcff\udc80/demo-1.0.dist-info/METADATA"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a small image in ``layout`` and a stocked cache in ``cache``."""
    root = tmp_path_factory.mktemp("convert")
    stock(root / "cache", mirror(root / "mirror"))
    local_forms(root)
    write_oci_dir(root / "odd", [layer_tar({ODD: b"Name: demo\nVersion: 1.0\n"})])
    (root / "Dockerfile").write_text("FROM scratch\nCOPY app /app\n")
    return root


def rendered(report: Report, name: str) -> bytes:
    """Return a report in a format."""
    return load("dunnage.render", name, "renderer", Renderer).render(report, VIEW)


def same_in_every_format(report: Report, folder: Path) -> None:
    """Compare what a report and its stored form give."""
    report = legible(report)
    (folder / "report.json").write_bytes(rendered(report, "json"))
    again = stored(str(folder / "report.json"))
    different = [name for name in FORMATS if rendered(report, name) != rendered(again, name)]
    assert different == []
    assert again.exit_code == report.exit_code


def alpine(folder: Path) -> str:
    """Return a published image with layers, history and findings."""
    del folder
    return f"docker-archive:{data_root()}/images/alpine/alpine-3.10-docker-archive.tar.gz"


def almalinux(folder: Path) -> str:
    """Return a published root file system with an rpm database."""
    path = data_root() / "images/rpm/almalinux-9.0-micro-20220901-aarch64-rootfs.tar.xz"
    (folder / "rootfs.tar").write_bytes(lzma.decompress(path.read_bytes()))
    return f"dir:{folder}/rootfs.tar"


def application(folder: Path) -> str:
    """Return an application with Python and npm packages."""
    del folder
    return f"dir:{data_root()}/images/lang/python-npm-vulnerable-app.tar.gz"


@pytest.mark.parametrize("target", [alpine, almalinux, application])
def test_real_images_give_the_same_bytes(
    target: Callable[[Path], str], stocked: Path, tmp_path: Path
) -> None:
    """Scan, store, read: every format is the same to the byte, on real images."""
    report = scanned(target(tmp_path), stocked, policy=Policy(fail_on=Severity.HIGH))
    assert len(report.subjects[0].findings) >= 10
    same_in_every_format(report, tmp_path)


def test_odd_names_give_the_same_bytes(here: Path, tmp_path: Path) -> None:
    """Names that are no UTF-8, and a Dockerfile, survive the stored report."""
    report = scanned(f"oci-dir:{here}/odd", here / "cache")
    report = pointed(report, open_dockerfile(str(here / "Dockerfile")), now=datetime.now(UTC))
    same_in_every_format(report, tmp_path)
    raw = (tmp_path / "report.json").read_bytes()
    assert report_errors(json.loads(raw)) == []
    assert rb"app/\\xff\\x80/demo" in raw


def test_command_gives_the_same_files(here: Path) -> None:
    """The two commands, run as a user does, write the same files and end with the same code."""
    formats = [name for name in FORMATS if name != "template"]
    words = ("--dockerfile", "Dockerfile")
    codes = []
    for folder, command in (
        ("scanned", ("scan", "oci-dir:layout", "--cache-dir", "cache", "--fail-on", "high")),
        ("converted", ("convert", "scanned/json")),
    ):
        (here / folder).mkdir()
        outputs = [word for name in formats for word in ("-o", f"{name}={folder}/{name}")]
        done = run(*command, *words, *outputs, cwd=here)
        codes.append(done.returncode)
        assert "dunnage:" not in done.stderr
    assert codes == [1, 1]
    for name in formats:
        first, second = ((here / place / name).read_bytes() for place in ("scanned", "converted"))
        assert first == second, name


def test_findings_point_at_the_dockerfile(here: Path, tmp_path: Path) -> None:
    """A file that does not fit is told, and one that does not exist before anything is read."""
    (tmp_path / "other").write_text("FROM x\nRUN make a\nRUN make b\n")
    words = ("scan", f"oci-dir:{here}/layout", "--cache-dir", here / "cache", "-o", "json")
    done = run(*words, "--dockerfile", tmp_path / "other")
    subject = json.loads(done.stdout)["subjects"][0]
    assert [p["code"] for p in subject["problems"]] == ["dockerfile-mismatch"]
    assert {layer["line"] for layer in subject["image"]["layers"]} == {None}
    assert (subject["dockerfile"], done.returncode) == ("other", 0)
    done = run(*words, "--dockerfile", "missing")
    assert (done.returncode, done.stdout) == (2, "")
    assert "missing: the Dockerfile cannot be read" in done.stderr


def test_a_gate_on_a_stored_report(here: Path) -> None:
    """Without options the verdict stays; with them findings are judged again."""
    run("scan", "oci-dir:layout", "--cache-dir", "cache", "-o", "json=gate.json", cwd=here)
    convert = ("convert", "gate.json", "-o", "json")
    assert run(*convert, cwd=here).returncode == 0
    assert run(*convert, "--fail-on", "critical", cwd=here).returncode == 1
    assert run(*convert, "--fail-on", "low", "--exit-code", "9", cwd=here).returncode == 9
    done = run(*convert, "--severity", "critical", cwd=here)
    statuses = [f["status"] for f in json.loads(done.stdout)["subjects"][0]["findings"]]
    assert sorted(statuses) == ["hidden", "hidden", "hidden", "open"]
    piped = run("convert", "-", "-o", "json", cwd=here, stdin=(here / "gate.json").read_bytes())
    assert piped.stdout.encode() == (here / "gate.json").read_bytes()


def test_judging_again_keeps_decisions() -> None:
    """Waived stays waived and suppressed suppressed, hidden is seen again, the gate stays."""
    now = datetime(2025, 6, 1, tzinfo=UTC)
    report = rejudged(REPORT, Policy(ignore_unfixed=True), now=now)
    before = {f.fingerprint: f for f in REPORT.subjects[0].findings}
    for finding in report.subjects[0].findings:
        old = before[finding.fingerprint].status
        if old in {Status.WAIVED, Status.SUPPRESSED}:
            assert finding.status is old
        else:
            unfixed = not finding.fix.version and finding.fix.state != "fixed"
            assert finding.status is (Status.HIDDEN if unfixed else Status.OPEN)
    assert report.gate.fail_on == "high"
    assert report.gate.failed == REPORT.gate.failed - 1
    same = rejudged(REPORT, Policy(fail_on=Severity.HIGH), now=now).gate
    assert same == replace(REPORT.gate, failed_fingerprints=same.failed_fingerprints)
    assert sorted(REPORT.gate.failed_fingerprints) == list(same.failed_fingerprints)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "missing.json: there is no such file or directory"),
        (b"", "x.json: there is nothing in it"),
        (b"\x00" * 100, "not JSON"),
        (b"[1]", "no JSON object"),
        (b'{"bomFormat": "CycloneDX"}', "not a report of this tool but a CycloneDX SBOM"),
        (b'{"runs": []}', "not a report of this tool but a SARIF file"),
        (b'{"schema": "dunnage-report/9"}', "unknown version"),
        (b'{"schema": "dunnage-report/1", "gate": {"exit_code": 256}}', "no exit code"),
        (b"[" * 100_000, "nested"),
    ],
)
def test_bad_reports_are_told(content: bytes | None, told: str, tmp_path: Path) -> None:
    """One clear line and exit code 3 for whatever is no report of ours."""
    path = tmp_path / ("missing.json" if content is None else "x.json")
    if content is not None:
        path.write_bytes(content)
    done = run("convert", path.name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("dunnage: ")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) <= 2


def test_wrong_calls_are_told(tmp_path: Path) -> None:
    """No report, or several, is an error of the command line."""
    for words in ((), ("a", "b")):
        done = run("convert", *words, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "one stored report" in done.stderr


def test_templates_on_the_command_line(here: Path) -> None:
    """--template takes text and files; Trivy's names are our formats, or are told to have none."""
    run("scan", "oci-dir:layout", "--cache-dir", "cache", "-o", "json=t.json", cwd=here)
    convert = ("convert", "t.json", "-o", "template")
    done = run(*convert, "--template", "{{ report.subjects | length }}!", cwd=here)
    assert (done.returncode, done.stdout) == (0, "1!")
    (here / "my.html.j2").write_text("{{ '<' }}")
    assert run(*convert, "--template", "@my.html.j2", cwd=here).stdout == "&lt;"
    junit = run("convert", "t.json", "-f", "junit", cwd=here).stdout
    done = run(*convert, "--template", "@contrib/junit.tpl", cwd=here)
    assert (done.returncode, done.stdout) == (0, junit)
    assert "junit.tpl is the format junit here" in done.stderr
    done = run("convert", "t.json", "-f", "template", "-t", "x", cwd=here)
    assert (done.returncode, done.stdout) == (0, "x")
    assert "-t is --template here" in done.stderr
    for value, told in (
        ("@/usr/local/share/trivy/templates/twistlock.tpl", "twistlock.tpl has no counterpart"),
        ("@missing.j2", "missing.j2: the template cannot be read"),
        ("", "needs --template"),
    ):
        done = run(*convert, "--template", value, cwd=here)
        assert (done.returncode, done.stdout) == (2, ""), value
        assert told in done.stderr


def test_the_build_is_named(here: Path) -> None:
    """A snapshot takes commit and branch from the variables of the build server."""
    run("scan", "oci-dir:layout", "--cache-dir", "cache", "-o", "json=s.json", cwd=here)
    environ = {
        "GITHUB_SHA": "a" * 40,
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_RUN_ID": "5",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "a/b",
    }
    done = run("convert", "s.json", "-o", "github-snapshot", cwd=here, environ=environ)
    value: Any = json.loads(done.stdout)
    assert (value["sha"], value["ref"]) == ("a" * 40, "refs/heads/main")
    assert value["job"]["html_url"] == "https://github.com/a/b/actions/runs/5"
    assert done.stderr == ""
    none = dict.fromkeys(environ, "")
    done = run("convert", "s.json", "-o", "github-snapshot", cwd=here, environ=none)
    assert "github-snapshot: the snapshot lacks sha and ref" in done.stderr
