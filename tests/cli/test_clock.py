"""A document's time can be fixed from outside, so that building it twice gives the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dunnage.cli._clock import document_time
from dunnage.cli._main import run
from dunnage.model.errors import UsageError


def test_the_variable_is_the_time() -> None:
    """The seconds since 1970 of the specification are the time, up to the year 9999."""
    assert document_time({"SOURCE_DATE_EPOCH": "1700000000"}).isoformat() == (
        "2023-11-14T22:13:20+00:00"
    )
    assert document_time({"SOURCE_DATE_EPOCH": "253402300799"}).year == 9999


@pytest.mark.parametrize("environ", [{}, {"SOURCE_DATE_EPOCH": ""}])
def test_without_it_the_time_is_now(environ: dict[str, str]) -> None:
    """An unset or empty variable changes nothing."""
    assert abs((document_time(environ) - datetime.now(UTC)).total_seconds()) < 60


@pytest.mark.parametrize("text", ["-1", "1.5", "yesterday", "253402300800", "9" * 40, "١"])
def test_nonsense_is_refused(text: str) -> None:
    """What is no such number is refused with advice, never guessed."""
    with pytest.raises(UsageError) as caught:
        document_time({"SOURCE_DATE_EPOCH": text})
    assert caught.value.advice


@pytest.mark.parametrize(
    "form", ["cyclonedx-json", "cyclonedx-xml", "spdx-json", "spdx-tag-value", "syft-json"]
)
def test_sboms_are_reproducible(
    form: str,
    tmp_path_factory: pytest.TempPathFactory,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    """The same file gives the same bytes, in every SBOM format."""
    folder = tmp_path_factory.mktemp("reproducible")
    (folder / "os-release").write_text("ID=alpine\nVERSION_ID=3.19.4\n")
    written = []
    for _ in range(2):
        words = ["sbom", f"dir:{folder}", "-o", form, "-q"]
        environ = {"SOURCE_DATE_EPOCH": "1700000000", "DUNNAGE_CACHE_DIR": str(folder / "cache")}
        run(words, environ)
        written.append(capsysbinary.readouterr().out)
    assert written[0] == written[1]
    assert b"2023-11-14T22:13:20Z" in written[0]
