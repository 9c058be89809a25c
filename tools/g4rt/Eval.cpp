//===- Eval.cpp - g4rt eval -----------------------------------------------===//
//
// Runs given ids through the model, one sequence after the other, and writes
// down what it would have said next at each position. Uses the executor without
// the engine: nothing is sampled.
//
//===----------------------------------------------------------------------===//

#include "runtime/base/Json.h"
#include "runtime/sample/LogitRow.h"
#include "runtime/sample/Softmax.h"
#include "runtime/scheduler/FixedTables.h"
#include "tools/g4rt/Commands.h"
#include "tools/g4rt/ModelFlags.h"
#include "tools/g4rt/NpyFile.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

namespace g4rt {

namespace {

using Sequence = std::vector<int32_t>;

struct EvalArguments {
  ModelFlags model;
  std::string tokens, logits;
  bool perplexity = false;
};

/// Sums over all positions whose next id is known.
struct LossSum {
  double nats = 0;
  int64_t count = 0;

  double perplexity() const { return std::exp(nats / count); }
};

} // namespace

static constexpr const char *kHelp =
    "IDS.json is a list of lists of token ids, or one list of ids. OUT.npy is "
    "f32 [rows, vocabulary]: for each id, sequence after sequence, the logits "
    "of what comes after it. Perplexity is over all ids but each sequence's "
    "first.";

//===----------------------------------------------------------------------===//
// Input
//===----------------------------------------------------------------------===//

static Status wrongIds(const std::string &what) {
  return Status(StatusCode::InvalidArgument,
                what + ": needs a list of token ids, or a list of such lists");
}

static Result<Sequence> readSequence(const json::value &value,
                                     const std::string &at) {
  const json::array *ids = value.if_array();
  if (!ids || ids->empty())
    return wrongIds(at + (ids ? " is empty" : " is not a list"));
  Sequence sequence;
  sequence.reserve(ids->size());
  for (const json::value &id : *ids) {
    const int64_t *number = id.if_int64();
    if (!number || *number < 0 || *number > INT32_MAX)
      return wrongIds(at + "[" + std::to_string(sequence.size()) + "] is " +
                      json::serialize(id).substr(0, 40));
    sequence.push_back(static_cast<int32_t>(*number));
  }
  return sequence;
}

static Result<std::vector<Sequence>> readSequences(const std::string &path) {
  auto value = parseJsonFile(path);
  if (!value) // no model is wrong here
    return Status(StatusCode::InvalidArgument, value.error().message());
  const json::array *list = value->if_array();
  if (!list || list->empty())
    return wrongIds(path);
  std::vector<Sequence> sequences;
  if (!list->front().is_array()) {
    G4RT_ASSIGN(Sequence sequence, readSequence(*value, path + ": ids"));
    sequences.push_back(std::move(sequence));
    return sequences;
  }
  for (const json::value &item : *list) {
    std::string at = path + ": ids[" + std::to_string(sequences.size()) + "]";
    G4RT_ASSIGN(Sequence sequence, readSequence(item, at));
    sequences.push_back(std::move(sequence));
  }
  return sequences;
}

static Status checkSequences(const std::vector<Sequence> &sequences,
                             LoadedModel &model) {
  // A padded vocabulary has rows beyond the tokenizer's, which a model may read
  // and say as well.
  int64_t numIds = model.executor().limits().vocabSize;
  for (size_t i = 0; i < sequences.size(); ++i) {
    auto wrong = [&](const std::string &what) {
      return Status(StatusCode::InvalidArgument,
                    "sequence " + std::to_string(i) + what);
    };
    int64_t length = static_cast<int64_t>(sequences[i].size());
    if (length > model.maxModelLength())
      return wrong(" has " + std::to_string(length) +
                   " ids, max-model-len is " +
                   std::to_string(model.maxModelLength()));
    auto highest = std::max_element(sequences[i].begin(), sequences[i].end());
    if (*highest >= numIds)
      return wrong("[" + std::to_string(highest - sequences[i].begin()) +
                   "]: id " + std::to_string(*highest) +
                   ", the vocabulary ends at " + std::to_string(numIds - 1));
  }
  return Status();
}

//===----------------------------------------------------------------------===//
// The run
//===----------------------------------------------------------------------===//

/// Rows first to first + count of a sequence in slot 0, all with logits.
static StepPlan planChunk(const Sequence &sequence, int64_t first,
                          int64_t count) {
  StepPlan plan;
  for (int64_t i = first; i < first + count; ++i) {
    plan.addRow(sequence[static_cast<size_t>(i)], i, /*slot=*/0);
    plan.addOutput();
  }
  return plan;
}

/// Adds what row `i` of the logits says of the id that follows.
static Status addLoss(LossSum &sum, std::span<const float> row, int32_t next) {
  G4RT_TRY(checkFinite(row));
  float largest = *std::max_element(row.begin(), row.end());
  sum.nats += logSumExp(row, largest) - row[static_cast<size_t>(next)];
  ++sum.count;
  return Status();
}

static Status runSequence(Executor &executor, const Sequence &sequence,
                          NpyFile *out, LossSum &sum) {
  const ExecutorLimits &limits = executor.limits();
  FixedTables tables(limits);
  int64_t length = static_cast<int64_t>(sequence.size());
  for (int64_t first = 0; first < length; first += limits.maxChunkTokens) {
    int64_t count = std::min(limits.maxChunkTokens, length - first);
    StepPlan plan = planChunk(sequence, first, count);
    tables.useIn(plan);
    G4RT_ASSIGN(std::span<const float> logits, executor.run(plan));
    if (out)
      G4RT_TRY(out->append(logits));
    for (int64_t i = 0; i < count && first + i + 1 < length; ++i)
      G4RT_TRY(addLoss(sum,
                       logits.subspan(i * limits.vocabSize, limits.vocabSize),
                       sequence[static_cast<size_t>(first + i + 1)]));
  }
  return Status();
}

/// The loss; writes the logits where they were asked for.
static Result<LossSum> evaluate(LoadedModel &model,
                                const std::vector<Sequence> &sequences,
                                const std::string &logitsPath) {
  int64_t numRows = 0;
  for (const Sequence &sequence : sequences)
    numRows += static_cast<int64_t>(sequence.size());
  std::optional<NpyFile> out;
  if (!logitsPath.empty()) {
    G4RT_ASSIGN(NpyFile file,
                NpyFile::create(logitsPath, numRows,
                                model.executor().limits().vocabSize));
    out.emplace(std::move(file));
  }
  LossSum sum;
  for (const Sequence &sequence : sequences)
    G4RT_TRY(
        runSequence(model.executor(), sequence, out ? &*out : nullptr, sum));
  if (out)
    G4RT_TRY(out->commit());
  return sum;
}

static int runEval(EvalArguments args) {
  if (args.logits.empty() && !args.perplexity)
    return reportUsage("eval needs --logits OUT.npy, --perplexity or both");
  auto sequences = readSequences(args.tokens);
  if (!sequences)
    return report(sequences.error());
  args.model.maxChunkTokens = args.model.maxNumBatchedTokens;
  args.model.maxStepOutputs = args.model.maxNumBatchedTokens;
  auto model = loadModel(args.model);
  if (!model)
    return report(model.error());
  if (Status status = checkSequences(*sequences, **model); !status.ok())
    return report(std::move(status).during(args.tokens));
  auto longest = std::max_element(
      sequences->begin(), sequences->end(),
      [](const auto &a, const auto &b) { return a.size() < b.size(); });
  if (args.perplexity && longest->size() < 2)
    return reportUsage(args.tokens +
                       ": perplexity needs a sequence of two ids at least");
  auto sum = evaluate(**model, *sequences, args.logits);
  if (!sum)
    return report(sum.error());
  if (args.perplexity)
    std::printf("%.6g\n", sum->perplexity());
  return kExitOk;
}

Command addEval(CLI::App &app) {
  auto args = std::make_shared<EvalArguments>();
  args->model.maxNumSeqs = 1;
  args->model.maxNumBatchedTokens = 256;
  addModelFlags(app, args->model);
  app.add_option("--tokens", args->tokens, "IDS.json")->required();
  app.add_option("--logits", args->logits, "OUT.npy");
  app.add_flag("--perplexity", args->perplexity, "Print the figure on stdout");
  app.add_option("--chunk", args->model.maxNumBatchedTokens,
                 "Ids of a sequence in one step")
      ->check(CLI::Range(int64_t{1}, int64_t{65536}))
      ->capture_default_str();
  app.footer(kHelp);
  return [args] { return runEval(*args); };
}

} // namespace g4rt
