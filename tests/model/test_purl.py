"""Package URLs: the examples of the specification, and the laws of reading and writing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.model.package import Package
from dunnage.model.purl import Purl

# Spelt as they are written canonically; from the specification (ECMA-427) and its types.
CANONICAL = [
    "pkg:bitbucket/birkenfeld/pygments-main@244fd47e07d1014f0aed9c",
    "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
    "pkg:docker/cassandra@sha256:244fd47e07d1004f0aed9c",
    "pkg:gem/jruby-launcher@1.1.2?platform=java",
    "pkg:github/package-url/purl-spec@244fd47e07d1004f0aed9c",
    "pkg:golang/google.golang.org/genproto#googleapis/api/annotations",
    "pkg:maven/org.apache.xmlgraphics/batik-anim@1.9.1?packaging=sources",
    "pkg:npm/%40angular/animation@12.3.1",
    "pkg:npm/foobar@12.3.1",
    "pkg:nuget/EnterpriseLibrary.Common@6.0.1304",
    "pkg:pypi/django@1.11.1",
    "pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25",
    "pkg:rpm/opensuse/curl@7.56.1-1.1.?arch=i386&distro=opensuse-tumbleweed",
    "pkg:cargo/rand@0.7.2",
    "pkg:apk/alpine/apk@2.12.9-r3?arch=x86",
]
REWRITTEN = [
    ("pkg://npm/foobar@12.3.1", "pkg:npm/foobar@12.3.1"),
    ("PKG:npm/foobar@12.3.1", "pkg:npm/foobar@12.3.1"),
    ("pkg:NPM/foobar@12.3.1", "pkg:npm/foobar@12.3.1"),
    ("pkg:PYPI/Django_package@1.11.1.dev1", "pkg:pypi/django-package@1.11.1.dev1"),
    ("pkg:npm/@angular/animation@12.3.1", "pkg:npm/%40angular/animation@12.3.1"),
    ("pkg:deb/Debian/CURL@1?distro=&arch=i386", "pkg:deb/debian/curl@1?arch=i386"),
    ("pkg:gem/x@1?B=2&a=1", "pkg:gem/x@1?a=1&b=2"),
    ("pkg:golang/a/b@1#/./x/../y/", "pkg:golang/a/b@1#x/y"),
    ("pkg:github/Package-URL/purl-Spec@1", "pkg:github/package-url/purl-spec@1"),
]

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
_SEGMENT = _TEXT.filter(lambda text: "/" not in text and text not in {".", ".."})
_PATH = st.lists(_SEGMENT, max_size=3).map("/".join)
_KEY = st.from_regex(r"[a-z][a-z0-9._-]{0,6}", fullmatch=True)
_QUALIFIERS = st.dictionaries(_KEY, _TEXT, max_size=3).map(
    lambda found: tuple(sorted(found.items()))
)


@st.composite
def purls(draw: st.DrawFn, kinds: tuple[str, ...] = ("cargo", "npm", "maven", "nuget")) -> Purl:
    """Give package URLs of types without rules of their own."""
    version = draw(st.one_of(st.just(""), _TEXT))
    return Purl(
        draw(st.sampled_from(kinds)),
        draw(_PATH),
        draw(_SEGMENT),
        version,
        draw(_QUALIFIERS),
        draw(_PATH),
    )


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_examples_stay_as_they_are(text: str) -> None:
    """What the specification prints is read and written the same."""
    assert str(Purl.parse(text)) == text


@pytest.mark.parametrize(("text", "canonical"), REWRITTEN)
def test_other_spellings_become_canonical(text: str, canonical: str) -> None:
    """Slashes, case, order and encoding are settled by the specification."""
    assert str(Purl.parse(text)) == canonical


@pytest.mark.parametrize(
    "text", ["", "pkg:", "npm/foobar@1", "pkg:npm", "pkg:npm/", "pkg:/x", "http://a/b", "pkg:@1"]
)
def test_what_is_no_package_url_is_refused(text: str) -> None:
    """A scheme, a type and a name are required."""
    with pytest.raises(ValueError, match="not a package URL"):
        Purl.parse(text)


@settings(max_examples=200, deadline=None)
@given(purls())
def test_what_is_written_is_read_back(purl: Purl) -> None:
    """Any name, version, qualifier or path survives writing and reading."""
    assert Purl.parse(str(purl)) == purl


@settings(max_examples=200, deadline=None)
@given(purls(("pypi", "deb", "rpm", "apk", "golang", "github", "gem")))
def test_writing_is_final(purl: Purl) -> None:
    """Reading and writing the canonical form changes nothing, whatever the type's rules."""
    text = str(purl)
    assert str(Purl.parse(text)) == text
    assert text.isascii()
    assert not set(text) & set(' "<>\\^`{|}\n\t')


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40).map(lambda tail: "pkg:" + tail))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Hostile text gives a package URL or ValueError, and its canonical form is a fixed point."""
    try:
        purl = Purl.parse(text)
        written = str(purl)
    except ValueError:
        return
    assert str(Purl.parse(written)) == written


def test_packages_make_the_urls_of_their_types() -> None:
    """Epochs, scopes, module paths and architectures go where the types want them."""
    cases = {
        Package("rpm", "dbus", "1:1.12.20-6.el9", "almalinux", "x86_64"): (
            "pkg:rpm/almalinux/dbus@1.12.20-6.el9?arch=x86_64&epoch=1"
        ),
        Package("npm", "@babel/core", "7.0.0"): "pkg:npm/%40babel/core@7.0.0",
        Package("golang", "golang.org/x/sys", "v0.1.0"): "pkg:golang/golang.org/x/sys@v0.1.0",
        Package("maven", "log4j-core", "2.14.1", "org.apache.logging.log4j"): (
            "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"
        ),
        Package("deb", "libc6", "2:1.0~rc1-1", "debian", "amd64"): (
            "pkg:deb/debian/libc6@2:1.0~rc1-1?arch=amd64"
        ),
        Package("pypi", "Jinja2", ""): "pkg:pypi/jinja2",
    }
    assert {str(package.purl): str(package.purl) for package in cases} == {
        text: text for text in cases.values()
    }
