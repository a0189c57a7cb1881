"""A page that would show a line of an answer is not written."""

import pytest
from site_book import ANSWER, HIDDEN, IN_WORDS, NAME, source

from course.layout import CourseError, Lab
from course.site.secrets import refuse_secrets, secret_lines


@pytest.fixture
def lab(course_of):
    course = course_of({NAME: source()})
    course.run("release")
    return Lab(NAME)


def test_answers_in_code_and_in_words_and_hidden_tests_are_refused(lab):
    for secret in (ANSWER, HIDDEN, IN_WORDS):
        assert secret in secret_lines(lab)
        with pytest.raises(CourseError, match="would show a line of an answer or of a hidden test"):
            refuse_secrets(lab, f"an output: {secret.replace(' ', '  ')}!")
    refuse_secrets(lab, "Return twice the number. assert double(3) == 6")


def test_what_a_hint_says_is_no_secret(lab, course_of):
    lab.released.write_text(
        lab.released.read_text().replace("Add it to itself.", f"Write {ANSWER}.")
    )
    refuse_secrets(lab, ANSWER)
