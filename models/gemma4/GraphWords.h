//===- GraphWords.h - Words that Gemma 4's graphs are written in *- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_GRAPHWORDS_H
#define G4_MODELS_GEMMA4_GRAPHWORDS_H

#include "models/gemma4/Config.h"
#include "models/gemma4/Weights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace g4::gemma4 {

/// Writes one program of a module: its weights, then a function of ops. Values
/// are rows, which is dimension 0 and dynamic. A weight is named by its symbol,
/// which has been declared.
class GraphWords {
protected:
  /// Appends to `module`; `epsilon` is that of every RMS norm.
  GraphWords(mlir::ModuleOp module, double epsilon)
      : b_(mlir::OpBuilder::atBlockEnd(module.getBody())),
        loc_(b_.getUnknownLoc()), module_(module), epsilon_(epsilon) {}

  // Module level.
  void declareWeight(const WeightSpec &spec);
  /// The frequencies of heads, or parts of heads, of this size.
  void declareRope(llvm::StringRef name, int64_t headDim,
                   const RopeConfig &rope);
  /// A function at the end of the module; ops go into it from now on.
  mlir::Block *beginFunction(llvm::StringRef name, mlir::FunctionType type);
  void endFunction(mlir::Value result);

  // Types.
  mlir::RankedTensorType rows(llvm::ArrayRef<int64_t> dims,
                              mlir::Type element = {});
  mlir::RankedTensorType indices(llvm::ArrayRef<int64_t> dims = {}) {
    return rows(dims, b_.getI32Type());
  }

  // Ops.
  mlir::Value use(const std::string &name);
  mlir::Value norm(mlir::Value x, const std::string &weight = "");
  mlir::Value linear(mlir::Value x, const std::string &weight);
  mlir::Value heads(mlir::Value x, int64_t headDim);
  mlir::Value flat(mlir::Value x);
  mlir::Value scale(mlir::Value x, double factor,
                    const std::string &weight = "");
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value geluMul(mlir::Value gate, mlir::Value up);
  mlir::Value rope(mlir::Value x, mlir::Value positions,
                   const std::string &freqs);
  void tap(const std::string &name, mlir::Value x);

  mlir::FloatAttr f32(double value) { return b_.getF32FloatAttr(value); }

  mlir::OpBuilder b_;
  mlir::Location loc_;
  mlir::ModuleOp module_;

private:
  double epsilon_;
};

/// Channels of a value.
inline int64_t lastDim(mlir::Value x) {
  return llvm::cast<mlir::RankedTensorType>(x.getType()).getShape().back();
}

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_GRAPHWORDS_H
