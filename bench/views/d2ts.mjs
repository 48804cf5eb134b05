// node d2ts.mjs COUNT BATCH: the totals of all baskets by d2ts, in memory.

import { D2, MultiSet, join, map, output, reduce } from '@electric-sql/d2ts'
import { measure, products } from './items.mjs'

const [count, batch] = process.argv.slice(2).map(Number)
const graph = new D2({ initialFrontier: 0 })
const product = graph.newInput()
const items = graph.newInput()
const totals = new Map()

product.pipe(
  join(items),
  map(([, [price, [basket, qty]]]) => [basket, price * qty]),
  reduce((values) => [[values.reduce((sum, [value, weight]) => sum + value * weight, 0), 1]]),
  output((message) => {
    if (message.type !== 1) return
    for (const [[basket, total], weight] of message.data.collection.getInner()) {
      totals.set(basket, (totals.get(basket) ?? 0) + total * weight)
    }
  }),
)
graph.finalize()

let version = 0
function send(some, rows) {
  some.sendData(version, new MultiSet(rows.map((row) => [row, 1])))
  version++
  product.sendFrontier(version)
  items.sendFrontier(version)
  graph.run()
}

send(product, products)
await measure(
  count,
  batch,
  (rows) => send(items, rows.map(([basket, name, qty]) => [name, [basket, qty]])),
  () => [...totals.values()].reduce((a, b) => a + b, 0),
)
