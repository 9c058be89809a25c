//===- GraphCase.h - Graphs to interpret in tests ---------------*- C++ -*-===//

#ifndef G4_TEST_COMPILER_INTERPRET_GRAPHCASE_H
#define G4_TEST_COMPILER_INTERPRET_GRAPHCASE_H

#include "compiler/interpret/GraphInterpreter.h"
#include "models/ImportOptions.h"

#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"

#include <map>

namespace g4 {

/// What an interpretation gave.
struct GraphRun {
  GraphTensor logits;
  std::map<std::string, GraphTensor> taps;
};

/// A model of test/inputs/models or models/tiny, imported.
class ImportedModel {
public:
  /// `path` is below the root of the repository. Ends the test program if it is
  /// not a model.
  explicit ImportedModel(const std::string &path, ImportOptions options = {});

  using AddPasses = std::function<void(mlir::PassManager &)>;
  /// A copy of the imported graph after these passes.
  mlir::OwningOpRef<mlir::ModuleOp> graphBehind(const AddPasses &addPasses);
  mlir::ModuleOp graph() { return *module_; }

  /// Interprets @text of `module` with the checkpoint's weights.
  GraphRun run(mlir::ModuleOp module, const GraphStep &step,
               Precision precision = Precision::F64) const;

  /// Of @text of the imported graph with the checkpoint's weights.
  GraphInterpreter interpreter() const;
  /// Of a function of it, or of a copy of it.
  GraphInterpreter interpreterOf(mlir::func::FuncOp function) const;

  int64_t vocabSize() const;

private:
  std::unique_ptr<mlir::MLIRContext> context_;
  std::unique_ptr<Checkpoint> checkpoint_;
  mlir::OwningOpRef<mlir::ModuleOp> module_;
};

/// An interpreter of `function`; ends the test program on an error.
GraphInterpreter interpreterOf(mlir::func::FuncOp function,
                               const WeightSource &source,
                               Precision precision = Precision::F64);

/// max |a - b| / max |b|; infinite if the sizes differ or a number is none.
double relativeError(const std::vector<double> &a,
                     const std::vector<double> &b);

} // namespace g4

#endif // G4_TEST_COMPILER_INTERPRET_GRAPHCASE_H
