//===- GraphTensor.cpp - Numbers of an activation -------------------------===//

#include "compiler/interpret/GraphTensor.h"

#include "models/checkpoint/Safetensors.h"

#include <algorithm>
#include <cassert>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

constexpr int64_t kMaxElements = int64_t{1} << 28;

static int64_t productOf(std::span<const int64_t> sizes) {
  int64_t product = 1;
  for (int64_t size : sizes)
    product *= size; // checked by makeTensor
  return product;
}

int64_t GraphTensor::rowSize() const {
  return productOf(std::span(shape).subspan(1));
}

int64_t GraphTensor::numVectors() const {
  return productOf(std::span(shape).first(shape.size() - 1));
}

// Sizes of 0 are counted as 1: the products of the others must not overflow
// either.
Result<GraphTensor> makeTensor(std::vector<int64_t> shape) {
  int64_t bound = 1;
  for (int64_t size : shape) {
    assert(size >= 0 && "a tensor's sizes are known");
    if (__builtin_mul_overflow(bound, std::max<int64_t>(size, 1), &bound) ||
        bound > kMaxElements)
      return Status(StatusCode::InvalidArgument,
                    "a tensor of shape " + shapeText(shape) +
                        " has more than 2^28 elements");
  }
  GraphTensor tensor{std::move(shape), {}};
  tensor.elements.resize(productOf(tensor.shape));
  return tensor;
}

} // namespace g4
