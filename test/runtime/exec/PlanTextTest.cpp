#include "runtime/exec/PlanText.h"

#include <gmock/gmock.h>

namespace g4rt {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A plan of 16 GiB weights on a GPU, with one card that it fits and one that
/// it does not.
PlanReport sample() {
  PlanReport report{.model = "m", .target = "sm89"};
  report.device = artifact::DeviceKind::cuda;
  report.maxModelLength = 4096;
  report.plan.limits.numSlots = 8;
  report.plan.limits.pageSize = 32;
  report.plan.limits.numPages = 1024;
  report.plan.windowPages = 41;
  report.plan.weightBytes = uint64_t{16} << 30;
  report.caches = {{.name = "sliding",
                    .format = "bf16",
                    .numLayers = 25,
                    .window = 1024,
                    .bytesPerPosition = 204800,
                    .bytes = uint64_t{1} << 30}};
  report.marginBytes = uint64_t{1} << 30;
  report.limitBytes = uint64_t{20} << 30;
  report.steps = {{.sessions = 1, .empty = 2e9, .full = 3e9}};
  report.tableSessions = {1};
  report.tableContexts = {1024, 5000};
  report.table = {{uint64_t{18} << 30, uint64_t{21} << 30}};
  Card fits{.name = "A", .memoryBytes = uint64_t{24} << 30, .bandwidth = 1e12};
  Card small{.name = "B", .memoryBytes = uint64_t{8} << 30, .bandwidth = 5e11};
  report.cards = {
      {.card = fits,
       .target = "sm89",
       .sessions = 6,
       .oneSession = 408,
       .allSessions = 1200},
      {.card = small, .target = "sm89", .neededBytes = uint64_t{17} << 30}};
  return report;
}

TEST(PlanTextTest, SaysEachPartAndWhetherItFits) {
  EXPECT_THAT(
      planText(sample()),
      AllOf(HasSubstr("m for sm89: 8 sessions of 4096 tokens\n"),
            HasSubstr("weights            16.0 GiB"),
            HasSubstr("KV, sliding         1.0 GiB  25 layers, bf16, 204800 "
                      "bytes a token: a ring of 1312 for each session"),
            HasSubstr("margin              1.0 GiB"),
            HasSubstr("total              17.0 GiB  fits into 20.0 GiB")));
}

TEST(PlanTextTest, MarksWhatIsTooMuch) {
  std::string text = planText(sample());
  EXPECT_THAT(text, HasSubstr("          1k        5000\n"
                              "       1    18.0 GiB   21.0 GiB!\n"));
  PlanReport report = sample();
  report.limitBytes = uint64_t{10} << 30;
  EXPECT_THAT(planText(report), HasSubstr("DOES NOT FIT into 10.0 GiB"));
  report.limitBytes.reset();
  EXPECT_THAT(planText(report), Not(HasSubstr("!")));
}

TEST(PlanTextTest, ACardSaysItsBoundOrWhatOneSessionNeeds) {
  EXPECT_THAT(planText(sample()),
              AllOf(HasSubstr("sm89    24.0 GiB      1000         6       408 "
                              "     1200\n"),
                    HasSubstr("does not fit: one session needs 17.0 GiB\n")));
  PlanReport report = sample();
  report.cards.clear();
  EXPECT_THAT(planText(report), HasSubstr("no code for a GPU here"));
}

TEST(PlanTextTest, ProgramsGetTheSameNumbersAsBytes) {
  json::object plan = planJson(sample());
  const json::object &bytes = plan["bytes"].as_object();
  EXPECT_EQ(bytes.at("weights").to_number<uint64_t>(), uint64_t{16} << 30);
  EXPECT_EQ(bytes.at("total").to_number<uint64_t>(), uint64_t{17} << 30);
  EXPECT_EQ(bytes.at("limit").to_number<uint64_t>(), uint64_t{20} << 30);
  EXPECT_TRUE(plan["fits"].as_bool());
  EXPECT_EQ(plan["table"].as_array().size(), 2u);
  const json::object &card = plan["cards"].as_array()[1].as_object();
  EXPECT_FALSE(card.at("fits").as_bool());
  EXPECT_EQ(card.at("bytes_of_one_session").to_number<uint64_t>(),
            uint64_t{17} << 30);
  PlanReport report = sample();
  report.limitBytes.reset();
  EXPECT_TRUE(planJson(report)["bytes"].as_object()["limit"].is_null());
}

} // namespace
} // namespace g4rt
