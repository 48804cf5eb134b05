library(fastscore)

# The mean delay of all flights, after every hundredth.
action <- function(entry) {
  sums <- Update(Cell("sums"), function(s) {
    if (is.null(s)) s <- list(n = 0, minutes = 0)
    list(n = s$n + 1, minutes = s$minutes + entry$minutes)
  })
  if (sums$n %% 100 == 0) emit(list(flights = sums$n, mean = sums$minutes / sums$n))
}
