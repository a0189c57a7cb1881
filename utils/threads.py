"""How many threads PyTorch starts, and how they wait for each other: chosen before it is loaded.

Threads that spin while they wait are fastest where nothing else computes. On a shared machine they take the cores from
those who compute, and all are slower, they themselves too.
"""

import functools
import os
import sys

from joblib import cpu_count

COUNT, WAIT = "OMP_NUM_THREADS", "OMP_WAIT_POLICY"  # OpenMP reads them once, when PyTorch is loaded


@functools.cache
def choose_threads() -> str:
    """Sets the two variables of OpenMP for this process, where they are not set.

    As many threads as this process may use cores, by its affinity and by the quota of its container. They sleep while
    they wait where others compute too: on a hub, within a quota, or where the load is above the cores.

    Returns:
        What was chosen and why, in one line.
    """
    if "torch" in sys.modules:
        return "PyTorch's own choice: it was loaded before one could be made here"
    cores = cpu_count()
    if own := os.environ.get(COUNT):
        told = f"{own}, as {COUNT} says"
    else:
        os.environ[COUNT] = str(cores)
        told = f"{cores}, as many as this process may use cores"
    if own := os.environ.get(WAIT):
        return f"{told}; {WAIT} is {own}"
    if why := _shared(cores):
        os.environ[WAIT] = "passive"
        told += f"; they sleep while they wait, for others compute here too ({why})"
    return told


def _shared(cores: int) -> str:
    """Why others need the cores, too; nothing if nobody seems to."""
    if any(name.startswith("JUPYTERHUB_") for name in os.environ):
        return "a hub"
    all_cores = os.cpu_count() or cores
    if cores < all_cores:
        return f"{cores} of {all_cores} cores"
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return f"the load is {load:.1f}" if load > cores else ""
