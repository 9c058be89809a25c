//===- RequestCheck.h - Which requests an engine takes ----------*- C++ -*-===//

#ifndef G4_RUNTIME_ENGINE_REQUESTCHECK_H
#define G4_RUNTIME_ENGINE_REQUESTCHECK_H

#include "runtime/base/Status.h"
#include "runtime/engine/Answer.h"
#include "runtime/engine/Generation.h"
#include "runtime/exec/Executor.h"

#include <cstdint>
#include <string>

namespace g4rt {

/// A week.
inline constexpr double kMostTimeoutSeconds = 7 * 86400;

struct RequestLimits {
  int64_t vocabSize = 0;
  /// Positions of one sequence at most, prompt and answer.
  int64_t maxLength = 0;
};

/// InvalidArgument for what was `asked` ("the prompt has 17 tokens") of
/// sequences of at most `maxLength` positions. It starts with
/// "context_length_exceeded" and holds the phrases by which clients know an
/// overflow: LiteLLM "this model's maximum context length is", agents that
/// compact their history "exceeds the available context size" (llama-server's)
/// and "reduce the length of the messages" (OpenAI's).
Status contextLengthExceeded(const std::string &asked, int64_t maxLength);

/// Success if `request` can be answered; its stops are StopMatcher's to check.
/// Errors: InvalidArgument, as Engine::submit says.
Status checkRequest(const GenerationRequest &request,
                    const RequestLimits &limits);

/// Tokens that the answer to a request that has passed can have, at least 1.
int64_t answerRoom(const GenerationRequest &request,
                   const RequestLimits &limits);

/// The limits of requests to an executor, whose sequences shall have at most
/// `maxModelLength` positions.
RequestLimits requestLimits(const ExecutorLimits &limits,
                            int64_t maxModelLength);

/// What an answer is made with. Borrows.
struct AnswerTools {
  const Tokenizer &tokenizer;
  GrammarCompiler &grammars;
  /// That follow rules of answers; null: whoever appends tokens does.
  BudgetedThreads *guideThreads = nullptr;
};

/// The answer to a request that was made at `submitted`. Any thread. Errors:
/// those of checkRequest, Answer::create and Answer::compileRules.
Result<Answer> checkedAnswer(GenerationRequest request,
                             const RequestLimits &limits, AnswerTools tools,
                             Answer::Time submitted);

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_REQUESTCHECK_H
