// As test_tiles.c: all of test_backward with the kernels for AMX, the tile instructions being emulated.
#include "tiles.h"
#define ONLY_ISA "amx"
#include "test_backward.c"
