//===- TrainedWeights.cpp - Which weights were trained as integers --------===//

#include "compiler/quantize/TrainedWeights.h"

#include "compiler/quantize/EncodeStored.h"
#include "compiler/quantize/Lattice.h"
#include "dialects/graph/Graph.h"
#include "models/checkpoint/StackedRows.h"

#include "llvm/Support/Parallel.h"

#include <array>
#include <atomic>

namespace g4 {

using namespace mlir;
using artifact::WeightClass;
using artifact::WeightFormat;
using g4rt::Result;
using g4rt::Status;

constexpr size_t kNumFormats = 3;

/// What the last one cannot hold, none can. The second one has Q4_0's scales.
static const WeightFormat &formatOf(size_t i) {
  static const std::array<const WeightFormat *, kNumFormats> formats = {
      artifact::findFormat("int4"), artifact::findFormat("int4-f16"),
      artifact::findFormat("int4-f32")};
  return *formats[i];
}

namespace {

/// Which formats hold all groups that were seen exactly; from many threads.
class Fits {
public:
  /// Of the formats that `other` has left.
  explicit Fits(const Fits *other = nullptr) {
    for (size_t i = 0; i < kNumFormats; ++i)
      holds_[i] = !other || other->holds_[i];
  }

  bool isAny() const { return holds_.back(); }
  const WeightFormat &best() const {
    for (size_t i = 0; i < kNumFormats; ++i)
      if (holds_[i])
        return formatOf(i);
    return formatOf(kNumFormats - 1);
  }
  void adopt(const Fits &other) {
    for (size_t i = 0; i < kNumFormats; ++i)
      holds_[i] = other.holds_[i].load();
  }

  void see(std::span<const float> group);
  /// Blocks that are encoded already.
  void see(RowStorage storage);

private:
  std::array<std::atomic<bool>, kNumFormats> holds_;
};

} // namespace

void Fits::see(std::span<const float> group) {
  std::array<uint8_t, 32> codes;
  bool isHeld = false;
  for (size_t i = 0; i < kNumFormats; ++i) {
    // A group that has a scale of fewer bits has one of f32.
    bool isLast = i + 1 == kNumFormats;
    if (!holds_[i] || (isLast && isHeld))
      continue;
    if (encodeOnLattice(formatOf(i), group, codes))
      isHeld = true;
    else
      holds_[i] = false;
  }
}

// Q4_0, whose scales are f16.
void Fits::see(RowStorage storage) {
  for (size_t i = 0; i < kNumFormats; ++i)
    if (storage != RowStorage::Q4_0 || i == 0)
      holds_[i] = false;
}

static bool isStoredInteger(RowStorage storage) {
  return storage != RowStorage::F32 && storage != RowStorage::BF16 &&
         storage != RowStorage::F16 && storage != RowStorage::Other;
}

static void seeRow(const StackedRows &rows, int64_t row, Fits &fits) {
  constexpr size_t kGroup = 32;
  if (isStoredInteger(rows.storage(row)))
    return fits.see(rows.storage(row));
  std::vector<float> numbers(rows.numCols());
  rows.read(row, numbers);
  for (size_t k = 0; k < numbers.size() && fits.isAny(); k += kGroup)
    fits.see(std::span<const float>(numbers).subspan(k, kGroup));
}

/// Whether all rows lie on a lattice; then `fits` has what holds them.
static bool isTrained(const StackedRows &rows, Fits &fits) {
  Fits here(&fits);
  constexpr int64_t kRows = 64; // of a thread's piece of work
  llvm::parallelFor(0, (rows.numRows() + kRows - 1) / kRows, [&](size_t i) {
    int64_t first = static_cast<int64_t>(i) * kRows;
    int64_t end = std::min(first + kRows, rows.numRows());
    for (int64_t row = first; row < end && here.isAny(); ++row)
      seeRow(rows, row, here);
  });
  if (!here.isAny())
    return false;
  fits.adopt(here);
  return true;
}

/// Norms and the router stay f32 in any policy.
static bool isCandidate(graph::WeightOp weight) {
  auto weightClass = weight.getWeightClassAttr();
  return weight.getParts() && weightClass &&
         weightClass.getValue() != WeightClass::Norm &&
         weightClass.getValue() != WeightClass::Router;
}

Result<TrainedWeights> findTrainedWeights(ModuleOp module,
                                          const Checkpoint &checkpoint) {
  TrainedWeights found;
  Fits fits;
  for (auto weight : module.getOps<graph::WeightOp>()) {
    if (!isCandidate(weight))
      continue;
    int64_t numCols = weight.getWeightType().getNumCols();
    G4RT_ASSIGN(StackedRows rows,
                StackedRows::open(checkpoint, weight.getPartNames(), numCols));
    bool isFound = artifact::findFormat("int4")->takesRowsOf(numCols) &&
                   isTrained(rows, fits);
    (isFound ? found.names : found.others).push_back(weight.getSymName().str());
    checkpoint.dropPages();
  }
  if (!found.names.empty())
    found.format = &fits.best();
  return found;
}

void TrainedWeights::addTo(WeightPolicy &policy) const {
  if (!format)
    return;
  policy.rules.front().format = format;
  std::vector<WeightPolicy::Rule> rules;
  for (const std::string &name : names)
    rules.push_back({.name = name, .format = format});
  policy.addToPreset(rules);
}

std::string TrainedWeights::describe() const {
  std::string text = std::to_string(names.size()) + " of " +
                     std::to_string(names.size() + others.size()) +
                     " weights lie on a lattice of 4-bit integers";
  if (format)
    text += " and are stored exactly, as " + std::string(format->name);
  return text;
}

} // namespace g4
