"""The ``config`` verb and its neighbours: who decides, and what is misspelt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dunnage.cli._option import Option
from dunnage.cli._variables import all_options, unknown_variables
from dunnage.io.folder import names
from processes import run

if TYPE_CHECKING:
    from pathlib import Path

FILE = """[scan]

fail-on = "high"
ignore_unfixed = true
skip-dirs = ["a", "b"]

[db]
max-age = "7d"
mirrors = ["https://user:word@mirror.example.org/x", "/srv/mirror"]

[[waivers]]
id = "CVE-2020-1"
owner = "platform"
reason = "not reachable"
expires = 2030-01-31
"""


def shown(tmp_path: Path, *words: str, **environ: str) -> dict[str, Any]:
    """Return the settings of a command by name, from the JSON."""
    done = run("config", "-o", "json", *words, cwd=tmp_path, environ=environ)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    return {setting["name"]: setting for setting in document["settings"]} | {"": document}


def test_every_source_of_a_value_is_told(tmp_path: Path) -> None:
    """The command line beats the environment, which beats the file, which beats the default."""
    (tmp_path / "dunnage.toml").write_text(FILE, encoding="utf-8")
    words = ("scan", "app.tar", "--severity", "low,HIGH", "--timeout=5m", "-o", "json")
    found = shown(tmp_path, *words, DUNNAGE_TIMEOUT="9m", DUNNAGE_FAIL_ON="Low")

    def told(name: str) -> tuple[object, ...]:
        return found[name]["value"], found[name]["by"], found[name]["where"]

    assert told("timeout") == ("5m", "flag", "--timeout")
    assert told("severity") == (["low", "high"], "flag", "--severity")
    assert told("output") == (["json"], "flag", "--output")
    assert told("fail-on") == ("low", "environment", "DUNNAGE_FAIL_ON")
    assert told("ignore-unfixed") == (True, "file", "dunnage.toml:4")
    assert told("skip-dirs") == (["a", "b"], "file", "dunnage.toml:5")
    assert told("db-max-age") == ("7d", "file", "dunnage.toml:8")
    assert told("jobs") == (0, "default", None)
    assert found[""]["file"] == "dunnage.toml"
    assert found[""]["waivers"] == 1


def test_credentials_are_not_shown(tmp_path: Path) -> None:
    """A mirror's user and password are left out, in the table too."""
    (tmp_path / "dunnage.toml").write_text(FILE, encoding="utf-8")
    found = shown(tmp_path)
    assert found["db-mirrors"]["value"] == ["https://***@mirror.example.org/x", "/srv/mirror"]
    assert "word@" not in run("config", cwd=tmp_path).stdout


def test_without_a_verb_every_option_is_listed_once(tmp_path: Path) -> None:
    """All verbs but ``config`` itself; each option says which of them have it."""
    found = shown(tmp_path)
    expected = {option.name for option in all_options()} - {"config-output"}
    assert set(found) - {""} == expected
    assert found["severity"]["verbs"][0] == "scan"
    assert {"scan", "sbom"} <= set(found["platform"]["verbs"])


def test_the_table(tmp_path: Path) -> None:
    """One line for each option; below them the file, its waivers and the cache directory."""
    (tmp_path / "dunnage.toml").write_text(FILE, encoding="utf-8")
    done = run("config", "scan", cwd=tmp_path, DUNNAGE_CACHE_DIR="/somewhere")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["setting", "value", "from"]
    assert ["fail-on", "high", "dunnage.toml:3"] in [line.split() for line in lines]
    assert ["offline", "off", "default"] in [line.split() for line in lines]
    assert lines[-2:] == ["file   dunnage.toml, 1 waiver", "cache  /somewhere"]
    assert (done.returncode, done.stderr) == (0, "")


def test_values_that_are_not_allowed(tmp_path: Path) -> None:
    """Each is told with its place and the reason; the others are shown all the same."""
    (tmp_path / "dunnage.toml").write_text("[scan]\nfail-on = 'hihg'\n", encoding="utf-8")
    done = run("config", cwd=tmp_path, DUNNAGE_JOBS="many")
    assert done.returncode == 2
    told = [line for line in done.stdout.splitlines() if line.startswith("not allowed")]
    assert [line.partition(";")[0] for line in told] == [
        "not allowed: dunnage.toml:2: fail-on does not know 'hihg'",
        "not allowed: DUNNAGE_JOBS takes a whole number, not 'many'",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("scn",), "did you mean scan?"),
        (("scan", "--fail-n", "high"), "did you mean --fail-on?"),
        (("--fail-on", "high"), "config has no option --fail-on"),
        (("-o", "yaml"), "choose from table, json"),
    ],
)
def test_misuse(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    """What cannot be understood is answered like everywhere else."""
    done = run("config", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) <= 4


def test_misspelt_keys_and_variables(tmp_path: Path) -> None:
    """A wrong key is an error with the right one; a wrong variable is a note with the right one."""
    (tmp_path / "dunnage.toml").write_text("[scan]\nsevrity = 'low'\n", encoding="utf-8")
    done = run("config", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "dunnage: dunnage.toml:2: unknown key in [scan]: 'sevrity'\n  did you mean 'severity'?\n"
    )
    (tmp_path / "dunnage.toml").unlink()
    done = run("sbom", "none.tar", cwd=tmp_path, DUNNAGE_CACHE_DIRR="x")
    assert done.stderr.splitlines()[0] == (
        "the environment variable DUNNAGE_CACHE_DIRR means nothing; did you mean DUNNAGE_CACHE_DIR?"
    )
    quiet = run("sbom", "none.tar", "-q", cwd=tmp_path, DUNNAGE_CACHE_DIRR="x")
    assert "CACHE_DIRR" not in quiet.stderr


def test_variables_of_other_verbs_and_tools_are_no_mistake() -> None:
    """Only what nobody knows is told, at most three of them, in order."""
    here = [Option("offline", "", default=False)]
    fine = ("DUNNAGE_OFFLINE", "DUNNAGE_ONLY", "DUNNAGE_REGISTRY_PASSWORD", "PATH", "DUNNAGE")
    assert unknown_variables(dict.fromkeys(fine, "x"), here) == ()
    strange = {f"DUNNAGE_QQQ{number}": "x" for number in range(5)}
    told = unknown_variables(strange, here)
    assert told[0] == "the environment variable DUNNAGE_QQQ0 means nothing"
    assert told[-1] == "and 2 more such variables"
    assert len(told) == 4


def test_a_file_inside_the_target_is_set_aside(tmp_path: Path) -> None:
    """That ``dunnage.toml`` does not count is said, and how it would."""
    (tmp_path / "dunnage.toml").write_text("[scan]\nfail-on = 'low'\n", encoding="utf-8")
    for words in (("sbom", "dir:."), ("config", "sbom", "dir:.")):
        done = run(*words, cwd=tmp_path, DUNNAGE_CACHE_DIR=str(tmp_path / "cache"))
        assert done.returncode == 0
        assert (
            done.stderr.splitlines().count(
                "dunnage.toml is not read: it lies in what is examined; "
                "--config dunnage.toml makes it count"
            )
            == 1
        )
    found = shown(tmp_path, "scan", "dir:.", "--config", "dunnage.toml")
    assert found["fail-on"]["where"] == "dunnage.toml:2"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("exit-code", "300", "exit-code takes 0 to 125, not 300"),
        ("jobs", "9" * 5000, "jobs takes 0 to 999999999, not 999"),
        ("timeout", "soon", "timeout takes a time like 90, 5m, 1h or 2d, not 'soon'"),
        ("db-max-age", "0", "db-max-age takes a time like 90, 5m, 1h or 2d, not '0'"),
    ],
)
def test_what_a_scan_would_refuse_is_refused_here(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    """A value out of its bounds is shown with the reason, as the scan would tell it."""
    done = run("config", "scan", f"--{name}={value}", cwd=tmp_path)
    assert done.returncode == 2
    assert f"not allowed: --{told}" in done.stdout
    done = run("scan", "app.tar", f"--{name}={value}", cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr


def test_a_converted_report_is_judged_by_no_file_nobody_named(tmp_path: Path) -> None:
    """The scan has read ``dunnage.toml``; ``convert`` reads it only if it is named."""
    (tmp_path / "dunnage.toml").write_text("[scan]\nfail-on = 'low'\n", encoding="utf-8")
    assert shown(tmp_path, "convert", "r.json")["fail-on"]["by"] == "default"
    assert shown(tmp_path, "scan", "r.json")["fail-on"]["by"] == "file"
    named = shown(tmp_path, "convert", "r.json", "--config", "dunnage.toml")
    assert named["fail-on"]["where"] == "dunnage.toml:2"


@pytest.mark.parametrize(
    "words",
    [
        ("--input=.",),
        ("--input", "dir:."),
        ("oci-dir:.",),
        ("oci-dir:.:1.2",),
        ("oci-dir:.@sha256:aa",),
        ("project:..",),
        ("app.tar", "rootfs:."),
    ],
)
def test_no_spelling_of_a_target_makes_its_settings_count(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    """However the target is named, a file inside it decides nothing."""
    here = tmp_path / "target"
    here.mkdir()
    (here / "dunnage.toml").write_text("[scan]\nfail-on = 'low'\n", encoding="utf-8")
    assert shown(here, "scan", *words)["fail-on"]["by"] == "default"
    assert shown(here, "scan", "app.tar")["fail-on"]["by"] == "file"


def test_the_variable_for_the_target_counts_as_naming_it(tmp_path: Path) -> None:
    """``DUNNAGE_INPUT`` names a target like the option does, waivers included."""
    waiver = "[[waivers]]\nid = 'x'\nowner = 'o'\nreason = 'r'\nexpires = 2099-01-01\n"
    (tmp_path / "dunnage.toml").write_text(waiver, encoding="utf-8")
    done = run(
        "scan",
        "-o",
        "json",
        cwd=tmp_path,
        DUNNAGE_INPUT="dir:.",
        DUNNAGE_CACHE_DIR=str(tmp_path / "cache"),
    )
    assert "waiver-unused" not in done.stdout
    assert "dunnage.toml is not read" in done.stderr


def test_every_verb_can_be_asked(tmp_path: Path) -> None:
    """``config`` works in front of each verb."""
    for verb in names("dunnage.cli"):
        if verb != "config":
            assert shown(tmp_path, verb)[""]["verb"] == verb
