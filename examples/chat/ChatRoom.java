import dev.weir.pond.Codec;
import dev.weir.pond.Fish;
import dev.weir.pond.FishId;
import dev.weir.pond.Where;
import java.util.ArrayList;

/** A chat room: its messages, the latest first, since it was last cleared. */
class ChatRoom {

  sealed interface ChatEvent {}

  record MessageAdded(String message) implements ChatEvent {}

  record MessagesCleared() implements ChatEvent {}

  static Fish<?, ?> fish() {
    return Fish.of(
            FishId.of("example.ChatRoom", "lobby", 1),
            Codec.jsonList(String.class),
            Codec.json(ChatEvent.class))
        .where(Where.tags("chatRoom:lobby"))
        .initialState(ArrayList::new)
        .onEvent(
            (state, event, meta) -> {
              if (event instanceof MessageAdded added) {
                state.add(0, added.message());
              } else {
                state.clear();
              }
              return state;
            })
        .isReset((event, meta) -> event instanceof MessagesCleared)
        .build();
  }
}
