"""Turns the options of ``scan`` into its request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.cli._config import examined, settings_of
from dunnage.cli._judging import LINTED, POINTED, ignored, policy
from dunnage.cli._option import seconds
from dunnage.cli._request import request, targets

if TYPE_CHECKING:
    from datetime import date

    from dunnage.cli._command import Call
    from dunnage.flows._budget import Budget
    from dunnage.flows.scan import ScanRequest
    from dunnage.model.budget import Limit


def scan_request(call: Call, today: date) -> ScanRequest:
    """Return everything ``scan`` needs to know.

    Args:
        call: What the user wrote.
        today: The date from which ignored ids without an end count.

    Raises:
        UsageError: If options contradict each other or have wrong values.
    """
    from dunnage.flows.scan import ScanRequest

    settings = settings_of(call.text("config"), examined(call.words, call.values, call.environ))
    # Waivers of rules about Dockerfiles are for lint, and are not unused because a scan needs none.
    pointed = POINTED if call.text("dockerfile") else ""
    waivers = (
        w
        for w in settings.waivers
        if not w.id.lower().startswith(LINTED) or w.id.lower() == pointed
    )
    age = call.text("db_max_age")
    limits = _limits(call)
    measured = bool(limits) or "image" in call.listed("scanners")
    judged = policy(call, (*waivers, *ignored(call, today)))
    return ScanRequest(
        reading=replace(request(call), surface=measured),
        policy=replace(judged, budget=tuple(limit.text for limit in limits)),
        scanners=call.listed("scanners"),
        mirrors=call.listed("db_mirrors"),
        fetch=not call.on("skip_db_update") and not call.on("offline"),
        max_age=seconds(age, "--db-max-age") if age else 0.0,
        list_packages=call.on("list_all_pkgs"),
        budget=_budget(call, limits),
    )


def _limits(call: Call) -> tuple[Limit, ...]:
    if not call.listed("budget"):
        return ()
    from dunnage.policy.budget import limits

    return limits(call.listed("budget"))


def _budget(call: Call, limits: tuple[Limit, ...]) -> Budget | None:
    name = call.text("budget_from")
    if not limits and not name:
        return None
    from dunnage.flows._budget import open_budget

    return open_budget(limits, name, several=len(targets(call)) > 1)
