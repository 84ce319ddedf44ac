/* The main of a test (compiled with -Dmain=test_main) without arguments, where the C library's start makes
   some up. */
#include <stddef.h>

extern int test_main(int argc, char **argv);
int main(void) { return test_main(0, NULL); }
