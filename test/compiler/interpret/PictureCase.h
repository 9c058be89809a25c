//===- PictureCase.h - Pictures and prompts to interpret in tests *- C++
//-*-===//

#ifndef G4_TEST_COMPILER_INTERPRET_PICTURECASE_H
#define G4_TEST_COMPILER_INTERPRET_PICTURECASE_H

#include "runtime/base/Json.h"

#include "test/compiler/interpret/GraphCase.h"

namespace g4 {

/// Rows and columns of patches; patches of a picture lie row by row.
struct PatchGrid {
  int64_t numRows = 0, numColumns = 0;

  int64_t count() const { return numRows * numColumns; }
};

/// Patches whose square becomes one soft token have this side in all models.
inline constexpr int64_t kPooling = 3;

/// Arguments of @vision for pictures one after the other, with the pixels of
/// test/reference/make_vision.py: `numFill` rows of no picture come after them.
std::vector<GraphArgument> towerArguments(mlir::func::FuncOp vision,
                                          const std::vector<PatchGrid> &grids,
                                          int64_t numFill = 0);

/// The soft tokens of test/reference/make_masks.py.
GraphTensor formulaSoftTokens(int64_t count, int64_t size);

/// A prompt of which some rows are soft tokens.
struct PicturePrompt {
  std::vector<int32_t> ids, softRows;
  /// [begin, end) of rows that see each other both ways.
  std::vector<std::pair<int32_t, int32_t>> spans;

  /// As a manifest of test/reference has it.
  static PicturePrompt read(const g4rt::json::value &facts);

  int32_t size() const { return static_cast<int32_t>(ids.size()); }
  int32_t numSoftTokens() const;
  /// The position after the last one that a row may see: after its span, or
  /// after itself.
  std::vector<int32_t> ends() const;
  /// That of a model which has forgotten pictures: after each row.
  std::vector<int32_t> causalEnds() const;
};

/// Rows [begin, end) of a prompt as a step of @text.
struct PromptStep {
  const PicturePrompt &prompt;
  int32_t begin = 0, end = 0;
  /// Those that are wanted, of the prompt.
  std::vector<int32_t> outputs;
  std::vector<int32_t> ends;
};
std::vector<GraphArgument> textArguments(mlir::func::FuncOp text,
                                         const PromptStep &step,
                                         const GraphTensor &softTokens);

/// The results of a run with these arguments, all rows of one sequence. Ends
/// the test program on an error.
GraphTensor resultOf(GraphInterpreter &interpreter,
                     const std::vector<GraphArgument> &arguments);

/// The text program with soft tokens of a model of test/inputs/models, with or
/// without a tower.
class SoftTextModel {
public:
  explicit SoftTextModel(const std::string &path);

  mlir::func::FuncOp text();
  mlir::ModuleOp module() { return *module_; }
  GraphInterpreter interpreter();
  int64_t hiddenSize() const { return hiddenSize_; }

private:
  std::unique_ptr<mlir::MLIRContext> context_;
  std::unique_ptr<Checkpoint> checkpoint_;
  mlir::OwningOpRef<mlir::ModuleOp> module_;
  int64_t hiddenSize_ = 0;
};

} // namespace g4

#endif // G4_TEST_COMPILER_INTERPRET_PICTURECASE_H
