//===- TestCode.cpp - A kernel as the emulated back end makes them --------===//

#include <cstdint>

extern "C" {

/// The emulator's, which the fake driver has.
void g4emu_access(void *pointer, uint32_t bytes, uint32_t alignment,
                  uint32_t kind);

extern const int64_t g4emu_capability = G4_CODE_NUMBER;

// Threads, size of a warp, bytes of scratch, parameters, which are addresses.
extern const int64_t g4emu_info_fill[] = {32, 32, 0, 2, 1};

/// out[32 * x + thread] = value; args: out, value.
void fill(const uint64_t *args, int64_t x, int64_t, void *, int64_t thread) {
  auto *at = reinterpret_cast<uint32_t *>(args[0]) + 32 * x + thread;
  g4emu_access(at, sizeof(*at), alignof(uint32_t), /*kind: write*/ 1);
  *at = static_cast<uint32_t>(args[1]);
}

} // extern "C"
