"""Every plug-in keeps the promises of its kind, also one that is added tomorrow."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING

import pytest

import samples
from bodies import Memory
from dunnage.advisories._feed import Feed, Part
from dunnage.advisories._mirror import Place
from dunnage.io.folder import load_all
from dunnage.model.cataloger import Cataloger, Fact, File
from dunnage.model.errors import DunnageError, InputError
from dunnage.model.ordering import Ordering
from dunnage.model.renderer import Renderer
from dunnage.model.report import View
from dunnage.sources._source import Options, Source
from plugins import REFUSALS
from sample_hostile import HOSTILE
from sample_platforms import PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dunnage.advisories._feed import Told
    from dunnage.advisories._wire import Detail
    from dunnage.advisories._wire import Fact as Statement

CATALOGERS = {
    **load_all("dunnage.catalogers", "cataloger", Cataloger),
    **load_all("dunnage.detectors", "detector", Cataloger),
}
FEEDS = load_all("dunnage.advisories.feeds", "feed", Feed)
ORDERINGS = load_all("dunnage.versions", "ordering", Ordering)
RENDERERS = load_all("dunnage.render", "renderer", Renderer)
SOURCES = load_all("dunnage.sources", "source", Source)
REPORTS = {
    "report": samples.REPORT,
    "empty": samples.EMPTY,
    "unseen": samples.UNSEEN,
    "several": samples.SEVERAL,
    "platforms": PLATFORMS,
    "hostile": HOSTILE,
}
TEMPLATE = "{{ report.complete }} {{ report.subjects | tojson }}\n"
VIEWS = (
    View(template=TEMPLATE),
    View(width=60, colour=True, template=TEMPLATE),
    View(width=160, template=TEMPLATE),
)
_TEXTS = (
    b"",
    b"\0",
    b"\n\n\n",
    b"\xff\xfe\xff\xfe",
    b"{",
    b"[]",
    b'{"name": 1, "version": {}}',
    b"P:",
    b"Package: x\nStatus: install ok installed\n",
    b"Metadata-Version: 2.1\nName:\n",
    b"A" * 5000,
)


def paths_of(name: str, cataloger: Cataloger) -> tuple[str, ...]:
    """Return a path for each way in which a cataloger wants files."""
    suffix = (*cataloger.folder_suffixes, "")[0]
    found = (
        *(f"a/{base}" for base in cataloger.names),
        *(f"a/b{ending}" for ending in cataloger.suffixes),
        *(f"a/{glob.replace('*', 'x')}" for glob in cataloger.globs),
        *cataloger.paths,
        *(f"{folder}/x{suffix}" for folder in cataloger.folders),
    )
    return found or (f"usr/bin/{name}",)


def bodies_of(name: str, cataloger: Cataloger) -> Iterator[bytes]:
    """Give bodies that are empty, of another kind, random, or cut short."""
    chance = random.Random(f"contract {name}")  # noqa: S311 - the same garbage every time
    yield from _TEXTS
    for size in (1, 7, 64, 512, 4096):
        yield chance.randbytes(size)
    for magic in (*cataloger.magic, b"PK\x03\x04", b"SQLite format 3\0", b"\x7fELF\x02\x01\x01"):
        for size in (0, 1, 60, 4096):
            yield magic + chance.randbytes(size)
            yield magic + b"\xff" * size
    for text in _TEXTS:
        yield text[: len(text) // 2]


@pytest.mark.parametrize("name", CATALOGERS)
def test_cataloger_survives_garbage(name: str) -> None:
    """Empty, foreign, random and cut files give facts or one of the documented errors."""
    cataloger = CATALOGERS[name]
    tried = 0
    for path in paths_of(name, cataloger):
        for data in bodies_of(name, cataloger):
            tried += 1
            try:
                fact = cataloger.parse(File(path, len(data), 0o644, Memory(data)))
            except REFUSALS:
                continue
            assert fact is None or isinstance(fact, Fact)
            found = fact.packages if fact else ()
            assert all(package.name for package in found), (path, data[:40])
            assert {package.type for package in found} <= set(cataloger.types)
    assert tried >= 40


@pytest.mark.parametrize("name", [name for name, c in CATALOGERS.items() if c.assemble])
def test_cataloger_joins_what_it_does_not_know(name: str) -> None:
    """Joining no facts gives none, and facts without content are survived."""
    assemble = CATALOGERS[name].assemble
    assert assemble is not None
    assert [fact for fact in assemble([]) if fact.packages] == []
    bare = [Fact(cataloger=name, path=path) for path in paths_of(name, CATALOGERS[name])]
    assert [fact for fact in assemble(bare) if fact.packages] == []


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.width}{view.colour}")
@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("name", RENDERERS)
def test_renderer_takes_every_report(name: str, report: str, view: View) -> None:
    """Every format writes every report, twice the same bytes, as UTF-8 that ends a line."""
    render = RENDERERS[name].render
    content = render(REPORTS[report], view)
    assert content == render(REPORTS[report], view)
    assert content.decode("utf-8").strip()
    assert content.endswith(b"\n")


@pytest.mark.parametrize("name", [name for name in RENDERERS if name != "table"])
def test_formats_for_programs_have_no_view(name: str) -> None:
    """Only what people read depends on the terminal; files are the same everywhere."""
    written = {RENDERERS[name].render(samples.REPORT, view) for view in VIEWS}
    assert len(written) == 1


@pytest.mark.parametrize("name", RENDERERS)
def test_renderer_says_more_than_nothing(name: str) -> None:
    """A report in which nothing was examined never looks like one in which nothing was found."""
    render = RENDERERS[name].render
    assert render(samples.UNSEEN, VIEWS[0]) != render(samples.EMPTY, VIEWS[0])


@pytest.mark.parametrize("name", ORDERINGS)
def test_ordering_refuses_with_value_error(name: str) -> None:
    """Any text has a key or is refused; equal texts have equal keys."""
    chance = random.Random(f"versions {name}")  # noqa: S311
    letters = "0123456789.-+~^:_abcrv \0é\ud800"
    texts = ["", "1", "1.0", "9" * 400, "1." * 3000, "v", "-", ":", "~", *letters]
    texts += ["".join(chance.choices(letters, k=chance.randrange(1, 30))) for _ in range(300)]
    ordered = 0
    for text in texts:
        try:
            key = ORDERINGS[name].key(text)
        except ValueError:
            continue
        ordered += 1
        assert isinstance(key, bytes)
        assert key == ORDERINGS[name].key(text)
    assert ordered >= 2


@pytest.mark.parametrize("name", ORDERINGS)
def test_ordering_knows_plain_numbers(name: str) -> None:
    """In every scheme 1.9.0 comes before 1.10.0."""
    key = ORDERINGS[name].key
    assert key("1.9.0") < key("1.10.0") < key("2.0.0")


class _Sink:
    """Takes what a feed tells, and counts it."""

    def __init__(self) -> None:
        self.kept = 0

    def advisory(self, detail: Detail, told: list[Told]) -> None:
        """Count an advisory."""
        del detail, told
        self.kept += 1

    def fact(self, cve: str, fact: Statement) -> None:
        """Count a statement."""
        del cve, fact
        self.kept += 1

    def count(self, outcome: str) -> None:
        """Check the outcome of a record that is not kept."""
        assert outcome in {"skipped", "ignored"}

    def seen(self, modified: str) -> None:
        """Check a modification time."""
        assert isinstance(modified, str)


@pytest.mark.parametrize("name", FEEDS)
def test_feed_finds_nothing_in_an_empty_mirror(name: str, tmp_path: Path) -> None:
    """A mirror that does not hold a feed is no error; what it lacks is told elsewhere."""
    place = Place(f"{tmp_path}/", None)
    assert FEEDS[name].parts(place, ()) == ()
    assert FEEDS[name].parts(place, ("Debian",)) == ()


@pytest.mark.parametrize("name", FEEDS)
def test_feed_survives_garbage(name: str) -> None:
    """A broken part gives nothing or InputError, never anything kept and never another error."""
    chance = random.Random(f"feed {name}")  # noqa: S311
    heads = (
        b"",
        b"{",
        b'{"vulnerabilities": [{"cve": 1}]}',
        b"PK\x05\x06",
        b"\x1f\x8b\x08\0",
        b"a,b",
    )
    for head in heads:
        for size in (0, 18, 500):
            sink = _Sink()
            body = io.BytesIO(head + chance.randbytes(size))
            try:
                FEEDS[name].load(body, Part(name, "PyPI", "PyPI/all.zip"), sink)
            except InputError:
                continue
            assert sink.kept == 0


@pytest.mark.parametrize("name", [name for name in SOURCES if name not in {"registry", "stdin"}])
def test_source_refuses_what_is_not_there(name: str, tmp_path: Path) -> None:
    """A missing, an empty and a random file are refused with a message, never opened."""
    chance = random.Random(f"source {name}")  # noqa: S311
    for text in (None, b"", chance.randbytes(600)):
        path = tmp_path / f"target-{0 if text is None else len(text)}"
        if text is not None:
            path.write_bytes(text)
        with pytest.raises(DunnageError) as caught:
            SOURCES[name].open(str(path), Options())
        assert caught.value.exit_code in {2, 3}
        assert caught.value.message
