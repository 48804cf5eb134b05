/**
 * Scoring models as operators: what a model's file declares, the schemas of its records, the cells
 * and pools that its runners share, and the operator that drives the runners. Start at {@link
 * dev.weir.models.Model}.
 */
package dev.weir.models;
