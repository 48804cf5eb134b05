# Cells and pools, and the leases under which a runner works on its own copy of them.
#
# Invariants:
# - A value is here only while there is a lease on it (or, in an overlay, a copy of it). Changed values are dirty until
#   they have been sent, with the lease when it is given back, or with a sync.
# - A lease is not given back while an update function of the item runs: the item is among the `locks`. These are read
#   off the frames that are being executed, so that an update costs nothing for them. `updating` is TRUE while there are
#   any; after an update function has failed it may be TRUE without cause, until the next look.
# - At most one need is outstanding, and nothing is given back between a grant's arrival and its taking.
# - Values that are kept are normal, see values.R.
#
# An item is list(pool, name): a cell has no pool, a whole pool no name. A handle is a list of one environment, so that
# it can have a class, for printing, without R looking for methods whenever the environment is used.

NONE <- 0L
SHARED <- 1L
EXCLUSIVE <- 2L
PATIENCE <- 0.005 # seconds for which a recalled lease may be kept by a busy program
LONGEST_KEY <- 10000L # bytes; a limit of R's names

ABSENT <- new.env() # of a pool key that is leased and missing
NIL <- new.env() # of a pool key whose value is NULL

cells <- new.env()
pools <- new.env()
updating <- FALSE # whether an update function may be running
dirty <- list() # cells
recalled <- list() # list(item, when it was heard)
stash <- list() # messages that came while others were waited for
overlay <- FALSE
usable <- FALSE # not before the program is loaded
waiting <- NULL # the item that is waited for
request <- 0

# --- The conversation -------------------------------------------------------------------------------------------------

# The next message that is work. Recalls and questions before it are served.
receive <- function() {
  repeat {
    if (length(stash) > 0L) {
      message <- stash[[1L]]
      stash[[1L]] <<- NULL
      return(message)
    }
    message <- read_message()
    if (!heard(message, "waiting for records")) return(message)
    give_back(Inf)
  }
}

# Takes note of a recall, answers a question; tells whether the message was one of these.
heard <- function(message, doing) {
  kind <- message[[1L]]
  if (kind == "recall") {
    recalled[[length(recalled) + 1L]] <<- list(message[[2L]], now())
    TRUE
  } else if (kind == "where") {
    send(list("stack", doing))
    TRUE
  } else {
    FALSE
  }
}

# Hears what has come meanwhile and serves the recalls that have waited long enough. Called between two records.
poll <- function(doing) {
  while (!is.null(message <- peek_message())) {
    if (!heard(message, doing)) stash[[length(stash) + 1L]] <<- message
  }
  if (length(recalled) > 0L) give_back(now() - PATIENCE)
}

now <- function() unclass(Sys.time())[[1L]]

# Serves all recalls. Called when a batch is done.
served <- function() if (length(recalled) > 0L) give_back(Inf)

# Waits for a lease, or for a value to peek at; gives the grant.
need <- function(pool, name, exclusive) {
  if (!usable) {
    stop(show(pool, name), ": cells and pools can be used in begin, action and end, not while the file is loaded: ",
         "initialise them in begin", call. = FALSE)
  }
  served()
  request <<- request + 1
  waiting <<- list(pool, name)
  on.exit(waiting <<- NULL)
  send(list("need", request, waiting, exclusive, locks(), overlay))
  repeat {
    message <- read_message()
    kind <- message[[1L]]
    if (kind == "grant") return(message)
    if (kind == "refuse") stop(deadlock(message[[3L]]))
    if (kind == "where") {
      send(list("stack", paste0(trace_of(sys.calls(), NULL), "waiting for ", show(pool, name))))
    } else if (heard(message, "")) {
      give_back(Inf)
    } else {
      stash[[length(stash) + 1L]] <<- message
    }
  }
}

deadlock <- function(text) structure(class = c("DeadlockError", "error", "condition"), list(message = text, call = NULL))

# Gives back what was recalled before this time and is not locked.
give_back <- function(before) {
  released <- changes <- keep <- list()
  for (recall in recalled) {
    item <- recall[[1L]]
    if (recall[[2L]] > before || is_locked(item)) {
      keep[[length(keep) + 1L]] <- recall
      next
    }
    pool <- item[[1L]]
    owner <- if (is.null(pool)) cells[[item[[2L]]]] else pools[[pool]]
    said <- if (is.null(owner)) {
      list(list(item), list())
    } else if (is.null(pool)) {
      release_cell(.subset2(owner, 1L))
    } else {
      release_pool(.subset2(owner, 1L), item[[2L]])
    }
    released <- c(released, said[[1L]])
    changes <- c(changes, said[[2L]])
  }
  recalled <<- keep
  if (length(released) > 0L) send(list("back", released, changes))
}

# The items whose update functions run: `locked` is in the frames of Update, from the moment that it calls its function.
locks <- function() {
  if (!updating) return(list())
  found <- list()
  for (frame in sys.frames()) {
    if (identical(frame, emptyenv()) || !identical(parent.env(frame), weir)) next
    this <- frame$locked
    if (is.null(this)) next
    found[[length(found) + 1L]] <- if (this$is_cell) this$item else list(this$name, outer_key(frame$key))
  }
  if (length(found) == 0L) updating <<- FALSE
  found
}

is_locked <- function(item) {
  pool <- item[[1L]]
  name <- item[[2L]]
  for (lock in locks()) {
    if (!identical(lock[[1L]], pool)) next
    if (is.null(name) || identical(lock[[2L]], name)) return(TRUE)
    if (!is.null(pool) && .subset2(pools[[pool]], 1L)$whole) return(TRUE)
  }
  FALSE
}

# The changed values that have not been sent yet; the leases are kept.
sync <- function() {
  changes <- lapply(dirty, change_of_cell)
  dirty <<- list()
  for (pool in as.list(pools)) changes <- c(changes, sync_pool(.subset2(pool, 1L)))
  changes
}

begin_overlay <- function() overlay <<- TRUE

end_overlay <- function() {
  overlay <<- FALSE
  dirty <<- list()
  for (cell in as.list(cells)) drop_cell(.subset2(cell, 1L))
  for (pool in as.list(pools)) drop_pool(.subset2(pool, 1L))
}

show <- function(pool, name) {
  if (is.null(pool)) return(paste0("cell '", name, "'"))
  if (is.null(name)) paste0("pool '", pool, "'") else paste0("key '", name, "' of pool '", pool, "'")
}

nested <- function(pool, name) {
  stop(show(pool, name), " is being updated: its update function cannot write it; let it return the value",
       call. = FALSE)
}

# The normal form of a value, quickly for a number.
kept <- function(value, pool, name) {
  if (is.double(value) && length(value) == 1L && is.finite(value) && is.null(attributes(value))) {
    value
  } else {
    convert(value, show(pool, name))
  }
}

# --- Cells ------------------------------------------------------------------------------------------------------------

# In the environment of a cell, `hot` is whether it is held exclusively and known to be dirty.
new_cell <- function(name) {
  name <- checked_name(name, "cell")
  cell <- new.env(parent = emptyenv())
  cell$is_cell <- TRUE
  cell$name <- name
  cell$item <- list(NULL, name)
  drop_cell(cell)
  handle <- structure(list(cell), class = "weir_cell")
  assign(name, handle, envir = cells)
  handle
}

checked_name <- function(name, kind) {
  if (!is.character(name) || length(name) != 1L || is.na(name) || name == "") {
    stop("the name of a ", kind, " is text that is not empty", call. = FALSE)
  }
  enc2utf8(name)
}

take_cell <- function(cell) {
  if (updating && is_locked(cell$item)) nested(NULL, cell$name)
  if (cell$mode != EXCLUSIVE) get_cell(cell, TRUE)
}

get_cell <- function(cell, exclusive) {
  grant <- need(NULL, cell$name, exclusive)
  cell$value <- grant[[6L]]
  cell$mode <- if (grant[[4L]] || overlay) EXCLUSIVE else SHARED
}

put_cell <- function(cell, value) {
  if (!(is.double(value) && length(value) == 1L && is.finite(value) && is.null(attributes(value)))) {
    value <- convert(value, show(NULL, cell$name))
  }
  cell$value <- value
  if (!cell$hot) {
    cell$hot <- TRUE
    dirty[[length(dirty) + 1L]] <<- cell
  }
  invisible(value)
}

change_of_cell <- function(cell) {
  cell$hot <- FALSE
  list(cell$item, TRUE, cell$value)
}

release_cell <- function(cell) {
  changes <- list()
  if (cell$hot) {
    dirty <<- Filter(function(other) !identical(other, cell), dirty)
    changes <- list(change_of_cell(cell))
  }
  drop_cell(cell)
  list(list(cell$item), changes)
}

drop_cell <- function(cell) {
  cell$value <- NULL
  cell$mode <- NONE
  cell$hot <- FALSE
}

# --- Pools ------------------------------------------------------------------------------------------------------------

# In the environment of a pool:
#   values  of the keys that are leased; all of them, and only those that exist, when the whole pool is
#   owned   the keys leased exclusively, when the whole pool is not
#   dirty   the keys changed and not sent; they are leased exclusively
# R's environments have no key "", which stands in them as EMPTY.

EMPTY <- "\001"

new_pool <- function(name) {
  name <- checked_name(name, "pool")
  pool <- new.env(parent = emptyenv())
  pool$is_cell <- FALSE
  pool$name <- name
  drop_pool(pool)
  handle <- structure(list(pool), class = "weir_pool")
  assign(name, handle, envir = pools)
  handle
}

drop_pool <- function(pool) {
  pool$values <- new.env(parent = emptyenv())
  pool$owned <- new.env(parent = emptyenv())
  pool$dirty <- new.env(parent = emptyenv())
  pool$whole <- FALSE
}

inner <- function(pool, key) {
  if (!is.character(key) || length(key) != 1L || is.na(key)) {
    stop("pool '", pool$name, "': a key is text, not ", if (is.object(key)) class(key)[[1L]] else typeof(key),
         if (length(key) == 1L && !is.list(key)) "" else paste(" of length", length(key)), ": use as.character(...)",
         call. = FALSE)
  }
  if (key == "") return(EMPTY)
  if (nchar(key, "bytes") > LONGEST_KEY) {
    stop("pool '", pool$name, "': a key of ", nchar(key, "bytes"), " bytes is more than R can have (", LONGEST_KEY,
         "): use a shorter one", call. = FALSE)
  }
  key
}

outer_key <- function(key) if (key == EMPTY) "" else enc2utf8(key)

fetch <- function(pool, key) {
  if (pool$whole) return(ABSENT)
  absorb(pool, need(pool$name, outer_key(key), FALSE))
  value <- pool$values[[key]]
  if (is.null(value)) ABSENT else value
}

take_key <- function(pool, key) {
  if (updating && any(vapply(locks(), identical, NA, list(pool$name, outer_key(key))))) {
    nested(pool$name, outer_key(key))
  }
  if (!pool$whole && is.null(pool$owned[[key]])) absorb(pool, need(pool$name, outer_key(key), TRUE))
}

take_whole <- function(pool) if (!pool$whole) absorb(pool, need(pool$name, NULL, TRUE))

absorb <- function(pool, grant) {
  item <- grant[[3L]]
  value <- grant[[6L]]
  if (!is.null(item[[2L]])) {
    key <- if (item[[2L]] == "") EMPTY else item[[2L]]
    pool$values[[key]] <- if (!grant[[5L]]) ABSENT else if (is.null(value)) NIL else value
    if (grant[[4L]] || overlay) pool$owned[[key]] <- TRUE
    return()
  }
  # What was changed here is newer than what is granted.
  before <- pool$values
  value[vapply(value, is.null, NA)] <- list(NIL)
  names(value)[names(value) == ""] <- EMPTY
  pool$values <- list2env(value, envir = new.env(parent = emptyenv()))
  for (key in names(pool$dirty)) {
    mine <- before[[key]]
    if (is.null(mine) || identical(mine, ABSENT)) {
      if (!is.null(pool$values[[key]])) rm(list = key, envir = pool$values)
    } else {
      pool$values[[key]] <- mine
    }
  }
  pool$whole <- TRUE
  pool$owned <- new.env(parent = emptyenv())
}

put_key <- function(pool, key, value) {
  value <- kept(value, pool$name, key)
  pool$values[[key]] <- if (is.null(value)) NIL else value
  pool$dirty[[key]] <- TRUE
  invisible(value)
}

change_of_key <- function(pool, key) {
  value <- pool$values[[key]]
  present <- !is.null(value) && !identical(value, ABSENT)
  list(list(pool$name, outer_key(key)), present, if (is.environment(value)) NULL else value)
}

sync_pool <- function(pool) {
  keys <- names(pool$dirty)
  if (length(keys) == 0L) return(list())
  changes <- lapply(keys, function(key) change_of_key(pool, key))
  pool$dirty <- new.env(parent = emptyenv())
  changes
}

release_pool <- function(pool, name) {
  if (is.null(name) || pool$whole) {
    released <- list(list(pool$name, NULL))
    if (!pool$whole) {
      released <- c(released, lapply(names(pool$values), function(key) list(pool$name, outer_key(key))))
    }
    changes <- sync_pool(pool)
    drop_pool(pool)
    return(list(released, changes))
  }
  key <- if (name == "") EMPTY else name
  changes <- list()
  if (!is.null(pool$dirty[[key]])) {
    changes <- list(change_of_key(pool, key))
    rm(list = key, envir = pool$dirty)
  }
  for (part in list(pool$owned, pool$values)) if (!is.null(part[[key]])) rm(list = key, envir = part)
  list(list(list(pool$name, name)), changes)
}

# --- What a model may use ---------------------------------------------------------------------------------------------

Cell <- function(name) {
  handle <- if (is.character(name) && length(name) == 1L) cells[[name]]
  if (is.null(handle)) new_cell(name) else handle
}

Pool <- function(name) {
  handle <- if (is.character(name) && length(name) == 1L) pools[[name]]
  if (is.null(handle)) new_pool(name) else handle
}

# Get(cell), Get(pool, key): the value; NULL when it was never set.
Get <- function(object, key) {
  if (!is.list(object) || !is.environment(this <- .subset2(object, 1L))) not_ours()
  if (this$is_cell) {
    if (this$mode == NONE) get_cell(this, FALSE)
    return(this$value)
  }
  key <- inner(this, key)
  value <- this$values[[key]]
  if (is.null(value)) value <- fetch(this, key)
  if (is.environment(value)) NULL else value
}

# Set(cell, value), Set(pool, key, value)
Set <- function(object, key, value) {
  if (!is.list(object) || !is.environment(this <- .subset2(object, 1L))) not_ours()
  if (this$is_cell) {
    if (!missing(value)) stop("Set(cell, value) takes one value; for a pool it is Set(pool, key, value)", call. = FALSE)
    key # evaluated first: it may itself need leases
    if (updating || !this$hot) take_cell(this)
    return(put_cell(this, key))
  }
  key <- inner(this, key)
  value
  if (updating || is.null(this$dirty[[key]])) take_key(this, key)
  put_key(this, key, value)
}

# Update(cell, f), Update(pool, key, f): replaces the value by f(value), as one step that no other runner can come
# between; gives the new value. The value is NULL when it was never set. When f fails, the value stays as it was.
Update <- function(object, key, f) {
  if (!is.list(object) || !is.environment(this <- .subset2(object, 1L))) not_ours()
  if (this$is_cell) {
    key
    if (updating || !this$hot) take_cell(this)
    within <- updating
    locked <- this
    updating <<- TRUE
    value <- key(this$value)
    updating <<- within
    # What put_cell does, where that is little.
    if (is.double(value) && length(value) == 1L && is.finite(value) && is.null(attributes(value)) && this$hot) {
      return(this$value <- value)
    }
    return(put_cell(this, value))
  }
  key <- inner(this, key)
  f
  if (updating || is.null(this$dirty[[key]])) take_key(this, key)
  within <- updating
  locked <- this
  updating <<- TRUE
  value <- this$values[[key]]
  value <- f(if (is.environment(value)) NULL else value)
  updating <<- within
  put_key(this, key, value)
}

# Removes a key; tells whether it was there.
Delete <- function(pool, key) {
  this <- pool_of(pool)
  key <- inner(this, key)
  if (updating || is.null(this$dirty[[key]])) take_key(this, key)
  value <- this$values[[key]]
  if (is.null(value) || identical(value, ABSENT)) return(invisible(FALSE))
  if (this$whole) rm(list = key, envir = this$values) else this$values[[key]] <- ABSENT
  this$dirty[[key]] <- TRUE
  invisible(TRUE)
}

Contains <- function(pool, key) {
  this <- pool_of(pool)
  key <- inner(this, key)
  value <- this$values[[key]]
  if (is.null(value)) value <- fetch(this, key)
  !identical(value, ABSENT)
}

# All keys, in the order of their characters.
Keys <- function(pool) {
  this <- pool_of(pool)
  take_whole(this)
  keys <- names(this$values)
  keys[keys == EMPTY] <- ""
  sort(enc2utf8(keys), method = "radix")
}

# All values, named by their keys.
Items <- function(pool) {
  keys <- Keys(pool)
  values <- pool_of(pool)$values
  structure(lapply(keys, function(key) {
    value <- values[[if (key == "") EMPTY else key]]
    if (is.environment(value)) NULL else value
  }), names = keys)
}

Size <- function(pool) {
  this <- pool_of(pool)
  take_whole(this)
  as.double(length(this$values))
}

not_ours <- function() stop("this takes a cell or a pool, as Cell('name') or Pool('name') gives", call. = FALSE)

pool_of <- function(object) {
  if (inherits(object, "weir_pool")) return(.subset2(object, 1L))
  stop("this takes a pool, as Pool('name') gives", call. = FALSE)
}

print.weir_cell <- function(x, ...) cat("Cell('", .subset2(x, 1L)$name, "')\n", sep = "")
print.weir_pool <- function(x, ...) cat("Pool('", .subset2(x, 1L)$name, "')\n", sep = "")
