// The whole library in one file. CLIP_STATIC makes it a private copy; NO_TOKENIZER leaves the other header out.
#define CLIP_IMPLEMENTATION
#ifndef NO_TOKENIZER
#include "clip_tokenizer.h"
#endif
#include "clip.h"
#include "use.h"

int main(int count, char **paths) { return use(count, paths); }
