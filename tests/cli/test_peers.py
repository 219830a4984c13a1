"""People who come from other scanners: nothing they type is ignored, and the guides stay true."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from dunnage.cli._command import Command
from dunnage.cli._option import settle
from dunnage.cli._output import destinations
from dunnage.cli._parse import parse
from dunnage.cli._peers import flags, format_of
from dunnage.io.folder import load, names
from dunnage.io.tables import table
from dunnage.model.errors import UsageError
from flows.small_world import local_forms, mirror, stock
from processes import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.cli._option import Option

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("coming-from-trivy.md", "coming-from-grype-and-syft.md")
PEERS = table("peers")


def known_flags(name: str) -> tuple[str, ...]:
    """Return the flags of another scanner, as its own reference lists them."""
    text = (Path(__file__).parents[1] / "data" / "peers" / f"{name}.txt").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(word for line in lines for word in line.split())


TRIVY = (*known_flags("trivy"), *known_flags("trivy-earlier"))
GRYPE = known_flags("grype")
SYFT = known_flags("syft")


class Row(NamedTuple):
    """One row of a table of flags: what others type, what is typed here, and a remark."""

    flag: str
    ours: str
    remark: str


def options_of(verb: str) -> list[Option]:
    """Return the options of a verb."""
    command = load("dunnage.cli", verb, "command", Command)
    return [option for group in command.groups for option in group.options]


def section(page: str, title: str) -> list[Row]:
    """Return the rows of the tables below a heading, up to the next of its level or above."""
    text = (DOCS / page).read_text()
    level = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    assert level is not None, title
    rest = text[level.end() :]
    end = re.search(rf"^#{{1,{len(level[1])}}} ", rest, re.MULTILINE)
    rest = rest[: end.start()] if end else rest
    found = re.findall(r"^\| `(-[^`]*)` \| (?:`([^`]*)`|–) \| (.*) \|$", rest, re.MULTILINE)
    return [Row(*row) for row in found]


SECTIONS = (
    (PAGES[0], "Every flag", "scan", TRIVY),
    (PAGES[1], "Every flag of Grype", "scan", GRYPE),
    (PAGES[1], "Every flag of Syft", "sbom", SYFT),
)


@pytest.mark.parametrize(("page", "title", "verb", "known"), SECTIONS)
def test_every_flag_is_in_the_table(
    page: str, title: str, verb: str, known: tuple[str, ...]
) -> None:
    """The tables hold the flags of the references: each once, and no other."""
    found = [row.flag for row in section(page, title)]
    assert sorted(found) == sorted(known)
    assert verb in names("dunnage.cli")


@pytest.mark.parametrize(("page", "title", "verb", "known"), SECTIONS)
def test_rows_are_true(page: str, title: str, verb: str, known: tuple[str, ...]) -> None:
    """What is in the column "here" can be typed; a dash means the refusal in the remark."""
    assert known
    for row in section(page, title):
        if row.ours:
            understood(f"dunnage {verb} TARGET {row.ours}")
            continue
        with pytest.raises(UsageError) as refused:
            flags(verb, [row.flag, "value"], [row.flag], options_of(verb))
        assert refused.value.advice == row.remark


@pytest.mark.parametrize("verb", ["scan", "sbom", "convert"])
def test_no_flag_is_a_stranger(verb: str) -> None:
    """Typed as it is, a flag is an option here, is put into ours, or gets an answer of its own."""
    command = load("dunnage.cli", verb, "command", Command)
    options = options_of(verb)
    own = {spelling for o in options for spelling in (*o.short, f"--{o.name}")}
    for flag in {*TRIVY, *GRYPE, *SYFT} - own - {"-h", "--help"}:
        try:
            notes = parse(verb, command, ["TARGET", flag, "squashed"]).notes
        except UsageError as refused:
            notes = (f"{refused} {refused.advice}",)
        assert notes, flag
        assert flag in notes[0]
        assert "did you mean" not in notes[0]
        assert not notes[0].endswith(f"{flag} 'dunnage {verb} --help' lists all")


def commands() -> Iterator[str]:
    """Give every command line of ours in the guides and in tables of one minute."""
    for page in PAGES:
        text = (DOCS / page).read_text().replace("\\|", "|")
        yield from re.findall(r"`(dunnage [a-z][^`|]*)`", text)
        yield from re.findall(r"^    (dunnage .*)$", text, re.MULTILINE)
        yield from (cut for _, cut in re.findall(r"`(syft[^`]*\| )(dunnage [^`]*)`", text))


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_commands_in_the_guides_are_understood(line: str) -> None:
    """Every command of ours that a guide shows is understood, or is shown as refused."""
    if any(part in line for part in ("--ignore-policy", "-f high")):
        with pytest.raises(UsageError):
            understood(line)
        return
    understood(line)


def understood(line: str) -> None:
    """Parse a command line to its last value, as the tool would.

    Raises:
        UsageError: If it is not understood.
    """
    words = line.removeprefix("dunnage ").split()
    if words[0] in PEERS["verbs"]:
        words[0] = "scan"
    verb, *rest = words
    parsed = parse(verb, load("dunnage.cli", verb, "command", Command), rest)
    if verb == "config" or parsed.help_text:
        return
    values = settle(options_of(verb), parsed.arguments, {}, {})
    formats = names("dunnage.render")
    outputs = values.get("output", ())
    assert isinstance(outputs, tuple)
    named = [text.partition("=") for text in outputs]
    ours = [format_of(name, "--output", formats) + equals + path for name, equals, path in named]
    chosen = format_of(str(values.get("format", "")), "--format", formats)
    if "FORMAT" not in line:
        destinations(ours, chosen, "table", formats)


def test_the_table_has_no_dead_entries() -> None:
    """Nothing in the table is a word of ours already, and what it leads to exists."""
    own = {f"--{option.name}" for verb in ("scan", "sbom") for option in options_of(verb)}
    assert set(PEERS["renamed"].values()) <= own
    assert not own & {*PEERS["renamed"], *PEERS["always"], *PEERS["instead"]}
    verbs = set(names("dunnage.cli"))
    assert {line.partition(" ")[0] for line in PEERS["verbs"].values()} <= verbs
    assert not verbs & {*PEERS["verbs"], *PEERS["no-verbs"]}
    formats = set(names("dunnage.render"))
    assert not formats & {*PEERS["formats"], *PEERS["no-formats"]}
    assert set(PEERS["versions"]) <= formats


def test_commands_without_a_counterpart_are_in_the_guides() -> None:
    """What a refused verb answers stands in the guide of those who type it."""
    text = "".join((DOCS / page).read_text() for page in PAGES)
    for name, told in PEERS["no-verbs"].items():
        assert told in text, name


@pytest.mark.parametrize(
    ("name", "option", "ours"),
    [
        ("cyclonedx", "--format", "cyclonedx-json"),
        ("cyclonedx", "--output", "cyclonedx-xml"),
        ("spdx", "--output", "spdx-tag-value"),
        ("spdx-json@2.3", "--output", "spdx-json"),
        ("nobody-knows", "--output", "nobody-knows"),
    ],
)
def test_names_of_formats(name: str, option: str, ours: str) -> None:
    """One name may mean two formats: Trivy writes it behind -f, Grype and Syft behind -o."""
    assert format_of(name, option, names("dunnage.render")) == ours


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with an image in every local form and a stocked cache directory."""
    root = tmp_path_factory.mktemp("peers")
    stock(root / "cache", mirror(root / "mirror"))
    local_forms(root)
    return root


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("image", "--input", "docker.tar"), 0, "'image' is 'scan' here"),
        (("image", "-q", "--input", "docker.tar"), 0, ""),
        (("fs", "rootfs"), 0, "./rootfs: taken as a"),
        (("rootfs", "rootfs"), 0, "'rootfs' is 'scan' here"),
        (("fs", "alpine"), 3, "./alpine: there is no such file or directory"),
        (("repo", "https://git.example/a/b"), 2, "clone it"),
        (("k8s", "cluster"), 2, "clusters are not examined yet"),
        (("docker.tar",), 2, "dunnage scan docker.tar"),
        (("scan", "pkg:pypi/demo@1.0"), 2, "echo 'pkg:...' | dunnage scan -"),
        (("scan", "purl:docker.tar"), 2, "write sbom:FILE"),
        (("sbom", "singularity:./image.sif"), 2, "SIF files are not examined yet"),
        (("config", "rootfs"), 2, "'dunnage config' shows settings"),
        (("db", "check"), 2, "dunnage db status"),
        (("scan", "docker.tar", "--vuln-type", "os", "--by-cve"), 0, "--vuln-type is --pkg-types"),
        (("scan", "docker.tar", "--vuln-type=os"), 0, "--vuln-type is --pkg-types"),
        (("scan", "docker.tar", "--only-fixed=true"), 0, "--only-fixed is --ignore-unfixed"),
        (
            ("sbom", "docker.tar", "--severity", "HIGH"),
            2,
            "it is an option of convert, lint and scan",
        ),
        (("scan", "docker.tar", "-ccustom.toml"), 2, "custom.toml"),
        (("scan", "docker.tar", "--scope", "all-layers"), 2, "--scope all-layers"),
        (("scan", "docker.tar", "--by-cve=false"), 2, "cannot be had"),
        (("scan", "docker.tar", "-f", "high"), 2, "Grype's -f is --fail-on"),
        (("scan", "docker.tar", "-s", "squashed"), 2, "-s is --severity"),
        (("scan", "docker.tar", "--scanners", "misconfig"), 2, "not examined yet"),
        (("scan", "docker.tar", "--ignore-unfixed=maybe"), 2, "true or false"),
        (("scan", "docker.tar", "--nobody-has-this"), 2, "--help' lists all"),
        (("scan", "docker.tar", "-o", "spdx-json@2.2"), 2, "has version 2.3 here"),
        (("scan", "docker.tar", "-f", "cosign-vuln"), 2, "attestations are not made yet"),
        (("scan", "docker.tar", "-o", "template", "-t", "page.tmpl"), 2, "write @page.tmpl"),
        (("sbom", "docker.tar", "--only-fixed"), 2, "it is --ignore-unfixed, which sbom"),
    ],
)
def test_as_typed(words: tuple[str, ...], code: int, told: str, here: Path) -> None:
    """What others type ends as it says, and is told of unless quiet was asked for."""
    (here / "page.tmpl").write_text("x")
    done = run(
        *words, "-o=json=report.json" if code == 0 else "--debug", cwd=here, environ=cache(here)
    )
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr
    if "-q" in words:
        assert done.stderr == ""


def cache(here: Path) -> dict[str, str]:
    """Return the variable that names the cache directory."""
    return {"DUNNAGE_CACHE_DIR": str(here / "cache")}


def test_a_file_beside_a_format(here: Path) -> None:
    """-f json -o result writes the file, as in Trivy; -o result alone is no format."""
    done = run("scan", "docker.tar", "-f", "json", "-o", "result", cwd=here, environ=cache(here))
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((here / "result").read_text())["schema"] == "dunnage-report/1"
    done = run("scan", "docker.tar", "-o", "result", cwd=here, environ=cache(here))
    assert (done.returncode, "there is no format 'result'" in done.stderr) == (2, True)


def test_a_flag_turns_a_switch_off(here: Path) -> None:
    """What the file or the environment turns on, --switch=false turns off again."""
    shown = run("config", "scan", "--ignore-unfixed=false", cwd=here, DUNNAGE_IGNORE_UNFIXED="1")
    assert re.search(r"ignore-unfixed +off +--ignore-unfixed", shown.stdout), shown.stdout


def test_ignore_files(here: Path) -> None:
    """A named file waives; one that only lies there is told of; the table shows what is waived."""
    folder = here / "ignoring"
    folder.mkdir()
    (folder / ".trivyignore").write_text("# agreed\nCVE-2020-0001\n\nCVE-1999-1 exp:2099-01-01\n")
    words = ("scan", "../docker.tar", "--fail-on", "critical")
    done = run(*words, cwd=folder, environ=cache(here))
    assert done.returncode == 1
    assert "--ignorefile .trivyignore" in done.stderr
    done = run(
        *words, "--ignorefile", ".trivyignore", "--show-suppressed", cwd=folder, environ=cache(here)
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "CVE-2020-0001 demo 1.0: waived by .trivyignore until" in done.stdout
    assert ".trivyignore:4: the waiver of CVE-1999-1 covers nothing" in done.stdout
    assert "Not listed" not in done.stdout
    stored = run(*words, "-o", "json=../stored.json", cwd=folder, environ=cache(here))
    assert stored.returncode == 1
    convert = ("convert", "../stored.json", "--ignorefile", ".trivyignore")
    assert run(*convert, cwd=folder).returncode == 0
    for name, told in (("none", "No such file"), ("x.yaml", "YAML"), ("../docker.tar", "no id")):
        done = run("scan", "../docker.tar", "--ignorefile", name, cwd=folder, environ=cache(here))
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_order_of_the_table(here: Path) -> None:
    """--sort-by orders the blocks of the table, and nothing else."""

    def heads(key: str) -> list[str]:
        done = run("scan", "docker.tar", "--sort-by", key, cwd=here, environ=cache(here))
        return re.findall(r"^(demo|left|other) ", done.stdout, re.MULTILINE)

    assert heads("package") == ["demo", "left", "other"]
    assert heads("severity") == ["demo", "other", "left"]
    assert heads("vulnerability") == ["demo", "left", "other"]


def test_exclude(here: Path) -> None:
    """--exclude leaves out files and whole directories."""
    for pattern, left in (("/app/**", 1), ("**/node_modules", 2), ("./app", 1)):
        done = run(
            "scan", "docker.tar", "-ojson", "--exclude", pattern, cwd=here, environ=cache(here)
        )
        assert len(json.loads(done.stdout)["subjects"][0]["packages"]) == left, pattern
