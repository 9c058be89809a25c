//===- PicturePatches.h - What a vision tower reads -------------*- C++ -*-===//

#ifndef G4_RUNTIME_MEDIA_PICTUREPATCHES_H
#define G4_RUNTIME_MEDIA_PICTUREPATCHES_H

#include "runtime/media/Picture.h"

namespace g4rt {

/// Patches of 16 x 16 pixels, row by row over the picture; patch i is at column
/// i % numColumns and row i / numColumns of the grid.
struct PicturePatches {
  int64_t numRows = 0, numColumns = 0;
  /// f32 [numRows * numColumns, 768] in 0..1: pixels of a patch row by row,
  /// red, green and blue of each.
  std::vector<float> values;

  int64_t count() const { return numRows * numColumns; }
};

/// `picture` has sides that are multiples of 16. Without the padding up to the
/// budget that transformers' processor adds for batches.
PicturePatches patchesOf(const Picture &picture);

} // namespace g4rt

#endif // G4_RUNTIME_MEDIA_PICTUREPATCHES_H
