# fastscore.recordsets.$all: yes


def action(trades):
    trades["total"] = trades["price"] * trades["amount"]
    yield trades
