//===- ErrorFeedback.cpp - Rounding that later columns make up for --------===//

#include "compiler/quantize/ErrorFeedback.h"

#include "compiler/quantize/ScaleSearch.h"
#include "runtime/base/Bf16.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <string>

// The same bits on every machine.
#pragma STDC FP_CONTRACT OFF

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
using Matrix =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The share of the mean square that each channel has besides: GPTQ's.
constexpr double kDamping = 0.01;

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
  matrix.diagonal().array() += kDamping * mean;
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

/// The code of x, and x without what the code says of it.
static uint8_t roundColumn(float &x, float scale) {
  if (scale == 0)
    return 8;
  float q = std::clamp(std::floor(x / scale + 8.5F), 0.0F, 15.0F);
  x -= (q - 8) * scale;
  return static_cast<uint8_t>(q);
}

void ErrorFeedback::encodeInt4(std::span<float> rows, std::span<uint8_t> codes,
                               std::span<uint16_t> scales) const {
  size_t width = size_, numRows = rows.size() / width;
  size_t numGroups = width / kSearchGroup;
  for (size_t k = 0; k < width; ++k) {
    const float *factors = &factors_[k * width];
    size_t group = k / kSearchGroup;
    for (size_t n = 0; n < numRows; ++n) {
      float *row = &rows[n * width];
      uint16_t &scale = scales[n * numGroups + group];
      if (k % kSearchGroup == 0)
        searchInt4Scales({row + k, kSearchGroup},
                         std::span(importance_).subspan(k, kSearchGroup),
                         {&scale, 1});
      float error = row[k];
      codes[n * width + k] = roundColumn(error, g4rt::fromBf16(scale));
      for (size_t j = k + 1; j < width; ++j)
        row[j] -= error * factors[j];
    }
  }
}

} // namespace g4
