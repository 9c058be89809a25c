#include "runtime/exec/HostLogits.h"

#include "runtime/artifact/ProgramLimits.h"
#include "runtime/sample/Sampler.h"

#include "gtest/gtest.h"

#include <cstring>
#include <deque>
#include <limits>

namespace g4rt {
namespace {

constexpr int64_t kVocab = 6, kCount = 3;

/// A device whose memory the host cannot read; addresses are offsets.
class RemoteDevice : public Device {
public:
  std::vector<std::byte> memory_ = std::vector<std::byte>(4096);
  int64_t numBytesCopied = 0, numJointCopies = 0, numBytesNotPinned = 0;
  uint64_t numBytesPinned = 0;
  Status failure;

  template <typename T>
  void put(uint64_t at, std::vector<T> content) {
    std::memcpy(&memory_[at], content.data(), content.size() * sizeof(T));
  }

  std::string_view name() const override { return "remote"; }
  artifact::DeviceKind kind() const override {
    return artifact::DeviceKind::cuda;
  }
  bool hasFeature(std::string_view) const override { return false; }
  std::string targetName() const override { return "none"; }
  Result<DeviceMemory> memory() override { return DeviceMemory{}; }
  Result<DeviceAddress> allocate(uint64_t) override { return DeviceAddress{}; }
  Result<DeviceAddress> adopt(std::span<const std::byte>) override {
    return DeviceAddress{};
  }
  Result<std::unique_ptr<KernelModule>>
  loadCode(const artifact::CodeObject &, std::span<const std::byte>) override {
    return Status(StatusCode::Unimplemented, "no code");
  }
  Status copyIn(DeviceAddress, std::span<const std::byte>) override {
    return Status();
  }
  Status copy(DeviceAddress, DeviceAddress, uint64_t) override {
    return Status();
  }
  Status clear(DeviceAddress, uint64_t) override { return Status(); }
  Status launch(const KernelCall &) override { return Status(); }
  Status synchronize() override { return Status(); }
  Status copyOut(std::span<std::byte> to, DeviceAddress from) override {
    G4RT_TRY(Status(failure));
    numBytesCopied += to.size();
    std::memcpy(to.data(), &memory_[static_cast<uint64_t>(from)], to.size());
    return Status();
  }
  Status copyOutAll(std::span<const HostCopy> copies) override {
    ++numJointCopies;
    for (const HostCopy &copy : copies) {
      numBytesNotPinned += isPinned(copy.to) ? 0 : copy.to.size();
      G4RT_TRY(copyOut(copy.to, copy.from));
    }
    return Status();
  }
  const std::byte *hostPointer(DeviceAddress) const override { return nullptr; }
  Result<std::span<std::byte>> allocateHost(uint64_t bytes) override {
    numBytesPinned += bytes;
    return std::span(pinned_.emplace_back(bytes));
  }
  Result<double> launchTimed(const KernelCall &) override { return 0.0; }

private:
  bool isPinned(std::span<const std::byte> bytes) const {
    for (const auto &part : pinned_)
      if (bytes.data() >= part.data() &&
          bytes.data() + bytes.size() <= part.data() + part.size())
        return true;
    return false;
  }
  std::deque<std::vector<std::byte>> pinned_;
};

/// A program with logits at 0, candidates' values at 1024 and ids at 2048.
class HostLogitsTest : public testing::Test {
protected:
  explicit HostLogitsTest(bool hasCandidates = true) {
    limits_.vocabSize = kVocab;
    limits_.numSlots = 2;
    limits_.maxStepOutputs = 8;
    artifact::Extent outputs(artifact::StepDim::outputs, 1, 1, 0);
    auto buffer = [&](const char *name, artifact::DType dtype, uint64_t cols,
                      uint32_t storage) {
      return artifact::CreateBuffer(builder_, builder_.CreateString(name),
                                    dtype, &outputs, cols, storage);
    };
    std::vector<flatbuffers::Offset<artifact::Buffer>> buffers = {
        buffer("logits", artifact::DType::f32, kVocab, 0),
        buffer("values", artifact::DType::f32, kCount, 1),
        buffer("ids", artifact::DType::i32, kCount, 2)};
    artifact::Candidates candidates(1, 2);
    builder_.Finish(artifact::CreateProgram(
        builder_, builder_.CreateVector(buffers), 3,
        builder_.CreateVector<flatbuffers::Offset<artifact::Cache>>({}),
        builder_.CreateVector<flatbuffers::Offset<artifact::Bucket>>({}), 0,
        hasCandidates ? &candidates : nullptr));
    const auto *program =
        flatbuffers::GetRoot<artifact::Program>(builder_.GetBufferPointer());
    logits_.emplace(device_, *program, limits_, storages_);
    EXPECT_TRUE(logits_->allocate().ok());
    device_.put<float>(0, {1, 9, 3, 8, 5, 7, 10, 20, 60, 40, 50, 30});
    device_.put<float>(1024, {9, 8, 7, 60, 50, 40});
    device_.put<int32_t>(2048, {1, 3, 5, 2, 4, 3});
  }

  /// The most likely token of a row, and the bytes that this took.
  std::pair<int32_t, int64_t> greedy(const LogitSource &source) {
    int64_t before = device_.numBytesCopied;
    Generator generator(1);
    auto sample = sampler_.sample(source, {.temperature = 0}, {}, generator);
    EXPECT_TRUE(sample);
    return {sample ? sample->token.id : -1, device_.numBytesCopied - before};
  }

  flatbuffers::FlatBufferBuilder builder_;
  RemoteDevice device_;
  ExecutorLimits limits_;
  std::vector<DeviceAddress> storages_ = {DeviceAddress{0}, DeviceAddress{1024},
                                          DeviceAddress{2048}};
  std::optional<HostLogits> logits_;
  Sampler sampler_;
};

TEST_F(HostLogitsTest, AllBringsEveryRow) {
  auto all = logits_->all(2);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 12u);
  EXPECT_EQ((*all)[11], 30);
}

TEST_F(HostLogitsTest, OnlyOneWholeRowIsPinnedBesideCandidates) {
  // Value and id of 3 candidates of 8 rows at most.
  EXPECT_EQ(device_.numBytesPinned, kVocab * sizeof(float) + 8 * kCount * 8);
}

TEST_F(HostLogitsTest, MoreRowsThanSlotsHaveRoom) {
  auto all = logits_->all(5);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), size_t{5 * kVocab});
}

TEST_F(HostLogitsTest, CandidatesGiveATokenWithoutTheRow) {
  auto sources = logits_->candidates(2);
  ASSERT_TRUE(sources);
  ASSERT_EQ(sources->size(), 2u);
  EXPECT_EQ(greedy((*sources)[0]), std::pair(1, int64_t{0}));
  EXPECT_EQ(greedy((*sources)[1]), std::pair(2, int64_t{0}));
}

TEST_F(HostLogitsTest, CandidatesComeInOneJointCopyToPinnedMemory) {
  ASSERT_TRUE(logits_->candidates(2));
  EXPECT_EQ(device_.numJointCopies, 1);
  EXPECT_EQ(device_.numBytesCopied, 2 * kCount * 8);
  EXPECT_EQ(device_.numBytesNotPinned, 0);
}

TEST_F(HostLogitsTest, ARequestThatNeedsTheRowGetsItsOwn) {
  auto sources = logits_->candidates(2);
  auto row = (*sources)[1].all();
  ASSERT_TRUE(row);
  EXPECT_EQ(std::vector<float>(row->begin(), row->end()),
            (std::vector<float>{10, 20, 60, 40, 50, 30}));
}

TEST_F(HostLogitsTest, CandidatesThatAreNoTokensAreNotBelieved) {
  device_.put<int32_t>(2048, {int32_t{kVocab}, 3, 5, -1, 4, 3});
  auto sources = logits_->candidates(2);
  int64_t rowBytes = kVocab * sizeof(float);
  EXPECT_EQ(greedy((*sources)[0]), std::pair(1, rowBytes));
  EXPECT_EQ(greedy((*sources)[1]), std::pair(2, rowBytes));
}

TEST_F(HostLogitsTest, PaddingOfAKernelIsNoCandidate) {
  constexpr float kNone = kNoLogit;
  device_.put<float>(1024, {kNone, kNone, kNone, 60, kNone, kNone});
  auto sources = logits_->candidates(2);
  int64_t rowBytes = kVocab * sizeof(float);
  EXPECT_EQ(greedy((*sources)[0]), std::pair(1, rowBytes));
  EXPECT_EQ(greedy((*sources)[1]), std::pair(2, int64_t{0}));
}

TEST_F(HostLogitsTest, ALogitThatIsNotFiniteIsTheRowsError) {
  device_.put<float>(0, {1, std::numeric_limits<float>::quiet_NaN(), 3});
  device_.put<float>(1024, {std::numeric_limits<float>::infinity(), 8, 7});
  auto sources = logits_->candidates(1);
  Generator generator(1);
  auto sample =
      sampler_.sample((*sources)[0], {.temperature = 0}, {}, generator);
  ASSERT_FALSE(sample);
  EXPECT_EQ(sample.error().message(), "numerical_error: logit 1 is nan");
}

TEST_F(HostLogitsTest, ALostDeviceIsTheStepsError) {
  device_.failure = Status(StatusCode::Unavailable, "cuMemcpyDtoHAsync: lost");
  EXPECT_FALSE(logits_->all(1));
  EXPECT_FALSE(logits_->candidates(1));
}

class WholeLogitsTest : public HostLogitsTest {
protected:
  WholeLogitsTest() : HostLogitsTest(/*hasCandidates=*/false) {}
};

TEST_F(WholeLogitsTest, ARowForEachSlotIsPinned) {
  EXPECT_FALSE(logits_->hasCandidates());
  EXPECT_EQ(device_.numBytesPinned, 2 * kVocab * sizeof(float));
  auto all = logits_->all(2);
  ASSERT_TRUE(all);
  EXPECT_EQ((*all)[11], 30);
}

} // namespace
} // namespace g4rt
