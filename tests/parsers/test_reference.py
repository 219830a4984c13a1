"""Image names as users write them (grammar and defaults of distribution/reference)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.model.errors import InputError
from dunnage.parsers.reference import Reference

SHA = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("alpine", "docker.io/library/alpine:latest"),
        ("alpine:3.19", "docker.io/library/alpine:3.19"),
        ("docker.io/alpine", "docker.io/library/alpine:latest"),
        ("index.docker.io/grafana/grafana:9", "docker.io/grafana/grafana:9"),
        ("grafana/grafana", "docker.io/grafana/grafana:latest"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5000/app:1", "localhost:5000/app:1"),
        ("[::1]:5000/app", "[::1]:5000/app:latest"),
        ("ghcr.io/a/b/c__d.e-f:V1", "ghcr.io/a/b/c__d.e-f:V1"),
        ("Registry/app", "Registry/app:latest"),
        (f"alpine@{SHA}", f"docker.io/library/alpine@{SHA}"),
        (f"alpine:3@{SHA}", f"docker.io/library/alpine:3@{SHA}"),
        ("registry:2", "docker.io/library/registry:2"),
    ],
)
def test_short_names_stand_for_full_ones(text: str, full: str) -> None:
    """Registry, ``library/`` and ``latest`` are filled in; a digest needs no tag."""
    assert str(Reference.parse(text)) == full


def test_docker_hub_speaks_under_another_name() -> None:
    """The domain users write is not the host of the protocol; a digest is asked for before a tag."""
    reference = Reference.parse(f"alpine:3@{SHA}")
    assert reference.host == "registry-1.docker.io"
    assert reference.wanted == SHA
    assert Reference.parse("quay.io/a").host == "quay.io"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "missing"),
        ("Alpine", "capital"),
        ("quay.io/Team/app", "capital"),
        ("alpine:", "tag"),
        ("alpine:.x", "tag"),
        ("alpine:" + "a" * 129, "tag"),
        ("alpine@sha256:abc", "digest"),
        ("alpine@md5:" + "a" * 32, "digest"),
        ("a" * 64, "image id"),
        ("alpine//x", "no part"),
        ("/alpine", "no part"),
        ("-alpine", "no part"),
        ("al pine", "no part"),
        ("../../etc/passwd", "host"),
        ("https://quay.io/a", "host"),
        ("a.b/" + "c" * 256, "longer"),
        ("quay.io:port/a", "host"),
    ],
)
def test_what_is_no_name_is_refused_with_the_reason(text: str, why: str) -> None:
    """Every refusal says which part is wrong."""
    with pytest.raises(InputError, match=why):
        Reference.parse(text)


_COMPONENT = st.from_regex(r"[a-z0-9]{1,5}((\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}", fullmatch=True)
_DOMAIN = st.sampled_from(["docker.io", "quay.io", "localhost:5000", "a.b-c.d:1", "[::1]:8", "R"])
_TAG = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,10}", fullmatch=True)


@settings(max_examples=200)
@given(_DOMAIN, st.lists(_COMPONENT, min_size=2, max_size=4), _TAG, st.sampled_from(["", SHA]))
def test_the_full_form_parses_to_itself(
    domain: str, path: list[str], tag: str, digest: str
) -> None:
    """Printing and parsing are inverse."""
    reference = Reference(domain, "/".join(path), tag, digest)
    assert Reference.parse(str(reference)) == reference


@settings(max_examples=300)
@given(st.text(alphabet="aA0.:/@-_[] \n\u00e9", max_size=30))
def test_any_text_is_a_name_or_an_input_error(text: str) -> None:
    """What parses prints to something that parses to the same."""
    try:
        reference = Reference.parse(text)
    except InputError:
        return
    assert Reference.parse(str(reference)) == reference
