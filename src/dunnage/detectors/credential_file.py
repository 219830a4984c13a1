"""Files that hold credentials, by what they begin with and by their names.

What is in them is looked at, and never kept. A public certificate, a public key, a template and a
file without content are no credentials.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from dunnage.model.cataloger import File

LOOKED_AT = 64 * 1024
"""First bytes that are looked at."""

_KEY = re.compile(rb"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_EXAMPLES = re.compile(
    r"(?:^|/)(?:tests?|testdata|testing|examples?|samples?|fixtures?|docs?|demos?)/", re.IGNORECASE
)

# What a file of the name says if it is one, and what it is.
_BY_NAME = {
    ".aws/credentials": (rb"aws_secret_access_key[ \t]{0,40}=[ \t]{0,40}\S", "AWS credentials"),
    ".docker/config.json": (rb'"auth"[ \t]{0,40}:[ \t]{0,40}"[^"]', "registry credentials"),
    ".dockercfg": (rb'"auth"[ \t]{0,40}:[ \t]{0,40}"[^"]', "registry credentials"),
    ".config/gcloud/application_default_credentials.json": (
        rb'"(?:private_key|refresh_token)"[ \t]{0,40}:[ \t]{0,40}"[^"]',
        "Google Cloud credentials",
    ),
    ".kube/config": (
        rb"(?m)^[ \t]{0,40}-?[ \t]{0,40}(?:token|client-key-data|password)[ \t]{0,40}:[ \t]{0,40}\S",
        "Kubernetes credentials",
    ),
    ".git-credentials": (rb"://[^/\s:]{1,200}:[^@\s]{1,500}@", "Git credentials"),
    ".netrc": (rb"\bpassword\s+\S", "passwords for hosts"),
    ".pgpass": (rb"(?m)^[^#:\n]{1,300}(?::[^:\n]{0,300}){3}:\S", "a database password"),
    ".npmrc": (
        rb"(?m)^[^#;\n]{0,500}_(?:authToken|auth|password)[ \t]{0,40}=[ \t]{0,40}[^\s$]",
        "registry credentials",
    ),
    ".pypirc": (
        rb"(?m)^[ \t]{0,40}password[ \t]{0,40}[=:][ \t]{0,40}[^\s$]",
        "registry credentials",
    ),
    ".my.cnf": (rb"(?m)^[ \t]{0,40}password[ \t]{0,40}=[ \t]{0,40}\S", "a database password"),
    ".htpasswd": (rb"(?m)^[^:\n]+:\S", "password hashes"),
    ".env": (
        rb"(?mi)^[ \t]{0,40}(?:export[ \t]+)?\w{0,80}(?:SECRET|TOKEN|PASSW(?:OR)?D|API_?KEY)\w{0,80}[ \t]{0,40}=[ \t]{0,40}[\"']?[^\s\"'$<{]",
        "secrets as environment variables",
    ),
    ".vault-token": (rb"\S", "a Vault token"),
    "credentials.tfrc.json": (rb'"token"[ \t]{0,40}:[ \t]{0,40}"[^"]', "a Terraform token"),
}
_RULES = {path: (re.compile(pattern), what) for path, (pattern, what) in _BY_NAME.items()}
_STORES = (".jks", ".keystore", ".p12", ".pfx", ".kdbx")


def _parse(file: File) -> Fact | None:
    """Return a note ``certain`` or ``likely`` with what it is."""
    if not file.size:
        return None
    start = file.body.read(0, LOOKED_AT)
    if start[:10] == b"-----BEGIN" or b"PRIVATE KEY-----" in start:
        return _said("private key", file.path) if _KEY.search(start) else None
    for path, (pattern, what) in _RULES.items():
        if file.path == path or file.path.endswith(f"/{path}"):
            return _said(what, file.path) if pattern.search(start) else None
    if file.path.endswith(_STORES) and not _EXAMPLES.search(file.path):
        if file.path.rpartition("/")[2] == "cacerts" or "/java/cacerts" in file.path:
            return None
        return Fact(notes=(("likely", "a key store"),))
    return None


def _said(what: str, path: str) -> Fact:
    return Fact(notes=(("likely" if _EXAMPLES.search(path) else "certain", what),))


detector = Cataloger(
    parse=_parse,
    version=1,
    types=(),
    magic=(b"-----BEG",),
    suffixes=(*_STORES, ".pem", ".key"),
    names=("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", *(p for p in _BY_NAME if "/" not in p)),
    paths=tuple(path for path in _BY_NAME if "/" in path),
)
