# Writes each row by its key. To write it again changes nothing, so there is no state to keep.
import sqlite3

connection = None


def open_target():
    global connection
    connection = sqlite3.connect(api.config.database, timeout=60)


def on_input(msg_id, header, body):
    with connection:
        for x, y, z in body.get().body:
            connection.execute(
                "INSERT INTO test (x, y, z) VALUES (?, ?, ?) ON CONFLICT (x) DO UPDATE SET y = excluded.y, z = excluded.z",
                (x, y, z),
            )


api.set_prestart(open_target)
api.set_port_callback("input", on_input)
