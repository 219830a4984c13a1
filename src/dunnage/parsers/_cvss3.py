"""The base score of CVSS 3.0 and 3.1 (specification documents: 3.0 section 8.1, 3.1 section 7.1).

Both versions have the same formulas. They differ in how they keep floating-point noise out of the
last rounding up (3.1 specification, appendix A); with the exact integers used here the two rules
give the same tenth for each of the 2592 base vectors.
"""

from __future__ import annotations

from dunnage.parsers._cvss import check

_REQUIREMENT = ("X", "L", "M", "H")
_MANDATORY = {
    "AV": "NALP",
    "AC": "LH",
    "PR": "NLH",
    "UI": "NR",
    "S": "UC",
    "C": "HLN",
    "I": "HLN",
    "A": "HLN",
}
_OPTIONAL = {
    "E": ("X", "H", "F", "P", "U"),
    "RL": ("X", "U", "W", "T", "O"),
    "RC": ("X", "C", "R", "U"),
    "CR": _REQUIREMENT,
    "IR": _REQUIREMENT,
    "AR": _REQUIREMENT,
    **{f"M{name}": ("X", *values) for name, values in _MANDATORY.items()},
}
# Weights in hundredths, so that everything below is exact.
_AV = {"N": 85, "A": 62, "L": 55, "P": 20}
_AC = {"L": 77, "H": 44}
_PR = {"U": {"N": 85, "L": 62, "H": 27}, "C": {"N": 85, "L": 68, "H": 50}}
_UI = {"N": 85, "R": 62}
_IMPACT = {"H": 56, "L": 22, "N": 0}
_MILLION = 10**6
_SCALE = 10**92


def base_score(metrics: dict[str, str]) -> float:
    """Return the base score of a vector's metrics.

    Raises:
        ValueError: If a metric is missing or unknown.
    """
    check(metrics, _MANDATORY, _OPTIONAL)
    safe = 1
    for name in ("C", "I", "A"):
        safe *= 100 - _IMPACT[metrics[name]]
    impact = _MILLION - safe  # ISS, by 10**6
    if impact == 0:
        return 0.0
    scope = metrics["S"]
    weights = _AV[metrics["AV"]] * _AC[metrics["AC"]] * _UI[metrics["UI"]]
    exploitability = 822 * weights * _PR[scope][metrics["PR"]] * 10**82  # 8.22 * ..., by 10**92
    if scope == "U":
        total = 642 * impact * 10**84 + exploitability
    else:
        # 7.52 * (ISS - 0.029) - 3.25 * (ISS - 0.02) ** 15, by 10**92
        scoped = 752 * (impact - 29_000) * 10**84 - 325 * (impact - 20_000) ** 15
        total = (scoped + exploitability) * 108 // 100
    # Rounded up to the next tenth.
    return -(-min(total, 10 * _SCALE) * 10 // _SCALE) / 10
