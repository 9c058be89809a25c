// What is written is read again, and what is none is refused.

#include "models/checkpoint/CalibrationFile.h"

#include <gmock/gmock.h>

#include "test/support/TempFolder.h"

namespace g4 {
namespace {

using testing::HasSubstr;

CalibrationFile example() {
  CalibrationFile file;
  file.text = "a.txt";
  file.textChecksum = 0xfedcba9876543210;
  file.rows = 7;
  file.experts["layers.3"] = {2, {5, 1, 1, 3}};
  file.meanSquares["m.q_proj.weight"] = {0.5F, 0, 2};
  file.moments["m.k_proj.weight"] = {1, 3, 3, 4};
  return file;
}

class CalibrationFileTest : public testing::Test {
protected:
  /// The example with `from` in its bytes turned into `to`, as long.
  std::string changed(const std::string &from, const std::string &to) {
    std::string path = folder_.path("a.safetensors");
    EXPECT_TRUE(example().write(path).ok());
    std::string bytes = g4rt::readWholeFile(path);
    size_t at = bytes.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return folder_.write("changed", bytes.replace(at, from.size(), to));
  }
  void expectRefused(const std::string &path, const std::string &words) {
    auto file = CalibrationFile::read(path);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code(), g4rt::StatusCode::InvalidArgument);
    EXPECT_THAT(file.error().message(), HasSubstr(words));
  }

  g4rt::TempFolder folder_;
};

TEST_F(CalibrationFileTest, WhatIsWrittenIsRead) {
  std::string path = folder_.path("a.safetensors");
  ASSERT_TRUE(example().write(path).ok());
  auto file = CalibrationFile::read(path);
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->text, "a.txt");
  EXPECT_EQ(file->textChecksum, 0xfedcba9876543210);
  EXPECT_EQ(file->rows, 7u);
  EXPECT_EQ(file->experts.at("layers.3").numExperts, 2);
  EXPECT_EQ(file->experts.at("layers.3").rows,
            example().experts["layers.3"].rows);
  EXPECT_EQ(file->meanSquares, example().meanSquares);
  EXPECT_EQ(file->moments, example().moments);
}

TEST_F(CalibrationFileTest, TensorsOfOtherShapesAreRefused) {
  expectRefused(changed("[2,2]", "[4,1]"), "layers.3.expert_rows: U64 [4, 1]");
  expectRefused(changed("\"U64\"", "\"I64\""), "needed U64");
  expectRefused(changed("input_mean_square", "input_mean_squaxx"),
                "nothing that g4c calibrate writes");
  expectRefused(changed(R"("F32","shape":[2,2])", R"("F32","shape":[1,4])"),
                "needed F32 [channels, channels]");
}

TEST_F(CalibrationFileTest, MeansThatAreNoneAreRefused) {
  std::string half("\0\0\0\x3f", 4), negative("\0\0\0\xbf", 4),
      nan("\0\0\xc0\x7f", 4);
  expectRefused(changed(half, negative), "mean square");
  expectRefused(changed(half, nan), "mean square");
}

TEST_F(CalibrationFileTest, NumbersInTheMetadataAreNumbers) {
  expectRefused(changed("\"rows\":\"7\"", "\"rows\":\"x\""), "rows");
  expectRefused(changed("fedcba98", "fedcbaxx"), "text_checksum");
}

} // namespace
} // namespace g4
