//===- PictureBudget.h - How large a model sees a picture -------*- C++ -*-===//
//
// A picture is scaled, up or down and close to its proportions, until its
// patches fill a budget of soft tokens: get_aspect_ratio_preserving_size in
// transformers' image_processing_gemma4.py.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_MEDIA_PICTUREBUDGET_H
#define G4_RUNTIME_MEDIA_PICTUREBUDGET_H

#include "runtime/base/Status.h"
#include "runtime/media/Picture.h"

#include <array>

namespace g4rt {

/// Side of a patch in pixels, and of the square of patches that becomes one
/// soft token.
inline constexpr int64_t kPatchSize = 16;
inline constexpr int64_t kPoolingSize = 3;

/// The budgets that the models were trained with.
inline constexpr std::array<int64_t, 5> kSoftTokenBudgets = {70, 140, 280, 560,
                                                             1120};

/// Errors: InvalidArgument with the budgets that there are.
Status checkSoftTokenBudget(int64_t maxSoftTokens);

/// Sides are multiples of 48 pixels. `size` has no side of 0; the budget is one
/// of kSoftTokenBudgets.
PictureSize sizeForBudget(PictureSize size, int64_t maxSoftTokens);

/// Of a size that sizeForBudget() gave.
int64_t numSoftTokens(PictureSize size);

} // namespace g4rt

#endif // G4_RUNTIME_MEDIA_PICTUREBUDGET_H
