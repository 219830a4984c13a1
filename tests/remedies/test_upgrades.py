"""Upgrades: what they promise is what matching again proves."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dunnage.model.finding import Exploited, Finding, Fix, Kind, Statement, Status
from dunnage.model.inventory import Inventory
from dunnage.model.package import Package
from dunnage.model.report import Upgrade
from dunnage.model.severity import Severity
from dunnage.model.system import OperatingSystem
from dunnage.remedies._commands import command
from dunnage.remedies.upgrades import BATCH, MAX_CANDIDATES, upgrades
from dunnage.versions._registry import ordering_for_type

HIGH, LOW, CRITICAL = Severity.HIGH, Severity.LOW, Severity.CRITICAL


@dataclass(frozen=True)
class Rule:
    """A vulnerability of one package name from ``introduced`` up to ``fixed``."""

    id: str
    name: str
    fixed: str
    severity: Severity = HIGH
    introduced: str = ""


@dataclass
class Matcher:
    """A small matcher with the real orderings, which remembers what it was asked."""

    rules: tuple[Rule, ...]
    asked: list[int] = field(default_factory=list)

    def __call__(self, packages: tuple[Package, ...]) -> tuple[Finding, ...]:
        """Return the findings of some packages."""
        self.asked.append(len(packages))
        by_name: dict[str, list[Rule]] = {}
        for rule in self.rules:
            by_name.setdefault(rule.name, []).append(rule)
        found = []
        for package in packages:
            for rule in by_name.get(package.source or package.name, ()):
                if self.affects(rule, package):
                    fix = Fix(rule.fixed, "fixed") if rule.fixed else Fix()
                    finding = Finding(rule.id, Kind.VULNERABILITY, "", rule.severity, fix=fix)
                    found.append(replace(finding, package=package.ref))
        return tuple(found)

    def affects(self, rule: Rule, package: Package) -> bool:
        """Tell whether a rule is about the package's version."""
        ordering = ordering_for_type(package.type)
        assert ordering is not None
        key = ordering.key(package.source_version or package.version)
        above = not rule.introduced or key >= ordering.key(rule.introduced)
        return above and (not rule.fixed or key < ordering.key(rule.fixed))


def deb(name: str, version: str, source: str = "") -> Package:
    """Return a Debian package."""
    return Package("deb", name, version, source=source or name, ref=name)


def pypi(name: str, version: str, ref: str = "") -> Package:
    """Return a Python package."""
    return Package("pypi", name, version, ref=ref or name)


def run(
    packages: tuple[Package, ...], rules: tuple[Rule, ...], top: int = 5
) -> tuple[Upgrade, ...]:
    """Match, then look for upgrades."""
    matcher = Matcher(rules)
    inventory = Inventory(OperatingSystem("debian"), packages)
    return upgrades(inventory, matcher(packages), matcher, top)


def test_packages_of_one_source_are_upgraded_together() -> None:
    """Two binaries of one source are one upgrade that counts the findings of both."""
    packages = (deb("libssl3", "3.0.1-1", "openssl"), deb("openssl", "3.0.1-1", "openssl"))
    rules = (Rule("A", "openssl", "3.0.2-1"), Rule("B", "openssl", "3.0.3-1", CRITICAL))
    assert run(packages, rules) == (
        Upgrade(
            "openssl",
            "deb",
            "3.0.1-1",
            "3.0.3-1",
            removes=4,
            remains=0,
            by_severity=(("critical", 2), ("high", 2)),
            command="apt-get install --only-upgrade libssl3 openssl",
        ),
    )


def test_smallest_version_that_removes_most() -> None:
    """Of versions that do the same the smallest wins; a larger one only if it removes more."""
    rules = (Rule("A", "x", "1.2"), Rule("B", "x", "1.10"), Rule("C", "x", ""))
    (best,) = run((pypi("x", "1.0"),), rules)
    assert (best.version, best.removes, best.remains) == ("1.10", 2, 1)


def test_version_that_brings_worse_is_not_advised() -> None:
    """A fix that is itself affected by something new loses against one that is not."""
    rules = (
        Rule("A", "x", "1.5"),
        Rule("B", "x", "2.0", LOW),
        Rule("NEW", "x", "", CRITICAL, introduced="2.0"),
    )
    (best,) = run((pypi("x", "1.0"),), rules)
    assert (best.version, best.removes, best.remains) == ("1.5", 1, 1)


def test_version_that_does_not_help_is_not_advised() -> None:
    """A claimed fix that matching again does not confirm gives no upgrade."""
    package = pypi("x", "1.0")
    claimed = Finding("A", Kind.VULNERABILITY, "", HIGH, package="x", fix=Fix("1.1", "fixed"))
    stays = Matcher((Rule("A", "x", ""),))
    assert upgrades(Inventory(None, (package,)), (claimed,), stays) == ()


def claim(name: str, fixed: str, *statements: str) -> Finding:
    """Return a finding of package ``x`` that names fixed versions."""
    told = tuple(Statement(name, "osv", "PyPI", fixed=version) for version in statements)
    fix = Fix(fixed, "fixed") if fixed else Fix()
    return Finding(name, Kind.VULNERABILITY, "", HIGH, package="x", fix=fix, statements=told)


def test_downgrades_are_never_advised() -> None:
    """The fix of an older branch is no upgrade, even if it is not affected."""
    matcher = Matcher((Rule("A", "x", "2.5", introduced="2.0"),))
    packages = (pypi("x", "2.1"),)
    (best,) = upgrades(Inventory(None, packages), (claim("A", "2.5", "1.9"),), matcher)
    assert best.version == "2.5"


def test_fix_that_only_an_advisory_names_is_tried() -> None:
    """Without an agreed fix, the versions single advisories name are tried."""
    matcher = Matcher((Rule("A", "x", "1.5"),))
    packages = (pypi("x", "1.0"),)
    (best,) = upgrades(Inventory(None, packages), (claim("A", "", "1.5"),), matcher)
    assert (best.version, best.removes) == ("1.5", 1)


def test_smaller_version_wins_where_the_larger_broke_its_promise() -> None:
    """A version that was to remove more but does not loses against a smaller one."""
    matcher = Matcher((Rule("A", "x", "1.1"), Rule("B", "x", "")))
    packages = (pypi("x", "1.0"),)
    found = (claim("A", "1.1"), claim("B", "1.2"))
    (best,) = upgrades(Inventory(None, packages), found, matcher)
    assert (best.version, best.removes, best.remains) == ("1.1", 1, 1)


def test_suppressed_after_the_upgrade_is_gone() -> None:
    """What matching again finds but knows not to apply no longer counts."""
    matcher = Matcher((Rule("A", "x", ""),))

    def rematch(packages: tuple[Package, ...]) -> tuple[Finding, ...]:
        return tuple(replace(f, status=Status.SUPPRESSED) for f in matcher(packages))

    packages = (pypi("x", "1.0"),)
    (best,) = upgrades(Inventory(None, packages), (claim("A", "1.1"),), rematch)
    assert (best.removes, best.remains) == (1, 0)


def test_only_open_vulnerabilities_count() -> None:
    """Waived, suppressed and hidden findings are no reason to upgrade."""
    packages = (pypi("x", "1.0"),)
    matcher = Matcher((Rule("A", "x", "1.1"), Rule("B", "x", "1.2")))
    first, second = matcher(packages)
    waived = replace(second, status=Status.WAIVED)
    (best,) = upgrades(Inventory(None, packages), (first, waived), matcher)
    assert (best.version, best.removes, best.remains) == ("1.1", 1, 0)


def test_worst_upgrade_comes_first_and_top_bounds() -> None:
    """Severity counts before number, known exploitation most of all."""
    packages = tuple(pypi(name, "1") for name in ("many", "crit", "kev", "low"))
    rules = (
        *(Rule(f"M{i}", "many", "2", Severity.MEDIUM) for i in range(5)),
        Rule("C", "crit", "2", CRITICAL),
        Rule("K", "kev", "2", HIGH),
        Rule("L", "low", "2", LOW),
    )
    matcher = Matcher(rules)
    found = tuple(
        replace(f, exploited=Exploited("2025-01-01")) if f.id == "K" else f
        for f in matcher(packages)
    )
    best = upgrades(Inventory(None, packages), found, matcher, top=3)
    assert [upgrade.package for upgrade in best] == ["kev", "crit", "many"]


def test_copies_of_one_library_are_one_upgrade() -> None:
    """All copies of one version go together, another version of it on its own."""
    packages = (pypi("x", "1.0", "a"), pypi("x", "1.0", "b"), pypi("x", "1.1", "c"))
    best = run(packages, (Rule("A", "x", "2.0"),))
    assert [(u.current, u.removes) for u in best] == [("1.0", 2), ("1.1", 1)]


def test_go_versions_keep_their_prefix() -> None:
    """Go modules are installed as ``v1.2.3`` while advisories say ``1.2.3``."""
    package = Package("golang", "golang.org/x/net", "v0.7.0", ref="net")
    (best,) = run((package,), (Rule("A", "golang.org/x/net", "0.17.0"),))
    assert (best.version, best.command) == ("v0.17.0", "go get golang.org/x/net@v0.17.0")


def test_unreadable_versions_give_no_upgrade() -> None:
    """Where versions cannot be ordered nothing is promised, and nothing breaks."""
    package = pypi("x", "not a version!")
    finding = Finding("A", Kind.VULNERABILITY, "", HIGH, package="x", fix=Fix("2", "fixed"))
    odd = replace(finding, fix=Fix("also not!", "fixed"))
    assert upgrades(Inventory(None, (package,)), (finding,), Matcher(())) == ()
    assert upgrades(Inventory(None, (pypi("x", "1"),)), (odd,), Matcher(())) == ()


def test_large_inventories_ask_little() -> None:
    """Of 10,000 packages only the most promising groups are matched again, in few calls."""
    packages = tuple(pypi(f"p{i}", "1.0") for i in range(10_000))
    rules = tuple(
        Rule(f"A{i}-{n}", f"p{i}", f"1.{n + 1}", CRITICAL if i < 10 else LOW)
        for i in range(2000)
        for n in range(5)
    )
    matcher = Matcher(rules)
    found = matcher(packages)
    matcher.asked.clear()
    best = upgrades(Inventory(None, packages), found, matcher)
    assert [upgrade.removes for upgrade in best] == [5] * 5
    assert len(matcher.asked) <= MAX_CANDIDATES
    assert sum(matcher.asked) <= MAX_CANDIDATES * BATCH


VERSIONS = st.sampled_from(["1.0", "1.1", "1.2", "1.10", "2.0"])
RULES = st.lists(
    st.builds(
        Rule,
        st.sampled_from("ABCDEF"),
        st.sampled_from(["x", "y"]),
        st.one_of(st.just(""), VERSIONS),
        st.sampled_from(Severity),
        st.one_of(st.just(""), VERSIONS),
    ),
    max_size=8,
    unique_by=lambda rule: rule.id,
)


@settings(max_examples=100, deadline=None)
@given(RULES, VERSIONS, VERSIONS)
def test_promises_hold(rules: list[Rule], first: str, second: str) -> None:
    """Applying an upgrade really removes what it says and leaves what it says."""
    packages = (pypi("x", first), pypi("y", second))
    for upgrade in run(packages, tuple(rules)):
        matcher = Matcher(tuple(rules))
        package = next(p for p in packages if p.name == upgrade.package)
        before = {f.id for f in matcher((package,))}
        after = {f.id for f in matcher((replace(package, version=upgrade.version),))}
        assert upgrade.removes == len(before - after) > 0
        assert upgrade.remains == len(after)


@pytest.mark.parametrize(
    ("kind", "names", "version", "system", "told"),
    [
        ("deb", ("b", "a", "b"), "2", "debian", "apt-get install --only-upgrade a b"),
        ("apk", ("busybox",), "1.2-r3", "alpine", "apk add --upgrade busybox"),
        ("rpm", ("curl",), "8-1.el9", "almalinux", "dnf upgrade curl"),
        ("rpm", ("curl",), "8-1", "sles", "zypper update curl"),
        ("pypi", ("Jinja2",), "2.10.1", "", "pip install Jinja2==2.10.1"),
        ("npm", ("@babel/core",), "7.1.0", "", "npm install @babel/core@7.1.0"),
        ("golang", ("stdlib",), "1.21.5", "", "rebuild with Go 1.21.5 or later"),
        ("maven", ("org.x:y",), "2.15", "", "set the version of org.x:y to 2.15"),
        ("cargo", ("serde",), "1.0.1", "", "cargo update -p serde --precise 1.0.1"),
        ("composer", ("a/b",), "v2.0", "", "composer require a/b:v2.0"),
        ("gem", ("rails",), "7", "", "gem install rails --version 7"),
        ("nuget", ("A.B",), "2.0", "", "dotnet add package A.B --version 2.0"),
        ("conda", ("curl",), "8", "", ""),
        ("pypi", ("x; rm -rf ~",), "1", "", ""),
        ("pypi", ("--index-url=http",), "1", "", ""),
        ("pypi", ("x",), "1`id`", "", ""),
        ("deb", ("good", "$(bad)"), "1", "", ""),
        ("npm", ("a\nb",), "1", "", ""),
    ],
)
def test_commands_are_those_of_the_packages_tool(
    kind: str, names: tuple[str, ...], version: str, system: str, told: str
) -> None:
    """The command is safe to paste: an odd name or version gives none."""
    assert command(kind, names, version, system) == told


@settings(max_examples=150)
@given(st.sampled_from(["deb", "pypi", "npm", "golang"]), st.text(max_size=12), st.text(max_size=6))
def test_no_name_can_smuggle_in_a_command(kind: str, name: str, version: str) -> None:
    """Whatever a package calls itself, a shell sees plain words only."""
    text = command(kind, [name], version)
    assert not set(text) & set(";|&$`<>(){}'\"\\\n*?!#")
    assert shlex.split(text) == text.split()
