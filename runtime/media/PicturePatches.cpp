//===- PicturePatches.cpp - What a vision tower reads ---------------------===//

#include "runtime/media/PicturePatches.h"

#include "runtime/media/PictureBudget.h"

namespace g4rt {

PicturePatches patchesOf(const Picture &picture) {
  PicturePatches patches;
  patches.numRows = picture.size.height / kPatchSize;
  patches.numColumns = picture.size.width / kPatchSize;
  patches.values.reserve(picture.rgb.size());
  constexpr float kScale = 1 / 255.0;
  constexpr int64_t kRowNumbers = kPatchSize * 3; // of a row of a patch
  for (int64_t patch = 0; patch < patches.count(); ++patch) {
    int64_t top = patch / patches.numColumns * kPatchSize;
    int64_t left = patch % patches.numColumns * kPatchSize;
    for (int64_t y = top; y < top + kPatchSize; ++y) {
      const uint8_t *row = &picture.rgb[(y * picture.size.width + left) * 3];
      for (int64_t i = 0; i < kRowNumbers; ++i)
        patches.values.push_back(row[i] * kScale);
    }
  }
  return patches;
}

} // namespace g4rt
