//===- FormatBudget.cpp - Formats for a size or a loss --------------------===//

#include "tools/g4c/FormatBudget.h"

#include "compiler/quantize/FormatLosses.h"
#include "models/Family.h"
#include "runtime/base/SystemMemory.h"
#include "tools/g4c/ReferenceFile.h"

#include "mlir/IR/Diagnostics.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

namespace {

/// A height of the ladder and what was measured there.
struct Probe {
  size_t height = 0;
  double value = 0;
};

class FormatSearch {
public:
  FormatSearch(const FormatBudget &budget, CompileOptions &options)
      : budget_(budget), options_(options) {
    // The whole says all of this once more.
    context_.getDiagEngine().registerHandler(
        [](mlir::Diagnostic &) { return mlir::success(); });
    loadDialects(context_);
  }

  Result<std::string> run();

private:
  using Measure = std::function<Result<double>(size_t height)>;
  using Coordinate = std::function<double(size_t height)>;

  Status makeLadder();
  Result<size_t> heightWithin();
  Result<size_t> heightForKl();
  Result<Probe> closeIn(Probe good, Probe bad, double limit,
                        const Measure &measure, const Coordinate &coordinate);
  Result<double> bytesAt(size_t height);
  Result<double> klAt(size_t height);
  std::vector<WeightPolicy::Rule> rulesAt(size_t height) const;
  std::string describe(size_t height) const;

  const FormatBudget &budget_;
  CompileOptions &options_;
  mlir::MLIRContext context_;
  std::optional<FormatLadder> ladder_;
};

} // namespace

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

/// "13958643712 bytes (13.0 GiB)".
static std::string sizeText(double bytes) {
  auto whole = static_cast<uint64_t>(bytes);
  return std::to_string(whole) + " bytes (" + g4rt::byteText(whole) + ")";
}

static std::string klText(double kl) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3g", kl);
  return text;
}

Status FormatSearch::makeLadder() {
  G4RT_ASSIGN(Checkpoint checkpoint, openModel(options_.model));
  G4RT_ASSIGN(auto module, importModel(checkpoint, ImportOptions(), &context_));
  auto facts = (*module)->getAttrOfType<mlir::DictionaryAttr>("g4.model");
  auto stored = facts.getAs<mlir::StringAttr>("weights").str();
  LossOptions losses{.plain = WeightPolicy::find(stored)->plain,
                     .scaleRule = options_.searchScales ? ScaleRule::Search
                                                        : ScaleRule::Extreme,
                     .calibration = options_.calibration.get()};
  G4RT_ASSIGN(auto units, measureFormats(*module, checkpoint, losses));
  ladder_.emplace(std::move(units));
  return Status();
}

std::vector<WeightPolicy::Rule> FormatSearch::rulesAt(size_t height) const {
  std::vector<WeightPolicy::Rule> rules;
  auto choice = ladder_->choiceAt(height);
  for (size_t i = 0; i < choice.size(); ++i)
    for (const std::string &name : ladder_->units()[i].weights)
      rules.push_back({.name = name, .format = choice[i]->format});
  return rules;
}

std::string FormatSearch::describe(size_t height) const {
  std::map<std::string_view, size_t> counts;
  auto choice = ladder_->choiceAt(height);
  for (size_t i = 0; i < choice.size(); ++i)
    counts[choice[i]->format->name] += ladder_->units()[i].weights.size();
  std::string text;
  for (auto [name, count] : counts)
    text += (text.empty() ? "" : ", ") + std::to_string(count) +
            (text.empty() ? " weights " : " ") + std::string(name);
  return text;
}

// The phases up to pack run, whose first act is to count.
Result<double> FormatSearch::bytesAt(size_t height) {
  std::optional<uint64_t> size;
  options_.rules = rulesAt(height);
  options_.checkSize = [&size](uint64_t bytes) {
    size = bytes;
    return Status(StatusCode::Cancelled, "measured");
  };
  Status status = compile(options_, context_);
  options_.checkSize = {};
  if (size)
    return static_cast<double>(*size);
  return status;
}

Result<double> FormatSearch::klAt(size_t height) {
  CompileOptions options;
  options.model = options_.model;
  options.rules = rulesAt(height);
  options.activations = options_.activations;
  options.searchScales = options_.searchScales;
  options.calibration = options_.calibration;
  options.kvCache = options_.kvCache;
  options.wholeKeys = options_.wholeKeys;
  options.skipExpertsBelow = options_.skipExpertsBelow;
  options.chatTemplate = options_.chatTemplate;
  options.name = options_.name;
  G4RT_ASSIGN(auto file,
              ReferenceFile::compile(std::move(options),
                                     options_.output + ".try", context_));
  G4RT_ASSIGN(g4rt::LabelRows rows, options_.label->figures(file->path()));
  const g4rt::LabelFigures &all = rows[0], &answers = rows[1];
  return answers.rows > 0 ? answers.klMean : all.klMean;
}

/// Between a height that keeps a limit and one that does not, the one that
/// keeps it nearest to the other end. What is measured nearly follows the
/// coordinate, so most of the way is one step.
Result<Probe> FormatSearch::closeIn(Probe good, Probe bad, double limit,
                                    const Measure &measure,
                                    const Coordinate &coordinate) {
  constexpr int kMostProbes = 12;
  for (int i = 0; i < kMostProbes; ++i) {
    auto [low, high] = std::minmax(good.height, bad.height);
    if (high - low <= 1)
      break;
    double share =
        i % 3 == 2 ? 0.5 : (limit - good.value) / (bad.value - good.value);
    double wanted = coordinate(good.height) +
                    share * (coordinate(bad.height) - coordinate(good.height));
    bool rises = coordinate(low) < coordinate(high);
    size_t height = low + 1;
    while (height + 1 < high && (coordinate(height) < wanted) == rises)
      ++height;
    G4RT_ASSIGN(double value, measure(height));
    (value <= limit ? good : bad) = {height, value};
  }
  return good;
}

/// The highest height whose artifact is within the size.
Result<size_t> FormatSearch::heightWithin() {
  auto limit = static_cast<double>(budget_.maxBytes);
  auto measure = [&](size_t height) { return bytesAt(height); };
  Probe top{ladder_->top()}, foot;
  G4RT_ASSIGN(top.value, measure(top.height));
  if (top.value <= limit)
    return top.height;
  G4RT_ASSIGN(foot.value, measure(foot.height));
  if (foot.value > limit)
    return invalid("--max-size " + sizeText(limit) +
                   ": the least possible is " + sizeText(foot.value));
  G4RT_ASSIGN(Probe found, closeIn(foot, top, limit, measure, [&](size_t h) {
                return static_cast<double>(ladder_->bytesAt(h));
              }));
  return found.height;
}

/// The lowest height that loses no more than it may.
Result<size_t> FormatSearch::heightForKl() {
  auto measure = [&](size_t height) { return klAt(height); };
  Probe top{ladder_->top()}, foot;
  G4RT_ASSIGN(foot.value, measure(foot.height));
  if (foot.value <= budget_.maxKl)
    return foot.height;
  G4RT_ASSIGN(top.value, measure(top.height));
  if (top.value > budget_.maxKl)
    return invalid("--max-kl " + klText(budget_.maxKl) +
                   ": the least possible is " + klText(top.value));
  G4RT_ASSIGN(Probe found,
              closeIn(top, foot, budget_.maxKl, measure,
                      [&](size_t h) { return ladder_->lossAt(h); }));
  return found.height;
}

Result<std::string> FormatSearch::run() {
  G4RT_TRY(makeLadder());
  size_t height = 0;
  if (budget_.maxBytes != 0) {
    G4RT_ASSIGN(height, heightWithin());
  }
  if (budget_.maxKl != 0) {
    G4RT_ASSIGN(size_t needed, heightForKl());
    if (budget_.maxBytes != 0 && needed > height) {
      G4RT_ASSIGN(double bytes, bytesAt(needed));
      return invalid("--max-size " + sizeText(double(budget_.maxBytes)) +
                     " with --max-kl " + klText(budget_.maxKl) +
                     ": the least possible is " + sizeText(bytes));
    }
    height = needed;
  }
  options_.rules = rulesAt(height);
  return describe(height);
}

Result<std::string> chooseFormats(const FormatBudget &budget,
                                  CompileOptions &options) {
  return FormatSearch(budget, options).run();
}

} // namespace g4
