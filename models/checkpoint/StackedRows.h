//===- StackedRows.h - Tensors of a checkpoint as one matrix ----*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_STACKEDROWS_H
#define G4_MODELS_CHECKPOINT_STACKEDROWS_H

#include "models/checkpoint/Checkpoint.h"

#include <vector>

namespace g4 {

/// The rows of tensors stacked along their first dimension: how a weight of the
/// graph is read, whichever tensors it is made of. Lives as long as the
/// checkpoint; threads may read at once.
class StackedRows {
public:
  /// Rows of `numCols` elements of the tensors with these names, in this order.
  ///
  /// Errors: InvalidArgument for a tensor that is missing, that cannot be read,
  /// or whose rows are not of `numCols` elements.
  static g4rt::Result<StackedRows> open(const Checkpoint &checkpoint,
                                        const std::vector<std::string> &names,
                                        int64_t numCols);

  int64_t numRows() const { return firstRows_.back(); }
  int64_t numCols() const { return numCols_; }

  /// Row `row` < numRows(), numCols() numbers.
  void read(int64_t row, std::span<float> out) const;
  /// As RowSource has them. Parts may be stored in different ways.
  RowStorage storage(int64_t row) const;
  std::span<const std::byte> storedRow(int64_t row) const;
  /// Has the system read rows [first, end) of mapped files ahead.
  void readAhead(int64_t first, int64_t end) const;
  /// "tensor NAME: row 3", where row `row` comes from.
  std::string describe(int64_t row) const;

private:
  /// The source that holds row `row`, and which of its rows it is.
  std::pair<const RowSource *, int64_t> place(int64_t row) const;

  int64_t numCols_ = 0;
  std::vector<const RowSource *> sources_;
  /// Of each tensor, and of one behind the last.
  std::vector<int64_t> firstRows_ = {0};
};

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_STACKEDROWS_H
