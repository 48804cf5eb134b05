# A bare R loop that calls a model's action for values that are already in memory, with the least that its functions can be:
# what a person would write without Weir. Arguments: the model, how many values, the file for the outputs. Prints the
# seconds of the loop alone.

arguments <- commandArgs(TRUE)
n <- as.integer(arguments[[2]])
state <- new.env()
Cell <- function(name) name
Get <- function(cell) state[[cell]]
Set <- function(cell, value) state[[cell]] <- value
Update <- function(cell, f) state[[cell]] <- f(state[[cell]])
library <- function(...) NULL
outputs <- vector("list", n)
count <- 0L
emit <- function(x) {
  count <<- count + 1L
  outputs[[count]] <<- x
}
source(arguments[[1]])
values <- rep_len(as.double(0:9), n)
if (exists("begin")) begin()
loop <- function() for (x in values) action(x)
seconds <- system.time(loop())[["elapsed"]]
writeLines(format(unlist(outputs), scientific = FALSE, trim = TRUE), arguments[[3]])
cat(seconds, "\n")
