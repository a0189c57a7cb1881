"""No name of the checks can be given another meaning, not even by accident."""

from types import SimpleNamespace

import pytest

from utils import checks
from utils.checks import running, sealing


def test_the_checks_cannot_be_replaced():
    with pytest.raises(AttributeError, match=r"checks\.close cannot be replaced"):
        checks.close = lambda *args, **kwargs: None
    with pytest.raises(AttributeError, match="cannot be replaced"):
        checks.SECONDS = 1e9


def test_the_modules_of_the_checks_are_sealed_too():
    with pytest.raises(AttributeError, match=r"checks\.SECONDS cannot be replaced"):
        running.SECONDS = 1e9


def test_the_name_of_the_checks_is_given_back(capsys):
    names = {"checks": [1, 2]}
    sealing.give_name_back(checks, names)
    assert names == {"checks": checks}
    assert "`checks` is the book's own name" in capsys.readouterr().out
    sealing.give_name_back(checks, names)
    assert not capsys.readouterr().out


def test_a_notebook_gives_the_name_back_before_each_cell(monkeypatch):
    callbacks = {}
    shell = SimpleNamespace(
        user_ns={"checks": 1}, events=SimpleNamespace(register=callbacks.__setitem__)
    )
    monkeypatch.setitem(vars(sealing), "shell", lambda: shell)
    sealing.keep_name(checks)
    callbacks["pre_run_cell"](SimpleNamespace())
    assert shell.user_ns == {"checks": checks}


def ran(code, error):
    """IPython's result of a cell."""
    return SimpleNamespace(error_in_exec=error, info=SimpleNamespace(raw_cell=code))


CHECK = 'checks.close("total", sum(tiny), 3)\nchecks.passed("total")'


def test_a_check_that_breaks_down_names_the_builtin_that_is_hidden(capsys):
    names = {"checks": checks, "sum": 3, "tiny": [1, 2], "list": []}
    sealing.explain_breakdown(ran(CHECK, TypeError("'int' object is not callable")), names)
    told = capsys.readouterr().out
    assert "`sum` is your own, and hides Python's: run `del sum`" in told
    assert "list" not in told


def test_a_check_that_breaks_down_names_what_it_uses(capsys):
    sealing.explain_breakdown(ran(CHECK, TypeError("not iterable")), {"checks": checks, "tiny": 3})
    assert "It uses tiny." in capsys.readouterr().out


def test_a_check_whose_cells_above_were_not_run_says_so(capsys):
    with pytest.raises(NameError) as missing:
        exec(CHECK, {"checks": checks})
    sealing.explain_breakdown(ran(CHECK, missing.value), {"checks": checks})
    told = capsys.readouterr().out
    assert "`tiny` is not there yet" in told
    assert "Run All Above" in told
    assert "something else" not in told


@pytest.mark.parametrize(
    ("code", "error"),
    [(CHECK, None), (CHECK, checks.CheckFailed("no")), ("sum(tiny)", TypeError("not iterable"))],
)
def test_nothing_is_said_of_a_check_that_judged_or_of_another_cell(capsys, code, error):
    sealing.explain_breakdown(ran(code, error), {"sum": 3, "tiny": 3})
    assert not capsys.readouterr().out
