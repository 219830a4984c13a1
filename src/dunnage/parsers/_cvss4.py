"""The score of CVSS 4.0 (specification document, section 8 "CVSS v4.0 Scoring")."""

from __future__ import annotations

from dunnage.parsers._cvss import check

_IMPACT = "HLN"
_MANDATORY = {
    "AV": "NALP",
    "AC": "LH",
    "AT": "NP",
    "PR": "NLH",
    "UI": "NPA",
    "VC": _IMPACT,
    "VI": _IMPACT,
    "VA": _IMPACT,
    "SC": _IMPACT,
    "SI": _IMPACT,
    "SA": _IMPACT,
}
_OPTIONAL = {
    **{f"M{name}": ("X", *values) for name, values in _MANDATORY.items()},
    "MSI": ("X", "S", "H", "L", "N"),
    "MSA": ("X", "S", "H", "L", "N"),
    "E": ("X", "A", "P", "U"),
    "CR": ("X", "H", "M", "L"),
    "IR": ("X", "H", "M", "L"),
    "AR": ("X", "H", "M", "L"),
    "S": ("X", "N", "P"),
    "AU": ("X", "N", "Y"),
    "R": ("X", "A", "U", "I"),
    "V": ("X", "D", "C"),
    "RE": ("X", "L", "M", "H"),
    "U": ("X", "Clear", "Green", "Amber", "Red"),
}
# Values of each metric from the most to the least severe; the index is the severity level.
_LEVELS = {
    "AV": "NALP",
    "PR": "NLH",
    "UI": "NPA",
    "AC": "LH",
    "AT": "NP",
    "VC": "HLN",
    "VI": "HLN",
    "VA": "HLN",
    "SC": "SHLN",
    "SI": "SHLN",
    "SA": "SHLN",
    "CR": "HML",
    "IR": "HML",
    "AR": "HML",
}
_GROUPS = (
    ("AV", "PR", "UI"),
    ("AC", "AT"),
    ("VC", "VI", "VA", "CR", "IR", "AR"),
    ("SC", "SI", "SA"),
)
# Scores of the 270 macro vectors in tenths, two hexadecimal digits each, in the order of EQ1, EQ2,
# EQ3 with EQ6 (00, 01, 10, 11, 21), EQ4, EQ5 as in ``_place``; values of the specification's lookup table.
_SCORES = bytes.fromhex(
    "64625f645d5b5d5951635f5c6057515a5044625f5a5d5951584e455f5c545c51415046305c52484f453245371b"
    "635f5c5f5a545c5248615c555b53475147355f5c555c50465447325d554952483b46341e564b3447341d3f1d11"
    "625e5b5e564d574a3f5f5751594a404b3f315e584c564a3b483934594d434c3a32393419534636413a1a35150d"
    "5f584c5a4b3d4d44345a4c464d3e35423b1e594c3e4a392f3d39184e433a3b3917341d10473b1e3a1a0f170d06"
    "5d564b564a3846342857483a4a3d22362816554a3e48372e3522134b37333929132413084033142f150b180904"
    "58493c493b29362d144b35323728142b160b4b3a283d30142e1108372d1533120912070235180e180c050a0301"
)
# The highest severity vectors of each level (section 8, EQ tables), values in the order
# of _GROUPS, and the depth of each level: the number of steps between its two ends.
_HIGHEST = (
    (("NNN",), ("ANN", "NLN", "NNP"), ("PNN", "ALP")),
    (("LN",), ("HN", "LP")),
    (
        ("HHHHHH",),
        ("HHLMMH", "HHHMMM"),
        ("LHHHHH", "HLHHHH"),
        ("LHLHMH", "LHHHMM", "HLHMHM", "HLLMHH", "LLHHHM"),
        ("LLLHHH",),
    ),
    (("HSS",), ("HHH",), ("LLL",)),
)
_DEPTHS = ((1, 4, 5), (1, 2), (7, 6, 8, 8, 10), (6, 5, 4))
# Levels of EQ3 and EQ6 together, and the next lower ones of each.
_LOWER_36 = ((1, 2), (3,), (3,), (4,), ())
_COMMON = 840  # least common multiple of all depths


def full_score(metrics: dict[str, str]) -> float:
    """Return the score of a vector's metrics; every metric given counts.

    Raises:
        ValueError: If a metric is missing or unknown.
    """
    check(metrics, _MANDATORY, _OPTIONAL)
    value = _effective(metrics)
    if all(value[name] == "N" for name in ("VC", "VI", "VA", "SC", "SI", "SA")):
        return 0.0
    level = _macro_vector(value)
    top = _SCORES[_place(level)]
    lowered = 0
    existing = 0
    for group in range(5):
        lower = _next_lower(level, group)
        if lower < 0:
            continue
        existing += 1
        if group < 4:
            depth = _DEPTHS[group][level[group]]
            lowered += (top - lower) * _distance(value, group, level[group]) * (_COMMON // depth)
    if not existing:
        return top / 10
    whole = _COMMON * existing
    # Rounded half up to a tenth, exactly.
    return max(0, (2 * (top * whole - lowered) + whole) // (2 * whole)) / 10


def _effective(metrics: dict[str, str]) -> dict[str, str]:
    """Apply modified metrics and the worst case for what was not given (section 8)."""
    value = {name: metrics[name] for name in _MANDATORY}
    for name in _MANDATORY:
        modified = metrics.get(f"M{name}", "X")
        if modified != "X":
            value[name] = modified
    for name, worst in (("E", "A"), ("CR", "H"), ("IR", "H"), ("AR", "H")):
        given = metrics.get(name, "X")
        value[name] = worst if given == "X" else given
    return value


def _macro_vector(value: dict[str, str]) -> tuple[int, int, int, int, int]:
    """Return the levels of EQ1, EQ2, EQ3 with EQ6, EQ4 and EQ5 (section 8)."""
    open_ways = [value["AV"] == "N", value["PR"] == "N", value["UI"] == "N"]
    eq1 = 2 if value["AV"] == "P" or not any(open_ways) else 1
    if all(open_ways):
        eq1 = 0
    eq2 = 0 if value["AC"] == "L" and value["AT"] == "N" else 1
    if value["VC"] == "H" and value["VI"] == "H":
        eq3 = 0
    else:
        eq3 = 1 if "H" in (value["VC"], value["VI"], value["VA"]) else 2
    if "S" in (value["SI"], value["SA"]):
        eq4 = 0
    else:
        eq4 = 1 if "H" in (value["SC"], value["SI"], value["SA"]) else 2
    pairs = (("CR", "VC"), ("IR", "VI"), ("AR", "VA"))
    eq6 = 0 if any(value[need] == "H" == value[impact] for need, impact in pairs) else 1
    eq36 = 4 if eq3 == 2 else 2 * eq3 + eq6
    return eq1, eq2, eq36, eq4, "APU".index(value["E"])


def _place(level: tuple[int, int, int, int, int]) -> int:
    eq1, eq2, eq36, eq4, eq5 = level
    return (((eq1 * 2 + eq2) * 5 + eq36) * 3 + eq4) * 3 + eq5


def _next_lower(level: tuple[int, int, int, int, int], group: int) -> int:
    """Return the highest score one level below in one group, or -1 if it is the lowest."""
    if group == 2:
        steps: tuple[int, ...] = _LOWER_36[level[2]]
    else:
        last = 1 if group == 1 else 2
        steps = (level[group] + 1,) if level[group] < last else ()
    best = -1
    for step in steps:
        changed = list(level)
        changed[group] = step
        one, two, three, four, five = changed
        best = max(best, _SCORES[_place((one, two, three, four, five))])
    return best


def _distance(value: dict[str, str], group: int, level: int) -> int:
    """Return the steps from the first highest severity vector that is not below this one."""
    names = _GROUPS[group]
    for highest in _HIGHEST[group][level]:
        steps = [
            _LEVELS[name].index(value[name]) - _LEVELS[name].index(best)
            for name, best in zip(names, highest, strict=True)
        ]
        if min(steps) >= 0:
            return sum(steps)
    return 0
