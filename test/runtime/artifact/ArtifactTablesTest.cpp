#include "runtime/artifact/ArtifactTables.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::HasSubstr;

class ArtifactTablesTest : public testing::Test {
protected:
  Result<ArtifactTables> read() {
    G4RT_ASSIGN(OpenFile file, OpenFile::open(path_));
    return ArtifactTables::read(file);
  }

  ToyModel model_;
  TempFolder folder_;
  std::string path_ = folder_.write("m.g4", model_.file());
};

TEST_F(ArtifactTablesTest, NeedTheFileNoMoreOnceTheyAreRead) {
  auto tables = read();
  ASSERT_TRUE(tables) << tables.error().message();
  std::string digest = tables->digest();
  std::filesystem::resize_file(path_, 0); // no page of a mapping would be left
  ArtifactTables moved = *std::move(tables);
  EXPECT_EQ(moved.root().model()->name()->str(), "toy");
  EXPECT_EQ(moved.root().variants()->Get(0)->program()->buckets()->size(), 2u);
  EXPECT_EQ(moved.digest(), digest);
  EXPECT_EQ(moved.sizeBytes(), model_.file().size());
}

TEST_F(ArtifactTablesTest, AFileThatWasCutSinceItWasOpenedIsDamaged) {
  auto file = OpenFile::open(path_);
  ASSERT_TRUE(file);
  for (uint64_t size : {model_.file().size() - 1, uint64_t{130}, uint64_t{5}}) {
    std::filesystem::resize_file(path_, size);
    auto tables = ArtifactTables::read(*file);
    ASSERT_FALSE(tables) << size;
    EXPECT_EQ(tables.error().code(), StatusCode::DataLoss);
    EXPECT_THAT(tables.error().message(), HasSubstr("the file ends"));
  }
}

TEST_F(ArtifactTablesTest, AnEmptyFileIsNoArtifact) {
  folder_.write("m.g4", "");
  EXPECT_THAT(read().error().message(), HasSubstr("not a .g4 artifact"));
}

} // namespace
} // namespace g4rt
