//===- Answer.cpp - One answer at a time, for the command line ------------===//

#include "tools/g4rt/Answer.h"

#include "runtime/base/Utf8.h"
#include "tools/cli/Console.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <random>

namespace g4rt {

namespace {

/// Events on their way from the engine's thread to the one that prints.
class EventQueue {
public:
  void push(GenerationEvent event) {
    std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    isFilled_.notify_one();
  }
  GenerationEvent pop() {
    std::unique_lock lock(mutex_);
    isFilled_.wait(lock, [&] { return !events_.empty(); });
    GenerationEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

private:
  std::mutex mutex_;
  std::condition_variable isFilled_;
  std::deque<GenerationEvent> events_;
};

} // namespace

void addSamplingFlags(CLI::App &app, SamplingFlags &flags) {
  app.add_option("--temperature", flags.temperature,
                 "0: the most likely token [the checkpoint's]");
  app.add_option("--top-k", flags.topK, "0: all tokens [the checkpoint's]");
  app.add_option("--top-p", flags.topP, "Sum of probabilities kept");
  app.add_option("--min-p", flags.minP, "Least share of the best probability");
  app.add_option("--seed", flags.seed, "The same seed, the same answer")
      ->transform(CLI::Validator(g4::readSeed, "SEED"));
  app.add_option("--max-tokens,-n", flags.maxTokens,
                 "Tokens of an answer at most")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 28));
}

Status checkText(std::string_view what, std::string_view text) {
  if (isUtf8(text))
    return Status();
  return Status(StatusCode::InvalidArgument,
                std::string(what) + ": needs well-formed UTF-8");
}

GenerationRequest requestOf(const SamplingFlags &flags,
                            const GenerationDefaults &defaults,
                            PromptKind kind) {
  GenerationRequest request;
  SamplingParams &sampling = request.sampling;
  sampling.temperature = flags.temperature.value_or(defaults.temperature);
  sampling.topK = flags.topK.value_or(defaults.topK);
  sampling.topP = flags.topP.value_or(defaults.topP);
  sampling.minP = flags.minP.value_or(0);
  sampling.seed = flags.seed ? *flags.seed : std::random_device()();
  sampling.suppressIds = defaults.suppressIds;
  request.stopIds = defaults.endIds(kind);
  request.maxTokens = flags.maxTokens;
  return request;
}

Result<GenerationEnd>
AnswerRunner::run(GenerationRequest request,
                  const std::function<void(const AnswerPiece &)> &onPiece) {
  auto queue = std::make_shared<EventQueue>();
  auto sink = [queue](GenerationEvent event) { queue->push(std::move(event)); };
  {
    std::lock_guard lock(mutex_);
    G4RT_ASSIGN(current_, engine_.submit(std::move(request), sink));
  }
  for (;;) {
    GenerationEvent event = queue->pop();
    for (const AnswerPiece &piece : event.pieces)
      onPiece(piece);
    if (!event.end)
      continue;
    std::lock_guard lock(mutex_);
    current_.reset();
    if (event.end->reason == FinishReason::Failed)
      return event.end->error;
    return *std::move(event.end);
  }
}

void AnswerRunner::cancel() {
  std::lock_guard lock(mutex_);
  if (current_)
    engine_.cancel(*current_);
}

} // namespace g4rt
