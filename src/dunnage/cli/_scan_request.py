"""Turns the options of ``scan`` into its request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._config import settings_of
from dunnage.cli._request import request, seconds
from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from dunnage.cli._command import Call
    from dunnage.flows.scan import ScanRequest


def scan_request(call: Call) -> ScanRequest:
    """Return everything ``scan`` needs to know.

    Raises:
        UsageError: If options contradict each other or have wrong values.
    """
    from dunnage.flows.scan import ScanRequest
    from dunnage.policy.load import load

    settings = settings_of(call.text("config"), call.words)
    age = call.text("db_max_age")
    code = call.number("exit_code")
    if code > 125:
        raise UsageError(f"--exit-code takes 1 to 125, not {code}")
    asked: dict[str, object] = {
        "severity": call.listed("severity"),
        "fail-on": call.text("fail_on") or None,
        "exit-code": code or None,
        "fail-on-unknown": call.on("fail_on_unknown"),
        "ignore-unfixed": call.on("ignore_unfixed"),
        "allow-incomplete": call.on("allow_incomplete"),
    }
    return ScanRequest(
        reading=request(call),
        policy=load(asked, settings.waivers),
        scanners=call.listed("scanners"),
        mirrors=call.listed("db_mirrors"),
        fetch=not call.on("skip_db_update") and not call.on("offline"),
        max_age=seconds(age, "--db-max-age") if age else 0.0,
        list_packages=call.on("list_all_pkgs"),
    )
