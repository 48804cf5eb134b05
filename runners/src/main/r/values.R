# What a JSON value is, in R.
#
#   null           NULL
#   true, false    logical of length 1
#   a number       double of length 1
#   text           character of length 1
#   an array       list without names
#   an object      list with names; {} has names of length 0
#
# A value of this form is *normal*. `convert` makes any other value normal or says why it cannot be; it is what cells and
# pools do with a value before they keep it, so that what is read is the same with and without a hand-over in between.
# Outputs may have more forms, which Weir understands: integers, NA, and vectors that are not of length 1. A value that
# needs no conversion as an output is *exact*, which is told for many values at once.

MAX_DEPTH <- 1000L
LARGEST_PLAIN <- 1e15
TYPES <- c("NULL", "logical", "integer", "double", "character", "list")

# Whether all these values are exact. Goes level by level through all of them at once.
exact <- function(values) {
  for (depth in 0:MAX_DEPTH) {
    if (length(values) == 0L) return(TRUE)
    if (any(vapply(values, is.object, NA)) || any(vapply(values, is.array, NA))) return(FALSE)
    types <- vapply(values, typeof, "")
    if (!all(types %in% TYPES)) return(FALSE)
    if (!all_finite(values[types == "double"])) return(FALSE)
    lists <- values[types == "list"]
    if (length(lists) == 0L) return(TRUE)
    if (!all(vapply(unique(lapply(lists, names)), are_keys, NA))) return(FALSE)
    values <- unlist(lists, FALSE, FALSE)
  }
  FALSE
}

all_finite <- function(numbers) {
  if (length(numbers) == 0L) return(TRUE)
  flat <- unlist(numbers, FALSE, FALSE)
  all(is.finite(flat)) || all(is.finite(flat) | (is.na(flat) & !is.nan(flat)))
}

are_keys <- function(keys) is.null(keys) || !(anyNA(keys) || anyDuplicated(keys) || any(keys == ""))

# The normal form of a value; `subject` names the value in the message of the error.
convert <- function(value, subject, path = "", depth = 0L) {
  if (is.null(value)) return(NULL)
  as_array <- inherits(value, "AsIs")
  if (as_array) class(value) <- setdiff(oldClass(value), "AsIs")
  if (is.factor(value)) value <- as.character(value)
  if (is.object(value) || !(is.atomic(value) || typeof(value) == "list") || !(typeof(value) %in% TYPES)) {
    refuse(value, subject, path)
  }
  if (length(dim(value)) > 2L) {
    stop(subject, at(path), " is an array of ", length(dim(value)), " dimensions: use a matrix or nested lists",
         call. = FALSE)
  }
  if (is.matrix(value)) {
    if (depth >= MAX_DEPTH) too_deep(subject)
    rows <- lapply(seq_len(nrow(value)), function(i) I(as.vector(value[i, ])))
    return(unname_list(lapply(seq_along(rows), function(i) convert(rows[[i]], subject, index(path, i), depth + 1L))))
  }
  if (typeof(value) != "list") {
    if (length(value) == 1L && !as_array) return(scalar(value, subject, path))
    if (depth >= MAX_DEPTH) too_deep(subject)
    return(lapply(seq_along(value), function(i) scalar(value[[i]], subject, index(path, i))))
  }
  if (depth >= MAX_DEPTH) too_deep(subject)
  keys <- names(value)
  if (is.null(keys)) {
    return(lapply(seq_along(value), function(i) convert(value[[i]], subject, index(path, i), depth + 1L)))
  }
  if (!are_keys(keys)) bad_keys(keys, subject, path)
  structure(lapply(seq_along(value), function(i) {
    convert(value[[i]], subject, paste0(path, "$", keys[[i]]), depth + 1L)
  }), names = enc2utf8(keys))
}

scalar <- function(value, subject, path) {
  if (is.double(value) && !is.finite(value) && (is.nan(value) || !is.na(value))) {
    stop(subject, at(path), " is ", format(value), ", which JSON does not have: use NULL or a number", call. = FALSE)
  }
  if (is.na(value)) return(NULL)
  if (is.character(value)) return(enc2utf8(as.vector(value)))
  if (is.logical(value)) as.vector(value) else as.double(value)
}

unname_list <- function(value) {
  names(value) <- NULL
  value
}

refuse <- function(value, subject, path) {
  kind <- if (is.object(value)) class(value)[[1L]] else typeof(value)
  stop(subject, at(path), " is of type ", kind, ", which is not a JSON value: ", way_out(value), call. = FALSE)
}

way_out <- function(value) {
  if (inherits(value, c("Date", "POSIXt"))) return("use format(...)")
  if (inherits(value, "difftime")) return("use as.numeric(...)")
  if (is.data.frame(value)) return("declare record sets for its slot, or use as.list(...)")
  if (is.raw(value)) return("use rawToChar(...), or base64 for binary data")
  if (is.complex(value)) return("use Re(...) and Im(...)")
  if (is.environment(value)) return("use as.list(...)")
  if (is.language(value)) return("use deparse(...)")
  if (is.object(value) && !isS4(value)) return("use unclass(...) or format(...)")
  "use NULL, TRUE or FALSE, a number, text, or a list of them"
}

bad_keys <- function(keys, subject, path) {
  if (anyNA(keys) || any(keys == "")) {
    stop(subject, at(path), " is a list of which some items have names and others not: name all of them, for an object, ",
         "or use unname(...), for an array", call. = FALSE)
  }
  stop(subject, at(path), " has the name '", keys[[anyDuplicated(keys)]], "' twice, which a JSON object has not",
       call. = FALSE)
}

too_deep <- function(subject) {
  stop(subject, " is nested deeper than ", MAX_DEPTH, " levels", call. = FALSE)
}

at <- function(path) if (path == "") "" else paste0(" at ", path)
index <- function(path, i) paste0(path, "[[", i, "]]")

# What a record set may be that is emitted.
checked_set <- function(value, slot) {
  if (is.data.frame(value)) return(checked_frame(value, slot))
  if (!is.matrix(value)) {
    stop("slot ", slot, " has record sets: emit a data.frame or a matrix for it, not ",
         if (is.object(value)) class(value)[[1L]] else typeof(value), call. = FALSE)
  }
  if (!(typeof(value) %in% c("logical", "integer", "double", "character"))) {
    stop("the matrix for slot ", slot, " is of type ", typeof(value), ", which is not a JSON value", call. = FALSE)
  }
  if (is.double(value) && !all_finite(list(value))) {
    stop("the matrix for slot ", slot, " has a number that JSON does not have (NaN or Inf): use NA", call. = FALSE)
  }
  matrix(value, nrow(value), ncol(value))
}

checked_frame <- function(frame, slot) {
  keys <- names(frame)
  if (length(frame) > 0L && !are_keys(keys)) bad_keys(keys, paste0("the data.frame for slot ", slot), "")
  columns <- lapply(seq_along(frame), function(i) {
    subject <- paste0("column '", keys[[i]], "' of the data.frame for slot ", slot)
    column <- frame[[i]]
    if (is.factor(column)) return(as.character(column))
    if (is.list(column) && !is.data.frame(column)) {
      return(lapply(seq_along(column), function(j) convert(column[[j]], subject, index("", j))))
    }
    if (is.object(column) || is.array(column) || !(typeof(column) %in% TYPES)) {
      if (inherits(column, "AsIs")) column <- unclass(column)
      if (is.object(column) || is.array(column) || !(typeof(column) %in% TYPES)) refuse_column(column, subject)
    }
    if (is.double(column) && !all_finite(list(column))) {
      stop(subject, " has a number that JSON does not have (NaN or Inf): use NA", call. = FALSE)
    }
    if (is.character(column)) enc2utf8(as.vector(column)) else as.vector(column)
  })
  list(as.double(nrow(frame)), as.list(as.character(keys)), columns)
}

refuse_column <- function(column, subject) {
  kind <- if (is.matrix(column)) "matrix" else if (is.object(column)) class(column)[[1L]] else typeof(column)
  stop(subject, " is of type ", kind, ", which a record cannot have: ", way_out(column), call. = FALSE)
}
