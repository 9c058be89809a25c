//===- SessionRun.cpp - Answers of one loop, step by step -----------------===//

#include "bench/engine/SessionRun.h"

#include <utility>

namespace g4rt {

SessionRun::SessionRun(Executor &executor, const Tokenizer &tokenizer,
                       const SchedulerOptions &options,
                       std::unique_ptr<SessionStore> sessions)
    : tokenizer_(tokenizer), sessions_(sessions.get()),
      loop_(executor, std::chrono::steady_clock::now, options,
            std::move(sessions)) {}

Result<size_t> SessionRun::begin(GenerationRequest request) {
  size_t number = answers_.size();
  auto answer = Answer::create(std::move(request), tokenizer_,
                               std::chrono::steady_clock::now());
  if (!answer)
    return answer.error();
  answers_.emplace_back();
  ++numOpen_;
  loop_.add({.id = GenerationId{number},
             .answer = *std::move(answer),
             .sink = [this, number](GenerationEvent event) {
               RunAnswer &told = answers_[number];
               for (const PromptToken &token : event.prompt)
                 told.promptLogprobs.push_back(token.sample.token.logprob);
               if (event.token)
                 told.tokens.push_back(event.token->token.id);
               if (!event.end)
                 return;
               told.end = std::move(event.end);
               --numOpen_;
             }});
  return number;
}

void SessionRun::step() {
  loop_.planStep();
  loop_.waitForFiles();
  loop_.runStep();
  for (Delivery &delivery : loop_.takeDeliveries())
    (*delivery.sink)(std::move(delivery.event));
}

void SessionRun::finish() {
  while (numOpen_ > 0)
    step();
}

void SessionRun::save() {
  do
    sessions_->waitUntilIdle();
  while (loop_.saveSome());
}

Result<RunAnswer> runAlone(SessionRun &run, GenerationRequest request) {
  G4RT_ASSIGN(size_t number, run.begin(std::move(request)));
  run.finish();
  return run.answer(number);
}

} // namespace g4rt
