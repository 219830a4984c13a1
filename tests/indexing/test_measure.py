"""What is measured of the files of an image."""

from __future__ import annotations

from dunnage.indexing.measure import MOST
from dunnage.model.surface import (
    Account,
    Credential,
    Leftover,
    Place,
    Privileged,
    Program,
    Unlinked,
)
from images import Hardlink, Symlink
from parsers.test_elf_dynamic import tiny
from surfaces import Item, surface_of_layers, tar_of

ELF = b"\x7fELF" + bytes(60)
SCRIPT = b"#!/bin/sh\n"
KEY = b"-----BEGIN RSA PRIVATE KEY-----\n"
RAW = bytes.fromhex("0100000200200000000000000000000000000000")


def test_programs_are_told_once_by_what_they_are() -> None:
    """Links and further names of one file count once, a multi-call program once for each name."""
    surface = surface_of_layers(
        tar_of(
            Item("usr/bin/dash", ELF, 0o755),
            Item("bin", Symlink("usr/bin")),
            Item("usr/bin/sh", Symlink("dash")),
            Item("usr/bin/perl5.36.0", ELF + b"p", 0o755),
            Item("usr/bin/perl", Hardlink("usr/bin/perl5.36.0"), 0o755),
            Item("usr/bin/x86_64-linux-gnu-gcc-12", ELF + b"g", 0o755),
            Item("usr/bin/gcc", Symlink("x86_64-linux-gnu-gcc-12")),
            Item("usr/bin/dangling-gcc", Symlink("nowhere")),
            Item("usr/bin/apt", b"not executable"),
            Item("usr/share/doc/bash", ELF, 0o755),
            Item("opt/tool/bin/python3.12", ELF + b"y", 0o755),
        ),
        tar_of(Item("usr/local/bin/pip", SCRIPT, 0o755), Item("usr/bin/.wh.gcc")),
    )
    assert surface.programs == (
        Program("compiler", "x86_64-linux-gnu-gcc-12", "usr/bin/x86_64-linux-gnu-gcc-12", 0),
        Program("interpreter", "perl", "usr/bin/perl", 0),
        Program("interpreter", "python3.12", "opt/tool/bin/python3.12", 0),
        Program("package-manager", "pip", "usr/local/bin/pip", 1),
        Program("shell", "dash", "usr/bin/dash", 0),
    )
    assert surface.of("interpreter") == ("perl", "python3.12")


def test_counts_and_sizes() -> None:
    """Files by all their names, bytes and executables by their content."""
    surface = surface_of_layers(
        tar_of(
            Item("d", None),
            Item("d/elf", ELF, 0o755),
            Item("d/again", Hardlink("d/elf"), 0o755),
            Item("d/pe.exe", b"MZ" + bytes(8), 0o755),
            Item("d/script", SCRIPT, 0o755),
            Item("d/script-644", SCRIPT, 0o644),
            Item("d/text", b"text", 0o755),
            Item("d/link", Symlink("elf")),
        )
    )
    assert (surface.files, surface.directories, surface.links) == (6, 1, 1)
    assert surface.unpacked == surface.layer_bytes == 64 + 10 + 2 * len(SCRIPT) + 4
    assert surface.executables == 3
    assert surface.wasted == 0


def test_many_programs_in_one() -> None:
    """What is linked to BusyBox is one executable; its shells count, its rpm manages nothing."""
    names = ("bin/sh", "bin/ash", "bin/rpm", "bin/busybox", "bin/ls")
    surface = surface_of_layers(
        tar_of(
            Item("bin/[", ELF, 0o755),
            *(Item(name, Hardlink("bin/["), 0o755) for name in names),
        )
    )
    assert surface.executables == 1
    assert surface.of("shell") == ("ash", "busybox", "sh")
    assert surface.of("package-manager") == ()


def test_privileges_and_open_directories() -> None:
    """Setuid and setgid only matter where somebody may execute; the sticky bit protects."""
    surface = surface_of_layers(
        tar_of(
            Item("bin/su", ELF, 0o4755),
            Item("bin/old", ELF + b"o", 0o4644),
            Item("bin/ping", ELF + b"p", 0o755, capability=RAW),
            Item("bin/odd", ELF + b"q", 0o755, capability=b"junk"),
            Item("tmp", None, 0o1777),
            Item("open", None, 0o777),
            Item("mail", None, 0o2775),
        )
    )
    assert surface.privileged == (
        Privileged("bin/odd", 0o755, capabilities=("unreadable",), layer=0),
        Privileged("bin/ping", 0o755, capabilities=("net_raw",), layer=0),
        Privileged("bin/su", 0o4755, layer=0),
    )
    assert surface.open_directories == (Place("open", 0o777, 0),)


def test_credentials_are_found_in_every_layer() -> None:
    """Also where a later layer removed or replaced them; never with their content."""
    surface = surface_of_layers(
        tar_of(Item("a/key", KEY), Item("b/key", KEY + b"2"), Item("c/key", KEY + b"3")),
        tar_of(Item("a/.wh.key"), Item("b/key", b"replaced")),
    )
    assert surface.credentials == (
        Credential("a/key", "private key", layer=0, removed=True),
        Credential("b/key", "private key", layer=0, removed=True),
        Credential("c/key", "private key", layer=0),
    )


def test_accounts_are_those_of_the_last_layer() -> None:
    """What a later layer mended is not told."""
    surface = surface_of_layers(
        tar_of(Item("etc/passwd", b"a::1:1::/:\n"), Item("etc/shadow", b"a::1::::::\n")),
        tar_of(Item("etc/passwd", b"a:x:1:1::/:\n")),
    )
    assert surface.accounts == (Account("etc/shadow", "a", "empty-password", 1, 0),)


def test_leftovers_of_package_managers() -> None:
    """By directory; the lock files that apt always leaves are none."""
    surface = surface_of_layers(
        tar_of(
            Item("var/lib/apt/lists/lock", b"x"),
            Item("var/lib/apt/lists/deb_Packages", b"1" * 100),
            Item("var/cache/apt/archives/a.deb", b"2" * 30),
            Item("root/.cache/pip/http/a/b", b"3" * 20),
            Item("srv/pip/cache", b"4" * 500),
        ),
        tar_of(Item("var/lib/apt/lists/other", b"5" * 200)),
    )
    assert surface.leftovers == (
        Leftover("apt", "var/lib/apt/lists", 300, 2, 1),
        Leftover("apt", "var/cache/apt", 30, 1, 0),
        Leftover("pip", "root/.cache/pip", 20, 1, 0),
    )


def _program(loader: str, *needed: str) -> bytes:
    return (
        tiny(needed[0].encode(), loader.encode()) if needed else tiny(interpreter=loader.encode())
    )


def test_glibc_program_on_musl() -> None:
    """The loader decides: a program of glibc cannot start where only musl is."""
    surface = surface_of_layers(
        tar_of(
            Item("lib/ld-musl-x86_64.so.1", tiny(interpreter=b""), 0o755),
            Item("app/glibc", _program("/lib64/ld-linux-x86-64.so.2", "libc.so.6"), 0o755),
            Item("app/musl", _program("/lib/ld-musl-x86_64.so.1", "libc.musl-x86_64.so.1"), 0o755),
        )
    )
    loader = "/lib64/ld-linux-x86-64.so.2"
    assert surface.unlinked == (Unlinked("app/glibc", loader, (loader,), "", 0),)
    assert surface.libc == "musl"


def test_library_is_looked_for_where_the_loader_looks() -> None:
    """Through links, configured directories and multiarch ones, but nowhere else."""
    loader = "/lib64/ld-linux-x86-64.so.2"
    base = tar_of(
        Item("usr/lib64/ld-linux-x86-64.so.2", ELF, 0o755),
        Item("lib64", Symlink("usr/lib64")),
        Item("usr/lib/x86_64-linux-gnu/liba.so.1.2", ELF + b"a"),
        Item("usr/lib/x86_64-linux-gnu/liba.so.1", Symlink("liba.so.1.2")),
        Item("opt/b/libb.so", ELF + b"b"),
        Item("opt/c/libc1.so", ELF + b"c"),
        Item("etc/ld.so.conf.d/b.conf", b"/opt/b\n"),
        Item("bin/a", _program(loader, "liba.so.1"), 0o755),
        Item("bin/b", _program(loader, "libb.so"), 0o755),
        Item("bin/c", _program(loader, "libc1.so"), 0o755),
    )
    assert [(u.path, u.missing) for u in surface_of_layers(base).unlinked] == [
        ("bin/c", ("libc1.so",))
    ]


def test_many_things_are_counted() -> None:
    """Lists are bounded; what is left out is said."""
    items = [Item(f"d{number:05}", None, 0o777) for number in range(MOST + 3)]
    surface = surface_of_layers(tar_of(*items))
    assert len(surface.open_directories) == MOST
    assert surface.more == (("open_directories", 3),)
