//===- Weights.h - The weight table of Gemma 4 ------------------*- C++ -*-===//
//
// One table says everything about a weight: its name in the graph, the tensors
// of the checkpoint that it is made of, its shape, whether it may be missing,
// and the least precision that it may be stored in.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_GEMMA4_WEIGHTS_H
#define G4_MODELS_GEMMA4_WEIGHTS_H

#include "models/checkpoint/Checkpoint.h"
#include "models/gemma4/Config.h"

#include <optional>

namespace g4::gemma4 {

struct WeightSpec {
  /// "layers.3.attn.q": the name in the graph and the artifact.
  std::string name;
  /// Tensor names behind the checkpoint's prefix, stacked along dimension 0.
  std::vector<std::string> sources;
  std::vector<int64_t> shape;
  /// The least precision that it may be stored in. Norms, scales and the router
  /// are small and sensitive: F32. Tables of embeddings, the head and the
  /// per-layer projections: BF16.
  enum class Least { F32, BF16, Int4 } least;
  /// Without a checkpoint: the numbers are evenly distributed in
  /// (center - halfWidth, center + halfWidth). See Synthetic.h.
  struct Range {
    float center = 0, halfWidth = 0;
  };
  std::optional<Range> synthetic = {};
};

/// The weights of a model with this configuration, in graph order.
std::vector<WeightSpec> weightTable(const TextConfig &config);

/// The same with the sources' full names, as transformers writes them.
std::vector<WeightSpec> namedWeights(const TextConfig &config);

/// Whether the checkpoint has an lm_head.weight that is not its embedding
/// again: transformers then uses it whatever tie_word_embeddings says.
bool hasOwnHead(const Checkpoint &checkpoint);

/// The number of experts that each layer of the checkpoint has: its router has
/// a row for each. A checkpoint that was pruned has fewer in some layers than
/// config.json says.
///
/// Errors: InvalidArgument if a layer has fewer than a token chooses.
g4rt::Status adoptExpertCounts(TextConfig &config,
                               const Checkpoint &checkpoint);

/// The weight table against a checkpoint: every source with its full name, in
/// the shape that the table asks. Experts may be stored fused or one by one.
///
/// Errors: InvalidArgument naming the tensor, what was found and what is
/// needed.
g4rt::Result<std::vector<WeightSpec>>
resolveWeights(const TextConfig &config, const Checkpoint &checkpoint);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_WEIGHTS_H
