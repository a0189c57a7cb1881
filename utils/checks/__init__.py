"""What a graded cell calls: runs a student's code safely and says what is wrong in words that teach.

Every function returns None or what the student's code returned, and raises CheckFailed with three things: what was
expected, what came, and the likely cause. None of them prints to stderr, since nbgrader scores a cell that does 0.
"""

import sys

from utils.checks.behavior import agrees, any_device, causal, ignores, parameter_count
from utils.checks.comparing import close, finite, number, shape, tensor, tensors, unpack
from utils.checks.running import CheckFailed, hint, normal, passed, run, that
from utils.checks.sealing import keep_name, seal
from utils.notebook import stderr_to_stdout

__all__ = [
    "CheckFailed",
    "agrees",
    "any_device",
    "causal",
    "close",
    "finite",
    "hint",
    "ignores",
    "normal",
    "number",
    "parameter_count",
    "passed",
    "run",
    "shape",
    "stderr_to_stdout",
    "tensor",
    "tensors",
    "that",
    "unpack",
]

seal(sys.modules[__name__])
keep_name(sys.modules[__name__])
