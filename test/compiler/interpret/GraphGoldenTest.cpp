// What the interpreter gives for imported models against what Hugging Face's
// transformers gave in f32 (test/reference/README.md).

#include "runtime/base/Json.h"

#include "gtest/gtest.h"

#include "test/compiler/interpret/GraphCase.h"
#include "test/support/Npy.h"

namespace g4 {
namespace {

// The reference computes in f32: its angles of rope are rounded, which shows at
// position 300, and the per-layer inputs amplify rounding: there our own
// results in f32 and f64 lie 1e-5 apart.
struct Case {
  const char *model;
  double mostError; // of max abs
};
constexpr Case kCases[] = {{"moe26b", 2e-5},
                           {"dense31b", 2e-5},
                           {"dense12b", 2e-5},
                           {"ple_e2b", 1e-4},
                           {"ple_e4b", 1e-4}};

/// A golden folder: its sequences, and which of their rows were recorded.
class Golden {
public:
  explicit Golden(const std::string &name)
      : folder_(G4_TEST_ROOT "/test/reference/goldens/" + name) {
    auto manifest = g4rt::parseJsonFile(folder_ + "/manifest.json");
    std::vector<double> tokens = array("tokens").elements;
    for (const auto &entry : manifest->at("sequences").as_array()) {
      auto number = [&](const char *key) {
        return entry.at(key).to_number<int64_t>();
      };
      auto first = tokens.begin() + number("offset");
      sequences_.emplace_back(first, first + number("length"));
      for (const auto &position : entry.at("positions").as_array())
        rows_.push_back(int32_t(number("offset")) +
                        position.to_number<int32_t>());
    }
  }

  NpyArray array(const std::string &file) const {
    return readNpy(folder_ + "/" + file + ".npy");
  }
  /// All sequences as one step; the recorded rows are wanted.
  GraphStep step() const {
    GraphStep step = wholeSequences(sequences_);
    step.outputs = rows_;
    return step;
  }
  /// The recorded rows of a tapped value.
  std::vector<double> rowsOf(const GraphTensor &value) const {
    std::vector<double> elements;
    for (int32_t row : rows_)
      elements.insert(elements.end(), value.row(row).begin(),
                      value.row(row).end());
    return elements;
  }

private:
  std::string folder_;
  std::vector<std::vector<int32_t>> sequences_;
  std::vector<int32_t> rows_;
};

/// Part `index` of an array whose first dimension is the layer.
std::vector<double> layerOf(const NpyArray &array, int64_t index) {
  int64_t size = int64_t(array.elements.size()) / array.shape[0];
  auto first = array.elements.begin() + index * size;
  return {first, first + size};
}

class GraphGolden : public testing::TestWithParam<Case> {
protected:
  std::string layer(int64_t i) { return "layers." + std::to_string(i); }

  double mostError_ = GetParam().mostError;
  Golden golden_{GetParam().model};
  ImportedModel model_{std::string("test/inputs/models/") + GetParam().model};
  GraphRun run_ = model_.run(model_.graph(), golden_.step());
};

TEST_P(GraphGolden, LogitsAreThoseOfTheReference) {
  NpyArray wanted = golden_.array("logits");
  EXPECT_EQ(run_.logits.shape, wanted.shape);
  EXPECT_LT(relativeError(run_.logits.elements, wanted.elements), mostError_);
}

TEST_P(GraphGolden, EveryLayerGivesTheHiddenStatesOfTheReference) {
  NpyArray wanted = golden_.array("hidden"); // and of the final norm
  for (int64_t i = 0; i + 1 < wanted.shape[0]; ++i)
    EXPECT_LT(relativeError(golden_.rowsOf(run_.taps.at(layer(i))),
                            layerOf(wanted, i)),
              mostError_)
        << "layer " << i;
}

class RouterGolden : public GraphGolden {};

TEST_P(RouterGolden, RoutersChooseTheExpertsOfTheReference) {
  NpyArray experts = golden_.array("experts");
  NpyArray weights = golden_.array("expert_weights");
  for (int64_t i = 0; i < experts.shape[0]; ++i) {
    EXPECT_EQ(golden_.rowsOf(run_.taps.at(layer(i) + ".router.experts")),
              layerOf(experts, i))
        << "layer " << i;
    EXPECT_LT(relativeError(
                  golden_.rowsOf(run_.taps.at(layer(i) + ".router.weights")),
                  layerOf(weights, i)),
              mostError_)
        << "layer " << i;
  }
}

std::string nameOf(const testing::TestParamInfo<Case> &info) {
  return info.param.model;
}
INSTANTIATE_TEST_SUITE_P(Models, GraphGolden, testing::ValuesIn(kCases),
                         nameOf);
INSTANTIATE_TEST_SUITE_P(Models, RouterGolden, testing::Values(kCases[0]),
                         nameOf);

} // namespace
} // namespace g4
