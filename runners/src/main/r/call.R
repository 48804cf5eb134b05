# Calls the functions of a program: how many parameters they take, and what their outputs are.

PARAMETERS <- c("data", "slot", "seqno")
LARGEST_STRIDE <- 4096
PAUSE <- 0.002 # seconds between two looks at what Weir says

emitted <- 0L # how many outputs there are
values <- list() # the outputs; longer than they are many
capacity <- 0L
others <- list() # list(at, slot), of the outputs that are not for slot 1
sets <- integer() # which outputs are record sets
set_slots <- integer() # the slots whose records come in sets
stride <- 16 # how many records are done between two looks

# How many of (data, slot, seqno) to call a function with. Parameters with defaults are left alone, but for those that are
# called slot and seqno.
parameters <- function(action, name) {
  formals <- formals(args(action))
  names <- names(formals)
  needed <- vapply(formals, identical, NA, quote(expr = )) & names != "..."
  count <- sum(needed)
  if (count > 3L) {
    bad_program(name, " takes ", count, " parameters; it is called as ", name, "(data), ", name, "(data, slot) or ", name,
                "(data, slot, seqno)")
  }
  if (length(names) == 0L) {
    bad_program(name, " takes no parameters: the first one is the record, as in ", name, "(data)")
  }
  count <- max(count, 1L)
  while (count < min(length(names), 3L) && names[[count + 1L]] == PARAMETERS[[count + 1L]]) count <- count + 1L
  count
}

# `action` as a function of the record alone.
bind <- function(action, count, slot, numbers) {
  if (count == 1L) return(action)
  slot <- as.double(slot)
  if (count == 2L) return(function(record_of_weir) action(record_of_weir, slot))
  i <- 0L
  function(record_of_weir) action(record_of_weir, slot, numbers[[running$i]])
}

running <- NULL # the frame of `calls`: its i is the number of the record that is being done

# Calls the action for the records after number i. `ends` is the number of outputs after each record.
calls <- function(action, records, i, n, ends) {
  running <<- environment()
  began <- now()
  while (i < n) {
    to <- min(n, i + stride)
    while (i < to) {
      i <- i + 1L
      record_of_weir <- records[[i]]
      action(record_of_weir)
      ends[[i]] <- emitted
    }
    if (i < n) {
      poll(paste0("between records ", i, " and ", i + 1L, " of ", n))
      took <- now() - began
      stride <<- if (took > 2 * PAUSE) max(1, stride %/% 2) else if (took < PAUSE) min(LARGEST_STRIDE, stride * 2) else stride
      began <- now()
    }
  }
}

clear_outputs <- function(expected) {
  capacity <<- max(expected, 16L)
  values <<- vector("list", capacity)
  emitted <<- 0L
  others <<- list()
  sets <<- integer()
}

# Drops the outputs after the first n.
rewind <- function(n) {
  if (n < emitted) values[(n + 1L):emitted] <<- list(NULL)
  emitted <<- n
  others <<- Filter(function(other) other[[1L]] <= n, others)
  sets <<- sets[sets <= n]
}

grow <- function() {
  if (!usable) stop("emit can be used in begin, action and end, not while the file is loaded", call. = FALSE)
  length(values) <<- capacity <<- max(16L, 2L * capacity)
}

add <- function(x) {
  none <- is.null(x) # and x is evaluated, which may itself emit
  if (emitted == capacity) grow()
  emitted <<- at <- emitted + 1L
  if (!none) values[[at]] <<- x
  NULL
}

# Adds an output for slot 1. (Where that has record sets, it is emitTo.)
emit <- add

# Adds an output for another slot.
emitTo <- function(slot, x) {
  if (!is.numeric(slot) || length(slot) != 1L || is.na(slot) || slot < 1 || slot %% 2 != 1) {
    stop("emitTo(slot, x) takes the number of an output slot, which is odd, not ", paste(deparse(slot, nlines = 1L)),
         call. = FALSE)
  }
  if (slot %in% set_slots) {
    add(checked_set(x, slot))
    sets[[length(sets) + 1L]] <<- emitted
  } else {
    add(x)
  }
  if (slot != 1) others[[length(others) + 1L]] <<- list(emitted, as.integer(slot))
  invisible()
}

# The outputs as they are sent: values, slots or NULL when all are for slot 1, and which are sets. Gives the number of the
# first output that is not a JSON value, and why, as list(bad, error).
outputs <- function() {
  n <- emitted
  sent <- if (n == capacity) values else values[seq_len(n)]
  slots <- NULL
  if (length(others) > 0L) {
    slots <- rep(1L, n)
    for (other in others) slots[[other[[1L]]]] <- other[[2L]]
  }
  if (n > 0L && is.double(sent[[1L]]) && length(sets) == 0L) {
    flat <- unlist(sent, FALSE, FALSE)
    # When they are the items again, these were numbers without attributes.
    if (is.double(flat) && all(is.finite(flat)) && identical(sent, as.list(flat))) return(list(flat, slots, sets))
  }
  items <- if (length(sets) > 0L) sent[-sets] else sent
  if (!exact(items)) {
    for (i in setdiff(seq_len(n), sets)) {
      value <- tryCatch(list(convert(sent[[i]], "the output")), error = identity)
      if (inherits(value, "error")) return(list(bad = i, error = value))
      sent[i] <- value
    }
  }
  list(sent, slots, sets)
}
