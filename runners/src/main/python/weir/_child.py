"""The life of a runner: load the program, say so, then do what Weir asks, one thing after another."""

import os
import sys

from weir import _call, _state, _trace
from weir._wire import Wire


def main(settings):
    """Runs the program until Weir closes the pipe. `settings` are from the first frame."""
    sys.argv[:] = [settings["file"]]
    outlive_signals()
    child = Child()
    try:
        child.load(settings["file"])
    except BaseException as error:
        child.fail("load", 0, 0, error)
    else:
        child.ready()
    child.run()


def outlive_signals():
    """Ctrl-C at a terminal and a service's SIGTERM reach all processes; when a runner goes is Weir's decision."""
    import _signal

    runner = os.getpid()

    def ignore(number, frame):
        if os.getpid() != runner:
            # A process that the program forked, such as multiprocessing's workers: it ends as usual.
            _signal.signal(number, _signal.SIG_DFL)
            os.kill(os.getpid(), number)

    # Not SIG_IGN, which programs that are started from here would inherit.
    for number in (_signal.SIGINT, _signal.SIGTERM):
        _signal.signal(number, ignore)


class Child:
    """A program and its runner's end of the conversation. After a failure it only waits to be closed."""

    def __init__(self):
        self.leases = _state.leases
        self.wire = Wire(self.describe)
        self.leases.attach(self.wire)
        self.wire.start()
        self.failed = False
        self.begin = self.action = self.end = None
        self.parameters = 1

    def load(self, file):
        folder = os.path.dirname(os.path.abspath(file))
        sys.path.insert(0, folder)
        name = os.path.splitext(os.path.basename(file))[0]
        program = type(sys)(name)
        program.__file__ = os.path.abspath(file)
        # Objects pickled by the program when it was run as a script are of __main__.
        sys.modules["__main__"] = program
        sys.modules.setdefault(name, program)
        with open(file, "rb") as stream:
            source = stream.read()
        exec(compile(source, file, "exec", dont_inherit=True), program.__dict__)
        functions = program.__dict__
        action = functions.get("action")
        if action is None:
            raise _call.BadProgram("%s defines no function action(data), which is what a model needs" % file)
        for name in ("begin", "action", "end"):
            function = functions.get(name)
            if function is None:
                continue
            if not callable(function):
                raise _call.BadProgram("%s in %s is not a function but of type %s" % (name, file, type(function).__name__))
            _call.refuse_async(function, name)
            if name != "action":
                _call.refuse_parameters(function, name)
        self.parameters = _call.parameters(action)
        self.begin, self.action, self.end = functions.get("begin"), action, functions.get("end")

    def ready(self):
        self.leases.usable = True
        name = sys.implementation.name
        language = "%s %s" % ("CPython" if name == "cpython" else name, sys.version.split()[0])
        self.wire.send(["ready", os.getpid(), language])

    def run(self):
        while True:
            message = self.leases.receive()
            kind = message[0]
            if kind == "close":
                return
            if self.failed:
                continue
            if kind == "work":
                self.work(*message[1:])
            elif kind == "sync":
                self.wire.send(["synced", message[1], self.leases.sync()])
            elif kind == "begin":
                self.call_begin(message[1])
            elif kind == "end":
                self.call_once("end", self.end, "ended")
            else:
                raise RuntimeError("Weir said %r, which a runner does not know" % (kind,))
            self.leases.served()

    def call_begin(self, overlay):
        if not overlay:
            self.call_once("begin", self.begin, "begun")
            return
        self.leases.begin_overlay()
        try:
            if self.begin is not None:
                _call.collect(self.begin)
        except BaseException as error:
            self.fail("begin", 0, 0, error)
            return
        finally:
            self.leases.end_overlay()
        self.wire.send(["begun", [], None])

    def call_once(self, name, function, answer):
        try:
            outputs = [] if function is None else _call.collect(function)
            self.wire.send([answer, *_call.checked(outputs)])
        except _call.BadOutput as bad:
            self.fail(name, 0, 0, bad.error)
        except BaseException as error:
            self.fail(name, 0, 0, error)

    def work(self, number, slot, first, sequences, records):
        call = self.bind(slot, first, sequences, len(records))
        outputs = []
        ends = []  # for each record done, the number of outputs after it
        rest = iter(records)
        try:
            if _call.is_generator(self.action):
                self.run_generator(call, rest, outputs, ends)
            else:
                self.run_function(call, rest, outputs, ends)
        except BaseException as error:
            self.fail("action", number, len(records) - rest.__length_hint__() - 1, error)
            return
        self.leases.served()  # first, so that others need not wait for the rest
        try:
            values, slots = _call.checked(outputs)
        except _call.BadOutput as bad:
            self.fail("action", number, sum(end <= bad.i for end in ends), bad.error)
            return
        try:
            self.wire.send(["done", number, values, slots])
        except ValueError as error:
            self.fail("action", number, 0, error)

    def run_generator(self, call, records, outputs, ends):
        recalled = self.wire.recalled
        due = self.leases.due
        extend = outputs.extend
        ended = ends.append
        for record in records:
            extend(call(record))
            ended(len(outputs))
            if recalled:
                due()

    def run_function(self, call, records, outputs, ends):
        recalled = self.wire.recalled
        due = self.leases.due
        for record in records:
            result = call(record)
            if result is not None:
                if hasattr(result, "__next__"):
                    outputs.extend(result)
                else:
                    outputs.append(result)
            ends.append(len(outputs))
            if recalled:
                due()

    def bind(self, slot, first, sequences, count):
        """`action` as a function of the record alone."""
        action = self.action
        if self.parameters == 1:
            return action
        if self.parameters == 2:
            return lambda record: action(record, slot)
        numbers = iter(sequences or range(first, first + count))
        return lambda record: action(record, slot, next(numbers))

    def fail(self, where, number, index, error):
        self.failed = True
        if isinstance(error, _call.BadProgram):
            summary, trace = str(error), ""
        else:
            summary, trace = _trace.of_exception(error, where == "load")
        self.wire.send(["failed", where, number, index, summary, trace])
        self.leases.served()

    def describe(self, thread):
        waiting = self.leases.waiting
        doing = "waiting for records" if waiting is None else "waiting for " + _state.show(waiting)
        trace = _trace.of_thread(thread, doing)
        return trace if waiting is None or trace == doing else trace + "\n" + doing
