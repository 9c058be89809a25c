//===- GenerationFields.h - How an answer shall be made ---------*- C++ -*-===//
//
// The fields that /v1/chat/completions and /v1/completions share. Read in one
// place into types; nothing later looks at the JSON.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_GENERATIONFIELDS_H
#define G4_RUNTIME_HTTP_OPENAI_GENERATIONFIELDS_H

#include "runtime/base/Status.h"
#include "runtime/engine/Generation.h"
#include "runtime/http/ServedModel.h"
#include "runtime/text/FieldReader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace g4rt {

struct GenerationFields {
  SamplingParams sampling;
  std::optional<int64_t> maxTokens;
  std::vector<int32_t> stopIds;
  std::vector<std::string> stops;
  SpecialIds special = SpecialIds::Skip;
  bool isStream = false;
  bool includeUsage = false;
};

/// Reads all of them but the log-probabilities, which the two endpoints spell
/// differently. What the request leaves out is `model`'s default for an answer
/// to a prompt of this kind; the seed is then random.
///
/// Errors: InvalidArgument, or Unimplemented for what is known and not
/// supported, with the field's path in front.
Result<GenerationFields> readGenerationFields(const FieldReader &request,
                                              const ServedModel &model,
                                              PromptKind kind);

/// Success if the request names `model`, or none. Errors: NotFound.
Status checkModel(const FieldReader &request, const ServedModel &model);

/// maxTokens of the engine for a prompt of `numPromptTokens`. Errors:
/// InvalidArgument, starting with "context_length_exceeded".
Result<int64_t> fitMaxTokens(std::optional<int64_t> wanted,
                             int64_t numPromptTokens, int64_t maxModelLength);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_GENERATIONFIELDS_H
