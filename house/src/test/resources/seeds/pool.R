# fastscore.input: int
# fastscore.output: int

library(fastscore)

begin <- function(){
    counter <- Pool('counter')
    Set(counter, 'x', 0)
}

action <- function(datum){
    counter <- Pool('counter')
    Update(counter, 'x', function(x) x + 1)
    emit(Get(counter, 'x'))
}