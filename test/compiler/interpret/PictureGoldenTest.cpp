// Soft tokens of towers, and logits of prompts with pictures, against
// transformers in f64 (test/reference/make_vision.py).

#include "compiler/fuse/Passes.h"

#include "gtest/gtest.h"
#include "mlir/Transforms/Passes.h"

#include "test/compiler/interpret/PictureCase.h"
#include "test/support/Npy.h"

namespace g4 {
namespace {

using namespace mlir;

constexpr const char *kModels[] = {"vision26b", "vision12b", "vision_e2b"};

// f64 against f64; factors that are attributes are f32.
constexpr double kMostError = 1e-6;

class PictureGolden : public testing::TestWithParam<const char *> {
protected:
  func::FuncOp function(ModuleOp module, const char *name) {
    return module.lookupSymbol<func::FuncOp>(name);
  }
  GraphTensor softTokens(ModuleOp module, const std::vector<PatchGrid> &grids,
                         int64_t numFill = 0) {
    func::FuncOp vision = function(module, "vision");
    GraphInterpreter interpreter = model_.interpreterOf(vision);
    return resultOf(interpreter, towerArguments(vision, grids, numFill));
  }

  /// Logits of the recorded prompt, with soft tokens of this module's tower.
  GraphTensor promptLogits(ModuleOp module) {
    const auto &facts = manifest_.at("prompt");
    PicturePrompt prompt = PicturePrompt::read(facts);
    func::FuncOp text = function(module, "text");
    GraphInterpreter interpreter = model_.interpreterOf(text);
    std::vector<int32_t> outputs = prompt.causalEnds(); // from 1
    for (int32_t &row : outputs)
      --row;
    return resultOf(
        interpreter,
        textArguments(text, {prompt, 0, prompt.size(), outputs, prompt.ends()},
                      promptSoftTokens(module, facts)));
  }

  /// Of the pictures of the prompt in their order.
  GraphTensor promptSoftTokens(ModuleOp module,
                               const g4rt::json::value &facts) {
    std::vector<PatchGrid> grids = gridsOf(manifest_.at("steps").at(0));
    GraphTensor all = softTokens(module, grids), soft{{0, all.lastDim()}, {}};
    for (const auto &picture : facts.at("pictures").as_array()) {
      int64_t first = 0, index = picture.to_number<int64_t>();
      for (int64_t i = 0; i < index; ++i)
        first += numCells(grids[i]);
      for (int64_t i = first; i < first + numCells(grids[index]); ++i)
        soft.elements.insert(soft.elements.end(), all.row(i).begin(),
                             all.row(i).end());
      soft.shape[0] += numCells(grids[index]);
    }
    return soft;
  }

  static std::vector<PatchGrid> gridsOf(const g4rt::json::value &step) {
    std::vector<PatchGrid> grids;
    for (const auto &grid : step.at("grids").as_array())
      grids.push_back(
          {grid.at(0).to_number<int64_t>(), grid.at(1).to_number<int64_t>()});
    return grids;
  }
  static int64_t numCells(const PatchGrid &grid) {
    return grid.count() / (kPooling * kPooling);
  }

  /// Of a step, the soft tokens that the golden has.
  std::vector<double> recorded(const g4rt::json::value &step) {
    std::vector<PatchGrid> grids = gridsOf(step);
    GraphTensor soft = softTokens(model_.graph(), grids);
    std::vector<double> elements;
    int64_t first = 0;
    for (size_t i = 0; i < grids.size(); ++i) {
      for (const auto &cell : step.at("cells").at(i).as_array()) {
        auto row = soft.row(first + cell.to_number<int64_t>());
        elements.insert(elements.end(), row.begin(), row.end());
      }
      first += numCells(grids[i]);
    }
    EXPECT_EQ(first, soft.numRows());
    return elements;
  }

  OwningOpRef<ModuleOp> fused() {
    return model_.graphBehind([](PassManager &passes) {
      passes.addPass(createCSEPass());
      passes.addPass(createMergeLinearsPass());
      passes.addPass(createFuseQkvPass());
      passes.addPass(createKeysFromValuesPass());
      passes.addPass(createFuseRouterPass());
      passes.addPass(createFuseLinearPass());
      passes.addPass(createFuseRowsPass());
    });
  }

  std::string folder_ =
      std::string(G4_TEST_ROOT "/test/reference/goldens/") + GetParam();
  g4rt::json::value manifest_ =
      *g4rt::parseJsonFile(folder_ + "/manifest.json");
  ImportedModel model_{std::string("test/inputs/models/") + GetParam(),
                       {.vision = true}};
};

TEST_P(PictureGolden, SoftTokensAreThoseOfTheReference) {
  std::vector<double> all;
  for (const auto &step : manifest_.at("steps").as_array()) {
    std::vector<double> part = recorded(step);
    all.insert(all.end(), part.begin(), part.end());
  }
  EXPECT_LT(relativeError(all, readNpy(folder_ + "/soft.npy").elements),
            kMostError);
}

TEST_P(PictureGolden, LogitsOfAPromptWithPicturesAreThoseOfTheReference) {
  EXPECT_LT(relativeError(promptLogits(model_.graph()).elements,
                          readNpy(folder_ + "/logits.npy").elements),
            kMostError);
}

TEST_P(PictureGolden, FusedProgramsGiveTheSame) {
  OwningOpRef<ModuleOp> module = fused();
  EXPECT_LT(relativeError(promptLogits(*module).elements,
                          promptLogits(model_.graph()).elements),
            1e-9);
}

// The pixels of the first picture are the same in both steps.
TEST_P(PictureGolden, PicturesOfAStepDoNotSeeEachOther) {
  GraphTensor alone = softTokens(model_.graph(), {{6, 9}});
  GraphTensor both = softTokens(model_.graph(), {{6, 9}, {3, 3}});
  both.elements.resize(alone.elements.size());
  EXPECT_EQ(both.elements, alone.elements);
}

std::string nameOf(const testing::TestParamInfo<const char *> &info) {
  return info.param;
}
INSTANTIATE_TEST_SUITE_P(Models, PictureGolden, testing::ValuesIn(kModels),
                         nameOf);

class TowerGolden : public PictureGolden {};

TEST_P(TowerGolden, RowsThatFillAStepAreSeenByNobody) {
  std::vector<PatchGrid> grids = {{3, 6}, {6, 3}};
  EXPECT_EQ(softTokens(model_.graph(), grids, 5).elements,
            softTokens(model_.graph(), grids).elements);
}

// Rows of a projection see nothing but themselves.
INSTANTIATE_TEST_SUITE_P(Models, TowerGolden,
                         testing::Values(kModels[0], kModels[2]), nameOf);

} // namespace
} // namespace g4
