package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RLeasesTest extends LeasesContract {

  RLeasesTest() {
    super("model.R");
  }

  @Override
  String source(Program program) {
    return """
        library(weir)
        c1 <- Cell('c')
        d <- Cell('d')
        p <- Pool('p')
        failing <- function(code) emit(tryCatch({ code; 'none' }, error = conditionMessage))
        """
        + body(program);
  }

  private static String body(Program program) {
    return switch (program) {
      case SET_AND_GET -> "action <- function(x) { if (x) Set(c1, x); emit(Get(c1)) }";
      case ADD -> "action <- function(x) emit(Update(c1, function(y) sum(y, x)))";
      case ADD_SLOWLY ->
          "action <- function(x) { Update(c1, function(y) sum(y, x)); Sys.sleep(0.001) }";
      case UPDATE_FROM_D ->
          "action <- function(x) { Set(Cell('e'), 1); Update(c1, function(y) Get(d)) }";
      case DEADLOCK ->
          """
          action <- function(x) {
            tryCatch(Update(c1, function(y) Update(d, function(z) 1)),
                     DeadlockError = function(e) emit(conditionMessage(e)))
            emit(Get(c1))
          }
          """;
      case NESTED ->
          """
          action <- function(x) {
            failing(Update(c1, function(y) Update(c1, identity)))
            failing(Update(c1, function(y) Set(c1, 1)))
            failing(Update(p, 'k', function(y) Set(p, 'k', 1)))
            failing(Update(p, 'k', function(y) Delete(p, 'k')))
            emit(Update(p, 'k', function(y) Update(p, 'l', function(z) 7)))
          }
          """;
      case FAILED_UPDATES ->
          """
          action <- function(x) {
            Set(c1, list(a = I(1)))
            try(Update(c1, function(y) { y$a <- 5; stop('no') }), silent = TRUE)
            try(Update(c1, function(y) Sys.Date()), silent = TRUE)
            emit(Get(c1))
          }
          """;
      case FAILED_UPDATES_LOCK_NOTHING ->
          """
          action <- function(x) {
            try(Update(c1, function(y) stop('no')), silent = TRUE)
            Set(c1, 1)
            Update(c1, function(y) {
              try(Update(p, 'k', function(z) stop('no')), silent = TRUE)
              Set(p, 'k', 2)
              failing(Set(c1, 3))
              Get(d)
            })
          }
          """;
      case POOL_BY_KEY ->
          """
          action <- function(x) {
            emit(Get(p, 'k')); emit(Contains(p, 'k'))
            Set(p, 'k', NULL)
            emit(Contains(p, 'k'))
            emit(Update(p, 'k', function(v) list(n = v))); emit(Get(p, 'k'))
            emit(Delete(p, 'k')); emit(Delete(p, 'k')); emit(Get(p, 'k'))
            emit(Update(p, '', function(v) 3.5))
          }
          """;
      case WHOLE_POOL ->
          """
          action <- function(x) {
            Update(p, 'k', function(v) sum(v, x))
            Set(p, 'm', I(1))
            Delete(p, 'old')
            emit(sort(Keys(p))); emit(Items(p)); emit(Size(p)); emit(Get(p, 'missing'))
          }
          """;
      case OLD_AND_NEW ->
          "action <- function(x) { Set(p, 'a', 1); Delete(p, 'b'); emit(Items(p)) }";
      case OVERLAY ->
          """
          begin <- function() {
            writeLines(paste(c(Get(c1), Get(p, 'k'), Keys(p)), collapse = ' '))
            Set(c1, 0); Set(p, 'k', 'mine'); Delete(p, 'l')
            writeLines(paste(c(Get(c1), Get(p, 'k'), Keys(p)), collapse = ' '))
            emit('dropped')
          }
          action <- function(x) { emit(Get(c1)); emit(Get(p, 'k')) }
          """;
      case NOT_VALUES ->
          """
          action <- function(x) {
            failing(Set(c1, NaN))
            failing(Set(c1, list(a = list(1, Inf))))
            failing(Set(c1, Sys.Date()))
            failing(Set(c1, function() 1))
            failing(Set(p, 5, 1))
            failing(Cell(5))
            failing(Get('c'))
            failing(Keys(c1))
            emit(Get(c1))
          }
          """;
    };
  }

  @Override
  List<String> refusals() {
    return List.of(
        "cell 'c' is NaN, which JSON does not have: use NULL or a number",
        "cell 'c' at $a[[2]] is Inf, which JSON does not have: use NULL or a number",
        "cell 'c' is of type Date, which is not a JSON value: use format(...)",
        "cell 'c' is of type closure, which is not a JSON value: use NULL, TRUE or FALSE, a number, text, or a list of them",
        "pool 'p': a key is text, not double: use as.character(...)",
        "the name of a cell is text that is not empty",
        "this takes a cell or a pool, as Cell('name') or Pool('name') gives",
        "this takes a pool, as Pool('name') gives");
  }

  /** What is read is the same with and without a hand-over in between. */
  @Test
  void valuesAreKeptInTheFormInWhichTheyArrive() {
    try (var talk =
        with(
            """
            library(weir)
            c1 <- Cell('c')
            action <- function(x) {
              if (x == 1) Set(c1, list(n = 1:2, f = factor('u'), e = c(), na = NA, d = c(a = 3L), l = I(5)))
              emit(deparse(Get(c1), 500))
            }
            """)) {
      var first = talk.run(1L);
      talk.runner.send(new ToRunner.Recall(C));
      talk.apply(talk.next(FromRunner.Back.class).changes());
      assertThat(talk.run(0L)).isEqualTo(first);
      assertThat(first)
          .containsExactly(
              "list(n = list(1, 2), f = \"u\", e = NULL, na = NULL, d = 3, l = list(5))");
    }
  }
}
