"""Finds the secrets in an image's configuration and its history, and takes them out of both.

What a value is, is decided as in the Dockerfile it came from: names with values as by
``secret-in-variable``, everything else as by ``literal-secret`` and ``password-in-build``. What is
found goes no further than this module: the image that is handed on has stars in its place, in
every string, and what is told of it is where it was.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dunnage.model.surface import Exposed
from dunnage.parsers.history_line import SETTING, STARS, Value
from dunnage.parsers.history_line import read as read_line
from dunnage.parsers.secrets import Worth, keyed, scan, telling, to_hide, worth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dunnage.model.image import Image
    from dunnage.parsers.history_line import HistoryLine

_MOST_HIDDEN = 300
"""Values that are looked for everywhere, the longest first."""
_ACCOUNTS = (b"passwd", b"useradd", b"usermod", b"adduser")
_LONGEST_COMMAND = 64 * 1024
_HEAD = b"FROM x\nRUN "


class _Found(Struct, frozen=True):
    """A secret in one text.

    Attributes:
        start: Offset of its first byte.
        end: Offset behind its last byte.
        what: What it is.
        name: What it is set to, or empty.
        certain: False if only the name says so.
        weak: True if everybody can guess it.
    """

    start: int
    end: int
    what: str
    name: str = ""
    certain: bool = True
    weak: bool = False


class _Text(Struct, frozen=True):
    """A text of the image.

    Attributes:
        place: As in ``Exposed``.
        data: The text.
        found: The secrets in it, in order, none overlapping.
        by: Keyword, if it is a line of the history.
    """

    place: str
    data: bytes
    found: tuple[_Found, ...]
    by: str = ""


def without_secrets(image: Image) -> tuple[Image, tuple[Exposed, ...]]:
    """Return an image with stars in place of its secrets, and what they are.

    Args:
        image: As its configuration says.

    Returns:
        The image, itself if there is none in it; and what was found: first what the configuration
        sets, then what only the history still holds.
    """
    settings = _settings(image)
    lines = [_line(text) for text, _ in _history(image)]
    # A layer whose history line did not fit the others keeps its own.
    told = {text for text, _ in image.history}
    lost = {one.created_by for one in image.layers} - told if image.history else set()
    beside = [_plain(image.base_name), _plain(image.index_base_name)]
    if not any(text.found for text in (*settings, *lines, *beside, *map(_line, lost))):
        return image, ()
    values = {
        text.data[one.start : one.end].decode("utf-8", "surrogateescape")
        for text in (*settings, *lines, *beside)
        for one in text.found
        if not one.weak
    }
    kept = to_hide(values)[:_MOST_HIDDEN]
    hidden = [text.encode("utf-8", "surrogateescape") for text in kept]
    return _starred(image, hidden), tuple(_exposed(image, settings, lines))


def _history(image: Image) -> Sequence[tuple[str, bool]]:
    return image.history or tuple((layer.created_by, False) for layer in image.layers)


def _settings(image: Image) -> list[_Text]:
    texts = [_set("env", line) for line in image.env]
    texts += [_set("label", f"{key}={value}") for key, value in image.labels]
    for place, words in (("entrypoint", image.entrypoint), ("cmd", image.cmd)):
        data = _joined(words)
        texts.append(_Text(place, data, _found(data, (), 0, named=True)))
    return [*texts, _plain(image.user, "user")]


def _plain(text: str, place: str = "") -> _Text:
    """Return a text that sets nothing by a name; without a place nothing is told of it."""
    data = _bytes(text)
    return _Text(place, data, _found(data, (), 0, named=False))


def _set(place: str, line: str) -> _Text:
    """Return a name with its value, as ENV and LABEL have set it."""
    data = _bytes(line)
    name, sign, _ = line.partition("=")
    values = (Value(name, len(_bytes(name)) + 1, len(data)),) if sign else ()
    return _Text(place, data, _found(data, values, 0, named=False, weak=place == "env"))


def _line(text: str) -> _Text:
    data = _bytes(text)
    line = read_line(data)
    named = line.keyword not in SETTING
    found = _found(data, line.values, line.command, named=named, weak=line.keyword == "ENV")
    found = _apart((*found, *_passwords(data, line)))
    return _Text("history", data, found, line.keyword)


def _found(
    data: bytes, values: Sequence[Value], start: int, *, named: bool, weak: bool = False
) -> tuple[_Found, ...]:
    """Return the secrets in one text.

    Args:
        data: The text.
        values: What names are set to in it.
        start: Where its command begins.
        named: Values beside telling names in the command count, too.
        weak: A default of a variable that everybody can guess is to be told.
    """
    found = []
    for hit in scan(data):
        name = next((v.name for v in values if v.start <= hit.start < v.end), "")
        found.append(_Found(hit.start, hit.end, hit.title, name, weak=hit.weak))
    for value in values:
        if value.start < value.end and telling(value.name):
            kind = worth(data[value.start : value.end].decode("utf-8", "replace"))
            if kind is Worth.SECRET or (weak and kind is Worth.WEAK):
                poor = kind is Worth.WEAK
                found.append(_Found(value.start, value.end, "secret", value.name, False, poor))
    if named:
        hits = (hit for hit in keyed(data) if hit.start >= start)
        found += [_Found(hit.start, hit.end, hit.title) for hit in hits]
    return _apart(found)


def _apart(found: Iterable[_Found]) -> tuple[_Found, ...]:
    """Return what was found in order; of two that overlap, what was found first."""
    kept: list[_Found] = []
    starts: list[int] = []
    for one in found:
        at = bisect_right(starts, one.start)
        before = kept[at - 1].end if at else 0
        if one.start >= before and (at == len(kept) or one.end <= starts[at]):
            kept.insert(at, one)
            starts.insert(at, one.start)
    return tuple(kept)


def _passwords(data: bytes, line: HistoryLine) -> Iterator[_Found]:
    """Give the passwords of accounts that a command sets."""
    command = data[line.command :]
    if line.keyword != "RUN" or len(command) > _LONGEST_COMMAND:
        return
    if not any(word in command for word in _ACCOUNTS):
        return
    from datetime import date

    from dunnage.parsers.dockerfile import read
    from dunnage.rules.dockerfile import password_in_build
    from dunnage.rules.dockerfile._facts import Facts

    written = _HEAD + command.replace(b"\\\n", b"  ").replace(b"\n", b" ")
    facts = Facts(read(written), date.min)
    rule = password_in_build.rule
    for run in facts.runs:
        for one in run.commands:
            if one.name not in rule.commands or rule.command is None:
                continue
            for hit in rule.command(one, run, facts):
                value = written[hit.span.start : hit.span.end]
                if hit.secret and value and STARS.encode() not in value:
                    moved = line.command - len(_HEAD)
                    what = "password of an account"
                    yield _Found(hit.span.start + moved, hit.span.end + moved, what)


def _exposed(image: Image, settings: list[_Text], lines: list[_Text]) -> Iterator[Exposed]:
    """Give what was found, each secret once, with the history lines it stands in."""
    made = _layers(image)
    places: dict[tuple[str, bytes], list[int]] = {}
    first: dict[bytes, tuple[str, bytes]] = {}
    told: dict[tuple[str, bytes], tuple[_Found, str]] = {}
    known: dict[tuple[str, bytes], list[tuple[str, _Found]]] = {}
    for text in settings:
        for one in text.found:
            key = _key(text, one, first)
            known.setdefault(key, []).append((text.place, one))
    for number, text in enumerate(lines, 1):
        for one in text.found:
            key = _key(text, one, first)
            told.setdefault(key, (one, "ARG" if one.name and text.by == "RUN" else text.by))
            numbers = places.setdefault(key, [])
            if number not in numbers[-1:]:
                numbers.append(number)
    for key, found in known.items():
        for place, one in found:
            yield _of(place, one, told.get(key, (one, ""))[1], places.get(key, ()), made)
    for key, (one, by) in told.items():
        if key not in known:
            yield _of("history", one, by, places[key], made)


def _key(text: _Text, one: _Found, first: dict[bytes, tuple[str, bytes]]) -> tuple[str, bytes]:
    """Return what makes two places those of one secret: its value, of a guessable one the name."""
    value = text.data[one.start : one.end]
    return (one.name, value) if one.weak else first.setdefault(value, ("", value))


def _of(place: str, one: _Found, by: str, lines: Sequence[int], made: Sequence[int]) -> Exposed:
    layers = (made[number - 1] for number in lines if number <= len(made))
    layer = next((index for index in layers if index >= 0), -1)
    return Exposed(place, one.name, one.what, by, one.certain, one.weak, tuple(lines), layer)


def _layers(image: Image) -> list[int]:
    """Return the index of the layer that each history line made, or -1."""
    history = _history(image)
    makers = [number for number, (_, empty) in enumerate(history) if not empty]
    found = [-1] * len(history)
    if len(makers) == len(image.layers):
        for number, layer in zip(makers, image.layers, strict=True):
            found[number] = layer.index
    return found


def _starred(image: Image, hidden: Sequence[bytes]) -> Image:
    """Return the image with stars in place of all that is found, and of these values anywhere."""

    def line(text: str) -> str:
        return _hide(_line(text), hidden)

    lines = {text: line(text) for text, _ in image.history}
    return replace(
        image,
        user=_hide(_plain(image.user), hidden),
        base_name=_hide(_plain(image.base_name), hidden),
        index_base_name=_hide(_plain(image.index_base_name), hidden),
        entrypoint=_words(image.entrypoint, hidden),
        cmd=_words(image.cmd, hidden),
        env=tuple(_hide(_set("env", one), hidden) for one in image.env),
        labels=tuple(_label(key, value, hidden) for key, value in image.labels),
        history=tuple((lines[text], empty) for text, empty in image.history),
        layers=tuple(
            replace(one, created_by=lines.get(one.created_by) or line(one.created_by))
            for one in image.layers
        ),
    )


def _hide(text: _Text, hidden: Sequence[bytes]) -> str:
    data = _cut(text.data, text.found)
    for value in hidden:
        data = data.replace(value, STARS.encode())
    return data.decode("utf-8", "surrogatepass" if data == text.data else "replace")


def _cut(data: bytes, found: Iterable[_Found]) -> bytes:
    parts, at = [], 0
    for one in found:
        parts += [data[at : one.start], STARS.encode()]
        at = one.end
    return b"".join((*parts, data[at:]))


def _joined(words: Sequence[str]) -> bytes:
    """Return words as a list is written in a Dockerfile, without escapes."""
    return b'["' + b'", "'.join(map(_bytes, words)) + b'"]' if words else b""


def _words(words: tuple[str, ...], hidden: Sequence[bytes]) -> tuple[str, ...]:
    whole = _joined(words)
    text = _Text("", whole, _found(whole, (), 0, named=True))
    kept, start = [], 2
    for word in words:
        end = start + len(_bytes(word))
        kept.append(_hide(_part(text, start, end), hidden))
        start = end + 4
    return tuple(kept)


def _label(key: str, value: str, hidden: Sequence[bytes]) -> tuple[str, str]:
    text = _set("label", f"{key}={value}")
    end = len(_bytes(key))
    parts = (_part(text, 0, end), _part(text, end + 1, len(text.data)))
    return _hide(parts[0], hidden), _hide(parts[1], hidden)


def _part(text: _Text, start: int, end: int) -> _Text:
    """Return a stretch of a text with what was found in it."""
    found = tuple(
        replace(one, start=max(one.start, start) - start, end=min(one.end, end) - start)
        for one in text.found
        if one.start < end and start < one.end
    )
    return replace(text, data=text.data[start:end], found=found)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
