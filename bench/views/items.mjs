// The same line items as in bench/java/Receipts.java, and how a run over them is measured.

const PRODUCTS = 1000

export const products = Array.from({ length: PRODUCTS }, (_, i) => ['product ' + i, 1 + (i % 97)])

export const item = (i) => [Math.floor(i / 5), 'product ' + ((i * 2654435761) % PRODUCTS), 1 + (i % 7)]

/** Hands over batches; the second half is measured. Prints what Receipts prints. */
export async function measure(count, batch, step, total) {
  const rows = Array.from({ length: count }, (_, i) => item(i))
  const batches = Math.floor(count / batch)
  const half = Math.floor(batches / 2)
  const times = []
  let start = 0
  for (let b = 0; b < batches; b++) {
    if (b === half) start = performance.now()
    const before = performance.now()
    await step(rows.slice(b * batch, (b + 1) * batch), b)
    if (b >= half) times.push(performance.now() - before)
  }
  const taken = performance.now() - start
  times.sort((a, b) => a - b)
  console.log(JSON.stringify({
    rate: Math.round(((batches - half) * batch * 1000) / taken),
    median_us: times[times.length >> 1] * 1000,
    total: await total(),
  }))
}
