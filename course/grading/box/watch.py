"""What a person should look at: steps of a submission that no honest answer needs, told by hooks that Python keeps.

An audit hook cannot be taken away by Python code. It looks at who asks: libraries read frames and load C code all the
time, so an event counts when a submission's own code raises it. What it finds goes out at once, one byte each, so that
nothing waits in the memory of the submission. inside.py loads this file in the box; the driver takes `REASONS` from it.
"""

import _thread
import os
import sys
import sysconfig
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

REASONS = (
    "functions of the checks were replaced (they were put back)",
    "functions of PyTorch or Python that checks rely on were replaced (they were put back)",
    "what checks rely on was replaced while one ran (it gives no points)",
    "a thread of its own ran beside a check",
    "it searches the memory of its process (gc.get_objects and its like)",
    "it reads the frames of who called it (sys._getframe, tb_frame and their like)",
    "it changes or makes the code of functions",
    "it reaches for memory (ctypes, /proc/…/mem)",
    "it watches or traces what runs (settrace, setprofile, addaudithook)",
    "it ends, or hangs, when a known wrong answer is checked",
    "it cut the line on which such steps are told",
)
CHECKS, OTHERS, MEANWHILE, THREAD, SEARCH, FRAMES, CODE, MEMORY, TRACE, SILENT, CUT = range(11)

EVENTS = {
    "gc.get_objects": SEARCH,
    "gc.get_referrers": SEARCH,
    "gc.get_referents": SEARCH,
    "sys._getframe": FRAMES,
    "sys._current_frames": FRAMES,
    "sys._current_exceptions": FRAMES,
    "object.__getattr__": FRAMES,
    "object.__setattr__": CODE,
    "code.__new__": CODE,
    "function.__new__": CODE,
    "marshal.loads": CODE,
    "compile": CODE,
    "ctypes.dlopen": MEMORY,
    "ctypes.dlsym": MEMORY,
    "ctypes.cdata": MEMORY,
    "ctypes.string_at": MEMORY,
    "open": MEMORY,
    "sys.settrace": TRACE,
    "sys.setprofile": TRACE,
    "sys.addaudithook": TRACE,
    "sys.monitoring.register_callback": TRACE,
}
READ = frozenset(("tb_frame", "gi_frame", "cr_frame", "ag_frame"))
WRITTEN = frozenset(("__code__", "__defaults__", "__kwdefaults__"))
# Functions of the standard library that hand frames on to who calls them.
HAND_ON = frozenset(("currentframe", "stack", "trace", "walk_stack", "walk_tb"))


def teller(pipe: int) -> Callable[[int], None]:
    """What writes the number of a reason to a pipe, at once; a new one each time, with nothing that others share."""
    write, single = os.write, tuple(bytes([n]) for n in range(len(REASONS)))
    failed = OSError

    def tell(reason: int) -> None:
        try:
            write(pipe, single[reason])
        except failed:  # the driver sees that the line was cut
            return

    return tell


def watch(pipe: int, book: str) -> None:
    """Watches this process from now on.

    Args:
        pipe: where the numbers of reasons go.
        book: the folder of the modules that are not the submission's, beside those of the interpreter.
    """
    # Names of its own: those of modules can be given other values.
    events, read, written, trace_function = dict(EVENTS), READ, WRITTEN, types.FunctionType
    tell = teller(pipe)
    getframe, ident, busy = sys._getframe, _thread.get_ident, set[int]()
    instance, text, search = isinstance, str, SEARCH
    libraries = (*_libraries(book), "<check>", "<frozen ")
    standard = f"{sysconfig.get_path('stdlib')}/"
    hand_on, of_ctypes = HAND_ON, f"{standard}ctypes/"

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event not in events:
            return
        thread = ident()
        if thread in busy:  # what follows raises events itself
            return
        number = events[event]
        match event:
            case "object.__getattr__" if args[1] not in read:
                return
            case "object.__setattr__" if args[1] not in written:
                return
            case "open" if not (instance(args[0], text) and args[0].endswith("/mem")):
                return
            case "compile" if not instance(args[1], text) or not args[1].startswith(libraries):
                return
            case "sys.monitoring.register_callback" if not instance(args[0], trace_function):
                return
        busy.add(thread)
        try:
            frame = getframe(1)
            while frame.f_back is not None:
                code = frame.f_code
                handed = code.co_filename.startswith(standard) and code.co_name in hand_on
                if not handed and not code.co_filename.startswith(of_ctypes):
                    break
                frame = frame.f_back
            # No library does the first two; `open` is IPython's own function.
            if (
                number == search
                or event == "open"
                or not frame.f_code.co_filename.startswith(libraries)
            ):
                tell(number)
        finally:
            busy.discard(thread)

    sys.addaudithook(hook)
    _watch_ctypes(teller(pipe), libraries)


def _watch_ctypes(tell: Callable[[int], Any], libraries: tuple[str, ...]) -> None:
    """Tells who takes a name out of ctypes: its casts raise no event, and it is imported already."""
    getframe, plain = sys._getframe, types.ModuleType.__getattribute__

    class Watched(types.ModuleType):
        def __getattribute__(self, name: str) -> Any:
            file = getframe(1).f_code.co_filename
            if not file.startswith(libraries) and name[:2] != "__":
                tell(MEMORY)
            return plain(self, name)

    for name in ("ctypes", "_ctypes"):
        if name in sys.modules:
            sys.modules[name].__class__ = Watched


def threads_of_its_own(book: str) -> bool:
    """Whether another thread runs code that is no library's."""
    libraries = (*_libraries(book), "<")
    for thread, top in sys._current_frames().items():
        frame: types.FrameType | None = top
        while frame is not None and thread != _thread.get_ident():
            name = frame.f_code.co_filename
            if name.startswith("<ipython") or not name.startswith(libraries):
                return True
            frame = frame.f_back
    return False


def _libraries(book: str) -> tuple[str, ...]:
    """Where code lies that no student wrote."""
    folders = {sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"), book}
    return (*(f"{folder}/" for folder in folders), str(Path(__file__).parent))
