"""Landlock: walls that a process puts around itself, below those of its box and independent of them.

Of the course, the box holds this file, `seccomp.py` and `inside.py`, so it stands alone. See `man 7 landlock`.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

PR_SET_NO_NEW_PRIVS = 38
# The same numbers on all machines.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV  # the others are of folders
LOOK = READ_FILE | READ_DIR
USE = LOOK | EXECUTE
# How many rights over files each version of the interface knows; a later one knows as many as the last.
KNOWN = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
BIND_AND_CONNECT_TCP = 0b11  # since version 4
ABSTRACT_SOCKETS_AND_SIGNALS = 0b11  # since version 6

_libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """The version of Landlock's interface that this kernel offers; 0 if it has none, or a box around forbids it."""
    return max(0, int(_libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ASK_VERSION)))


def restrict(readable: Iterable[str], writable: Iterable[str]) -> int:
    """Shuts this process, and all that it starts, in: for good, and from this thread on.

    It may read and execute what lies under some paths, write under others, use the devices under /dev, terminals of
    its own too, and look at /proc. Of the rest it sees the names, since programs look around before they begin. It
    connects to nothing by TCP, and reaches no process outside by a signal or an abstract socket, as far as the kernel
    can see to it.

    Args:
        readable: folders or files; those that cannot be reached are left out.
        writable: the same; they can be read and executed, too.

    Returns:
        The version of the interface; with 0 nothing is shut but the way to more privileges.

    Raises:
        OSError: the kernel offers Landlock and refuses the rules.
    """
    _done(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    offered = version()
    if offered == 0:
        return 0
    everything = (1 << KNOWN[min(offered, max(KNOWN))]) - 1
    net = BIND_AND_CONNECT_TCP if offered >= 4 else 0
    scoped = ABSTRACT_SOCKETS_AND_SIGNALS if offered >= 6 else 0
    # An older kernel takes the longer description as long as what it does not know is zero.
    about = struct.pack("=QQQ", everything, net, scoped)
    rules = _done(_libc.syscall(CREATE_RULESET, about, ctypes.c_size_t(len(about)), 0))
    try:
        for path in readable:
            _allow(rules, path, USE & everything)
        for path in writable:
            _allow(rules, path, everything & ~IOCTL_DEV)
        _allow(rules, "/", READ_DIR)
        _allow(rules, "/dev", (LOOK | WRITE_FILE) & everything)
        _allow(rules, "/dev/pts", (LOOK | WRITE_FILE | IOCTL_DEV) & everything)
        _allow(rules, "/proc", LOOK & everything)
        _done(_libc.syscall(RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)
    return offered


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= OF_FILES
        beneath = struct.pack("=Qi", rights, place)
        _done(_libc.syscall(ADD_RULE, rules, PATH_BENEATH, beneath, 0))
    finally:
        os.close(place)


def _done(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
