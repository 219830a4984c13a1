"""What curl, wget and their kin fetch, where they put it, and whether it is checked afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.parsers.lazy_pattern import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.parsers.shell import Command, ShellWord
    from dunnage.rules.dockerfile._facts import Facts

FETCHERS = ("curl", "wget", "aria2c", "fetch", "http", "https")
_CURL = frozenset({
    "-o", "--output", "-H", "--header", "-d", "--data", "-u", "--user", "-A", "--user-agent", "-e",
    "--referer", "-x", "--proxy", "-X", "--request", "-b", "--cookie", "-c", "--cookie-jar",
    "--retry", "--retry-delay", "--retry-max-time", "--connect-timeout", "-m", "--max-time",
    "--cacert", "--cert", "--key", "-w", "--write-out", "--output-dir", "-C", "--continue-at", "-F",
    "-T", "-Y", "-y", "-z", "--max-redirs", "--resolve", "--proto-redir", "--tls-max", "-D", "-K",
    "-E", "-r", "--limit-rate", "--data-raw", "--data-urlencode", "--create-file-mode", "--stderr",
    "--proto", "--proto-default", "--ciphers", "-U", "--rate", "--speed-limit", "--speed-time",
})  # fmt: skip
_WGET = frozenset({
    "-O", "--output-document", "-o", "--output-file", "-a", "--append-output", "-P",
    "--directory-prefix", "-t", "--tries", "-T", "--timeout", "-U", "--user-agent", "--header",
    "-e", "--execute", "-i", "--input-file", "-w", "--wait", "-Q", "--quota", "-A", "-R", "-D",
    "--user", "--password", "--progress", "--post-data", "--ca-certificate", "--waitretry",
})  # fmt: skip
_URL = pattern(r"^[\"']?(?:https?|ftp)://[^\s]+", re.IGNORECASE)
_BARE_URL = pattern(r"^[\w-]+(?:\.[\w-]+)+/\S+")


class Download(Struct, frozen=True):
    """One call that fetches something.

    Attributes:
        urls: The words with addresses, as far as they are written out (``https://x/$VERSION``).
        output: Where to, or empty if it is not known or goes to standard output.
    """

    urls: tuple[ShellWord, ...]
    output: str


def download(command: Command) -> Download:
    """Return what a call fetches; no addresses if none is written out."""
    valued = _WGET if command.name == "wget" else _CURL
    words = [word for word in _behind_clusters(command, valued) if _URL.match(word.raw)]
    if not words and command.name in {"curl", "wget"}:
        words = [w for w in _behind_clusters(command, valued) if w.text and _BARE_URL.match(w.text)]
    names = ("-O", "--output-document") if command.name == "wget" else ("-o", "--output")
    target = command.value_of(*names)
    return Download(tuple(words), (target.text or target.raw) if target else "")


def _behind_clusters(command: Command, valued: frozenset[str]) -> Iterable[ShellWord]:
    """Give the operands; the last of clustered options may take a value (``-fsSLo file``)."""
    skip = False
    for word in command.words:
        raw = word.raw
        if skip:
            skip = False
        elif raw.startswith("--"):
            skip = raw in valued
        elif raw.startswith("-") and len(raw) > 1:
            skip = f"-{raw[-1]}" in valued and all(f"-{one}" not in valued for one in raw[1:-1])
        else:
            yield word


_CHECKERS = frozenset({
    "sha256sum", "sha512sum", "sha1sum", "sha384sum", "sha224sum", "shasum", "md5sum", "b2sum",
    "b3sum", "cosign", "minisign", "signify", "slsa-verifier", "sq", "gpgv", "gpgv2", "rhash",
    "cksum",
})  # fmt: skip


def checks(command: Command) -> bool:
    """Tell whether a command compares a checksum or a signature."""
    name = command.name
    if name in _CHECKERS:
        return True
    if name in {"gpg", "gpg2"}:
        return any(
            word.text in {"--verify", "--verify-files", "-d", "--decrypt"} for word in command.words
        )
    if name == "openssl":
        return any(word.text in {"dgst", "-verify", "sha256", "sha512"} for word in command.words)
    if name == "gh":
        return "attestation" in {word.text for word in command.words}
    if name in {"rpm", "rpmkeys"}:
        return any(word.text in {"-K", "--checksig"} for word in command.words)
    return "verify" in name or "checksum" in name


def last_checks(facts: Facts) -> dict[int, int]:
    """Return, by number of the stage, the last line on which something is compared."""
    return {
        run.stage.index: run.instruction.line
        for run in facts.runs
        if run.stage is not None and any(map(checks, run.commands))
    }
