"""terminal.py COMMAND...: runs it under a terminal of its own, as an emulator would. Each line on stdin is JSON: {"write": text} or {"resize": [rows, columns]}.
What the terminal shows goes to stdout; the exit code is the command's, 128 + n for a signal."""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])


def resize(rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


resize(24, 80)
pending = b""
sources = [terminal, 0]
while terminal in sources:
    ready, _, _ = select.select(sources, [], [])
    if terminal in ready:
        try:
            shown = os.read(terminal, 65536)
        except OSError:
            shown = b""
        if not shown:
            sources.remove(terminal)
        os.write(1, shown)
    if 0 in ready:
        told = os.read(0, 65536)
        if not told:
            sources.remove(0)
            os.close(terminal)
            os.kill(pid, signal.SIGHUP)
            break
        pending += told
        *lines, pending = pending.split(b"\n")
        for line in lines:
            command = json.loads(line)
            if "write" in command:
                os.write(terminal, command["write"].encode())
            if "resize" in command:
                resize(*command["resize"])
_, status = os.waitpid(pid, 0)
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
