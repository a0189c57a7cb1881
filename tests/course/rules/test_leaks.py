"""A solution that can be read in the release is a leak."""


def test_a_solution_line_that_can_be_read_elsewhere_is_a_leak(course):
    course.edit("import math", "import math\n\nn = 2\nthe_number_twice_over = n + n")
    assert "the_number_twice_over = n + n" in course.run("release", code=1)
    assert not course.released().exists()


def test_a_solution_line_in_a_comment_or_in_prose_is_a_leak(course):
    course.edit("import math", "import math  # the_number_twice_over = n + n, of course")
    assert "can be read" in course.run("release", code=1)


def test_a_hint_may_give_the_line(course):
    hint = (
        "# <details><summary>Hint</summary>the_number_twice_over = n + n</details>\n\n# %% solution"
    )
    course.edit("\n# %% solution", hint)
    course.run("release")
