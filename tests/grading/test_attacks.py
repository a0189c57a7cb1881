"""What a submission can do, and what it gets: every attack that was ever found, in the real grader.

The lab has five points. `ZERO`, functions that return zeros, deserve one, by the check whose right value is zero.
"""

import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

import nbformat
import pytest
from conftest import NEEDS_BOX, Course
from marks_lab import LAB, RIGHT, ZERO
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from course import layout
from course.grade import boxes_here, grade_lab, submissions
from course.layout import Lab

pytestmark = NEEDS_BOX


@dataclass
class Submission:
    """Code for cells by their names, and the mark that it deserves."""

    deserves: float
    code: dict[str, str]
    before: str = ""  # in a cell of the student's own, on top
    edit: Callable[[NotebookNode], None] = lambda nb: None
    feedback: tuple[str, ...] = ()  # what its outputs say
    never: tuple[str, ...] = field(default=())  # what they do not
    flagged: str = ""  # words of the reason why a person should look; "" if there must be none


def tagged(nb: NotebookNode) -> None:
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata["tags"] = ["skip-execution"]


def as_text(nb: NotebookNode) -> None:
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.cell_type = "raw"
            cell.pop("outputs"), cell.pop("execution_count")


NO_CHECKS = """
class Any:
    def __getattr__(self, name):
        return lambda *a, **k: a[-1] if a else None
"""
SUBMISSIONS = {
    "honest": Submission(5, RIGHT),
    "zeros": Submission(1, ZERO),
    "untouched": Submission(0, {}, feedback=("double is not written yet",)),
    # metadata and shells
    "tags": Submission(1, ZERO, edit=tagged),
    "raw_checks": Submission(1, ZERO, edit=as_text),
    "transformers": Submission(
        0,
        ZERO,
        "ip = get_ipython()\nip.input_transformers_cleanup.append(lambda lines: ['pass\\n'])",
    ),
    "syntax_trees": Submission(
        0,
        ZERO,
        """
        import ast
        class Blank(ast.NodeTransformer):
            def visit_Module(self, node):
                node.body = node.body if 'Blank' in ast.dump(node) else []
                return node
        get_ipython().ast_transformers.append(Blank())
        """,
    ),
    "run_ast_nodes": Submission(
        0,  # its own functions are not defined either
        ZERO,
        "async def nothing(*a, **k): return False\nget_ipython().run_ast_nodes = nothing",
    ),
    "custom_errors": Submission(
        1, ZERO, "get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)"
    ),
    "showtraceback": Submission(
        1,
        ZERO,
        "get_ipython().showtraceback = lambda *a, **k: None\nget_ipython()._showtraceback = print",
    ),
    # the checks and what they are made of
    "vars_of_checks": Submission(
        1,
        ZERO,
        "import utils.checks\nvars(utils.checks).update(close=print, that=print, number=print)",
        flagged="functions of the checks",
    ),
    "rooms_of_checks": Submission(
        1,
        ZERO,
        "import sys\nfor m in list(sys.modules):\n    if m.startswith('utils.checks.'):\n"
        "        vars(sys.modules[m]).update(close=print, that=print, number=print)",
        flagged="functions of the checks",
    ),
    "fake_checks": Submission(
        1,
        ZERO,
        NO_CHECKS + "import sys\nget_ipython().events.callbacks['pre_run_cell'].clear()\n"
        "sys.modules['utils.checks'] = checks = Any()",
    ),
    "lenient_torch": Submission(
        1,
        ZERO,
        "torch.allclose = torch.equal = torch.isclose = lambda *a, **k: True\n"
        "torch.Tensor.allclose = torch.Tensor.equal = lambda *a, **k: True",
        flagged="functions of PyTorch or Python",
    ),
    "lenient_builtins": Submission(
        1,
        ZERO,
        "import builtins\nbuiltins.bool = lambda *a: True\nbuiltins.any = builtins.bool",
        flagged="functions of PyTorch or Python",
    ),
    "equal_to_all": Submission(
        0,
        {
            "double": "class E(torch.Tensor):\n    @classmethod\n"
            "    def __torch_function__(cls, f, types, args=(), kwargs=None):\n"
            "        if f in (torch.allclose, torch.equal): return True\n"
            "        return super().__torch_function__(f, types, args, kwargs or {})\n"
            "def double(x):\n    return torch.zeros_like(x).as_subclass(E)",
            "mean": "class F(float):\n    def __eq__(self, other): return True\n"
            "def mean(x):\n    return F(0.0)",
        },
    ),
    "names_of_the_check": Submission(
        1, {"double": "def double(x):\n    return right", "mean": ZERO["mean"]}
    ),
    "prints_the_tick": Submission(
        0,
        {
            "double": "def double(x):\n    print('✓ the value of double')\n    import sys; sys.exit()",
            "mean": "def mean(x):\n    print('✓ the mean')\n    raise KeyboardInterrupt",
        },
    ),
    # files and other people
    "solutions_on_disk": Submission(
        0,
        {
            "double": "import glob\nfound = [p for p in glob.glob('ROOT/**/*.ipynb', recursive=True)]\n"
            "print('found', found)\nassert not found\ndef double(x): raise ValueError",
            "mean": "import os\nprint(os.path.exists('ROOT/solutions'), os.path.exists('ROOT/grading'))\n"
            "def mean(x): raise ValueError",
        },
        feedback=("found []", "False False"),
    ),
    "gradebook": Submission(
        1,
        ZERO,
        "import sqlite3\ntry:\n    db = sqlite3.connect('ROOT/grading/gradebook.db')\n"
        "    db.execute('update grade set manual_score = 5')\n    db.commit()\nexcept Exception as e:\n    print(e)",
        feedback=("unable to open database file",),
    ),
    "poison": Submission(
        1,
        ZERO,
        """
        import glob, os, site, sys
        places = ['ROOT/utils/checks/comparing.py', 'ROOT/nbgrader_config.py', sys.prefix + '/x.pth',
                  site.getsitepackages()[0] + '/x.pth', os.path.expanduser('~/.ipython/profile_default/startup/x.py')]
        for place in places:
            try:
                os.makedirs(os.path.dirname(place), exist_ok=True)
                open(place, 'a').write('import os\\nraise SystemExit\\n')
            except OSError as error:
                print(error)
        """,
        feedback=("Read-only file system",),
    ),
    "secrets": Submission(
        5,
        RIGHT,
        """
        import glob, os, socket
        print(dict(os.environ), glob.glob(os.path.expanduser('~/*')), os.path.exists('/root/secret'))
        for address in (('127.0.0.1', 22), ('1.1.1.1', 53)):
            try:
                socket.create_connection(address, timeout=2)
            except OSError as error:
                print('no network:', error)
        """,
        feedback=("no network",),
        never=("A_SECRET_OF_THE_INSTRUCTOR",),
    ),
    # the memory of the process
    "reads_the_frames": Submission(
        3,  # what it reads it gets; a person sees it
        {
            "double": "import sys\ndef double(x):\n    names = sys._getframe(2).f_globals\n"
            "    return names.get('right', 0 * x).clone()",
            "mean": RIGHT["mean"],
        },
        flagged="reads the frames",
    ),
    "reads_a_traceback": Submission(
        3,
        {
            "double": "def double(x):\n    try:\n        1 / 0\n    except ZeroDivisionError as error:\n"
            "        names = error.__traceback__.tb_frame.f_back.f_back.f_globals\n"
            "    return names.get('right', 0 * x).clone()",
            "mean": RIGHT["mean"],
        },
        flagged="reads the frames",
    ),
    "searches_the_memory": Submission(
        3,
        {
            "double": "import gc\ndef double(x):\n    for names in gc.get_objects():\n"
            "        if isinstance(names, dict) and 'right' in names and 'checks' in names:\n"
            "            return names['right'].clone()\n    return 0 * x",
            "mean": RIGHT["mean"],
        },
        flagged="searches the memory",
    ),
    "patches_through_gc": Submission(
        1,
        ZERO,
        "import gc\nfor names in gc.get_objects():\n"
        "    if isinstance(names, dict) and names.get('__name__', '') in ('utils.checks', 'utils.checks.comparing'):\n"
        "        names['close'] = print",
        flagged="searches the memory",
    ),
    "pokes": Submission(
        1,
        ZERO,
        "import ctypes\nctypes.c_long.from_address(id(torch.allclose)).value += 1",
        flagged="reaches for memory",
    ),
    "opens_its_memory": Submission(
        1, ZERO, "open('/proc/self/mem', 'rb').close()", flagged="reaches for memory"
    ),
    "code_of_checks": Submission(
        1,
        ZERO,
        "from utils import checks\ndef nothing(*a, **k): pass\nchecks.close.__code__ = nothing.__code__\n"
        "checks.close.__kwdefaults__ = None\nchecks.that.__code__ = nothing.__code__",
        flagged="changes or makes the code",
    ),
    "code_of_another_name": Submission(
        1, ZERO, "eval(compile('1', torch.__file__, 'eval'))", flagged="changes or makes the code"
    ),
    "traces": Submission(1, ZERO, "import sys\nsys.setprofile(None)", flagged="traces"),
    # what checks rely on, again
    "patches_in_the_answer": Submission(
        0,
        {
            "double": "def double(x):\n    torch.allclose = torch.equal = lambda *a, **k: True\n    return 0 * x",
            "mean": "def mean(x):\n    torch.allclose = lambda *a, **k: True\n    return 0.0",
        },
        feedback=("were replaced while it ran",),
        flagged="while one ran",
    ),
    "patches_in_a_thread": Submission(
        0,
        ZERO,
        """
        import threading, time, utils.checks
        def patch():
            while True:
                vars(utils.checks).update(close=print, that=print, number=print)
                torch.equal = lambda *a: True
                time.sleep(0)
        threading.Thread(target=patch, daemon=True).start()
        """,
        flagged="a thread of its own",
    ),
    "equal_tensors": Submission(
        1,
        ZERO,
        "torch.Tensor.__eq__ = torch.Tensor.all = lambda *a, **k: torch.tensor(True)",
        flagged="functions of PyTorch",
    ),
    "lenient_numbers": Submission(
        1,
        ZERO,
        "import math, numpy\nmath.isclose = numpy.allclose = numpy.isclose = lambda *a, **k: True",
        flagged="functions of PyTorch or Python",
    ),
    "swallows_errors": Submission(
        1,
        ZERO,
        "import contextlib\ncontextlib._GeneratorContextManager.__exit__ = lambda *a: True",
        flagged="functions of PyTorch or Python",
    ),
    "keeps_the_restorer_blind": Submission(
        1,
        ZERO,
        "import builtins, utils.checks\nbuiltins.vars = lambda *a: {}\n"
        "utils.checks.__dict__.update(close=print, that=print, number=print)",
        flagged="functions of the checks",
    ),
    "own_outputs_of_a_check": Submission(
        1,
        ZERO,
        """
        import ast
        def forged(source):
            says = ast.parse(source).body[-1].value.args[0].value
            return [{"output_type": "stream", "name": "stdout", "text": "✓ " + says}]
        get_ipython().outputs_of_check = forged
        """,
    ),
    "errors_into_ticks": Submission(
        5,  # it knows what the checks print; nothing tells it which of them are asked once more
        ZERO,
        """
        import types
        ticks = iter(["the value of double", "double of ones", "double of more", "the mean", "the mean of zeros"])
        class Forged(list):
            def append(self, output):
                if output["output_type"] == "error":
                    output = {"output_type": "stream", "name": "stdout", "parts": ["✓ " + next(ticks, "?")]}
                super().append(output)
        kept = get_ipython().outputs_of_check.__func__
        for cell in kept.__closure__ + get_ipython()._showtraceback.__func__.__closure__:
            if isinstance(cell.cell_contents, list) and not (cell.cell_contents and cell.cell_contents[0] == 0):
                forged = globals().setdefault("forged_outputs", Forged())
                cell.cell_contents = forged
        """,
        flagged="known to be wrong",
    ),
    "cuts_the_line": Submission(
        1,
        ZERO,
        """
        import os, stat
        pipes = [n for n in range(3, 30) if os.path.exists(f'/proc/self/fd/{n}')
                 and stat.S_ISFIFO(os.stat(f'/proc/self/fd/{n}').st_mode)]
        os.close(pipes[-1])
        """,
        flagged="cut the line",
    ),
    # honest habits, and accidents
    "looks_at_its_code": Submission(
        5,
        RIGHT,
        """
        import copy, gc, inspect, logging, traceback, warnings
        copy.deepcopy(torch.nn.Linear(2, 2)), copy.copy(torch.ones(2))
        from collections import namedtuple
        from dataclasses import dataclass
        import matplotlib.pyplot as plt
        from tqdm.auto import tqdm
        def f(n: int) -> int:
            "Adds one."
            return n + 1
        help(f), inspect.signature(f), gc.collect(), f.__code__.co_varnames
        try: print(inspect.getsource(f))
        except OSError as error: traceback.print_exc()
        for _ in tqdm(range(3)): warnings.warn("so")
        logging.warning("hm")
        P = namedtuple("P", "a b")
        @dataclass
        class D: a: int = 3
        print(P(1, 2), D())
        plt.plot([1, 2]); plt.show()
        """,
    ),
    "pip": Submission(5, RIGHT, "!pip install matplotlib==3.7.1"),
    "exit": Submission(5, RIGHT, "exit()"),
    "prints_much": Submission(5, RIGHT, "for i in range(100_000): print(i, flush=True)"),
    "displays_much": Submission(
        5, RIGHT, "from IPython.display import display\nfor i in range(20_000): display(i)"
    ),
    "prints_100_mb": Submission(
        5, RIGHT, "print('x' * 100_000_000)", feedback=("[cut: too much text]",)
    ),
    "talks_to_the_driver": Submission(
        0,
        ZERO,
        """
        import json, os
        for message in ({"ended": "done"}, {"token": "3", "outputs": []}, {"token": "", "outputs": 3}):
            data = json.dumps(message).encode()
            for number in range(3, 30):
                try:
                    os.write(number, len(data).to_bytes(8, "big") + data)
                except OSError:
                    pass
        os._exit(0)
        """,
    ),
    "floods_the_way_out": Submission(
        0,
        RIGHT,
        """
        import os
        for number in range(3, 30):
            try:
                os.write(number, b'x' * 1_000_000)
            except OSError:
                pass
        """,
    ),
    "processes": Submission(
        0,
        RIGHT,
        "import subprocess\np = [subprocess.Popen(['sleep', '1000']) for _ in range(100)]\n"
        "import time\ntime.sleep(3)",
        feedback=("too many processes",),
    ),
    "memory": Submission(5, RIGHT, "x_ = bytearray(6 << 30)", feedback=("MemoryError",)),
    "ends_in_the_middle": Submission(
        3, {**RIGHT, "mean": "import os\nos._exit(0)"}, feedback=("ended before this cell",)
    ),
    "endless": Submission(5, RIGHT, "while True:\n    pass", feedback=("stopped after 4 s",)),
    "sleeps": Submission(
        5, RIGHT, "import time\ntime.sleep(1000)", feedback=("stopped after 4 s",)
    ),
    "shadows": Submission(5, RIGHT, "list = sum = print = 3"),
    "float64": Submission(5, RIGHT, "torch.set_default_dtype(torch.float64)"),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """All submissions, graded in one run, in the order of their names."""
    patch = pytest.MonkeyPatch()
    root = tmp_path_factory.mktemp("course")
    patch.setattr(layout, "ROOT", root)
    patch.setenv("A_SECRET", "A_SECRET_OF_THE_INSTRUCTOR")
    course = Course(root, {"90_marks": LAB})
    config = root / "nbgrader_config.py"
    limits = "\nc.ExecuteInBox.cell_seconds = 4\n"
    config.write_text(config.read_text() + limits)
    course.run("release")
    for name, submission in SUBMISSIONS.items():
        nb = nbformat.read(course.released("90_marks"), as_version=4)
        for cell in nb.cells:
            if cell.id in submission.code:
                cell.source = submission.code[cell.id].replace("ROOT", str(root))
        if submission.before:
            own = textwrap.dedent(submission.before).replace("ROOT", str(root))
            nb.cells.insert(2, nbformat.v4.new_code_cell(own))
        submission.edit(nb)
        path = course.submitted(name, "90_marks")
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(nb))
    lab = Lab("90_marks")
    with boxes_here() as submit:
        graded = grade_lab(lab, submissions(lab), submit)
    results = {one.student: one for one in graded}
    yield course, results
    patch.undo()


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_each_gets_what_it_deserves(graded, name):
    course, results = graded
    submission = SUBMISSIONS[name]
    assert results[name].problem == ""
    path = course.autograded(name, "90_marks")
    nb = nbformat.read(path, as_version=4)
    said = json.dumps([cell.get("outputs") for cell in nb.cells], ensure_ascii=False)
    assert results[name].points == submission.deserves, said[:3000]
    for words in submission.feedback:
        assert words in said
    for words in submission.never:
        assert words not in said
    reasons = "; ".join(reason for _, reason in results[name].flags)
    assert submission.flagged in reasons
    if not submission.flagged:
        assert reasons == ""
    assert "look at" not in said
    assert (submission.flagged in str(results[name])) or len(results[name].flags) > 1


def test_nothing_that_one_did_reached_another(graded):
    course, results = graded
    with Gradebook(course.gradebook) as gradebook:
        for name in results:
            grades = gradebook.find_submission_notebook("90_marks", "90_marks", name).grades
            assert {grade.manual_score for grade in grades} == {None}
    checks = course.root / "utils" / "checks" / "comparing.py"
    assert "SystemExit" not in checks.read_text()
