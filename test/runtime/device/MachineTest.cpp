#include "runtime/device/Machine.h"

#include "runtime/device/CardsJson.h"

#include <gmock/gmock.h>

namespace g4rt {
namespace {

using testing::HasSubstr;

TEST(MachineTest, EveryKnownCardIsOne) {
  for (const Card &card : knownCards()) {
    auto machine = machineOf(card);
    ASSERT_TRUE(machine) << card.name << ": " << machine.error().message();
    EXPECT_LT(machine->readBandwidth, card.bandwidth) << card.name;
    EXPECT_GT(machine->readBandwidth, card.bandwidth / 2) << card.name;
    EXPECT_GE(machine->memoryLatency, machine->cacheLatency) << card.name;
    // From 128 multiply-adds of a unit in a clock up.
    EXPECT_GE(machine->matrixRate, 128) << card.name;
    EXPECT_LE(machine->matrixRate, 4096) << card.name;
    EXPECT_THAT(machine->source, HasSubstr("https://")) << card.name;
  }
}

TEST(MachineTest, RatesAreThoseOfOneUnitInOneClock) {
  auto card = findCard("RTX 4090");
  ASSERT_TRUE(card);
  auto machine = machineOf(*card);
  ASSERT_TRUE(machine);
  EXPECT_EQ(machine->units, 128);
  EXPECT_EQ(machine->sharedBytes, 100 * 1024);
  EXPECT_NEAR(machine->matrixRate, 256, 1); // 165.2 TFLOPS
  EXPECT_NEAR(machine->launchSeconds, 1.3e-6, 1e-12);
}

TEST(MachineTest, OnAnArchitectureThatIsNotThereNothingIsGuessed) {
  auto card = findCard("MI300X");
  ASSERT_TRUE(card);
  auto machine = readMachine(*card, R"({"architectures": []})");
  ASSERT_FALSE(machine);
  EXPECT_EQ(machine.error().code(), StatusCode::NotFound);
  EXPECT_THAT(machine.error().message(), HasSubstr("architecture gfx942"));
  card->units = 0;
  machine = machineOf(*card);
  ASSERT_FALSE(machine);
  EXPECT_THAT(machine.error().message(), HasSubstr("card MI300X: its units"));
}

TEST(MachineTest, ANumberThatCannotBeIsNamed) {
  auto card = findCard("H200");
  ASSERT_TRUE(card);
  std::string text = kCardsJson;
  size_t at = text.find("\"schedulers\"", text.find("\"name\": \"9.0\""));
  text.replace(text.find(": ", at) + 2, 1, "0");
  auto machine = readMachine(*card, text);
  ASSERT_FALSE(machine);
  EXPECT_EQ(machine.error().message(),
            "architecture 9.0: schedulers is out of range");
}

TEST(FindCardTest, ANameIsTakenAsPeopleWriteIt) {
  for (const char *name :
       {"RTX 4090", "rtx4090", "NVIDIA GeForce RTX 4090", "RTX-4090"}) {
    auto card = findCard(name);
    ASSERT_TRUE(card) << name;
    EXPECT_EQ(card->name, "RTX 4090");
  }
  EXPECT_TRUE(findCard("AMD Instinct MI300X"));
}

TEST(FindCardTest, AnUnknownNameGetsThoseThatAreLikeIt) {
  auto message = [](const char *name) {
    auto card = findCard(name);
    return card ? "" : card.error().message();
  };
  EXPECT_EQ(message("RTX 4091"),
            "no GPU \"RTX 4091\" is known; like it are: RTX 4090");
  EXPECT_THAT(message("H100"), HasSubstr("H100 NVL, H100 SXM"));
  EXPECT_THAT(message(""), HasSubstr("B200, H200"));
}

} // namespace
} // namespace g4rt
