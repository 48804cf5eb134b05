"""Says where code is and what went wrong in it, leaving out the frames of the runner itself."""

OURS = "<weir>/"  # how the names of the runner's own files begin


def of_exception(error, summary_place):
    """The summary of an exception in one line, and its traceback of the user's frames with the chain of its causes.

    :param summary_place: whether the summary is to name the file and the line
    """
    from traceback import TracebackException

    try:
        trace = TracebackException(type(error), error, error.__traceback__)
        _strip(trace, set())
        text = "".join(trace.format())
        place = trace.stack[-1] if trace.stack else None
    except Exception as broken:  # an exception whose own __str__ raises, or the like
        text, place = "(the traceback cannot be shown: %r)" % (broken,), None
    summary = _one_line(error)
    if summary_place and place is not None and not isinstance(error, SyntaxError):
        summary += " (%s, line %s)" % (place.filename, place.lineno)
    return summary, text


def of_thread(thread, idle):
    """The stack of a thread; `idle` when it is not in any code of the user's."""
    import sys
    from traceback import StackSummary, walk_stack

    frame = sys._current_frames().get(thread)
    stack = StackSummary.extract(walk_stack(frame))
    stack.reverse()
    if stack and stack[0].filename == "<string>":
        del stack[0]  # what `python -c` was given
    stack[:] = [entry for entry in stack if not entry.filename.startswith(OURS)]
    return "".join(stack.format()).rstrip("\n") or idle


def _strip(trace, seen):
    if trace is None or id(trace) in seen:
        return
    seen.add(id(trace))
    trace.stack[:] = [
        entry for entry in trace.stack
        if not entry.filename.startswith(OURS) and not entry.filename.startswith("<frozen importlib")]
    _strip(trace.__cause__, seen)
    _strip(trace.__context__, seen)
    for part in getattr(trace, "exceptions", None) or ():
        _strip(part, seen)


def _one_line(error):
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "(no message)"
    name = type(error).__qualname__
    return name + ": " + text if text else name
