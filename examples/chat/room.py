"""A chat room: its messages, the latest first, since it was last cleared."""

fish = "example.ChatRoom/python-lobby"
version = 1
where = "'chatRoom:lobby'"


def initial_state():
    return []


def on_event(state, event, metadata):
    if event["type"] == "messageAdded":
        state.insert(0, event["message"])
    else:
        state.clear()
    return state


def is_reset(event, metadata):
    return event["type"] == "messagesCleared"
