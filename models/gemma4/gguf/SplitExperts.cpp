//===- SplitExperts.cpp - Gate and up of experts as one tensor ------------===//

#include "models/gemma4/gguf/SplitExperts.h"

namespace g4::gemma4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

/// Of both parts: Other where their rows are stored in different ways.
static RowStorage storageOf(RowStorage a, RowStorage b) {
  if (a == b)
    return a;
  bool isReadable = a != RowStorage::Unreadable && b != RowStorage::Unreadable;
  return isReadable ? RowStorage::Other : RowStorage::Unreadable;
}

Result<std::unique_ptr<RowSource>> SplitExperts::open(const Part &gate,
                                                      const Part &up) {
  const std::vector<int64_t> &shape = gate.tensor.shape;
  int64_t numElements = 0;
  if (shape.size() != 3 || shape != up.tensor.shape ||
      __builtin_mul_overflow(shape[0] * shape[1] * shape[2], int64_t{2},
                             &numElements))
    return Status(StatusCode::InvalidArgument,
                  "tensors " + gate.name + " " + shapeText(shape) + " and " +
                      up.name + " " + shapeText(up.tensor.shape) +
                      ": need the same three dimensions");
  const std::string &typeName = gate.tensor.typeName;
  bool isSame = typeName == up.tensor.typeName;
  Facts facts{.name = gate.name + " and " + up.name,
              .typeName =
                  isSame ? typeName : typeName + " and " + up.tensor.typeName,
              .shape = {shape[0], 2 * shape[1], shape[2]},
              .storage = storageOf(gate.tensor.storage, up.tensor.storage)};
  return std::unique_ptr<RowSource>(
      new SplitExperts(std::move(facts), gate, up));
}

SplitExperts::SplitExperts(Facts facts, const Part &gate, const Part &up)
    : RowSource(std::move(facts)), gate_(gate.name, gate.tensor),
      up_(up.name, up.tensor), width_(gate.tensor.shape[1]) {}

std::pair<const MappedRows *, int64_t> SplitExperts::place(int64_t row) const {
  int64_t expert = row / (2 * width_), local = row % (2 * width_);
  bool isUp = local >= width_;
  return {isUp ? &up_ : &gate_,
          expert * width_ + (isUp ? local - width_ : local)};
}

void SplitExperts::read(int64_t row, std::span<float> out) const {
  auto [part, local] = place(row);
  part->read(local, out);
}

std::span<const std::byte> SplitExperts::storedRow(int64_t row) const {
  if (storage() == RowStorage::Other)
    return {};
  auto [part, local] = place(row);
  return part->storedRow(local);
}

} // namespace g4::gemma4
