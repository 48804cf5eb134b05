def action(flight):
    yield {"airport": flight["origin"], "minutes": flight["delay"]}
