"""Becomes a program that ends when its supervisor does, even by kill -9.

`python leash.py SUPERVISORS_PID PROGRAM ARGUMENTS…`; imports nothing of the project.
"""

import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1  # linux/prctl.h; it outlives the exec


def main() -> None:
    supervisor, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    else:
        _watch(supervisor)
    if os.getppid() != supervisor:
        sys.exit("the supervisor is gone")
    os.execvp(program[0], program)


def _watch(supervisor: int) -> None:
    """Where the kernel has no such signal, a small process of ours looks each second."""
    watched = os.getpid()
    if os.fork():
        return
    while os.getppid() == watched:
        if not _is_alive(supervisor):
            os.kill(watched, signal.SIGTERM)
            break
        time.sleep(1)
    os._exit(0)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
