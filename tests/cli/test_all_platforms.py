"""``--all-platforms``: every platform of an index in one run, and what differs between them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from advisories.mirrors import below, record, write_mirror
from advisories.mirrors import run as update
from images import (
    OCI_MANIFEST,
    layer_tar,
    tar_of,
    write_docker_archive,
    write_index,
    write_oci_dir,
)
from processes import run

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

BASE = layer_tar({"app/first-1.0.dist-info/METADATA": b"Name: first\nVersion: 1.0\n"})
"""Shared by all platforms, and vulnerable."""


def node(version: str) -> bytes:
    """Return a layer with the package ``left``, vulnerable below 1.3.0."""
    body = json.dumps({"name": "left", "version": version}).encode()
    return layer_tar({"srv/node_modules/left/package.json": body})


def absent(platform: str) -> dict[str, Any]:
    """Return an entry of an index whose manifest is nowhere."""
    system, architecture = platform.split("/")
    where = {"os": system, "architecture": architecture}
    return {"mediaType": OCI_MANIFEST, "digest": "sha256:" + "2" * 64, "size": 7, "platform": where}


def attestation() -> dict[str, Any]:
    """Return an entry as BuildKit makes it for a provenance; it is not even there."""
    notes = {"vnd.docker.reference.type": "attestation-manifest"}
    return absent("unknown/unknown") | {"annotations": notes}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return a directory with an index of three platforms, and advisories in ``cache``."""
    write_index(
        tmp_path / "image",
        {
            "linux/amd64": [BASE, node("1.2.3")],
            "linux/arm64": [BASE, node("1.3.0")],
            "linux/arm/v7": [BASE],
        },
        extra=[attestation(), absent("windows/amd64")],
    )
    write_oci_dir(tmp_path / "one", [BASE])
    records = {
        "PyPI": [record("PYSEC-9", "PyPI", "first", *below("2.0"))],
        "npm": [record("GHSA-left", "npm", "left", *below("1.3.0"))],
    }
    update(tmp_path / "cache/advisories", write_mirror(tmp_path / "mirror", records))
    return tmp_path


def scan(
    here: Path, *words: str, **environ: str
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """Scan with ``--all-platforms`` and return the process and its report."""
    asked = ("scan", *words, "--all-platforms", "-o", "json", "--offline", "--cache-dir", "cache")
    done = run(*asked, cwd=here, environ=environ)
    assert "Traceback" not in done.stderr
    return done, json.loads(done.stdout) if done.stdout else {}


def test_each_platform_is_a_subject(here: Path) -> None:
    """Names and fields say the platform; no attestation is one, and Windows is a note."""
    done, report = scan(here, "image", "--fail-on-unknown")
    subjects = report["subjects"]
    platforms = ["linux/amd64", "linux/arm64", "linux/arm/v7"]
    assert [s["name"] for s in subjects] == [f"image ({platform})" for platform in platforms]
    assert [(s["target"], s["platform"]) for s in subjects] == [("image", p) for p in platforms]
    assert [s["image"]["platform"]["architecture"] for s in subjects] == ["amd64", "arm64", "arm"]
    assert [[f["id"] for f in s["findings"]] for s in subjects] == [
        ["GHSA-left", "PYSEC-9"],
        ["PYSEC-9"],
        ["PYSEC-9"],
    ]
    assert (done.returncode, report["complete"], report["gate"]["failed"]) == (1, True, 4)
    (note,) = report["problems"]
    assert (note["code"], note["effect"]) == ("platform-not-examined", "note")
    assert note["where"].endswith("image (windows/amd64)")
    prints = [f["fingerprint"] for s in subjects for f in s["findings"]]
    assert len({*prints}) == len(prints)


def test_what_platforms_share_is_read_once(here: Path) -> None:
    """The base layer is read for the first platform, and then comes from the cache."""
    _, report = scan(here, "image")
    examined = [s["examined"] for s in report["subjects"]]
    assert [(e["layers"], e["layers_cached"]) for e in examined] == [(2, 0), (2, 1), (1, 1)]
    sizes = [[layer["size"] for layer in s["image"]["layers"]] for s in report["subjects"]]
    assert [e["bytes_read"] for e in examined] == [sum(sizes[0]), sizes[1][1], 0]


def test_what_differs_is_told(here: Path) -> None:
    """For programs as lists, for people as lines; without anything to compare not at all."""
    _, report = scan(here, "image")
    (found,) = report["differences"]
    assert (found["target"], found["same"], found["complete"]) == ("image", False, True)
    assert [(p["name"], p["version"], p["platforms"]) for p in found["packages"]] == [
        ("left", "1.2.3", ["linux/amd64"]),
        ("left", "1.3.0", ["linux/arm64"]),
    ]
    assert [(f["id"], f["platforms"]) for f in found["findings"]] == [
        ("GHSA-left", ["linux/amd64"])
    ]
    asked = ("scan", "image", "--all-platforms", "--offline", "--cache-dir", "cache", "-o")
    table, markdown = (run(*asked, name, cwd=here).stdout for name in ("table", "markdown"))
    for text in (table, markdown):
        assert "Platforms of image" in text
        assert "- left (npm): 1.2.3 only on linux/amd64; 1.3.0 only on linux/arm64" in text
        assert "- GHSA-left in left: only on linux/amd64" in text
    _, report = scan(here, "one")
    assert report["differences"] == []


def test_a_stored_report_gives_the_same_bytes(here: Path) -> None:
    """``convert`` writes every format as the scan did."""
    formats = ("json", "table", "markdown", "sarif", "cyclonedx-json", "spdx-json", "junit")
    places = [word for name in formats for word in ("-o", f"{name}={name}")]
    asked = ("scan", "image", "--all-platforms", "--offline", "--cache-dir", "cache", *places)
    assert run(*asked, cwd=here).returncode == 0
    for name in formats:
        done = run("convert", "json", "-o", f"{name}=again", cwd=here)
        assert (here / "again").read_bytes() == (here / name).read_bytes(), done.stderr


def test_sarif_and_junit_tell_platforms_apart(here: Path) -> None:
    """A run and category for each, as a scan of that platform alone has it; cases of own classes."""
    asked = ("image", "--offline", "--cache-dir", "cache", "-o", "sarif=all", "-o", "junit=cases")
    run("scan", "--all-platforms", *asked, cwd=here)
    runs = json.loads((here / "all").read_bytes())["runs"]
    categories = [one["automationDetails"]["id"] for one in runs]
    assert categories[:2] == ["dunnage/image/linux/amd64/", "dunnage/image/linux/arm64/"]
    prints = [r["partialFingerprints"]["dunnage/v1"] for one in runs for r in one["results"]]
    assert len(prints) == len({*prints}) == 4
    run("scan", "--platform", "arm64", *asked[:-4], "-o", "sarif=alone", cwd=here)
    alone = json.loads((here / "alone").read_bytes())["runs"]
    assert [one["automationDetails"]["id"] for one in alone] == categories[1:2]
    cases = (here / "cases").read_text()
    assert cases.count('classname="image (linux/arm64): first" name="PYSEC-9 in first 1.0"') == 1


def test_a_platform_that_cannot_be_read_hides_nothing(here: Path) -> None:
    """It is a subject with a problem; the worst exit code wins, whatever is allowed."""
    platforms = {"linux/amd64": [BASE], "linux/arm64": [BASE]}
    write_index(here / "bad", platforms, extra=[absent("linux/s390x")])
    (here / "bad.tar").write_bytes(tar_of(here / "bad"))
    for target in ("bad", "bad.tar"):
        done, report = scan(here, target, "--allow-incomplete")
        assert done.returncode == 3
        names = [s["name"].partition(" ")[2] for s in report["subjects"]]
        assert names == ["(linux/amd64)", "(linux/arm64)", "(linux/s390x)"]
        (problem,) = report["subjects"][2]["problems"]
        assert (problem["code"], problem["effect"]) == ("target-unreadable", "unreadable")
        assert "manifest is missing" in problem["message"]
        (found,) = report["differences"]
        assert (found["same"], found["not_compared"]) == (True, ["linux/s390x"])
        assert len(report["subjects"][1]["findings"]) == 1


def test_several_targets_each_have_their_platforms(here: Path) -> None:
    """Indexes expand where they were named; one that is missing hides none; others say what they are."""
    done, report = scan(here, "one", "image", "missing.tar", "image", "cache")
    names = [s["name"] for s in report["subjects"]]
    three = [f"image ({p})" for p in ("linux/amd64", "linux/arm64", "linux/arm/v7")]
    assert names == ["one", *three, "missing.tar", *three, "cache"]
    assert done.returncode == 3
    assert [found["target"] for found in report["differences"]] == ["image", "image"]
    notes = [s["note"] or "" for s in report["subjects"]]
    assert notes[0].endswith("no image index; its one image was examined, for linux/amd64")
    assert notes[-1].endswith("no image index, so --all-platforms changes nothing")
    assert not any("no image index" in note for note in notes[1:-1])


def test_the_table_of_an_image_that_is_no_index_says_so(here: Path) -> None:
    """It is examined as without the option."""
    done = run("scan", "one", "--all-platforms", "--offline", "--cache-dir", "cache", cwd=here)
    text = " ".join(done.stdout.split())
    assert "no image index; its one image was examined, for linux/amd64" in text
    assert (done.returncode, "Platforms of" in done.stdout) == (0, False)


def test_a_platform_besides_is_a_contradiction(here: Path) -> None:
    """Wherever it is said; an empty --platform takes it back."""
    done, _ = scan(here, "image", "--platform", "arm64")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--platform and --all-platforms contradict each other" in done.stderr
    done, _ = scan(here, "image", DUNNAGE_PLATFORM="arm64")
    assert done.returncode == 2
    done, report = scan(here, "image", "--platform=", DUNNAGE_PLATFORM="arm64")
    assert (done.returncode, len(report["subjects"])) == (0, 3)


def test_environment_and_file_know_it(here: Path) -> None:
    """As every option."""
    asked = ("scan", "image", "-o", "json", "--offline", "--cache-dir", "cache")
    by_variable = run(*asked, cwd=here, environ={"DUNNAGE_ALL_PLATFORMS": "1"})
    (here / "dunnage.toml").write_text("[scan]\nall-platforms = true\n")
    for done in (by_variable, run(*asked, cwd=here)):
        assert len(json.loads(done.stdout)["subjects"]) == 3
    assert "all-platforms" in run("completion", "bash", cwd=here).stdout
    assert "all\\-platforms" in run("man", cwd=here).stdout


def test_sboms_of_all_platforms(here: Path) -> None:
    """``sbom`` takes it too; each format holds them as it holds several targets."""
    asked = ("sbom", "image", "--all-platforms", "--offline", "--cache-dir", "cache", "-o")
    bom = json.loads(run(*asked, "cyclonedx-json", cwd=here).stdout)
    named = [bom["metadata"]["component"], *(c for c in bom["components"] if "components" in c)]
    facts = [{p["name"]: p["value"] for p in one["properties"]} for one in named]
    assert [fact["dunnage:platform"] for fact in facts] == [
        "linux/amd64",
        "linux/arm64",
        "linux/arm/v7",
    ]
    spdx = json.loads(run(*asked, "spdx-json", cwd=here).stdout)
    described = [r for r in spdx["relationships"] if r["relationshipType"] == "DESCRIBES"]
    assert len(described) == 3
    syft = json.loads(run(*asked, "syft-json", cwd=here).stdout)
    assert sum(one["name"] == "first" for one in syft["artifacts"]) == 3


def test_nothing_but_windows_or_artifacts(here: Path) -> None:
    """There is nothing to examine, which is told in one line."""
    write_index(here / "windows", {}, extra=[absent("windows/amd64"), attestation()])
    write_index(here / "artifacts", {}, extra=[attestation()])
    for target, told in (("windows", "for Windows"), ("artifacts", "holds no image")):
        done, _ = scan(here, target)
        assert (done.returncode, done.stdout) == (3, "")
        assert told in done.stderr


def test_archives_of_images_for_several_platforms(here: Path) -> None:
    """The layout in an archive of Docker's counts; it alone has all platforms."""
    write_docker_archive(here / "old.tar", [BASE])
    (here / "image" / "manifest.json").write_text("[]")
    (here / "new.tar").write_bytes(tar_of(here / "image"))
    _, report = scan(here, "old.tar", "docker-archive:new.tar")
    assert [s["name"].partition(" ")[2] for s in report["subjects"]] == [
        "",
        "(linux/amd64)",
        "(linux/arm64)",
        "(linux/arm/v7)",
    ]
    assert {s["source"] for s in report["subjects"]} == {"docker-archive"}
