package dev.weir.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KeyGroupsTest {

  @Test
  void everyGroupHasOneReplicaWhateverTheirNumber() {
    for (int replicas = 1; replicas <= KeyGroups.COUNT; replicas++) {
      assertThat(KeyGroups.first(0, replicas)).isZero();
      assertThat(KeyGroups.first(replicas, replicas)).isEqualTo(KeyGroups.COUNT);
      for (int replica = 0; replica < replicas; replica++) {
        int next = KeyGroups.first(replica + 1, replicas);
        assertThat(next).as("none is without").isGreaterThan(KeyGroups.first(replica, replicas));
        for (int group = KeyGroups.first(replica, replicas); group < next; group++) {
          assertThat(KeyGroups.replica(group, replicas)).isEqualTo(replica);
        }
      }
    }
  }

  @Test
  void equalKeysHaveOneGroup() {
    assertThat(KeyGroups.of(12.0)).isEqualTo(KeyGroups.of((Object) 12L));
    assertThat(KeyGroups.of(-0.0)).isEqualTo(KeyGroups.of(0));
    assertThat(KeyGroups.of(1e18)).isEqualTo(KeyGroups.of(1_000_000_000_000_000_000L));
    assertThat(KeyGroups.of(1e30))
        .isEqualTo(KeyGroups.of(new BigInteger("1000000000000000019884624838656")));
    assertThat(KeyGroups.of(BigInteger.TEN)).isEqualTo(KeyGroups.of(10));
    var ab = Map.<String, Object>of("a", 1L, "b", List.of(2.0, "x"));
    assertThat(KeyGroups.text(ab)).isEqualTo("{\"a\":1,\"b\":[2,\"x\"]}");
    assertThat(KeyGroups.of(ab)).isEqualTo(KeyGroups.of(KeyGroups.text(ab)));
  }

  @Test
  void aGroupIsForEver() {
    assertThat(List.of("a", "b", "", 1L, 2L, -1L, 0.5, true))
        .extracting(key -> KeyGroups.of((Object) key))
        .isEqualTo(List.of(25, 70, 0, 55, 6, 0, 65, 33));
    assertThat(KeyGroups.of(null)).isEqualTo(68);
  }

  @Test
  void neighboursComeApart() {
    var groups = new HashSet<Integer>();
    for (long key = 0; key < 2000; key++) {
      groups.add(KeyGroups.of(key));
    }
    assertThat(groups).hasSize(KeyGroups.COUNT);
  }
}
