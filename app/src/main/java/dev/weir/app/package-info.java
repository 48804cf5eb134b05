/**
 * Loads a program, wires the rooms, and offers every command as a method, for the command line and
 * any other face. Start at {@link dev.weir.app.Weir}.
 */
package dev.weir.app;
