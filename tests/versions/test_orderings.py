"""What holds for every ordering, and how one is found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.io.folder import load_all, names
from dunnage.model.ordering import Ordering
from dunnage.versions._keys import MAX_CHARS, number
from dunnage.versions._registry import ordering_for_ecosystem, ordering_for_type
from support import data_json

ORDERINGS = load_all("dunnage.versions", "ordering", Ordering)
LONG = "9" * 400


@pytest.mark.parametrize("name", ORDERINGS)
def test_numbers_of_any_length(name: str) -> None:
    """A number of hundreds of digits sorts by its value, leading zeros or not."""
    key = ORDERINGS[name].key
    assert key(f"1.{LONG}") < key(f"1.1{LONG}")
    assert key(f"1.{LONG[1:]}8") < key(f"1.{LONG}")
    assert key(LONG) < key(f"1{LONG}")
    assert key("2") < key("10") < key("100") < key("0101")


@pytest.mark.parametrize("name", ORDERINGS)
def test_too_long(name: str) -> None:
    """A version of ``MAX_CHARS`` characters is read, a longer one refused."""
    key = ORDERINGS[name].key
    assert key("1" * MAX_CHARS)
    with pytest.raises(ValueError, match=r"no .*version"):
        key("1" * (MAX_CHARS + 1))
    for text in ("1-", "1:", "1.", "1+", "1~", "1_p", "1-r", "1!", "v1.", "go1.", "1a", "devel go"):
        with pytest.raises(ValueError, match=r"no .*version"):
            key(text + "1" * (MAX_CHARS + 1))


@pytest.mark.parametrize("name", ORDERINGS)
@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=12) | st.text("019.-+~^_:!aprcvg ", max_size=12))
def test_any_text_has_a_key_or_is_refused(name: str, text: str) -> None:
    """No text makes a key function fail in another way than by ValueError, and no key is empty."""
    try:
        found = ORDERINGS[name].key(text)
    except ValueError:
        return
    assert isinstance(found, bytes)
    assert found


@given(st.integers(0, 10**30), st.integers(0, 10**30), st.integers(0, 3))
def test_number_sorts_like_its_value(left: int, right: int, zeros: int) -> None:
    """The bytes of a number sort like its value, and leading zeros do not count."""
    assert (number(str(left)) < number(str(right))) is (left < right)
    assert number("0" * zeros + str(left)) == number(str(left))


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_no_number_begins_another(left: int, right: int) -> None:
    """What follows a number in a key can never be read as part of it."""
    assert left == right or not number(str(left)).startswith(number(str(right)))


def test_every_ecosystem_and_type_has_one_ordering() -> None:
    """No two orderings claim the same ecosystem or package URL type."""
    ecosystems = [name for ordering in ORDERINGS.values() for name in ordering.ecosystems]
    types = [name for ordering in ORDERINGS.values() for name in ordering.types]
    assert len(ecosystems) == len(set(ecosystems))
    assert len(types) == len(set(types))
    assert {"deb", "rpm", "apk", "pypi", "npm", "cargo", "golang", "maven"} <= set(types)


def test_names_are_those_of_the_files() -> None:
    """Helpers are not orderings."""
    assert set(ORDERINGS) == set(names("dunnage.versions"))
    assert "registry" not in ORDERINGS


@pytest.mark.parametrize(
    ("ecosystem", "name"),
    [
        ("Debian:12", "deb"),
        ("Ubuntu:Pro:14.04:LTS", "deb"),
        ("Alpine:v3.19", "apk"),
        ("Rocky Linux:9", "rpm"),
        ("PyPI", "pep440"),
        ("npm", "semver"),
        ("crates.io", "semver"),
        ("Go", "go"),
        ("Maven:https://repo.example/releases", "maven"),
    ],
)
def test_ecosystem_with_and_without_release(ecosystem: str, name: str) -> None:
    """What follows the first colon does not matter."""
    assert ordering_for_ecosystem(ecosystem) is ORDERINGS[name]


def test_unknown_ecosystem_and_type() -> None:
    """What has no ordering gives None, never a guess."""
    assert ordering_for_ecosystem("CRAN") is None
    assert ordering_for_ecosystem("") is None
    assert ordering_for_type("generic") is None
    assert ordering_for_type("deb") is ORDERINGS["deb"]


def test_known_matches_sort_as_matched() -> None:
    """In every known match of the shared data the installed version is before the fixed one."""
    seen = 0
    wrong = []
    for image in data_json("pairs.json"):
        ordering = ordering_for_ecosystem(image["ecosystem"])
        assert ordering is not None
        for row in image["rows"]:
            # Several ranges give several fixed versions; the newest is beyond the installed one.
            bounds = [ordering.key(text) for text in (row["fixed"] or "").split(",") if text]
            seen += len(bounds)
            if bounds and not ordering.key(row["version"]) < max(bounds):
                wrong.append(row)
    assert wrong == []
    assert seen > 300
