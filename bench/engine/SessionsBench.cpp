//===- SessionsBench.cpp - What sessions that share something cost --------===//
//
//   sessions-bench MODEL.g4 [--agents 10 --prompt 8192] [--chat 20]
//                  [--pool 16] [--restore 32768 --folder DIR]
//
// 0 instead of a number: not that. Scheduler, executor and sampler without
// HTTP, greedy, random tokens.
//
//   agents   a prompt alone, then so many at once that begin with another one,
//            then one more: what is computed of them, and times to first token
//   chat     turns of a chat: what each computes
//   pool     so many sessions with all the pages that they need and with a
//            third of them: tokens a second, and whether the answers are equal
//   restore  a session of so many tokens comes back from files, with pages of
//            the given bytes and no model: the time to its first token
//
//===----------------------------------------------------------------------===//

#include "runtime/base/Elapsed.h"
#include "runtime/base/Log.h"
#include "runtime/engine/LoadedModel.h"
#include "runtime/engine/session/SessionKeeper.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

#include "bench/engine/PageExecutor.h"
#include "bench/engine/SessionRun.h"

using namespace g4rt;

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string file, folder;
  int64_t agents = 10, prompt = 8192;
  int64_t chat = 20;
  int64_t pool = 16;
  int64_t restore = 0;
  PositionBytes bytes{.global = 4096, .window = 12288};
  int threads = 0;
};

constexpr int64_t kOwnTokens = 32, kAnswerTokens = 32;
constexpr int64_t kPoolPrompt = 256, kPoolAnswer = 256;

class Bench {
public:
  explicit Bench(const Options &options) : options_(options) {}

  Status run();

private:
  Status load(int64_t sessions, int64_t length, int64_t numPages = 0);
  std::vector<int32_t> ids(int64_t count);
  static GenerationRequest greedy(std::vector<int32_t> prompt,
                                  int64_t maxTokens);
  Status agents();
  Status chat();
  Status pool();
  Result<std::vector<RunAnswer>> runPool(double *tokensPerSecond,
                                         uint64_t *numPreemptions);
  Status restore();

  const Options &options_;
  std::mt19937 random_{1};
  std::unique_ptr<LoadedModel> model_;
};

} // namespace

Status Bench::load(int64_t sessions, int64_t length, int64_t numPages) {
  model_.reset();
  LoadOptions load{.numThreads = options_.threads};
  load.executor = {.maxSequences = sessions,
                   .maxModelLength = length,
                   .maxStepTokens = 512,
                   .numPages = numPages};
  load.verify = DataVerification::Never;
  G4RT_ASSIGN(model_, LoadedModel::load(options_.file, load));
  return Status();
}

std::vector<int32_t> Bench::ids(int64_t count) {
  auto vocab = static_cast<uint32_t>(model_->executor().limits().vocabSize);
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < count; ++i)
    ids.push_back(static_cast<int32_t>(random_() % (vocab - 10) + 10));
  return ids;
}

GenerationRequest Bench::greedy(std::vector<int32_t> prompt,
                                int64_t maxTokens) {
  return {.promptIds = std::move(prompt),
          .sampling = {.temperature = 0},
          .maxTokens = maxTokens};
}

/// `first` and then `second`.
static std::vector<int32_t> joined(std::vector<int32_t> first,
                                   const std::vector<int32_t> &second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Status Bench::agents() {
  G4RT_TRY(load(options_.agents, options_.prompt + kOwnTokens + kAnswerTokens));
  SessionRun run(model_->executor(), model_->tokenizer());
  G4RT_ASSIGN(
      RunAnswer miss,
      runAlone(run, greedy(ids(options_.prompt + kOwnTokens), kAnswerTokens)));
  std::vector<int32_t> shared = ids(options_.prompt);
  uint64_t computedBefore = run.loop().status().numPromptTokens;
  size_t first = run.numAnswers();
  for (int64_t i = 0; i < options_.agents; ++i)
    if (auto id =
            run.begin(greedy(joined(shared, ids(kOwnTokens)), kAnswerTokens));
        !id)
      return id.error();
  run.finish();
  int64_t numCached = 0, numTokens = 0;
  for (size_t i = first; i < run.numAnswers(); ++i) {
    numCached += run.answer(i).end->usage.numCachedTokens;
    numTokens += run.answer(i).end->usage.numPromptTokens;
  }
  uint64_t computed = run.loop().status().numPromptTokens - computedBefore;
  G4RT_ASSIGN(
      RunAnswer hit,
      runAlone(run, greedy(joined(shared, ids(kOwnTokens)), kAnswerTokens)));
  double missSeconds = miss.end->times.firstToken;
  double hitSeconds = hit.end->times.firstToken;
  std::printf(
      "agents: %lld with a prompt of %lld: %lld of %lld prompt tokens "
      "cached (%.1f %%), %llu computed\n"
      "first token: a miss %.3f s, a hit %.3f s (%.1f %%)\n",
      static_cast<long long>(options_.agents),
      static_cast<long long>(options_.prompt),
      static_cast<long long>(numCached), static_cast<long long>(numTokens),
      100.0 * static_cast<double>(numCached) / static_cast<double>(numTokens),
      static_cast<unsigned long long>(computed), missSeconds, hitSeconds,
      100 * hitSeconds / missSeconds);
  return Status();
}

Status Bench::chat() {
  constexpr int64_t kUserTokens = 40;
  G4RT_TRY(load(1, options_.chat * (kUserTokens + kAnswerTokens) + 1));
  SessionRun run(model_->executor(), model_->tokenizer());
  std::vector<int32_t> conversation;
  int64_t most = 0;
  for (int64_t turn = 0; turn < options_.chat; ++turn) {
    conversation = joined(std::move(conversation), ids(kUserTokens));
    G4RT_ASSIGN(RunAnswer answer,
                runAlone(run, greedy(conversation, kAnswerTokens)));
    most = std::max(most, answer.end->usage.numPromptTokens -
                              answer.end->usage.numCachedTokens);
    conversation = joined(std::move(conversation), answer.tokens);
  }
  // The last token of an answer is chosen and not computed.
  std::printf("chat: %lld turns of %lld new tokens: a turn computed %lld at "
              "most\n",
              static_cast<long long>(options_.chat),
              static_cast<long long>(kUserTokens),
              static_cast<long long>(most));
  return Status();
}

Result<std::vector<RunAnswer>> Bench::runPool(double *tokensPerSecond,
                                              uint64_t *numPreemptions) {
  random_.seed(5);
  SessionRun run(model_->executor(), model_->tokenizer());
  auto start = Clock::now();
  for (int64_t i = 0; i < options_.pool; ++i)
    if (auto id = run.begin(greedy(ids(kPoolPrompt), kPoolAnswer)); !id)
      return id.error();
  run.finish();
  double seconds = secondsSince(start);
  std::vector<RunAnswer> answers;
  int64_t numTokens = 0;
  for (size_t i = 0; i < run.numAnswers(); ++i) {
    answers.push_back(run.answer(i));
    numTokens += std::ssize(run.answer(i).tokens);
  }
  *tokensPerSecond = static_cast<double>(numTokens) / seconds;
  *numPreemptions = run.loop().status().numPreemptions;
  return answers;
}

Status Bench::pool() {
  constexpr int64_t kLength = kPoolPrompt + kPoolAnswer;
  G4RT_TRY(load(options_.pool, kLength));
  int64_t numPages = model_->executor().limits().numPages;
  double full = 0, third = 0;
  uint64_t numPreemptions = 0;
  G4RT_ASSIGN(std::vector<RunAnswer> expected, runPool(&full, &numPreemptions));
  G4RT_TRY(load(options_.pool, kLength, numPages / 3));
  G4RT_ASSIGN(std::vector<RunAnswer> answers, runPool(&third, &numPreemptions));
  size_t numEqual = 0;
  for (size_t i = 0; i < answers.size(); ++i)
    numEqual += answers[i].end->reason == FinishReason::Length &&
                answers[i].tokens == expected[i].tokens;
  std::printf("pool: %lld sessions of %lld tokens: %lld pages %.1f tokens/s, "
              "%lld pages %.1f tokens/s (%.1f %%), %llu preempted, %zu answers "
              "equal\n",
              static_cast<long long>(options_.pool),
              static_cast<long long>(kLength), static_cast<long long>(numPages),
              full, static_cast<long long>(numPages / 3), third,
              100 * third / full,
              static_cast<unsigned long long>(numPreemptions), numEqual);
  return Status();
}

static Result<std::unique_ptr<SessionStore>>
openStore(const Options &options, const Executor &executor) {
  return SessionStore::open({.folder = options.folder},
                            sessionFormatOf(executor, "sessions-bench"));
}

Status Bench::restore() {
  G4RT_TRY(load(1, 64)); // for its tokenizer
  ExecutorLimits limits{.vocabSize = model_->executor().limits().vocabSize,
                        .maxStepTokens = 1024,
                        .maxChunkTokens = 1024,
                        .maxStepOutputs = 1,
                        .numSlots = 1,
                        .pageSize = 32};
  limits.pagesPerSlot = limits.numPages =
      limits.pagesOf(options_.restore + kAnswerTokens);
  limits.window = 1024;
  limits.windowPagesPerSlot = limits.numWindowPages = limits.ringPages();
  PageExecutor executor(limits, options_.bytes);
  std::vector<int32_t> prompt = ids(options_.restore);
  uint64_t numBytes = 0;
  {
    G4RT_ASSIGN(auto store, openStore(options_, executor));
    SessionStore &kept = *store;
    SessionRun run(executor, model_->tokenizer(), {}, std::move(store));
    G4RT_ASSIGN(RunAnswer answer, runAlone(run, greedy(prompt, 1)));
    run.save();
    numBytes = kept.counts().bytes;
  }
  auto start = Clock::now();
  G4RT_ASSIGN(auto store, openStore(options_, executor));
  double openSeconds = secondsSince(start);
  SessionRun run(executor, model_->tokenizer(), {}, std::move(store));
  G4RT_ASSIGN(RunAnswer answer, runAlone(run, greedy(prompt, 1)));
  std::printf("restore: %lld tokens, %.1f MB in files: heads read in %.3f s, "
              "%lld tokens back and the first token after %.3f s\n",
              static_cast<long long>(options_.restore),
              static_cast<double>(numBytes) / 1e6, openSeconds,
              static_cast<long long>(answer.end->usage.numCachedTokens),
              answer.end->times.firstToken);
  return Status();
}

Status Bench::run() {
  if (options_.agents > 0)
    G4RT_TRY(agents());
  if (options_.chat > 0)
    G4RT_TRY(chat());
  if (options_.pool > 0)
    G4RT_TRY(pool());
  return options_.restore > 0 ? restore() : Status();
}

int main(int argc, char **argv) {
  CLI::App app("What sessions that share something cost.");
  Options options;
  app.add_option("model", options.file, "Artifact")->required();
  auto number = [&](const char *flag, int64_t &value, const char *what) {
    app.add_option(flag, value, what)
        ->check(CLI::Range(int64_t{0}, int64_t{1} << 20))
        ->capture_default_str();
  };
  number("--agents", options.agents, "That share a prompt");
  number("--prompt", options.prompt, "Tokens of that");
  number("--chat", options.chat, "Turns of a chat");
  number("--pool", options.pool, "Sessions with a third of their pages");
  number("--restore", options.restore, "Tokens of a session in files");
  auto *folder = app.add_option("--folder", options.folder,
                                "Of these files; should be empty");
  app.get_option("--restore")->needs(folder);
  app.add_option("--global-bytes", options.bytes.global,
                 "Of a position in all global layers")
      ->capture_default_str();
  app.add_option("--window-bytes", options.bytes.window,
                 "Of a position in all window layers")
      ->capture_default_str();
  app.add_option("--threads", options.threads, "0: one for each core")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  setLogLevel(LogLevel::Warning);
  if (Status status = Bench(options).run(); !status.ok()) {
    std::fprintf(stderr, "sessions-bench: %s\n", status.toString().c_str());
    return 1;
  }
  return 0;
}
