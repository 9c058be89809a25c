#include "models/checkpoint/gguf/GgufFile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/support/GgufBytes.h"
#include "test/support/TempFolder.h"

namespace g4 {
namespace {

using g4rt::TempFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using Type = GgufValue::Type;

constexpr uint32_t kF32 = 0, kQ4_0 = 2, kQ2K = 10;

class GgufFileTest : public testing::Test {
protected:
  g4rt::Result<GgufFile> open(const GgufBytes &bytes) {
    return GgufFile::open(folder_.write("m.gguf", bytes.bytes()));
  }
  /// What is wrong with a file of these bytes, after its path.
  std::string wrong(const GgufBytes &bytes) {
    auto file = open(bytes);
    if (file)
      return "nothing";
    EXPECT_EQ(file.error().code(), g4rt::StatusCode::InvalidArgument);
    std::string path = folder_.path("m.gguf") + ": ";
    EXPECT_THAT(file.error().message(), testing::StartsWith(path));
    return file.error().message().substr(path.size());
  }
  /// A file with one tensor, [2, 32] of Q4_0 unless told otherwise.
  static GgufBytes oneTensor(uint32_t type = kQ4_0,
                             std::vector<uint64_t> sizes = {32, 2},
                             uint64_t offset = 0) {
    GgufBytes bytes;
    bytes.header(1, 0).tensor("t", sizes, type, offset);
    return bytes.alignTo(32).zeros(36);
  }

  TempFolder folder_;
};

TEST_F(GgufFileTest, ATensorHasItsRowsOutermostFirst) {
  auto file = open(oneTensor());
  ASSERT_TRUE(file) << file.error().message();
  const StoredTensor &tensor = file->tensors().at("t");
  EXPECT_THAT(tensor.shape, ElementsAre(2, 32));
  EXPECT_EQ(tensor.typeName, "Q4_0");
  EXPECT_EQ(tensor.bytes.size(), 36u);
  EXPECT_EQ(tensor.bytes.data(), file->headerBytes().data() + 96);
}

TEST_F(GgufFileTest, ValuesOfEveryTypeAreRead) {
  GgufBytes bytes;
  bytes.header(0, 6)
      .pair("u", Type::U64, uint64_t{1} << 63)
      .pair("i", Type::I8, int8_t{-3})
      .pair("f", Type::F32, 0.5f)
      .pair("b", Type::Bool, uint8_t{1})
      .pair("s", "text")
      .pair("a", Type::U16, std::vector<uint16_t>{1, 2});
  auto file = open(bytes);
  ASSERT_TRUE(file) << file.error().message();
  auto json = [&](const char *key) {
    return g4rt::json::serialize(*file->metadata().find(key)->second.toJson());
  };
  EXPECT_EQ(json("u"), "9223372036854775808");
  EXPECT_EQ(json("i"), "-3");
  EXPECT_EQ(json("f"), "5E-1");
  EXPECT_EQ(json("b"), "true");
  EXPECT_EQ(json("s"), "\"text\"");
  EXPECT_EQ(json("a"), "[1,2]");
}

TEST_F(GgufFileTest, ATextThatIsNotUtf8FailsWhereItIsAskedFor) {
  GgufBytes bytes;
  auto file = open(bytes.header(0, 1).pair("s", "\xff"));
  ASSERT_TRUE(file);
  EXPECT_THAT(file->metadata().find("s")->second.toJson().error().message(),
              HasSubstr("not UTF-8"));
}

TEST_F(GgufFileTest, ATypeThatNobodyReadsMayBeInAFile) {
  auto file = open(oneTensor(kQ2K, {256}).zeros(84));
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->tensors().at("t").storage, RowStorage::Unreadable);
}

TEST_F(GgufFileTest, TheAlignmentMayBeAnother) {
  GgufBytes bytes;
  bytes.header(1, 1)
      .pair("general.alignment", Type::U32, uint32_t{64})
      .tensor("t", {8}, kF32, 64)
      .alignTo(64)
      .zeros(96);
  EXPECT_EQ(wrong(bytes), "nothing");
}

TEST_F(GgufFileTest, WhatIsNoHeaderIsRefused) {
  GgufBytes none, old, turned, many;
  EXPECT_THAT(wrong(none), HasSubstr("magic at byte 0: 4 bytes, the file has 0 "
                                     "more"));
  EXPECT_EQ(wrong(none.put(uint64_t{1})), "does not start with \"GGUF\"");
  EXPECT_EQ(wrong(old.header(0, 0, 1)), "version 1, needs 2 or 3");
  EXPECT_EQ(wrong(turned.header(0, 0, 0x03000000)),
            "a big-endian file, needs a little-endian one");
  EXPECT_THAT(wrong(many.header(uint64_t{1} << 62, 0)),
              HasSubstr("4611686018427387904 tensors and 0 pairs, needs at "
                        "most"));
}

TEST_F(GgufFileTest, APairThatIsCutOrImpossibleIsRefused) {
  GgufBytes cut, length, type, array, texts, nested, twice;
  EXPECT_THAT(wrong(cut.header(0, 1)), HasSubstr("key at byte 24: 8 bytes"));
  EXPECT_THAT(wrong(length.header(0, 1).put(uint64_t{1} << 40)),
              HasSubstr("1099511627776 bytes, needs at most 65535"));
  EXPECT_EQ(wrong(type.header(0, 1).text("k").put(uint32_t{13})),
            "value of \"k\": type code 13, needs one from 0 to 12");
  array.header(0, 1).text("k").put(Type::Array).put(Type::U32);
  EXPECT_EQ(wrong(array.put(uint64_t{1} << 60)),
            "value of \"k\": array of 1152921504606846976 elements, the file "
            "has 0 more bytes");
  texts.header(0, 1).text("k").put(Type::Array).put(Type::Text);
  texts.put(uint64_t{2}).text("12345678").put(uint64_t{9});
  EXPECT_THAT(wrong(texts), HasSubstr("text at byte"));
  nested.header(0, 1).text("k").put(Type::Array).put(Type::Array);
  EXPECT_EQ(wrong(nested.put(uint64_t{1})),
            "value of \"k\": an array of arrays is not supported");
  EXPECT_EQ(wrong(twice.header(0, 2).pair("k", "").pair("k", "")),
            "key \"k\" comes twice");
}

TEST_F(GgufFileTest, AnImpossibleTensorIsRefused) {
  EXPECT_EQ(wrong(oneTensor(99)), "tensor \"t\": type code 99 is not known");
  EXPECT_EQ(wrong(oneTensor(kQ4_0, {33, 2})),
            "tensor \"t\": rows of 33 elements, Q4_0 needs a multiple of 32");
  EXPECT_EQ(wrong(oneTensor(kQ4_0, {32, 2, 1, 1, 1})),
            "tensor \"t\": rank 5, needs at most 4");
  EXPECT_THAT(wrong(oneTensor(kQ4_0, {32, 0})),
              HasSubstr("shape [0, 32], needs sizes of 1 and more"));
  EXPECT_THAT(wrong(oneTensor(kF32, {uint64_t{1} << 40, uint64_t{1} << 40})),
              HasSubstr("whose product fits 63 bits"));
  EXPECT_THAT(wrong(oneTensor(kF32, {uint64_t{1} << 62})),
              HasSubstr("is too large"));
  EXPECT_EQ(wrong(oneTensor(kQ4_0, {32, 2}, 16)),
            "tensor \"t\": offset 16, needs a multiple of 32");
  EXPECT_EQ(wrong(oneTensor(kQ4_0, {32, 3})),
            "tensor \"t\": 54 bytes at offset 0, the file has 36 bytes of "
            "data");
  EXPECT_EQ(wrong(oneTensor(kQ4_0, {32, 2}, uint64_t{1} << 63)),
            "tensor \"t\": 36 bytes at offset 9223372036854775808, the file "
            "has 36 bytes of data");
}

TEST_F(GgufFileTest, TensorsThatMeetAreRefused) {
  GgufBytes twice, overlap;
  twice.header(2, 0).tensor("t", {8}, kF32, 0).tensor("t", {8}, kF32, 32);
  EXPECT_EQ(wrong(twice.alignTo(32).zeros(64)), "tensor \"t\" comes twice");
  overlap.header(2, 0).tensor("t", {16}, kF32, 0).tensor("u", {8}, kF32, 32);
  EXPECT_EQ(wrong(overlap.alignTo(32).zeros(64)),
            "tensor \"u\" overlaps \"t\"");
}

TEST_F(GgufFileTest, AnAlignmentThatIsNoneIsRefused) {
  for (uint32_t alignment : {0u, 48u, 1u << 21}) {
    GgufBytes bytes;
    bytes.header(0, 1).pair("general.alignment", Type::U32, alignment);
    EXPECT_THAT(wrong(bytes), HasSubstr("needs a power of two"));
  }
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

GgufBytes part(uint16_t number, const char *tensor, int32_t all = 2) {
  GgufBytes bytes;
  bytes.header(1, 3)
      .pair("split.no", Type::U16, number)
      .pair("split.count", Type::U16, uint16_t{2})
      .pair("split.tensors.count", Type::I32, all)
      .tensor(tensor, {8}, kF32, 0);
  return bytes.alignTo(32).zeros(32);
}

class GgufPartsTest : public testing::Test {
protected:
  std::string write(int number, const GgufBytes &bytes) {
    return folder_.write("m-0000" + std::to_string(number) + "-of-00002.gguf",
                         bytes.bytes());
  }
  std::string wrong(const std::string &path) {
    auto file = GgufFile::open(path);
    return file ? "nothing" : file.error().message();
  }
  TempFolder folder_;
};

TEST_F(GgufPartsTest, TheFirstPartOpensAll) {
  std::string first = write(1, part(0, "a"));
  write(2, part(1, "b"));
  auto file = GgufFile::open(first);
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->tensors().size(), 2u);
}

TEST_F(GgufPartsTest, AMissingPartIsNamed) {
  EXPECT_THAT(wrong(write(1, part(0, "a"))),
              HasSubstr("m-00002-of-00002.gguf: open: No such file"));
}

TEST_F(GgufPartsTest, PartsThatDoNotBelongTogetherAreRefused) {
  std::string first = write(1, part(0, "a")), second = write(2, part(0, "b"));
  EXPECT_THAT(wrong(first), HasSubstr("split.no must be 1"));
  write(2, part(1, "a"));
  EXPECT_THAT(wrong(first), HasSubstr("tensor \"a\" is in another part too"));
  write(2, part(1, "b"));
  EXPECT_THAT(wrong(second), HasSubstr("is part 2 of 2, needs the first"));
  write(1, part(0, "a", /*all=*/3));
  EXPECT_THAT(wrong(first),
              HasSubstr("have 2 tensors, split.tensors.count says 3"));
  EXPECT_THAT(wrong(folder_.write("m.gguf", part(0, "a").bytes())),
              HasSubstr("its name must end in -00001-of-00002.gguf"));
}

} // namespace
} // namespace g4
