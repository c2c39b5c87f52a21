// The whole test harness: CHECK counts, TEST_END prints. A test program is main() with CHECKs and `return TEST_END();`.
#ifndef TEST_H
#define TEST_H
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int test_passed, test_failed;

// A failing CHECK says where and what, and the run goes on. The rest is a printf format with the values that matter.
#define CHECK(condition, ...)                                                                   \
    do {                                                                                        \
        if (condition) {                                                                        \
            test_passed++;                                                                      \
        } else {                                                                                \
            test_failed++;                                                                      \
            printf("%s:%d: failed: %s: ", __FILE__, __LINE__, #condition);                      \
            printf(__VA_ARGS__);                                                                \
            printf("\n");                                                                       \
        }                                                                                       \
    } while (0)

// tests/run.sh adds these lines up.
#define TEST_END() (printf("%d passed, %d failed\n", test_passed, test_failed), test_failed != 0)

#endif
