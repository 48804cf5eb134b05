/**
 * Operators that are Python scripts with the {@code api} object of SAP Data Intelligence's Python3
 * Operator V2. Start at {@link dev.weir.operators.ScriptOperator}; what the script sees is in
 * {@code runners}, in {@code python/weir/script}.
 */
package dev.weir.operators;
