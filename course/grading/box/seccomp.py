"""Seccomp: calls of the kernel that no lab needs, and that would get around a limit or leave something behind.

Of the course, the box holds this file, `landlock.py` and `inside.py`, so it stands alone. The filter is a program of
the kernel's packet filter, see `man 2 seccomp`: it looks at the number of a call and lets it pass, or answers that
there is no such call, so that libraries fall back to what they did before it was invented.
"""

import ctypes
import errno
import os
import platform
import struct

# What it is named, and its number on each machine.
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
FORBIDDEN = {
    # Memory that no limit counts, and that outlives its process: files without a folder, System V's shared memory,
    # message queues, keys.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # Parts of the kernel in which holes are found again and again.
    "io_uring_setup": (425, 425),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    # A box of one's own, in which one is root.
    "unshare": (272, 97),
    "setns": (308, 268),
    "clone3": (435, 435),  # its flags cannot be seen; clone is used in its place
}
CLONE = (56, 220)
CLONE_NEWUSER = 0x10000000
FOREIGN = 0x40000000  # from here on, calls of a third kind (x32)

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # where they stand in what the filter sees
PASS, NO_SUCH_CALL = 0x7FFF0000, 0x00050000 | errno.ENOSYS
PR_SET_SECCOMP, FILTER = 22, 2


def forbid() -> bool:
    """Forbids the calls to this process and all that it starts, for good. No new privileges must be possible any more.

    Returns:
        False on a machine whose calls are not known here: nothing is forbidden.

    Raises:
        OSError: the kernel refuses the filter.
    """
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return False
    code = _filter(list(ARCHITECTURES).index(machine))
    count, held = len(code) // 8, ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", count, ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, FILTER, program, 0, 0) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return True


def _filter(which: int) -> bytes:
    """The filter for the machine in this place of `ARCHITECTURES`.

    A step jumps forward by one of two distances, as its comparison says; it falls through with 0.
    """
    numbers = [number[which] for number in FORBIDDEN.values()]
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, list(ARCHITECTURES.values())[which]),
        (RETURN, 0, 0, NO_SUCH_CALL),
        (LOAD, 0, 0, NUMBER),
    ]
    last = len(numbers) + 4  # steps from the first comparison to the refusal
    steps.append((AT_LEAST, last, 0, FOREIGN))
    steps += [(EQUAL, last - 1 - place, 0, number) for place, number in enumerate(numbers)]
    steps += [
        (EQUAL, 0, 2, CLONE[which]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (ANY_BIT, 1, 0, CLONE_NEWUSER),
        (RETURN, 0, 0, PASS),
        (RETURN, 0, 0, NO_SUCH_CALL),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
