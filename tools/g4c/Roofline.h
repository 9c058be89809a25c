//===- Roofline.h - Kernels beside the limit of a GPU -----------*- C++ -*-===//

#ifndef G4_TOOLS_G4C_ROOFLINE_H
#define G4_TOOLS_G4C_ROOFLINE_H

#include "runtime/artifact/Artifact_generated.h"
#include "runtime/base/Status.h"

#include <string>

namespace g4 {

/// Prints a line a kernel of a step of one session with 1,024 tokens: what it
/// needs of `gpu`, and its predicted time beside the one that its bytes take.
///
/// Errors: NotFound if the GPU is not known or runs no target of the file.
g4rt::Status printRoofline(const artifact::Artifact &root,
                           const std::string &gpu);

} // namespace g4

#endif // G4_TOOLS_G4C_ROOFLINE_H
