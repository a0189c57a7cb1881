"""Proves a lab's graders: known right answers pass every check, known wrong ones fail with the intended message."""

from course.answers.proving import Verdict, check_answers
from course.answers.reading import Answer, is_exercise, read_answers

__all__ = ["Answer", "Verdict", "check_answers", "is_exercise", "read_answers"]
