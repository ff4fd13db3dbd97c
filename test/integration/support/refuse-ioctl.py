"""refuse-ioctl.py REQUEST COMMAND...: runs the command where the kernel answers one ioctl request with EINVAL, as an older one, or one that imitates Linux, does."""
import ctypes
import os
import struct
import sys

request = int(sys.argv[1], 0)
ioctl_number = {'x86_64': 16, 'aarch64': 29}[os.uname().machine]
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06


def step(code, value, skip_if_not=0):
    return struct.pack('HBBI', code, 0, skip_if_not, value)


program = b''.join([
    step(LOAD, 0),  # the call's number
    step(EQUAL, ioctl_number, 3),
    step(LOAD, 24),  # its second argument
    step(EQUAL, request, 1),
    step(RETURN, 0x00050000 | 22),  # EINVAL
    step(RETURN, 0x7FFF0000),  # allowed
])
steps = ctypes.create_string_buffer(program)
filter_ = struct.pack('HxxxxxxP', len(program) // 8, ctypes.addressof(steps))
prctl = ctypes.CDLL(None, use_errno=True).prctl
if prctl(38, 1, 0, 0, 0) or prctl(22, 2, ctypes.create_string_buffer(filter_), 0, 0):  # no new privileges; a seccomp filter
    sys.exit(f'prctl: {os.strerror(ctypes.get_errno())}')
os.execvp(sys.argv[2], sys.argv[2:])
