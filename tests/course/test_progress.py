"""Grading says how far it is: with a bar on a terminal, in plain lines elsewhere."""

import contextlib
import io
import os

import pytest
from rich.console import Console

from course.progress import Tally


def said(total: int, failing: set[int], **console) -> str:
    file = io.StringIO()
    with Tally(Console(file=file, **console), "90_marks", total) as tally:
        for number in range(1, total + 1):
            tally.add(failed=number in failing)
    return file.getvalue()


def test_on_a_terminal_there_is_a_bar_that_counts_and_vanishes():
    text = said(3, {2}, force_terminal=True, width=100, _environ={"TERM": "xterm"})
    assert "\x1b[" in text
    assert "3/3" in text
    assert "1 failed" in text
    assert text.endswith("\x1b[2K")  # the line is cleared


@pytest.mark.parametrize(
    "console",
    [
        {"force_terminal": False},
        {"force_terminal": True, "_environ": {"TERM": "dumb"}},
        {"force_terminal": True, "_environ": {"TERM": "xterm", "NO_COLOR": "1"}},
    ],
    ids=["file", "dumb", "no-color"],
)
def test_elsewhere_there_are_plain_lines(console):
    text = said(3, {2}, **console)
    assert not set(text) & set("\x1b\r\b")
    first, second, last = text.splitlines()
    assert first.startswith("90_marks  1 of 3")
    assert second.startswith("90_marks  2 of 3, 1 failed")
    assert last == "90_marks  3 of 3, 1 failed"


def test_a_large_class_has_ten_lines():
    lines = said(250, set(), force_terminal=False).splitlines()
    assert [line.partition(",")[0] for line in lines[:2]] == [
        "90_marks  25 of 250",
        "90_marks  50 of 250",
    ]
    assert len(lines) == 10


def test_nobody_who_reads_the_lines_is_no_reason_to_stop():
    read, write = os.pipe()
    os.close(read)
    with contextlib.suppress(BrokenPipeError), open(write, "w", buffering=1) as file:
        with Tally(Console(file=file), "90_marks", 2) as tally:
            tally.add(failed=False)
            tally.add(failed=False)
        counted = True
    assert counted
