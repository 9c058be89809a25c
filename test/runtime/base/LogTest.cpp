#include "runtime/base/Json.h"
#include "runtime/base/LogFormat.h"

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

TEST(LogTest, AJsonLineIsOneObjectWithItsTime) {
  auto time = std::chrono::system_clock::time_point(
      std::chrono::milliseconds(1'793'437'500'250));
  EXPECT_EQ(
      formatJsonLogLine(time, LogLevel::Info, "engine", "ready",
                        {{"model", "tiny"}, {"pid", "7"}}),
      R"({"time":"2026-10-31T09:05:00.250Z","level":"info",)"
      R"("component":"engine","event":"ready","model":"tiny","pid":"7"})");
}

TEST(LogTest, WhatIsNoTextStaysOneLineOfJson) {
  std::string line = formatJsonLogLine({}, LogLevel::Error, "http", "bad",
                                       {{"path", "/a\n\xff\x1b[2J \"q\""}});
  EXPECT_EQ(line.find('\n'), line.npos);
  auto value = parseJson(line);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->at("path"), "/a\\n\\xff\\x1b[2J \"q\"");
}

} // namespace
} // namespace g4rt
