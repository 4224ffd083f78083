"""How a worker process confines itself: no network, and only so much memory.

The network is the second wall behind the check that refuses SERVICE. Two ways, the first that the system allows: an empty network namespace, or a filter (seccomp) that lets the process open
no socket. Both hold for the threads started afterwards. Elsewhere than on Linux there is neither.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 13  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EACCES
# machine → audit architecture, number of the call socket(2), first number of a foreign call table
MACHINES = {
    "x86_64": (0xC000003E, 41, 0x40000000),
    "aarch64": (0xC00000B7, 198, 0x40000000),
}


def leave_network() -> str | None:
    """Cuts this process off from the network; names the way, or ``None`` when the system allows none."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if library.unshare(CLONE_NEWNET) == 0 or library.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0:
            return "namespace"
        return "filter" if refuse_sockets(library) else None
    except (OSError, AttributeError):
        return None


def refuse_sockets(library: ctypes.CDLL) -> bool:
    """Has the system refuse every new socket to this process; true when it does."""
    machine = MACHINES.get(os.uname().machine)
    if machine is None:
        return False
    architecture, socket_call, foreign = machine
    steps = [
        (LOAD, 0, 0, 4),  # the architecture of the call
        (EQUAL, 0, 4, architecture),
        (LOAD, 0, 0, 0),  # its number
        (AT_LEAST, 2, 0, foreign),
        (EQUAL, 1, 0, socket_call),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(
        struct.pack(
            "HxxxxxxP" if struct.calcsize("P") == 8 else "HxxP", len(steps), ctypes.addressof(held)
        )
    )
    if library.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    filtered: int = library.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0)
    return filtered == 0


def limit_memory(mebibytes: int) -> bool:
    """Lets the private memory of this process grow by so much, and no further; true when the system counts it.

    RLIMIT_DATA and not RLIMIT_AS: the latter also counts mapped files and reserved, untouched stacks.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            held = next(int(line.split()[1]) for line in status if line.startswith("VmData:"))
    except (OSError, StopIteration):
        return False
    limit = (held * 1024) + mebibytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return True


def private_bytes() -> int:
    """Resident memory that is this process's own, 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            _, resident, shared, *_ = statm.read().split()
    except OSError:
        return 0
    return (int(resident) - int(shared)) * resource.getpagesize()
