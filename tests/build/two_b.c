// The other file, with the implementation.
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#include "clip_tokenizer.h"
#include "clip.h"
