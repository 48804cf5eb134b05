"""Numbers the corrections."""

count = 0


def on_input(msg_id, header, body):
    global count
    count += 1
    api.outputs.output.publish(dict(body.get(), number=count))


def serialize(epoch):
    return pickle.dumps(count)


def restore(epoch, state):
    global count
    count = pickle.loads(state)


api.set_port_callback("input", on_input)
api.set_initial_snapshot_info(api.InitialProcessInfo(is_stateful=True))
api.set_serialize_callback(serialize)
api.set_restore_callback(restore)
