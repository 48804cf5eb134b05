# fastscore.input: int
# fastscore.output: int

import fastscore

def begin():
    fastscore.cells('counter').set(0)

def action(x):
    counter = fastscore.cells('counter')
    counter.update(lambda y: x + y)
    yield counter.value