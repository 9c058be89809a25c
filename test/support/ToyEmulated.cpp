//===- ToyEmulated.cpp - The code of ToyModel for the fake drivers --------===//
//
// The functions of ToyKernels.cpp with what the emulated drivers of
// test/fakecuda and test/fakehip want to know of each: blocks of one thread.
//
//===----------------------------------------------------------------------===//

#include "ToyKernels.cpp"

extern "C" {

// PTX of the same functions runs on every GPU from 8.0 on: so does this.

// Threads, size of a warp, bytes of scratch, parameters, which are addresses.
extern const int64_t g4emu_info_toyEmbed[] = {1, 32, 0, 3, 0b111};
extern const int64_t g4emu_info_toyStore[] = {1, 32, 0, 6, 0b101111};
extern const int64_t g4emu_info_toySumAll[] = {1, 32, 0, 7, 0b1101111};
extern const int64_t g4emu_info_toySumWindow[] = {1, 32, 0, 7, 0b1101111};
extern const int64_t g4emu_info_toyTiles[] = {1, 32, 0, 3, 0b111};
extern const int64_t g4emu_info_toyLogits[] = {1, 32, 0, 4, 0b0111};
extern const int64_t g4emu_info_toyGrid[] = {1, 32, 64, 3, 0b001};
extern const int64_t g4emu_info_toyScale[] = {1, 32, 0, 2, 0b01};
extern const int64_t g4emu_info_toyNothing[] = {1, 32, 0, 0, 0};
}
