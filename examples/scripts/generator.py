# Reads a table to which rows are only ever appended, two at a time. The order is that of the key, so the offset is all
# that must be kept to give the same rows again.
import pickle
import sqlite3

SIZE = 2
connection = None
offset = 0


def open_source():
    global connection
    connection = sqlite3.connect(api.config.database)


def read():
    global offset
    rows = connection.execute("SELECT x, y, z FROM test ORDER BY x LIMIT ? OFFSET ?", (SIZE, offset)).fetchall()
    if not rows:
        return api.config.at_end
    offset += len(rows)  # not SIZE: what is appended after a short read is not passed over
    api.outputs.output.publish(api.Table([list(row) for row in rows]))
    return api.config.pause


api.set_prestart(open_source)
api.add_timer(read)

api.set_initial_snapshot_info(
    api.InitialProcessInfo(is_stateful=True, outports_info={"output": api.OutportInfo(is_generator=True)})
)


def serialize(epoch):
    return pickle.dumps(offset)


def restore(epoch, state):
    global offset
    offset = pickle.loads(state)


api.set_serialize_callback(serialize)
api.set_restore_callback(restore)
