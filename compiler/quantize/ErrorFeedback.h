//===- ErrorFeedback.h - Rounding that later columns make up for *- C++ -*-===//
//
// Rounds a row column by column, and moves the columns that are still to come
// so that together they make up for the error: the row's products with the
// inputs of a text change least. GPTQ (Frantar et al. 2022): with H the second
// moments of the inputs and U the upper Cholesky factor of its inverse, the
// error e of column k takes e / U[k, k] * U[k, j] from each column j after it.
// The scale of a group is searched for when its first column comes
// (ScaleSearch.h), with the diagonal of H as importance.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_ERRORFEEDBACK_H
#define G4_COMPILER_QUANTIZE_ERRORFEEDBACK_H

#include "compiler/quantize/Encode.h"
#include "runtime/base/Status.h"

namespace g4 {

/// The share of the mean square of all inputs that each one has besides, as in
/// GPTQ: a channel that a text never reached is not free.
inline constexpr double kInputDamping = 0.01;

class ErrorFeedback {
public:
  /// `moments`, [size, size] and symmetric, are the means of x[i] * x[j] over
  /// the inputs x. kInputDamping of the mean of the diagonal is added to it.
  ///
  /// Errors: InvalidArgument if they are not finite or of no inputs.
  static g4rt::Result<ErrorFeedback> of(std::span<const float> moments,
                                        int64_t size);

  /// Encodes `row`, as many finite numbers as there are inputs, in a format
  /// that has an offset (hasOffset()) and groups that divide them; changes it.
  /// A row's bits depend on it alone.
  void encode(const artifact::WeightFormat &format, std::span<float> row,
              EncodedRow &out) const;

private:
  int64_t size_ = 0;
  std::vector<float> importance_; // the diagonal of the moments
  /// Row k, from column k on: U[k, j] / U[k, k].
  std::vector<float> factors_; // [size, size]
};

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_ERRORFEEDBACK_H
