//===- OllamaRequest.h - What Ollama's clients ask for ----------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OLLAMA_OLLAMAREQUEST_H
#define G4_RUNTIME_HTTP_OLLAMA_OLLAMAREQUEST_H

#include "runtime/http/openai/ChatRequest.h"
#include "runtime/http/openai/CompletionRequest.h"

#include <optional>
#include <string_view>

namespace g4rt {

struct OllamaRequest {
  /// Of /api/chat; of /api/generate a conversation of its prompt.
  ChatRequest chat;
  /// Of /api/generate with `raw`: goes to the model as it is.
  std::optional<RawPrompt> raw = {};
  /// Nothing is asked for: clients load a model so.
  bool isEmpty = false;
};

/// The requests of /api/chat and /api/generate. Errors: those of
/// readGenerationFields, readConversation and readAnswerRules, with Ollama's
/// names; Unimplemented for pictures.
Result<OllamaRequest> parseOllamaChat(std::string_view body,
                                      const ServedModel &model);
Result<OllamaRequest> parseOllamaGenerate(std::string_view body,
                                          const ServedModel &model);

/// Success if the request's `model` is the served one, with or without the tag
/// :latest, or missing. Errors: NotFound.
Status checkOllamaModel(const FieldReader &request, const ServedModel &model);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OLLAMA_OLLAMAREQUEST_H
