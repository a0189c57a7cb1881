"""PyTorch gets the cores that are there for it, and leaves them to others while it waits."""

import os
import subprocess
import sys

import pytest

from utils import threads
from utils.threads import COUNT, WAIT, choose_threads


@pytest.fixture(autouse=True)
def nothing_is_chosen(monkeypatch):
    """A process before PyTorch is loaded, alone on a machine of four cores."""
    for name in [name for name in os.environ if name.startswith("JUPYTERHUB_")] + [COUNT, WAIT]:
        monkeypatch.setenv(name, "")  # so that monkeypatch also undoes what the function sets
        monkeypatch.delenv(name)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(threads, "cpu_count", lambda: 4)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(os, "getloadavg", lambda: (0.5, 0.5, 0.5), raising=False)
    choose_threads.cache_clear()
    yield
    choose_threads.cache_clear()


def test_alone_on_a_machine_threads_spin():
    assert choose_threads() == "4, as many as this process may use cores"
    assert os.environ[COUNT] == "4"
    assert WAIT not in os.environ


@pytest.mark.parametrize("reason", ["a hub", "2 of 4 cores", "the load is 4.5"])
def test_beside_others_threads_sleep_while_they_wait(monkeypatch, reason):
    if reason == "a hub":
        monkeypatch.setenv("JUPYTERHUB_USER", "ann")
    elif reason == "2 of 4 cores":
        monkeypatch.setattr(threads, "cpu_count", lambda: 2)
    else:
        monkeypatch.setattr(os, "getloadavg", lambda: (4.5, 0.5, 0.5), raising=False)
    assert f"({reason})" in choose_threads()
    assert os.environ[WAIT] == "passive"


def test_what_a_person_has_set_stays(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_USER", "ann")
    monkeypatch.setenv(COUNT, "1")
    monkeypatch.setenv(WAIT, "active")
    assert choose_threads() == f"1, as {COUNT} says; {WAIT} is active"
    assert (os.environ[COUNT], os.environ[WAIT]) == ("1", "active")


def test_a_second_run_of_the_first_cell_says_the_same():
    assert choose_threads() == choose_threads()


def test_where_pytorch_is_loaded_nothing_is_claimed(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", object())
    assert "PyTorch's own choice" in choose_threads()
    assert COUNT not in os.environ


def test_the_first_cell_chooses_before_pytorch_is_loaded():
    code = "from utils import setup; setup.describe_machine(); import torch; print(torch.get_num_threads())"
    environment = {**os.environ, COUNT: "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert f"threads    1, as {COUNT} says" in done.stdout
    assert done.stdout.splitlines()[-1] == "1"
