// Counts what holds. Shared by the two sources of this guest, of which one is empty on each target.
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int checks, failed;

static inline void check(const char* what, long long got, long long want) {
  ++checks;
  if (got == want) return;
  ++failed;
  fprintf(stderr, "FAILED %s: got %lld, expected %lld\n", what, got, want);
}
#define SAME(call, want) check(#call, (long long)(call), (long long)(want))
#define HOLDS(call) check(#call, (call) ? 1 : 0, 1)

static inline int told(void) {
  fprintf(stderr, "%d checks passed, %d failed\n", checks - failed, failed);
  return failed ? 1 : 0;
}
