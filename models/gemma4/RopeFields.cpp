//===- RopeFields.cpp - Rope in a Gemma 4 config.json ---------------------===//

#include "models/gemma4/RopeFields.h"

namespace g4::gemma4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
using json_fields::Fields;
namespace json = g4rt::json;

namespace {

/// One kind of layers: what its fields are called and what holds where nothing
/// is said of it.
struct Kind {
  const char *name;      // in rope_parameters
  const char *thetaName; // beside rope_parameters, as Gemma 3 has it
  double theta;
  /// As transformers takes it where rope_parameters is absent.
  const char *type;
  double partialRotaryFactor;
  bool isFull;
};

constexpr Kind kSliding = {.name = "sliding_attention",
                           .thetaName = "rope_local_base_freq",
                           .theta = 1e4,
                           .type = "default",
                           .partialRotaryFactor = 1,
                           .isFull = false};
constexpr Kind kFull = {.name = "full_attention",
                        .thetaName = "rope_theta",
                        .theta = 1e6,
                        .type = "proportional",
                        .partialRotaryFactor = 0.25,
                        .isFull = true};

/// The entry of a kind, and its path for people; null where nothing is said.
struct Entry {
  const json::object *object = nullptr;
  std::string path;
};

} // namespace

/// rope_parameters under its name or under the older one.
static Result<Entry> findParameters(Fields &fields) {
  const json::object *older = fields.object("rope_scaling");
  const json::object *newer = fields.object("rope_parameters");
  G4RT_TRY(fields.status());
  if (newer && older && *newer != *older)
    return Status(StatusCode::InvalidArgument,
                  fields.prefix() + "rope_parameters and its older name " +
                      "rope_scaling must say the same");
  if (newer)
    return Entry{newer, fields.prefix() + "rope_parameters"};
  return Entry{older, fields.prefix() + (older ? "rope_scaling" : "")};
}

static Result<Entry> findEntry(const Entry &parameters, const Kind &kind) {
  if (!parameters.object)
    return Entry();
  Fields fields(*parameters.object, parameters.path + ".");
  const json::object *entry = fields.object(kind.name);
  bool isNested = fields.object(kSliding.name) || fields.object(kFull.name);
  G4RT_TRY(fields.status());
  if (entry)
    return Entry{entry, fields.prefix() + kind.name};
  bool isFlat = !isNested && !parameters.object->empty();
  if (isFlat && kind.isFull)
    return parameters;
  return Entry();
}

static Status readType(Fields &entry, const Entry &at, const Kind &kind,
                       int64_t headDim, TextConfig &config, RopeConfig &rope) {
  std::string type =
      at.object ? entry.text("rope_type", entry.text("type", "default"))
                : kind.type;
  double partial = entry.number("partial_rotary_factor",
                                at.object ? 1 : kind.partialRotaryFactor, 0, 1);
  rope.factor = entry.number("factor", 1, 1e-3, 1e6);
  G4RT_TRY(entry.status());
  rope.numRotatedPairs = headDim / 2;
  if (type == "proportional") {
    // The first pairs rotate, with the exponents of the whole head.
    rope.numRotatedPairs =
        static_cast<int64_t>(partial * static_cast<double>(headDim)) / 2;
    return Status();
  }
  if (type == "linear" && partial == 1)
    return Status();
  if (type != "default")
    return Status(StatusCode::Unimplemented,
                  at.path + ".rope_type: default, proportional and linear " +
                      "(of whole heads) are known, got \"" + type + "\"");
  if (rope.factor != 1)
    config.warnings.push_back(at.path + ".factor is ignored, as transformers "
                                        "does: rope_type \"default\" has none");
  rope.factor = 1;
  return Status();
}

static Status readKind(Fields &fields, const Entry &parameters,
                       const Kind &kind, int64_t headDim, TextConfig &config) {
  static const json::object kNothing;
  G4RT_ASSIGN(Entry at, findEntry(parameters, kind));
  Fields entry(at.object ? *at.object : kNothing, at.path + ".");
  RopeConfig &rope = kind.isFull ? config.fullRope : config.slidingRope;
  G4RT_TRY(readType(entry, at, kind, headDim, config, rope));
  double beside = fields.number(kind.thetaName, kind.theta, 1, 1e12);
  G4RT_TRY(fields.status());
  rope.theta = entry.number("rope_theta", beside, 1, 1e12);
  G4RT_TRY(entry.status());
  std::string origin = at.object ? at.path : "nothing said: the family's own";
  if (!entry.find("rope_theta") && fields.find(kind.thetaName))
    origin += ", " + fields.prefix() + kind.thetaName;
  config.origins.push_back(
      {kind.isFull ? "rope of full layers" : "rope of sliding layers", origin});
  return Status();
}

Status readRope(Fields &fields, int64_t headDim, int64_t globalHeadDim,
                TextConfig &config) {
  G4RT_ASSIGN(Entry parameters, findParameters(fields));
  G4RT_TRY(readKind(fields, parameters, kSliding, headDim, config));
  return readKind(fields, parameters, kFull, globalHeadDim, config);
}

} // namespace g4::gemma4
