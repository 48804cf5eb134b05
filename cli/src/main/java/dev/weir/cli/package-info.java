/** The {@code weir} command: parses, calls the app, prints. No logic of its own. */
package dev.weir.cli;
