//===- Agreement.cpp - How far one model's answers are from another's -----===//

#include "runtime/evaluate/Agreement.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace g4rt {

namespace {

/// Where a row is largest, and the logarithm of the sum of its exponentials.
struct RowSum {
  int64_t top = 0;
  double logSum = 0;
};

} // namespace

static Result<RowSum> sumOf(std::span<const float> logits) {
  RowSum sum;
  sum.top = std::max_element(logits.begin(), logits.end()) - logits.begin();
  double largest = logits[static_cast<size_t>(sum.top)], total = 0;
  for (float x : logits)
    total += std::exp(x - largest);
  sum.logSum = largest + std::log(total);
  // NaN and infinity go through the sum, and minus infinity says that a kernel
  // is wrong as well.
  if (std::isfinite(sum.logSum) &&
      std::all_of(logits.begin(), logits.end(),
                  [](float x) { return std::isfinite(x); }))
    return sum;
  return Status(StatusCode::Internal, "a logit is not finite");
}

Result<RowDifference> compareRows(std::span<const float> logits,
                                  std::span<const float> reference,
                                  int32_t next) {
  G4RT_ASSIGN(RowSum q, sumOf(logits));
  G4RT_ASSIGN(RowSum p, sumOf(reference));
  RowDifference row{.loss = q.logSum - logits[static_cast<size_t>(next)],
                    .referenceLoss =
                        p.logSum - reference[static_cast<size_t>(next)],
                    .kl = q.logSum - p.logSum,
                    .sameTop = p.top == q.top};
  for (size_t i = 0; i < logits.size(); ++i)
    row.kl += std::exp(reference[i] - p.logSum) *
              (double{reference[i]} - double{logits[i]});
  // Rounding takes equal rows below zero.
  row.kl = std::max(row.kl, 0.0);
  return row;
}

void Agreement::add(const RowDifference &row, bool expertsChanged) {
  loss_ += row.loss;
  referenceLoss_ += row.referenceLoss;
  sameTop_ += row.sameTop;
  expertsChanged_ += expertsChanged;
  kls_.push_back(row.kl);
}

static double percentile(const std::vector<double> &sorted, double share) {
  double at = share * static_cast<double>(sorted.size() - 1);
  auto below = static_cast<size_t>(at);
  size_t above = std::min(below + 1, sorted.size() - 1);
  double part = at - static_cast<double>(below);
  return sorted[below] + (sorted[above] - sorted[below]) * part;
}

AgreementFigures Agreement::figures() const {
  if (kls_.empty())
    return {};
  auto count = static_cast<double>(kls_.size());
  double sum = 0;
  for (double kl : kls_)
    sum += kl;
  std::vector<double> sorted = kls_;
  std::sort(sorted.begin(), sorted.end());
  return {.rows = static_cast<int64_t>(kls_.size()),
          .perplexity = std::exp(loss_ / count),
          .referencePerplexity = std::exp(referenceLoss_ / count),
          .topAgreement = static_cast<double>(sameTop_) / count,
          .klMean = sum / count,
          .kl99 = percentile(sorted, 0.99),
          .kl999 = percentile(sorted, 0.999),
          .klMax = sorted.back(),
          .expertsChanged = static_cast<double>(expertsChanged_) / count};
}

} // namespace g4rt
