"""Runs a program with its tests in this process, after giving up all that a program could do harm with.

sandbox.py MODE: confined | unconfined | grade. Standard input: JSON with source, tests, nonce, cpu_seconds, memory_bytes.
Standard output: the nonce when the tests ran to their end, else "F reason"; for grade the layers that hold here.
"""
import ctypes
import json
import os
import platform
import resource
import signal
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 1, 38, 22
CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET, CLONE_THREAD = 0x08000000, 0x10000000, 0x40000000, 0x00010000
NOBODY = 65534
# Threads; processes are none. In a name space of its own a program counts alone, else with all that run under its user.
THREADS, THREADS_OF_USER = 64, 1024
EPERM, ENOSYS = 1, 38
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
F_SETOWN, F_SETSIG, F_SETOWN_EX, FIOSETOWN, SIOCSPGRP = 8, 10, 15, 0x8901, 0x8902

# System calls that a program that only computes needs: reading files, memory, threads, time. Everything else is refused:
# no process, no program, no socket, no signal to others, no name space, no write of a file's name or owner.
# AUDIT_ARCH, the ranges, and the numbers of clone, clone3, tgkill, prlimit64, fcntl and ioctl, which are looked at closer.
CALLS = {
    "x86_64": (0xC000003E, "0-15 17-25 28 32-35 39 60-61 63 78-80 89 96-100 102 104 107-108 110 127-128 130-131 137-138"
               " 143 145 158 186 201-202 204 217-219 228-231 257 262 267 269-271 273 290-293 318 324 332 334 436 439",
               56, 435, 234, 302, 72, 16),
    "aarch64": (0xC00000B7, "17 19-20 23-24 43-44 48-49 56-57 59 61-68 72-73 78-80 93-94 96 98-99 101 113-115"
                " 120-121 123-124 128 132-137 139 153 160 163 165 169 172-179 214-216 222 226 233 260 278 283 291 293"
                " 436 439", 220, 435, 131, 261, 25, 29),
}


def instruction(code, true, false, value):
    return struct.pack("=HBBI", code, true, false, value & 0xFFFFFFFF)


def when(number, *then):
    """The instructions, each of which ends or goes on, for one system call."""
    return [instruction(0x15, 0, len(then), number), *then]


def first_argument_is(test, value):
    load = instruction(0x20, 0, 0, 16)
    return [load, instruction(test, 0, 1, value), instruction(0x06, 0, 0, ALLOW), instruction(0x06, 0, 0, ERRNO | EPERM)]


def second_argument_is_none_of(*values):
    load = instruction(0x20, 0, 0, 24)
    refuse = [instruction(0x15, len(values) - i, 0, value) for i, value in enumerate(values)]
    return [load, *refuse, instruction(0x06, 0, 0, ALLOW), instruction(0x06, 0, 0, ERRNO | EPERM)]


def seccomp():
    arch, ranges, clone, clone3, tgkill, prlimit, fcntl, ioctl = CALLS[platform.machine()]
    code = [instruction(0x20, 0, 0, 4), instruction(0x15, 1, 0, arch), instruction(0x06, 0, 0, KILL)]
    code.append(instruction(0x20, 0, 0, 0))
    for part in ranges.split():
        low, _, high = part.partition("-")
        code += [instruction(0x35, 0, 2, int(low)), instruction(0x25, 1, 0, int(high or low))]
        code.append(instruction(0x06, 0, 0, ALLOW))
    code += when(clone, *first_argument_is(0x45, CLONE_THREAD))
    code += when(clone3, instruction(0x06, 0, 0, ERRNO | ENOSYS))  # the C library then calls clone
    code += when(tgkill, *first_argument_is(0x15, os.getpid()))
    code += when(prlimit, *first_argument_is(0x15, 0))
    # A file that may be read signals whoever is said to own it.
    code += when(fcntl, *second_argument_is_none_of(F_SETOWN, F_SETSIG, F_SETOWN_EX))
    code += when(ioctl, *second_argument_is_none_of(FIOSETOWN, SIOCSPGRP))
    code.append(instruction(0x06, 0, 0, ERRNO | EPERM))
    filters = ctypes.create_string_buffer(b"".join(code))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(code), ctypes.addressof(filters)))
    return LIBC.prctl(PR_SET_SECCOMP, 2, program, 0, 0) == 0


def landlock():
    """Files: the interpreter's own and the libraries', to be read. Version of Landlock; 0 where there is none."""
    version = LIBC.syscall(444, None, 0, 1)
    if version < 1:
        return 0
    files = (1 << (13 + (version >= 2) + (version >= 3) + (version >= 5))) - 1
    net = 3 if version >= 4 else 0
    scope = 3 if version >= 6 else 0
    attributes = struct.pack("=QQQ", files, net, scope)[:24 if version >= 6 else 16 if version >= 4 else 8]
    ruleset = LIBC.syscall(444, attributes, len(attributes), 0)
    if ruleset < 0:
        return 0
    readable = [path for path in sys.path if path] + ["/lib", "/lib64", "/usr/lib", "/usr/local/lib"]
    readable += ["/usr/share/zoneinfo", "/dev/null", "/dev/urandom"]
    for path in readable:
        if not os.path.exists(path):
            continue
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rights = 4 | (8 if os.path.isdir(path) else 0)  # read a file, list a folder
        if LIBC.syscall(445, ruleset, 1, struct.pack("=Qi", rights, opened), 0) != 0:
            return 0
        os.close(opened)
    done = LIBC.syscall(446, ruleset, 0) == 0
    os.close(ruleset)
    return version if done else 0


def limits(cpu_seconds, memory_bytes, threads=THREADS_OF_USER):
    hard = {
        resource.RLIMIT_CPU: (cpu_seconds, cpu_seconds + 1),
        resource.RLIMIT_AS: (memory_bytes, memory_bytes),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_NOFILE: (64, 64),
        resource.RLIMIT_NPROC: (threads, threads),
    }
    for what, (soft, most) in hard.items():
        allowed = resource.getrlimit(what)[1]  # this process may only have less already
        if allowed != resource.RLIM_INFINITY:
            soft, most = min(soft, allowed), min(most, allowed)
        resource.setrlimit(what, (soft, most))


def confine(cpu_seconds, memory_bytes):
    """What holds afterwards, by name."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    holds = {"namespaces": LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0}
    limits(cpu_seconds, memory_bytes, THREADS if holds["namespaces"] else THREADS_OF_USER)
    LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    holds["landlock"] = landlock()
    holds["seccomp"] = platform.machine() in CALLS and seccomp()
    return holds


def judged(task):
    names = {"__name__": "program"}  # so that what stands under "if __name__ == '__main__'" does not run
    try:
        exec(compile(task["source"], "program", "exec"), names)
        exec(compile(task["tests"], "tests", "exec"), names)
        return task["nonce"]
    except BaseException as failed:  # SystemExit too
        return "F " + type(failed).__name__[:100]


def main():
    mode = sys.argv[1]
    if mode == "grade":
        print(json.dumps(confine(10, 1 << 30)))
        return
    task = json.load(sys.stdin)
    results = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    if mode == "confined":
        holds = confine(task["cpu_seconds"], task["memory_bytes"])
        if not (holds["landlock"] and holds["seccomp"]):
            os._exit(77)
    else:
        limits(task["cpu_seconds"], task["memory_bytes"])
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")
    os.write(results, judged(task).encode())
    os._exit(0)


main()
