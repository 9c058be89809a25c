//===- Output.h - What g4-interp leaves -------------------------*- C++ -*-===//

#ifndef G4_TOOLS_G4_INTERP_OUTPUT_H
#define G4_TOOLS_G4_INTERP_OUTPUT_H

#include "compiler/interpret/GraphTensor.h"

#include <string>

namespace g4 {

/// A line with name and shape, then a line a row, 6 digits a number: enough to
/// see by, little enough that f64's rounding does not show.
void printTensor(const std::string &name, const GraphTensor &tensor);

/// `folder`/`name`.npy of f64, as numpy.lib.format describes version 1.0.
/// Errors: those of writeFileAtomically.
g4rt::Status writeNpy(const std::string &folder, const std::string &name,
                      const GraphTensor &tensor);

} // namespace g4

#endif // G4_TOOLS_G4_INTERP_OUTPUT_H
