//===- GenerationDefaults.h - generation_config.json ------------*- C++ -*-===//
//
// What an artifact says about sampling where a request says nothing. A field
// that is there and makes no sense is refused: it would show only as strange
// text, or as text that never ends.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_PACK_GENERATIONDEFAULTS_H
#define G4_COMPILER_PACK_GENERATIONDEFAULTS_H

#include "models/checkpoint/Checkpoint.h"

#include <cstdint>
#include <vector>

namespace g4 {

struct GenerationDefaults {
  int32_t bosId = -1, padId = -1; // -1: none
  std::vector<int32_t> eosIds, suppressedIds;
  bool doSample = false;
  float temperature = 1, topP = 1;
  uint32_t topK = 0; // 0: all
};

/// Reads generation_config.json of `checkpoint`; ids at which a text ends come
/// from config.json where that file has none.
///
/// Errors: InvalidArgument, naming the file and the field, for an id outside
/// [0, vocabSize) and for numbers that no sampler takes.
g4rt::Result<GenerationDefaults>
readGenerationDefaults(const Checkpoint &checkpoint, int64_t vocabSize);

} // namespace g4

#endif // G4_COMPILER_PACK_GENERATIONDEFAULTS_H
