"""The base score of CVSS 2.0 (first.org/cvss/v2/guide, section 3.2.1)."""

from __future__ import annotations

from dunnage.parsers._cvss import check

_REQUIREMENT = ("L", "M", "H", "ND")
_MANDATORY = {"AV": "LAN", "AC": "HML", "Au": "MSN", "C": "NPC", "I": "NPC", "A": "NPC"}
_OPTIONAL = {
    "E": ("U", "POC", "F", "H", "ND"),
    "RL": ("OF", "TF", "W", "U", "ND"),
    "RC": ("UC", "UR", "C", "ND"),
    "CDP": ("N", "L", "LM", "MH", "H", "ND"),
    "TD": ("N", "L", "M", "H", "ND"),
    "CR": _REQUIREMENT,
    "IR": _REQUIREMENT,
    "AR": _REQUIREMENT,
}
# Weights in thousandths, so that everything below is exact.
_AV = {"L": 395, "A": 646, "N": 1000}
_AC = {"H": 350, "M": 610, "L": 710}
_AU = {"M": 450, "S": 560, "N": 704}
_IMPACT = {"N": 0, "P": 275, "C": 660}


def base_score(metrics: dict[str, str]) -> float:
    """Return the base score of a vector's metrics.

    Raises:
        ValueError: If a metric is missing or unknown.
    """
    check(metrics, _MANDATORY, _OPTIONAL)
    safe = 1
    for name in ("C", "I", "A"):
        safe *= 1000 - _IMPACT[metrics[name]]
    if safe == 10**9:
        return 0.0
    impact = 1041 * (10**9 - safe)  # 10.41 * (1 - safe), by 10**11
    weights = _AV[metrics["AV"]] * _AC[metrics["AC"]] * _AU[metrics["Au"]]
    exploitability = 2000 * weights  # 20 * AV * AC * Au, by 10**11
    # ((0.6 * impact) + (0.4 * exploitability) - 1.5) * 1.176, by 10**15
    total = (6 * impact + 4 * exploitability - 15 * 10**11) * 1176
    return (total * 10 + 5 * 10**14) // 10**15 / 10 if total > 0 else 0.0
