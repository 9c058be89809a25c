//===- Arguments.h - What g4-interp calls a function with -------*- C++ -*-===//

#ifndef G4_TOOLS_G4_INTERP_ARGUMENTS_H
#define G4_TOOLS_G4_INTERP_ARGUMENTS_H

#include "compiler/interpret/GraphInterpreter.h"

#include <string>
#include <vector>

namespace g4 {

/// The tokens of a JSON file: an array of ids, or an array of such arrays, one
/// a sequence.
///
/// Errors: those of parseJsonFile; InvalidArgument for anything else.
g4rt::Result<std::vector<std::vector<int32_t>>>
readTokens(const std::string &path);

/// A value for each argument of `function`: for indices what their readers take
/// them for (tokens, the rows that are wanted, experts, else positions), for
/// activations and weights random numbers of `seed`.
///
/// Errors: InvalidArgument for a type that is none of these or is not a
/// number of rows of known size.
g4rt::Result<std::vector<GraphArgument>>
makeArguments(mlir::func::FuncOp function, const GraphStep &step,
              uint64_t seed);

} // namespace g4

#endif // G4_TOOLS_G4_INTERP_ARGUMENTS_H
