"""Files that are known to hold credentials, by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile import Instruction, Word
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Context

_NAMES = {
    "id_rsa": "an SSH key", "id_dsa": "an SSH key", "id_ecdsa": "an SSH key",
    "id_ed25519": "an SSH key", "id_ecdsa_sk": "an SSH key", "id_ed25519_sk": "an SSH key",
    ".netrc": "passwords of servers", "_netrc": "passwords of servers",
    ".git-credentials": "passwords of Git servers", ".pgpass": "passwords of databases",
    ".dockercfg": "passwords of registries", ".vault-token": "a token of Vault",
    "kubeconfig": "credentials of a cluster", ".pypirc": "a token of a package index",
    "application_default_credentials.json": "credentials of Google Cloud",
    "gha-creds.json": "credentials of Google Cloud", ".s3cfg": "keys of a store",
    ".boto": "keys of a store", ".terraformrc": "a token of Terraform",
    ".htpasswd": "password hashes", "secrets.yml": "secrets", "secrets.yaml": "secrets",
    "master.key": "the key of Rails' credentials",
}  # fmt: skip
_IN_FOLDER = {
    (".aws", "credentials"): "keys of AWS", (".docker", "config.json"): "passwords of registries",
    (".kube", "config"): "credentials of a cluster", (".cargo", "credentials"): "a token of crates.io",
    (".cargo", "credentials.toml"): "a token of crates.io",
    (".composer", "auth.json"): "tokens of package servers",
    (".config", "gcloud"): "credentials of Google Cloud", (".config", "gh"): "a token of GitHub",
}  # fmt: skip
_FOLDERS = {
    ".ssh": "SSH keys", ".aws": "keys of AWS", ".gnupg": "private keys",
    ".kube": "credentials of a cluster", ".azure": "credentials of Azure",
}  # fmt: skip
SETTINGS = frozenset({
    ".npmrc", ".yarnrc", ".yarnrc.yml", "pip.conf", "nuget.config", "auth.json", "settings.xml",
    ".gemrc", ".condarc", "uv.toml",
})  # fmt: skip
"""Files of package managers that may hold a token; most do not."""
_ENV = pattern(r"\.env(?:\.(?!example|sample|template|dist|tpl|default|schema|ci\b|test)[\w-]+)*\Z")
_KEY = pattern(
    r"(?!.*(?:pub|gpg|archive|release|signing|apt|rpm|keyring|ca\b)).*(?:\.key|[-_.]?key\.pem"
    r"|\.p12|\.pfx|\.ppk|\.kdbx|\.keystore|\.jks)\Z",
    re.IGNORECASE,
)
_SERVICE = pattern(
    r"(?:service[-_]?account|gcp|gcloud|google)[\w-]*(?:key|cred|account)[\w-]*\.json\Z"
)


_WHOLE = frozenset({".", "./", "/", "*", "./*"})
_NO_STEPS = frozenset({"", ".", "~"})


class Credential(Struct, frozen=True):
    """What a file holds by its name.

    Attributes:
        holds: For people: ``an SSH key``.
        severity: How sure it holds that.
    """

    holds: str
    severity: Severity


def credential(path: str) -> Credential | None:
    """Return what a file or directory holds by its name, or None if it is no credential."""
    steps = [step for step in path.replace("\\", "/").split("/") if step not in _NO_STEPS]
    if not steps:
        return None
    name = steps[-1]
    told = _NAMES.get(name) or _FOLDERS.get(name)
    if told is None and len(steps) > 1:
        told = _IN_FOLDER.get((steps[-2], name))
    if told is not None:
        return Credential(told, Severity.HIGH)
    if "." not in name:
        return None
    if _ENV.match(name):
        return Credential("settings with secrets", Severity.MEDIUM)
    if _SERVICE.match(name.lower()):
        return Credential("a key of Google Cloud", Severity.MEDIUM)
    if len(name) < 200 and _KEY.match(name):
        return Credential("a private key", Severity.MEDIUM)
    return None


def in_settings(path: str, context: Context | None) -> Credential | None:
    """Return what the settings file of a package manager holds; it has to be read for that."""
    name = path.rpartition("/")[2].lower()
    if name not in SETTINGS or context is None:
        return None
    text = context.text(path.removeprefix("./"))
    if text is None:
        return None
    from dunnage.parsers.secrets import keyed, scan

    data = text.encode()
    hit = next(iter((*scan(data), *keyed(data))), None)
    return Credential("a token of a package server", Severity.HIGH) if hit else None


def sources(instruction: Instruction) -> tuple[Word, ...]:
    """Return the sources of COPY or ADD that are no here-documents."""
    if not instruction.heredocs:
        return instruction.words[:-1]
    markers = {heredoc.marker for heredoc in instruction.heredocs}
    return tuple(word for word in instruction.words[:-1] if word.span not in markers)


def target(source: str, instruction: Instruction, stage: Stage) -> str | None:
    """Return where a source of COPY or ADD ends up, or None if that is not known."""
    words = instruction.words
    if len(words) < 2:
        return None
    to = stage.expanded(words[-1].text, instruction).value
    if to is None:
        return None
    if to.endswith("/") or len(words) > 2 or to in {".", ".."}:
        return to.rstrip("/") + "/" + source.rstrip("/").rpartition("/")[2]
    return to


def whole_context(instruction: Instruction) -> Word | None:
    """Return the source of COPY or ADD that means the whole build context, or None."""
    if instruction.flag("from") is not None:
        return None
    return next(
        (one for one in sources(instruction) if one.text.strip("\"'") in _WHOLE),
        None,
    )
