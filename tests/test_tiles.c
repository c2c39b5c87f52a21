// The kernels for AMX on any x86-64: all of test_ops, the tile instructions being emulated. Where the CPU has them,
// test_ops itself runs the true ones.
#include "tiles.h"
#define ONLY_ISA "amx"
#include "test_ops.c"
