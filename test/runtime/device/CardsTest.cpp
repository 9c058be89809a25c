#include "runtime/device/Cards.h"

#include "runtime/device/CardsJson.h"

#include <gmock/gmock.h>

#include <set>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::HasSubstr;

std::string complaint(std::string_view text) {
  auto cards = readCards(text);
  return cards ? "" : cards.error().message();
}

/// A list of one card with `keys` in place of, or beside, right ones.
std::string oneCard(const std::string &keys) {
  return R"({"cards": [{"name": "A", "compute_capability": "8.9",
             "memory_gib": 24, "bandwidth_gb_s": 1008, "source": "s", )" +
         keys + "}]}";
}

TEST(CardsTest, TheFileIsRightAndNamesEachCardOnce) {
  auto cards = readCards(kCardsJson);
  ASSERT_TRUE(cards) << cards.error().message();
  EXPECT_EQ(cards->size(), knownCards().size());
  EXPECT_GE(cards->size(), 15u);
  std::set<std::string> names;
  for (const Card &card : *cards) {
    EXPECT_TRUE(names.insert(card.name).second) << card.name;
    EXPECT_THAT(card.source, HasSubstr("https://")) << card.name;
    EXPECT_NE(card.target(), "") << card.name;
  }
}

TEST(CardsTest, FiguresHaveTheirUnits) {
  auto cards = readCards(oneCard(R"("sms": 128)"));
  ASSERT_TRUE(cards) << cards.error().message();
  const Card &card = cards->front();
  EXPECT_EQ(card.memoryBytes, uint64_t{24} << 30);
  EXPECT_EQ(card.bandwidth, 1008e9);
  EXPECT_EQ(card.target(), "sm89");
}

TEST(CardsTest, ACardRunsTheCodeOfItsCapability) {
  auto cards = readCards(oneCard(R"("compute_capability": "8.6")"));
  ASSERT_TRUE(cards);
  auto runs = [&](const char *feature, artifact::DeviceKind kind) {
    ToyModel model;
    model.variant().device = kind;
    model.variant().features = {feature};
    std::string bytes = model.metadata();
    return cards->front().runs(
        *artifact::GetSizePrefixedArtifact(bytes.data())->variants()->Get(0));
  };
  EXPECT_TRUE(runs("sm_80", artifact::DeviceKind::cuda));
  EXPECT_TRUE(runs("compute_80", artifact::DeviceKind::cuda));
  EXPECT_FALSE(runs("sm_89", artifact::DeviceKind::cuda));
  EXPECT_FALSE(runs("sm_80", artifact::DeviceKind::cpu));
  EXPECT_FALSE(runs("avx2", artifact::DeviceKind::cuda));
}

TEST(CardsTest, AnAmdCardRunsTheCodeOfItsChip) {
  auto cards = readCards(R"({"cards": [{"name": "A", "gfx": "gfx942",
      "memory_gib": 192, "bandwidth_gb_s": 5300, "source": "s"}]})");
  ASSERT_TRUE(cards) << cards.error().message();
  EXPECT_EQ(cards->front().target(), "gfx942");
  auto runs = [&](const char *feature, artifact::DeviceKind kind) {
    ToyModel model;
    model.variant().device = kind;
    model.variant().features = {feature};
    std::string bytes = model.metadata();
    return cards->front().runs(
        *artifact::GetSizePrefixedArtifact(bytes.data())->variants()->Get(0));
  };
  EXPECT_TRUE(runs("gfx942", artifact::DeviceKind::hip));
  EXPECT_FALSE(runs("gfx950", artifact::DeviceKind::hip));
  EXPECT_FALSE(runs("gfx942", artifact::DeviceKind::cuda));
  EXPECT_FALSE(runs("sm_80", artifact::DeviceKind::cuda));
}

TEST(CardsTest, AWrongFactIsNamedWithItsCard) {
  EXPECT_EQ(complaint(oneCard(R"("gfx": "gfx942")")),
            "card A: has gfx and compute_capability, needs one");
  EXPECT_THAT(complaint(R"({"cards": [{"name": "A", "gfx": "sm_80",
                  "memory_gib": 1, "bandwidth_gb_s": 1, "source": "s"}]})"),
              HasSubstr("card A: gfx needs a text such as gfx942, is sm_80"));
  EXPECT_THAT(complaint("{"), HasSubstr("byte"));
  EXPECT_EQ(complaint("{}"), "cards: needs a list");
  EXPECT_EQ(complaint(R"({"cards": [1]})"), "card 0: needs an object");
  EXPECT_EQ(complaint(R"({"cards": [{"source": "s"}]})"),
            "card 0: name needs a text");
  EXPECT_EQ(complaint(oneCard(R"("memory_gib": 0)")),
            "card A: memory_gib needs a number above 0");
  EXPECT_EQ(complaint(oneCard(R"("bandwidth_gb_s": "1")")),
            "card A: bandwidth_gb_s needs a number above 0");
  for (const char *text : {"8", "8.", ".9", "8.9a", "x"})
    EXPECT_THAT(complaint(oneCard(R"("compute_capability": ")" +
                                  std::string(text) + "\"")),
                HasSubstr("card A: compute_capability needs a text"))
        << text;
}

} // namespace
} // namespace g4rt
