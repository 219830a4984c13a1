"""``scan --budget-from``: an image beside the report of an earlier one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from flows.budgets import MADE, over, unchecked
from images import write_index
from surfaces import Item, tar_of

if TYPE_CHECKING:
    from pathlib import Path

    from flows.budgets import Scanned


@pytest.mark.usefixtures("old_and_new")
def test_more_than_the_last_release(scanned: Scanned) -> None:
    """Each key is held against the stored report; what is new is named, with its instruction."""
    assert scanned("oci-dir:old", "--budget=setuid=1", "-o=json=release.json")[0] == 0
    keys = ("bytes=+5%", "packages=+0", "executables=+0", "setuid=+0", "vulnerabilities=+0")
    asked = [f"--budget={key}" for key in keys]
    same = scanned("oci-dir:old", *asked, "--budget-from=release.json")
    assert same[0] == 0
    code, out, _ = scanned("oci-dir:new", *asked, "--budget-from=release.json", "-o=json")
    assert code == 1
    found = over(out)
    assert list(map(len, (found, unchecked(out)))) == [5, 0]
    assert f"is allowed); the largest new layer is 1 ({MADE})" in found["bytes"]
    assert found["packages"] == (
        "2 packages, budget 1 (1 over; the baseline has 1, +0 is allowed); new: left 1.2.3"
    )
    assert "new: bin/sudo; take the bits away" in found["setuid"]
    assert found["vulnerabilities"].endswith("new: GHSA-left")
    assert found["executables"].startswith("2 executables, budget 1 (1 over;")
    finding = next(
        f for f in json.loads(out)["subjects"][0]["findings"] if "unpacked" in f["message"]
    )
    assert finding["locations"][0]["layer"] == 1
    loose = ("bytes=+60kB", "packages=+1", "executables=+1", "setuid=+100%", "vulnerabilities=+9")
    asked = [f"--budget={key}" for key in loose]
    assert scanned("oci-dir:new", *asked, "--budget-from=release.json")[0] == 0


@pytest.mark.usefixtures("old_and_new")
def test_the_tighter_of_two_limits(scanned: Scanned) -> None:
    """A number and what may be more go together; one finding tells the one that is smaller."""
    scanned("oci-dir:old", "--budget=setuid=1", "-o=json=r.json")
    for limits, most in (
        (("setuid=0", "setuid=+0"), "0"),
        (("setuid=+0", "setuid=0"), "0"),
        (("packages=+0", "packages=0"), "0"),
    ):
        words = [f"--budget={limit}" for limit in limits]
        _, out, _ = scanned("oci-dir:new", *words, "--budget-from=r.json", "-o=json")
        (message,) = over(out).values()
        assert f"budget {most} " in message


@pytest.mark.usefixtures("old_and_new")
def test_baselines_that_do_not_tell(scanned: Scanned) -> None:
    """A report without the numbers, of an SBOM or of a comparison without advisories: said, and 3."""
    scanned("oci-dir:old", "-o=json=plain.json")
    scanned("oci-dir:old", "-o=json=sbom.json", verb="sbom")
    scanned("oci-dir:old", "-o=cyclonedx-json=cdx.json", verb="sbom")
    scanned("sbom:cdx.json", "-o=json=of-sbom.json")
    for name in ("plain.json", "sbom.json", "of-sbom.json"):
        words = ("--budget=bytes=+5%", "--budget=packages=+9", f"--budget-from={name}")
        code, out, _ = scanned("oci-dir:new", *words, "-o=json")
        (message,) = unchecked(out)
        assert (code, over(out)) == (3, {})
        assert message.startswith(f"whether bytes=+5% is kept was not checked: {name} does not")
    words = ("--budget=vulnerabilities=+0", "--budget-from=sbom.json", "-o=json")
    assert "were not looked for" in unchecked(scanned("oci-dir:new", *words)[1])[0]


@pytest.mark.usefixtures("old_and_new")
def test_what_was_waived_then_does_not_count_then(scanned: Scanned, tmp_path: Path) -> None:
    """A waiver that is gone makes one more; one that came since is one less on both sides."""
    (tmp_path / "ignored").write_text("CVE-2020-0001\n")
    words = ("--budget=vulnerabilities=+0", "-o=json", "--budget-from=r.json")
    scanned("oci-dir:old", "--ignorefile=ignored", "-o=json=r.json")
    code, out, _ = scanned("oci-dir:old", *words)
    (message,) = over(out).values()
    assert code == 1
    assert message.startswith("2 vulnerabilities, budget 1 (1 over; the baseline has 1, +0 is")
    assert message.endswith("; new: CVE-2020-0001")
    scanned("oci-dir:old", "-o=json=r.json")
    code, out, _ = scanned("oci-dir:new", *words, "--ignorefile=ignored")
    (message,) = over(out).values()
    assert message.startswith("2 vulnerabilities, budget 1 (1 over; the baseline has 1, +0")


def test_platforms_are_compared_with_their_like(scanned: Scanned, tmp_path: Path) -> None:
    """Each with its own; one the baseline does not have is not checked."""
    more = {"arm64": 1_000, "amd64": 5_000}
    for form, growth in (("old", 0), ("new", 100)):
        layers = {
            f"linux/{name}": [tar_of(Item("data", bytes(size + growth)))]
            for name, size in more.items()
        }
        write_index(tmp_path / form, layers)
    asked = ("--scanners=image", "--all-platforms", "-o=json")
    _, out, _ = scanned("oci-dir:old", *asked)
    (tmp_path / "both.json").write_text(out)
    _, out, _ = scanned("oci-dir:old", "--scanners=image", "--platform=linux/amd64", "-o=json")
    (tmp_path / "one.json").write_text(out)
    code, out, _ = scanned("oci-dir:new", *asked, "--budget=bytes=+5%", "--budget-from=both.json")
    assert (code, len(over(out)), unchecked(out)) == (1, 1, [])
    assert "1.1 kB unpacked, budget 1.1 kB (50 B over; the baseline has 1.0 kB" in str(over(out))
    code, out, _ = scanned("oci-dir:new", *asked, "--budget=bytes=+5%", "--budget-from=one.json")
    assert (code, over(out), len(unchecked(out))) == (3, {}, 1)
    words = ("--scanners=image", "--platform=linux/arm64", "--budget=bytes=+5%", "-o=json")
    code, out, _ = scanned("oci-dir:new", *words, "--budget-from=one.json")
    assert (code, len(unchecked(out))) == (3, 1)


@pytest.mark.usefixtures("old_and_new")
def test_several_targets_by_their_names(scanned: Scanned) -> None:
    """Of several targets each is compared with the one of its name, and with no other."""
    scanned("oci-dir:old", "--budget=setuid=1", "-o=json=r.json")
    words = ("--budget=bytes=+5%", "--budget-from=r.json", "-o=json")
    code, out, _ = scanned("oci-dir:old", "oci-dir:new", *words)
    assert (code, over(out), len(unchecked(out))) == (3, {}, 1)
    code, out, _ = scanned("oci-dir:old", "oci-dir:missing", "--budget=packages=9", "-o=json")
    assert (code, unchecked(out)) == (3, [])


def _surface(report: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(report)["subjects"][0]["surface"]


@pytest.mark.usefixtures("old_and_new")
def test_any_measured_report_is_a_baseline(scanned: Scanned) -> None:
    """With --scanners image, with any budget, and from a cache that knew less: the same numbers."""
    scanned("oci-dir:old")
    found = [
        _surface(scanned("oci-dir:old", "-o=json", word)[1])
        for word in ("--scanners=vuln,image", "--budget=packages=9", "--budget=bytes=1")
    ]
    assert found[0] == found[1] == found[2]
