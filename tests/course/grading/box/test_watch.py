"""What a submission's own code does is told, and what libraries do for it is not; in a process of its own each time."""

import subprocess
import sys
from pathlib import Path

import pytest

from course.grading.box import watch

PROGRAM = """
import importlib.util, os, sys
spec = importlib.util.spec_from_file_location("watch", {file!r})
watch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(watch)
read, write = os.pipe()
import ctypes, gc, inspect, logging, marshal, traceback
watch.watch(write, "/nowhere")
exec(compile({code!r}, "<ipython-input-1-x>", "exec"))
os.close(write)
sys.stdout.write(" ".join(map(str, sorted(set(os.read(read, 1000))))))
"""


def told(code: str) -> set[int]:
    """The reasons that a cell with this code gives."""
    program = PROGRAM.format(file=str(Path(watch.__file__)), code=code)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(map(int, done.stdout.split()))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("gc.get_objects()", watch.SEARCH),
        ("list(map(gc.get_referrers, [3]))", watch.SEARCH),
        ("sys._getframe()", watch.FRAMES),
        ("inspect.currentframe()", watch.FRAMES),
        ("inspect.stack()", watch.FRAMES),
        ("try:\n    1 / 0\nexcept Exception as e:\n    e.__traceback__.tb_frame", watch.FRAMES),
        ("(n for n in [1]).gi_frame", watch.FRAMES),
        ("def f(): pass\nf.__code__ = f.__code__", watch.CODE),
        ("def f(): pass\nf.__code__.replace(co_name='g')", watch.CODE),
        ("compile('1', os.__file__, 'eval')", watch.CODE),
        ("ctypes.cast", watch.MEMORY),
        ("from ctypes import cast", watch.MEMORY),
        ("ctypes.CDLL(None)", watch.MEMORY),
        ("open('/proc/self/mem', 'rb').close()", watch.MEMORY),
        ("sys.settrace(None)", watch.TRACE),
        (
            "type(ctypes).__getattribute__.__globals__['EVENTS'].clear()\nsys._getframe()",
            watch.FRAMES,
        ),
    ],
)
def test_what_no_honest_answer_needs_is_told(code, reason):
    assert reason in told(code)


@pytest.mark.parametrize(
    "code",
    [
        "gc.collect()",
        "def f(): pass\nf.__code__.co_varnames\ninspect.signature(f)",
        "inspect.getsource(inspect.getsource)",
        "try:\n    1 / 0\nexcept Exception as e:\n    traceback.format_exc(), traceback.extract_stack()",
        "logging.warning('so')",
        "from collections import namedtuple\nnamedtuple('P', 'a b')(1, 2)",
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: int\nrepr(A(3))",
        "eval('1 + 1')\nexec(compile('n = 3', '<string>', 'exec'))",
        "import ctypes",
        "import numpy\nnumpy.zeros(3).ctypes.data",
        "open(os.devnull).close()",
    ],
)
def test_honest_habits_are_not(code):
    assert told(code) == set()


def test_a_thread_is_its_own_when_its_code_is_no_library_s():
    code = (
        "import threading\nevent = threading.Event()\n{}\n"
        "thread.start()\nfound = watch.threads_of_its_own('/nowhere')\nevent.set()\n"
        "os.write(write, bytes([found]))"
    )
    assert told(code.format("thread = threading.Thread(target=event.wait)")) == {0}
    own = "def wait():\n    event.wait()\nthread = threading.Thread(target=wait)"
    assert told(code.format(own)) == {1}


def test_each_number_has_its_reason():
    assert len(watch.REASONS) - 1 == watch.CUT
    assert set(watch.EVENTS.values()) <= set(range(len(watch.REASONS)))
