//===- PixelRows.h - Tensors of pixels in another order ---------*- C++ -*-===//
//
// A converter that uses convolutions stores what multiplies pixels with a plane
// for each colour, and the two position tables one after the other. These give
// the rows in the order of the checkpoint that was converted.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_GEMMA4_GGUF_PIXELROWS_H
#define G4_MODELS_GEMMA4_GGUF_PIXELROWS_H

#include "models/checkpoint/RowSource.h"
#include "runtime/base/Status.h"

#include <memory>

namespace g4::gemma4 {

/// Rows of 3 side^2 numbers, three a pixel, of a tensor [.., 3, side, side] or
/// [.., 3 side^2] whose rows have the planes of the colours one after the
/// other.
class PixelRows final : public RowSource {
public:
  /// Errors: InvalidArgument for another shape.
  static g4rt::Result<std::unique_ptr<RowSource>>
  open(const std::string &name, const StoredTensor &tensor);

  void read(int64_t row, std::span<float> out) const override;
  std::span<const std::byte> storedRow(int64_t) const override { return {}; }

private:
  PixelRows(Facts facts, const StoredTensor &tensor);

  MappedRows planes_;
};

/// [count, axes, D] of a tensor [axes, count, D].
class AxisRows final : public RowSource {
public:
  /// Errors: InvalidArgument for another number of dimensions.
  static g4rt::Result<std::unique_ptr<RowSource>>
  open(const std::string &name, const StoredTensor &tensor);

  void read(int64_t row, std::span<float> out) const override;
  std::span<const std::byte> storedRow(int64_t row) const override;

private:
  AxisRows(Facts facts, const StoredTensor &tensor);
  int64_t place(int64_t row) const;

  MappedRows rows_;
  int64_t numAxes_, count_;
};

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_GGUF_PIXELROWS_H
