"""Licences as SPDX wants them: valid expressions, and texts for what is on no list."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from dunnage.parsers.licence import Form, classify

if TYPE_CHECKING:
    from dunnage.parsers.licence import Vocabulary

Json = dict[str, Any]
_OTHER = re.compile(r"[^A-Za-z0-9.-]+")
_REFERENCE = re.compile(r"(?<![\w:.-])LicenseRef-[A-Za-z0-9.-]+")
_OPERATOR = re.compile(r" (?:AND|OR) ")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NAMED = "named so by the metadata of a package; the text of the licence was not read"
_REFERRED = "written so in the metadata of a package, which does not hold its text"
_LONGEST_ID = 60
_LONGEST_TEXT = 64 * 1024


class Licences:
    """The licences of one document.

    A licence that is no valid expression of known identifiers becomes a ``LicenseRef-``, for which
    the document holds what was written (SPDX 2.3, clause 10 and annex D).
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._texts: dict[str, Json] = {}
        self._known: dict[tuple[str, ...], str] = {}

    def declared(self, written: tuple[str, ...]) -> str:
        """Return one expression for all licences of a package, or ``NOASSERTION``.

        Several licences without an operator between them are all said to apply.
        """
        if written not in self._known:
            terms = dict.fromkeys(self._term(text) for text in written if text.strip())
            self._known[written] = self._joined(list(terms)) or "NOASSERTION"
        return self._known[written]

    def extracted(self) -> list[Json]:
        """Return the ``hasExtractedLicensingInfos`` of everything declared so far, sorted."""
        return [self._texts[key] for key in sorted(self._texts)]

    @staticmethod
    def _joined(terms: list[str]) -> str:
        if len(terms) == 1:
            return terms[0]
        return " AND ".join(f"({term})" if _OPERATOR.search(term) else term for term in terms)

    def _term(self, text: str) -> str:
        licence = classify(text, self._vocabulary)
        if licence.form is Form.ID:
            return licence.value
        if licence.form is Form.NAME or "DocumentRef-" in licence.value:
            return self._named(text.strip())
        for reference in _REFERENCE.findall(licence.value):
            self._texts.setdefault(
                reference,
                {"licenseId": reference, "extractedText": reference, "comment": _REFERRED},
            )
        return licence.value

    def _named(self, text: str) -> str:
        """Return the reference to a licence that only has a name.

        The readable part of two names may be the same; then a digest tells them apart.
        """
        plain = _OTHER.sub("-", text).strip("-.")
        if plain != text or len(plain) > _LONGEST_ID:
            digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
            plain = "-".join(part for part in (plain[:_LONGEST_ID].strip("-."), digest) if part)
        identifier = f"LicenseRef-{plain}"
        safe = _CONTROL.sub(" ", text[:_LONGEST_TEXT]).strip() or "unreadable"
        entry = {"licenseId": identifier, "extractedText": safe, "comment": _NAMED}
        if len(safe) <= 200 and "\n" not in safe:
            entry["name"] = safe
        self._texts.setdefault(identifier, entry)
        return identifier
