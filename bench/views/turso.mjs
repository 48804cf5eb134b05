// node turso.mjs COUNT BATCH: the totals of all baskets by a materialized view of Turso, in memory.
//
// Each batch is one statement of many rows: version 0.7.2 panics in its B-tree when the rows of such a join come by
// prepared statements.

import { connect } from '@tursodatabase/database'
import { measure, products } from './items.mjs'

const [count, batch] = process.argv.slice(2).map(Number)
const db = await connect(':memory:', { experimental: ['views'] })
await db.exec('create table product (name text, price real)')
await db.exec('create table item (basket integer, product text, qty integer)')
await db.exec(`create materialized view receipt as
  select i.basket as basket, sum(p.price * i.qty) as total
  from item i join product p on p.name = i.product group by i.basket`)
await db.exec('insert into product values ' + products.map(([name, price]) => `('${name}', ${price})`).join(', '))
await measure(
  count,
  batch,
  (rows) => db.exec('insert into item values ' + rows.map(([b, name, qty]) => `(${b}, '${name}', ${qty})`).join(', ')),
  async () => (await (await db.prepare('select sum(total) as total from receipt')).get()).total,
)
