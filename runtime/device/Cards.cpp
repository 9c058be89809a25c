//===- Cards.cpp - GPUs whose figures are known ---------------------------===//

#include "runtime/device/Cards.h"

#include "runtime/base/Json.h"
#include "runtime/device/CardsJson.h"
#include "runtime/device/cuda/Gpu.h"

#include <algorithm>
#include <charconv>

namespace g4rt {

std::string Card::target() const {
  return gfx.empty() ? cuda::gpuTarget(major, minor) : gfx;
}

bool Card::runs(const artifact::Variant &variant) const {
  const auto &features = *variant.features();
  auto kind =
      gfx.empty() ? artifact::DeviceKind::cuda : artifact::DeviceKind::hip;
  return variant.device() == kind &&
         std::all_of(features.begin(), features.end(), [&](const auto *name) {
           return gfx.empty()
                      ? cuda::gpuHasFeature(name->string_view(), major, minor)
                      : name->string_view() == gfx;
         });
}

static Status wrong(const std::string &card, const std::string &what) {
  return Status(StatusCode::InvalidArgument, "card " + card + ": " + what);
}

static Result<std::string> textOf(const json::object &card,
                                  const std::string &name, const char *key) {
  const json::value *value = card.if_contains(key);
  if (!value || !value->is_string() || value->get_string().empty())
    return wrong(name, std::string(key) + " needs a text");
  return std::string(value->get_string());
}

static Result<double> positiveOf(const json::object &card,
                                 const std::string &name, const char *key) {
  const json::value *value = card.if_contains(key);
  double number = 0;
  if (value && value->is_number())
    number = value->to_number<double>();
  if (!(number > 0 && number < 1e9))
    return wrong(name, std::string(key) + " needs a number above 0");
  return number;
}

/// "8.9" as 8 and 9.
static Status readCapability(const std::string &text, Card &card) {
  const char *end = text.data() + text.size();
  auto [dot, error] = std::from_chars(text.data(), end, card.major);
  bool hasDot = error == std::errc() && dot != end && *dot == '.';
  if (hasDot) {
    auto [rest, minorError] = std::from_chars(dot + 1, end, card.minor);
    if (minorError == std::errc() && rest == end)
      return Status();
  }
  return wrong(card.name,
               "compute_capability needs a text such as 8.9, is " + text);
}

/// Which code the card runs, by the maker's name for its architecture.
static Status readArchitecture(const json::object &object, Card &card) {
  if (!object.contains("gfx")) {
    G4RT_ASSIGN(std::string capability,
                textOf(object, card.name, "compute_capability"));
    return readCapability(capability, card);
  }
  if (object.contains("compute_capability"))
    return wrong(card.name, "has gfx and compute_capability, needs one");
  G4RT_ASSIGN(card.gfx, textOf(object, card.name, "gfx"));
  if (!card.gfx.starts_with("gfx"))
    return wrong(card.name, "gfx needs a text such as gfx942, is " + card.gfx);
  return Status();
}

static Result<Card> readCard(const json::value &value, size_t number) {
  std::string name = std::to_string(number);
  const json::object *object = value.if_object();
  if (!object)
    return wrong(name, "needs an object");
  Card card;
  G4RT_ASSIGN(card.name, textOf(*object, name, "name"));
  G4RT_ASSIGN(card.source, textOf(*object, card.name, "source"));
  G4RT_TRY(readArchitecture(*object, card));
  G4RT_ASSIGN(double gib, positiveOf(*object, card.name, "memory_gib"));
  card.memoryBytes = static_cast<uint64_t>(gib * (uint64_t{1} << 30));
  G4RT_ASSIGN(double gigabytes,
              positiveOf(*object, card.name, "bandwidth_gb_s"));
  card.bandwidth = gigabytes * 1e9;
  return card;
}

Result<std::vector<Card>> readCards(std::string_view text) {
  G4RT_ASSIGN(json::value root, parseJson(text));
  const json::object *object = root.if_object();
  const json::value *list = object ? object->if_contains("cards") : nullptr;
  if (!list || !list->is_array())
    return Status(StatusCode::InvalidArgument, "cards: needs a list");
  std::vector<Card> cards;
  for (const json::value &value : list->get_array()) {
    G4RT_ASSIGN(Card card, readCard(value, cards.size()));
    cards.push_back(std::move(card));
  }
  return cards;
}

std::vector<Card> knownCards() {
  // A test reads the same text: what is wrong with it is found there.
  auto cards = readCards(kCardsJson);
  return cards ? *std::move(cards) : std::vector<Card>();
}

} // namespace g4rt
