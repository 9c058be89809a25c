//===- KeyedSubmit.h - Requests within what their keys may have -*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_KEYEDSUBMIT_H
#define G4_RUNTIME_HTTP_OPENAI_KEYEDSUBMIT_H

#include "runtime/engine/Engine.h"
#include "runtime/http/ApiError.h"
#include "runtime/http/HttpMessage.h"

#include <cstdint>
#include <optional>

namespace g4rt {

/// The engine's id of a request, or what its client is told.
struct Submission {
  std::optional<GenerationId> id = {};
  ApiError error = {};
};

/// Submits what was made of `from`, whose key is charged for `numPromptTokens`,
/// and for the answer as it comes. The request takes from the key's share, and
/// finds what was computed of prompts of this key, unless it has a cache_salt.
Submission submitFor(const HttpRequest &from, Engine &engine,
                     GenerationRequest request, int64_t numPromptTokens,
                     GenerationSink sink);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_KEYEDSUBMIT_H
