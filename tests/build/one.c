// The whole library in one file. CLIP_STATIC makes it a private copy; NO_TOKENIZER leaves the other header out.
#define CLIP_IMPLEMENTATION
#ifndef NO_TOKENIZER
#include "clip_tokenizer.h"
#endif
#include "clip.h"
#include "use.h"

int main(int count, char **paths) {
#if !defined(CLIP_NO_STDIO) && (defined(__unix__) || defined(__APPLE__))
    if (clip__file_is_special("/dev/null") != 1) return puts("/dev/null would be replaced"), 1;
#endif
    return use(count, paths);
}
