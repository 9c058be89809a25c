//===- WeightFiles.h - Which files of a folder hold the weights -*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_WEIGHTFILES_H
#define G4_MODELS_CHECKPOINT_WEIGHTFILES_H

#include "runtime/base/Status.h"

#include <string>
#include <vector>

namespace g4 {

struct WeightFiles {
  /// Names of safetensors files in the folder, sorted; none if it has none.
  std::vector<std::string> names;
  /// How they were found, for people: "model.safetensors".
  std::string origin;
};

/// The first of these that the folder has:
///  - the shards of model.safetensors.index.json, if all are there and
///    model.safetensors is one of them;
///  - model.safetensors, whatever an index says: saving a model anew into the
///    same folder leaves the index of the old shards, and transformers, too,
///    takes the single file first;
///  - the shards of the index;
///  - model-00001-of-00003.safetensors and so on, all of them, without an
///  index.
///
/// Errors: InvalidArgument for an index that cannot be read, that names a shard
/// by more than a plain file name, or for shards of which one is missing;
/// Unimplemented for a folder with weights of a kind that is not read (an
/// adapter alone, pickles), which says what to do.
g4rt::Result<WeightFiles> findWeightFiles(const std::string &folder);

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_WEIGHTFILES_H
