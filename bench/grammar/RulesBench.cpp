//===- RulesBench.cpp - What rules cost a step ----------------------------===//
//
//   rules-bench TOKENIZER_JSON [MILLISECONDS]
//
// Sixteen answers at a time, greedy, of a model whose steps take so many
// milliseconds (6) without a processor and whose logits are random: steps
// without rules and with those of a schema, in turns, what a step takes beside
// the model's time.
//
//===----------------------------------------------------------------------===//

#include "models/checkpoint/TokenizerJson.h"
#include "runtime/base/MappedFile.h"
#include "runtime/engine/StepLoop.h"
#include "runtime/http/openai/AnswerRulesReader.h"
#include "runtime/text/conversation/ValueParser.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

using namespace g4rt;
using Clock = std::chrono::steady_clock;

constexpr int64_t kNumAnswers = 16;
constexpr const char *kSchema =
    R"({"messages":[],"response_format":{"type":"json_schema","json_schema":{
    "schema":{"type":"object","properties":{"name":{"type":"string"},
    "tags":{"type":"array","items":{"type":"string"}},
    "size":{"type":"object","properties":{"x":{"type":"number"},
    "y":{"type":"number"}}}},"required":["name","tags","size"]}}}})";

namespace {

/// Sleeps, and has rows of random logits.
class SleepingExecutor : public Executor {
public:
  SleepingExecutor(int32_t numTokens, Clock::duration time)
      : limits_{.vocabSize = numTokens,
                .maxStepTokens = 64,
                .maxChunkTokens = 64,
                .maxStepOutputs = kNumAnswers,
                .numSlots = kNumAnswers,
                .pageSize = 16,
                .numPages = kNumAnswers * 32,
                .pagesPerSlot = 32},
        time_(time), rows_(static_cast<size_t>(numTokens) * 2 * kNumAnswers) {
    std::minstd_rand random(1);
    for (float &logit : rows_)
      logit = static_cast<float>(random() % 65536) / 4096;
  }
  const ExecutorLimits &limits() const override { return limits_; }
  Result<std::span<const float>> run(const StepPlan &plan) override {
    std::this_thread::sleep_for(time_);
    auto vocab = static_cast<size_t>(limits_.vocabSize);
    size_t first = numSteps_++ % kNumAnswers;
    return std::span<const float>(rows_).subspan(
        first * vocab, static_cast<size_t>(plan.numOutputs()) * vocab);
  }

private:
  ExecutorLimits limits_;
  Clock::duration time_;
  std::vector<float> rows_;
  size_t numSteps_ = 0;
};

/// Answers of one kind, one after the other in sixteen places.
class Crowd {
public:
  Crowd(const Tokenizer &tokenizer, GrammarCompiler &grammars,
        AnswerRules rules, Clock::duration time)
      : tokenizer_(tokenizer), grammars_(grammars), rules_(std::move(rules)),
        time_(time), executor_(tokenizer.numTokens(), time),
        loop_(executor_, Clock::now, {.hasPrefixCache = false}) {}

  /// Milliseconds that steps of all sixteen take beside the model.
  Status run(int numSteps, std::vector<double> &times) {
    for (int i = 0; i < numSteps; ++i) {
      while (numRunning_ < kNumAnswers)
        G4RT_TRY(add());
      auto begin = Clock::now();
      loop_.planStep();
      loop_.runStep();
      std::vector<Delivery> deliveries = loop_.takeDeliveries();
      times.push_back(std::chrono::duration<double, std::milli>(Clock::now() -
                                                                begin - time_)
                          .count());
      numTokens_ += std::ranges::count_if(deliveries, [](const Delivery &d) {
        return d.event.token.has_value();
      });
      for (Delivery &delivery : deliveries)
        numRunning_ -= delivery.event.end.has_value();
    }
    return Status();
  }
  int64_t numTokens() const { return numTokens_; }

private:
  Status add() {
    G4RT_ASSIGN(Answer answer, Answer::create({.promptIds = {2, 3},
                                               .sampling = {.temperature = 0},
                                               .maxTokens = 400,
                                               .stopIds = {1, 106},
                                               .rules = rules_},
                                              tokenizer_, Clock::now()));
    G4RT_TRY(answer.compileRules(tokenizer_, grammars_, &threads_));
    loop_.add({.id = GenerationId{++lastId_},
               .answer = std::move(answer),
               .sink = [](GenerationEvent) {}});
    ++numRunning_;
    return Status();
  }

  const Tokenizer &tokenizer_;
  GrammarCompiler &grammars_;
  AnswerRules rules_;
  Clock::duration time_;
  BudgetedThreads threads_{{.numThreads = 2, .maxStuck = 2}};
  SleepingExecutor executor_;
  StepLoop loop_;
  uint64_t lastId_ = 0;
  int64_t numRunning_ = 0, numTokens_ = 0;
};

} // namespace

static void print(const char *name, std::vector<double> times,
                  int64_t numTokens) {
  std::ranges::sort(times);
  std::printf("%-14s %zu steps, %.1f tokens a step: median %.3f ms, p99 %.3f "
              "ms beside the model\n",
              name, times.size(),
              static_cast<double>(numTokens) /
                  static_cast<double>(times.size()),
              times[times.size() / 2], times[times.size() * 99 / 100]);
}

static Status run(const char *path, Clock::duration time) {
  G4RT_ASSIGN(MappedFile file, MappedFile::open(path));
  std::string_view json(reinterpret_cast<const char *>(file.bytes().data()),
                        file.bytes().size());
  flatbuffers::FlatBufferBuilder builder;
  G4RT_ASSIGN(auto offset, g4::importTokenizer(json, builder));
  builder.Finish(offset);
  G4RT_ASSIGN(Tokenizer tokenizer,
              Tokenizer::create(*flatbuffers::GetRoot<artifact::Tokenizer>(
                  builder.GetBufferPointer())));
  G4RT_ASSIGN(Conversation conversation, parseConversation(kSchema));
  ValueLimits limits;
  G4RT_ASSIGN(Value value, parseValue(kSchema, limits));
  JsonPath root;
  G4RT_ASSIGN(FieldReader request, FieldReader::of(value, root));
  G4RT_ASSIGN(AnswerRules rules,
              readAnswerRules(request, tokenizer, conversation));
  GrammarCompiler grammars(tokenizer);
  Crowd free(tokenizer, grammars, {}, time);
  Crowd guided(tokenizer, grammars, std::move(rules), time);
  std::vector<double> freeTimes, guidedTimes;
  for (int turn = 0; turn < 10; ++turn) {
    G4RT_TRY(free.run(100, freeTimes));
    G4RT_TRY(guided.run(100, guidedTimes));
  }
  print("without rules", freeTimes, free.numTokens());
  print("with a schema", guidedTimes, guided.numTokens());
  return Status();
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: rules-bench TOKENIZER_JSON [MILLISECONDS]\n");
    return 2;
  }
  int milliseconds = argc > 2 ? std::atoi(argv[2]) : 6;
  Status status = run(argv[1], std::chrono::milliseconds(milliseconds));
  if (!status.ok())
    std::fprintf(stderr, "%s\n", status.toString().c_str());
  return status.ok() ? 0 : 1;
}
