# fastscore.input: int
# fastscore.output: int
# fastscore.snapshots: eof

import fastscore

def begin():
    cell = fastscore.cells('sum')
    if cell.value == None:
        cell.set(0)

def action(datum):
  cell = fastscore.cells('sum')
  cell.update(lambda x: x + datum)
  yield cell.value