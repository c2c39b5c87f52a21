// The target fuzz_model.c as a part of another, which takes its mutator and its tiny model: its entry points have names
// of their own, and what it puts into a model is not what tools and examples do.
#define put model_put
#define put_vector model_put_vector
#define put_conv model_put_conv
#define put_norm model_put_norm
#define put_head model_put_head
#define LLVMFuzzerTestOneInput fuzz_model_input
#define LLVMFuzzerCustomMutator fuzz_model_mutator
#include "fuzz_model.c"
#undef LLVMFuzzerTestOneInput
#undef LLVMFuzzerCustomMutator

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
