package dev.weir.models;

import dev.weir.runners.Item;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Who may read and write which cells and pool keys: leases, after Gray and Cheriton (1989), that
 * are recalled when another needs them, and a wait-for graph in which deadlocks are found.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Two leases of different members that overlap (same cell, same key, or a key and its whole
 *       pool) are both shared.
 *   <li>A lease is recalled at most once; it ends with the member's answer, never before. A member
 *       gives a lease back only in answer to a recall. (Otherwise an answer could cross a new grant
 *       and end that.)
 *   <li>Requests that conflict are granted in the order in which they came, but for one that waits
 *       for what the member of a later one is updating.
 *   <li>A waiting member gives back, when asked, whatever is not in its {@code locked}; so a cycle
 *       of members that wait for each other's locked items is a deadlock, and any other wait ends.
 * </ul>
 *
 * <p>A member that asks for one key of a pool in which it is alone is given the whole pool. The
 * lease of a whole pool takes in those that its holder had of keys; the values that it has changed
 * under them are its own to keep, for they may be newer than the granted ones.
 *
 * <p>Not thread-safe.
 */
final class LeaseTable {

  /** Hears what the table decides; must not call it. */
  interface Decisions {
    void grant(Request request, Item item, boolean exclusive);

    void recall(Member member, Item item);
  }

  /** A need of a lease that waits or has been granted. A whole pool is always leased to write. */
  static final class Request {
    final Member member;
    final long id;
    final Item wanted;
    private final List<Item> locked;
    private Item leased;
    private boolean exclusive;
    private boolean swept;
    private boolean granted;

    Request(Member member, long id, Item wanted, boolean exclusive, List<Item> locked) {
      this.member = member;
      this.id = id;
      this.wanted = wanted;
      this.locked = locked;
      this.leased = wanted;
      this.exclusive = exclusive || wanted.isWholePool();
    }

    boolean granted() {
      return granted;
    }
  }

  private static final class Lease {
    final Member member;
    boolean exclusive;
    boolean recalled;
    Lease next;

    Lease(Member member, Lease next) {
      this.member = member;
      this.next = next;
    }
  }

  /** A cell, or a pool with its keys: what has one queue. */
  private static final class Area {
    final Deque<Request> queue = new ArrayDeque<>();
    final Map<String, Lease> keys = new HashMap<>();
    final Map<Member, Integer> keysOf = new HashMap<>();
    Lease whole;
    int keyLeases;
    int keysRecalled;
    boolean contended;
  }

  /** That {@code from} waits because of {@code to}, told for people by {@code why}. */
  private record Edge(Member from, Member to, String why) {}

  private final Map<Item, Area> areas = new HashMap<>();
  private final Set<Request> waiting = new LinkedHashSet<>();
  private final Set<Member> members = new HashSet<>();
  private final Decisions decisions;
  private final Predicate<String> small;
  private long handOvers;

  /**
   * @param small whether a pool is small enough to be leased as a whole to one who asked for a key
   */
  LeaseTable(Decisions decisions, Predicate<String> small) {
    this.decisions = decisions;
    this.small = small;
  }

  void join(Member member) {
    members.add(member);
  }

  /** Ends everything that a member holds; it has given its changes before. */
  void leave(Member member) {
    members.remove(member);
    waiting.removeIf(r -> r.member == member);
    for (var area : areas.values()) {
      area.queue.removeIf(r -> r.member == member);
      area.whole = without(area.whole, member);
      if (area.keysOf.remove(member) != null) {
        for (var i = area.keys.entrySet().iterator(); i.hasNext(); ) {
          var entry = i.next();
          var lease = find(entry.getValue(), member);
          if (lease == null) {
            continue;
          }
          area.keyLeases--;
          area.keysRecalled -= lease.recalled ? 1 : 0;
          var rest = without(entry.getValue(), member);
          if (rest == null) {
            i.remove();
          } else {
            entry.setValue(rest);
          }
        }
      }
      settle(area);
    }
  }

  /** How often a lease went from one member to another. */
  long handOvers() {
    return handOvers;
  }

  /**
   * Grants the request now or later.
   *
   * @return why it never can be, naming who waits for what; the request is then forgotten
   */
  Optional<String> ask(Request request) {
    var area = area(request.wanted);
    if (isKey(request.wanted) && alone(area, request)) {
      request.leased = Item.pool(request.wanted.pool());
      request.exclusive = true;
    }
    area.queue.addLast(request);
    waiting.add(request);
    settle(area);
    if (request.granted) {
      return Optional.empty();
    }
    var path = new ArrayList<Edge>();
    if (!cycle(request.member, request.member, path, new HashSet<>())) {
      return Optional.empty();
    }
    area.queue.remove(request);
    waiting.remove(request);
    settle(area);
    return Optional.of(String.join("; ", path.stream().map(Edge::why).toList()));
  }

  /** The member has given these back. */
  void back(Member member, List<Item> released) {
    var touched = new LinkedHashSet<Area>();
    for (var item : released) {
      var area = areas.get(areaOf(item));
      if (area != null && remove(area, item, member)) {
        touched.add(area);
      }
    }
    touched.forEach(this::settle);
  }

  /** Whether the member may write the item. */
  boolean mayWrite(Member member, Item item) {
    var area = areas.get(areaOf(item));
    if (area == null) {
      return false;
    }
    var whole = find(area.whole, member);
    var lease = whole == null && isKey(item) ? find(area.keys.get(item.name()), member) : whole;
    return lease != null && lease.exclusive;
  }

  private boolean alone(Area area, Request request) {
    if (members.size() == 1) {
      area.contended = false;
    }
    return !area.contended
        && area.queue.isEmpty()
        && area.keyLeases == area.keysOf.getOrDefault(request.member, 0)
        && (area.whole == null || (area.whole.member == request.member && area.whole.next == null))
        && request.locked.stream().noneMatch(i -> request.wanted.pool().equals(i.pool()))
        && small.test(request.wanted.pool());
  }

  /** Grants what can be granted, and recalls what stands in the way of those whose turn it is. */
  private void settle(Area area) {
    boolean granted;
    do {
      granted = false;
      for (Iterator<Request> i = area.queue.iterator(); i.hasNext(); ) {
        var request = i.next();
        if (isBehind(area, request)) {
          continue;
        }
        if (conflicts(area, request)) {
          recall(area, request);
        } else {
          i.remove();
          waiting.remove(request);
          grant(area, request);
          granted = true;
        }
      }
      // A request for a whole pool may have to recall what was granted past it just now.
    } while (granted && !area.queue.isEmpty());
  }

  private boolean isBehind(Area area, Request request) {
    for (var earlier : area.queue) {
      if (earlier == request) {
        return false;
      }
      if (goesBefore(earlier, request)) {
        return true;
      }
    }
    throw new IllegalStateException("not in its queue");
  }

  /**
   * Whether the later of two requests has its turn after the earlier. Not where the earlier waits
   * for what the later's member is updating: it cannot have its turn before that is done.
   */
  private boolean goesBefore(Request earlier, Request later) {
    return overlap(earlier.leased, later.leased)
        && (earlier.exclusive || later.exclusive)
        && later.locked.stream().noneMatch(l -> holdsAgainst(later.member, l, earlier));
  }

  private static boolean conflicts(Area area, Request request) {
    for (var lease = area.whole; lease != null; lease = lease.next) {
      if (conflicts(lease, request)) {
        return true;
      }
    }
    if (isKey(request.leased)) {
      for (var lease = area.keys.get(request.leased.name()); lease != null; lease = lease.next) {
        if (conflicts(lease, request)) {
          return true;
        }
      }
      return false;
    }
    return area.keyLeases > area.keysOf.getOrDefault(request.member, 0)
        || area.keysRecalled > ownLockedAndRecalled(area, request);
  }

  /** Its own lease, once recalled, stands in a member's way until it has answered. */
  private static boolean conflicts(Lease lease, Request request) {
    return lease.member == request.member ? lease.recalled : lease.exclusive || request.exclusive;
  }

  /** How many keys the requester of a whole pool is to give back, and will when it has the pool. */
  private static int ownLockedAndRecalled(Area area, Request request) {
    int count = 0;
    for (var item : request.locked) {
      if (isKey(item) && overlap(item, request.leased)) {
        var lease = find(area.keys.get(item.name()), request.member);
        if (lease != null && lease.recalled) {
          count++;
        }
      }
    }
    return count;
  }

  private void recall(Area area, Request request) {
    for (var lease = area.whole; lease != null; lease = lease.next) {
      recall(area, lease, request, areaOf(request.leased));
    }
    if (isKey(request.leased)) {
      for (var lease = area.keys.get(request.leased.name()); lease != null; lease = lease.next) {
        recall(area, lease, request, request.leased);
      }
    } else if (!request.swept) {
      request.swept = true;
      for (var entry : area.keys.entrySet()) {
        var key = Item.key(request.leased.pool(), entry.getKey());
        for (var lease = entry.getValue(); lease != null; lease = lease.next) {
          recall(area, lease, request, key);
        }
      }
    }
  }

  private void recall(Area area, Lease lease, Request request, Item item) {
    if (lease.member != request.member && conflicts(lease, request)) {
      area.contended = true;
      if (!lease.recalled) {
        lease.recalled = true;
        area.keysRecalled += isKey(item) ? 1 : 0;
        decisions.recall(lease.member, item);
      }
    }
  }

  private void grant(Area area, Request request) {
    boolean key = isKey(request.leased);
    var lease = find(key ? area.keys.get(request.leased.name()) : area.whole, request.member);
    if (lease == null && key) {
      lease = new Lease(request.member, area.keys.get(request.leased.name()));
      area.keys.put(request.leased.name(), lease);
      area.keyLeases++;
      area.keysOf.merge(request.member, 1, Integer::sum);
      area.queue.forEach(r -> r.swept = false);
    } else if (lease == null) {
      lease = new Lease(request.member, area.whole);
      area.whole = lease;
      // What it had of the keys, with recalls that it owes an answer, becomes part of this.
      lease.recalled = area.keysRecalled > 0;
      area.keys.clear();
      area.keysOf.clear();
      area.keyLeases = 0;
      area.keysRecalled = 0;
    }
    lease.exclusive |= request.exclusive;
    request.granted = true;
    decisions.grant(request, request.leased, lease.exclusive);
  }

  private boolean remove(Area area, Item item, Member member) {
    if (!isKey(item)) {
      var lease = find(area.whole, member);
      if (lease == null) {
        return false;
      }
      handOvers += lease.recalled ? 1 : 0;
      area.whole = without(area.whole, member);
      return true;
    }
    var chain = area.keys.get(item.name());
    var lease = find(chain, member);
    if (lease == null) {
      return false;
    }
    if (lease.recalled) {
      handOvers++;
      area.keysRecalled--;
    }
    var rest = without(chain, member);
    if (rest == null) {
      area.keys.remove(item.name());
    } else {
      area.keys.put(item.name(), rest);
    }
    area.keyLeases--;
    area.keysOf.merge(member, -1, (a, b) -> a + b == 0 ? null : a + b);
    return true;
  }

  /** Whether the waits of {@code at} lead back to {@code origin}; {@code path} then says how. */
  private boolean cycle(Member at, Member origin, List<Edge> path, Set<Member> seen) {
    if (!seen.add(at)) {
      return false;
    }
    for (var request : waiting) {
      if (request.member != at) {
        continue;
      }
      for (var edge : edges(request)) {
        path.add(edge);
        if (edge.to() == origin || cycle(edge.to(), origin, path, seen)) {
          return true;
        }
        path.remove(path.size() - 1);
      }
    }
    return false;
  }

  private List<Edge> edges(Request request) {
    var edges = new ArrayList<Edge>();
    var waits = "runner " + request.member.number() + " waits for " + request.wanted + ", ";
    for (var other : waiting) {
      if (other.member == request.member) {
        continue;
      }
      for (var locked : other.locked) {
        if (holdsAgainst(other.member, locked, request)) {
          var who = "runner " + other.member.number();
          edges.add(
              new Edge(
                  request.member,
                  other.member,
                  overlap(locked, request.wanted)
                      ? waits + "which " + who + " is updating"
                      : waits + "which " + who + " holds while it is updating " + locked));
        }
      }
    }
    for (var earlier : area(request.leased).queue) {
      if (earlier == request) {
        break;
      }
      if (earlier.member != request.member && goesBefore(earlier, request)) {
        edges.add(
            new Edge(
                request.member,
                earlier.member,
                waits + "for which runner " + earlier.member.number() + " has asked before"));
      }
    }
    return edges;
  }

  /** Whether the lease by which {@code holder} has {@code locked} is in the request's way. */
  private boolean holdsAgainst(Member holder, Item locked, Request request) {
    if (!areaOf(locked).equals(areaOf(request.leased))) {
      return false;
    }
    var area = area(locked);
    if (find(area.whole, holder) != null) {
      return true;
    }
    return isKey(locked)
        && find(area.keys.get(locked.name()), holder) != null
        && overlap(locked, request.leased);
  }

  private Area area(Item item) {
    return areas.computeIfAbsent(areaOf(item), i -> new Area());
  }

  private static Item areaOf(Item item) {
    return isKey(item) ? Item.pool(item.pool()) : item;
  }

  private static boolean isKey(Item item) {
    return !item.isCell() && !item.isWholePool();
  }

  /** Of two items of one area. */
  private static boolean overlap(Item a, Item b) {
    return areaOf(a).equals(areaOf(b)) && (!isKey(a) || !isKey(b) || a.equals(b));
  }

  private static Lease find(Lease chain, Member member) {
    for (var lease = chain; lease != null; lease = lease.next) {
      if (lease.member == member) {
        return lease;
      }
    }
    return null;
  }

  private static Lease without(Lease chain, Member member) {
    if (chain == null) {
      return null;
    }
    if (chain.member == member) {
      return chain.next;
    }
    chain.next = without(chain.next, member);
    return chain;
  }
}
