// One of two files of a program, without the implementation; the headers come in twice, as in large programs they do.
#include "clip.h"
#include "clip_tokenizer.h"
#include "clip.h"
#include "clip_tokenizer.h"
#include "use.h"

int main(int count, char **paths) { return use(count, paths); }
