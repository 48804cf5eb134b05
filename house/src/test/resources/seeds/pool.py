# fastscore.input: int
# fastscore.output: int

import fastscore

def begin():
    fastscore.pools('counter').set('x', 0)

def action(v):
    counter = fastscore.pools('counter')
    counter.update('x', lambda x: x + 1)
    yield counter.get('x')