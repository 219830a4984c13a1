"""The style sheet and the script of the HTML report, and the policy that lets in nothing else.

Severities are told apart by words first and by colours second. All pairs of text and background
keep the contrast of WCAG 2.2, 1.4.3 (level AA, 4.5:1), in light and in dark; tests compute it. The
filters by severity are check boxes that the style sheet asks for (``:has``), so they need no
script; the script only adds search and sorting.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

LIGHT = {
    "page": "#f4f5f7",
    "card": "#ffffff",
    "line": "#d5d9e0",
    "text": "#1b2130",
    "dim": "#5a6375",
    "link": "#1d4fa3",
    "chip": "#eceff4",
    "ink": "#ffffff",
    "critical": "#8f1239",
    "high": "#b83a0e",
    "medium": "#856000",
    "low": "#1f5fa8",
    "negligible": "#5b6577",
    "unknown": "#4b4f63",
    "good": "#146c43",
    "warn": "#8a5a00",
}
DARK = {
    "page": "#12151c",
    "card": "#1a1f29",
    "line": "#343c4c",
    "text": "#e7eaf0",
    "dim": "#a5aec0",
    "link": "#8fb8ff",
    "chip": "#262d3a",
    "ink": "#14171d",
    "critical": "#ff8aa5",
    "high": "#ffa26b",
    "medium": "#efc85c",
    "low": "#86bdff",
    "negligible": "#b4bcca",
    "unknown": "#c7bfe3",
    "good": "#6fd3a0",
    "warn": "#f0c04f",
}
"""Colours by their role: ``ink`` is text on a severity, ``good`` or ``warn``."""

SEVERITIES = ("critical", "high", "medium", "low", "negligible", "unknown")


def _palette(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())


_RULES = """
*{box-sizing:border-box}
html{color-scheme:light dark}
body{margin:0;background:var(--page);color:var(--text);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
main,body>header,body>footer{max-width:82rem;margin:0 auto;padding:0 1.5rem}
body>header{padding-top:1.75rem}
main{display:grid;grid-template-columns:minmax(0,1fr);gap:1.25rem;padding-bottom:1.5rem}
h1,h2,h3{line-height:1.25;margin:0;overflow-wrap:anywhere}
h1{font-size:1.65rem;font-weight:650}
h2{font-size:1.3rem;font-weight:650;margin-top:.75rem}
h3,.card h2{font-size:1.05rem;font-weight:650;margin:0 0 .6rem}
p{margin:.35rem 0}
a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:1px}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
code,.code{font:.88em/1.45 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;
overflow-wrap:anywhere;unicode-bidi:isolate}
small,.dim{color:var(--dim)}
small{font-size:.86em}
.brand{color:var(--dim);font-size:.85rem;letter-spacing:.04em;margin:0 0 .4rem}
.verdict{background:var(--card);border:1px solid var(--line);border-left:.45rem solid var(--mood);
border-radius:.6rem;padding:1rem 1.25rem;margin:1rem 0 1.25rem}
.verdict strong{display:block;font-size:1.3rem;color:var(--mood)}
.bad{--mood:var(--critical)}.ok{--mood:var(--good)}.so{--mood:var(--warn)}.neutral{--mood:var(--link)}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.25rem}
.pair{display:grid;gap:1.25rem;grid-template-columns:minmax(0,1fr) minmax(0,1.25fr)}
@media(max-width:60rem){.pair{grid-template-columns:minmax(0,1fr)}}
.pair>:only-child{grid-column:1/-1}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1.25rem;margin:0}
dt{color:var(--dim)}
dd{margin:0;overflow-wrap:anywhere;unicode-bidi:isolate}
@media(max-width:36rem){main,body>header,body>footer{padding-inline:.8rem}
dl{grid-template-columns:minmax(0,1fr);gap:0}dd{margin-bottom:.4rem}.card,.verdict{padding:.8rem .9rem}}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
caption{text-align:left;color:var(--dim);padding-bottom:.4rem}
th,td{text-align:left;vertical-align:top;padding:.42rem .7rem .42rem 0;border-top:1px solid var(--line);
overflow-wrap:anywhere;unicode-bidi:isolate}
thead th{border-top:0;color:var(--dim);font-weight:600;font-size:.85rem;white-space:nowrap}
tbody th{font-weight:600}
td small,td .code{display:block}
.n,.matrix td{text-align:right;font-variant-numeric:tabular-nums}
.matrix th+th{text-align:right}
.matrix th:last-child,.matrix td:last-child{padding-right:0}
.matrix td.zero{color:var(--dim)}
.badge{display:inline-block;border-radius:.3rem;padding:0 .45rem;font-size:.8rem;font-weight:650;
line-height:1.5rem;color:var(--ink);background:var(--of);white-space:nowrap}
.mark{display:inline-block;border-radius:.3rem;padding:0 .35rem;margin-left:.3rem;font-size:.72rem;
font-weight:650;line-height:1.25rem;border:1px solid currentColor;color:var(--critical);white-space:nowrap}
.mark.e{color:var(--high)}
.findings{table-layout:fixed;min-width:62rem}
.findings .w1{width:7rem}.findings .w2{width:12.5rem}.findings .w3{width:20rem}
.findings .w4{width:10rem}.findings .w5{width:4.5rem}
.upgrades{list-style:none;margin:0;padding:0;counter-reset:n}
.upgrades li{padding:.55rem 0;border-top:1px solid var(--line)}
.upgrades li:first-child{border-top:0;padding-top:0}
.upgrades svg{display:block;width:100%;height:.5rem;margin:.4rem 0}
.cmd{display:block;background:var(--chip);border-radius:.35rem;padding:.35rem .6rem;margin-top:.3rem;
overflow-wrap:anywhere;white-space:pre-wrap}
.strip{display:block;width:100%;height:1.9rem;border-radius:.35rem;margin:.2rem 0 .8rem}
rect{fill:var(--of,var(--line))}
.upgrades rect.track{fill:var(--chip)}.upgrades rect.bar{fill:var(--good)}
.layers .w1{width:3.5rem}.layers .w2{width:6rem}.layers .w3{width:6.5rem}.layers .w4{width:15rem}
.layers{table-layout:fixed;min-width:48rem}
fieldset{border:0;margin:0 0 .8rem;padding:0;display:flex;flex-wrap:wrap;gap:.4rem .9rem;align-items:center}
legend{float:left;padding:0;color:var(--dim);font-size:.85rem;font-weight:600;margin-right:.3rem}
label{white-space:nowrap}
input{accent-color:var(--link)}
input[type=search]{font:inherit;color:inherit;background:var(--card);border:1px solid var(--dim);
border-radius:.35rem;padding:.2rem .55rem;min-width:16rem}
th button{all:unset;display:block;width:100%;cursor:pointer}
th button:focus-visible{outline:2px solid var(--link);outline-offset:2px}
th button::after{content:" \\2195";opacity:.55}
th[aria-sort=ascending] button::after{content:" \\2191";opacity:1}
th[aria-sort=descending] button::after{content:" \\2193";opacity:1}
details{margin:0}
summary{cursor:pointer;font-weight:650}
summary+*{margin-top:.7rem}
ul.problems{margin:0;padding-left:1.1rem}
ul.problems li{margin:.35rem 0;overflow-wrap:anywhere}
body>footer{color:var(--dim);font-size:.85rem;padding-bottom:2rem}
"""
_PRINT = """
@page{margin:14mm}
@media print{
body{background:#fff;font-size:10pt}
main,body>header,body>footer{max-width:none;padding:0}
.card,.verdict{border-radius:0;break-inside:auto}
.card{border-width:1px 0 0;padding:.6rem 0}
fieldset,th button::after{display:none}
.findings,.layers{min-width:0}
.findings .w1{width:12%}.findings .w2{width:17%}.findings .w3{width:25%}.findings .w4{width:14%}
.findings .w5{width:7%}
thead{display:table-header-group}
tr,li,.verdict{break-inside:avoid}
h2,h3{break-after:avoid}
.badge,rect{-webkit-print-color-adjust:exact;print-color-adjust:exact}
a{color:inherit}
details::details-content{content-visibility:visible;display:block}
}
"""


def _style() -> str:
    rules = [f":root{{{_palette(LIGHT)}}}"]
    rules.append(f"@media screen and (prefers-color-scheme:dark){{:root{{{_palette(DARK)}}}}}")
    rules.append(_RULES.replace("\n", ""))
    for name in SEVERITIES:
        short = name[0]
        rules.append(f".{short}{{--of:var(--{name})}}")
        rules.append(f"body:has(#f-{name}:not(:checked)) .findings tr.{short}{{display:none}}")
    rules.append("body:has(#f-fixable:checked) .findings tr:not(.fx){display:none}")
    rules.append("body:has(#f-pressing:checked) .findings tr:not(.px){display:none}")
    # The two filters above spare the heading.
    rules.append("body .findings thead tr{display:table-row!important}")
    rules.append(".findings tr.gone{display:none!important}")
    rules.append(_PRINT.replace("\n", ""))
    return "".join(rules)


_SCRIPT = """
(() => {
const $ = (s, e = document) => [...e.querySelectorAll(s)];
const tables = $('table.findings'), rows = tables.flatMap(t => $('tbody tr', t));
const box = document.getElementById('f-text');
if (box) {
box.parentElement.hidden = false;
const words = new Map(rows.map(r => [r, r.textContent.toLowerCase()]));
box.addEventListener('input', () => {
const asked = box.value.toLowerCase().split(/\\s+/);
rows.forEach(r => r.classList.toggle('gone', !asked.every(w => words.get(r).includes(w))));
});
}
rows.forEach((r, i) => { r.order = i; });
const order = new Intl.Collator('en', { numeric: true });
tables.forEach(t => $('thead th', t).forEach((th, column) => {
const button = document.createElement('button');
button.type = 'button';
button.append(...th.childNodes);
th.append(button);
button.addEventListener('click', () => {
const down = th.getAttribute('aria-sort') === 'ascending';
$('th', t).forEach(other => other.removeAttribute('aria-sort'));
th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
const value = r => r.cells[column].textContent;
const found = $('tbody tr', t).sort((a, b) =>
(column ? order.compare(value(a), value(b)) : 0) || a.order - b.order);
t.tBodies[0].append(...(down ? found.reverse() : found));
});
}));
})();
"""

STYLE = _style()
SCRIPT = _SCRIPT.strip()


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


POLICY = (
    f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; "
    "base-uri 'none'; form-action 'none'"
)
"""The Content Security Policy (level 3): no network at all, this style and this script alone."""
