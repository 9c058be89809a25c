// Each case ends a process: death tests.

#include "runtime/base/LostFile.h"

#include "runtime/base/MappedFile.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <numeric>

#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

class LostFileTest : public testing::Test {
protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "the sanitizer has the signal";
#elif __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    GTEST_SKIP() << "the sanitizer has the signal";
#endif
  }
  static uint8_t sum(std::span<const std::byte> bytes) {
    return std::accumulate(
        bytes.begin(), bytes.end(), uint8_t(0),
        [](uint8_t a, std::byte b) { return a + static_cast<uint8_t>(b); });
  }

  TempFolder folder_;
  std::string path_ = folder_.write("weights", std::string(8192, 'x'));
};

TEST_F(LostFileTest, APageThatWasCutEndsTheProcessWithTheNameOfTheFile) {
  EXPECT_EXIT(
      {
        endOnLostFile("prog: ", 3);
        auto file = MappedFile::open(path_);
        std::filesystem::resize_file(path_, 100);
        volatile uint8_t value = sum(file->bytes().subspan(4096));
        (void)value;
      },
      testing::ExitedWithCode(3),
      "prog: .*weights: byte 4096 cannot be read: the file was cut");
}

TEST_F(LostFileTest, AnotherBadAddressIsASignalAsBefore) {
  EXPECT_EXIT(
      {
        std::signal(SIGSEGV, SIG_DFL); // gtest has none, sanitizers do
        endOnLostFile("prog: ", 3);
        auto file = MappedFile::open(path_);
        *reinterpret_cast<volatile int *>(16) = 1;
      },
      testing::KilledBySignal(SIGSEGV), "");
}

TEST_F(LostFileTest, AMappingThatIsGoneIsForgotten) {
  EXPECT_EXIT(
      {
        endOnLostFile("prog: ", 3);
        const std::byte *at = MappedFile::open(path_)->bytes().data();
        volatile auto value = *const_cast<const volatile std::byte *>(at);
        (void)value;
      },
      testing::KilledBySignal(SIGSEGV), "");
}

TEST_F(LostFileTest, ACopyOutlivesTheFile) {
  auto opened = OpenFile::open(path_);
  auto copy = MappedFile::open(*std::move(opened), FileBytes::Copied);
  ASSERT_TRUE(copy);
  std::filesystem::resize_file(path_, 0);
  EXPECT_EQ(sum(copy->bytes()), uint8_t(8192 * 'x'));
  EXPECT_TRUE(copy->checkUnchanged().ok());
}

} // namespace
} // namespace g4rt
