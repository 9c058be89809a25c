//===- VisionConfig.h - What config.json says of pictures -------*- C++ -*-===//
//
// The vision_config of a Gemma 4 config.json, checked as the text part is. It
// has one of two forms: a tower of layers (26B, 31B, E2B, E4B), or a projection
// of pixels without any (12B). models/gemma4/README.md lists the fields.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_GEMMA4_VISIONCONFIG_H
#define G4_MODELS_GEMMA4_VISIONCONFIG_H

#include "runtime/base/Json.h"
#include "runtime/base/Status.h"

#include <optional>

namespace g4::gemma4 {

struct VisionConfig {
  enum class Form { Tower, Projection };
  Form form = Form::Tower;
  /// Side of a patch in pixels, and of the square of patches that becomes one
  /// soft token.
  int64_t patchSize = 0, poolingSize = 0;
  /// Columns, and rows, that the position table knows.
  int64_t numPositions = 0;
  int64_t hiddenSize = 0;
  double rmsNormEps = 0;

  // Of a tower.
  int64_t numLayers = 0, numHeads = 0, numKvHeads = 0, headDim = 0;
  int64_t intermediateSize = 0;
  double ropeTheta = 0;
  /// Soft tokens lose a bias and get a scale before they are projected.
  bool standardize = false;
  /// Inputs and outputs of every linear are clamped.
  bool clippedLinears = false;

  bool isTower() const { return form == Form::Tower; }
  /// Numbers of what the tower takes as one row: three a pixel, of a patch or,
  /// in a projection, of the square that becomes one soft token.
  int64_t rowSize() const {
    int64_t side = isTower() ? patchSize : patchSize * poolingSize;
    return 3 * side * side;
  }
};

/// The vision part of a config.json; none if the model sees no pictures.
///
/// Errors: InvalidArgument naming the field, what it holds and what is needed;
/// Unimplemented for what this compiler does not do.
g4rt::Result<std::optional<VisionConfig>>
parseVisionConfig(const g4rt::json::object &config);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_VISIONCONFIG_H
