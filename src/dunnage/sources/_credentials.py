"""Finds the user and password for a registry, without running any helper program."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers.bounded_json import loads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.model.limits import Limits
    from dunnage.parsers.reference import Reference

_HUB = ("https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to a registry.

    Attributes:
        user: User name, or empty for nobody.
        password: Password or token.
        origin: Where they were found.
        hint: Why none could be used although some may be there, or empty.
    """

    user: str = ""
    password: str = ""
    origin: str = ""
    hint: str = ""

    def __repr__(self) -> str:
        """Return the origin alone, so that no password gets into a log."""
        return f"Credentials(origin={self.origin!r})"


def credentials_for(
    reference: Reference, environ: Mapping[str, str], config: str, limits: Limits
) -> Credentials:
    """Return the credentials for the registry of a reference.

    ``DUNNAGE_REGISTRY_USERNAME`` and ``DUNNAGE_REGISTRY_PASSWORD`` come first, then the ``auths``
    of Docker's ``config.json`` and of ``auth.json`` (containers-auth.json(5): the longest key
    that is a prefix of the repository wins).

    Args:
        reference: The image.
        environ: Environment variables.
        config: File to read instead of the usual ones, or empty.
        limits: ``text_bytes`` and ``json_depth`` count.

    Raises:
        InputError: If ``config`` was named and cannot be read.
    """
    user = environ.get("DUNNAGE_REGISTRY_USERNAME", "")
    if user:
        password = environ.get("DUNNAGE_REGISTRY_PASSWORD", "")
        return Credentials(user, password, "DUNNAGE_REGISTRY_USERNAME")
    hint = ""
    for path in [Path(config)] if config else _places(environ):
        try:
            value = loads(path.read_bytes(), limits, where=str(path))
        except (OSError, InputError) as error:
            if config:
                message = f"the credentials cannot be read: {error}"
                raise InputError(message, where=config) from error
            continue
        found = _in_file(value, reference, str(path))
        if found.user:
            return found
        hint = hint or found.hint
    return Credentials(hint=hint)


def _places(environ: Mapping[str, str]) -> Iterator[Path]:
    """Give the files that may hold credentials, in the order other tools read them."""
    home, runtime = environ.get("HOME", ""), environ.get("XDG_RUNTIME_DIR", "")
    if environ.get("REGISTRY_AUTH_FILE"):
        yield Path(environ["REGISTRY_AUTH_FILE"])
    if environ.get("DOCKER_CONFIG"):
        yield Path(environ["DOCKER_CONFIG"]) / "config.json"
    elif home:
        yield Path(home) / ".docker" / "config.json"
    if runtime:
        yield Path(runtime) / "containers" / "auth.json"
    if home:
        yield Path(environ.get("XDG_CONFIG_HOME") or f"{home}/.config") / "containers/auth.json"


def _in_file(value: object, reference: Reference, origin: str) -> Credentials:
    if not isinstance(value, dict):
        return Credentials()
    auths = value.get("auths")
    auths = auths if isinstance(auths, dict) else {}
    keys = _keys(reference)
    known = {_bare(key): entry for key, entry in auths.items() if isinstance(key, str)}
    for key in keys:
        entry = known.get(_bare(key))
        if isinstance(entry, dict):
            found = _decoded(entry, origin)
            if found.user or found.hint:
                return found
    helpers = value.get("credHelpers")
    helped = isinstance(helpers, dict) and any(key in helpers for key in keys)
    if helped or (value.get("credsStore") and any(_bare(key) in known for key in keys)):
        return Credentials(hint=f"{origin} leaves them to a helper program, which is never run")
    return Credentials()


def _keys(reference: Reference) -> list[str]:
    """Return the keys credentials may be under, the most telling first."""
    parts = f"{reference.domain}/{reference.path}".split("/")
    nested = ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return [*nested, *(_HUB if reference.domain == "docker.io" else ())]


def _bare(key: str) -> str:
    """Return a key without scheme and API version, which old clients wrote."""
    text = key.removeprefix("https://").removeprefix("http://")
    return text.removesuffix("/").removesuffix("/v1").removesuffix("/v2")


def _decoded(entry: Mapping[str, object], origin: str) -> Credentials:
    auth = entry.get("auth")
    if isinstance(auth, str) and auth:
        try:
            plain = b64decode(auth, validate=False).decode("utf-8").strip("\0\n")
        except ValueError:
            return Credentials(hint=f"the entry in {origin} is damaged")
        user, colon, password = plain.partition(":")
        if user and colon and password:
            return Credentials(user, password, origin)
    user_entry, password_entry = entry.get("username"), entry.get("password")
    if isinstance(user_entry, str) and isinstance(password_entry, str) and user_entry:
        return Credentials(user_entry, password_entry, origin)
    if entry.get("identitytoken") or entry.get("registrytoken"):
        return Credentials(hint=f"the entry in {origin} is an identity token, which is not used")
    return Credentials()
