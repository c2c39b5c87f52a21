// test_captions.c - examples/captions.h: in what order pictures are trained with. How files of captions are read is
// tested with train, in test_programs.c.
#define _XOPEN_SOURCE 700 // POSIX of 2008
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "test_captions"
#include "examples/common.h"
#include "examples/captions.h"
#include "tests/test.h"

static void runs_stay_together_when_they_are_shuffled(void) {
    enum { N = 103 };
    for (size_t run = 1; run <= 120; run = run * 2 + 1)
        for (uint64_t stream = 0; stream < 8; stream++) {
            size_t items[N + 1], again[N], seen[N] = {0}, together = 0, moved = 0;
            for (size_t i = 0; i < N; i++) items[i] = again[i] = i;
            items[N] = 7777;
            shuffle_runs(items, N, run, 5, stream);
            shuffle_runs(again, N, run, 5, stream);
            for (size_t i = 0; i < N; i++) {
                if (items[i] < N) seen[items[i]]++;
                moved += items[i] != i;
                together += items[(i + 1) % N] == (items[i] + 1) % N;
            }
            CHECK(!memcmp(items, again, sizeof again) && items[N] == 7777, "runs of %zu: not the same again", run);
            for (size_t i = 0; i < N; i++) CHECK(seen[i] == 1, "runs of %zu: %zu is there %zu times", run, i, seen[i]);
            CHECK(together + N / run + 1 >= N, "runs of %zu: %zu of %d stand before their next", run, together, N);
            CHECK(run > 7 || moved > N / 3, "runs of %zu: %zu have moved", run, moved);
            CHECK(run > 3 || together < N * 9 / 10, "runs of %zu: nothing is shuffled", run);
        }
}

int main(void) {
    runs_stay_together_when_they_are_shuffled();
    return TEST_END();
}
