//===- ProgramLimits.h - Numbers that compiler and runtime share *- C++ -*-===//

#ifndef G4_RUNTIME_ARTIFACT_PROGRAMLIMITS_H
#define G4_RUNTIME_ARTIFACT_PROGRAMLIMITS_H

#include <cstddef>

namespace g4rt {

/// Arguments of a launch, at most: the loader refuses more, and what launches
/// has room for as many.
inline constexpr size_t kMaxLaunchArgs = 64;

/// What kernels pad logits with that are none: below every logit, and finite,
/// so that differences of it are not NaN. Among the candidates of a row it ends
/// those that are tokens.
inline constexpr double kNoLogit = -1.0e30;

} // namespace g4rt

#endif // G4_RUNTIME_ARTIFACT_PROGRAMLIMITS_H
