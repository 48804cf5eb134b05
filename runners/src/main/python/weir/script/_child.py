"""The life of a script: run its body, then call what it has registered, one thing after another, as Weir asks."""

import sys
import threading

from weir import _trace
from weir._wire import Wire
from weir.script import _api, _bodies

PROBLEM = 1.0  # seconds until a timer that raised is called again, if it never said how long


def main(settings):
    """Runs the script until Weir closes the pipe. `settings` are from the first frame."""
    from weir._child import outlive_signals

    sys.argv[:] = [settings["file"]]
    outlive_signals()
    Child(settings).run()


class Gone(Exception):
    """The operator has failed and Weir knows; nothing more is to be done."""


class Child:
    """A script and its end of the conversation. After a failure it only waits to be closed."""

    def __init__(self, settings):
        self.settings = settings
        self.wire = Wire(lambda thread: _trace.of_thread(thread, ""))
        self.sender = _api.Sender(self.wire)
        self.policy = settings["errors"]
        self.failed = False
        self.delays = {}  # of timers that still run, by number
        self.known = 0  # timers that Weir knows
        self.watching = False
        self.unheard = set()  # input ports without a callback at which something has come
        self.api = _api.Api(settings, self.sender, self.raised)
        self.wire.start()

    def raised(self, error):
        summary, trace = _api.summary(error)
        self.sender.say(["raised", summary, trace])

    def run(self):
        try:
            self.load()
        except BaseException as error:
            self.tell(error, "load", 0)
        while True:
            message = self.wire.receive()
            if message[0] == "close":
                return
            if self.failed:
                continue
            try:
                self.sender.working = True
                getattr(self, "do_" + message[0])(*message[1:])
            except Gone:
                pass
            finally:
                self.sender.working = False

    def load(self):
        import linecache
        import pickle

        settings = self.settings
        file, source = settings["file"], settings["source"]
        sys.path.insert(0, settings["folder"])
        module = type(sys)("script")
        module.__file__ = file
        module.api = self.api
        module.pickle = pickle
        # What the script pickles is of __main__ wherever it is restored.
        module.__name__ = "__main__"
        sys.modules["__main__"] = module
        linecache.cache[file] = len(source), None, source.splitlines(True), file
        exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)
        api = self.api
        self.sender.say(["loaded", {
            "stateful": bool(api._info.is_stateful),
            "serialize": api._serialize is not None,
            "restore": api._restore is not None,
            "complete": api._complete is not None,
            "pause": api._pause is not None or api._resume is not None,
            "shutdown": api._shutdown is not None,
            "callbacks": sorted(api._callbacks),
        }])

    def fail(self, where, number, error):
        self.tell(error, where, number)
        raise Gone() from None

    def tell(self, error, where, number):
        self.failed = True
        summary, trace = _api.summary(error)
        self.sender.say(["failed", where, number, summary, trace])

    def do_restore(self, epoch, state):
        try:
            self.api._restore(epoch, state)
        except BaseException as error:
            self.fail("restore", 0, error)
        self.sender.say(["done", [], False])

    def do_start(self, dropping, stopped, numbers):
        api = self.api
        for port, number in zip(api._outports, numbers):
            port.last = number
        self.stopped = frozenset(stopped)
        api._state = "running"
        api._dropping = dropping
        try:
            if api._prestart is not None:
                self.call("prestart", 0, api._prestart)
        finally:
            api._dropping = False
        self.done()

    def done(self):
        """Says that what was asked is done, with the timers that are new."""
        timers = self.api._timers
        new = [i for i in range(self.known, len(timers)) if i not in self.stopped]
        self.known = len(timers)
        self.delays.update((i, 0.0) for i in new)
        self.sender.say(["done", new, self.idle()])

    def idle(self):
        """Whether nothing goes on by itself: no timers, no threads. Where only threads do, Weir hears of their end."""
        if self.delays or self.watching:
            return False
        others = self.threads()
        if not others:
            return True
        self.watching = True
        threading.Thread(target=self.watch, daemon=True, name="weir").start()
        return False

    @staticmethod
    def threads():
        return [t for t in threading.enumerate() if t is not threading.main_thread() and t.name != "weir"]

    def watch(self):
        for others in iter(self.threads, []):
            for thread in others:
                thread.join()
        self.watching = False
        self.sender.say(["idle"])

    def do_work(self, port, first, numbers, records):
        api = self.api
        callback = api._callbacks.get(port)
        if callback is not None:
            spec = api._inputs[port]
            kind, type_id, types = spec["type"], spec["id"], api.type_context
            decode = _bodies.decode
            for i, record in enumerate(records):
                number = numbers[i] if numbers else first + i
                header, body = decode(record, kind, type_id, types)
                self.call("port callback", number, callback, b"weir" + number.to_bytes(8, "big"), header, body)
        elif port not in self.unheard:
            self.unheard.add(port)
            name = api._inputs[port]["name"]
            api.logger.warn("what comes in at '%s' is dropped: api.set_port_callback('%s', ...) has not been called",
                            name, name)
        self.done()

    def call(self, where, number, callback, *arguments):
        """Calls back; what is raised goes where the operator's policy says."""
        try:
            return callback(*arguments)
        except Gone:
            raise
        except BaseException as error:
            self.handle(where, number, error)
            return None

    def handle(self, where, number, error):
        if isinstance(error, Exception):
            if self.policy == "skip":
                summary, trace = _api.summary(error)
                self.sender.say(["ignored", where, number, summary, trace])
                return
            if self.policy == "error-port":
                record = _api.error_record(error, self.settings["operator"], self.settings["process"])
                self.api.outputs.error.publish(record)
                return
            if self.policy == "retry" and where == "port callback":
                self.sender.say(["refused", number, "%s: %s" % (type(error).__name__, error)])
                return
        self.fail(where, number, error)

    def do_timer(self, i):
        before = self.delays[i]
        try:
            delay = float(self.api._timers[i]())
            if delay != delay:
                raise ValueError("a timer returns the seconds until its next call, not %r" % delay)
        except BaseException as error:
            self.handle("timer callback", 0, error)
            delay = before or PROBLEM
        if delay < 0:
            del self.delays[i]
        else:
            self.delays[i] = delay
        self.sender.say(["delay", i, delay])
        self.done()

    def do_responses(self, answers):
        for port, number, problem in answers:
            response = self.api._responses.pop((port, number), None)
            error = None if problem is None else RuntimeError(problem)
            if response is not None:
                self.call("response callback", 0, response, b"weir" + number.to_bytes(8, "big"), error)
            elif error is not None:
                self.handle("response callback", 0, error)
        self.done()

    def do_serialize(self, epoch, stateful):
        api = self.api
        try:
            if api._pause is not None:
                api._pause()
            state = None
            if stateful:
                state = api._serialize(epoch)
                if not isinstance(state, (bytes, bytearray)):
                    raise TypeError("the serialize callback returns bytes, not %s" % type(state).__name__)
            self.sender.say(["state", state if state is None else bytes(state)])
            if api._resume is not None:
                api._resume()
        except BaseException as error:
            self.fail("serialize", 0, error)

    def do_complete(self, epoch):
        self.call("epoch complete callback", 0, self.api._complete, epoch)
        self.done()

    def do_shutdown(self):
        self.api._state = "over"
        try:
            if self.api._shutdown is not None:
                self.api._shutdown()
        except BaseException as error:
            self.fail("shutdown callback", 0, error)
        self.sender.say(["done", [], False])
