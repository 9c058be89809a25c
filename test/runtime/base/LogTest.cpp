#include "runtime/base/Log.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(LogTest, IsOneLineOfFields) {
  EXPECT_EQ(formatLogLine(LogLevel::Info, "engine", "ready",
                          {{"model", "tiny"}, {"seconds", "0.04"}}),
            "info engine ready model=tiny seconds=0.04");
}

TEST(LogTest, EscapesWhatWouldBreakTheLine) {
  EXPECT_EQ(formatLogLine(LogLevel::Error, "http", "bad",
                          {{"path", "/a\n\x1b[2J \"q\""}, {"empty", ""}}),
            "error http bad path=\"/a\\n\\x1b[2J \\\"q\\\"\" empty=\"\"");
}

} // namespace
} // namespace g4rt
