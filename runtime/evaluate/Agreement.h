//===- Agreement.h - How far one model's answers are from another's -------===//
//
// The figures of `g4c evaluate`. A row is a position of a text whose next token
// is known; what two models say there are two rows of logits. Everything is
// computed in f64: differences of 1e-8 are what a good format costs.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EVALUATE_AGREEMENT_H
#define G4_RUNTIME_EVALUATE_AGREEMENT_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <span>
#include <vector>

namespace g4rt {

/// One row of logits of a model against the same row of its reference.
struct RowDifference {
  /// Natural logarithms of 1 / probability of the next token.
  double loss = 0, referenceLoss = 0;
  /// Kullback-Leibler divergence, nats: the sum over all tokens of
  /// p * log(p / q), where p is the reference.
  double kl = 0;
  /// Both have the largest logit at the same token, the lowest id of equals.
  bool sameTop = false;
};

/// `next` is a token of the vocabulary, which both rows have a logit for each
/// of. Errors: Internal if a logit is not finite.
Result<RowDifference> compareRows(std::span<const float> logits,
                                  std::span<const float> reference,
                                  int32_t next);

/// What many rows say together. Shares are from 0 to 1.
struct AgreementFigures {
  int64_t rows = 0;
  double perplexity = 0, referencePerplexity = 0;
  double topAgreement = 0;
  double klMean = 0, kl99 = 0, kl999 = 0, klMax = 0;
  /// Rows that some layer sends to another set of experts.
  double expertsChanged = 0;
};

class Agreement {
public:
  void add(const RowDifference &row, bool expertsChanged);
  /// The percentiles are those of numpy.percentile: between two rows on a
  /// straight line. All zeros without a row.
  AgreementFigures figures() const;

private:
  double loss_ = 0, referenceLoss_ = 0;
  int64_t sameTop_ = 0, expertsChanged_ = 0;
  std::vector<double> kls_; // in order of rows
};

} // namespace g4rt

#endif // G4_RUNTIME_EVALUATE_AGREEMENT_H
