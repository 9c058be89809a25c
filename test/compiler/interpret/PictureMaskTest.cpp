// Who sees whom where a prompt has soft tokens, layer by layer, against
// transformers in f64 with the masks of its generate()
// (test/reference/make_masks.py).

#include "gtest/gtest.h"

#include "test/compiler/interpret/PictureCase.h"
#include "test/support/Npy.h"

namespace g4 {
namespace {

using namespace mlir;

struct Case {
  const char *model;
  /// Whether rows of a picture see each other both ways in sliding layers.
  bool isBothWays;
};
constexpr Case kCases[] = {{"moe26b", true},
                           {"dense31b", true},
                           {"dense12b", true},
                           {"ple_e2b", false},
                           {"ple_e4b", false}};

// f64 against f64; factors that are attributes are f32.
constexpr double kMostError = 1e-6;

class PictureMask : public testing::TestWithParam<Case> {
protected:
  PictureMask() {
    model_.emplace(std::string("test/inputs/models/") + GetParam().model);
    auto manifest = g4rt::parseJsonFile(folder_ + "/manifest.json");
    prompt_ = PicturePrompt::read(manifest->at("prompt"));
    for (const auto &row : manifest->at("rows").as_array())
      rows_.push_back(row.to_number<int32_t>());
    soft_ = formulaSoftTokens(prompt_.numSoftTokens(), model_->hiddenSize());
  }

  PromptStep step(int32_t begin, int32_t end) const {
    return {prompt_, begin, end, {end - 1}, prompt_.ends()};
  }
  GraphTensor run(GraphInterpreter &interpreter, const PromptStep &step) {
    return resultOf(interpreter, textArguments(model_->text(), step, soft_));
  }

  /// What each layer gives for the recorded rows in one step of the whole
  /// prompt, and the largest error of all layers.
  double worstError(const std::vector<int32_t> &ends) {
    std::map<std::string, GraphTensor> taps;
    GraphInterpreter interpreter = model_->interpreter();
    interpreter.setTapSink([&](StringRef name, const GraphTensor &value) {
      taps[name.str()] = value;
    });
    PromptStep whole = step(0, prompt_.size());
    whole.ends = ends;
    run(interpreter, whole);
    NpyArray wanted = readNpy(folder_ + "/hidden.npy"); // and the final norm's
    int64_t size = int64_t(wanted.elements.size()) / wanted.shape[0];
    double worst = 0;
    for (int64_t i = 0; i + 1 < wanted.shape[0]; ++i) {
      auto first = wanted.elements.begin() + i * size;
      worst = std::max(
          worst, relativeError(recorded(taps.at("layers." + std::to_string(i))),
                               {first, first + size}));
    }
    return worst;
  }

  std::vector<double> recorded(const GraphTensor &value) const {
    std::vector<double> elements;
    for (int32_t row : rows_)
      elements.insert(elements.end(), value.row(row).begin(),
                      value.row(row).end());
    return elements;
  }

  std::string folder_ =
      std::string(G4_TEST_ROOT "/test/reference/goldens/pictures/") +
      GetParam().model;
  std::optional<SoftTextModel> model_;
  PicturePrompt prompt_;
  std::vector<int32_t> rows_;
  GraphTensor soft_;
};

TEST_P(PictureMask, EveryLayerSeesWhatTheReferenceSees) {
  EXPECT_LT(worstError(prompt_.ends()), kMostError);
}

TEST_P(PictureMask, SlidingLayersAloneTakeTheEndsOfPictures) {
  model_->module().walk([&](graph::AttentionOp op) {
    auto cache = SymbolTable::lookupNearestSymbolFrom<graph::KvCacheOp>(
        op, op.getCacheAttr());
    EXPECT_EQ(bool(op.getEnds()),
              GetParam().isBothWays && cache.getWindow() > 0);
  });
}

// A prompt cut at both ends of every picture: each step writes the keys that
// its rows see.
TEST_P(PictureMask, StepsThatCutNoPictureGiveTheSameBits) {
  GraphInterpreter whole = model_->interpreter(), cut = model_->interpreter();
  std::vector<int32_t> cuts;
  for (auto [begin, end] : prompt_.spans)
    cuts.insert(cuts.end(), {begin, end});
  cuts.push_back(prompt_.size());
  int32_t begin = 0;
  GraphTensor last;
  for (int32_t end : cuts)
    if (end > begin)
      last = run(cut, step(std::exchange(begin, end), end));
  EXPECT_EQ(last.elements, run(whole, step(0, prompt_.size())).elements);
}

std::string nameOf(const testing::TestParamInfo<Case> &info) {
  return info.param.model;
}
INSTANTIATE_TEST_SUITE_P(Models, PictureMask, testing::ValuesIn(kCases),
                         nameOf);

class TwoWayMask : public PictureMask {};

// What a model gives that has forgotten the mask is far from it, so that the
// comparison above can find this.
TEST_P(TwoWayMask, ADroppedTwoWayMaskIsFound) {
  EXPECT_GT(worstError(prompt_.causalEnds()), 1e-2);
}

INSTANTIATE_TEST_SUITE_P(Models, TwoWayMask,
                         testing::Values(kCases[0], kCases[1], kCases[2]),
                         nameOf);

} // namespace
} // namespace g4
