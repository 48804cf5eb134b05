# weir.recordsets.$all: yes
# weir.schema.0: {"type": "record", "name": "Trade", "fields": [{"name": "id", "type": "int"}, {"name": "price", "type": "double"}, {"name": "amount", "type": "int"}, {"name": "who", "type": "string"}]}
# weir.schema.1: {"type": "record", "name": "Total", "fields": [{"name": "id", "type": "int"}, {"name": "price", "type": "double"}, {"name": "amount", "type": "int"}, {"name": "who", "type": "string"}, {"name": "total", "type": "double"}]}


def action(trades):
    trades["total"] = trades["price"] * trades["amount"]
    yield trades
