#include "runtime/exec/PlanReport.h"

#include <gmock/gmock.h>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::ElementsAre;

class PlanReportTest : public testing::Test {
protected:
  PlanReport report(const ReportOptions &options) {
    bytes_ = model_.metadata();
    const auto &root = *artifact::GetSizePrefixedArtifact(bytes_.data());
    PlannedProgram planned{&root, root.variants()->Get(0)};
    auto plan =
        planMemory(root, planned.program(),
                   withDefaults(options.executor, planned.variant->device()));
    EXPECT_TRUE(plan) << plan.error().message();
    auto report = makeReport(planned, *plan, {&planned, 1}, options);
    EXPECT_TRUE(report) << report.error().message();
    return *std::move(report);
  }
  const CardFit &cardNamed(const PlanReport &report, const std::string &name) {
    for (const CardFit &fit : report.cards)
      if (fit.card.name == name)
        return fit;
    ADD_FAILURE() << "no " << name;
    return report.cards.at(0);
  }

  ToyModel model_;
  std::string bytes_;
  ReportOptions options_{.executor = {.maxSequences = 4,
                                      .maxModelLength = 40,
                                      .maxStepTokens = 16}};
};

TEST_F(PlanReportTest, TheTotalIsThePlanAndItsMargin) {
  options_.marginBytes = 1000;
  PlanReport made = report(options_);
  EXPECT_EQ(made.totalBytes(), neededBytes(made.plan) + 1000);
  EXPECT_TRUE(made.fits());
  options_.limitBytes = made.totalBytes();
  EXPECT_TRUE(report(options_).fits());
  *options_.limitBytes -= 1;
  EXPECT_FALSE(report(options_).fits());
}

TEST_F(PlanReportTest, CachesThatAreAlikeAreOneClass) {
  auto again = std::make_unique<artifact::CacheT>(*model_.program().caches[0]);
  again->name = "again";
  model_.program().caches.push_back(std::move(again));
  PlanReport made = report(options_);
  ASSERT_EQ(made.caches.size(), 2u);
  EXPECT_EQ(made.caches[0].name, "full");
  EXPECT_EQ(made.caches[0].numLayers, 2);
  EXPECT_EQ(made.caches[0].bytesPerPosition, 16u);
  EXPECT_EQ(made.caches[0].bytes, 2u * 40 * 4 * 8); // 40 pages of 4 positions
  EXPECT_EQ(made.caches[1].name, "sliding");
  EXPECT_EQ(made.caches[0].bytes + made.caches[1].bytes,
            made.plan.totalCacheBytes());
}

TEST_F(PlanReportTest, TheTableIsWhatThePlannerSaysOfEachCell) {
  model_.tables.model->max_positions = 5000;
  PlanReport made = report(options_);
  EXPECT_THAT(made.tableContexts, ElementsAre(1024, 4096, 5000));
  for (size_t i = 0; i < made.tableSessions.size(); ++i)
    for (size_t j = 0; j < made.tableContexts.size(); ++j) {
      ExecutorOptions cell = options_.executor;
      cell.maxSequences = made.tableSessions[i];
      cell.maxModelLength = made.tableContexts[j];
      const auto &root = *artifact::GetSizePrefixedArtifact(bytes_.data());
      auto plan = planMemory(root, *root.variants()->Get(0)->program(), cell);
      ASSERT_TRUE(plan);
      EXPECT_EQ(made.table[i][j], neededBytes(*plan));
    }
}

TEST_F(PlanReportTest, OnlyCardsThatTheCodeRunsOnAreListed) {
  EXPECT_TRUE(report(options_).cards.empty());
  model_.variant().device = artifact::DeviceKind::cuda;
  model_.variant().features = {"sm_90"};
  PlanReport made = report(options_);
  ASSERT_FALSE(made.cards.empty());
  for (const CardFit &fit : made.cards)
    EXPECT_EQ(fit.card.major, 9) << fit.card.name;
}

TEST_F(PlanReportTest, ACardHasAsManySessionsAsFitAndABoundFromItsBandwidth) {
  model_.variant().device = artifact::DeviceKind::cuda;
  model_.variant().features = {"sm_80"};
  // Keys and values of 1 GiB for each full-length session.
  artifact::CacheT &cache = *model_.program().caches[0];
  cache.num_kv_heads = 1024;
  cache.head_dim = 1024;
  options_.executor.maxModelLength = 128;
  options_.executor.maxSequences = 64;
  PlanReport made = report(options_);
  const CardFit &fit = cardNamed(made, "RTX 4090"); // 0.9 of 24 GiB
  EXPECT_EQ(fit.sessions, 21);
  // A row of 4 bytes a session is all that a step reads without context.
  EXPECT_DOUBLE_EQ(fit.oneSession, 1008e9 / 4);
  options_.executor.maxModelLength = 4096; // 32 GiB
  PlanReport longer = report(options_);
  EXPECT_EQ(cardNamed(longer, "RTX 4090").sessions, 0);
  EXPECT_EQ(cardNamed(longer, "RTX 4090").oneSession, 0);
  EXPECT_EQ(cardNamed(longer, "A100 80 GB SXM").sessions, 2);
}

} // namespace
} // namespace g4rt
