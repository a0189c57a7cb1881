"""What a lab must keep to: `release` refuses one that leaks or that is graded wrongly; CI also asks for the form."""

from course.rules.form import form_problems
from course.rules.grading import grading_problems
from course.rules.leaks import leaks
from course.rules.problem import Problem
from course.rules.rebound import rebound_names
from course.rules.skipped import needs_skipped

__all__ = [
    "Problem",
    "form_problems",
    "grading_problems",
    "leaks",
    "needs_skipped",
    "rebound_names",
]
