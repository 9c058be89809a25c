//===- LargestThat.h - How many of something fit ----------------*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_LARGESTTHAT_H
#define G4_RUNTIME_EXEC_LARGESTTHAT_H

#include "runtime/base/Status.h"

#include <cstdint>

namespace g4rt {

/// The largest number from 1 to `most` that `fits`, which holds for all below
/// one that it holds for; 0 if there is none. Errors: those of `fits`, a
/// Result<bool>.
template <typename Fits>
Result<int64_t> largestThat(int64_t most, const Fits &fits) {
  int64_t least = 0;
  while (least < most) {
    int64_t middle = least + (most - least + 1) / 2;
    G4RT_ASSIGN(bool fit, fits(middle));
    (fit ? least : most) = fit ? middle : middle - 1;
  }
  return least;
}

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_LARGESTTHAT_H
