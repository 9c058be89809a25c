//===- PageExecutor.cpp - Pages of any size, and no model -----------------===//

#include "bench/engine/PageExecutor.h"

#include <algorithm>

namespace g4rt {

constexpr size_t kToken = 17; // of every answer

PageExecutor::PageExecutor(const ExecutorLimits &limits,
                           const PositionBytes &bytes)
    : limits_(limits), bytes_(bytes),
      global_(pageBytes(PageKind::Global) *
                  static_cast<uint64_t>(limits.numPages),
              std::byte{1}),
      window_(pageBytes(PageKind::Window) *
                  static_cast<uint64_t>(limits.numWindowPages),
              std::byte{2}) {}

Result<std::span<const float>> PageExecutor::run(const StepPlan &plan) {
  auto vocab = static_cast<size_t>(limits_.vocabSize);
  logits_.assign(static_cast<size_t>(plan.numOutputs()) * vocab, 0.0F);
  for (size_t row = 0; row < plan.outputRows.size(); ++row)
    logits_[row * vocab + kToken] = 1;
  return std::span<const float>(logits_);
}

uint64_t PageExecutor::pageBytes(PageKind kind) const {
  return static_cast<uint64_t>(limits_.pageSize) *
         (kind == PageKind::Window ? bytes_.window : bytes_.global);
}

std::span<std::byte> PageExecutor::pageOf(PageKind kind, int32_t page) {
  std::vector<std::byte> &pool = kind == PageKind::Window ? window_ : global_;
  size_t size = pageBytes(kind);
  return std::span(pool).subspan(static_cast<size_t>(page) * size, size);
}

Status PageExecutor::readPage(PageKind kind, int32_t page,
                              std::span<std::byte> to) {
  std::ranges::copy(pageOf(kind, page), to.begin());
  return Status();
}

Status PageExecutor::writePage(PageKind kind, int32_t page,
                               std::span<const std::byte> from) {
  std::ranges::copy(from, pageOf(kind, page).begin());
  return Status();
}

} // namespace g4rt
