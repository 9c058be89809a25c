//===- ModuleTensors.h - The stored tensors of one module -------*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_QUANTIZED_MODULETENSORS_H
#define G4_MODELS_CHECKPOINT_QUANTIZED_MODULETENSORS_H

#include "models/checkpoint/quantized/QuantizedTensors.h"

namespace g4 {

/// Looks up MODULE.weight_packed and its like, and checks them.
class ModuleTensors {
public:
  ModuleTensors(const StoredTensors &tensors, std::string module)
      : tensors_(tensors), module_(std::move(module)) {}

  const std::string &module() const { return module_; }
  std::string nameOf(const char *last) const { return module_ + "." + last; }
  /// Null if there is none.
  const StoredTensor *find(const char *last) const;

  /// The tensor, of one of these dtypes. Errors: InvalidArgument.
  g4rt::Result<const StoredTensor *>
  need(const char *last, std::initializer_list<const char *> types) const;
  /// The same with two sizes, none of them 0.
  g4rt::Result<const StoredTensor *>
  needMatrix(const char *last, std::initializer_list<const char *> types) const;
  /// Success if `tensor`, named `last`, is a matrix of this shape.
  g4rt::Status checkShape(const char *last, const StoredTensor &tensor,
                          std::vector<int64_t> shape) const;

  /// The scales of a matrix of `rows` x `cols` for each block of so many rows
  /// and columns: a matrix of blocks, or, of one column of them, a vector.
  g4rt::Result<Scales> needScales(const char *last, int64_t rows, int64_t cols,
                                  int64_t rowsPerBlock,
                                  int64_t colsPerBlock) const;
  /// The one number of a tensor of F32. Errors: InvalidArgument besides for one
  /// that is NaN, infinite or zero.
  g4rt::Result<float> needNumber(const char *last) const;

  g4rt::Status wrong(const char *last, const std::string &what) const;

  /// All names of the module that a quantiser may write.
  void addNames(std::vector<std::string> &names) const;

private:
  const StoredTensors &tensors_;
  std::string module_;
};

/// The row source of MODULE.weight, [rows, cols], called `typeName`.
std::unique_ptr<RowSource> makeQuantizedRows(const ModuleTensors &module,
                                             const char *typeName, int64_t rows,
                                             int64_t cols,
                                             const QuantizedRows::Parts &parts);

/// Readers of one module; the tensor that they are found by is there.
/// Errors: those of readQuantizedTensors.
using MadeRows = g4rt::Result<std::unique_ptr<RowSource>>;
MadeRows readCompressedTensors(const ModuleTensors &module,
                               const QuantizationConfig &config);
MadeRows readModelOpt(const ModuleTensors &module);
MadeRows readAwq(const ModuleTensors &module, const QuantizationConfig &config);
MadeRows readGptq(const ModuleTensors &module,
                  const QuantizationConfig &config);

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_QUANTIZED_MODULETENSORS_H
