# Inserts rows that have no key. A log beside them, written in the same transaction, says which batches are in; those
# that come again are dropped. What an epoch that is complete covers cannot come again, and leaves the log.
import pickle
import sqlite3

connection = None
messages_done = {}  # by number of message: the epoch that covers it, None as long as there is none


def open_target():
    global connection
    connection = sqlite3.connect(api.config.database, timeout=60)


def on_input(msg_id, header, body):
    batch, message = header["batchNum"][0], header["messageNum"][0]
    if header["isFinal"][0]:
        messages_done[message] = None
    if connection.execute("SELECT id FROM wal WHERE batch = ? AND message = ?", (batch, message)).fetchone():
        return
    rows = body.get().body
    with connection:  # rows and log in one transaction: a crash leaves both or neither
        connection.executemany("INSERT INTO test2 (x, y, z) VALUES (?, ?, ?)", rows)
        connection.execute("INSERT INTO wal (id, batch, message) VALUES (?, ?, ?)", (header["ID"][0], batch, message))
    api.outputs.output.publish(str(rows))


api.set_prestart(open_target)
api.set_port_callback("input", on_input)

api.set_initial_snapshot_info(api.InitialProcessInfo(is_stateful=True))


def serialize(epoch):
    for message, covered in messages_done.items():
        if covered is None:
            messages_done[message] = epoch
    return pickle.dumps(messages_done)


def restore(epoch, state):
    global messages_done
    messages_done = pickle.loads(state)


def complete(epoch):
    for message in [m for m, covered in messages_done.items() if covered == epoch]:
        with connection:
            connection.execute("DELETE FROM wal WHERE message = ?", (message,))
        del messages_done[message]


api.set_serialize_callback(serialize)
api.set_restore_callback(restore)
api.set_epoch_complete_callback(complete)
