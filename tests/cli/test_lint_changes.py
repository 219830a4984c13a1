"""``dunnage lint`` changes only what it may, and heeds what was settled."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

from lint_samples import BAD, GOOD, ONLY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Lint = Callable[..., tuple[int, str, str]]


def test_diff_changes_nothing(lint: Lint, tmp_path: Path) -> None:
    """What would change is shown, for ``patch``; the gate judges the file as it is."""
    path = tmp_path / "Dockerfile"
    path.write_text(BAD)
    code, out, err = lint("Dockerfile", ONLY, "--diff")
    assert code == 1
    assert path.read_text() == BAD
    assert out == (
        "--- a/Dockerfile\n"
        "+++ b/Dockerfile\n"
        "@@ -1,2 +1,2 @@\n"
        " FROM debian:12\n"
        "-RUN apt-get update && apt-get install curl\n"
        "+RUN apt-get update && apt-get install -y curl\n"
    )
    assert "would fix 1 finding in 1 file" in err
    code, out, _ = lint("Dockerfile", ONLY, "--diff", "-o", "json=report.json")
    assert out.startswith("--- a/Dockerfile")
    assert json.loads((tmp_path / "report.json").read_text())["exit_code"] == 1


def test_diff_tells_of_secrets_in_it(lint: Lint, tmp_path: Path) -> None:
    """A diff is the file's own lines, so it says which of them hold a secret."""
    lines = ["FROM debian:12", "ENV DB_PASSWORD=tr0ub4dor-and-3", "CMD /app", *["LABEL a=b"] * 9]
    lines += ["ENV API_TOKEN=9f8a7b6c5d4e3f2a1b0c", ""]
    (tmp_path / "Dockerfile").write_text("\n".join(lines))
    _, out, err = lint("Dockerfile", "--diff")
    assert "tr0ub4dor" in out
    assert "9f8a7b" not in out
    assert "the diff shows secrets in clear: Dockerfile:2\n" in err
    _, _, err = lint("Dockerfile", "--diff", ONLY)
    assert "in clear" not in err


def test_fix_keeps_mode_and_links(lint: Lint, tmp_path: Path) -> None:
    """The file is exchanged as a whole; what is left is judged; a second run changes nothing."""
    path = tmp_path / "Dockerfile"
    path.write_bytes(BAD.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    (tmp_path / "link").symlink_to("Dockerfile")
    code, out, err = lint("link", ONLY, "--fix")
    assert code == 0
    assert "fixed 1 finding in 1 file" in err
    assert "0 findings in 1 file" in out
    mended = BAD.replace("install", "install -y").replace("\n", "\r\n").encode()
    assert path.read_bytes() == mended
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert (tmp_path / "link").is_symlink()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["Dockerfile", "link"]
    before = path.stat().st_ino
    assert lint("Dockerfile", ONLY, "--fix")[0] == 0
    assert path.stat().st_ino == before


def test_fix_does_not_leave_the_directory(lint: Lint, tmp_path: Path) -> None:
    """A link that leads out is not written through; the exit code says that something is left."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "Dockerfile").write_text(BAD)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Dockerfile").symlink_to("../elsewhere/Dockerfile")
    code, out, _ = lint("app/Dockerfile", ONLY, "--fix")
    assert code == 3
    assert "it is a link out of its directory" in out
    assert (tmp_path / "elsewhere" / "Dockerfile").read_text() == BAD


def test_ignored_findings_are_not_fixed(lint: Lint, tmp_path: Path) -> None:
    """What a comment or a waiver leaves alone stays as it is."""
    text = BAD.replace("RUN", "# dunnage: ignore[DL3014] a person answers\nRUN")
    (tmp_path / "Dockerfile").write_text(text)
    code, out, _ = lint("Dockerfile", ONLY, "--fix", "--show-suppressed")
    assert code == 0
    assert (tmp_path / "Dockerfile").read_text() == text
    assert "ignored by line 2: a person answers" in " ".join(out.split())
    waiver = (
        '[[waivers]]\nid = "dockerfile/apt-get-without-yes"\nowner = "o"\nreason = "r"\n'
        "expires = 2999-01-01\npaths = ['*.other']\n"
    )
    (tmp_path / "dunnage.toml").write_text(waiver)
    (tmp_path / "Dockerfile.other").write_text(BAD)
    code, out, _ = lint(ONLY, "--fix")
    assert code == 0
    assert (tmp_path / "Dockerfile.other").read_text() == BAD
    assert "1 waived, 1 ignored in the file" in " ".join(out.split())


def test_settings(lint: Lint, tmp_path: Path) -> None:
    """``[lint]`` of ``dunnage.toml`` beside the files counts, ``[scan]`` does not."""
    (tmp_path / "Dockerfile").write_text(BAD)
    settings = tmp_path / "dunnage.toml"
    settings.write_text('[scan]\nfail-on = "low"\n[lint]\nfail-on = "error"\nignore = ["x/y"]\n')
    code, _, err = lint()
    assert code == 2
    assert "there is no rule 'x/y'" in err
    settings.write_text('[lint]\nfail-on = "error"\nrules = ["DL3014"]\n')
    assert lint()[0] == 0
    assert lint("--fail-on", "warning")[0] == 1
    code, out, _ = lint("lint", verb="config")
    assert code == 0
    assert "dunnage.toml:2" in out
    settings.write_text('[lint]\nfail-at = "error"\n')
    code, _, err = lint()
    assert code == 2
    assert "dunnage.toml:2: unknown key in [lint]: 'fail-at'" in err


def test_settings_of_hadolint(lint: Lint, tmp_path: Path) -> None:
    """What was settled for hadolint holds: rules left out, other levels, the threshold."""
    (tmp_path / "Dockerfile").write_text(BAD)
    (tmp_path / ".hadolint.yaml").write_text("ignored: [DL3014, DL9999]\n")
    code, out, err = lint("--fail-on=style", "-o", "json")
    assert "settings of hadolint are heeded: .hadolint.yaml" in err
    assert "apt-get-without-yes" not in out
    other = tmp_path / "other.yml"
    other.write_text("override:\n  error: [DL3014]\nfailure-threshold: error\n")
    code, out, _ = lint(ONLY, "--hadolint-config", "other.yml")
    assert code == 1
    assert " error dockerfile/apt-get-without-yes" in out
    other.write_text("no-fail: true\n")
    assert lint(ONLY, "--hadolint-config", "other.yml")[0] == 0
    assert lint(ONLY, "--hadolint-config", "other.yml", "--fail-on=warning")[0] == 1
    assert lint("--hadolint-config", "nowhere.yml")[0] == 2
    other.write_text("ignored: DL3014\n")
    code, _, err = lint("--hadolint-config", "other.yml")
    assert code == 2
    assert "other.yml: 'ignored' must be a list" in err


def test_waivers_are_told_apart(lint: Lint, tmp_path: Path) -> None:
    """A waiver of a rule is no concern of a scan, nor one of a CVE of lint."""
    entry = '[[waivers]]\nid = "{}"\nowner = "o"\nreason = "r"\nexpires = 2999-01-01\n'
    text = entry.format("dockerfile/apt-get-without-yes") + entry.format("CVE-2000-1")
    (tmp_path / "dunnage.toml").write_text(text)
    (tmp_path / "Dockerfile").write_text(GOOD)
    (tmp_path / "list").write_text("pkg:pypi/a@1\n")
    _, linted, _ = lint("Dockerfile", ONLY)
    _, scanned, _ = lint("sbom:list", "--offline", "--cache-dir", "cache", verb="scan")
    assert "waiver of dockerfile/apt-get-without-yes covers nothing" in " ".join(linted.split())
    assert "CVE-2000-1" not in linted
    assert "waiver of CVE-2000-1 covers nothing" in " ".join(scanned.split())
    assert "dockerfile/" not in scanned
