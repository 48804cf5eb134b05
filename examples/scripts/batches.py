# Reads a table in batches of ten rows; ten batches are a message, whose last batch is marked as final.
import pickle
import sqlite3

BATCH_SIZE = 10
MESSAGE_SIZE = 100
connection = None
offset = 0
number = 0


def open_source():
    global connection
    connection = sqlite3.connect(api.config.database)


def read():
    global offset, number
    rows = connection.execute("SELECT x, y, z FROM test ORDER BY x LIMIT ? OFFSET ?", (BATCH_SIZE, offset)).fetchall()
    short = len(rows) < BATCH_SIZE
    header = {
        "isFinal": [short or (offset + BATCH_SIZE) % MESSAGE_SIZE == 0],
        "batchNum": [offset // BATCH_SIZE],
        "messageNum": [offset // MESSAGE_SIZE],
        "ID": [number],
    }
    api.outputs.output.publish(api.Table([list(row) for row in rows]), header)
    number += 1
    offset += BATCH_SIZE
    return -1 if short else api.config.pause


api.set_prestart(open_source)
api.add_timer(read)

api.set_initial_snapshot_info(
    api.InitialProcessInfo(is_stateful=True, outports_info={"output": api.OutportInfo(is_generator=True)})
)


def serialize(epoch):
    return pickle.dumps([offset, number])


def restore(epoch, state):
    global offset, number
    offset, number = pickle.loads(state)


api.set_serialize_callback(serialize)
api.set_restore_callback(restore)
