"""What the process of a stranger's file gives up before it runs: processes, the network, writing outside its folder.

Linux lets every process do this to itself, without privileges: resource limits, a seccomp filter, Landlock. What a
system does not know is left out, and the limits on time and memory remain.
"""

import ctypes
import os
import platform
import resource
import struct
from typing import Any

_OUTPUT_LIMIT = 2_000_000_000  # bytes in any one file

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_EPERM, _EAGAIN, _EACCES, _ENOSYS = 1, 11, 13, 38
_THREAD = 0x10000  # the flag of clone that makes a thread
_UNIX = 1  # the address family of sockets on this machine

_CALLS = {
    "x86_64": {"architecture": 0xC000003E, "socket": 41, "clone": 56, "fork": 57, "vfork": 58, "kill": 62,
               "ptrace": 101, "tkill": 200, "tgkill": 234, "process_vm_writev": 311, "pidfd_send_signal": 424,
               "clone3": 435},
    "aarch64": {"architecture": 0xC00000B7, "socket": 198, "clone": 220, "kill": 129, "ptrace": 117,
                "tkill": 130, "tgkill": 131, "process_vm_writev": 271, "pidfd_send_signal": 424, "clone3": 435},
}  # fmt: skip

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_WRITING = sum(1 << bit for bit in (1, 4, 5, 6, 7, 8, 9, 10, 11, 12))  # Landlock's rights to write, remove and make
_REFER, _TRUNCATE = 1 << 13, 1 << 14


def contain(folder: str, *, seconds: float, memory: int) -> list[str]:
    """Give up, for good, what the file does not need; it may write below `folder` only.

    Returns what this system could not be asked to refuse: "network and processes", "writing elsewhere".
    """
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: int(seconds) * 2 + 2,
        resource.RLIMIT_FSIZE: _OUTPUT_LIMIT,
        resource.RLIMIT_CORE: 0,
    }
    for which, limit in limits.items():
        _, most = resource.getrlimit(which)
        allowed = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(which, (allowed, allowed))
    try:
        library = ctypes.CDLL(None, use_errno=True)
        library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    except (OSError, AttributeError):
        return ["network and processes", "writing elsewhere"]
    missing = [] if _landlock(library, [folder, "/dev"]) else ["writing elsewhere"]
    return missing if _seccomp(library) else ["network and processes", *missing]


def _seccomp(library: Any) -> bool:
    """Refuse sockets that leave the machine, new processes, and signals to others."""
    calls = _CALLS.get(platform.machine())
    if calls is None:
        return False
    own = os.getpid()
    program: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, calls["architecture"]),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, 0),
    ]

    def only(name: str, allowed: list[tuple[int, int]], error: int) -> None:
        """Allow a call only if its first argument passes one of the tests."""
        if name not in calls:
            return
        tests = [(test, len(allowed) - position, 0, value) for position, (test, value) in enumerate(allowed)]
        block = [(_LOAD, 0, 0, 16), *tests, (_RETURN, 0, 0, _REFUSE | error), (_RETURN, 0, 0, _ALLOW)]
        program.append((_EQUAL, 0, len(block), calls[name]))
        program.extend(block)

    only("socket", [(_EQUAL, _UNIX)], _EACCES)
    only("clone", [(_ANY_BIT, _THREAD)], _EAGAIN)
    for name in ("fork", "vfork"):
        only(name, [], _EAGAIN)
    only("clone3", [], _ENOSYS)
    only("kill", [(_EQUAL, own), (_EQUAL, 0)], _EPERM)
    only("tgkill", [(_EQUAL, own)], _EPERM)
    for name in ("tkill", "ptrace", "process_vm_writev", "pidfd_send_signal"):
        only(name, [], _EPERM)
    program.append((_RETURN, 0, 0, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    filter_ = Program(len(program), ctypes.addressof(code))
    return int(library.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(filter_), 0, 0)) == 0


def _landlock(library: Any, folders: list[str]) -> bool:
    """Refuse writing anywhere but below some folders."""
    library.syscall.restype = ctypes.c_long
    version = library.syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return False
    rights = _WRITING | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    attributes = ctypes.create_string_buffer(struct.pack("Q", rights))
    rules = library.syscall(_CREATE_RULESET, attributes, 8, 0)
    if rules < 0:
        return False
    for folder in folders:
        descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        allowed = rights if folder != "/dev" else 1 << 1
        beneath = ctypes.create_string_buffer(struct.pack("=Qi", allowed, descriptor))
        library.syscall(_ADD_RULE, rules, 1, beneath, 0)
        os.close(descriptor)
    done = library.syscall(_RESTRICT_SELF, rules, 0) == 0
    os.close(rules)
    return bool(done)
