"""The priority of a worker process, for the system's scheduler: a long query yields to the short ones.

Not the lowest one: against a busy short lane, it leaves a long query a tenth of what a short one gets, so that it ends.
"""

from __future__ import annotations

import os

STEPS = 10


def lower_priority(process_id: int) -> None:
    """Lets the others go first. Each worker leads a process group of its own, so that every
    thread of it is reached (on Linux the priority belongs to the thread).
    """
    try:
        os.setpriority(os.PRIO_PGRP, process_id, os.getpriority(os.PRIO_PROCESS, 0) + STEPS)
    except OSError:
        return  # it has just ended


def restore_priority(process_id: int) -> bool:
    """Takes :func:`lower_priority` back; false where the system does not allow that (RLIMIT_NICE, CAP_SYS_NICE)."""
    try:
        os.setpriority(os.PRIO_PGRP, process_id, os.getpriority(os.PRIO_PROCESS, 0))
    except OSError:
        return False
    return True
