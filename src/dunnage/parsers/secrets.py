"""Finds secrets in bytes: tokens by their shape, and values that a telling name is set to.

Shapes are in ``data/secrets.toml``, each with its source. Everything here is pure, takes time in
proportion to the bytes and gives a bounded number of hits. What is found is where a secret is and
what kind it is, never the secret.

A name alone is no finding, and neither is a value that stands for another one: a variable, a
placeholder, an example of a documentation. How random a value is (Shannon's entropy) only helps to
tell a secret from a word where neither shape nor place says more.
"""

from __future__ import annotations

import math
import re
from enum import Enum
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.io.tables import text
from dunnage.parsers._secret_names import SPOKEN, telling
from dunnage.parsers.lazy_pattern import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["SecretHit", "Worth", "entropy", "keyed", "scan", "telling", "to_hide", "worth"]

MOST = 1_000
"""Hits in one piece of content; past that the rest is not looked at."""
LONGEST_VALUE = 4 * 1024


class SecretHit(Struct, frozen=True):
    """Where a secret is.

    Attributes:
        kind: Name of its pattern (``github-token``), or ``named-value``.
        title: The same for people, with an indefinite article where it takes one left out.
        start: Offset of its first byte.
        end: Offset behind its last byte.
        weak: True if it is a well-known default (``postgres:postgres``), not a secret anybody made.
    """

    kind: str
    title: str
    start: int
    end: int
    weak: bool = False


class Worth(Enum):
    """What a value is, when its name says that it is a secret."""

    NOTHING = "nothing"
    """Empty, a variable, a placeholder, a switch, a path: no secret."""
    WEAK = "weak"
    """A default that everybody knows or can guess."""
    SECRET = "secret"  # noqa: S105 - a kind, not a password


class _Pattern(Struct, frozen=True):
    words: tuple[bytes, ...]
    lead: int
    parted: bool
    also: bytes
    block: str
    """Its part of the table. Name, title and expression are read when one of its words is there."""


_Pair = tuple[bytes, _Pattern]


_SHORTEST_RUN = 16
_MARKS = b"_.~+=/-"
_IN_RUN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + _MARKS
_HEX, _DIGITS = b"0123456789abcdef", b"0123456789"
_RUNS = bytes(byte if byte in _IN_RUN else 32 for byte in range(256))
_PARTS = bytes(32 if byte in _MARKS else byte for byte in range(256))
_LEAD = 2
"""Every token begins behind a byte that is no letter or digit; so do its first two bytes."""
_STANDS_FOR = pattern(
    r"example|placeholder|your[-_. ]|yours|dummy|fake|sample|redacted|replace[-_ ]?|insert[-_ ]?"
    r"|x{4,}|\*{3,}|\.{3}|<[^>]{0,80}>|\{[^}]{0,80}\}|\[[^\]]{0,80}\]|%[a-z_]{1,40}%"
    r"|not[-_]?(?:a[-_]?)?(?:used|needed|real|secret)|unused|undefined|(?<![a-z])(?:todo|tbd|unset)"
    r"(?![a-z])|build[-_]?(?:time|only)|0123456789|abcdefgh|1234567890",
    re.IGNORECASE,
)
_SWITCH = frozenset({
    "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "auto", "default", "enabled",
    "disabled", "required", "optional", "never", "always", "prompt", "env", "file", "empty",
})  # fmt: skip
_PATH = pattern(
    r"(?:~|\.{1,2})?/[\w./@+-]*\Z|[A-Za-z]:\\|[\w-]+\.(?:ya?ml|json|txt|pem|key|crt|env|conf)\Z"
)
_URL = pattern(r"[a-z][a-z0-9+.-]{1,20}:(?://)?[\w./]", re.IGNORECASE)
_NUMBER = pattern(r"-?[0-9]+(?:\.[0-9]+)*[a-z%]?\Z")
_KNOWN = pattern(
    r"(?:pass(?:w(?:or)?d|phrase)?|secret|token|admin|root|toor|guest|user|test(?:ing)?|demo|local"
    r"|dev(?:elopment)?|change[-_]?(?:me|this|it)?|me|my|super|default|postgres|mysql|mariadb|mongo"
    r"|redis|rabbitmq|minio|minioadmin|oracle|sa|db|key|jwt|app|docker|qwerty|letmein|welcome|hello"
    r"|abc|insecure|django|vagrant|ubuntu|the|a|is|in|for|some|random|string|this|it|only|strong"
    r"|very|secure|safe|ci|build|staging|example|foo|bar|baz|value|api|auth|access|private|public"
    r"|[-_.@!#$ 0-9])+\Z",
    re.IGNORECASE,
)
"""Passwords made of the words everybody uses. Nothing that repeats stands within what repeats."""
_SIGN = pattern(rb"[\"']?(?:\s{0,2}=\s{0,2}|:\s{1,3}|:(?=[\"'])|\s{1,2}(?=\S))|\",\s{0,2}(?=\")")
"""The last one is that of an option in a JSON list: ``["--token", "..."]``."""
_VALUE = pattern(rb"\"[^\"\n]{0,400}\"|'[^'\n]{0,400}'|[^\s\"'`;|&()<>,]{1,400}")
_NAME_BEFORE = pattern(rb"[A-Za-z0-9_.-]{0,60}\Z")
_NAME_BEHIND = pattern(rb"[A-Za-z0-9_.-]{0,60}")


_WORDS = pattern(r"^words = \[(.*)\]$", re.MULTILINE)
_LEAD_OF = pattern(r"^lead = (\d+)$", re.MULTILINE)
_ALSO = pattern(r'^also = "(.*)"$', re.MULTILINE)
_BEGIN = "[[pattern]]\n"


@cache
def _patterns() -> tuple[_Pattern, ...]:
    """Return all patterns; to parse the whole table would take longer than to look for most."""
    found = []
    for block in text("secrets").split(f"\n{_BEGIN}")[1:]:
        words, lead, also = (one.search(block) for one in (_WORDS, _LEAD_OF, _ALSO))
        listed = words[1].strip('"').split('", "') if words else ()
        found.append(
            _Pattern(
                tuple(word.encode() for word in listed),
                int(lead[1]) if lead else 0,
                "\nparted = true\n" in block,
                also[1].encode() if also else b"",
                block,
            )
        )
    return tuple(found)


@cache
def _row(block: str) -> tuple[str, str, re.Pattern[bytes]]:
    """Return name, title and expression of a pattern."""
    import tomllib

    (row,) = tomllib.loads(_BEGIN + block)["pattern"]
    return row["name"], row["title"], re.compile(row["regex"].encode())


def scan(data: bytes) -> tuple[SecretHit, ...]:
    """Return the secrets that are known by their shape, in order, none overlapping.

    Args:
        data: Any bytes; a caller with a large body gives it in overlapping pieces.
    """
    found: list[SecretHit] = []
    always, by_lead = _index()
    wanted = [pair for pair in always if pair[0] in data and pair[1].also in data]
    runs = _runs(data)
    leads = {part[:_LEAD] for part in runs.translate(_PARTS).split()}
    for lead in leads & by_lead.keys():
        wanted += [pair for pair in by_lead[lead] if pair[0] in runs]
    for word, shape in wanted:
        found += islice(_matches(data, shape, word), MOST)
    return _apart(found)


@cache
def _index() -> tuple[list[_Pair], dict[bytes, list[_Pair]]]:
    """Return words with patterns: those to look for always, and others by how they begin."""
    always: list[_Pair] = []
    by_lead: dict[bytes, list[_Pair]] = {}
    for shape in _patterns():
        for word in shape.words:
            lead = word.lstrip(_MARKS)[:_LEAD]
            (always if shape.parted else by_lead.setdefault(lead, [])).append((word, shape))
    return always, by_lead


def _runs(data: bytes) -> bytes:
    """Return the stretches of content that a token can be in.

    Nearly all tokens are long runs of few kinds of bytes, and neither a digest nor a word. To look
    for a hundred words in those alone is several times as fast.
    """
    return b" ".join(
        {
            run
            for run in data.translate(_RUNS).split()
            if len(run) >= _SHORTEST_RUN
            and run.strip(_HEX)
            and not (run.islower() and len(run.translate(None, _DIGITS)) == len(run))
        }
    )


def _matches(data: bytes, pattern: _Pattern, word: bytes) -> Iterator[SecretHit]:
    done, at = 0, data.find(word)
    if at < 0:
        return
    name, title, regex = _row(pattern.block)
    while at >= 0:
        for start in range(max(done, at - pattern.lead), at + 1):
            match = regex.match(data, start)
            if match is None:
                continue
            done = match.end()
            group = "value" if "value" in match.re.groupindex else 0
            value = match[group].decode("latin-1")
            if not _stands_for(value) and _public(name, match[0], value):
                weak = name == "url-password" and worth(value) is Worth.WEAK
                yield SecretHit(name, title, *match.span(group), weak)
            break
        at = data.find(word, max(at + 1, done))


def _public(name: str, whole: bytes, text: str) -> bool:
    """Tell whether a hit of a loose pattern is one; other patterns are sure by themselves."""
    if name == "url-password":
        # GitHub takes a token as the user, with these words in place of a password.
        words = text == "x-oauth-basic" or _DOCUMENTED.search(whole)
        return worth(text) is not Worth.NOTHING and not words
    if name == "url-token":
        return _mixed(text) and entropy(text) > 3.2
    if name in {"authorization-header", "npm-auth-token"}:
        return worth(text) is Worth.SECRET
    return len({*text}) > 7


_DOCUMENTED = pattern(
    rb"://(?:user(?:name)?|login|foo|name|u):(?:pass(?:word|wd)?|secret|bar|p|pw)@", re.IGNORECASE
)


def keyed(data: bytes) -> tuple[SecretHit, ...]:
    """Return values that look random and are set to a name that tells of a secret, in order.

    ``password = "..."``, ``api_key: ...``, ``--token=...``, ``--password ...``.

    Args:
        data: A script, a configuration file or a command.
    """
    lower = data.lower()
    found: list[SecretHit] = []
    for word in SPOKEN:
        at = lower.find(word) if len(found) < MOST else -1
        while at >= 0:
            end = at + len(word)
            hit, end = _keyed_at(data, at, end)
            if hit is not None:
                found.append(hit)
            at = lower.find(word, end) if len(found) < MOST else -1
    return _apart(found)


def _keyed_at(data: bytes, start: int, end: int) -> tuple[SecretHit | None, int]:
    """Return the value that the name around a telling word is set to, and where to go on."""
    behind = _NAME_BEHIND.match(data, end)
    end = behind.end() if behind else end
    sign = _SIGN.match(data, end)
    if sign is None:
        return None, end
    before = _NAME_BEFORE.search(data, max(0, start - 60), start)
    name = data[before.start() if before else start : end].decode("latin-1")
    apart = sign[0].isspace() or b"," in sign[0]
    if (apart and not name.startswith("--")) or not telling(name.lstrip("-")):
        return None, end
    value = _VALUE.match(data, sign.end())
    if value is None:
        return None, end
    first, last = value.span()
    if data[first : first + 1] in {b'"', b"'"}:
        first, last = first + 1, last - 1
    if not _random(data[first:last].decode("latin-1")):
        return None, last
    title = f"value of {name.lstrip('-')[:60]}"
    return SecretHit("named-value", title, first, last), last


def worth(value: str) -> Worth:
    """Return what a value is, when its name says that it is a secret.

    Args:
        value: Without quotes, variables not expanded.
    """
    text = value.strip().strip("\"'")[:LONGEST_VALUE]
    if len(text) < 2 or "$" in text or text.lower() in _SWITCH or _stands_for(text):
        return Worth.NOTHING
    if _PATH.match(text) or _URL.match(text):
        return Worth.NOTHING
    if _NUMBER.match(text):
        return Worth.NOTHING if len(text) < 4 else Worth.WEAK
    if len(text) < 6 or len({*text}) < 4 or (len(text) < 64 and _KNOWN.match(text)):
        return Worth.WEAK
    if not _mixed(text) and entropy(text) < 2.75:
        return Worth.WEAK
    return Worth.SECRET


def to_hide(values: Iterable[str]) -> list[str]:
    """Return the secrets that may stand elsewhere too, longest first.

    Short words (``postgres`` as a password) are left out: starred out everywhere they would make
    texts about something else unreadable.
    """
    kept = {text for text in values if len(text) > (11 if text.isalpha() else 3)}
    return sorted(kept, key=lambda text: (-len(text), text))


def entropy(text: str) -> float:
    """Return Shannon's entropy of a text, in bits per character."""
    if not text:
        return 0.0
    counts: dict[str, int] = {}
    for char in text:
        counts[char] = counts.get(char, 0) + 1
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in counts.values())


def _random(text: str) -> bool:
    """Tell whether a value beside a telling name looks made by a machine."""
    return (
        8 <= len(text) <= 400
        and worth(text) is Worth.SECRET
        and _mixed(text)
        and entropy(text) >= 3.0
        and not any(char in text for char in "()[]{}<> \\$`")
    )


def _mixed(text: str) -> bool:
    return any(char.isdigit() for char in text) and any(char.isalpha() for char in text)


def _stands_for(text: str) -> bool:
    return len({*text}) < 3 or bool(_STANDS_FOR.search(text[:LONGEST_VALUE]))


def _apart(found: list[SecretHit]) -> tuple[SecretHit, ...]:
    """Return hits in order; of two that overlap, the one that begins first or is longer."""

    def kept() -> Iterator[SecretHit]:
        end = -1
        for hit in sorted(found, key=lambda one: (one.start, -one.end, one.kind)):
            if hit.start >= end:
                end = hit.end
                yield hit

    return tuple(kept())[:MOST]
