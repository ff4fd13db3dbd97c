"""
What runs inside the session's namespaces for the tests of the packet core.
`namespace-program.py shell` runs commands that come as lines of JSON, {id, argv, stdin, limitMs}, several at once; answers {id, code, stdout, stderr}.
`namespace-program.py ACT JSON` is one client of the kernel's TCP, UDP or ICMP. It prints what it saw as JSON; an OSError is {"errno": NAME}.
"""
import errno
import hashlib
import json
import random
import resource
import select
import socket
import struct
import subprocess
import sys
import threading
import time

LIMIT_S = 30
NO_LINGER = struct.pack('ii', 1, 0)


def shell():
    lock = threading.Lock()

    def run(request):
        limit = request.get('limitMs', LIMIT_S * 1000) / 1000
        try:
            done = subprocess.run(request['argv'], input=request.get('stdin', '').encode(), capture_output=True, timeout=limit)
            answer = {'code': done.returncode, 'stdout': done.stdout.decode(errors='replace'), 'stderr': done.stderr.decode(errors='replace')}
        except subprocess.TimeoutExpired as late:
            answer = {'code': -1, 'stdout': (late.stdout or b'').decode(errors='replace'), 'stderr': f'not done within {limit} s'}
        except OSError as error:
            answer = {'code': 127, 'stdout': '', 'stderr': str(error)}
        with lock:
            print(json.dumps({'id': request['id'], **answer}), flush=True)

    for line in sys.stdin:
        threading.Thread(target=run, args=(json.loads(line),), daemon=True).start()


def connect(a, port=None, before=lambda s: None):
    s = socket.socket(socket.AF_INET6 if ':' in a['host'] else socket.AF_INET)
    s.settimeout(a.get('limitS', LIMIT_S))
    before(s)
    s.connect((a['host'], port or a['port']))
    return s


def chunks(count, seed):
    rnd = random.Random(seed)
    while count > 0:
        size = min(count, 200_000)
        yield rnd.randbytes(size)
        count -= size


def read_all(s):
    parts = []
    while True:
        part = s.recv(1 << 18)
        if not part:
            return b''.join(parts)
        parts.append(part)


def ask(a, port):
    with connect(a, port) as s:
        s.sendall(b'?')
        return read_all(s)


def send_all(s, bytes_, seed):
    digest = hashlib.sha256()
    for chunk in chunks(bytes_, seed):
        digest.update(chunk)
        s.sendall(chunk)
    s.shutdown(socket.SHUT_WR)
    return digest.hexdigest()


def has_own_hash(data):
    return hashlib.sha256(data[:-32]).digest() == data[-32:]


def upload(a):
    with connect(a) as s:
        digest = send_all(s, a['bytes'], a['seed'])
        return {'same': read_all(s).decode() == f"{digest} {a['bytes']}"}


def download(a):
    with connect(a) as s:
        s.sendall(f"{a['bytes']} {a['seed']}\n".encode())
        data = read_all(s)
        return {'bytes': len(data) - 32, 'same': has_own_hash(data)}


def echo(a):
    with connect(a) as s:
        sent = []
        writer = threading.Thread(target=lambda: sent.append(send_all(s, a['bytes'], a['seed'])), daemon=True)
        writer.start()
        data = read_all(s)
        writer.join()
        return {'bytes': len(data), 'same': hashlib.sha256(data).hexdigest() == sent[0]}


def short(a):
    """Many connections, one after the other in each thread; of those that may be, every third is reset, the others end in an orderly way."""
    failures = []
    done = [0] * a['parallel']

    def work(index):
        try:
            for i in range(a['count'] // a['parallel']):
                text = f'{index}-{i};'.encode() * 10
                with connect(a) as s:
                    s.sendall(text)
                    got = b''
                    while len(got) < len(text):
                        part = s.recv(4096)
                        if not part:
                            raise ValueError('ended early')
                        got += part
                    if got != text:
                        raise ValueError("another connection's bytes")
                    if a['resets'] and i % 3 == 0:
                        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                done[index] += 1
        except (OSError, ValueError) as error:
            failures.append(repr(error))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(a['parallel'])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {'done': sum(done), 'failures': failures}


def after_end(a):
    """The far side ends first; what is sent then still arrives."""
    with connect(a) as s:
        said = read_all(s).decode()
        return {'said': said, 'sent': send_all(s, a['bytes'], a['seed'])}


def resets(a):
    """Resets connections that work."""
    for _ in range(a['count']):
        s = connect(a)
        s.sendall(b'x' * 1000)
        s.recv(1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        s.close()
    return {}


def is_reset(a):
    """Sends until the far side resets."""
    with connect(a) as s:
        for chunk in chunks(a['bytes'], 1):
            s.sendall(chunk)
        # A RST that is lost comes again for what is sent then.
        s.settimeout(1)
        for _ in range(10):
            try:
                return {'got': len(s.recv(1))}
            except TimeoutError:
                s.sendall(b'x')
        return {}


def stalls(a):
    """Sends to who doesn't read until nothing more goes for a while; then that one reads, and the rest goes too."""
    digest = hashlib.sha256()
    with connect(a, before=lambda s: s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)) as s:
        s.setblocking(False)
        stalled_at = None
        sent = 0
        for chunk in chunks(a['bytes'], a['seed']):
            digest.update(chunk)
            while chunk:
                if not select.select([], [s], [], 0.5)[1]:
                    if stalled_at is not None:
                        continue
                    stalled_at = sent
                    ask(a, a['releasePort'])
                else:
                    count = s.send(chunk)
                    sent += count
                    chunk = chunk[count:]
        s.settimeout(LIMIT_S)
        s.shutdown(socket.SHUT_WR)
        return {'stalledAt': stalled_at, 'same': read_all(s).decode() == f"{digest.hexdigest()} {a['bytes']}"}


def wait_until_still(a):
    """@returns what the far side had sent when it had begun, and sent nothing more for a while"""
    counts = [0]
    while counts[-1] == 0 or counts[-1] != counts[-2]:
        time.sleep(0.3)
        counts.append(int(ask(a, a['countPort'])))
    return counts[-1]


def reads_late(a):
    """Doesn't read until the far side could send nothing more for a while."""
    with connect(a, before=lambda s: s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)) as s:
        held_at = wait_until_still(a)
        data = read_all(s)
        return {'heldAt': held_at, 'bytes': len(data) - 32, 'same': has_own_hash(data)}


def gives_up(a):
    """Opens that nobody answers, given up after a while; others work meanwhile."""
    waiting = []
    for _ in range(a['count']):
        s = socket.socket(socket.AF_INET6 if ':' in a['host'] else socket.AF_INET)
        s.setblocking(False)
        s.connect_ex((a['host'], a['port']))
        waiting.append(s)
    worked = echo({**a, 'port': a['echoPort'], 'bytes': 10_000, 'seed': 1})['same']
    pending = not select.select([], waiting, [], 0.1)[1]
    for s in waiting:
        s.close()
    return {'pending': pending, 'worked': worked}


def floods(a):
    """Very many opens that nobody answers, all at once; others work meanwhile."""
    allow_files(a['count'])
    waiting = []
    for first in range(0, a['count'], 200):
        waiting += [open_soon(a['host'], a['port']) for _ in range(min(200, a['count'] - first))]
        # The TUN's queue, which is the kernel's, holds some hundreds of packets.
        time.sleep(0.02)
    worked = echo({**a, 'port': a['echoPort'], 'bytes': 10_000, 'seed': 1})['same']
    for s in waiting:
        s.close()
    return {'worked': worked}


def many(a):
    """So many connections at once, half of them to each host; each gets back its own bytes while all the others are there."""
    allow_files(a['count'])
    opened = same = ended = 0
    # The TUN's queue, which is the kernel's, holds some hundreds of packets; what it has no room for comes again late.
    parts = []
    for first in range(0, a['count'], 250):
        part = {open_soon(a['hosts'][i % 2], a['port']): b'number %d' % i for i in range(first, first + 250)}
        opened += each_ready(part, select.EPOLLOUT, lambda s, _: s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0)
        parts.append(part)
    for part in parts:
        for s, text in part.items():
            s.send(text)
        same += each_ready(part, select.EPOLLIN, lambda s, text: s.recv(100) == text)
    for part in parts:
        for s in part:
            s.shutdown(socket.SHUT_WR)
        ended += each_ready(part, select.EPOLLIN, lambda s, _: s.recv(1) == b'')
    return {'opened': opened, 'same': same, 'ended': ended}


def allow_files(count):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 100), hard))


def open_soon(host, port):
    s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
    s.setblocking(False)
    s.connect_ex((host, port))
    return s


def each_ready(texts, event, is_good):
    """@returns of how many sockets `is_good` is true, each asked once, when it is ready"""
    waiting = {s.fileno(): s for s in texts}
    with select.epoll() as poller:
        for fd in waiting:
            poller.register(fd, event)
        good = 0
        while waiting:
            ready = poller.poll(LIMIT_S)
            if not ready:
                break
            for fd, _ in ready:
                poller.unregister(fd)
                s = waiting.pop(fd)
                good += is_good(s, texts[s])
    return good


def refused(a):
    connect(a).close()
    return {'connected': True}


def udp(a):
    with socket.socket(socket.AF_INET6 if ':' in a['host'] else socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        s.connect((a['host'], a['port']))
        same = []
        for size in a['sizes']:
            sent = random.Random(size).randbytes(size)
            s.send(sent)
            same.append(s.recv(70_000) == sent)
        return {'same': same}


def udp_many(a):
    """Datagrams, some of which may be lost, come twice or late. @returns how many came back, and how many that were never sent"""
    with socket.socket(socket.AF_INET6 if ':' in a['host'] else socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.3)
        s.connect((a['host'], a['port']))
        sent = set()
        got = set()
        for i in range(a['count']):
            sent.add(random.Random(i).randbytes(a['size']))
            s.send(random.Random(i).randbytes(a['size']))
            try:
                if i % 20 == 19:
                    for _ in range(20):
                        got.add(s.recv(70_000))
            except TimeoutError:
                pass
        # Those that were late, on a machine with no time.
        s.settimeout(1)
        try:
            while not sent <= got:
                got.add(s.recv(70_000))
        except TimeoutError:
            pass
        return {'back': len(got & sent), 'wrong': len(got - sent)}


def accepts_late(a):
    """Listens, and accepts nobody until the far side could send nothing more for a while."""
    with socket.create_server(('127.0.0.1', a['listenPort'])) as server:
        held_at = wait_until_still(a)
        server.settimeout(LIMIT_S)
        s, _ = server.accept()
        data = read_all(s)
        return {'heldAt': held_at, 'bytes': len(data) - 32, 'same': has_own_hash(data)}


def main():
    act, argument = sys.argv[1], json.loads(sys.argv[2]) if len(sys.argv) > 2 else None
    if act == 'shell':
        shell()
        return
    try:
        result = globals()[act](argument)
    except OSError as error:
        result = {'errno': errno.errorcode.get(error.errno or 0, 'timed out')}
    print(json.dumps(result))


main()
