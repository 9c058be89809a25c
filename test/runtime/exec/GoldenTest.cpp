// Compiled f32 models against Hugging Face transformers in f32: logits, the
// output of every layer, the router's choices, greedy tokens.
// test/reference/README.md describes the goldens; the tolerance is 1e-4 of the
// largest value.

#include "runtime/base/Json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "test/support/ModelRunner.h"
#include "test/support/Npy.h"

namespace g4rt {
namespace {

constexpr double kTolerance = 1e-4;

struct GoldenCase {
  const char *model;
  const char *target; // "" for the machine's own
};

class GoldenTest : public testing::TestWithParam<GoldenCase> {
protected:
  void SetUp() override {
    folder_ = std::string(G4_TEST_GOLDENS "/") + GetParam().model;
    Result<json::value> manifest = parseJsonFile(folder_ + "/manifest.json");
    ASSERT_TRUE(manifest) << manifest.error().message();
    manifest_ = *std::move(manifest);
    auto runner =
        ModelRunner::open(artifactPath(GetParam().model, "f32"),
                          {.target = GetParam().target, .threads = 2});
    if (!runner && runner.error().code() == StatusCode::NotFound &&
        *GetParam().target)
      GTEST_SKIP() << runner.error().message();
    ASSERT_TRUE(runner) << runner.error().message();
    runner_ = *std::move(runner);
  }

  struct Sequence {
    std::vector<int32_t> ids;
    std::vector<int64_t> positions; // those with rows in the goldens
    int64_t row;                    // of the first of them
  };
  std::vector<Sequence> sequences() {
    std::vector<int32_t> tokens =
        g4::readNpy(folder_ + "/tokens.npy").as<int32_t>();
    std::vector<Sequence> list;
    for (const json::value &entry : manifest_.at("sequences").as_array()) {
      Sequence sequence{{}, {}, entry.at("row").to_number<int64_t>()};
      auto first = tokens.begin() + entry.at("offset").to_number<int64_t>();
      sequence.ids.assign(first,
                          first + entry.at("length").to_number<int64_t>());
      for (const json::value &position : entry.at("positions").as_array())
        sequence.positions.push_back(position.to_number<int64_t>());
      list.push_back(std::move(sequence));
    }
    return list;
  }

  /// The largest error of rows of ours at a sequence's positions.
  static double errorOf(const Sequence &sequence, const float *ours,
                        const double *golden, int64_t cols) {
    double most = 0;
    for (size_t i = 0; i < sequence.positions.size(); ++i)
      for (int64_t c = 0; c < cols; ++c) {
        double error =
            std::fabs(ours[sequence.positions[i] * cols + c] -
                      golden[(sequence.row + int64_t(i)) * cols + c]);
        most = std::isnan(error) ? double(INFINITY) : std::max(most, error);
      }
    return most;
  }
  static double largest(const double *values, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; ++i)
      most = std::max(most, std::fabs(values[i]));
    return most;
  }

  std::string folder_;
  json::value manifest_;
  std::unique_ptr<ModelRunner> runner_;
};

TEST_P(GoldenTest, GivesTheLogitsOfTheReference) {
  g4::NpyArray golden = g4::readNpy(folder_ + "/logits.npy");
  double size = largest(golden.elements.data(), golden.elements.size());
  for (int64_t chunk : {1, 7, 50})
    for (const Sequence &sequence : sequences()) {
      auto logits = runner_->run(sequence.ids, chunk);
      ASSERT_TRUE(logits) << logits.error().message();
      EXPECT_LE(errorOf(sequence, logits->data(), golden.elements.data(),
                        golden.shape[1]),
                kTolerance * size)
          << sequence.ids.size() << " tokens in chunks of " << chunk;
    }
}

TEST_P(GoldenTest, GivesEveryLayersOutput) {
  g4::NpyArray golden = g4::readNpy(folder_ + "/hidden.npy");
  int64_t rows = golden.shape[1], cols = golden.shape[2];
  runner_->recordTaps();
  for (int64_t chunk : {1, 7, 50})
    for (const Sequence &sequence : sequences()) {
      runner_->taps().clear();
      ASSERT_TRUE(runner_->run(sequence.ids, chunk));
      // The last of the golden is the final norm, which is fused.
      for (int64_t layer = 0; layer + 1 < golden.shape[0]; ++layer) {
        const auto &tap = runner_->taps()["layers." + std::to_string(layer)];
        ASSERT_EQ(tap.floats.size(), sequence.ids.size() * cols) << layer;
        const double *wanted = golden.elements.data() + layer * rows * cols;
        EXPECT_LE(errorOf(sequence, tap.floats.data(), wanted, cols),
                  kTolerance * largest(wanted, rows * cols))
            << "layer " << layer << ", " << sequence.ids.size()
            << " tokens in chunks of " << chunk;
      }
    }
}

/// The experts of a row and their weights, by the experts' numbers.
using Choices = std::vector<std::pair<int32_t, float>>;

template <typename Id, typename Weight>
Choices choicesOf(const Id *experts, const Weight *weights, int64_t count) {
  Choices choices;
  for (int64_t k = 0; k < count; ++k)
    choices.emplace_back(static_cast<int32_t>(experts[k]),
                         static_cast<float>(weights[k]));
  std::sort(choices.begin(), choices.end());
  return choices;
}

TEST_P(GoldenTest, ChoosesTheExpertsOfTheReference) {
  if (!manifest_.at("files").as_object().contains("experts.npy"))
    GTEST_SKIP() << "the model has no experts";
  g4::NpyArray experts = g4::readNpy(folder_ + "/experts.npy");
  g4::NpyArray weights = g4::readNpy(folder_ + "/expert_weights.npy");
  int64_t rows = experts.shape[1], k = experts.shape[2];
  double size = largest(weights.elements.data(), weights.elements.size());
  runner_->recordTaps();
  for (int64_t chunk : {1, 7, 50})
    for (const Sequence &sequence : sequences()) {
      runner_->taps().clear();
      ASSERT_TRUE(runner_->run(sequence.ids, chunk));
      for (int64_t layer = 0; layer < experts.shape[0]; ++layer) {
        std::string router = "layers." + std::to_string(layer) + ".router.";
        const auto &ids = runner_->taps()[router + "experts"];
        const auto &shares = runner_->taps()[router + "weights"];
        ASSERT_EQ(ids.ints.size(), sequence.ids.size() * k);
        ASSERT_EQ(shares.floats.size(), sequence.ids.size() * k);
        for (size_t i = 0; i < sequence.positions.size(); ++i) {
          int64_t golden = (layer * rows + sequence.row + int64_t(i)) * k;
          int64_t our = sequence.positions[i] * k;
          Choices want = choicesOf(&experts.elements[golden],
                                   &weights.elements[golden], k);
          Choices have = choicesOf(&ids.ints[our], &shares.floats[our], k);
          for (int64_t j = 0; j < k; ++j) {
            ASSERT_EQ(have[j].first, want[j].first)
                << router << " position " << sequence.positions[i];
            ASSERT_NEAR(have[j].second, want[j].second, kTolerance * size);
          }
        }
      }
    }
}

TEST_P(GoldenTest, CountsTheExpertsThatItChooses) {
  runner_->recordTaps();
  for (int64_t chunk : {1, 7, 50})
    for (const Sequence &sequence : sequences())
      ASSERT_TRUE(runner_->run(sequence.ids, chunk));
  bool hasExperts = manifest_.at("files").as_object().contains("experts.npy");
  auto loads = runner_->executor().expertLoads();
  EXPECT_EQ(!loads.empty(), hasExperts);
  for (const ExpertLoad &load : loads) {
    std::vector<uint64_t> chosen(load.rows.size());
    for (int32_t expert : runner_->taps()[load.layer + ".router.experts"].ints)
      ++chosen.at(static_cast<size_t>(expert));
    EXPECT_EQ(load.rows, chosen) << load.layer;
  }
}

TEST_P(GoldenTest, ContinuesGreedilyAsTheReference) {
  Result<json::value> golden = parseJsonFile(folder_ + "/greedy.json");
  ASSERT_TRUE(golden) << golden.error().message();
  auto idsOf = [&](const char *field, size_t i) {
    std::vector<int32_t> ids;
    for (const json::value &id : golden->at(field).at(i).as_array())
      ids.push_back(id.to_number<int32_t>());
    return ids;
  };
  size_t numPrompts = golden->at("prompts").as_array().size();
  ASSERT_GT(numPrompts, 0u);
  for (size_t i = 0; i < numPrompts; ++i) {
    std::vector<int32_t> prompt = idsOf("prompts", i);
    auto tokens = runner_->greedy(prompt, 50, 64);
    ASSERT_TRUE(tokens) << tokens.error().message();
    EXPECT_EQ(*tokens, idsOf("tokens", i))
        << "after " << prompt.size() << " tokens";
  }
}

std::vector<GoldenCase> goldenCases() {
  std::vector<GoldenCase> cases;
  for (const char *model :
       {"moe26b", "dense31b", "dense12b", "ple_e2b", "ple_e4b", "tiny"})
    for (const char *target : {"", "x86-64-v3"})
      cases.push_back({model, target});
  cases.push_back({"moe26b", "x86-64-v4"});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenTest, testing::ValuesIn(goldenCases()),
                         [](const testing::TestParamInfo<GoldenCase> &info) {
                           std::string name =
                               std::string(info.param.model) + "_" +
                               (*info.param.target ? info.param.target
                                                   : "native");
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

} // namespace
} // namespace g4rt
