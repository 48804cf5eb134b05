# fastscore.input: int
# fastscore.output: int
# fastscore.snapshots: eof

library(fastscore)

begin <- function(){
    cell <- Cell('sum')
    if(length(Get(cell)) == 0){
        Set(cell, 0)
    }
}

action <- function(datum){
    c_sum <- Cell('sum')
    result <- datum + Get(c_sum)
    Set(c_sum, result)
    emit(result)
}