#include "runtime/base/Json.h"
#include "runtime/base/LogFormat.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

std::string readFile(const std::string &path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

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

void useLogFiles() {
  TempFolder folder;
  std::string path = folder.path("log"), old = folder.path("log.1");
  EXPECT_EQ(setLogFile(folder.path("no/log")).toString(),
            "InvalidArgument: opening the log file " + folder.path("no/log") +
                ": No such file or directory");
  EXPECT_EQ(logDescriptor(), STDERR_FILENO);
  ASSERT_TRUE(setLogFile(path).ok());
  logEvent(LogLevel::Info, "a", "first");
  std::filesystem::rename(path, old);
  logEvent(LogLevel::Info, "a", "second");
  ASSERT_TRUE(reopenLogFile().ok());
  logEvent(LogLevel::Info, "a", "third");
  EXPECT_EQ(readFile(old), "info a first\ninfo a second\n");
  EXPECT_EQ(readFile(path), "info a third\n");
  std::filesystem::rename(path, old);
  std::filesystem::create_directory(path);
  EXPECT_EQ(reopenLogFile().toString(),
            "InvalidArgument: opening the log file " + path +
                ": Is a directory");
  logEvent(LogLevel::Info, "a", "fourth");
  EXPECT_EQ(readFile(old), "info a third\ninfo a fourth\n");
}

// In a process of its own: it changes where lines go.
TEST(LogDeathTest, LinesGoToTheFileOfThatNameAfterEachOpening) {
  auto inProcess = [] {
    useLogFiles();
    ::_exit(testing::Test::HasFailure());
  };
  EXPECT_EXIT(inProcess(), testing::ExitedWithCode(0), "");
}

} // namespace
} // namespace g4rt
