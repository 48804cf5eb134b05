/** What a Java model in FastScore's form imports. */
package fastscore;
