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
    callbacks = []
    shell = SimpleNamespace(
        user_ns={"checks": 1},
        events=SimpleNamespace(register=lambda event, call: callbacks.append((event, call))),
    )
    monkeypatch.setitem(vars(sealing), "shell", lambda: shell)
    sealing.keep_name(checks)
    ((event, before_cell),) = callbacks
    assert event == "pre_run_cell"
    before_cell(SimpleNamespace())
    assert shell.user_ns == {"checks": checks}
