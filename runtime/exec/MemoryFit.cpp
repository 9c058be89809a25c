//===- MemoryFit.cpp - A memory plan within limits ------------------------===//

#include "runtime/exec/MemoryFit.h"

#include "runtime/base/SystemMemory.h"

#include <algorithm>
#include <string>

namespace g4rt {

constexpr int64_t kLeastStepTokens = 256;
// What most conversations need: more is taken from the pool while it has pages.
constexpr int64_t kPromisedPositions = 4096;
// Where neither the user nor the model says less: a cache that every machine
// has room for.
constexpr int64_t kDefaultModelLength = 4096;

uint64_t neededBytes(const MemoryPlan &plan) {
  return plan.weightBytes + plan.totalCacheBytes() + plan.totalStorageBytes() +
         plan.inputBytes;
}

Status checkMemory(const MemoryPlan &plan, uint64_t availableBytes) {
  if (neededBytes(plan) <= availableBytes)
    return Status();
  return Status(
      StatusCode::ResourceExhausted,
      "needs " + byteText(neededBytes(plan)) + " of memory (weights " +
          byteText(plan.weightBytes) + ", KV cache " +
          byteText(plan.totalCacheBytes()) + " for " +
          std::to_string(plan.limits.numSlots) + " sequences of " +
          std::to_string(plan.limits.pagesPerSlot * plan.limits.pageSize) +
          " positions, working memory " +
          byteText(plan.totalStorageBytes() + plan.inputBytes) + "), " +
          byteText(availableBytes) + " are available");
}

Result<uint64_t> gpuLimit(const DeviceMemory &memory, double utilization) {
  if (!(utilization > 0 && utilization <= 1))
    return Status(StatusCode::InvalidArgument,
                  "gpu-memory-utilization must be above 0 and at most 1, got " +
                      std::to_string(utilization));
  auto most = static_cast<uint64_t>(static_cast<double>(memory.totalBytes) *
                                    utilization);
  uint64_t used = memory.totalBytes - memory.freeBytes;
  return most > used ? most - used : 0;
}

ExecutorOptions withDefaults(ExecutorOptions options,
                             artifact::DeviceKind kind) {
  bool isCpu = kind == artifact::DeviceKind::cpu;
  if (options.maxSequences == 0)
    options.maxSequences = isCpu ? 16 : 64;
  if (options.maxStepTokens == 0)
    options.maxStepTokens = isCpu ? kLeastStepTokens : 2048;
  return options;
}

/// Whether the plan fits with pages for so many positions of each sequence, and
/// for the full length of one.
static Result<bool> hasRoom(const artifact::Artifact &root,
                            const artifact::Program &program,
                            ExecutorOptions options, int64_t positionsEach,
                            uint64_t availableBytes) {
  G4RT_ASSIGN(MemoryPlan plan, planMemory(root, program, options));
  if (options.numPages == 0) {
    const ExecutorLimits &limits = plan.limits;
    int64_t pagesEach =
        std::min(limits.pagesPerSlot,
                 (positionsEach + limits.pageSize - 1) / limits.pageSize);
    options.numPages =
        std::max(limits.pagesPerSlot, limits.numSlots * pagesEach);
    G4RT_ASSIGN(plan, planMemory(root, program, options));
  }
  return neededBytes(plan) <= availableBytes;
}

Result<ExecutorOptions> shrinkToFit(const artifact::Artifact &root,
                                    const artifact::Program &program,
                                    ExecutorOptions options, MayShrink may,
                                    uint64_t availableBytes) {
  auto fits = [&](int64_t sequences, int64_t positionsEach) {
    ExecutorOptions smaller = options;
    smaller.maxSequences = sequences;
    return hasRoom(root, program, smaller, positionsEach, availableBytes);
  };
  while (may.stepTokens && options.maxStepTokens > kLeastStepTokens) {
    G4RT_ASSIGN(bool fit, fits(may.sequences ? 1 : options.maxSequences,
                               /*positionsEach=*/0));
    if (fit)
      break;
    options.maxStepTokens =
        std::max(kLeastStepTokens, options.maxStepTokens / 2);
  }
  if (!may.sequences)
    return options;
  int64_t least = 1, most = options.maxSequences; // which may fit
  while (least < most) {
    int64_t middle = (least + most + 1) / 2;
    G4RT_ASSIGN(bool fit, fits(middle, kPromisedPositions));
    (fit ? least : most) = fit ? middle : middle - 1;
  }
  options.maxSequences = least;
  return options;
}

/// The largest number from 1 to `most` that `fits`, which holds for all below
/// one that it holds for; 0 if there is none.
template <typename Fits>
static Result<int64_t> largestThat(int64_t most, const Fits &fits) {
  int64_t least = 0;
  while (least < most) {
    int64_t middle = least + (most - least + 1) / 2;
    G4RT_ASSIGN(bool fit, fits(middle));
    (fit ? least : most) = fit ? middle : middle - 1;
  }
  return least;
}

/// Where weights alone do not fit: those of 4 bits, scales included, if they
/// are fewer.
static std::string otherFormat(const artifact::Artifact &root,
                               uint64_t weightBytes) {
  uint64_t q4Bytes = root.model()->num_parameters() / 16 * 9;
  if (q4Bytes == 0 || q4Bytes >= weightBytes)
    return "no number of sequences fits beside the weights";
  return "no number of sequences fits beside the weights; `g4c compile "
         "--weights q4` makes them about " +
         byteText(q4Bytes);
}

Result<std::string> whatFits(const artifact::Artifact &root,
                             const artifact::Program &program,
                             const ExecutorOptions &options, bool isShared,
                             uint64_t availableBytes) {
  auto fits = [&](int64_t sequences, int64_t positions) {
    ExecutorOptions other = options;
    other.maxSequences = sequences;
    other.maxModelLength = positions;
    other.numPages = 0;
    return hasRoom(root, program, other, isShared ? 0 : positions,
                   availableBytes);
  };
  int64_t length = options.maxModelLength, wanted = options.maxSequences;
  G4RT_ASSIGN(int64_t fewer, largestThat(wanted, [&](int64_t sequences) {
                return fits(sequences, length);
              }));
  G4RT_ASSIGN(int64_t shorter, largestThat(length, [&](int64_t positions) {
                return fits(wanted, positions);
              }));
  std::string text;
  if (fewer > 0)
    text = "--max-num-seqs " + std::to_string(fewer);
  if (shorter > 0)
    text += (text.empty() ? "" : " or ") + std::string("--max-model-len ") +
            std::to_string(shorter);
  if (!text.empty())
    return text + " would fit";
  G4RT_ASSIGN(int64_t one, largestThat(length, [&](int64_t positions) {
                return fits(1, positions);
              }));
  if (one > 0)
    return "--max-num-seqs 1 --max-model-len " + std::to_string(one) +
           " would fit";
  G4RT_ASSIGN(MemoryPlan plan, planMemory(root, program, options));
  return otherFormat(root, plan.weightBytes);
}

/// checkMemory() of `plan` with what would fit.
static Status refuse(const artifact::Artifact &root,
                     const artifact::Program &program,
                     const ExecutorOptions &options, const MemoryPlan &plan,
                     bool isShared, uint64_t availableBytes) {
  Status status = checkMemory(plan, availableBytes);
  if (status.ok())
    return status;
  G4RT_ASSIGN(std::string fitting,
              whatFits(root, program, options, isShared, availableBytes));
  return Status(StatusCode::ResourceExhausted,
                status.message() + "; " + fitting);
}

Result<MemoryPlan> planWhole(const artifact::Artifact &root,
                             const artifact::Program &program,
                             const ExecutorOptions &options,
                             std::optional<uint64_t> availableBytes) {
  G4RT_ASSIGN(MemoryPlan plan, planMemory(root, program, options));
  if (availableBytes)
    G4RT_TRY(refuse(root, program, options, plan, /*isShared=*/false,
                    *availableBytes));
  return plan;
}

Result<MemoryPlan> planWithin(const artifact::Artifact &root,
                              const artifact::Program &program,
                              ExecutorOptions options,
                              uint64_t availableBytes) {
  G4RT_ASSIGN(MemoryPlan full, planMemory(root, program, options));
  const ExecutorOptions asked = options;
  if (options.numPages > 0)
    G4RT_TRY(
        refuse(root, program, asked, full, /*isShared=*/true, availableBytes));
  if (neededBytes(full) <= availableBytes)
    return full;
  options.numPages = full.limits.pagesPerSlot;
  G4RT_ASSIGN(MemoryPlan least, planMemory(root, program, options));
  // The numbers that a user can change are those of the full plan.
  if (neededBytes(least) > availableBytes)
    return refuse(root, program, asked, full, /*isShared=*/true,
                  availableBytes);
  ++options.numPages;
  G4RT_ASSIGN(MemoryPlan next, planMemory(root, program, options));
  uint64_t pageBytes = neededBytes(next) - neededBytes(least);
  uint64_t more =
      pageBytes ? (availableBytes - neededBytes(least)) / pageBytes : 0;
  options.numPages = least.limits.numPages + static_cast<int64_t>(more);
  return planMemory(root, program, options);
}

Result<int64_t> chooseModelLength(const artifact::Model &model, int64_t asked) {
  int64_t maxPositions = model.max_positions();
  int64_t length = asked ? asked : std::min(maxPositions, kDefaultModelLength);
  if (length <= maxPositions)
    return length;
  return Status(StatusCode::InvalidArgument,
                "max-model-len " + std::to_string(length) +
                    ": the model was made for " + std::to_string(maxPositions) +
                    " positions");
}

static Result<MemoryPlan> planOf(const artifact::Artifact &root,
                                 const artifact::Variant &variant,
                                 const ExecutorOptions &options,
                                 std::optional<uint64_t> availableBytes) {
  bool isShared = variant.device() != artifact::DeviceKind::cpu;
  if (isShared && availableBytes)
    return planWithin(root, *variant.program(), options, *availableBytes);
  return planWhole(root, *variant.program(), options, availableBytes);
}

Result<FittedPlan> fitPlan(const artifact::Artifact &root,
                           const artifact::Variant &variant,
                           const ExecutorOptions &asked, MayShrink may,
                           std::optional<uint64_t> availableBytes) {
  const artifact::Program &program = *variant.program();
  FittedPlan fitted{.executor = withDefaults(asked, variant.device()),
                    .memory = {},
                    .fit = {}};
  G4RT_ASSIGN(fitted.executor.maxModelLength,
              chooseModelLength(*root.model(), asked.maxModelLength));
  if (variant.device() != artifact::DeviceKind::cpu && availableBytes) {
    G4RT_ASSIGN(fitted.executor, shrinkToFit(root, program, fitted.executor,
                                             may, *availableBytes));
  }
  auto plan = planOf(root, variant, fitted.executor, availableBytes);
  if (plan) {
    fitted.memory = *std::move(plan);
    return fitted;
  }
  fitted.fit = std::move(plan).error();
  if (fitted.fit.code() != StatusCode::ResourceExhausted)
    return fitted.fit;
  G4RT_ASSIGN(fitted.memory, planMemory(root, program, fitted.executor));
  return fitted;
}

} // namespace g4rt
