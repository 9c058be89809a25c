// A compiled model whose bytes were changed: cut, flipped, or changed in a way
// that all checksums are right again. open() refuses it or gives tables that
// can be used to the end; nothing crashes, hangs or reads outside of the file
// (the asan preset shows that).

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/artifact/ArtifactHead.h"
#include "runtime/base/Checksum.h"
#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/exec/ProgramExecutor.h"
#include "runtime/exec/VariantChoice.h"
#include "runtime/scheduler/FixedTables.h"
#include "runtime/text/template/ChatTemplate.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <random>
#include <unistd.h>

#include "test/support/ModelRunner.h"
#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

/// A copy of an artifact on disk that is changed in place, a few bytes at a
/// time.
class Victim {
public:
  explicit Victim(std::string bytes)
      : bytes_(std::move(bytes)), path_(folder_.write("m.g4", bytes_)),
        fd_(::open(path_.c_str(), O_RDWR | O_CLOEXEC)) {
    std::memcpy(&metadataOffset_, bytes_.data() + 24, 8);
  }
  ~Victim() { ::close(fd_); }

  size_t size() const { return bytes_.size(); }
  uint64_t metadataOffset() const { return metadataOffset_; }
  const std::string &path() const { return path_; }
  const std::string &bytes() const { return bytes_; }

  void cut(size_t size) { EXPECT_EQ(::ftruncate(fd_, size), 0); }
  void write(size_t at, std::string_view bytes) {
    EXPECT_EQ(::pwrite(fd_, bytes.data(), bytes.size(), at),
              ssize_t(bytes.size()));
  }
  /// As at first.
  void restore(size_t at, size_t size) {
    write(at, std::string_view(bytes_).substr(at, size));
  }
  Result<ArtifactFile> open() const { return ArtifactFile::open(path_); }

private:
  std::string bytes_;
  TempFolder folder_;
  std::string path_;
  int fd_;
  uint64_t metadataOffset_ = 0;
};

class CorruptionTest : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    if (std::string_view(GetParam()) == "toy") {
      victim_ = std::make_unique<Victim>(ToyModel().file());
      return;
    }
    std::string name = GetParam();
    size_t dot = name.find('.');
    std::string path = artifactPath(name.substr(0, dot), name.substr(dot + 1));
    std::string bytes = readWholeFile(path);
    if (bytes.empty())
      GTEST_SKIP() << "no " << path;
    victim_ = std::make_unique<Victim>(std::move(bytes));
  }

  void expectRefused(const std::string &what) {
    Result<ArtifactFile> file = victim_->open();
    ASSERT_FALSE(file) << what;
    ASSERT_EQ(file.error().code(), StatusCode::DataLoss) << what;
  }
  /// Flips a bit of byte `at` and expects that to be found.
  void expectFlipIsFound(size_t at) {
    char changed = victim_->bytes()[at] ^ char(1 << at % 8);
    victim_->write(at, {&changed, 1});
    Result<ArtifactFile> file = victim_->open();
    Status status = file ? file->verifyData() : file.error();
    victim_->restore(at, 1);
    ASSERT_EQ(status.code(), StatusCode::DataLoss) << "byte " << at;
  }
  void mutateMetadata(std::mt19937_64 &random, int count);

  std::unique_ptr<Victim> victim_;
};

TEST_P(CorruptionTest, EveryPrefixIsRefused) {
  std::mt19937_64 random(1);
  std::vector<size_t> sizes;
  for (size_t size = victim_->metadataOffset(); size < victim_->size();
       size += 1 + random() % 64)
    sizes.push_back(size);
  for (size_t i = 0; i < 500; ++i)
    sizes.push_back(random() % victim_->size());
  for (size_t size = 0; size <= 256; ++size)
    sizes.push_back(size);
  sizes.push_back(victim_->size() - 1);
  // Falling, so that each is a cut of the file before.
  std::sort(sizes.rbegin(), sizes.rend());
  for (size_t size : sizes) {
    victim_->cut(size);
    expectRefused(std::to_string(size) + " bytes");
    if (HasFatalFailure())
      return;
  }
}

TEST_P(CorruptionTest, EveryFlippedByteIsFound) {
  std::mt19937_64 random(2);
  for (size_t at = 0; at < kHeadBytes; ++at)
    ASSERT_NO_FATAL_FAILURE(expectFlipIsFound(at));
  for (int i = 0; i < 1000; ++i) {
    size_t size = victim_->size() - victim_->metadataOffset();
    ASSERT_NO_FATAL_FAILURE(
        expectFlipIsFound(victim_->metadataOffset() + random() % size));
    ASSERT_NO_FATAL_FAILURE(expectFlipIsFound(random() % victim_->size()));
  }
}

//===----------------------------------------------------------------------===//
// Changes that the checksums do not show
//===----------------------------------------------------------------------===//

/// Runs a prefill of two sequences, then a row of each.
void runSteps(ProgramExecutor &executor) {
  FixedTables tables(executor.limits());
  for (auto [first, last] : {std::pair(0, 3), {3, 4}}) {
    StepPlan plan;
    tables.useIn(plan);
    for (int32_t slot : {0, 1}) {
      for (int position = first; position < last; ++position)
        plan.addRow(position + slot, position, slot);
      plan.addOutput();
    }
    (void)executor.run(plan);
  }
}

/// Uses everything of an artifact, its code included: whatever the tables say,
/// launches stay within their memory.
void useToTheEnd(const ArtifactFile &file) {
  const artifact::Artifact &root = file.root();
  if (Result<Tokenizer> tokenizer = Tokenizer::create(*root.tokenizer()))
    (void)tokenizer->decode(
        tokenizer->encode("hello w\xc3\xb6rld <bos>\n", SpecialTokens::Match),
        SpecialIds::Show);
  if (root.chat_template())
    (void)ChatTemplate::create(*root.chat_template());
  auto device = createCpuDevice(1);
  for (const artifact::Variant *variant : *root.variants()) {
    Result<MemoryPlan> plan = planMemory(
        root, *variant->program(),
        {.maxSequences = 2, .maxModelLength = 64, .maxStepTokens = 8});
    if (!plan || plan->totalCacheBytes() + plan->totalStorageBytes() >= 1 << 28)
      continue;
    auto executor = ProgramExecutor::create(file, *variant, *device, *plan);
    if (executor && whyNot(*variant, *device).empty())
      runSteps(**executor);
  }
}

/// A number of 1, 2, 4 or 8 bytes that a reader may stumble over.
std::string anyNumber(std::mt19937_64 &random) {
  uint64_t numbers[] = {0,
                        1,
                        random() % 256,
                        random(),
                        ~uint64_t{0},
                        uint64_t{1} << random() % 64,
                        (uint64_t{1} << random() % 64) - 1,
                        ~uint64_t{0} - random() % 64};
  uint64_t number = numbers[random() % 8];
  return {reinterpret_cast<const char *>(&number), size_t{1} << random() % 4};
}

// That some files open is what makes this more than a test of open().
void CorruptionTest::mutateMetadata(std::mt19937_64 &random, int count) {
  int numOpened = 0;
  for (int i = 0; i < count; ++i) {
    std::string bytes = victim_->bytes();
    for (uint64_t n = 1 + random() % 4; n > 0; --n) {
      std::string number = anyNumber(random);
      uint64_t room =
          victim_->size() - victim_->metadataOffset() - number.size();
      uint64_t at = victim_->metadataOffset() + random() % room;
      // Most fields are aligned.
      if (random() % 4)
        at -= at % number.size();
      bytes.replace(at, number.size(), number);
    }
    repairChecksums(bytes);
    victim_->write(0, std::string_view(bytes).substr(0, kHeadBytes));
    victim_->write(victim_->metadataOffset(),
                   std::string_view(bytes).substr(victim_->metadataOffset()));
    Result<ArtifactFile> file = victim_->open();
    if (file) {
      ++numOpened;
      useToTheEnd(*file);
    } else {
      ASSERT_EQ(file.error().code(), StatusCode::DataLoss);
    }
  }
  EXPECT_GT(numOpened, count / 100);
  EXPECT_LT(numOpened, count);
}

TEST_P(CorruptionTest, ChangedTablesAreRefusedOrCanBeUsed) {
  std::mt19937_64 random(3);
  mutateMetadata(random, 1500);
}

TEST_P(CorruptionTest, ChangedHeadsAreRefused) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 2000; ++i) {
    std::string head = victim_->bytes().substr(0, kHeadBytes);
    std::string number = anyNumber(random);
    // The fields; what is after them has no meaning yet.
    size_t at = 8 + random() % (48 - 8) / number.size() * number.size();
    head.replace(at, number.size(), number);
    if (head == victim_->bytes().substr(0, kHeadBytes) || at / 2 == 5)
      continue; // the same, or the minor version, which is free
    uint64_t sum = checksum(bytesOf(head).first(120));
    std::memcpy(head.data() + 120, &sum, sizeof(sum));
    victim_->write(0, head);
    ASSERT_NO_FATAL_FAILURE(expectRefused("offset " + std::to_string(at)));
  }
}

/// "moe26b_int4" of "moe26b.int4".
std::string testName(const testing::TestParamInfo<const char *> &info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; },
      '_');
  return name;
}

// Those of GPUs, and with weights that the loader makes, among them.
INSTANTIATE_TEST_SUITE_P(Files, CorruptionTest,
                         testing::Values("toy", "moe26b.f32", "moe26b.int4",
                                         "tiny.q4", "ple_e2b.f32",
                                         "moe26b-emulated.int4",
                                         "odd.bf16.seed7"),
                         testName);

/// All bytes of the head and the metadata, one after the other.
class SlowCorruptionTest : public CorruptionTest {};

TEST_P(SlowCorruptionTest, EveryFlippedByteOfTheTablesIsFound) {
  for (size_t at = 0; at < kHeadBytes; ++at)
    ASSERT_NO_FATAL_FAILURE(expectFlipIsFound(at));
  for (size_t at = victim_->metadataOffset(); at < victim_->size(); ++at)
    ASSERT_NO_FATAL_FAILURE(expectFlipIsFound(at));
}

TEST_P(SlowCorruptionTest, ManyChangedTablesAreRefusedOrCanBeUsed) {
  std::mt19937_64 random(5);
  mutateMetadata(random, 20000);
}

INSTANTIATE_TEST_SUITE_P(Files, SlowCorruptionTest,
                         testing::Values("toy", "moe26b.f32"), testName);

} // namespace
} // namespace g4rt
