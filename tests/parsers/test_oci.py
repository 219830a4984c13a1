"""Manifests, indexes and configurations of OCI and Docker."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.model.errors import InputError, LimitError
from dunnage.model.image import Layer, Platform
from dunnage.model.limits import Limits
from dunnage.model.problem import Effect
from dunnage.parsers import image_config, oci

LIMITS = Limits(layers=5, archive_members=5)
SHA = "sha256:" + "0" * 64
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"


def descriptor(media_type: str = LAYER, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return a descriptor."""
    return {"mediaType": media_type, "digest": SHA, "size": 7, **more}


def manifest(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return an OCI manifest of one layer."""
    value = {
        "schemaVersion": 2,
        "mediaType": oci.MANIFEST_TYPES[0],
        "config": descriptor(CONFIG),
        "layers": [descriptor()],
    }
    return {**value, **more}


def read(value: object) -> oci.Index | oci.Manifest:
    """Read a JSON value."""
    return oci.read(json.dumps(value).encode(), LIMITS, where="x")


def test_a_manifest_of_oci_and_one_of_docker() -> None:
    """Both give the same kind of value; foreign layers are layers."""
    found = read(manifest())
    assert isinstance(found, oci.Manifest)
    assert (found.config.media_type, found.layers[0].digest, found.layers[0].size) == (
        CONFIG,
        SHA,
        7,
    )
    docker = manifest(
        mediaType="application/vnd.docker.distribution.manifest.v2+json",
        config=descriptor("application/vnd.docker.container.image.v1+json"),
        layers=[
            descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip"),
            descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
        ],
    )
    found = read(docker)
    assert isinstance(found, oci.Manifest)
    assert len(found.layers) == 2


def test_an_index_tells_platforms_names_and_attestations() -> None:
    """Statements about other images are marked, whichever way they are written."""
    arm = {"os": "linux", "architecture": "arm", "variant": "v7"}
    unknown = {"os": "unknown", "architecture": "unknown"}
    notes = {"vnd.docker.reference.type": "attestation-manifest"}
    found = read(
        {
            "schemaVersion": 2,
            "manifests": [
                descriptor(platform=arm, annotations={oci.REF_NAME: "1.2"}),
                descriptor(platform=unknown),
                descriptor(annotations=notes),
                descriptor(artifactType="application/x"),
            ],
        }
    )
    assert isinstance(found, oci.Index)
    first = found.manifests[0]
    assert (first.platform, first.names) == (Platform("linux", "arm", "v7"), ("1.2",))
    assert [d.attestation for d in found.manifests] == [False, True, True, False]
    assert found.manifests[3].artifact_type == "application/x"


def test_a_base_is_named_by_manifest_entry_or_index() -> None:
    """Each is kept apart, what is no text is none, and a long one is cut."""
    notes = {oci.BASE_NAME: "debian:12"}
    found = read(manifest(annotations=notes))
    assert isinstance(found, oci.Manifest)
    assert (found.base_name, found.index_base_name) == ("debian:12", "")
    entries = [
        descriptor(annotations={oci.BASE_NAME: "alpine:3.19"}),
        descriptor(),
        descriptor(annotations={oci.BASE_NAME: 7}),
        descriptor(annotations={oci.BASE_NAME: "a" * 100_000}),
        descriptor(annotations=[oci.BASE_NAME]),
    ]
    index = read({"schemaVersion": 2, "manifests": entries, "annotations": notes})
    assert isinstance(index, oci.Index)
    assert index.base_name == "debian:12"
    assert [entry.base_name for entry in index.manifests] == ["alpine:3.19", "", "", "a" * 4096, ""]


def test_what_is_nearer_to_the_image_names_its_base() -> None:
    """An inner index keeps what it says; a manifest keeps what the way to it says apart."""
    inner = oci.Index((), "debian:12")
    assert inner.within("alpine:3.19").base_name == "debian:12"
    assert oci.Index(()).within("alpine:3.19").base_name == "alpine:3.19"
    found = read(manifest(annotations={oci.BASE_NAME: "debian:12"})).within("alpine:3.19")
    assert isinstance(found, oci.Manifest)
    assert (found.base_name, found.index_base_name) == ("debian:12", "alpine:3.19")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"schemaVersion": 1, "fsLayers": [], "signatures": []}, "schema 1"),
        (
            manifest(config=descriptor("application/vnd.cncf.helm.config.v1+json")),
            "a Helm chart",
        ),
        (
            manifest(layers=[descriptor("application/vnd.dev.cosign.simplesigning.v1+json")]),
            "a cosign signature",
        ),
        (manifest(layers=[descriptor("application/vnd.in-toto+json")]), "an in-toto attestation"),
        (
            manifest(
                config=descriptor("application/vnd.oci.empty.v1+json"),
                layers=[descriptor("application/spdx+json")],
            ),
            "an SPDX SBOM",
        ),
        (
            manifest(
                artifactType="application/vnd.cyclonedx+json",
                config=descriptor("application/vnd.oci.empty.v1+json"),
            ),
            "a CycloneDX SBOM",
        ),
        (
            manifest(config=descriptor("application/vnd.wasm.config.v0+json")),
            "a WebAssembly module",
        ),
        (manifest(config=descriptor("application/x-strange")), "an artifact .*x-strange"),
        (manifest(layers=[descriptor(LAYER + "+encrypted")]), "encrypted"),
    ],
)
def test_what_is_no_image_is_refused_by_name(value: object, name: str) -> None:
    """The message says what the thing is."""
    with pytest.raises(InputError, match=name):
        read(value)


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"manifests": [], "layers": [], "config": {}},
        {"manifests": [], "mediaType": oci.MANIFEST_TYPES[0]},
        manifest(mediaType=oci.INDEX_TYPES[0]),
        manifest(layers={}),
        manifest(config=None),
        manifest(layers=[descriptor(digest="sha256:../../x")]),
        manifest(layers=[descriptor(digest="md5:" + "0" * 32)]),
        manifest(layers=[descriptor(size=-1)]),
        manifest(layers=[descriptor(size=True)]),
        manifest(layers=[descriptor(size=2**64)]),
        {"manifests": [1]},
        {"manifests": 1},
    ],
)
def test_broken_and_ambiguous_documents_are_refused(value: object) -> None:
    """Also one that two clients would read differently (CVE-2021-41190)."""
    with pytest.raises(InputError):
        read(value)


def test_numbers_of_layers_and_entries_are_bounded() -> None:
    """More than the limits allow is refused."""
    with pytest.raises(LimitError):
        read(manifest(layers=[descriptor()] * 6))
    with pytest.raises(LimitError):
        read({"manifests": [descriptor()] * 6})


def test_content_must_have_its_digest() -> None:
    """Both registered algorithms are verified, others are refused."""
    oci.verify(b"", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    for digest in (SHA, "sha512:" + "0" * 128, "sha1:" + "0" * 40, "", "x"):
        with pytest.raises(InputError, match="digest"):
            oci.verify(b"", digest)


def config(**more: Any) -> bytes:  # noqa: ANN401 - JSON
    """Return an image configuration."""
    value = {
        "os": "linux",
        "architecture": "amd64",
        "config": {"User": "1000", "Env": ["A=b"], "Labels": {"z": "1", "a": "2"}, "Cmd": ["x"]},
        "rootfs": {"type": "layers", "diff_ids": [SHA, SHA]},
        "history": [
            {"created_by": "ADD a", "created": "2024-01-01T00:00:00Z"},
            {"created_by": "ENV A=b", "empty_layer": True},
            {"created_by": "RUN c"},
        ],
    }
    return json.dumps({**value, **more}).encode()


def test_history_lines_belong_to_layers() -> None:
    """Lines that made no layer are skipped when layers get theirs, and kept in the history."""
    found = image_config.read(config(), LIMITS)
    image, problems = image_config.with_layers(found, [Layer(0, "a"), Layer(1, "b")])
    assert [layer.created_by for layer in image.layers] == ["ADD a", "RUN c"]
    assert [layer.diff_id for layer in image.layers] == [SHA, SHA]
    assert image.history == (("ADD a", False), ("ENV A=b", True), ("RUN c", False))
    assert (image.user, image.env, image.cmd) == ("1000", ("A=b",), ("x",))
    assert image.labels == (("a", "2"), ("z", "1"))
    assert problems == ()


def test_lines_and_diff_ids_that_do_not_fit_are_not_guessed() -> None:
    """The layers stay without, and the report says so; it is no incompleteness."""
    image, problems = image_config.with_layers(image_config.read(config(), LIMITS), [Layer(0)])
    assert (image.layers[0].created_by, image.layers[0].diff_id) == ("", "")
    assert [p.effect for p in problems] == [Effect.NOTE, Effect.NOTE]
    bare = config(history=[], rootfs={})
    assert image_config.with_layers(image_config.read(bare, LIMITS), [Layer(0)])[1] == ()


def test_windows_is_refused_by_name() -> None:
    """The message says which system it is for."""
    with pytest.raises(InputError, match="os: windows"):
        image_config.read(config(os="windows"), LIMITS)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"x", config(rootfs={"diff_ids": ["sha256:x"]})]
)
def test_broken_configurations_are_input_errors(data: bytes) -> None:
    """Nothing else is raised."""
    with pytest.raises(InputError):
        image_config.read(data, LIMITS)


_KEYS = st.sampled_from(
    [
        "schemaVersion",
        "mediaType",
        "config",
        "layers",
        "manifests",
        "digest",
        "size",
        "platform",
        "os",
        "annotations",
        "rootfs",
        "diff_ids",
        "history",
        "empty_layer",
        "Labels",
        "artifactType",
    ]
)
_VALUES = st.recursive(
    st.none() | st.integers(-3, 3) | st.sampled_from([SHA, "", "x", LAYER, CONFIG]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=15,
)


@settings(max_examples=300)
@given(st.dictionaries(_KEYS, _VALUES, max_size=6))
def test_any_json_is_understood_or_an_input_error(value: dict[str, object]) -> None:
    """Hostile documents raise nothing but InputError."""
    data = json.dumps(value).encode()
    for reader in (oci.read, image_config.read):
        try:
            reader(data, LIMITS)
        except InputError:
            continue
