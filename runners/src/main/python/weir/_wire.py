"""The frames that a runner and Weir exchange: four bytes of length, then a marshalled list whose first item is the kind.

The protocol has the pipes to itself: standard input and output are moved away before any code of the user's runs. A
print goes to standard error, and reading standard input finds its end.

A thread of its own reads, so that a recall or a question is heard while the program is busy, and the end of Weir ends
the runner even when the program hangs.
"""

import os
import sys
from _queue import SimpleQueue
from _thread import allocate_lock, get_ident, start_new_thread
from marshal import dumps, loads
from time import monotonic, sleep

FORMAT = 2
MAX_FRAME = 1 << 29
PIPE = 1 << 20
LAST_WORDS = 0.2  # seconds for the program to leave by itself when Weir has gone


class Wire:
    """Both directions. `send` may be called from any thread; `receive` from the one that created the wire.

    `recalled` holds the recalls not yet answered. The reader adds to it at once, so that a busy program can see that
    there is one; the same message also comes through `receive`, in its order among the others.
    """

    def __init__(self, describe):
        """`describe(thread)` says what a thread is doing."""
        self.recalled = []
        self._describe = describe
        self._owner = get_ident()
        self._inbox = SimpleQueue()
        self._lock = allocate_lock()
        self._in = os.dup(0)
        self._out = os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
        _widen(self._in, self._out)
        os.register_at_fork(after_in_child=self._forked)
        self.receive = self._inbox.get

    def start(self):
        start_new_thread(self._read, ())

    def send(self, message):
        frame = dumps(message, FORMAT)
        size = len(frame)
        if size > MAX_FRAME:
            raise ValueError(
                "%d bytes at once are more than a runner can send (%d): yield less for a record" % (size, MAX_FRAME))
        if size < 4096:
            frame = size.to_bytes(4, "big") + frame
            parts = (frame,)
        else:
            parts = (size.to_bytes(4, "big"), frame)
        try:
            with self._lock:
                for part in parts:
                    written = os.write(self._out, part)
                    while written < len(part):
                        written += os.write(self._out, memoryview(part)[written:])
        except BrokenPipeError:
            os._exit(0)

    def owned(self):
        """Whether this is the thread, and the process, that may receive."""
        return get_ident() == self._owner and self._in is not None

    def _read(self):
        try:
            self._read_all()
        except BaseException as error:  # such as when the program has closed files that are not its own
            os.write(2, ("Weir's runner lost its connection: %r\n" % (error,)).encode())
            os._exit(1)
        self._inbox.put(["close"])
        sleep(LAST_WORDS)
        os._exit(0)

    def _read_all(self):
        read = open(self._in, "rb", buffering=PIPE, closefd=False).read
        put = self._inbox.put
        while True:
            head = read(4)
            if len(head) < 4:
                return
            message = loads(read(int.from_bytes(head, "big")))
            kind = message[0]
            if kind == "where":
                self.send(["stack", self._where()])
                continue
            if kind == "recall":
                message.append(monotonic())
                self.recalled.append(message)
            put(message)

    def _where(self):
        try:
            return self._describe(self._owner)
        except Exception as error:
            return "(not known: %r)" % (error,)

    def _forked(self):
        os.close(self._in)
        os.close(self._out)
        self._in = None


def _widen(*pipes):
    try:
        from fcntl import fcntl

        for pipe in pipes:
            fcntl(pipe, 1031, PIPE)  # F_SETPIPE_SZ
    except (ImportError, OSError):
        pass  # only slower
