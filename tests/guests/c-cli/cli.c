// Greets, and ends with the code given as its argument (0 without one).

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  puts("Hello from C");
  return argc > 1 ? atoi(argv[1]) : 0;
}
