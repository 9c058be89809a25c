//===- Weights.h - The weight table of Gemma 4 ------------------*- C++ -*-===//
//
// One table says everything about a weight: its name in the graph, the tensors
// of the checkpoint that it is made of, its shape, and what it is for.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_GEMMA4_WEIGHTS_H
#define G4_MODELS_GEMMA4_WEIGHTS_H

#include "models/checkpoint/Checkpoint.h"
#include "models/gemma4/Config.h"
#include "runtime/artifact/WeightClass.h"

#include <optional>

namespace g4::gemma4 {

struct WeightSpec {
  /// "layers.3.attn.q": the name in the graph and the artifact.
  std::string name;
  /// Tensor names behind the checkpoint's prefix, stacked along dimension 0.
  std::vector<std::string> sources;
  std::vector<int64_t> shape;
  /// What it is for: the policy of the quantize phase goes by it.
  artifact::WeightClass weightClass;
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

/// Whether it has the table of per-layer inputs.
bool hasPerLayerInputs(const Checkpoint &checkpoint);

/// The dtype of the embedding as config.json would say it: "bfloat16".
std::string dtypeOfEmbedding(const Checkpoint &checkpoint);

/// Names of layers' tensors, and of the table of per-layer inputs, that a model
/// of this table does not read, sorted: a sign that config.json and the tensors
/// are of different models. Not those of caches that layers share, which
/// released files have and no model reads.
std::vector<std::string> unreadTensors(const std::vector<WeightSpec> &table,
                                       const TextConfig &config,
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
