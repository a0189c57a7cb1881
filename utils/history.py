"""What a training recorded."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """The loss of every step, the metrics of every evaluation, and how much was read in which time."""

    loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    evaluated_at: list[int] = field(default_factory=list)  # steps, counted from 1
    samples: int = 0
    seconds: float = 0.0

    @property
    def steps(self) -> int:
        """Optimizer steps taken."""
        return len(self.loss)
