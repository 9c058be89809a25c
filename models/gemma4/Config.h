//===- Config.h - What a Gemma 4 config.json says ---------------*- C++ -*-===//
//
// The text part of the configuration, checked: every number is within limits
// that keep later products from overflowing, and the fields agree with each
// other. models/gemma4/README.md lists the fields and what each means.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_GEMMA4_CONFIG_H
#define G4_MODELS_GEMMA4_CONFIG_H

#include "models/checkpoint/FactOrigin.h"
#include "runtime/base/Json.h"

#include <cstdint>
#include <string>
#include <vector>

namespace g4::gemma4 {

struct RopeConfig {
  double theta = 0;
  /// Pairs of a head that rotate; the rest have frequency 0.
  int64_t numRotatedPairs = 0;
  /// Divides the frequencies.
  double factor = 1;
};

/// What one layer is.
struct LayerConfig {
  bool isFull = false;
  int64_t headDim = 0;
  int64_t numKvHeads = 0;
  int64_t intermediateSize = 0;
  /// Values are the raw keys: there is no v_proj.
  bool kEqV = false;
  /// The layer whose keys and values this one attends to: itself, or an earlier
  /// one of its kind.
  int64_t kvLayer = 0;
  /// TextConfig::numExperts, or fewer where a checkpoint was pruned.
  int64_t numExperts = 0;
};

struct TextConfig {
  std::string modelType;
  /// "bfloat16", "float16" or "float32"; empty where config.json does not say.
  std::string dtype;
  int64_t vocabSize = 0, hiddenSize = 0, numHeads = 0;
  int64_t slidingWindow = 0, maxPositions = 0;
  double rmsNormEps = 0;
  double finalLogitSoftcap = 0; // 0: none
  bool tieWordEmbeddings = true;
  /// use_bidirectional_attention "vision": in sliding layers the soft tokens of
  /// one picture see each other both ways.
  bool picturesSeeBothWays = false;

  /// Of a layer, at most.
  int64_t numExperts = 0, topKExperts = 0, moeIntermediateSize = 0;
  bool hasExperts() const { return numExperts > 0; }

  /// Channels of a layer's per-layer input; 0: none. Where config.json does not
  /// state it, as transformers has it; a checkpoint without their table then
  /// has none.
  int64_t perLayerInputSize = 0;
  bool perLayerInputIsStated = false;
  int64_t perLayerVocabSize = 0;

  RopeConfig slidingRope, fullRope;
  std::vector<LayerConfig> layers;

  /// Where in config.json facts stood that tools write to different places.
  FactOrigins origins;
  /// What was read in another way than its writer may have meant it.
  std::vector<std::string> warnings;

  int64_t numLayers() const { return static_cast<int64_t>(layers.size()); }
};

/// The text configuration in a config.json, which may hold it as `text_config`
/// or be it.
///
/// Errors: InvalidArgument naming the field, what it holds and what is needed;
/// Unimplemented for what this compiler does not do (bidirectional attention,
/// attention biases, other activations).
g4rt::Result<TextConfig> parseTextConfig(const g4rt::json::object &config);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_CONFIG_H
