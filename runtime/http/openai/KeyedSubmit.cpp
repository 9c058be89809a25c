//===- KeyedSubmit.cpp - Requests within what their keys may have ---------===//

#include "runtime/http/openai/KeyedSubmit.h"

#include "runtime/http/KeyAccount.h"
#include "runtime/http/openai/AnswerErrors.h"

#include <chrono>
#include <utility>

namespace g4rt {

using Clock = std::chrono::steady_clock;

/// `sink`, and the account is told of tokens and of the end.
static GenerationSink chargedSink(std::shared_ptr<KeyAccount> account,
                                  GenerationSink sink) {
  return [account = std::move(account),
          sink = std::move(sink)](GenerationEvent event) {
    if (event.token)
      account->use(1, Clock::now());
    // Before the client can know of it, and ask again.
    if (event.end)
      account->end(Clock::now());
    sink(std::move(event));
  };
}

static Submission submitted(Result<GenerationId> id, const Engine &engine) {
  if (id)
    return {.id = *id};
  return {.error = errorOfSubmit(id.error(), engine)};
}

Submission submitFor(const HttpRequest &from, Engine &engine,
                     GenerationRequest request, int64_t numPromptTokens,
                     GenerationSink sink) {
  const std::shared_ptr<KeyAccount> &account = from.account;
  if (!account)
    return submitted(engine.submit(std::move(request), std::move(sink)),
                     engine);
  if (auto refusal = account->begin(numPromptTokens, Clock::now()))
    return {.error = {.kind = ErrorKind::KeyLimit,
                      .message = std::move(refusal->message),
                      .retrySeconds = refusal->retrySeconds}};
  request.share = {KeyId{account->number()}, account->weight()};
  if (request.cacheSalt.empty())
    request.cacheSalt = account->cacheSalt();
  Submission out = submitted(
      engine.submit(std::move(request), chargedSink(account, std::move(sink))),
      engine);
  if (!out.id)
    account->end(Clock::now());
  return out;
}

} // namespace g4rt
