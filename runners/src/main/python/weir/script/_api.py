"""The object `api` that a script finds: how it registers callbacks, publishes, and learns about its graph."""

import threading
from difflib import get_close_matches

from weir import _trace
from weir.script import _bodies, _types

AT_ONCE = 256  # outputs that are sent together
LONG_TEXT = 1 << 14  # outputs this long are sent soon


class OperatorException(Exception):
    """An error with a code, a text, and a table of details with the columns key and value."""

    def __init__(self, code, text, details=None):
        super().__init__(text)
        self.code, self.text = code, text
        self.details = [] if details is None else [[str(key), str(value)] for key, value in details]


class OutportInfo:
    """Of an output port: whether it gives something that no input causes."""

    def __init__(self, is_generator=False):
        self.is_generator = is_generator


class InitialProcessInfo:
    """Of an operator: whether it keeps state, and what its output ports are."""

    def __init__(self, is_stateful=False, outports_info=None):
        self.is_stateful = is_stateful
        self.outports_info = dict(outports_info or {})


class Config:
    """The fields of the operator's configuration, by name."""

    def __init__(self, fields):
        self.__dict__.update(fields)

    def __getattr__(self, name):
        raise AttributeError("the configuration has no field '%s'%s" % (name, hint(name, self.__dict__)))


def hint(name, names):
    names = list(names)
    close = get_close_matches(name, names, 1)
    if close:
        return "; did you mean '%s'?" % close[0]
    return "; there are " + ", ".join(names) if names else "; there are none"


class Logger:
    """Writes lines to the log of the job."""

    def __init__(self, send):
        self._send = send

    def debug(self, text, *args):
        self._log("debug", text, args)

    def info(self, text, *args):
        self._log("info", text, args)

    def warn(self, text, *args):
        self._log("warning", text, args)

    def error(self, text, *args):
        self._log("error", text, args)

    warning = warn

    def _log(self, level, text, args):
        self._send(["log", level, str(text) % args if args else str(text)])


class Sender:
    """Everything that leaves the child: outputs in the order in which they were published, by any thread."""

    def __init__(self, wire):
        self._wire = wire
        self.lock = threading.RLock()
        self._main = threading.get_ident()
        self._ports, self._numbers, self._records, self._asks = [], [], [], []
        self.working = False  # whether the main thread is in a callback, so that outputs may wait for its end

    def say(self, message):
        """Sends a message behind all outputs so far."""
        with self.lock:
            self.flush()
            self._wire.send(message)

    def put(self, port, number, record, asks):
        self._ports.append(port)
        self._numbers.append(number)
        self._records.append(record)
        self._asks.append(asks)
        large = type(record) in (bytes, str) and len(record) > LONG_TEXT
        if large or len(self._ports) >= AT_ONCE or not self.working or threading.get_ident() != self._main:
            self.flush()

    def flush(self):
        if self._ports:
            self._wire.send(["out", self._ports, self._numbers, self._records, self._asks])
            self._ports, self._numbers, self._records, self._asks = [], [], [], []


class Outport:
    """An output port: `api.outputs.NAME`."""

    def __init__(self, number, spec, api):
        self._number, self._api = number, api
        self.name, self._type, self._id, self._connected = spec["name"], spec["type"], spec["id"], spec["connected"]
        self._static = _bodies.reference(self._type, self._id)
        self._dynamic = None
        self.response = None
        self.last = 0  # the number of the last message

    @property
    def type_ref(self):
        return self._dynamic or self._static

    def set_dynamic_type(self, ref):
        if self._id != _types.ANY:
            raise TypeError("the port '%s' has the type %s for good; only one with the id * can be given another" % (
                self.name, self._id))
        self._dynamic = ref

    def publish(self, data, *rest, **named):
        """publish(data, header=None, response_callback=None), or publish(file, n, ...): the id of the message."""
        stream = False
        if hasattr(data, "read"):
            n, header, response = _arguments(rest, named, ("n", -1), ("header", None), ("response_callback", None))
            stream = n < 0
            data = data.read() if n < 0 else data.read(n)
            if isinstance(data, str):
                data = data.encode()
            if len(data) > _bodies.LARGEST:
                raise ValueError("a message may have %d bytes; send several" % _bodies.LARGEST)
        else:
            header, response = _arguments(rest, named, ("header", None), ("response_callback", None))
        with self._api._sender.lock:
            return self._send(self._next(), data, header, response, stream)

    def with_writer(self, header=None, response_callback=None):
        """The id of a message, and the writer of its body. It is sent when the writer is closed."""
        kind, type_id = None, ""
        if self._dynamic is not None:
            kind, type_id = "table", self._dynamic.type_id
        elif self._type == "table":
            if self._id == _types.ANY:
                raise TypeError(
                    "the port '%s' takes tables of any type; say of which: api.outputs.%s.set_dynamic_type(ref)" % (
                        self.name, self.name))
            kind, type_id = "table", self._id
        elif self._type == "scalar" and self._id == _types.CORE + "binary":
            kind = "binary"
        with self._api._sender.lock:
            number = self._next()
        parts = dict(header.items()) if header else None
        return _id(number), _bodies.Writer(self.name, number, parts, response_callback, kind, type_id)

    def finish(self, number, data, header, response):
        """A writer has been closed."""
        with self._api._sender.lock:
            self._send(number, data, header, response, True)

    def _next(self):
        self._api._may_publish()
        if not self._api._drops():
            self.last += 1
        return self.last

    def _send(self, number, data, header, response, stream):
        record = _bodies.encode(data, header, stream, self._static)
        api = self._api
        api._may_publish()
        if self._connected and not api._drops():
            response = response or self.response
            if response is not None:
                api._responses[self._number, number] = response
            api._sender.put(self._number, number, record, response is not None)
        return _id(number)


def _id(number):
    return b"weir" + number.to_bytes(8, "big")


def _arguments(given, named, *wanted):
    names = [name for name, _ in wanted]
    values = dict(wanted)
    if len(given) > len(names):
        raise TypeError("publish() takes data and then at most %s" % ", ".join(names))
    values.update(zip(names, given))
    for name, value in named.items():
        if name not in values:
            raise TypeError("publish() has no argument '%s'%s" % (name, hint(name, names)))
        values[name] = value
    return [values[name] for name in names]


class Outputs:
    """The output ports, by their names."""

    def __init__(self, ports):
        self.__dict__.update(ports)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError("there is no output port '%s'%s" % (name, hint(name, self.__dict__)))


class Api:
    """What a script sees as `api`."""

    OperatorException = OperatorException
    OutportInfo = OutportInfo
    InitialProcessInfo = InitProcessInfo = InitialProcessInfo
    DataTypeReference = _types.DataTypeReference
    Record = _types.Record
    Table = _types.Table

    def __init__(self, settings, sender, raised):
        """`raised(error)` is told of what a thread of the script could not handle."""
        self._sender, self._raised = sender, raised
        self._state = "body"
        self._dropping = False
        self._responses = {}
        self._callbacks = {}  # of ports, by their numbers
        self._timers = []
        self._prestart = self._shutdown = self._serialize = self._restore = None
        self._pause = self._resume = self._complete = None
        self._info = InitialProcessInfo()
        self._in_callback = False
        self._inputs = settings["inputs"]
        self._outports = [Outport(i, spec, self) for i, spec in enumerate(settings["outputs"])]
        self.outputs = Outputs({port.name: port for port in self._outports})
        self.config = Config(settings["config"])
        self.logger = Logger(sender.say)
        self.type_context = _types.TypeContext(settings["types"])
        _types.Table.types = self.type_context
        _bodies.Writer.find = lambda writer, name: getattr(self.outputs, name)
        self.graph_name = settings["graph"]
        self.graph_handle = settings["handle"]
        self.group_id = settings["group"]
        self.multiplicity = settings["replicas"]
        self.multiplicity_index = settings["replica"]
        self.repo_root = self.subengine_root = settings["folder"]
        self.is_inport_connected = {spec["name"]: spec["connected"] for spec in settings["inputs"]}
        self.is_outport_connected = {spec["name"]: spec["connected"] for spec in settings["outputs"]}

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        names = [each for each in dir(type(self)) + list(self.__dict__) if not each.startswith("_")]
        close = get_close_matches(name, names, 1)
        raise AttributeError("api has no '%s'%s" % (name, "; did you mean '%s'?" % close[0] if close else ""))

    def get_inport_names(self):
        return list(self.is_inport_connected)

    def get_outport_names(self):
        return list(self.is_outport_connected)

    def set_port_callback(self, port, callback):
        names = self.get_inport_names()
        if port not in names:
            raise ValueError("there is no input port '%s'%s" % (port, hint(str(port), names)))
        self._callbacks[names.index(port)] = _function(callback)

    def set_response_callback(self, port, callback):
        names = self.get_outport_names()
        if port not in names:
            raise ValueError("there is no output port '%s'%s" % (port, hint(str(port), names)))
        self._outports[names.index(port)].response = _function(callback)

    def set_prestart(self, callback):
        self._prestart = _function(callback)

    def add_timer(self, callback):
        self._timers.append(_function(callback))

    def set_shutdown(self, callback):
        self._shutdown = _function(callback)

    def set_serialize_callback(self, callback):
        self._serialize = _function(callback)

    def set_restore_callback(self, callback):
        self._restore = _function(callback)

    def set_pause_callback(self, callback):
        self._pause = _function(callback)

    def set_resume_callback(self, callback):
        self._resume = _function(callback)

    def set_epoch_complete_callback(self, callback):
        self._complete = _function(callback)

    def set_initial_snapshot_info(self, initial_process_info):
        if self._state != "body":
            raise RuntimeError(
                "api.set_initial_snapshot_info is for the top level of the script: the operator has started")
        unknown = [name for name in initial_process_info.outports_info if name not in self.is_outport_connected]
        if unknown:
            raise ValueError(
                "there is no output port '%s'%s" % (unknown[0], hint(unknown[0], self.is_outport_connected)))
        self._info = initial_process_info

    def propagate_exception(self, e):
        """Stops the operator because of an exception, such as one of a thread of the script's."""
        self._raised(e)

    def app_log_info(self, message_code, message, details):
        self.logger.info("%s %s %s" % (message_code, message, details))

    def app_log_warning(self, message_code, message, details):
        self.logger.warn("%s %s %s" % (message_code, message, details))

    def app_log_error(self, message_code, message, details):
        self.logger.error("%s %s %s" % (message_code, message, details))

    def _drops(self):
        """Whether what this thread publishes is there already. What others do is restored and goes on."""
        return self._dropping and threading.current_thread() is threading.main_thread()

    def _may_publish(self):
        if self._state == "body":
            raise RuntimeError(
                "output only after initialisation: publish in a callback, such as that of api.set_prestart, not at the"
                " top level of the script")
        if self._state == "over":
            raise RuntimeError("the operator has been stopped: nothing can be published any more")


def _function(callback):
    if not callable(callback):
        raise TypeError("a callback is a function, not %r" % (callback,))
    return callback


def error_record(error, operator, process):
    """What goes out of the port `error`."""
    if isinstance(error, OperatorException):
        code, text, details = error.code, error.text, error.details
    else:
        code, text, details = 0, str(error), []
    return {
        "code": code,
        "operatorID": operator,
        "processID": process,
        "text": text,
        "details": [{"key": key, "value": value} for key, value in details],
    }


def summary(error):
    return _trace.of_exception(error, True)
