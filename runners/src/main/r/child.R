# The life of a runner: load the program, say so, then do what Weir asks, one thing after another.

failed <- FALSE # after a failure it only waits to be closed
go_on <- FALSE
functions <- list() # begin, action, end
actions <- list() # by slot: a function and how many parameters it is called with

main <- function(settings, connection) {
  if (!l10n_info()$`UTF-8`) {
    for (name in c("C.UTF-8", "en_US.UTF-8")) if (suppressWarnings(Sys.setlocale("LC_CTYPE", name)) != "") break
  }
  options(keep.source = TRUE, warn = 1, error = NULL, OutDec = ".")
  connect(connection)
  problem <- load(settings)
  if (is.null(problem)) {
    usable <<- TRUE
    send(list("ready", as.double(Sys.getpid()), paste0("R ", R.version$major, ".", R.version$minor)))
  } else {
    fail("load", 0, 0, problem)
  }
  repeat {
    message <- receive() # not as an argument, which a runner that has failed would not evaluate
    serve(message)
  }
}

serve <- function(message) {
  if (failed) return()
  switch(message[[1L]],
    work = do.call(work, message[-1L], quote = TRUE),
    unfit = do.call(unfit, message[-1L], quote = TRUE),
    sync = send(list("synced", message[[2L]], sync())),
    begin = call_begin(message[[2L]]),
    end = call_once("end", "ended"),
    stop("Weir said '", message[[1L]], "', which a runner does not know"))
  served()
}

load <- function(settings) {
  file <- settings$file
  program_file <<- file
  go_on <<- settings$go_on
  set_slots <<- as.integer(unlist(settings$sets))
  compile()
  if (1L %in% set_slots) emit <<- function(x) emitTo(1, x)
  offer()
  place <- NULL
  problem <- attempt({
    program <- parse_program(file)
    places <- attr(program, "srcref")
    for (i in seq_along(program)) {
      place <- places[[i]]
      eval(program[[i]], globalenv())
    }
    place <- NULL
    find_functions(settings)
  }, place)
  if (is.null(problem)) return(NULL)
  line <- tail(regmatches(problem$trace, gregexpr("(?<=, line )[0-9]+(?=, in )", problem$trace, perl = TRUE))[[1L]], 1L)
  if (length(line) > 0L) problem$summary <- paste0(problem$summary, " (", file, ", line ", line, ")")
  problem
}

tail <- function(x, n) x[seq_len(length(x)) > length(x) - n]

# The program's expressions, with their source kept.
parse_program <- function(file) {
  if (!file.exists(file)) bad_program("there is no file ", file)
  lines <- enc2utf8(readLines(file, warn = FALSE, encoding = "UTF-8"))
  source <- srcfilecopy(file, lines, file.mtime(file), isFile = TRUE)
  tryCatch(
    parse(text = lines, srcfile = source, keep.source = TRUE, encoding = "UTF-8"),
    error = function(e) {
      found <- syntax_error(e)
      stop(structure(class = c("SyntaxError", "error", "condition"), list(
        message = if (found$line > 0) {
          paste0(found$message, " (", file, ", line ", found$line, ")\n", found$snippet)
        } else {
          found$message
        }, call = NULL)))
    })
}

# What R says of a syntax error is FILE:LINE:COLUMN: MESSAGE, and some lines of the source.
syntax_error <- function(error) {
  text <- conditionMessage(error)
  first <- strsplit(text, "\n", fixed = TRUE)[[1L]][[1L]]
  match <- regmatches(first, regexec("^.*:([0-9]+):[0-9]+: (.*)$", first))[[1L]]
  if (length(match) == 0L) return(list(line = 0, message = text, snippet = ""))
  list(line = as.double(match[[2L]]), message = match[[3L]], snippet = sub("^[^\n]*\n?", "", text))
}

# What is called for every record. R by itself compiles no small functions but those of long loops.
compile <- function() {
  for (name in c("Cell", "Get", "Set", "Update", "put_cell", "put_key", "inner", "add")) {
    assign(name, compiler::cmpfun(get(name, weir)), weir)
  }
  emit <<- add
}

# What a program may use is attached as the packages fastscore and weir, so that library() finds that they are there.
# The functions for outputs need no library().
offer <- function() {
  library <- c("Cell", "Pool", "Get", "Set", "Update", "Delete", "Contains", "Keys", "Items", "Size", "emit", "emitTo")
  for (name in c("package:weir", "package:fastscore")) {
    attach(mget(library, envir = weir), name = name, warn.conflicts = FALSE)
  }
  registerS3method("print", "weir_cell", print.weir_cell, envir = globalenv())
  registerS3method("print", "weir_pool", print.weir_pool, envir = globalenv())
}

find_functions <- function(settings) {
  file <- settings$file
  if (!settings$callbacks) {
    bad_program(file, ": an R model has a function action; it cannot read its slots itself")
  }
  named <- settings$actions
  for (slot in names(named)) actions[[slot]] <<- an_action(named[[slot]], file)
  if (length(named) == 0L || !is.null(defined("action", file))) actions[["all"]] <<- an_action("action", file)
  for (name in c("begin", "end")) {
    found <- defined(name, file)
    if (is.null(found)) next
    formals <- formals(args(found))
    if (any(vapply(formals, identical, NA, quote(expr = )) & names(formals) != "...")) {
      bad_program(name, " takes parameters; it is called as ", name, "()")
    }
    functions[[name]] <<- found
  }
}

an_action <- function(name, file) {
  found <- defined(name, file)
  if (is.null(found)) {
    bad_program(file, " defines no function ", name, ", which is what a model needs: ", name, " <- function(x) { emit(x) }")
  }
  list(compiler::cmpfun(found), parameters(found, name))
}

# What the program defines by this name, or NULL. Not what a package does.
defined <- function(name, file) {
  found <- globalenv()[[name]]
  if (!is.null(found) && !is.function(found)) {
    bad_program(name, " in ", file, " is not a function but of type ", class(found)[[1L]])
  }
  found
}

call_begin <- function(apart) {
  if (!apart) return(call_once("begin", "begun"))
  begin_overlay()
  problem <- attempt(call_function("begin"))
  end_overlay()
  if (is.null(problem)) send(list("begun", list(), NULL, integer())) else fail("begin", 0, 0, problem)
}

call_once <- function(name, answer) {
  problem <- attempt({
    call_function(name)
    found <- outputs()
    if (!is.null(found$error)) stop(found$error)
  })
  if (is.null(problem)) send(c(list(answer), found)) else fail(name, 0, 0, problem)
}

call_function <- function(name) {
  clear_outputs(0L)
  found <- functions[[name]]
  if (!is.null(found)) found()
}

# `records` are `n` records; when they are a set, one data.frame or matrix.
work <- function(id, slot, first, numbers, set, n, records) {
  action <- actions[[as.character(slot)]]
  if (is.null(action)) action <- actions[["all"]]
  if (is.null(action)) {
    return(fail("action", id, 0, list(summary = paste0("There is no function for the records of slot ", slot), trace = "")))
  }
  if (is.null(numbers)) numbers <- first + seq_len(n) - 1
  last <- max(n, 1L) - 1
  if (set) {
    numbers <- if (n > 0L) numbers[[n]] else 0
    records <- list(records)
    n <- 1L
  }
  call <- bind(action[[1L]], action[[2L]], slot, numbers)
  clear_outputs(n)
  ends <- integer(n)
  failures <- list()
  i <- 0L
  repeat {
    problem <- attempt(calls(call, records, i, n, ends))
    ends <- running$ends
    if (is.null(problem)) break
    i <- running$i
    at <- if (set) last else i - 1
    if (!go_on) return(fail("action", id, at, problem))
    failures[[length(failures) + 1L]] <- list(at, problem$summary, problem$trace)
    rewind(if (i > 1L) ends[[i - 1L]] else 0L)
    ends[[i]] <- emitted
  }
  served() # first, so that others need not wait for the rest
  repeat {
    found <- outputs()
    if (is.null(found$error)) break
    bad <- which(ends >= found$bad)[[1L]]
    problem <- attempt(stop(found$error))
    at <- if (set) last else bad - 1
    if (!go_on) return(fail("action", id, at, problem))
    failures[[length(failures) + 1L]] <- list(at, problem$summary, problem$trace)
    ends <- drop_record(bad, ends)
  }
  problem <- attempt(send(c(list("done", id), found, list(failures))))
  if (!is.null(problem)) fail("action", id, 0, problem)
}

# A record set that R cannot hold: it counts as one at which the program failed.
unfit <- function(id, index, summary) {
  problem <- list(summary = summary, trace = "")
  if (!go_on) return(fail("action", id, index, problem))
  clear_outputs(0L)
  send(c(list("done", id), outputs(), list(list(list(index, summary, "")))))
  served()
}

# Drops the outputs of record number `bad`; gives the new ends.
drop_record <- function(bad, ends) {
  from <- if (bad > 1L) ends[[bad - 1L]] else 0L
  gone <- ends[[bad]] - from
  values <<- values[-seq.int(from + 1L, length.out = gone)]
  capacity <<- length(values)
  emitted <<- emitted - gone
  shift <- function(at) if (at > from + gone) at - gone else at
  others <<- lapply(Filter(function(o) o[[1L]] <= from || o[[1L]] > from + gone, others),
                    function(o) list(shift(o[[1L]]), o[[2L]]))
  sets <<- vapply(sets[sets <= from | sets > from + gone], shift, 0L)
  ends[seq_along(ends) >= bad] <- ends[seq_along(ends) >= bad] - gone
  ends
}

fail <- function(where, id, index, problem) {
  failed <<- TRUE
  send(list("failed", where, id, index, problem$summary, problem$trace))
  served()
}
