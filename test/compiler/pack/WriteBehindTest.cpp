#include "compiler/pack/WriteBehind.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace g4 {
namespace {

using g4rt::Status;
using g4rt::StatusCode;

TEST(WriteBehindTest, JobsRunInTheirOrder) {
  std::vector<int> done;
  WriteBehind writer;
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(writer
                    .post([&done, i] {
                      done.push_back(i);
                      return Status();
                    })
                    .ok());
  EXPECT_TRUE(writer.finish().ok());
  ASSERT_EQ(done.size(), 100u);
  EXPECT_TRUE(std::ranges::is_sorted(done));
}

TEST(WriteBehindTest, AfterAnErrorNothingRuns) {
  bool ran = false;
  WriteBehind writer;
  EXPECT_TRUE(
      writer.post([] { return Status(StatusCode::ResourceExhausted, "full"); })
          .ok());
  EXPECT_EQ(writer.finish().message(), "full");
  EXPECT_EQ(writer
                .post([&] {
                  ran = true;
                  return Status();
                })
                .message(),
            "full");
  EXPECT_EQ(writer.finish().message(), "full");
  EXPECT_FALSE(ran);
}

TEST(WriteBehindTest, OnesThatWaitAreFewAndMayBeGivenUp) {
  int numRuns = 0;
  std::promise<void> gate;
  std::future<void> opened = gate.get_future();
  std::future<Status> third;
  {
    WriteBehind writer;
    auto post = [&] {
      return writer.post([&] {
        ++numRuns;
        return Status();
      });
    };
    EXPECT_TRUE(writer
                    .post([&] {
                      opened.wait();
                      return Status();
                    })
                    .ok());
    EXPECT_TRUE(post().ok());
    EXPECT_TRUE(post().ok());
    // It waits until the first job, which waits for the gate, has run.
    third = std::async(std::launch::async, post);
    EXPECT_EQ(numRuns, 0);
    gate.set_value();
    EXPECT_TRUE(third.get().ok());
  }
  EXPECT_GE(numRuns, 1);
  EXPECT_LE(numRuns, 3);
}

} // namespace
} // namespace g4
