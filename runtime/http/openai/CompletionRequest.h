//===- CompletionRequest.h - What a completion request asks for -*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_COMPLETIONREQUEST_H
#define G4_RUNTIME_HTTP_OPENAI_COMPLETIONREQUEST_H

#include "runtime/http/openai/GenerationFields.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace g4rt {

/// A prompt as text, where the spelling of a special token is the token, or as
/// token ids.
using RawPrompt = std::variant<std::string, std::vector<int32_t>>;

struct CompletionRequest {
  RawPrompt prompt;
  GenerationFields generation;
  bool echoes = false; // the prompt stands before the answer
};

/// OpenAI's default of max_tokens, here alone.
inline constexpr int64_t kDefaultCompletionTokens = 16;

/// The request of /v1/completions.
/// Errors: those of checkModel, readGenerationFields and readContentGrammar;
/// InvalidArgument for a prompt that is missing, empty, or of a wrong kind;
/// Unimplemented for several prompts.
Result<CompletionRequest> parseCompletionRequest(std::string_view body,
                                                 const ServedModel &model);

/// The field `prompt`: a string, a list of token ids, or a list of one of them.
Result<RawPrompt> readPrompt(const FieldReader &request, int32_t numTokens);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_COMPLETIONREQUEST_H
