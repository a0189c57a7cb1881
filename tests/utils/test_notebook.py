"""A notebook is told from a plain program, and stderr comes back."""

import os
import sys
from types import SimpleNamespace

import pytest

from utils import notebook


@pytest.mark.parametrize(
    ("shell", "expected"), [(SimpleNamespace(kernel=1), True), (SimpleNamespace(), False)]
)
def test_a_kernel_is_told_from_a_terminal(monkeypatch, shell, expected):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert notebook.shell() is shell
    assert notebook.in_kernel() is expected


def test_a_plain_program_is_no_notebook(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert notebook.shell() is None
    assert not notebook.in_kernel()
    assert "IPython" not in sys.modules


def test_stderr_is_restored(capfd):
    with notebook.stderr_to_stdout():
        print("inside", file=sys.stderr)
        os.write(2, b"inside, too\n")
    os.write(2, b"after\n")
    print("after, too", file=sys.stderr)
    out, err = capfd.readouterr()
    assert "inside" not in err
    assert "inside\n" in out
    assert "inside, too\n" in out
    assert "after\n" in err
    assert "after, too" in err
