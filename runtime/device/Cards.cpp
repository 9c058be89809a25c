//===- Cards.cpp - GPUs whose figures are known ---------------------------===//

#include "runtime/device/Cards.h"

#include "runtime/base/Json.h"
#include "runtime/device/CardsJson.h"
#include "runtime/device/cuda/Gpu.h"

#include <algorithm>
#include <cctype>
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

/// Those that only the timing model needs: none, or all of them.
static Status readFigures(const json::object &object, Card &card) {
  if (!object.contains("units"))
    return Status();
  G4RT_ASSIGN(card.units, positiveOf(object, card.name, "units"));
  G4RT_ASSIGN(double megahertz, positiveOf(object, card.name, "clock_mhz"));
  G4RT_ASSIGN(double mebibytes, positiveOf(object, card.name, "l2_mib"));
  G4RT_ASSIGN(double teraflops, positiveOf(object, card.name, "bf16_tflops"));
  card.clock = megahertz * 1e6;
  card.cacheBytes = static_cast<uint64_t>(mebibytes * (uint64_t{1} << 20));
  card.matrixProducts = teraflops * 1e12 / 2;
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
  G4RT_TRY(readFigures(*object, card));
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

//===----------------------------------------------------------------------===//
// By name
//===----------------------------------------------------------------------===//

/// "NVIDIA GeForce RTX 4090" as "rtx4090".
static std::string plainName(std::string_view name) {
  std::string plain;
  for (char c : name)
    if (std::isalnum(static_cast<unsigned char>(c)))
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (std::string_view word :
       {"nvidia", "geforce", "amd", "instinct", "radeon"})
    if (size_t at = plain.find(word); at != plain.npos)
      plain.erase(at, word.size());
  return plain;
}

/// How many pairs of neighbouring letters two names share.
static size_t likeness(const std::string &a, const std::string &b) {
  size_t shared = 0;
  for (size_t i = 0; i + 1 < a.size(); ++i)
    shared += b.find(a.substr(i, 2)) != b.npos;
  return shared;
}

/// Which cards of the list it may be; all where nothing is like it.
static std::string namesLike(const std::string &plain,
                             const std::vector<Card> &cards) {
  size_t most = 0;
  std::string names;
  for (const Card &card : cards)
    most = std::max(most, likeness(plain, plainName(card.name)));
  for (const Card &card : cards)
    if (likeness(plain, plainName(card.name)) == most)
      names += (names.empty() ? "" : ", ") + card.name;
  return names;
}

Result<Card> findCard(std::string_view name) {
  std::string plain = plainName(name);
  std::vector<Card> cards = knownCards();
  for (const Card &card : cards)
    if (plainName(card.name) == plain)
      return card;
  return Status(StatusCode::NotFound,
                "no GPU \"" + std::string(name) +
                    "\" is known; like it are: " + namesLike(plain, cards));
}

} // namespace g4rt
