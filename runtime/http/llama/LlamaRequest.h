//===- LlamaRequest.h - What a request of /completion asks for --*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_LLAMA_LLAMAREQUEST_H
#define G4_RUNTIME_HTTP_LLAMA_LLAMAREQUEST_H

#include "runtime/http/openai/CompletionRequest.h"

#include <string_view>

namespace g4rt {

struct LlamaRequest {
  CompletionRequest completion;
  bool returnsTokens = false;
};

/// The request of llama-server's own /completion. Errors: those of
/// parseCompletionRequest, with llama-server's names.
Result<LlamaRequest> parseLlamaRequest(std::string_view body,
                                       const ServedModel &model);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_LLAMA_LLAMAREQUEST_H
