"""Reads the extended attribute that gives a program capabilities without a setuid bit.

The layout is that of ``struct vfs_cap_data`` in ``linux/capability.h``; ``capabilities(7)``, "File
capabilities", explains the revisions. The names are in the order of their numbers there.
"""

from __future__ import annotations

import struct

_REVISIONS = {0x01000000: 1, 0x02000000: 2, 0x03000000: 2}
"""Pairs of 32-bit sets by revision."""
_NAMES = (
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
)


def names(value: bytes) -> tuple[str, ...]:
    """Return the names of the permitted and inheritable capabilities, without ``cap_``, in order.

    Args:
        value: The attribute ``security.capability``.

    Raises:
        ValueError: If it is no such value.
    """
    if len(value) < 4:
        raise ValueError("file capabilities of less than 4 bytes")
    pairs = _REVISIONS.get(struct.unpack_from("<I", value)[0] & 0xFF000000)
    if pairs is None or len(value) < 4 + 8 * pairs:
        raise ValueError("file capabilities of an unknown revision, or cut off")
    held = 0
    for index in range(pairs):
        permitted, inheritable = struct.unpack_from("<II", value, 4 + 8 * index)
        held |= (permitted | inheritable) << (32 * index)
    return tuple(
        _NAMES[bit] if bit < len(_NAMES) else f"capability {bit}"
        for bit in range(64)
        if held >> bit & 1
    )
