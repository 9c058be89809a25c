//===- LayerFields.h - The layers of a Gemma 4 config.json ------*- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_LAYERFIELDS_H
#define G4_MODELS_GEMMA4_LAYERFIELDS_H

#include "models/checkpoint/JsonFields.h"
#include "models/gemma4/Config.h"

namespace g4::gemma4 {

/// What the layers are made of, before they are told apart.
struct LayerFields {
  int64_t headDim = 0, globalHeadDim = 0, numKvHeads = 0, numGlobalKvHeads = 0;
  int64_t intermediateSize = 0, numSharedLayers = 0;
  bool kEqV = false, doubleWideMlp = false;
  std::vector<bool> isFull;
};

/// Reads them; a failure is kept in `fields`. Says in `origins` where the heads
/// of full layers come from.
LayerFields readLayerFields(json_fields::Fields &fields, FactOrigins &origins);

/// The layers one by one. One of the last num_kv_shared_layers attends to the
/// cache of the last layer of its kind before them.
///
/// Errors: InvalidArgument if there is no such layer.
g4rt::Result<std::vector<LayerConfig>> makeLayers(const LayerFields &fields);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_LAYERFIELDS_H
