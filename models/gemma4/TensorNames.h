//===- TensorNames.h - Finding a model's tensors in a checkpoint *- C++ -*-===//
//
// Tools wrap a model and put words before the names of its tensors.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_GEMMA4_TENSORNAMES_H
#define G4_MODELS_GEMMA4_TENSORNAMES_H

#include "models/checkpoint/Checkpoint.h"

namespace g4::gemma4 {

/// The tensors whose name is `last` or ends in it behind a dot.
std::vector<std::string> namesEndingIn(const Checkpoint &checkpoint,
                                       const std::string &last);

/// What stands before the one name that ends in `last`; the family's own
/// prefixes first, of which there is at least one.
///
/// Errors: InvalidArgument if there is no such name, or more than one.
g4rt::Result<std::string> findPrefix(const Checkpoint &checkpoint,
                                     const std::string &last,
                                     std::span<const char *const> prefixes);

/// Success if the checkpoint has this tensor in this shape and a dtype that is
/// read. A tensor without dimensions is one of [1].
///
/// Errors: InvalidArgument naming the tensor, what was found and what is
/// needed.
g4rt::Status needTensor(const Checkpoint &checkpoint, const std::string &name,
                        const std::vector<int64_t> &shape);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_TENSORNAMES_H
