"""The image of the shared sample report: its layers, packages and operating system."""

from __future__ import annotations

from hashlib import sha256

from msgspec.structs import replace

from dunnage.model.image import Image, Layer, Platform
from dunnage.model.inventory import Inventory
from dunnage.model.location import Location
from dunnage.model.package import Package, RemovedPackage
from dunnage.model.system import OperatingSystem


def digest(text: str) -> str:
    """Return a digest that depends on ``text`` only."""
    return "sha256:" + sha256(text.encode()).hexdigest()


LAYERS = (
    Layer(
        index=0,
        digest=digest("base blob"),
        diff_id=digest("base"),
        size=2_796_860,
        media_type="application/vnd.oci.image.layer.v1.tar+gzip",
        created_by="/bin/sh -c #(nop) ADD file:8ed80010 in / ",
        created="2020-01-23T16:53:06Z",
    ),
    Layer(
        index=1,
        digest=digest("apk blob"),
        diff_id=digest("apk"),
        size=9_120_004,
        media_type="application/vnd.oci.image.layer.v1.tar+gzip",
        created_by="RUN /bin/sh -c apk add --no-cache openssl python3 py3-requests # buildkit",
        created="2024-03-01T09:00:00Z",
    ),
    Layer(
        index=2,
        digest=digest("app blob"),
        diff_id=digest("app"),
        size=48_300_000,
        media_type="application/vnd.oci.image.layer.v1.tar+zstd",
        created_by="COPY dist/ /app # buildkit",
        created="2024-03-01T09:01:00Z",
    ),
)

IMAGE = Image(
    reference="registry.example.org/shop/web:1.4",
    digest=digest("manifest"),
    config_digest=digest("config"),
    platform=Platform("linux", "amd64"),
    layers=LAYERS,
    created="2024-03-01T09:01:00Z",
    user="app",
    entrypoint=("/app/start",),
    cmd=("--port", "8080"),
    env=("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",),
    labels=(("org.opencontainers.image.version", "1.4"),),
    history=(
        (LAYERS[0].created_by, False),
        ('CMD ["/bin/sh"]', True),
        (LAYERS[1].created_by, False),
        (LAYERS[2].created_by, False),
    ),
)

ALPINE = OperatingSystem(
    id="alpine",
    version="3.10.4",
    name="Alpine Linux v3.10",
    ecosystem="Alpine:v3.10",
    namespace="alpine",
    end_of_life="2021-05-01",
)

APK_DB = "lib/apk/db/installed"
SHOP_JAR = "app/shop.jar"
_DISTRO = (("distro", "alpine-3.10.4"),)


def at(path: str, layer: int) -> Location:
    """Return a location in one of the sample's layers."""
    return Location(path, layer, LAYERS[layer].diff_id)


def named(package: Package) -> Package:
    """Return the package with a unique ``ref``: its package URL, and its path for libraries."""
    path = "" if package.source else f"#{package.locations[0].path}"
    return replace(package, ref=f"{package.purl}{path}")


def apk(name: str, version: str, layer: int, origin: str = "", licence: str = "MIT") -> Package:
    """Return an Alpine package."""
    package = Package(
        "apk",
        name,
        version,
        namespace="alpine",
        arch="x86_64",
        source=origin or name,
        source_version=version,
        licenses=(licence,),
        supplier="Natanael Copa <ncopa@alpinelinux.org>",
        qualifiers=_DISTRO,
        found_by="apk",
        locations=(at(APK_DB, layer),),
    )
    return named(package)


MUSL = apk("musl", "1.1.22-r3", 0)
BUSYBOX = apk("busybox", "1.30.1-r3", 0, licence="GPL-2.0")
LIBCRYPTO = apk("libcrypto1.1", "1.1.1d-r2", 1, "openssl", "OpenSSL")
LIBSSL = apk("libssl1.1", "1.1.1d-r2", 1, "openssl", "OpenSSL")
PY3_REQUESTS = apk("py3-requests", "2.22.0-r0", 1, licence="Apache-2.0")

REQUESTS = named(
    Package(
        "pypi",
        "requests",
        "2.22.0",
        licenses=("Apache 2.0",),
        depends=("urllib3",),
        supplier="Kenneth Reitz <me@kennethreitz.org>",
        found_by="python",
        locations=(at("usr/lib/python3.7/site-packages/requests-2.22.0.egg-info/PKG-INFO", 1),),
        owner=PY3_REQUESTS.ref,
    )
)
JINJA = named(
    Package(
        "pypi",
        "Jinja2",
        "2.10",
        licenses=("BSD-3-Clause",),
        found_by="python",
        locations=(at("app/venv/lib/python3.7/site-packages/Jinja2-2.10.dist-info/METADATA", 2),),
    )
)
TRAVERSE = named(
    Package(
        "npm",
        "@babel/traverse",
        "7.20.0",
        licenses=("(MIT OR Apache-2.0)",),
        hashes=(("sha-512", "ab" * 64),),
        found_by="node",
        locations=(at("app/node_modules/@babel/traverse/package.json", 2),),
    )
)
LODASH_A, LODASH_B = (
    named(
        Package(
            "npm",
            "lodash",
            "4.17.20",
            licenses=("MIT",),
            found_by="node",
            locations=(at(f"app/node_modules/{where}lodash/package.json", 2),),
        )
    )
    for where in ("", "async/node_modules/")
)
LOG4J = named(
    Package(
        "maven",
        "log4j-core",
        "2.14.1",
        namespace="org.apache.logging.log4j",
        licenses=("Apache-2.0",),
        hashes=(("sha-1", "9141212b8507ab50a45525b545b39d224614528b"),),
        found_by="java",
        locations=(at(f"{SHOP_JAR}!/BOOT-INF/lib/log4j-core-2.14.1.jar", 2),),
    )
)
XNET = named(
    Package(
        "golang",
        "golang.org/x/net",
        "v0.7.0",
        extra=(("main-module", "example.org/shop/start"),),
        found_by="go-binary",
        locations=(at("app/start", 2),),
    )
)
SERDE = named(
    Package("cargo", "serde", "1.0.150", found_by="rust", locations=(at("app/indexer", 2),))
)
CURL = apk("curl", "7.66.0-r0", 0)

PACKAGES = tuple(
    sorted(
        (
            *(MUSL, BUSYBOX, LIBCRYPTO, LIBSSL, PY3_REQUESTS, REQUESTS, JINJA),
            *(TRAVERSE, LODASH_A, LODASH_B, LOG4J, XNET, SERDE),
        ),
        key=lambda p: (p.type, p.name, p.version, p.locations[0].path),
    )
)

INVENTORY = Inventory(
    system=ALPINE,
    packages=PACKAGES,
    edges=(
        (LIBCRYPTO.ref, (MUSL.ref,)),
        (LIBSSL.ref, (LIBCRYPTO.ref, MUSL.ref)),
        (PY3_REQUESTS.ref, (MUSL.ref,)),
        (TRAVERSE.ref, (LODASH_A.ref,)),
    ),
    removed=(RemovedPackage(CURL, 1),),
)
