"""Laws of joining advisories and of choosing a fix."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dunnage.advisories._hits import Hit, fix_of
from dunnage.advisories._merge import merged
from dunnage.advisories._wire import FIXED, LAST, OPEN, Detail, covers

CVES = st.lists(st.sampled_from([f"CVE-2024-{n}000" for n in range(1, 6)]), max_size=3, unique=True)
ALIASES = st.lists(st.sampled_from(["GHSA-a", "GHSA-b", "GHSA-c"]), max_size=2, unique=True)


@st.composite
def hits(draw: st.DrawFn) -> list[Hit]:
    """Draw some advisories, some of which bundle several CVEs."""
    found = []
    for index in range(draw(st.integers(1, 6))):
        cves = draw(CVES)
        bundle = len(cves) > 1 and draw(st.booleans())
        aliases = [] if bundle else [*draw(ALIASES), *cves]
        detail = Detail(id=f"X-{index}", aliases=aliases, cves=cves, bundle=bundle)
        found.append(Hit(detail, "PyPI", (), (), (), ""))
    return found


@given(hits())
def test_no_name_in_two_vulnerabilities(found: list[Hit]) -> None:
    """Every advisory is behind a vulnerability, and none has two CVEs or shares one."""
    groups = merged(found)
    assert {id(hit) for group in groups for hit in group.hits} == {id(hit) for hit in found}
    assert all(len(group.cves) <= 1 for group in groups)
    cves = [cve for group in groups for cve in group.cves]
    assert len(cves) == len(set(cves))
    assert len(groups) == len({group.id for group in groups})
    for group in groups:
        for hit in group.hits:
            named = {group.id, *group.aliases}
            assert named & {hit.detail.id, *hit.detail.aliases, *hit.detail.cves}


@given(hits())
def test_order_does_not_matter(found: list[Hit]) -> None:
    """The same advisories in another order give the same vulnerabilities."""
    there = {(group.id, group.aliases, group.cves) for group in merged(found)}
    back = {(group.id, group.aliases, group.cves) for group in merged(found[::-1])}
    assert there == back


@given(hits())
def test_bundle_counts_for_each_of_its_cves(found: list[Hit]) -> None:
    """A bundle is behind the vulnerability of each of its CVEs."""
    groups = merged(found)
    for hit in found:
        if hit.detail.bundle:
            for cve in hit.detail.cves:
                (group,) = (g for g in groups if cve in g.cves)
                assert hit in group.hits


SPANS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([OPEN, FIXED, LAST])),
    max_size=5,
)


@given(SPANS, st.integers(0, 9))
def test_fix_is_the_smallest_that_no_span_covers(
    drawn: list[tuple[int, int, int]], installed: int
) -> None:
    """A fix lies above the installed version, is covered by nothing, and none below it is."""
    spans = [(b"%d" % a, b"%d" % b, kind, str(a), str(b)) for a, b, kind in drawn]
    key = b"%d" % installed
    possible = sorted(
        high
        for _, high, kind, _, _ in spans
        if kind == FIXED and high > key and not any(covers(high, *span[:3]) for span in spans)
    )
    assert fix_of(spans, key) == (possible[0].decode() if possible else "")
