"""Tells images from the other things that registries keep, and names those."""

from __future__ import annotations

from dunnage.model.errors import ArtifactError, InputError

_CONFIGS = frozenset(
    {
        "",
        "application/octet-stream",  # Docker before 1.10 wrote this
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)
_LAYERS = (
    "application/vnd.oci.image.layer.",
    "application/vnd.docker.image.rootfs.",
)
_EMPTY = "application/vnd.oci.empty.v1+json"

# The first words found in a media type name the thing.
_KNOWN = (
    ("helm", "a Helm chart"),
    ("cosign", "a cosign signature"),
    ("simplesigning", "a cosign signature"),
    ("sigstore", "a Sigstore bundle"),
    ("cncf.notary", "a Notary signature"),
    ("in-toto", "an in-toto attestation"),
    ("dsse", "an attestation"),
    ("attestation", "an attestation"),
    ("cyclonedx", "a CycloneDX SBOM"),
    ("spdx", "an SPDX SBOM"),
    ("syft", "a Syft SBOM"),
    ("sarif", "a SARIF report"),
    ("wasm", "a WebAssembly module"),
    ("docker.plugin", "a Docker plugin"),
    ("buildkit.cache", "a BuildKit cache"),
    ("opa", "an OPA policy bundle"),
    ("flux", "Flux manifests"),
    ("aquasec.trivy", "a Trivy database"),
    ("singularity", "a Singularity image"),
    ("sylabs", "a Singularity image"),
    ("ollama", "a machine learning model"),
    ("model", "a machine learning model"),
)


def check(config: str, layers: tuple[str, ...], artifact: str, where: str) -> None:
    """Make sure that a manifest is that of an image.

    Args:
        config: Media type of the configuration.
        layers: Media types of the layers.
        artifact: The manifest's ``artifactType``, or empty.
        where: What is being read.

    Raises:
        ArtifactError: If it is no image.
        InputError: If its layers are encrypted.
    """
    if any(layer.endswith("+encrypted") for layer in layers):
        raise InputError(
            "the layers are encrypted", where=where, advice="decrypt the image, then scan it"
        )
    odd = next((kind for kind in layers if kind and not kind.startswith(_LAYERS)), "")
    if config in _CONFIGS and not odd:
        return
    if config in _CONFIGS:
        raise refusal(artifact or odd, where)
    raise refusal(artifact or (odd if config == _EMPTY and odd else config), where)


def refusal(kind: str, where: str) -> ArtifactError:
    """Return the error that names what a media type stands for."""
    low = kind.lower()
    name = next((text for word, text in _KNOWN if word in low), "an artifact")
    return ArtifactError(
        f"{name} ({kind[:100]}), not a container image",
        where=where,
        advice="name a container image",
    )
