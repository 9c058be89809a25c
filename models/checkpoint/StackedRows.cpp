//===- StackedRows.cpp - Tensors of a checkpoint as one matrix ------------===//

#include "models/checkpoint/StackedRows.h"

#include "runtime/base/DropPages.h"

#include <algorithm>
#include <cassert>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

Result<StackedRows> StackedRows::open(const Checkpoint &checkpoint,
                                      const std::vector<std::string> &names,
                                      int64_t numCols) {
  assert(numCols > 0 && "a row has a column");
  StackedRows rows;
  rows.numCols_ = numCols;
  for (const std::string &name : names) {
    const RowSource *source = checkpoint.find(name);
    if (!source || !source->isReadable() || source->numCols() != numCols)
      return Status(StatusCode::InvalidArgument,
                    "tensor " + name + " is missing or of another shape");
    rows.sources_.push_back(source);
    rows.firstRows_.push_back(rows.numRows() + source->numRows());
  }
  return rows;
}

std::pair<const RowSource *, int64_t> StackedRows::place(int64_t row) const {
  assert(row >= 0 && row < numRows() && "outside of the tensors");
  auto next = std::upper_bound(firstRows_.begin(), firstRows_.end(), row);
  size_t part = next - firstRows_.begin() - 1;
  return {sources_[part], row - firstRows_[part]};
}

void StackedRows::readAhead(int64_t first, int64_t end) const {
  for (size_t part = 0; part < sources_.size(); ++part) {
    int64_t from = std::max(first, firstRows_[part]) - firstRows_[part],
            to = std::min(end, firstRows_[part + 1]) - firstRows_[part];
    if (from >= to)
      continue;
    // Rows of a tensor lie one after the other.
    auto begin = sources_[part]->storedRow(from);
    auto last = sources_[part]->storedRow(to - 1);
    if (!last.empty())
      g4rt::readAhead({begin.data(), last.data() + last.size()});
  }
}

std::string StackedRows::describe(int64_t row) const {
  auto [source, local] = place(row);
  return "tensor " + source->name() + ": row " + std::to_string(local);
}

void StackedRows::read(int64_t row, std::span<float> out) const {
  auto [source, local] = place(row);
  source->read(local, out);
}

RowStorage StackedRows::storage(int64_t row) const {
  return place(row).first->storage();
}

std::span<const std::byte> StackedRows::storedRow(int64_t row) const {
  auto [source, local] = place(row);
  return source->storedRow(local);
}

} // namespace g4
