"""The life of a runner: load the program, say so, then do what Weir asks, one thing after another."""

import os
import sys

from weir import _call, _emit, _state, _trace
from weir._wire import Wire


def main(settings):
    """Runs the program until Weir closes the pipe. `settings` are from the first frame."""
    sys.argv[:] = [settings["file"]]
    outlive_signals()
    child = Child(settings)
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

    def __init__(self, settings):
        self.leases = _state.leases
        self.wire = Wire(self.describe)
        self.leases.attach(self.wire)
        self.wire.start()
        self.failed = False
        self.begin = self.end = None
        self.names = {int(slot): name for slot, name in settings["actions"].items()}
        self.actions = {}  # by slot: the function and how many parameters it takes; None for the other slots
        self.input_sets = frozenset(slot for slot in settings["sets"] if slot % 2 == 0)
        self.output_sets = frozenset(settings["sets"]) - self.input_sets
        self.callbacks = settings["callbacks"]
        self.go_on = settings["goOn"]
        self.fish = settings.get("fish", False)
        self.program = None  # the code and the module of a program that reads its slots itself

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
        code = compile(source, file, "exec", dont_inherit=True)
        if not self.callbacks:
            self.program = code, program
            return
        if self.input_sets:
            from weir import _sets

            try:
                _sets.require_pandas()
            except ImportError as error:
                raise _call.BadProgram(str(error)) from None
        exec(code, program.__dict__)
        functions = program.__dict__
        if self.fish:
            from weir import _fish

            self.actions[None] = _fish.action(functions, file), 1
            return
        for slot, name in self.names.items():
            self.actions[slot] = self.function(functions, name, file)
        if "action" in functions or not self.names:
            self.actions[None] = self.function(functions, "action", file)
        for name in ("begin", "end"):
            function = functions.get(name)
            if function is not None:
                _call.refuse_parameters(self.callable(function, name, file), name)
        self.begin, self.end = functions.get("begin"), functions.get("end")

    def function(self, functions, name, file):
        """An action by its name, and how many parameters it takes."""
        function = functions.get(name)
        if function is None:
            raise _call.BadProgram("%s defines no function %s(data), which is what a model needs" % (file, name))
        return function, _call.parameters(self.callable(function, name, file), name)

    @staticmethod
    def callable(function, name, file):
        if not callable(function):
            raise _call.BadProgram("%s in %s is not a function but of type %s" % (name, file, type(function).__name__))
        _call.refuse_async(function, name)
        return function

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
        if self.program is not None:
            self.run_program(overlay)
            return
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

    def run_program(self, overlay):
        """Runs a program that reads its slots itself; returns when Weir closes the pipe, or it has failed."""
        from weir import _slots

        if overlay:
            self.leases.begin_overlay()
        conversation = _slots.conversation = _slots.Conversation(self.wire, self.leases, self.output_sets, overlay)
        code, program = self.program
        try:
            exec(code, program.__dict__)
        except SystemExit as leave:
            if not conversation.closed and leave.code not in (None, 0):
                self.fail("program", 0, 0, leave)
                return
        except BaseException as error:
            self.fail("program", 0, 0, error)
            return
        if not conversation.closed:
            conversation.finish()

    def call_once(self, name, function, answer):
        try:
            outputs = [] if function is None else _call.collect(function)
            self.wire.send([answer, *_call.checked(outputs, self.output_sets)])
        except _call.BadOutput as bad:
            self.fail(name, 0, 0, bad.error)
        except BaseException as error:
            self.fail(name, 0, 0, error)

    def work(self, number, slot, first, sequences, records, is_set):
        outputs = []
        ends = []  # for each record done, the number of outputs after it
        failures = []  # [which record, summary, traceback]
        if is_set:
            sequences, first = sequences and sequences[-1:], first + max(0, len(records) - 1)
            size, records = len(records), [records]
        rest = iter(records)
        _emit.outputs = outputs
        try:
            action, parameters = self.actions.get(slot) or self.actions[None]
            call = self.bind(action, parameters, slot, first, sequences, len(records))
            if is_set:
                from weir._sets import deliver

                rest = map(deliver, rest)
            if self.go_on:
                self.run_on(call, rest, outputs, ends, failures)
            elif _call.is_generator(action):
                self.run_generator(call, rest, outputs, ends)
            else:
                self.run_function(call, rest, outputs, ends)
        except BaseException as error:
            self.fail("action", number, min(len(ends), len(records) - 1), error)
            return
        finally:
            _emit.outputs = None
        self.leases.served()  # first, so that others need not wait for the rest
        try:
            values, slots = self.checked(outputs, ends, failures)
        except _call.BadOutput as bad:
            self.fail("action", number, sum(end <= bad.i for end in ends), bad.error)
            return
        if is_set and failures:
            failures[0][0] = max(0, size - 1)
        try:
            self.wire.send(["done", number, values, slots, failures])
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

    def run_on(self, call, records, outputs, ends, failures):
        """Calls for each record; one that raises has no outputs, and the next one is taken."""
        recalled = self.wire.recalled
        for record in records:
            before = len(outputs)
            try:
                result = call(record)
                if hasattr(result, "__next__"):
                    outputs.extend(result)
                elif result is not None:
                    outputs.append(result)
            except Exception as error:
                del outputs[before:]
                failures.append([len(ends), *_trace.of_exception(error, False)])
            ends.append(len(outputs))
            if recalled:
                self.leases.due()

    def checked(self, outputs, ends, failures):
        """The outputs as they are sent. Where the program goes on, a record with a bad one is a failure."""
        try:
            return _call.checked(outputs, self.output_sets)
        except _call.BadOutput:
            if not self.go_on:
                raise
        values, slots, start = [], [], 0
        for i, end in enumerate(ends):
            try:
                good, where = _call.checked(outputs[start:end], self.output_sets)
                values.extend(good)
                slots.extend(where or [1] * len(good))
            except _call.BadOutput as bad:
                failures.append([i, *_trace.of_exception(bad.error, False)])
            start = end
        failures.sort(key=lambda failure: failure[0])
        return values, slots

    def bind(self, action, parameters, slot, first, sequences, count):
        """`action` as a function of the record alone."""
        if parameters == 1:
            return action
        if parameters == 2:
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
