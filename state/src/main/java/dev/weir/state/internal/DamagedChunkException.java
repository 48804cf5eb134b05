package dev.weir.state.internal;

/** A chunk is missing, or is not what its name says. Told to callers with the snapshot's name. */
final class DamagedChunkException extends RuntimeException {

  final String hash;
  final String what;

  DamagedChunkException(String hash, String what) {
    super("chunk " + hash + " " + what);
    this.hash = hash;
    this.what = what;
  }
}
