import weir

counts = weir.pools("counts")


def action(key):
    counts.update(key, lambda n: (n or 0) + 1)
