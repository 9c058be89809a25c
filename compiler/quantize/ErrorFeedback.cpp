//===- ErrorFeedback.cpp - Rounding that later columns make up for --------===//

#include "compiler/quantize/ErrorFeedback.h"

#include "compiler/quantize/GroupRules.h"
#include "compiler/quantize/ScaleSearch.h"

#include <Eigen/Cholesky>
#include <cassert>
#include <cmath>
#include <string>

// The same bits on every machine.
#pragma STDC FP_CONTRACT OFF

namespace g4 {

using artifact::WeightFormat;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
using Matrix =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

static Status invalid(const std::string &what) {
  return Status(StatusCode::InvalidArgument,
                "second moments of inputs: " + what);
}

/// The upper Cholesky factor of the inverse, which is that of the reversed
/// matrix, inverted: no inverse has to be made.
static Result<Matrix> factorOf(const Matrix &moments) {
  Matrix reversed = moments.reverse();
  Eigen::LLT<Matrix> cholesky(reversed);
  if (cholesky.info() != Eigen::Success)
    return invalid("are those of no inputs");
  Matrix identity = Matrix::Identity(moments.rows(), moments.cols());
  Matrix inverse = cholesky.matrixL().solve(identity);
  return Matrix(inverse.reverse());
}

Result<ErrorFeedback> ErrorFeedback::of(std::span<const float> moments,
                                        int64_t size) {
  Matrix matrix(size, size);
  for (int64_t i = 0; i < size * size; ++i) {
    if (!std::isfinite(moments[i]))
      return invalid("hold a number that is not finite");
    matrix.data()[i] = moments[i];
  }
  double mean = matrix.trace() / static_cast<double>(size);
  if (!(mean > 0))
    return invalid("are all zero");
  matrix.diagonal().array() += kInputDamping * mean;
  G4RT_ASSIGN(Matrix factor, factorOf(matrix));
  ErrorFeedback feedback;
  feedback.size_ = size;
  feedback.factors_.resize(size * size);
  for (int64_t k = 0; k < size; ++k) {
    feedback.importance_.push_back(static_cast<float>(matrix(k, k)));
    for (int64_t j = k; j < size; ++j)
      feedback.factors_[k * size + j] =
          static_cast<float>(factor(k, j) / factor(k, k));
  }
  return feedback;
}

void ErrorFeedback::encode(const WeightFormat &format, std::span<float> row,
                           EncodedRow &out) const {
  assert(static_cast<int64_t>(row.size()) == size_ && format.hasGroups());
  EncodedFields fields(format, out, size_);
  size_t group = format.group;
  uint32_t bits = 0; // of the scale of the column's group
  for (size_t k = 0; k < row.size(); ++k) {
    if (k % group == 0) {
      searchScales(format, row.subspan(k, group),
                   std::span(importance_).subspan(k, group), {&bits, 1});
      fields.setScale(static_cast<int64_t>(k / group), bits);
    }
    uint8_t code;
    encodeWithScale(format, row.subspan(k, 1), bits, {&code, 1});
    fields.setCode(static_cast<int64_t>(k), code);
    float error =
        row[k] - format.numberOf(code) * artifact::floatOf(format.scale, bits);
    const float *factors = &factors_[k * row.size()];
    for (size_t j = k + 1; j < row.size(); ++j)
      row[j] -= error * factors[j];
  }
}

} // namespace g4
