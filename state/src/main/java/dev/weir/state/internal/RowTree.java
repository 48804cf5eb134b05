package dev.weir.state.internal;

import dev.weir.state.Row;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * A persistent ordered set of rows: a weight-balanced tree whose changes copy only the path to the
 * root, so that every version stays readable. Immutable.
 *
 * <p>Invariant: of two sibling subtrees neither has more than {@value #DELTA} times the rows of the
 * other, unless they hold at most one row together.
 */
final class RowTree {

  private static final int DELTA = 3;
  private static final int RATIO = 2;

  private final RowOrder order;
  private final Node root;

  private record Node(Node left, Row row, Node right, int size) {}

  private record Split(Node less, Row same, Node more) {}

  RowTree(RowOrder order) {
    this(order, null);
  }

  private RowTree(RowOrder order, Node root) {
    this.order = order;
    this.root = root;
  }

  /** The row equal to this one in the tree's order, or null. */
  Row find(Object[] values) {
    var node = root;
    while (node != null) {
      int c = order.compareWith(node.row, values);
      if (c == 0) {
        return node.row;
      }
      node = c > 0 ? node.left : node.right;
    }
    return null;
  }

  RowTree put(Row row) {
    return new RowTree(order, put(root, row));
  }

  RowTree remove(Row row) {
    var split = split(root, row);
    return split.same == null ? this : new RowTree(order, join(split.less, split.more));
  }

  /** Without the rows that begin with these values. */
  RowTree removeAll(Object... prefix) {
    return new RowTree(order, join(below(root, prefix), above(root, prefix)));
  }

  /** The number of rows that begin with these values. */
  int count(Object... prefix) {
    return size(root) - rank(prefix, true) - rank(prefix, false);
  }

  /** The rows that begin with these values, in order. */
  Iterator<Row> rows(Object... prefix) {
    return range(prefix, null, null, false);
  }

  /**
   * The rows that begin with the prefix and whose next value is in the range, forwards or
   * backwards.
   *
   * @param from null for no lower bound
   * @param to null for no upper bound, else exclusive
   */
  Iterator<Row> range(Object[] prefix, Object from, Object to, boolean reverse) {
    var low = from == null ? prefix : with(prefix, from);
    var high = to == null ? prefix : with(prefix, to);
    int below = to == null ? 1 : 0;
    Deque<Node> path = new ArrayDeque<>();
    for (var node = root; node != null; ) {
      boolean inside =
          reverse
              ? order.compareWith(node.row, high) < below
              : order.compareWith(node.row, low) >= 0;
      if (inside) {
        path.push(node);
      }
      node = inside == reverse ? node.right : node.left;
    }
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return !path.isEmpty()
            && order.compareWith(path.peek().row, prefix) == 0
            && (reverse
                ? order.compareWith(path.peek().row, low) >= 0
                : order.compareWith(path.peek().row, high) < below);
      }

      @Override
      public Row next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        var node = path.pop();
        for (var n = reverse ? node.left : node.right; n != null; n = reverse ? n.right : n.left) {
          path.push(n);
        }
        return node.row;
      }
    };
  }

  private static Object[] with(Object[] prefix, Object next) {
    var values = Arrays.copyOf(prefix, prefix.length + 1, Object[].class);
    values[prefix.length] = next;
    return values;
  }

  private int rank(Object[] prefix, boolean below) {
    int rank = 0;
    for (var node = root; node != null; ) {
      int c = order.compareWith(node.row, prefix);
      boolean counts = below ? c < 0 : c > 0;
      if (counts) {
        rank += 1 + size(below ? node.left : node.right);
      }
      node = counts == below ? node.right : node.left;
    }
    return rank;
  }

  private Node put(Node node, Row row) {
    if (node == null) {
      return new Node(null, row, null, 1);
    }
    int c = order.compare(row, node.row);
    if (c == 0) {
      return new Node(node.left, row, node.right, node.size);
    }
    return c < 0
        ? balance(put(node.left, row), node.row, node.right)
        : balance(node.left, node.row, put(node.right, row));
  }

  private Split split(Node node, Row row) {
    if (node == null) {
      return new Split(null, null, null);
    }
    int c = order.compare(row, node.row);
    if (c == 0) {
      return new Split(node.left, node.row, node.right);
    }
    if (c < 0) {
      var s = split(node.left, row);
      return s.same == null ? s : new Split(s.less, s.same, join(s.more, node.row, node.right));
    }
    var s = split(node.right, row);
    return s.same == null ? s : new Split(join(node.left, node.row, s.less), s.same, s.more);
  }

  private Node below(Node node, Object[] prefix) {
    if (node == null) {
      return null;
    }
    return order.compareWith(node.row, prefix) < 0
        ? join(node.left, node.row, below(node.right, prefix))
        : below(node.left, prefix);
  }

  private Node above(Node node, Object[] prefix) {
    if (node == null) {
      return null;
    }
    return order.compareWith(node.row, prefix) > 0
        ? join(above(node.left, prefix), node.row, node.right)
        : above(node.right, prefix);
  }

  private static int size(Node node) {
    return node == null ? 0 : node.size;
  }

  private static Node node(Node left, Row row, Node right) {
    return new Node(left, row, right, size(left) + size(right) + 1);
  }

  /** A node of two subtrees that are out of balance by at most one change. */
  private static Node balance(Node left, Row row, Node right) {
    int l = size(left);
    int r = size(right);
    if (l + r <= 1) {
      return new Node(left, row, right, l + r + 1);
    }
    if (r > DELTA * l) {
      if (size(right.left) < RATIO * size(right.right)) {
        return node(node(left, row, right.left), right.row, right.right);
      }
      var middle = right.left;
      return node(
          node(left, row, middle.left), middle.row, node(middle.right, right.row, right.right));
    }
    if (l > DELTA * r) {
      if (size(left.right) < RATIO * size(left.left)) {
        return node(left.left, left.row, node(left.right, row, right));
      }
      var middle = left.right;
      return node(
          node(left.left, left.row, middle.left), middle.row, node(middle.right, row, right));
    }
    return new Node(left, row, right, l + r + 1);
  }

  /** Any two trees with a row between them. */
  private static Node join(Node left, Row row, Node right) {
    if (left == null) {
      return putFirst(row, right);
    }
    if (right == null) {
      return putLast(left, row);
    }
    if (DELTA * left.size < right.size) {
      return balance(join(left, row, right.left), right.row, right.right);
    }
    if (DELTA * right.size < left.size) {
      return balance(left.left, left.row, join(left.right, row, right));
    }
    return node(left, row, right);
  }

  /** Any two trees. */
  private static Node join(Node left, Node right) {
    if (left == null) {
      return right;
    }
    if (right == null) {
      return left;
    }
    var first = right;
    while (first.left != null) {
      first = first.left;
    }
    return join(left, first.row, withoutFirst(right));
  }

  private static Node withoutFirst(Node node) {
    return node.left == null ? node.right : balance(withoutFirst(node.left), node.row, node.right);
  }

  private static Node putFirst(Row row, Node node) {
    return node == null
        ? new Node(null, row, null, 1)
        : balance(putFirst(row, node.left), node.row, node.right);
  }

  private static Node putLast(Node node, Row row) {
    return node == null
        ? new Node(null, row, null, 1)
        : balance(node.left, node.row, putLast(node.right, row));
  }
}
