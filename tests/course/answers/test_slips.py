"""A slip changes the lines that it names, and nothing else; one that cannot be applied says so."""

import pytest

from course.answers.slips import DoesNotApply, apply, is_slip

REFERENCE = """\
def mean(rows):
    total = 0
    for row in rows:
        total = total + sum(row)
    count = len(rows)
    return total / count"""
RIGHT = {"": REFERENCE, "one line": "def mean(rows):\n    return sum(map(sum, rows)) / len(rows)"}


def test_a_line_is_replaced_at_its_own_indentation():
    slip = "# - total = total + sum(row)\n# + total = sum(row)\n"
    expected = REFERENCE.replace("total = total + sum(row)", "total = sum(row)")
    assert apply(slip, RIGHT) == expected


def test_lines_are_taken_out_put_in_and_changed_in_several_places():
    slip = """\
# - for row in rows:
# -     total = total + sum(row)
#
#   count = len(rows)
# + count = count + 1
#
# - return total / count
# + if count:
# +     return total / count"""
    assert (
        apply(slip, RIGHT)
        == """\
def mean(rows):
    total = 0
    count = len(rows)
    count = count + 1
    if count:
        return total / count"""
    )


def test_a_slip_in_a_named_right_answer():
    slip = "# in: one line\n# - return sum(map(sum, rows)) / len(rows)\n# + return 0"
    assert apply(slip, RIGHT) == "def mean(rows):\n    return 0"


@pytest.mark.parametrize(
    ("slip", "words"),
    [
        ("# - total = 1\n# + total = 2", "in the reference its lines occur 0 times, not once"),
        ("# -     total = 0\n# - count = 1", "occur 0 times"),
        ("# in: one line\n# - total = 0", "in the right answer 'one line' its lines occur 0 times"),
        ("# in: two lines\n# - total = 0", "no right answer above is called 'two lines'"),
        ("# + total = 0", "nothing says where the new lines go"),
        ("# -     total = 0\n# + total = 1", "'total = 1' is indented less than the old ones"),
        ("#  total = 0", "a line of a slip begins with .* three blanks, not '#  total = 0'"),
        ("# total = 0", "a line of a slip begins with"),
    ],
)
def test_a_slip_that_does_not_apply_is_an_error(slip, words):
    with pytest.raises(DoesNotApply, match=words):
        apply(slip, RIGHT)


def test_the_place_that_does_not_apply_is_told_by_its_line():
    with pytest.raises(DoesNotApply) as failure:
        apply("# in: one line\n# - return sum(map(sum, rows)) / len(rows)\n#\n# - gone", RIGHT)
    assert failure.value.line == 4


def test_a_line_that_occurs_twice_needs_its_neighbor():
    right = {"": "a = 1\nb = 2\na = 1\nc = 3"}
    with pytest.raises(DoesNotApply, match="occur 2 times"):
        apply("# - a = 1\n# + a = 0", right)
    assert apply("# - a = 1\n# + a = 0\n#   c = 3", right) == "a = 1\nb = 2\na = 0\nc = 3"


def test_code_is_no_slip():
    assert is_slip("# - a\n\n# + b")
    assert not is_slip("# a comment\nn = 1")
