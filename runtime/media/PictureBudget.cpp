//===- PictureBudget.cpp - How large a model sees a picture ---------------===//

#include "runtime/media/PictureBudget.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace g4rt {

/// Side in pixels of what becomes one soft token.
static constexpr int64_t kCellSize = kPatchSize * kPoolingSize;

Status checkSoftTokenBudget(int64_t maxSoftTokens) {
  if (std::ranges::find(kSoftTokenBudgets, maxSoftTokens) !=
      kSoftTokenBudgets.end())
    return Status();
  return Status(StatusCode::InvalidArgument,
                "max_soft_tokens is " + std::to_string(maxSoftTokens) +
                    ", needs to be 70, 140, 280, 560 or 1120");
}

/// `scaled` pixels, rounded down to whole cells.
static int64_t wholeCells(double scaled) {
  return static_cast<int64_t>(std::floor(scaled / kCellSize)) * kCellSize;
}

/// The long side of a picture whose short side is less than a cell.
static int64_t longSide(int64_t longer, int64_t shorter,
                        int64_t maxSoftTokens) {
  return std::min(longer / shorter, maxSoftTokens) * kCellSize;
}

PictureSize sizeForBudget(PictureSize size, int64_t maxSoftTokens) {
  // In f64 and in this order, because a last bit decides over a cell.
  double budget = static_cast<double>(maxSoftTokens * kPoolingSize *
                                      kPoolingSize * kPatchSize * kPatchSize);
  double factor =
      std::sqrt(budget / static_cast<double>(size.height * size.width));
  PictureSize target = {wholeCells(factor * size.width),
                        wholeCells(factor * size.height)};
  // Both are not 0: the budget is larger than a cell.
  if (target.height == 0)
    return {longSide(size.width, size.height, maxSoftTokens), kCellSize};
  if (target.width == 0)
    return {kCellSize, longSide(size.height, size.width, maxSoftTokens)};
  return target;
}

int64_t numSoftTokens(PictureSize size) {
  return size.width / kCellSize * (size.height / kCellSize);
}

} // namespace g4rt
