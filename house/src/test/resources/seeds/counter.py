counter = 0

def on_input(msg_id, header, body):
    global counter
    counter += 1
    api.outputs.output.publish(str(counter))

api.set_port_callback("input", on_input)

api.set_initial_snapshot_info(api.InitialProcessInfo(is_stateful=True))

def serialize(epoch):
    return pickle.dumps(counter)

api.set_serialize_callback(serialize)

def restore(epoch, state_bytes):
    global counter
    counter = pickle.loads(state_bytes)

api.set_restore_callback(restore)

def complete_callback(epoch):
    api.logger.info(f"epoch {epoch} is completed!!!")

api.set_epoch_complete_callback(complete_callback)
