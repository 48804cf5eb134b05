# fastscore.input: int
# fastscore.output: int

library(fastscore)

begin <- function() {
    counter <- Cell('counter')
    Set(counter, 0)
}

action <- function(x) {
    counter <- Cell('counter')
    Update(counter, function(y) y + x)
    emit(Get(counter))
}
