//===- GenerationDefaults.h - Sampling and ends of a checkpoint -*- C++ -*-===//
//
// What an artifact says about sampling where a request says nothing. A field
// that is there and makes no sense is refused: it would show only as strange
// text, or as text that never ends.
//
// Tools that tune or convert models lose marks of the end: they write <eos>
// over the list of three, or drop generation_config.json. So an answer ends at
// what any file names, and a chat's also at the template's own marks.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_PACK_GENERATIONDEFAULTS_H
#define G4_COMPILER_PACK_GENERATIONDEFAULTS_H

#include "models/checkpoint/Checkpoint.h"
#include "models/checkpoint/FactOrigin.h"
#include "runtime/artifact/Tokenizer_generated.h"

#include <cstdint>
#include <vector>

namespace g4 {

struct GenerationDefaults {
  int32_t bosId = -1, padId = -1; // -1: none
  /// Of all answers, and besides of a chat's.
  std::vector<int32_t> eosIds, chatEosIds;
  std::vector<int32_t> suppressedIds;
  bool doSample = false;
  float temperature = 1, topP = 1;
  uint32_t topK = 0; // 0: all
  /// Which files said it.
  FactOrigins origins;

  /// Whether nothing ends an answer but its limit.
  bool neverEnds() const { return eosIds.empty() && chatEosIds.empty(); }
};

/// What the tokens in a checkpoint's files are looked up in.
struct TokenNames {
  int64_t vocabSize;
  const artifact::Tokenizer &tokenizer;
  /// Marks at which the chat template's turns end: "<turn|>".
  std::vector<std::string> turnEnds;
};

/// Reads generation_config.json, and of tokens also config.json (at its top and
/// in text_config), tokenizer_config.json and special_tokens_map.json: all of
/// them for the ids that end an answer, the first that says it for the others.
///
/// Errors: InvalidArgument, naming the file and the field, for an id outside
/// [0, vocabSize) and for numbers that no sampler takes.
g4rt::Result<GenerationDefaults>
readGenerationDefaults(const Checkpoint &checkpoint, const TokenNames &names);

} // namespace g4

#endif // G4_COMPILER_PACK_GENERATIONDEFAULTS_H
