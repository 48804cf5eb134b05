/**
 * What a program is: operators, sources, sinks, ports, epochs. Descriptions, and the small
 * interfaces that user code and engines share. Executes nothing. Start at {@link
 * dev.weir.graph.Graph} and {@link dev.weir.graph.Operator}.
 */
package dev.weir.graph;
