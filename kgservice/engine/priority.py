"""The priority of a worker process, for the system's scheduler: a long query yields to all short ones."""

from __future__ import annotations

import os

LOWEST = 19


def lower_priority(process_id: int) -> None:
    """Lets a worker run only on what the others leave. Each worker leads a process group of its own, so that every
    thread of it is reached (on Linux the priority belongs to the thread).
    """
    try:
        os.setpriority(os.PRIO_PGRP, process_id, LOWEST)
    except OSError:
        return  # it has just ended


def restore_priority(process_id: int) -> bool:
    """Takes :func:`lower_priority` back; false where the system does not allow that (RLIMIT_NICE, CAP_SYS_NICE)."""
    try:
        os.setpriority(os.PRIO_PGRP, process_id, os.getpriority(os.PRIO_PROCESS, 0))
    except OSError:
        return False
    return True
