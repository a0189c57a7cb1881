"""Calls that the filter forbids are as if they did not exist; all others work as before."""

import platform
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from course.grading.box import seccomp, walls

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in seccomp.ARCHITECTURES,
    reason="there is no filter for this machine",
)


def filtered(code: str) -> list[str]:
    """Runs code behind the filter; the lines that it prints."""
    start = f"""
        import ctypes, errno, os, sys
        sys.path.insert(0, {str(walls.HERE)!r})
        import seccomp
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(38, 1, 0, 0, 0)
        assert seccomp.forbid()
        which = list(seccomp.ARCHITECTURES).index({platform.machine()!r})
        def answer(number, *arguments):
            result = libc.syscall(number, *arguments, *[0] * (6 - len(arguments)))
            return errno.errorcode[ctypes.get_errno()] if result < 0 else result
    """
    command = [sys.executable, "-c", textwrap.dedent(start) + textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_a_forbidden_call_does_not_exist():
    said = filtered(
        "for name, number in seccomp.FORBIDDEN.items():\n    print(name, answer(number[which]))"
    )
    assert said == [f"{name} ENOSYS" for name in seccomp.FORBIDDEN]


def test_a_box_of_ones_own_cannot_be_made_and_processes_and_threads_can():
    said = filtered(
        """
        import subprocess, threading
        print(answer(seccomp.CLONE[which], seccomp.CLONE_NEWUSER | 17))
        thread = threading.Thread(target=print, args=('thread',))
        thread.start()
        thread.join()
        print(subprocess.run(['echo', 'process'], capture_output=True, text=True).stdout.strip())
        child = os.fork() or os._exit(3)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
    )
    assert said == ["ENOSYS", "thread", "process", "3"]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x86 has calls of other kinds")
def test_the_same_calls_under_other_numbers_do_not_exist_either():
    getpid = 39
    said = filtered(f"print(answer({getpid}) == os.getpid(), answer(0x40000000 + {getpid}))")
    assert said == ["True ENOSYS"]


def test_numbers_are_those_of_the_kernel_on_this_machine():
    """A call with a wrong number would forbid another one."""
    machine = platform.machine()
    header = Path("/usr/include", "asm-generic/unistd.h")
    if machine == "x86_64":
        header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    if not header.exists():
        pytest.skip("the kernel's headers are not installed: apt install linux-libc-dev")
    defined = re.findall(r"#define __NR_(\w+) (\d+)", header.read_text())
    numbers = {name: int(number) for name, number in defined}
    which = list(seccomp.ARCHITECTURES).index(machine)
    expected = {**seccomp.FORBIDDEN, "clone": seccomp.CLONE}
    known = {name: number[which] for name, number in expected.items() if name in numbers}
    assert len(known) > 12
    assert known == {name: numbers[name] for name in known}
