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
  std::vector<RawPrompt> prompts; // at least one
  GenerationFields generation;
  /// Each prompt stands before its answers, with its log-probabilities where
  /// the answers have some.
  bool echoes = false;
};

/// OpenAI's default of max_tokens, here alone.
inline constexpr int64_t kDefaultCompletionTokens = 16;

/// Prompts of a request at most, and answers that are made of all of them.
inline constexpr size_t kMaxPrompts = 64, kMaxAnswers = 128;

/// The request of /v1/completions.
/// Errors: those of checkModel, readGenerationFields and readContentGrammar;
/// InvalidArgument for a prompt that is missing, empty, or of a wrong kind, and
/// for too many of them.
Result<CompletionRequest> parseCompletionRequest(std::string_view body,
                                                 const ServedModel &model);

/// The field `prompt`: a string, a list of token ids, or a list of these.
Result<std::vector<RawPrompt>> readPrompts(const FieldReader &request,
                                           int32_t numTokens);
/// The same where only one is supported. Errors: Unimplemented for several.
Result<RawPrompt> readPrompt(const FieldReader &request, int32_t numTokens);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_COMPLETIONREQUEST_H
