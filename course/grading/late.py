"""What a late submission costs."""

import math

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float

DAY = 86_400  # seconds


class LateRule(LateSubmissionPlugin):
    """Takes a share of the points for each day begun since the due date: 0 none, 1 all at once; to a hundredth."""

    share_per_day = Float(0.0, min=0.0, max=1.0, help="of the points, for each day begun").tag(
        config=True
    )

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        days = math.ceil(total_seconds_late / DAY)
        return round(min(1.0, days * self.share_per_day) * score, 2) or None
