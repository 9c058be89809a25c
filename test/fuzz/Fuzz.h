//===- Fuzz.h - What the fuzz programs share --------------------*- C++ -*-===//

#ifndef G4_TEST_FUZZ_FUZZ_H
#define G4_TEST_FUZZ_FUZZ_H

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace g4rt {

inline std::string_view textOf(const uint8_t *data, size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

/// Ends the program, with the input saved, unless `holds`.
inline void require(bool holds, const char *what) {
  if (holds)
    return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

} // namespace g4rt

#endif // G4_TEST_FUZZ_FUZZ_H
