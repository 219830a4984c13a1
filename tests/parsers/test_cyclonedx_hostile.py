"""Hostile CycloneDX documents give an answer or one clear error, never anything else."""

from __future__ import annotations

import contextlib
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.model.errors import InputError
from dunnage.model.limits import Limits
from dunnage.model.report import View
from dunnage.parsers.cyclonedx import read
from dunnage.render.cyclonedx_json import renderer
from samples import EMPTY

LIMITS = Limits()
DOCUMENT = renderer.render(EMPTY, View())

_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.just("pkg:a/b@1")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "name",
                    "version",
                    "purl",
                    "properties",
                    "licenses",
                    "license",
                    "hashes",
                    "alg",
                    "supplier",
                    "evidence",
                    "components",
                    "occurrences",
                    "bom-ref",
                    "value",
                    "content",
                    "id",
                    "expression",
                ]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None)
@given(_JSON, _JSON, _JSON)
def test_wrong_types_never_escape(components: object, main: object, graph: object) -> None:
    """Whatever types the fields have, the answer is an inventory and problems."""
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": graph,
        "metadata": {"component": main},
        "components": components,
        "dependencies": graph,
        "compositions": graph,
    }
    inventory, _, _ = read(json.dumps(document).encode(), LIMITS)
    assert len({p.ref for p in inventory.packages}) == len(inventory.packages)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 20_000), st.binary(max_size=3))
def test_damaged_documents(offset: int, noise: bytes) -> None:
    """A real document with some bytes overwritten is read or refused, nothing else."""
    data = DOCUMENT
    offset %= len(data)
    with contextlib.suppress(InputError):
        read(data[:offset] + noise + data[offset + len(noise) :], LIMITS)
