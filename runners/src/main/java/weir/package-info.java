/**
 * What a Java model imports, as one in Python does {@code import weir}: a {@link weir.Model} with
 * the {@link weir.Cell}s and {@link weir.Pool}s that Weir keeps for it.
 */
package weir;
