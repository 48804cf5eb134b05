# The frames that a runner and Weir exchange: four bytes of length, highest first, then a list in R's serialize format
# (version 2, XDR), whose first item is its kind.
#
# The protocol has file descriptors 3 and 4 to itself: what the model prints goes to standard error, and reading
# standard input finds its end. R has no threads. Weir is heard when the program waits for something, and between two
# records, by `poll`; the end of Weir ends a busy runner too, because Weir starts a process that sees to it.

MAX_FRAME <- 2^29

incoming <- NULL # blocks; not buffered, so that nothing is hidden from `peeking`
peeking <- NULL # the same pipe, but does not block
outgoing <- NULL

connect <- function(connection) {
  incoming <<- connection
  peeking <<- fifo("/dev/fd/3", "rb", blocking = FALSE)
  outgoing <<- suppressWarnings(file("/dev/fd/4", "wb", raw = TRUE))
}

send <- function(message) {
  frame <- serialize(message, NULL, version = 2L)
  if (length(frame) > MAX_FRAME) {
    stop(length(frame), " bytes at once are more than a runner can send (", MAX_FRAME, "): emit less for a record",
         call. = FALSE)
  }
  # An error here is that Weir has gone, and nothing can be told to anyone.
  tryCatch({
    writeBin(length(frame), outgoing, endian = "big")
    writeBin(frame, outgoing)
    flush(outgoing)
  }, error = function(e) leave())
  invisible()
}

# Waits for the next message.
read_message <- function() body_of(take_bytes(4L))

# The next message, or NULL when there is none yet.
peek_message <- function() {
  head <- tryCatch(readBin(peeking, "raw", 4L), error = function(e) NULL)
  if (is.null(head)) return(NULL)
  if (length(head) == 0L) leave()
  if (length(head) < 4L) head <- c(head, take_bytes(4L - length(head)))
  body_of(head)
}

body_of <- function(head) unserialize(take_bytes(readBin(head, "integer", 1L, endian = "big")))

take_bytes <- function(n) {
  bytes <- readBin(incoming, "raw", n)
  if (length(bytes) == n) return(bytes)
  parts <- list()
  while (length(bytes) > 0L) {
    parts[[length(parts) + 1L]] <- bytes
    n <- n - length(bytes)
    if (n == 0L) return(do.call(c, parts))
    bytes <- readBin(incoming, "raw", n)
  }
  leave()
}

leave <- function() base::quit("no", 0L)
