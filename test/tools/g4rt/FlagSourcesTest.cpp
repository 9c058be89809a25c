//===- FlagSourcesTest.cpp - Flags from a file and the environment --------===//

#include "tools/g4rt/FlagSources.h"

#include <gtest/gtest.h>

#include <map>

#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

using Words = std::vector<std::string>;

class FlagSourcesTest : public testing::Test {
protected:
  FlagSourcesTest() {
    app_.add_option("FILE,-m,--model", file_);
    app_.add_option("--max-num-seqs,--parallel", count_);
    app_.add_option("--port,-p", count_);
    app_.add_option("--api-key", keys_)->allow_extra_args(false);
    app_.add_flag("--strict", flag_);
    app_.add_option("--config", file_);
    app_.add_option("--engine-of", file_)->group("");
  }

  std::string config(const std::string &text) {
    return folder_.write("config.yaml", text);
  }
  Result<Words> gather(const Words &words) {
    return withOtherSources(words, app_, [this](const std::string &name) {
      auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt
                                         : std::optional(found->second);
    });
  }
  std::string wrong(const std::string &text) {
    auto words = gather({"m.g4", "--config", config(text)});
    return words ? "(none)" : std::string(words.error().message());
  }

  TempFolder folder_;
  CLI::App app_;
  std::string file_;
  int count_ = 0;
  Words keys_;
  bool flag_ = false;
  std::map<std::string, std::string> environment_;
};

TEST_F(FlagSourcesTest, AFileGivesWhatTheCommandLineDoesNot) {
  std::string path = config("max_num_seqs: 32\nport: 5\napi-key: [a, b]\n"
                            "strict: true\n");
  EXPECT_EQ(*gather({"m.g4", "--config", path, "--port=7"}),
            (Words{"m.g4", "--port=7", "--max-num-seqs=32", "--api-key=a",
                   "--api-key=b", "--strict=true"}));
  EXPECT_EQ(gather({"m.g4", "-p7", "--config=" + path})->at(1), "-p7");
}

TEST_F(FlagSourcesTest, TheEnvironmentGoesBeforeTheFile) {
  environment_ = {{"G4_PORT", "9"}, {"G4_PARALLEL", "3"}, {"G4_OTHER", "x"}};
  std::string path = config("port: 5\n");
  EXPECT_EQ(*gather({"m.g4", "--config", path}),
            (Words{"m.g4", "--max-num-seqs=3", "--port=9"}));
  EXPECT_EQ(*gather({"m.g4", "--port", "1", "--parallel=2"}),
            (Words{"m.g4", "--port", "1", "--parallel=2"}));
}

TEST_F(FlagSourcesTest, WhatKubernetesSetsForAServiceIsNoFlag) {
  environment_ = {{"G4_PORT", "tcp://10.0.0.1:80"}};
  EXPECT_EQ(*gather({"m.g4"}), Words{"m.g4"});
}

TEST_F(FlagSourcesTest, TheModelMayStandInTheFile) {
  std::string path = config("model: x.g4\n");
  EXPECT_EQ(*gather({"--config", path}), (Words{"--model=x.g4"}));
  EXPECT_EQ(*gather({"m.g4", "--config", path}), (Words{"m.g4"}));
  EXPECT_EQ(*gather({"-m", "y.g4", "--config", path}), (Words{"-m", "y.g4"}));
}

TEST_F(FlagSourcesTest, AWrongFileIsSaid) {
  EXPECT_EQ(wrong("prot: 5\n"), "--config: prot is no flag, is it port?");
  EXPECT_EQ(wrong("engine-of: x\n"), "--config: engine-of is no flag");
  EXPECT_TRUE(wrong("[1, 2]\n")
                  .ends_with("needs lines such as max-num-seqs: "
                             "32"));
  EXPECT_NE(wrong("port: {a: 1}\n").find("port: needs a word"),
            std::string::npos);
  EXPECT_NE(wrong("port: [\n"), "(none)");
  EXPECT_NE(wrong("max-num-seqs: 1\nmax_num_seqs: 2\n").find("twice"),
            std::string::npos);
  EXPECT_EQ(wrong(""), "(none)");
  EXPECT_FALSE(gather({"--config", "/no/such/file"}));
  EXPECT_FALSE(gather({"m.g4", "--config"}));
}

} // namespace
} // namespace g4rt
