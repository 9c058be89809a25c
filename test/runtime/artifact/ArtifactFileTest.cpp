#include "runtime/artifact/ArtifactFile.h"

#include "runtime/artifact/ArtifactHead.h"
#include "runtime/base/Checksum.h"

#include <gmock/gmock.h>

#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ArtifactFileTest : public testing::Test {
protected:
  Result<ArtifactFile> open(std::string_view bytes) {
    return ArtifactFile::open(folder_.write("m.g4", bytes));
  }
  StatusCode codeOf(std::string_view bytes) {
    Result<ArtifactFile> file = open(bytes);
    return file ? StatusCode::Ok : file.error().code();
  }

  TempFolder folder_;
  ToyModel model_;
};

TEST_F(ArtifactFileTest, GivesTheTablesAndTheBytesTheyName) {
  Result<ArtifactFile> file = open(model_.file());
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->root().model()->name()->str(), "toy");
  EXPECT_EQ(file->sizeBytes(), model_.file().size());
  auto bytes = file->bytesOf(*file->root().weights()->Get(0)->data());
  ASSERT_EQ(bytes.size(), 64u);
  EXPECT_EQ(reinterpret_cast<const float *>(bytes.data())[5], 16.0f);
}

TEST_F(ArtifactFileTest, KeepsItsTablesWhenMoved) {
  Result<ArtifactFile> file = open(model_.file());
  ASSERT_TRUE(file);
  ArtifactFile moved = *std::move(file);
  EXPECT_EQ(moved.root().model()->name()->str(), "toy");
}

TEST_F(ArtifactFileTest, RefusesEveryPrefix) {
  std::string bytes = model_.file();
  // Of the data a few, of the head and the metadata all.
  for (size_t size = 0; size < bytes.size();
       size += size < 256 || size + 4096 > bytes.size() ? 1 : 997)
    ASSERT_EQ(codeOf(std::string_view(bytes).substr(0, size)),
              StatusCode::DataLoss)
        << size << " of " << bytes.size();
}

TEST_F(ArtifactFileTest, RefusesBytesBehindItsEnd) {
  EXPECT_EQ(codeOf(model_.file() + '\0'), StatusCode::DataLoss);
}

TEST_F(ArtifactFileTest, SaysWhichFileAndWhatIsWrong) {
  Result<ArtifactFile> file = open("hello");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message(), StartsWith(folder_.path("m.g4")));
  EXPECT_THAT(file.error().message(), HasSubstr("not a .g4 artifact"));
}

TEST_F(ArtifactFileTest, DoesNotFindAFileThatIsNotThere) {
  Result<ArtifactFile> file = ArtifactFile::open(folder_.path("none.g4"));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), StatusCode::NotFound);
}

TEST_F(ArtifactFileTest, RefusesAFolder) {
  Result<ArtifactFile> file = ArtifactFile::open(folder_.path("."));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), StatusCode::InvalidArgument);
}

TEST_F(ArtifactFileTest, RefusesMetadataWithoutARequiredTable) {
  std::string bytes = model_.file();
  // The root table's offset, after the size prefix: past the end.
  size_t metadata = kHeadBytes + (model_.data.size() + 63) / 64 * 64;
  bytes[metadata + 7] = '\x7f';
  repairChecksums(bytes);
  Result<ArtifactFile> file = open(bytes);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message(), HasSubstr("not consistent"));
}

TEST_F(ArtifactFileTest, RefusesDamagedCode) {
  std::string bytes = model_.file();
  bytes[model_.code().data->offset() + 1000] ^= 1;
  Result<ArtifactFile> file = open(bytes);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), StatusCode::DataLoss);
  EXPECT_THAT(file.error().message(), HasSubstr("the code for toy"));
}

TEST_F(ArtifactFileTest, FindsADamagedWeight) {
  std::string bytes = model_.file();
  bytes[model_.weight().data->offset() + 3] ^= 1;
  Result<ArtifactFile> file = open(bytes);
  ASSERT_TRUE(file) << "weights are compared on demand";
  Status status = file->verifyData();
  EXPECT_EQ(status.code(), StatusCode::DataLoss);
  EXPECT_THAT(status.message(), HasSubstr("weight values"));
}

TEST_F(ArtifactFileTest, FindsNothingWrongWithAWholeFile) {
  Result<ArtifactFile> file = open(model_.file());
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->verifyData().ok());
}

TEST_F(ArtifactFileTest, TellsHowMuchWasCompared) {
  Result<ArtifactFile> file = open(model_.file());
  ASSERT_TRUE(file);
  uint64_t last = 0;
  EXPECT_TRUE(file->verifyData([&](uint64_t done, uint64_t total) {
                    EXPECT_GE(done, last);
                    EXPECT_LE(done, total);
                    last = done;
                  })
                  .ok());
  EXPECT_GT(last, 0u);
}

TEST_F(ArtifactFileTest, FindsEveryChangedByte) {
  std::string bytes = model_.file();
  const artifact::Span &code = *model_.code().data;
  for (size_t i = 0; i < bytes.size(); ++i) {
    // The code is long and all alike: some of it.
    if (i > code.offset() && i + 1 < code.offset() + code.size() && i % 23)
      continue;
    bytes[i] ^= 0x10;
    Result<ArtifactFile> file = open(bytes);
    Status status = file ? file->verifyData() : file.error();
    ASSERT_EQ(status.code(), StatusCode::DataLoss) << "byte " << i;
    bytes[i] ^= 0x10;
  }
}

//===----------------------------------------------------------------------===//
// At load
//===----------------------------------------------------------------------===//

TEST_F(ArtifactFileTest, VerifiesSmallFilesAtLoadUnlessToldNotTo) {
  std::string bytes = model_.file();
  bytes[model_.weight().data->offset()] ^= 1;
  Result<ArtifactFile> file = open(bytes);
  ASSERT_TRUE(file);
  EXPECT_EQ(verifyAtLoad(*file, DataVerification::UpToOneGiB).code(),
            StatusCode::DataLoss);
  EXPECT_EQ(verifyAtLoad(*file, DataVerification::Always).code(),
            StatusCode::DataLoss);
  EXPECT_TRUE(verifyAtLoad(*file, DataVerification::Never).ok());
}

TEST_F(ArtifactFileTest, VerifiesLargeFilesAtLoadOnlyWhenAsked) {
  // The metadata after a hole of 1 GiB, which takes no disk.
  std::string metadata = model_.metadata(), path = folder_.path("large.g4");
  ArtifactHead head{.fileSize = (uint64_t{1} << 30) + metadata.size(),
                    .metadataOffset = uint64_t{1} << 30,
                    .metadataSize = metadata.size(),
                    .metadataChecksum = checksum(bytesOf(metadata))};
  model_.data[0] ^= 1; // of the weight
  auto encoded = head.encode();
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char *>(encoded.data()), encoded.size());
  out << model_.data;
  out.seekp(static_cast<std::streamoff>(head.metadataOffset));
  out << metadata;
  out.close();
  Result<ArtifactFile> file = ArtifactFile::open(path);
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_TRUE(verifyAtLoad(*file, DataVerification::UpToOneGiB).ok());
  EXPECT_EQ(verifyAtLoad(*file, DataVerification::Always).code(),
            StatusCode::DataLoss);
}

TEST_F(ArtifactFileTest, HasADigestThatTellsContentsApart) {
  Result<ArtifactFile> file = open(model_.file());
  ASSERT_TRUE(file);
  std::string digest = file->digest();
  EXPECT_EQ(digest.size(), 16u);
  model_.tables.model->name = "other";
  Result<ArtifactFile> other = open(model_.file());
  ASSERT_TRUE(other);
  EXPECT_NE(other->digest(), digest);
}

} // namespace
} // namespace g4rt
