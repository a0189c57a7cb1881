"""Messages between the driver and a box; what runs in it is tried by test_warm.py and tests/grading/."""

import io

import pytest

from course.grading.box.inside import receive, send


def test_a_message_comes_out_as_it_went_in():
    file = io.BytesIO()
    send(file, {"cell": "1", "text": "äöü ✓"})
    send(file, {})
    file.seek(0)
    assert receive(file) == {"cell": "1", "text": "äöü ✓"}
    assert receive(file) == {}
    assert receive(file) is None


def test_a_message_of_absurd_length_is_refused():
    with pytest.raises(ValueError, match="a message of"):
        receive(io.BytesIO(b"x" * 100))
