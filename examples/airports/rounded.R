library(fastscore)

action <- function(mean) emit(list(flights = mean$flights, mean = round(mean$mean, 1)))
