# What a program looks like without running it: for checking it before its first record.

FUNCTIONS <- c("begin", "action", "end")
OURS <- c("fastscore", "weir")

# Sends the outline of a file as the only message: list("outline", functions, parameters of action, libraries of ours, lost
# variables) or list("bad", line, text, message).
outline_main <- function(settings, connection) {
  connect(connection)
  send(outline(settings$file, unlist(settings$actions, use.names = FALSE)))
  leave()
}

# `actions` are functions that are looked for beside FUNCTIONS.
outline <- function(file, actions = character()) {
  if (!file.exists(file)) return(list("bad", 0, "", paste("there is no file", file)))
  lines <- enc2utf8(readLines(file, warn = FALSE, encoding = "UTF-8"))
  program <- tryCatch(
    parse(text = lines, srcfile = srcfilecopy(file, lines, isFile = TRUE), keep.source = TRUE, encoding = "UTF-8"),
    error = syntax_error)
  if (is.list(program)) {
    at_line <- program$line > 0 && program$line <= length(lines)
    return(list("bad", program$line, if (at_line) lines[[program$line]] else "", program$message))
  }
  seen <- new.env()
  seen$functions <- seen$libraries <- character()
  seen$parameters <- 0
  seen$lost <- list()
  seen$actions <- c("action", actions)
  places <- attr(program, "srcref")
  for (i in seq_along(program)) {
    bound(program[[i]], seen)
    walk(program[[i]], places[[i]][[1L]], seen)
  }
  list("outline", as.list(intersect(c(FUNCTIONS, actions), seen$functions)), as.double(seen$parameters),
       as.list(intersect(OURS, seen$libraries)), unname_list(seen$lost))
}

# The functions that a statement of the program binds.
bound <- function(statement, seen) {
  if (!is_assignment(statement) || !(is.symbol(statement[[2L]]) || is.character(statement[[2L]]))) return()
  name <- as.character(statement[[2L]])
  seen$functions <- c(seen$functions, name)
  value <- statement[[3L]]
  if (name %in% seen$actions && is.call(value) && identical(value[[1L]], quote(`function`))) {
    seen$parameters <- tryCatch(parameters(eval(value, baseenv()), name), error = function(e) 0)
  }
}

is_assignment <- function(x) {
  is.call(x) && is.symbol(x[[1L]]) && as.character(x[[1L]]) %in% c("<-", "=", "<<-") && length(x) == 3L
}

# Collects libraries and lost variables; `line` is that of the innermost statement around.
walk <- function(x, line, seen) {
  if (is.pairlist(x)) x <- as.list(x)
  if (!is.call(x) && !is.list(x)) return()
  if (is.call(x)) note(x, line, seen)
  places <- attr(x, "srcref")
  for (i in seq_along(x)) {
    part <- x[[i]]
    if (missing(part)) next
    walk(part, if (i <= length(places)) places[[i]][[1L]] else line, seen)
  }
}

note <- function(call, line, seen) {
  head <- call[[1L]]
  if (!is.symbol(head)) return()
  head <- as.character(head)
  if (head %in% c("library", "require", "::") && length(call) > 1L) {
    seen$libraries <- c(seen$libraries, as.character(call[[2L]])[[1L]])
  } else if (head == "<<-") {
    target <- call[[2L]]
    while (is.call(target) && length(target) > 1L) target <- target[[2L]]
    name <- as.character(target)[[1L]]
    if (is.null(seen$lost[[name]])) seen$lost[[name]] <- list(name, as.double(line))
  }
}
