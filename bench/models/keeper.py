"""{"fill": n, "from": i} makes n keys, of values that do not compress; {"set": [...], "to": v} changes some; {"seq": i} is echoed and changes one of 100 keys;
{"sum": true} tells how many keys there are and what their values add up to."""

import weir

pool = weir.pools("keys")


def value(i):
    return i * 2654435761 % 4294967296


def action(record):
    if "seq" in record:
        seq = record["seq"]
        pool.update("key-%07d" % (seq % 100), lambda n: n + 1)
        yield seq
    elif "fill" in record:
        for i in range(record["from"], record["from"] + record["fill"]):
            pool.set("key-%07d" % i, value(i))
        yield "filled"
    elif "set" in record:
        for key in record["set"]:
            pool.set(key, record["to"])
        yield "set"
    else:
        values = [value for _, value in pool.items()]
        yield {"keys": len(values), "sum": sum(values)}
