//===- AnswerErrors.h - What a client is told of a failed answer *- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_ANSWERERRORS_H
#define G4_RUNTIME_HTTP_OPENAI_ANSWERERRORS_H

#include "runtime/engine/Engine.h"
#include "runtime/http/ApiError.h"

namespace g4rt {

/// Whether the answer has not come to an end of its own.
bool isFailure(const GenerationEnd &end);

/// Of an end that is a failure.
ApiError errorOfEnd(const GenerationEnd &end);

/// Why `engine` did not take a request: what its submit() said.
ApiError errorOfSubmit(const Status &status, const Engine &engine);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_ANSWERERRORS_H
