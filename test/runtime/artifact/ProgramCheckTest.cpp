// checkProgram through checkArtifact: what a program may not say.

#include "runtime/artifact/ArtifactCheck.h"
#include "runtime/artifact/ArtifactHead.h"
#include "runtime/artifact/ProgramLimits.h"

#include <gmock/gmock.h>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::HasSubstr;
using testing::Not;

class ProgramCheckTest : public testing::Test {
protected:
  std::string complaint() { return model_.complaint(); }

  artifact::BufferT &buffer(size_t i) { return *program_.buffers[i]; }
  artifact::CacheT &cache(size_t i) { return *program_.caches[i]; }
  artifact::BucketT &bucket(size_t i) { return *program_.buckets[i]; }
  artifact::LaunchT &launch(size_t i) { return *bucket(0).launches[i]; }
  artifact::Extent extent(uint32_t mul, uint32_t div, uint32_t add) {
    return artifact::Extent(artifact::StepDim::tokens, mul, div, add);
  }

  ToyModel model_;
  artifact::ProgramT &program_ = model_.program();
};

TEST_F(ProgramCheckTest, AcceptsWhatIsInOrder) { EXPECT_EQ(complaint(), ""); }

//===----------------------------------------------------------------------===//
// Buffers and caches
//===----------------------------------------------------------------------===//

TEST_F(ProgramCheckTest, RefusesExtentsOutOfRange) {
  artifact::Extent unknown(static_cast<artifact::StepDim>(5), 1, 1, 0);
  for (artifact::Extent rows :
       {extent(1, 0, 0), extent(1u << 31, 1, 0), extent(1, 1u << 31, 0),
        extent(1, 1, 1u << 31), unknown}) {
    *buffer(0).rows = rows;
    EXPECT_THAT(complaint(), HasSubstr("buffer x: out of range"));
  }
}

TEST_F(ProgramCheckTest, RefusesBuffersWithoutOrWithTooManyColumns) {
  for (uint64_t cols : {uint64_t{0}, uint64_t{1} << 40}) {
    buffer(0).cols = cols;
    EXPECT_THAT(complaint(), HasSubstr("buffer x: out of range")) << cols;
  }
}

TEST_F(ProgramCheckTest, RefusesAStorageThatDoesNotExist) {
  buffer(1).storage = 3;
  EXPECT_THAT(complaint(), HasSubstr("buffer y: out of range"));
}

TEST_F(ProgramCheckTest, RefusesAPersistentBufferThatSharesItsStorage) {
  buffer(1).persistent = true;
  EXPECT_EQ(complaint(), "");
  buffer(0).storage = buffer(1).storage;
  EXPECT_THAT(complaint(), HasSubstr("buffer y: persistent"));
}

TEST_F(ProgramCheckTest, RefusesMoreStoragesThanBuffers) {
  program_.num_storages = 1u << 31;
  EXPECT_THAT(complaint(), HasSubstr("more storages than buffers"));
}

TEST_F(ProgramCheckTest, RefusesLogitsThatDoNotExist) {
  program_.logits = 4;
  EXPECT_THAT(complaint(), HasSubstr("logits"));
}

TEST_F(ProgramCheckTest, RefusesLogitsThatAreNotOneNumberForEachToken) {
  using Change = void (*)(artifact::BufferT &);
  for (Change change : std::initializer_list<Change>{
           [](auto &b) { b.dtype = artifact::DType::bf16; },
           [](auto &b) { b.cols = kToyVocab - 1; },
           [](auto &b) { b.cols = kToyVocab + 1; },
           [](auto &b) {
             *b.rows = artifact::Extent(artifact::StepDim::one, 1, 1, 0);
           },
           [](auto &b) {
             *b.rows = artifact::Extent(artifact::StepDim::outputs, 1, 2, 0);
           }}) {
    ToyModel fresh;
    model_.tables = std::move(fresh.tables);
    change(*model_.program().buffers[3]);
    EXPECT_THAT(complaint(), HasSubstr("not f32 [outputs, 16]"));
  }
}

TEST_F(ProgramCheckTest, RefusesCachesOutOfRange) {
  using Change = void (*)(artifact::CacheT &);
  for (Change change : std::initializer_list<Change>{
           [](auto &c) { c.page_size = 0; },
           [](auto &c) { c.page_size = 1u << 20; },
           [](auto &c) { c.head_dim = 0; },
           [](auto &c) { c.head_dim = 1u << 20; },
           [](auto &c) { c.num_kv_heads = 0; },
           [](auto &c) { c.num_kv_heads = 1u << 20; },
           [](auto &c) { c.window = 5; },
           [](auto &c) { c.kind = static_cast<artifact::CacheKind>(2); },
           [](auto &c) { c.dtype = static_cast<artifact::DType>(3); }}) {
    ToyModel fresh;
    model_.tables = std::move(fresh.tables);
    change(*model_.program().caches[0]);
    EXPECT_THAT(complaint(), HasSubstr("cache all: out of range"));
  }
}

TEST_F(ProgramCheckTest, RefusesCachesWithPagesOfDifferentSizes) {
  cache(1).page_size = 8;
  EXPECT_THAT(complaint(), HasSubstr("cache window: all caches need one"));
}

//===----------------------------------------------------------------------===//
// Buckets
//===----------------------------------------------------------------------===//

TEST_F(ProgramCheckTest, RefusesBucketsOutOfOrder) {
  std::swap(program_.buckets[0], program_.buckets[1]);
  EXPECT_THAT(complaint(), HasSubstr("max_tokens must rise"));
}

TEST_F(ProgramCheckTest, RefusesTilesOfNoRows) {
  bucket(0).query_tile = 0;
  EXPECT_THAT(complaint(), HasSubstr("bucket of 1 tokens: query_tile"));
}

TEST_F(ProgramCheckTest, RefusesTapsOfWhatDoesNotExist) {
  bucket(0).taps[0]->launch = 99;
  EXPECT_THAT(complaint(), HasSubstr("tap values"));
  bucket(0).taps[0]->launch = 0;
  bucket(0).taps[0]->buffer = 99;
  EXPECT_THAT(complaint(), HasSubstr("tap values"));
}

TEST_F(ProgramCheckTest, RefusesALaunchOfNoKernel) {
  launch(0).kernel = kToyNothing + 1;
  EXPECT_THAT(complaint(), HasSubstr("launch embed: no kernel 9"));
}

TEST_F(ProgramCheckTest, RefusesAGridOutOfRange) {
  *launch(0).grid_y = extent(1, 0, 0);
  EXPECT_THAT(complaint(), HasSubstr("launch embed: its grid"));
}

TEST_F(ProgramCheckTest, RefusesAnotherNumberOfArguments) {
  launch(0).args.pop_back();
  EXPECT_THAT(complaint(), HasSubstr("2 arguments, toyEmbed takes 3"));
}

TEST_F(ProgramCheckTest, RefusesMoreArgumentsThanACallHolds) {
  artifact::Arg arg = launch(0).args[0];
  launch(0).args.assign(kMaxLaunchArgs + 1, arg);
  model_.code().kernels[0]->params.assign(kMaxLaunchArgs + 1, arg.kind());
  EXPECT_THAT(complaint(), HasSubstr("more than 64 arguments"));
}

TEST_F(ProgramCheckTest, RefusesAnArgumentOfAnotherKind) {
  std::swap(launch(0).args[0], launch(0).args[1]);
  EXPECT_THAT(complaint(), HasSubstr("argument 0 is not what toyEmbed takes"));
}

TEST_F(ProgramCheckTest, RefusesArgumentsThatNameNothing) {
  using artifact::ArgKind;
  struct Case {
    ArgKind kind;
    uint32_t firstWrong;
  };
  for (Case c :
       {Case{ArgKind::weight, 1}, Case{ArgKind::buffer, 4},
        Case{ArgKind::input, 7}, Case{ArgKind::cache_keys, 2},
        Case{ArgKind::cache_values, 2}, Case{ArgKind::dim, 5},
        Case{ArgKind::page_table, 2}, Case{ArgKind::page_table_width, 2},
        Case{ArgKind::dim_address, 5}, Case{static_cast<ArgKind>(10), 0}}) {
    model_.code().kernels[0]->params[0] = c.kind;
    for (auto &bucket : program_.buckets)
      bucket->launches[0]->args[0] = artifact::Arg(c.kind, 0);
    launch(0).args[0] = artifact::Arg(c.kind, c.firstWrong);
    EXPECT_THAT(complaint(), HasSubstr("argument 0 is not"))
        << static_cast<int>(c.kind);
    if (c.firstWrong == 0)
      continue;
    launch(0).args[0] = artifact::Arg(c.kind, c.firstWrong - 1);
    EXPECT_THAT(complaint(), Not(HasSubstr("argument 0 is not")))
        << static_cast<int>(c.kind);
  }
}

TEST_F(ProgramCheckTest, TakesTheNumberOfActiveItemsAsLastArgumentOnly) {
  using artifact::ArgKind;
  artifact::Arg active(ArgKind::active_items, 0);
  auto setParam = [&](size_t index) {
    model_.code().kernels[0]->params[index] = ArgKind::active_items;
    for (auto &bucket : program_.buckets)
      bucket->launches[0]->args[index] = active;
  };
  setParam(launch(0).args.size() - 1);
  model_.describeUses();
  EXPECT_EQ(complaint(), "");
  launch(0).args.back() = artifact::Arg(ArgKind::active_items, 1);
  EXPECT_THAT(complaint(), HasSubstr("is not what toyEmbed takes"));
  launch(0).args.back() = active;
  setParam(0);
  EXPECT_THAT(complaint(), HasSubstr("argument 0: active_items is not the"));
}

} // namespace
} // namespace g4rt
