"""Secrets in configurations: found as in the Dockerfile, told by their place, and taken out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from built import built, secrets_in
from dunnage.io.folder import load_all
from dunnage.model.finding import Confidence, Finding, Kind
from dunnage.model.image import Image, Layer
from dunnage.model.severity import Severity
from dunnage.model.surface import Exposed, Surface
from dunnage.rules.image._engine import check
from dunnage.rules.image._rule import Facts, ImageRule
from dunnage.rules.image_secrets import without_secrets
from rule_samples import Sample, samples

FOLDER = Path(__file__).parent / "dockerfile"
RULES = {
    name: load_all("dunnage.rules.image", "rule", ImageRule)[name]
    for name in ("secret-in-config", "secret-in-history", "wasted-bytes")
}
SECRET = "x9Kq2LmT7vR4" + "w8Zs"
TOKEN = "gh" + "p_" + "ujOeHwdFcAefAZhnM6Jy8c1rihtYlKNxHddm"
BEARER = f"curl -H 'Authorization: Bearer {SECRET}' https://api.example"


def line(text: str, *, empty: bool = True) -> Image:
    """Return an image with a base layer and one more history line."""
    base = Layer(0, diff_id="sha256:base", created_by="ADD rootfs")
    own = Layer(1, diff_id="sha256:top", created_by=text)
    history = (("ADD rootfs", False), (text, empty))
    return Image("app", layers=(base,) if empty else (base, own), history=history)


def found(image: Image) -> list[Finding]:
    """Return what the rules find in an image, after its secrets were taken out."""
    shown, secrets = without_secrets(image)
    assert SECRET not in repr((shown, secrets))
    assert TOKEN not in repr((shown, secrets))
    return list(check(Facts(Surface(secrets=secrets), shown), RULES)[0])


@pytest.mark.parametrize(
    ("image", "path", "severity", "confidence"),
    [
        (Image("a", env=(f"DB_PASSWORD={SECRET}",)), "Env/DB_PASSWORD", "high", "medium"),
        (Image("a", env=(f"CI={TOKEN}",)), "Env/CI", "high", "high"),
        (Image("a", env=(f"URL=https://ci:{SECRET}@h/",)), "Env/URL", "high", "high"),
        (Image("a", env=(f"AWS_SECRET_ACCESS_KEY={SECRET}",)), "Env/AWS_SECRET_ACCESS_KEY", "high", "medium"),
        (Image("a", env=("DB_PASSWORD=postgres",)), "Env/DB_PASSWORD", "low", "medium"),
        (Image("a", env=(TOKEN,)), "Env", "high", "high"),
        (Image("a", labels=(("api-token", SECRET),)), "Labels/api-token", "high", "medium"),
        (Image("a", labels=(("note", TOKEN),)), "Labels/note", "high", "high"),
        (Image("a", labels=((TOKEN, "x"),)), "Labels", "high", "high"),
        (Image("a", cmd=("serve", "--token", SECRET)), "Cmd", "high", "high"),
        (Image("a", cmd=("/bin/sh", "-c", f"serve --token={SECRET}")), "Cmd", "high", "high"),
        (Image("a", entrypoint=("serve", TOKEN)), "Entrypoint", "high", "high"),
        (Image("a", user=TOKEN), "User", "high", "high"),
    ],
)  # fmt: skip
def test_secret_in_config(image: Image, path: str, severity: str, confidence: str) -> None:
    """``secret-in-config`` names the place; the value is gone from image and finding."""
    (finding,) = found(image)
    assert finding.id == "image/secret-in-config"
    assert finding.kind is Kind.SECRET
    assert finding.locations[0].path == f"config.json/{path}"
    assert finding.severity is Severity.of_word(severity)
    assert finding.confidence is Confidence(confidence)


@pytest.mark.parametrize(
    ("text", "path", "told"),
    [
        (f"ENV A=1 DB_PASSWORD={SECRET} B=2", "DB_PASSWORD", "ENV DB_PASSWORD holds"),
        (f"/bin/sh -c #(nop)  ENV DB_PASSWORD={SECRET}", "DB_PASSWORD", "ENV DB_PASSWORD"),
        (f'ENV DB_PASSWORD="{SECRET}"', "DB_PASSWORD", "ENV DB_PASSWORD"),
        (f"ENV DB_PASSWORD {SECRET}", "DB_PASSWORD", "ENV DB_PASSWORD"),
        (f"ENV DB_PASSPHRASE=a b {SECRET} c D=1", "DB_PASSPHRASE", "ENV DB_PASSPHRASE"),
        (f"ARG NPM_TOKEN={SECRET}", "NPM_TOKEN", "ARG NPM_TOKEN"),
        (f"RUN |2 NPM_TOKEN={SECRET} V=1 /bin/sh -c npm ci # buildkit", "NPM_TOKEN", "ARG NPM_"),
        (f"|1 NPM_TOKEN={SECRET} /bin/sh -c npm ci", "NPM_TOKEN", "ARG NPM_TOKEN"),
        (f"|1 NPM_TOKEN={SECRET} npm ci", "NPM_TOKEN", "ARG NPM_TOKEN"),
        (f"|1 NPM_TOKEN={SECRET}", "NPM_TOKEN", "ARG NPM_TOKEN"),
        (f"|1 A={TOKEN} /bin/bash -o pipefail -c make", "A", "a secret (GitHub token)"),
        (f"/bin/sh -c #(nop) LABEL api-token={SECRET}", "api-token", "LABEL api-token"),
        (f"ONBUILD ENV DB_PASSWORD={SECRET}", "DB_PASSWORD", "ENV DB_PASSWORD"),
        (f"RUN /bin/sh -c {BEARER} # buildkit", "RUN", "an Authorization header"),
        (f"/bin/sh -c {BEARER}", "RUN", "an Authorization header"),
        (f"RUN {BEARER}", "RUN", "an Authorization header"),
        (f"RUN /bin/sh -c x --password={SECRET} # buildkit", "RUN", "value of password"),
        (f"/bin/sh -c #(nop) ADD https://u:{SECRET}@h/x in / ", "ADD", "password in a URL"),
        (f'CMD ["serve" "--token" "{SECRET}"]', "CMD", "value of token"),
        (f"|1 A=b /bin/sh -c echo app:{SECRET} | chpasswd", "RUN", "password of an account"),
        (f"RUN /bin/sh -c useradd -p '{SECRET}' app # buildkit", "RUN", "password of an account"),
    ],
)  # fmt: skip
def test_secret_in_history(text: str, path: str, told: str) -> None:
    """``secret-in-history`` reads the lines of all builders, and names line and layer."""
    (finding,) = found(line(text))
    assert finding.id == "image/secret-in-history"
    assert finding.locations[0].path == f"config.json/history/{path}"
    assert (finding.severity, finding.kind) == (Severity.HIGH, Kind.SECRET)
    assert told in finding.message
    assert "in the history (line 2)" in finding.message
    (finding,) = found(line(text, empty=False))
    assert (finding.locations[0].layer, finding.locations[0].digest) == (1, "sha256:top")
    assert "***" in finding.message.rpartition("(")[2] or len(text) > 100


@pytest.mark.parametrize(
    "text",
    [
        "ENV DB_PASSWORD_FILE=/run/secrets/db GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D",
        "ARG NPM_TOKEN",
        "ARG DB_PASSWORD=changeme",
        "RUN |1 NPM_TOKEN= /bin/sh -c npm ci # buildkit",
        "RUN |1 DB_PASSWORD=postgres /bin/sh -c npm ci # buildkit",
        'RUN /bin/sh -c curl -H "Authorization: Bearer $TOKEN" https://user:password@host/',
        "RUN /bin/sh -c echo app:$PASSWORD | chpasswd; useradd -p '!' app; passwd -d app",
        f"COPY file:{'0123456789abcdef' * 4} in /",
        f"LABEL password={TOKEN[:4]}xxxxxxxxxxxx",
    ],
)  # fmt: skip
def test_no_secret(text: str) -> None:
    """Names alone, variables, placeholders and defaults of builds are none; nothing is changed."""
    image = line(text, empty=False)
    assert without_secrets(image) == (image, ())
    assert without_secrets(image)[0] is image


def test_one_secret_in_several_places_is_told_once() -> None:
    """Each with all of its lines; what the configuration holds is not told of the history too."""
    history = (
        ("ADD rootfs", False),
        (f"ENV DB_PASSWORD={SECRET}", True),
        ("ARG NPM_TOKEN=Zk31qq87aaPo", True),
        ("|1 NPM_TOKEN=Zk31qq87aaPo /bin/sh -c npm ci", False),
        (f"|1 NPM_TOKEN=Zk31qq87aaPo /bin/sh -c mysql -p{SECRET}", False),
    )
    layers = tuple(Layer(n, created_by=history[m][0]) for n, m in enumerate((0, 3, 4)))
    env = (f"DB_PASSWORD={SECRET}", "PGPASSWORD=postgres", "MYSQL_PASSWORD=postgres")
    image = Image("a", env=env, history=history, layers=layers)
    shown, secrets = without_secrets(image)
    assert secrets == (
        Exposed("env", "DB_PASSWORD", "secret", "ENV", certain=False, lines=(2,)),
        Exposed("env", "PGPASSWORD", "secret", certain=False, weak=True),
        Exposed("env", "MYSQL_PASSWORD", "secret", certain=False, weak=True),
        Exposed("history", "NPM_TOKEN", "secret", "ARG", certain=False, lines=(3, 4, 5), layer=1),
    )
    assert shown.layers[2].created_by == "|1 NPM_TOKEN=*** /bin/sh -c mysql -p***"
    assert [layer.created_by for layer in shown.layers] == [shown.history[n][0] for n in (0, 3, 4)]
    assert shown.env == ("DB_PASSWORD=***", "PGPASSWORD=***", "MYSQL_PASSWORD=***")
    assert without_secrets(shown) == (shown, ())
    messages = [finding.message for finding in found(image)]
    assert messages[-1] == (
        "ARG NPM_TOKEN holds a secret, which stays in the history (lines 3, 4, 5); replace it, and"
        " use --mount=type=secret (|1 NPM_TOKEN=*** /bin/sh -c npm ci)"
    )
    assert "DB_PASSWORD holds a secret, also in the history (line 2); replace" in messages[0]


def test_history_lines_that_other_findings_quote() -> None:
    """They are those of the image without its secrets, also where history and layers differ."""
    lost = Layer(0, created_by=f"RUN {BEARER}")
    image = Image("a", layers=(lost,), history=(("ENV A=1", True), ("ADD x", False), ("y", False)))
    assert SECRET not in repr(without_secrets(image)[0])
    bare = replace(image, history=())
    shown, (secret,) = without_secrets(bare)
    assert (secret.place, secret.layer, secret.lines) == ("history", 0, (1,))
    assert SECRET not in repr(shown)


_SAMPLES = [
    pytest.param(sample, id=sample.source)
    for name in ("literal-secret", "password-in-build", "secret-argument", "secret-in-variable")
    for sample in samples(FOLDER / f"{name}.md")
]


@pytest.mark.parametrize("sample", _SAMPLES)
def test_a_value_is_judged_as_in_the_dockerfile(sample: Sample) -> None:
    """What the rules about Dockerfiles find in the shipped stages is found in the image, no more."""
    facts = sample.facts()
    image = built(facts)
    expected = secrets_in(facts)
    shown, secrets = without_secrets(image)
    assert [bool(secrets), {one.weak for one in secrets}] == [bool(expected), {*expected.values()}]
    for value, weak in expected.items():
        assert weak or value not in repr(shown)


def test_hostile_images_take_bounded_time() -> None:
    """Long lines full of names and tokens, and texts that are no UTF-8."""
    texts = (
        "ENV " + " ".join(f"PASSWORD{n}=Zk31qq87aa{n}" for n in range(3000)),
        "|9999 " + " ".join(f"TOKEN{n}=" for n in range(8000)),
        "RUN " + "--token=" * 8000,
        "RUN echo " + "x:y | chpasswd; " * 4000,
        "RUN " + " /a/sh -" * 8000,
        "|1 " + "#" * 60_000,
        "\ud800 TOKEN=\udfff" + SECRET,
    )
    env = tuple(f"A{n}_PASSWORD=Zk31qq87aa{n}" for n in range(3000))
    image = Image("a", env=env, history=tuple((text, True) for text in texts))
    started = time.process_time()
    shown, secrets = without_secrets(image)
    assert time.process_time() - started < 5
    assert len(secrets) > 3000
    assert SECRET not in repr(shown)


@pytest.mark.parametrize("name", ["base_name", "index_base_name"])
def test_a_base_is_named_without_a_secret(name: str) -> None:
    """What annotations name is no configuration, so nothing is told of it; but it is not shown."""
    for text in (f"https://ci:{SECRET}@registry.example/base:1", f"registry.example/{TOKEN}:1"):
        shown, secrets = without_secrets(replace(Image("a"), **{name: text}))
        assert not secrets
        assert "registry.example" in getattr(shown, name)
        assert SECRET not in repr(shown)
        assert TOKEN not in repr(shown)
    shown, _ = without_secrets(replace(Image("a", env=(f"CI={TOKEN}",)), **{name: f"x{TOKEN}y"}))
    assert TOKEN not in repr(shown)
    image = replace(Image("a"), **{name: "docker.io/library/debian:13-slim"})
    assert without_secrets(image) == (image, ())
