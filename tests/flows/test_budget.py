"""``scan --budget``: real images against numbers that other programs count."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from dunnage.cli._main import run
from dunnage.io.folder import names
from flows.budgets import DEMO, over, unchecked
from images import layer_tar, write_oci_dir
from parsers.test_elf_dynamic import tiny
from support import data_root

if TYPE_CHECKING:
    from pathlib import Path

    from flows.budgets import Scanned


def told(*words: str) -> str:
    """Return what a program says."""
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def counted(root: Path) -> dict[str, int]:
    """Count what is in a directory with ``find``, ``head`` and ``grep``; hard links count once."""
    sizes: dict[str, int] = {}
    runnable: dict[str, str] = {}
    for line in told("find", f"{root}", "-type", "f", "-printf", "%i %s %m %p\n").splitlines():
        inode, size, mode, path = line.split(" ", 3)
        sizes[inode] = int(size)
        if int(mode, 8) & 0o111:
            runnable[inode] = path
    heads = [
        subprocess.run(["head", "-c", "4", path], capture_output=True, check=True).stdout
        for path in runnable.values()
    ]
    bits = told("find", f"{root}", "-type", "f", "-perm", "/6000", "-perm", "/111")
    return {
        "bytes": sum(sizes.values()),
        "executables": sum(h == b"\x7fELF" or h[:2] in {b"#!", b"MZ"} for h in heads),
        "setuid": len(bits.splitlines()),
        "packages": int(told("grep", "-c", "^P:", f"{root}/lib/apk/db/installed")),
    }


def test_numbers_of_a_real_image(tmp_path: Path, scanned: Scanned) -> None:
    """Alpine with two programs more, as other programs count it: kept to the byte, over by one."""
    rootfs = data_root() / "images/alpine/alpine-minirootfs-3.19.4-x86_64.tar.gz"
    root = tmp_path / "root"
    root.mkdir()
    told("tar", "xzf", str(rootfs), "-C", str(root))
    (root / "opt/su").write_bytes(tiny(interpreter=b""))
    (root / "opt/su").chmod(0o4711)
    (root / "opt/again").hardlink_to(root / "opt/su")
    (root / "opt/group.sh").write_bytes(b"#!/bin/sh\n")
    (root / "opt/group.sh").chmod(0o2755)
    (root / "opt/no-program").write_bytes(b"only data")
    (root / "opt/no-program").chmod(0o4644)
    told("tar", "cf", str(tmp_path / "layer.tar"), "-C", str(root), ".")
    write_oci_dir(tmp_path / "image", [(tmp_path / "layer.tar").read_bytes()])
    known = counted(root)
    assert known["setuid"] == 3
    exact = [f"--budget={key}={value}" for key, value in known.items()]
    less = [f"--budget={key}={value - 1}" for key, value in known.items()]
    for target in ("oci-dir:image", "dir:root"):
        _, out, _ = scanned(target, "--scanners=image", "-o=json", *exact)
        assert (over(out), unchecked(out)) == ({}, [])
        code, out, _ = scanned(target, "--scanners=image", "-o=json", *less)
        assert (code, set(over(out))) == (1, set(known))
    assert over(out)["setuid"].startswith(
        "3 programs with setuid, setgid or capabilities, budget 2"
    )
    assert "opt/again, opt/group.sh, opt/su" in over(out)["setuid"]
    assert f"{known['packages']} apk" in over(out)["packages"]
    code, out, _ = scanned("oci-dir:image", "dir:root", "-o=json", verb="compare")
    for subject in json.loads(out)["subjects"]:
        surface = subject["surface"]
        assert surface["unpacked_bytes"] == known["bytes"]
        assert surface["executables"] == known["executables"]
        assert len(surface["privileged"]) == known["setuid"]


@pytest.mark.usefixtures("old_and_new")
def test_a_budget_is_a_gate(scanned: Scanned) -> None:
    """Kept is 0, exceeded is 1 or what --exit-code says; the table says it in its gate line."""
    kept = ("oci-dir:old", "--budget", "bytes=1MB", "--budget=setuid=1")
    code, out, _ = scanned(*kept)
    assert code == 0
    assert "passed --budget bytes=1MB --budget setuid=1\n" in out
    code, out, _ = scanned("oci-dir:new", "--budget=bytes=100kB,setuid=1,critical=1")
    words = " ".join(out.split())
    assert code == 1
    assert "failed: 2 findings over budget (--budget bytes=100kB --budget setuid=1" in words
    assert "2 programs with setuid, setgid or capabilities, budget 1 (1 over)" in words
    assert scanned("oci-dir:new", "--budget=setuid=0", "--exit-code=9", "--fail-on=low")[0] == 9
    code, out, _ = scanned("oci-dir:new", "--budget=setuid=0", "--severity=critical")
    assert code == 1
    assert "1 of them not listed because of --severity" in " ".join(out.split())
    code, out, _ = scanned("oci-dir:new", "--budget=setuid=2", "--fail-on=critical")
    assert code == 1
    assert "failed: 1 finding at or above critical or over budget" in " ".join(out.split())


@pytest.mark.usefixtures("old_and_new")
def test_without_a_budget_nothing_is_measured(scanned: Scanned) -> None:
    """Only who asks for it pays for it; with any budget the report holds all numbers."""
    _, out, _ = scanned("oci-dir:old", "-o=json")
    assert json.loads(out)["subjects"][0]["surface"] is None
    assert json.loads(out)["gate"]["budget"] == []
    _, out, _ = scanned("oci-dir:old", "-o=json", "--budget=packages=9")
    assert json.loads(out)["subjects"][0]["surface"]["executables"] == 1
    assert json.loads(out)["gate"]["budget"] == ["packages=9"]
    assert json.loads(out)["gate"]["verdict"] == "passed"
    assert json.loads(out)["rules"] == []
    _, out, _ = scanned("oci-dir:old", "-o=json", "--budget=packages=0")
    assert [rule["id"] for rule in json.loads(out)["rules"]] == ["image/over-budget"]


@pytest.mark.usefixtures("old_and_new")
@pytest.mark.parametrize("form", [name for name in names("dunnage.render") if name != "template"])
def test_every_format_tells_it_and_convert_the_same(
    form: str, scanned: Scanned, tmp_path: Path
) -> None:
    """Formats for findings name the rule; from the stored report come the same bytes."""
    words = ("--budget=bytes=100kB", "--budget=setuid=1", "-o=json=r.json", f"-o={form}=direct")
    assert scanned("oci-dir:new", *words)[0] == 1
    assert scanned("r.json", f"-o={form}=stored", verb="convert")[0] == 1
    direct = (tmp_path / "direct").read_bytes()
    assert direct == (tmp_path / "stored").read_bytes()
    if not form.startswith(("spdx", "syft", "github-snapshot")):
        assert b"over-budget" in direct.lower()
        assert b"2 programs with setuid" in direct


@pytest.mark.usefixtures("old_and_new")
def test_converted_and_judged_again(scanned: Scanned) -> None:
    """Another gate comes on top; what was over the budget stays over it."""
    scanned("oci-dir:new", "--budget=setuid=1", "-o=json=r.json")
    code, out, _ = scanned("r.json", "--fail-on=critical", "-o=json", verb="convert")
    gate = json.loads(out)["gate"]
    assert (code, gate["failed"], gate["budget"]) == (1, 2, ["setuid=1"])


@pytest.mark.usefixtures("old_and_new")
def test_a_waiver_of_one_key(scanned: Scanned, tmp_path: Path) -> None:
    """Somebody decides to live with one of them until a day; the other still fails."""
    entry = 'id = "image/over-budget"\nowner = "us"\nreason = "known"\nexpires = 2999-01-01\n'
    text = f'[scan]\nbudget = ["setuid=1", "bytes=1kB"]\n[[waivers]]\n{entry}paths = ["{{}}"]\n'
    for path, failed in (("budget/setuid", 1), ("budget/*", 0), ("budget/packages", 2)):
        (tmp_path / f"{failed}.toml").write_text(text.format(path))
        code, out, _ = scanned("oci-dir:new", "-o=json", f"--config={failed}.toml")
        assert (code, json.loads(out)["gate"]["failed"]) == (int(failed > 0), failed)


@pytest.mark.usefixtures("old_and_new")
def test_a_waived_vulnerability_does_not_count(scanned: Scanned, tmp_path: Path) -> None:
    """What the gate does not count no budget counts; --severity hides, and weakens nothing."""
    budget = "--budget=vulnerabilities=0"
    _, out, _ = scanned("oci-dir:old", budget, "-o=json")
    count = int(over(out)["vulnerabilities"].split()[0])
    _, out, _ = scanned("oci-dir:old", budget, "-o=json", "--severity=negligible")
    assert int(over(out)["vulnerabilities"].split()[0]) == count
    ids = [f["id"] for s in json.loads(out)["subjects"] for f in s["findings"]]
    (tmp_path / "ignored").write_text(ids[-1] if ids[-1] != "image/over-budget" else ids[0])
    _, out, _ = scanned("oci-dir:old", budget, "-o=json", "--ignorefile=ignored")
    assert int(over(out)["vulnerabilities"].split()[0]) == count - 1


@pytest.mark.usefixtures("old_and_new")
def test_fingerprints_do_not_hang_on_numbers(scanned: Scanned) -> None:
    """The same key is the same finding in the next build, and another one for another key."""
    prints = []
    for limits in ("setuid=0,bytes=1", "bytes=2,setuid=1"):
        _, out, _ = scanned("oci-dir:new", f"--budget={limits}", "-o=json")
        found = (f for s in json.loads(out)["subjects"] for f in s["findings"])
        prints.append({f["fingerprint"] for f in found if f["id"] == "image/over-budget"})
    assert prints[0] == prints[1]
    assert len(prints[0]) == 2


@pytest.mark.usefixtures("old_and_new")
def test_what_has_no_files(scanned: Scanned, tmp_path: Path) -> None:
    """An SBOM and a source tree have packages; the rest is not checked, and never kept."""
    scanned("oci-dir:old", "-o=cyclonedx-json=sbom.json", verb="sbom")
    (tmp_path / "src").mkdir()
    lock = {"lockfileVersion": 3, "packages": {"node_modules/left": {"version": "1.2.3"}}}
    (tmp_path / "src/package-lock.json").write_text(json.dumps(lock))
    for target in ("sbom:sbom.json", "project:src"):
        words = [f"--budget={key}=9" for key in ("bytes", "executables", "setuid", "packages")]
        code, out, _ = scanned(target, *words, "-o=json")
        assert (code, over(out)) == (3, {})
        assert [message.split()[1] for message in unchecked(out)] == [
            "bytes=9", "executables=9", "setuid=9"
        ]  # fmt: skip
        problems = json.loads(out)["subjects"][0]["problems"]
        advice = {p["advice"] for p in problems if p["code"] == "budget-not-checked"}
        assert "leave setuid out of --budget, or scan the image itself" in advice
        assert scanned(target, *words, "--allow-incomplete")[0] == 0
        code, out, _ = scanned(target, "--budget=packages=0", "-o=json")
        assert (code, list(over(out))) == (1, ["packages"])


@pytest.mark.usefixtures("old_and_new")
def test_a_layer_that_was_not_examined(scanned: Scanned, tmp_path: Path) -> None:
    """With half an image no number is right: not kept, and not exceeded either."""
    blobs = tmp_path / "new/blobs/sha256"
    layers = sorted(blobs.iterdir(), key=lambda path: path.stat().st_size)
    layers[-1].write_bytes(b"no layer")
    keys = ("bytes", "packages", "executables", "setuid", "vulnerabilities")
    words = [f"--budget={key}=0" for key in keys]
    code, out, _ = scanned("oci-dir:new", *words, "-o=json")
    assert (code, over(out), len(unchecked(out))) == (3, {}, len(keys))


@pytest.mark.usefixtures("old_and_new")
def test_vulnerabilities_nobody_looked_for(scanned: Scanned, tmp_path: Path) -> None:
    """No scanner or no advisory data is no vulnerability found."""
    budget = "--budget=vulnerabilities=0"
    code, out, _ = scanned("oci-dir:old", "--scanners=image", budget, "-o=json")
    assert (code, len(unchecked(out))) == (3, 1)
    (tmp_path / "cache/advisories").rename(tmp_path / "elsewhere")
    code, out, _ = scanned("oci-dir:old", budget, "-o=json")
    assert (code, len(unchecked(out))) == (4, 1)


@pytest.mark.usefixtures("old_and_new")
def test_packages_without_advisories(scanned: Scanned, tmp_path: Path) -> None:
    """What is found counts; that there is no more is not known."""
    layers = [
        layer_tar(
            {
                "app/demo-1.0.dist-info/METADATA": DEMO,
                "usr/share/rubygems/specifications/x-1.0.gemspec": (
                    b'Gem::Specification.new do |s|\n s.name = "x"\n s.version = "1.0"\nend\n'
                ),
            }
        )
    ]
    write_oci_dir(tmp_path / "mixed", layers)
    code, out, _ = scanned("oci-dir:mixed", "--budget=critical=0", "-o=json", "--allow-incomplete")
    assert (code, list(over(out)), unchecked(out)) == (1, ["critical"], [])
    code, out, _ = scanned("oci-dir:mixed", "--budget=critical=1", "-o=json")
    assert (code, over(out), len(unchecked(out))) == (3, {}, 1)


@pytest.mark.usefixtures("old_and_new")
def test_misuse(scanned: Scanned, tmp_path: Path) -> None:
    """One clear line that says what to do, before anything is read."""
    scanned("oci-dir:old", "-o=json=r.json")
    (tmp_path / "other.json").write_text('{"SchemaVersion": 2}')
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    run(["lint", "Dockerfile", "-o=json=lint.json"], {})
    relative = "--budget=bytes=+5%"
    for words, code, said in (
        ((relative,), 2, "add --budget-from REPORT.json"),
        (("--budget=bytes=1", "--budget-from=r.json"), 2, "no budget is relative to it"),
        (("--budget-from=r.json",), 2, "no budget is relative to it"),
        ((relative, "--budget-from=none.json"), 2, "the baseline cannot be read"),
        ((relative, "--budget-from=other.json"), 3, "a report of Trivy"),
        ((relative, "--budget-from=lint.json"), 3, "the report is of no image"),
        (("--budget=byts=1",), 2, "did you mean 'bytes'?"),
        (("--budget=setuid=0", "--budget=setuid=1"), 2, "setuid is limited twice"),
    ):
        found, out, err = scanned("oci-dir:none", *words)
        assert (found, out) == (code, "")
        assert said in err
        assert "Traceback" not in err


@pytest.mark.usefixtures("old_and_new")
def test_variable_and_settings_file(scanned: Scanned, tmp_path: Path) -> None:
    """As every option: flag before variable before file."""
    (tmp_path / "two.toml").write_text('[scan]\nbudget = ["setuid=0", "packages=0"]\n')
    words = ("oci-dir:old", "-o=json", "--config=two.toml")
    assert set(over(scanned(*words)[1])) == {"setuid", "packages"}
    _, out, _ = scanned(*words, DUNNAGE_BUDGET="bytes=1,executables=0")
    assert set(over(out)) == {"bytes", "executables"}
    _, out, _ = scanned(*words, "--budget=critical=0", DUNNAGE_BUDGET="bytes=1")
    assert set(over(out)) == {"critical"}
    scanned("oci-dir:old", "--budget=setuid=1", "-o=json=r.json")
    environ = {"DUNNAGE_BUDGET": "setuid=+0", "DUNNAGE_BUDGET_FROM": "r.json"}
    assert scanned("oci-dir:new", **environ)[0] == 1
    (tmp_path / "misspelt.toml").write_text('[scan]\nbugdet = ["setuid=0"]\n')
    code, _, err = scanned("oci-dir:old", "--config=misspelt.toml")
    assert (code, "did you mean 'budget'?" in err) == (2, True)
