//===- QuantizedTensorsTest.cpp - Weights of other tools' quantisers ------===//
//
// test/inputs/quantized holds what the tools' own readers make of each case:
// test/reference/make_quantized.py.
//
//===----------------------------------------------------------------------===//

#include "models/checkpoint/Checkpoint.h"
#include "runtime/base/Json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace g4 {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kCases = fs::path(G4_TEST_INPUTS) / "quantized";

std::vector<std::string> caseNames() {
  std::vector<std::string> names;
  for (const auto &entry : fs::directory_iterator(kCases))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

class QuantizedCase : public testing::TestWithParam<std::string> {};

TEST_P(QuantizedCase, EveryBitIsThatOfTheToolsOwnReader) {
  fs::path folder = kCases / GetParam();
  auto checkpoint = Checkpoint::open(folder);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message();
  auto expected = SafetensorsFile::open(folder / "expected.safetensors");
  ASSERT_TRUE(expected);
  // And nothing but the weights is left.
  EXPECT_EQ(checkpoint->names().size(), expected->tensors().size());
  for (const auto &[name, tensor] : expected->tensors()) {
    const RowSource *source = checkpoint->find(name);
    ASSERT_TRUE(source) << name;
    ASSERT_EQ(source->shape(), tensor.shape);
    EXPECT_TRUE(source->isReadable());
    std::vector<float> row(source->numCols());
    for (int64_t n = 0; n < source->numRows(); ++n) {
      source->read(n, row);
      const std::byte *wanted = tensor.bytes.data() + n * row.size() * 4;
      for (size_t k = 0; k < row.size(); ++k) {
        uint32_t bits;
        std::memcpy(&bits, wanted + 4 * k, sizeof(bits));
        ASSERT_EQ(std::bit_cast<uint32_t>(row[k]), bits)
            << name << " row " << n << " column " << k << ": " << row[k]
            << ", wanted " << std::bit_cast<float>(bits);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, QuantizedCase, testing::ValuesIn(caseNames()),
                         [](const auto &info) { return info.param; });

/// A copy of a case that a test may break.
class BrokenQuantized : public testing::Test {
protected:
  ~BrokenQuantized() override { fs::remove_all(folder_); }

  void copy(const std::string &name) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    for (const char *file : {"config.json", "model.safetensors"})
      fs::copy(kCases / name / file, folder_ / file);
  }
  static std::string textOf(const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void replace(const char *file, const std::string &from,
               const std::string &to) {
    std::string text = textOf(folder_ / file);
    size_t at = text.find(from);
    ASSERT_NE(at, text.npos) << from;
    text.replace(at, from.size(), to);
    std::ofstream(folder_ / file, std::ios::binary) << text;
  }
  /// Same length, so that the head keeps its own.
  void rename(const std::string &from, const std::string &to) {
    ASSERT_EQ(from.size(), to.size());
    replace("model.safetensors", from, to);
  }
  std::string failure() {
    auto checkpoint = Checkpoint::open(folder_);
    return checkpoint ? "none" : checkpoint.error().message();
  }

  fs::path folder_ = testing::TempDir() + "BrokenQuantized";
};

TEST_F(BrokenQuantized, MethodsThatAreNotReadAreNamed) {
  copy("ct_int4_g32");
  replace("config.json", "\"compressed-tensors\"", "\"bitsandbytes\"");
  EXPECT_THAT(failure(),
              HasSubstr("config.json: quantization_config.quant_method "
                        "\"bitsandbytes\" is not read; compressed-tensors, "
                        "modelopt, awq, gptq and auto-round are"));
  copy("ct_int4_g32");
  replace("config.json", "\"pack-quantized\"", "\"marlin-24\"");
  EXPECT_THAT(failure(), HasSubstr("config_groups.group_0.format "
                                   "\"marlin-24\" is not read"));
  copy("awq_g32");
  replace("config.json", "\"gemm\"", "\"gemv\"");
  EXPECT_THAT(failure(), HasSubstr("version \"gemv\" is not read; gemm is"));
  copy("gptq_g32");
  replace("config.json", "\"bits\": 4", "\"bits\": 3");
  EXPECT_THAT(failure(), HasSubstr("bits \"3\" is not read; 4 and 8 are"));
  copy("ct_int4_g32");
  replace("config.json", "\"quantization_config\"", "\"quantization\"");
  EXPECT_THAT(failure(), HasSubstr("quantization is MLX's"));
  copy("modelopt_nvfp4");
  replace("config.json", "\"NVFP4\"", "\"INT4_AWQ\"");
  EXPECT_THAT(failure(), HasSubstr("quant_algo \"INT4_AWQ\" is not read"));
}

TEST_F(BrokenQuantized, QuantisedTensorsNeedAConfiguration) {
  copy("ct_int4_g32");
  replace("config.json", "\"quantization_config\"", "\"nothing\"");
  EXPECT_THAT(failure(), HasSubstr("tensor m.q_proj.weight_packed is of a "
                                   "quantised weight, and no "
                                   "quantization_config"));
}

TEST_F(BrokenQuantized, TheConfigurationMustTargetWhatIsStored) {
  copy("ct_int4_g32");
  replace("config.json", "\"lm_head\"", "\"re:.*q_proj\"");
  EXPECT_THAT(failure(), HasSubstr("module m.q_proj is stored quantised, and "
                                   "ignore names it"));
  copy("ct_int4_g32");
  replace("config.json", "\"Linear\"", "\"re:.*mlp.*\"");
  EXPECT_THAT(failure(), HasSubstr("module m.q_proj is stored quantised, and "
                                   "no group of config_groups targets it"));
  copy("ct_int4_g32");
  replace("config.json", "\"Linear\"", "\"re:(((\"");
  EXPECT_THAT(failure(), HasSubstr("no group of config_groups targets it"));
}

TEST_F(BrokenQuantized, PartsThatDoNotFitAreNamed) {
  copy("ct_int4_g32");
  rename("m.q_proj.weight_scale", "m.q_proj.weight_other");
  EXPECT_THAT(failure(), HasSubstr("tensor m.q_proj.weight_scale: is missing "
                                   "beside the others of its weight"));
  copy("ct_int4_g32");
  replace("config.json", "\"group_size\": 32", "\"group_size\": 64");
  EXPECT_THAT(failure(),
              HasSubstr("tensor m.q_proj.weight_scale: shape [16, 8], needed "
                        "[16, 4]"));
  copy("ct_int4_g32");
  replace("config.json", "\"num_bits\": 4", "\"num_bits\": 8");
  EXPECT_THAT(failure(),
              HasSubstr("tensor m.q_proj.weight_shape: says [16, 256], "
                        "weight_packed holds [16, 32] words"));
  copy("awq_g64");
  replace("config.json", "\"group_size\": 64", "\"group_size\": 32");
  EXPECT_THAT(failure(), HasSubstr("tensor m.q_proj.scales: shape [4, 16], "
                                   "needed [8, 16]"));
  copy("gptq_g32");
  replace("config.json", "\"group_size\": 32", "\"group_size\": 64");
  EXPECT_THAT(failure(), HasSubstr("tensor m.q_proj.scales"));
}

TEST_F(BrokenQuantized, AScaleOfAWholeTensorMustBeANumber) {
  copy("ct_nvfp4");
  std::string text = textOf(folder_ / "model.safetensors");
  const float scale = 2688;
  std::string bytes(reinterpret_cast<const char *>(&scale), sizeof(scale));
  for (uint32_t bad : {0x7fc00000u, 0x7f800000u, 0u}) {
    copy("ct_nvfp4");
    replace("model.safetensors", bytes,
            std::string(reinterpret_cast<const char *>(&bad), sizeof(bad)));
    EXPECT_THAT(failure(),
                HasSubstr("tensor m.q_proj.weight_global_scale: is"));
  }
}

TEST_F(BrokenQuantized, ASortedColumnMustHaveABlock) {
  copy("gptq_sorted");
  std::string text = textOf(folder_ / "model.safetensors");
  size_t at = text.find("\"m.q_proj.g_idx\"");
  auto root = g4rt::parseJson(text.substr(8, text.find("}}") - 6));
  ASSERT_TRUE(root);
  int64_t begin =
      root->at("m.q_proj.g_idx").at("data_offsets").at(0).as_int64();
  uint64_t head;
  std::memcpy(&head, text.data(), sizeof(head));
  text[8 + head + begin + 3] = '\x40';
  ASSERT_NE(at, text.npos);
  std::ofstream(folder_ / "model.safetensors", std::ios::binary) << text;
  EXPECT_THAT(failure(), HasSubstr("tensor m.q_proj.g_idx: block 10737418"));
}

// Whatever single byte of the head changes, the file is read or refused.
TEST_F(BrokenQuantized, AChangedHeadNeverCrashes) {
  for (const char *name : {"ct_int4_g32_zeros", "ct_mixed", "awq_g32",
                           "gptq_sorted", "modelopt_nvfp4"}) {
    copy(name);
    const std::string whole = textOf(folder_ / "model.safetensors");
    uint64_t head;
    std::memcpy(&head, whole.data(), sizeof(head));
    for (size_t at = 8; at < 8 + head; at += 3) {
      std::string broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ (1 + at % 7));
      std::ofstream(folder_ / "model.safetensors", std::ios::binary) << broken;
      auto checkpoint = Checkpoint::open(folder_);
      if (!checkpoint)
        continue;
      for (const std::string &left : checkpoint->names()) {
        const RowSource *source = checkpoint->find(left);
        std::vector<float> row(source->numCols());
        if (source->isReadable() && source->numRows() > 0)
          source->read(source->numRows() - 1, row);
      }
    }
  }
}

} // namespace
} // namespace g4
