//===- CrowdCheck.cpp - Many sessions at once, each as if alone -----------===//
//
//   crowd-check MODEL.g4 [--tokens 20000] [--sessions 256] [--kinds 64]
//               [--pool 0.33]
//
// First some kinds of requests are answered one at a time, without a prefix
// cache. Then they come again and again, so many at once, from keys of
// different weights: prompts begin alike and are asked with several seeds, the
// pool has a part of the pages that all together need, one in ten is cancelled,
// one in twenty is not read for a while, one in sixteen wants what the model
// says of its prompt. Every token, and every number that is said of a prompt,
// must be that of the run alone. Exit code 1 if one is not, or if something of
// all that never happened.
//
//===----------------------------------------------------------------------===//

#include "runtime/base/Log.h"
#include "runtime/engine/LoadedModel.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

#include "bench/engine/SessionRun.h"

using namespace g4rt;

namespace {

struct Options {
  std::string file;
  int64_t tokens = 20'000, sessions = 256, kinds = 64;
  double pool = 0.33;
  int threads = 0;
};

/// A request and what it is answered when nobody else is there, with what is
/// said of its prompt.
struct Kind {
  GenerationRequest request;
  RunAnswer alone;
};

/// One of them in the crowd.
struct Session {
  const Kind *kind = nullptr;
  size_t answer = 0;
  std::optional<size_t> cancelAt = {}, pauseAt = {}; // tokens
  int64_t numPausedSteps = 0;
};

constexpr int64_t kLength = 320; // positions of a sequence

class Crowd {
public:
  explicit Crowd(const Options &options) : options_(options) {}

  Status run();
  bool isRight() const { return numWrong_ == 0; }

private:
  int64_t in(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_() %
                                      static_cast<uint64_t>(high - low + 1));
  }
  std::vector<int32_t> ids(int64_t count);
  Status load();
  void makeKinds();
  Status answerAlone();
  Status add(SessionRun &run, const Kind &kind);
  Status addSome(SessionRun &run);
  void disturb(SessionRun &run);
  void collect(SessionRun &run);
  void check(const Session &session, const RunAnswer &answer);
  void report(SessionRun &run);

  const Options &options_;
  std::mt19937_64 random_{1};
  std::unique_ptr<LoadedModel> model_;
  std::vector<Kind> kinds_;
  std::vector<Session> sessions_;
  int64_t numCompared_ = 0, numScored_ = 0, numWrong_ = 0;
  int64_t numCancelled_ = 0, numPauses_ = 0;
  size_t mostOpen_ = 0;
};

} // namespace

static Status notSeen(const char *what) {
  return Status(StatusCode::Internal,
                std::string("the crowd: no ") + what + ", needs some");
}

std::vector<int32_t> Crowd::ids(int64_t count) {
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < count; ++i)
    ids.push_back(static_cast<int32_t>(
        in(10, model_->executor().limits().vocabSize - 1)));
  return ids;
}

Status Crowd::load() {
  LoadOptions load{.numThreads = options_.threads};
  load.executor = {.maxSequences = options_.sessions,
                   .maxModelLength = kLength,
                   .maxStepTokens =
                       std::max<int64_t>(2 * options_.sessions, 64)};
  constexpr int64_t kPageTokens = 32; // of the CPU's targets
  // 160 positions are what a sequence has in the mean.
  load.executor.numPages =
      std::max(static_cast<int64_t>(static_cast<double>(options_.sessions) *
                                    options_.pool * 160 / kPageTokens),
               kLength / kPageTokens);
  G4RT_ASSIGN(model_, LoadedModel::load(options_.file, load));
  return Status();
}

/// Families of prompts that begin alike, each with several ends and seeds.
void Crowd::makeKinds() {
  std::vector<int32_t> family, prompt;
  for (int64_t i = 0; i < options_.kinds; ++i) {
    if (i % 16 == 0)
      family = ids(in(20, 180));
    if (i % 4 == 0) {
      prompt = family;
      std::vector<int32_t> end = ids(in(1, 60));
      prompt.insert(prompt.end(), end.begin(), end.end());
    }
    Kind kind;
    kind.request.promptIds = prompt;
    kind.request.sampling.seed = static_cast<uint64_t>(i % 4);
    kind.request.sampling.temperature = i % 3 == 0 ? 0.F : 0.9F;
    kind.request.maxTokens = in(4, 70);
    kinds_.push_back(std::move(kind));
  }
}

Status Crowd::answerAlone() {
  SessionRun run(model_->executor(), model_->tokenizer(),
                 {.hasPrefixCache = false});
  for (Kind &kind : kinds_) {
    GenerationRequest request = kind.request;
    request.numPromptLogprobs = 0;
    G4RT_ASSIGN(kind.alone, runAlone(run, std::move(request)));
    if (kind.alone.end->reason == FinishReason::Failed)
      return kind.alone.end->error;
  }
  return Status();
}

Status Crowd::add(SessionRun &run, const Kind &kind) {
  GenerationRequest request = kind.request;
  uint64_t key = random_() % 3;
  request.share = {KeyId{key}, static_cast<double>(key + 1)};
  Session session{.kind = &kind};
  if (in(1, 10) == 1)
    session.cancelAt = in(0, kind.request.maxTokens - 1);
  if (in(1, 20) == 1) {
    session.pauseAt = in(1, kind.request.maxTokens);
    session.numPausedSteps = in(1, 40);
  }
  if (in(1, 16) == 1)
    request.numPromptLogprobs = 0;
  G4RT_ASSIGN(session.answer, run.begin(std::move(request)));
  sessions_.push_back(session);
  return Status();
}

/// One, or the seeds of a prompt.
Status Crowd::addSome(SessionRun &run) {
  auto first = static_cast<size_t>(in(0, options_.kinds - 1));
  size_t count = in(1, 4) == 1 ? 4 : 1;
  if (count == 4)
    first = first / 4 * 4;
  for (size_t i = first; i < std::min(first + count, kinds_.size()); ++i)
    G4RT_TRY(add(run, kinds_[i]));
  return Status();
}

/// Cancels and pauses those whose time has come.
void Crowd::disturb(SessionRun &run) {
  for (Session &session : sessions_) {
    size_t numTokens = run.answer(session.answer).tokens.size();
    if (session.cancelAt && numTokens >= *session.cancelAt) {
      session.cancelAt.reset();
      run.cancel(session.answer);
    }
    if (session.pauseAt && numTokens >= *session.pauseAt) {
      numPauses_ += session.numPausedSteps > 0;
      run.setPaused(session.answer, session.numPausedSteps-- > 0);
      if (session.numPausedSteps < 0)
        session.pauseAt.reset();
    }
  }
}

template <typename T>
static bool isBegin(const std::vector<T> &part, const std::vector<T> &whole) {
  return part.size() <= whole.size() &&
         std::equal(part.begin(), part.end(), whole.begin());
}

void Crowd::check(const Session &session, const RunAnswer &answer) {
  const RunAnswer &alone = session.kind->alone;
  bool isCancelled = answer.end->reason == FinishReason::Cancelled;
  bool isAlike = isCancelled ? answer.tokens.size() <= alone.tokens.size()
                             : answer.tokens.size() == alone.tokens.size() &&
                                   answer.end->reason == alone.end->reason;
  isAlike = isAlike && isBegin(answer.tokens, alone.tokens) &&
            isBegin(answer.promptLogprobs, alone.promptLogprobs);
  numScored_ += std::ssize(answer.promptLogprobs);
  numCompared_ += std::ssize(answer.tokens);
  numCancelled_ += isCancelled;
  if (isAlike)
    return;
  ++numWrong_;
  std::printf("answer %zu differs: %zu tokens, alone %zu, %s\n", session.answer,
              answer.tokens.size(), alone.tokens.size(),
              answer.end->error.toString().c_str());
}

void Crowd::collect(SessionRun &run) {
  std::erase_if(sessions_, [&](const Session &session) {
    const RunAnswer &answer = run.answer(session.answer);
    if (answer.end)
      check(session, answer);
    return answer.end.has_value();
  });
}

void Crowd::report(SessionRun &run) {
  EngineStatus status = run.loop().status();
  std::printf(
      "%lld tokens and %lld of prompts compared, %lld answers differ\n"
      "%zu at once, %zu answers, %lld cancelled, %lld steps paused, "
      "%llu preempted, %llu prompt tokens cached, %llu snapshots given "
      "up, %llu steps\n",
      static_cast<long long>(numCompared_), static_cast<long long>(numScored_),
      static_cast<long long>(numWrong_), mostOpen_, run.numAnswers(),
      static_cast<long long>(numCancelled_), static_cast<long long>(numPauses_),
      static_cast<unsigned long long>(status.numPreemptions),
      static_cast<unsigned long long>(status.numPrefixHits),
      static_cast<unsigned long long>(status.numPrefixEvictions),
      static_cast<unsigned long long>(status.numSteps));
}

Status Crowd::run() {
  G4RT_TRY(load());
  makeKinds();
  G4RT_TRY(answerAlone());
  SessionRun run(model_->executor(), model_->tokenizer());
  while (numCompared_ < options_.tokens) {
    while (std::ssize(sessions_) < options_.sessions + options_.sessions / 8)
      G4RT_TRY(addSome(run));
    disturb(run);
    run.step();
    mostOpen_ = std::max(mostOpen_,
                         static_cast<size_t>(run.loop().status().numRunning));
    collect(run);
  }
  while (!sessions_.empty()) {
    disturb(run);
    run.step();
    collect(run);
  }
  report(run);
  run.loop().clearPrefixCache();
  EngineStatus status = run.loop().status();
  if (status.numPagesUsed + status.numPagesCached != 0 ||
      status.numWindowPagesUsed + status.numWindowPagesCached != 0)
    return Status(StatusCode::Internal, "the crowd: pages are lost");
  if (status.numPreemptions == 0)
    return notSeen("preemption");
  if (status.numPrefixHits == 0 || status.numPrefixEvictions == 0)
    return notSeen("hit or eviction");
  if (numCancelled_ == 0 || numPauses_ == 0 || numScored_ == 0)
    return notSeen("cancel, pause or score");
  return Status();
}

int main(int argc, char **argv) {
  CLI::App app("Many sessions at once, each as if alone.");
  Options options;
  app.add_option("model", options.file, "Artifact")->required();
  app.add_option("--tokens", options.tokens, "Compared at least")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40))
      ->capture_default_str();
  app.add_option("--sessions", options.sessions, "At once")
      ->check(CLI::Range(int64_t{1}, int64_t{4096}))
      ->capture_default_str();
  app.add_option("--kinds", options.kinds, "Requests that are answered alone")
      ->check(CLI::Range(int64_t{4}, int64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--pool", options.pool, "Pages, of those that all need")
      ->check(CLI::Range(0.01, 4.0))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "0: one for each core")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  Crowd crowd(options);
  if (Status status = crowd.run(); !status.ok()) {
    std::fprintf(stderr, "crowd-check: %s\n", status.toString().c_str());
    return 1;
  }
  return crowd.isRight() ? 0 : 1;
}
