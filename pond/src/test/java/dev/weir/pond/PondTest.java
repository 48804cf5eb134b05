package dev.weir.pond;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What people do with a pond: observe, run effects, publish; and what may go wrong in a fold. */
class PondTest {

  sealed interface ChatEvent {}

  record MessageAdded(String message) implements ChatEvent {}

  record MessagesCleared() implements ChatEvent {}

  private static final Codec<ChatEvent> CHAT = Codec.json(ChatEvent.class);

  private final Rig rig = new Rig(url());

  /** Which store is tested; asked for before the fields of a subclass are there. */
  String url() {
    return "memory:";
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private static Fish<List<String>, ChatEvent> chatRoom(String name) {
    return Fish.of(FishId.of("ax.example.ChatRoom", name, 0), Codec.jsonList(String.class), CHAT)
        .where(Where.tags("chatRoom", "chatRoom:" + name))
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

  private void say(String room, ChatEvent event) {
    rig.pond.publish(Draft.of(CHAT, event, "chatRoom", "chatRoom:" + room));
  }

  @Test
  void theChatRoom() {
    var seen = new ArrayList<List<String>>();
    say("lobby", new MessageAdded("hello"));
    try (var observing = rig.pond.observe(chatRoom("lobby"), e -> seen.add(e.state()))) {
      rig.pond.settle();
      say("lobby", new MessageAdded("world"));
      rig.pond.settle();
      say("cellar", new MessageAdded("dark here"));
      rig.pond.settle();
      say("lobby", new MessagesCleared());
      rig.pond.settle();
      say("lobby", new MessageAdded("again"));
      rig.pond.settle();
    }
    assertThat(seen)
        .containsExactly(List.of("hello"), List.of("world", "hello"), List.of(), List.of("again"));
    assertThat(rig.pond.currentState(chatRoom("cellar"))).containsExactly("dark here");
    try (var view = rig.log.view()) {
      assertThat(EventLogTest.all(view.after(Offsets.NONE, Where.allEvents())))
          .extracting(Event::payload)
          .contains(
              "{\"type\":\"messageAdded\",\"message\":\"hello\"}",
              "{\"type\":\"messagesCleared\"}");
    }
  }

  @Test
  void aStateThatIsHandedOutIsACopy() {
    say("lobby", new MessageAdded("a"));
    var fish = chatRoom("lobby");
    rig.pond.observe(fish, emission -> {});
    rig.pond.currentState(fish).add("spoilt");
    assertThat(rig.pond.currentState(fish)).containsExactly("a");
  }

  @Test
  void whoCancelsIsToldNothingMoreAndTheFishSleeps() {
    var calls = new AtomicInteger();
    var fish =
        Fish.of(FishId.of("test.Calls", "one", 0), Integer.class, Object.class)
            .initialState(() -> 0)
            .onEvent(
                (state, payload, event) -> {
                  calls.incrementAndGet();
                  return state + 1;
                })
            .build();
    var told = new ArrayList<Integer>();
    var first = rig.pond.observe(fish, e -> told.add(e.state()));
    var second = rig.pond.observe(fish, e -> told.add(e.state()));
    rig.pond.settle();
    rig.pond.publish(Draft.of("1"));
    rig.pond.settle();
    first.close();
    first.close();
    rig.pond.publish(Draft.of("1"));
    rig.pond.settle();
    assertThat(told).containsExactly(0, 0, 1, 1, 2);
    assertThat(calls).hasValue(2);
    second.close();
    rig.pond.publish(Draft.of("1"));
    rig.pond.settle();
    assertThat(calls).hasValue(2);
    assertThat(rig.pond.figures(fish.id())).isEmpty();
  }

  private static Fish<Integer, Integer> latest() {
    return Fish.latestEvent(FishId.of("test.Latest", "n", 0), Where.tags("n"), Integer.class);
  }

  private static Draft n(int value) {
    return Draft.of("" + value, "n");
  }

  @Test
  void eachEffectSeesTheEventsOfThoseBefore() throws Exception {
    var runs = new ArrayList<CompletableFuture<List<Event>>>();
    for (int i = 1; i <= 1_000; i++) {
      int number = i;
      runs.add(
          rig.pond.run(
              latest(),
              (state, enqueue) -> {
                assertThat(state).isEqualTo(number == 1 ? null : Integer.valueOf(number - 1));
                enqueue.emit(n(number));
              }));
    }
    for (var run : runs) {
      assertThat(run.get(60, TimeUnit.SECONDS)).hasSize(1);
    }
    assertThat(rig.pond.currentState(latest())).isEqualTo(1_000);
  }

  @Test
  void anEffectThatFailsDoesNotHoldUpOthers() throws Exception {
    var kept = new Enqueue[1];
    var bad =
        rig.pond.run(
            latest(),
            (state, enqueue) -> {
              kept[0] = enqueue;
              enqueue.emit(n(7));
              throw new IllegalStateException("no");
            });
    var good = rig.pond.run(latest(), (state, enqueue) -> enqueue.emit(n(1)));
    assertThat(good.get(60, TimeUnit.SECONDS)).hasSize(1);
    assertThatThrownBy(bad::get).isInstanceOf(ExecutionException.class).hasRootCauseMessage("no");
    assertThat(rig.pond.currentState(latest())).isEqualTo(1);
    assertThatThrownBy(() -> kept[0].emit(n(8)))
        .isInstanceOf(PondException.class)
        .hasMessageContaining("returned");
  }

  @Test
  void anEffectKeepsRunningUntilItsEnd() throws Exception {
    rig.pond.publish(n(0));
    var ended = new CountDownLatch(1);
    try (var running =
        rig.pond.keepRunning(
            latest(),
            (state, enqueue) -> enqueue.emit(n(state + 1)),
            state -> {
              boolean end = state == 100;
              if (end) {
                ended.countDown();
              }
              return end;
            })) {
      assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
      rig.pond.publish(n(101));
      rig.pond.run(latest(), (state, enqueue) -> {}).get(60, TimeUnit.SECONDS);
      assertThat(rig.pond.currentState(latest())).isEqualTo(101);
    }
  }

  private Fish<String, String> words(Fish.OnError onError, boolean immutable) {
    var id = FishId.of("test.Words", "w" + immutable, 0);
    var fish =
        Fish.of(id, String.class, String.class)
            .initialState(() -> "")
            .onEvent(
                (state, word, event) -> {
                  if (word.equals("error")) {
                    throw new IllegalStateException("bad word");
                  }
                  return (state + " " + word).strip();
                })
            .onError(onError);
    return (immutable ? fish.immutable() : fish).build();
  }

  @Test
  void aFoldThatFailsStopsAtTheLastGoodState() {
    rig.pond.publish(Draft.of("\"one\""));
    var states = new ArrayList<String>();
    var errors = new ArrayList<PondException>();
    var fish = words(Fish.OnError.STOP, true);
    var observing = rig.pond.observe(fish, e -> states.add(e.state()), errors::add);
    rig.pond.settle();
    rig.pond.publish(Draft.of("\"two\""), Draft.of("\"error\""), Draft.of("\"three\""));
    rig.pond.settle();
    assertThat(states).containsExactly("one", "one two");
    assertThat(errors).singleElement().isInstanceOf(FishStoppedException.class);
    assertThat(errors.get(0))
        .hasMessageContaining("test.Words/wtrue@0")
        .hasMessageContaining("/me (\"error\")")
        .hasMessageContaining("bad word");
    rig.pond.observe(fish, e -> states.add("late " + e.state()), errors::add).close();
    assertThat(states).endsWith("late one two");
    assertThat(errors).hasSize(2);
    assertThatThrownBy(() -> rig.pond.currentState(fish)).isInstanceOf(FishStoppedException.class);
    observing.close();
    assertThat(rig.pond.currentState(words(Fish.OnError.SKIP, true))).isEqualTo("one two three");
  }

  /** A state that is changed in place, and only half when the fold fails. */
  private Fish<List<String>, String> pairs(Fish.OnError onError) {
    return Fish.of(
            FishId.of("test.Pairs", "p" + onError, 0),
            Codec.jsonList(String.class),
            Codec.json(String.class))
        .initialState(ArrayList::new)
        .onEvent(
            (state, word, event) -> {
              state.add(word);
              if (word.equals("error")) {
                throw new IllegalStateException("bad word");
              }
              state.add(word.toUpperCase(java.util.Locale.ROOT));
              return state;
            })
        .onError(onError)
        .build();
  }

  @Test
  void aStateIsNeverLeftHalfChanged() {
    for (int i = 0; i < 70; i++) {
      rig.pond.publish(Draft.of(i == 50 ? "\"error\"" : "\"w" + i + "\""));
    }
    var expected = new ArrayList<String>();
    for (int i = 0; i < 70; i++) {
      if (i != 50) {
        expected.addAll(List.of("w" + i, "W" + i));
      }
    }
    assertThat(rig.pond.currentState(pairs(Fish.OnError.SKIP))).isEqualTo(expected);
    var good = new ArrayList<List<String>>();
    rig.pond.observe(pairs(Fish.OnError.STOP), e -> good.add(e.state()));
    rig.pond.settle();
    assertThat(good).containsExactly(expected.subList(0, 100));
    rig.pond.publish(Draft.of("\"error\""), Draft.of("\"a\""), Draft.of("\"error\""));
    expected.addAll(List.of("a", "A"));
    assertThat(rig.pond.stateAt(pairs(Fish.OnError.SKIP), At.parse("now")).state())
        .isEqualTo(expected);
    assertThatThrownBy(() -> rig.pond.stateAt(pairs(Fish.OnError.STOP), At.parse("now")))
        .isInstanceOf(FishStoppedException.class)
        .hasMessageContaining("bad word");
    assertThat(rig.pond.currentState(pairs(Fish.OnError.QUARANTINE))).isEqualTo(expected);
    rig.reports.clear();
    rig.wake();
    assertThat(rig.pond.currentState(pairs(Fish.OnError.QUARANTINE))).isEqualTo(expected);
    assertThat(rig.reports).isEmpty();
  }

  private Fish<List<String>, String> strict(boolean mended) {
    return Fish.of(
            FishId.of("test.Strict", "s", 0),
            Codec.jsonList(String.class),
            Codec.json(String.class))
        .initialState(ArrayList::new)
        .onEvent(
            (state, word, event) -> {
              if (!mended && word.startsWith("bad")) {
                throw new IllegalStateException("a bad word");
              }
              state.add(word);
              return state;
            })
        .onError(Fish.OnError.QUARANTINE)
        .snapshots(SnapshotPolicy.DEFAULT.every(1))
        .build();
  }

  @Test
  void whatIsReleasedFromQuarantineIsFoldedAgainInItsPlace() {
    var id = strict(true).id();
    rig.pond.publish(Draft.of("\"a\""), Draft.of("\"bad\""), Draft.of("\"c\""), Draft.of("\"d\""));
    assertThat(rig.pond.currentState(strict(false))).containsExactly("a", "c", "d");
    rig.pond.settle();
    assertThat(rig.store.snapshots().list(id.subject())).isNotEmpty();
    assertThat(rig.log.leftOut(id))
        .singleElement()
        .satisfies(each -> assertThat(each.error()).contains("a bad word"));
    rig.wake();
    assertThat(rig.pond.currentState(strict(true))).containsExactly("a", "c", "d");
    assertThat(rig.log.release(id)).hasSize(1);
    assertThat(rig.pond.currentState(strict(true))).containsExactly("a", "bad", "c", "d");
    assertThat(rig.log.release(id)).isEmpty();
    rig.wake();
    assertThat(rig.pond.currentState(strict(true))).containsExactly("a", "bad", "c", "d");
    assertThat(FishId.parse(id.toString())).isEqualTo(id);
    assertThatThrownBy(() -> FishId.parse("Strict@0")).hasMessageContaining("names no fish");
  }

  @Test
  void payloadsOfUnknownKindsArePoisonToo() {
    say("lobby", new MessageAdded("a"));
    rig.pond.publish(Draft.of("{\"type\":\"unheardOf\"}", "chatRoom", "chatRoom:lobby"));
    assertThatThrownBy(() -> rig.pond.currentState(chatRoom("lobby")))
        .isInstanceOf(FishStoppedException.class)
        .hasMessageContaining("unheardOf");
  }

  record Ticket(int of, int n) {}

  private static Fish<Ticket, Object> ticket(int number) {
    return Fish.of(FishId.of("test.Ticket", "" + number, 0), Ticket.class, Object.class)
        .where(Where.tags("own:" + number))
        .initialState(() -> new Ticket(number, 0))
        .onEvent((state, payload, event) -> new Ticket(number, state.n() + 1))
        .build();
  }

  @Test
  void manyFishAsOneList() {
    var told = new ArrayList<List<Ticket>>();
    rig.pond.publish(Draft.of("0", "own:1"), Draft.of("1", "seed"), Draft.of("2", "seed"));
    try (var observing =
        rig.pond.<Ticket, Integer>observeAll(
            Where.tags("seed"),
            Codec.json(Integer.class),
            n -> {
              if (n == 13) {
                throw new IllegalArgumentException("unlucky");
              }
              return n < 0 ? Optional.empty() : Optional.of(ticket(n));
            },
            Duration.ofDays(1),
            told::add)) {
      rig.pond.settle();
      assertThat(told.get(told.size() - 1)).containsExactly(new Ticket(1, 1), new Ticket(2, 0));
      rig.pond.publish(Draft.of("3", "seed"), Draft.of("-1", "seed"), Draft.of("13", "seed"));
      rig.pond.publish(Draft.of("3", "seed"), Draft.of("0", "own:3"));
      rig.pond.settle();
      rig.pond.settle();
      assertThat(told.get(told.size() - 1))
          .containsExactly(new Ticket(1, 1), new Ticket(2, 0), new Ticket(3, 1));
      int before = told.size();
      rig.pond.publish(Draft.of("0", "other"));
      rig.pond.settle();
      assertThat(told).hasSize(before);
      rig.clock.move(Duration.ofDays(2));
      rig.pond.publish(Draft.of("2", "seed"));
      rig.pond.settle();
      assertThat(told.get(told.size() - 1)).containsExactly(new Ticket(2, 0));
    }
    assertThat(rig.reports)
        .singleElement()
        .satisfies(r -> assertThat(r.what()).contains("unlucky"));
  }

  @Test
  void oneFishThatAnEventNames() {
    var told = new ArrayList<Ticket>();
    rig.pond.<Ticket, Integer>observeOne(
        Where.tags("seed"), Codec.json(Integer.class), PondTest::ticket, told::add);
    rig.pond.publish(Draft.of("0", "own:1"));
    rig.pond.settle();
    assertThat(told).isEmpty();
    rig.pond.publish(Draft.of("1", "seed"), Draft.of("0", "own:1"));
    rig.pond.publish(Draft.of("0", "own:1"), Draft.of("0", "own:1"));
    rig.pond.settle();
    rig.pond.settle();
    assertThat(told.get(told.size() - 1)).isEqualTo(new Ticket(1, 4));
  }

  @Test
  void readyMadeFish() {
    assertThat(rig.pond.currentState(latest())).isNull();
    for (int i = 1; i <= 6; i++) {
      rig.pond.publish(n(i));
    }
    assertThat(rig.pond.currentState(latest())).isEqualTo(6);
    var tags = Where.tags("n");
    assertThat(
            rig.pond.currentState(
                Fish.eventsAscending(FishId.of("test.Up", "n", 0), tags, Integer.class, 3)))
        .containsExactly(4, 5, 6);
    assertThat(
            rig.pond.currentState(
                Fish.eventsDescending(FishId.of("test.Down", "n", 0), tags, Integer.class, 3)))
        .containsExactly(6, 5, 4);
  }

  enum Mood {
    GOOD,
    BAD
  }

  record Rich(
      Map<String, List<Instant>> times,
      LocalDate day,
      BigInteger big,
      Optional<Mood> mood,
      List<Double> numbers,
      ChatEvent last) {}

  @Test
  void statesOfManyTypesComeBackFromSnapshots() {
    var id = FishId.of("test.Rich", "r", 0);
    var fish =
        Fish.of(id, Rich.class, ChatEvent.class)
            .initialState(
                () ->
                    new Rich(new LinkedHashMap<>(), null, null, Optional.empty(), List.of(), null))
            .onEvent(
                (state, payload, event) -> {
                  state
                      .times()
                      .computeIfAbsent(event.tags().get(0), t -> new ArrayList<>())
                      .add(event.time());
                  return new Rich(
                      state.times(),
                      LocalDate.of(2026, 1, 31),
                      BigInteger.TWO.pow(99),
                      Optional.of(Mood.GOOD),
                      List.of(0.1, Double.NaN, Double.NEGATIVE_INFINITY),
                      payload);
                })
            .snapshots(SnapshotPolicy.DEFAULT.every(1))
            .build();
    say("lobby", new MessageAdded("x"));
    rig.pond.currentState(fish);
    rig.pond.settle();
    assertThat(rig.reports).isEmpty();
    assertThat(rig.store.snapshots().list(id.subject())).hasSize(1);
    rig.wake();
    var state = rig.pond.currentState(fish);
    assertThat(state.numbers()).containsExactly(0.1, Double.NaN, Double.NEGATIVE_INFINITY);
    assertThat(state.last()).isEqualTo(new MessageAdded("x"));
    assertThat(state.big()).isEqualTo(BigInteger.TWO.pow(99));
    assertThat(state.times()).containsEntry("chatRoom", List.of(rig.clock.instant()));
  }

  /** Its second field is not written. */
  record Leaky(int shown, @com.fasterxml.jackson.annotation.JsonIgnore int hidden) {}

  @Test
  void aStateThatDoesNotComeBackIsNotPutIntoASnapshot() {
    var leaky =
        Fish.of(FishId.of("test.Leaky", "l", 0), Leaky.class, Integer.class)
            .initialState(() -> new Leaky(0, 0))
            .onEvent((state, payload, event) -> new Leaky(payload, state.hidden() + 1))
            .snapshots(SnapshotPolicy.DEFAULT.every(1))
            .build();
    rig.pond.publish(n(1), n(2));
    assertThat(rig.pond.currentState(leaky)).isEqualTo(new Leaky(2, 2));
    rig.pond.settle();
    assertThat(rig.store.snapshots().list(leaky.id().subject())).isEmpty();
    assertThat(rig.reports)
        .singleElement()
        .satisfies(report -> assertThat(report.what()).contains("reads back otherwise"));
  }

  @Test
  void aStateThatCannotBeWrittenIsNamed() {
    var fish =
        Fish.of(
                FishId.of("test.Thread", "t", 0),
                Codec.json(Object.class),
                Codec.json(Object.class))
            .initialState(() -> null)
            .onEvent(
                (state, payload, event) -> {
                  var cycle = new ArrayList<Object>();
                  cycle.add(cycle);
                  return cycle;
                })
            .snapshots(SnapshotPolicy.DEFAULT.every(1))
            .build();
    rig.pond.publish(n(1), n(2));
    assertThatThrownBy(() -> rig.pond.currentState(fish))
        .isInstanceOf(FishStoppedException.class)
        .hasMessageContaining("cannot be copied");
    assertThat(rig.reports)
        .anySatisfy(report -> assertThat(report.what()).contains("takes no snapshots"));
  }

  @Test
  void anEventThatArrivesAgainIsFoldedOnce() {
    var fish = rig.numbers(false).build();
    var events = rig.batch("A@1=0 A@2=1 A@3=2");
    rig.pond.observe(fish, e -> {});
    rig.log.ingest(events);
    rig.pond.settle();
    rig.log.ingest(events);
    rig.log.ingest(events.subList(1, 2));
    assertThat(rig.pond.currentState(fish)).isEqualTo(List.of(0, 1, 2));
    assertThat(rig.folded).containsExactly(0L, 1L, 2L);
  }

  @Test
  void aResetThatNeverComesCostsNearlyNothing() {
    var asked = new AtomicInteger();
    var drafts = new ArrayList<Draft>();
    for (int i = 0; i < 8_000; i++) {
      drafts.add(n(i));
    }
    rig.log.append(drafts);
    var fish =
        Fish.of(FishId.of("test.Never", "n", 0), Long.class, Long.class)
            .initialState(() -> 0L)
            .onEvent((state, payload, event) -> state + 1)
            .isReset(
                (payload, event) -> {
                  asked.incrementAndGet();
                  return false;
                })
            .build();
    assertThat(rig.pond.currentState(fish)).isEqualTo(8_000);
    assertThat(asked.get()).isBetween(8_000, 8_500);
  }

  @Test
  void aResetNearTheEndSparesTheFold() {
    var drafts = new ArrayList<Draft>();
    for (int i = 0; i < 8_000; i++) {
      drafts.add(Draft.of(i == 7_900 ? "-1" : "" + i));
    }
    rig.log.append(drafts);
    assertThat(rig.pond.currentState(rig.numbers(true).build())).hasSize(100);
    assertThat(rig.folded).hasSize(100);
  }

  @Test
  void ownEventsAreLocal() {
    var fish =
        Fish.of(FishId.of("test.Local", "l", 0), Long.class, Object.class)
            .where(Where.allEvents().local())
            .initialState(() -> 0L)
            .onEvent((state, payload, event) -> state + (event.local() ? 1 : 100))
            .build();
    rig.pond.publish(n(1));
    rig.feed("B@5=1");
    rig.pond.publish(n(1));
    assertThat(rig.pond.currentState(fish)).isEqualTo(2);
  }

  @Test
  void thePastCanBeAskedFor() {
    rig.feed("A@10=1 A@20=2 B@15=7 A@30=-1 B@40=9");
    var fish = rig.numbers(false).snapshots(SnapshotPolicy.DEFAULT.every(2)).build();
    rig.pond.currentState(fish);
    assertThat(rig.pond.stateAt(fish, At.parse("20/A")).state()).isEqualTo(List.of(1, 7, 2));
    assertThat(rig.pond.stateAt(fish, At.parse("B@0")).state()).isEqualTo(List.of(1, 7));
    assertThat(rig.pond.stateAt(fish, At.parse("now")).state()).isEqualTo(List.of(1, 7, 2, -1, 9));
    assertThat(rig.pond.stateAt(fish, At.parse("1970-01-01T00:00:00.031Z")).state())
        .isEqualTo(List.of(1, 7, 2, -1));
    assertThat(rig.pond.stateAt(fish, At.parse("1969-01-01T00:00:00Z")).state())
        .isEqualTo(List.of());
    assertThat(rig.pond.stateAt(fish, At.parse("12/A")).state()).isEqualTo(List.of(1));
    var steps = new ArrayList<String>();
    rig.pond.walk(
        fish,
        At.parse("10/A"),
        At.parse("30/A"),
        (event, state) -> steps.add(event.key() + " " + state));
    assertThat(steps).containsExactly("15/B [1, 7]", "20/A [1, 7, 2]", "30/A [1, 7, 2, -1]");
    var bad = rig.pond.firstFalse(fish, state -> !state.contains(-1)).orElseThrow();
    assertThat(bad.at().key()).isEqualTo(new EventKey(30, "A"));
    assertThat(rig.pond.firstFalse(fish, state -> true)).isEmpty();
    for (var text : List.of("", "x", "5/", "A@x", "2026")) {
      assertThatThrownBy(() -> At.parse(text)).isInstanceOf(BadQueryException.class);
    }
    assertThatThrownBy(() -> rig.pond.stateAt(fish, At.parse("A@9")))
        .isInstanceOf(BadQueryException.class)
        .hasMessageContaining("no event at offset 9 of A");
  }

  @Test
  void manyFishReadTheLogOnce() {
    var drafts = new ArrayList<Draft>();
    for (int i = 0; i < 5_000; i++) {
      drafts.add(Draft.of("1", "own:" + i % 50));
    }
    rig.log.append(drafts);
    var totals = new int[50];
    for (int i = 0; i < 50; i++) {
      int fish = i;
      rig.pond.observe(ticket(i), e -> totals[fish] = e.state().n());
    }
    rig.pond.settle();
    assertThat(totals).containsOnly(100);
    rig.log.append(drafts);
    rig.pond.settle();
    assertThat(totals).containsOnly(200);
  }

  @Test
  void aClosedPondSaysSo() {
    rig.pond.close();
    assertThatThrownBy(() -> rig.pond.observe(latest(), e -> {}))
        .isInstanceOf(PondException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> rig.pond.run(latest(), (s, q) -> {}).get())
        .hasMessageContaining("closed");
  }
}
