//===- SplitExperts.h - Gate and up of experts as one tensor ----*- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_GGUF_SPLITEXPERTS_H
#define G4_MODELS_GEMMA4_GGUF_SPLITEXPERTS_H

#include "models/checkpoint/RowSource.h"
#include "runtime/base/Status.h"

#include <memory>

namespace g4::gemma4 {

/// [experts, 2 width, hidden] of two tensors [experts, width, hidden]: of each
/// expert the rows of its gate, then those of its up.
class SplitExperts final : public RowSource {
public:
  struct Part {
    std::string name;
    const StoredTensor &tensor; // must outlive the source's files alone
  };

  /// Errors: InvalidArgument unless both have the same three dimensions.
  static g4rt::Result<std::unique_ptr<RowSource>> open(const Part &gate,
                                                       const Part &up);

  void read(int64_t row, std::span<float> out) const override;
  std::span<const std::byte> storedRow(int64_t row) const override;

private:
  SplitExperts(Facts facts, const Part &gate, const Part &up);
  /// The part with row `row`, and which of its rows it is.
  std::pair<const MappedRows *, int64_t> place(int64_t row) const;

  MappedRows gate_, up_;
  int64_t width_;
};

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_GGUF_SPLITEXPERTS_H
