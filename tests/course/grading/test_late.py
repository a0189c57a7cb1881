"""Lateness costs what the rule says, for each day that has begun."""

import pytest

from course.grading.late import LateRule


@pytest.mark.parametrize(
    ("share", "seconds", "penalty"),
    [
        (0.0, 10 * 86_400, None),
        (0.1, 1, 2.0),
        (0.1, 86_400, 2.0),
        (0.1, 86_401, 4.0),
        (0.1, 20 * 86_400, 20.0),
        (1.0, 1, 20.0),
        (1.0, 0, None),
    ],
)
def test_each_day_begun_takes_its_share(share, seconds, penalty):
    rule = LateRule(share_per_day=share)
    assert rule.late_submission_penalty("s01", 20.0, seconds) == penalty


def test_a_penalty_has_two_decimals():
    assert LateRule(share_per_day=0.1).late_submission_penalty("s01", 34.0, 1) == 3.4
    assert LateRule(share_per_day=1 / 3).late_submission_penalty("s01", 20.0, 1) == 6.67
