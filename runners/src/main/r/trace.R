# Says where code is and what went wrong in it, leaving out the frames of the runner and of R's packages: those of the
# program are the ones whose source is kept.

program_file <- ""

# Evaluates; gives NULL, or what went wrong: a summary in one line and the trace of the program's frames.
attempt <- function(expression, top = NULL) {
  trace <- ""
  error <- tryCatch({
    withCallingHandlers(expression, error = function(e) trace <<- trace_of(sys.calls(), top))
    NULL
  }, error = identity)
  if (is.null(error)) return(NULL)
  bad_program <- inherits(error, "BadProgram")
  list(summary = summary_of(error), trace = if (bad_program) "" else paste0(trace, full_text(error)))
}

# The lines of the program that are being executed, outermost first.
trace_of <- function(calls, top) {
  lines <- character()
  within <- "top level"
  if (!is.null(top)) lines <- describe(top, within)
  for (call in calls) {
    place <- attr(call, "srcref")
    if (!is.null(place) && is_program(place)) lines <- c(lines, describe(place, within))
    head <- call[[1L]]
    within <- if (is.symbol(head)) as.character(head) else "a function"
  }
  if (length(lines) == 0L) "" else paste0(paste(lines, collapse = "\n"), "\n")
}

is_program <- function(place) identical(attr(place, "srcfile")$filename, program_file)

describe <- function(place, within) {
  source <- attr(place, "srcfile")
  text <- tryCatch(getSrcLines(source, place[[1L]], place[[1L]]), error = function(e) "")
  sprintf("  File \"%s\", line %d, in %s\n    %s", source$filename, place[[1L]], within, trimws(text))
}

summary_of <- function(error) {
  text <- paste(strsplit(conditionMessage(error), "[[:space:]]+")[[1L]], collapse = " ")
  text <- trimws(text)
  kind <- setdiff(class(error), c("simpleError", "error", "condition"))
  if ("BadProgram" %in% kind) return(text)
  if (length(kind) > 0L && !(kind[[1L]] %in% QUIET)) return(paste0(kind[[1L]], ": ", text))
  call <- conditionCall(error)
  if (is.null(call)) return(paste0("Error: ", text))
  paste0("Error in ", sub("record_of_weir", "record", deparse(call, nlines = 1L)[[1L]], fixed = TRUE), ": ", text)
}

# Classes of R's own errors, which add nothing to the message.
QUIET <- c("expressionStackOverflowError", "stackOverflowError", "CStackOverflowError", "packageNotFoundError",
           "subscriptOutOfBoundsError", "getMissingError", "getvarError")

full_text <- function(error) {
  call <- conditionCall(error)
  where <- if (is.null(call)) "Error: " else paste0("Error in ", paste(deparse(call, nlines = 1L)), ": ")
  paste0(sub("record_of_weir", "record", where, fixed = TRUE), conditionMessage(error))
}

bad_program <- function(...) {
  stop(structure(class = c("BadProgram", "error", "condition"), list(message = paste0(...), call = NULL)))
}
