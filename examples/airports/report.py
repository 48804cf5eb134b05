def action(line):
    yield line
