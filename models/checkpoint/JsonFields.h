//===- JsonFields.h - Fields of a JSON file, or what is wrong ---*- C++ -*-===//
//
// For readers of a checkpoint's JSON files. A missing field is null. Every
// failure is InvalidArgument. `Fields` reads a flat list of fields and keeps
// the first failure; the functions are for files whose fields depend on each
// other, so that a reader stops at the first.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_JSONFIELDS_H
#define G4_MODELS_CHECKPOINT_JSONFIELDS_H

#include "runtime/base/Json.h"
#include "runtime/base/Status.h"

#include <string>
#include <string_view>
#include <vector>

namespace g4::json_fields {

namespace json = g4rt::json;

/// The failure `field: what`.
g4rt::Status wrong(const std::string &field, const std::string &what);

/// `value` as JSON for a message: one line of at most 60 bytes.
std::string shown(const json::value &value);
/// The same for a string.
std::string shownString(std::string_view text);

/// The field `key`, null if there is none.
const json::value &get(const json::object &object, const char *key);

bool isString(const json::value &value, std::string_view text);

/// `value`, named `path`, as an object.
g4rt::Result<const json::object *> needObject(const json::value &value,
                                              const std::string &path);
/// Success if the field is the string `needed`.
g4rt::Status needString(const json::object &object, const std::string &path,
                        const char *key, const char *needed);
/// The field as a truth value; false if there is none.
g4rt::Result<bool> readBool(const json::object &object, const std::string &path,
                            const char *key);
/// Success if the field is false or missing.
g4rt::Status needFalse(const json::object &object, const std::string &path,
                       const char *key);

/// Reads the fields of one object and keeps the first failure, so that a reader
/// can list them without a test after each. A field of null counts as absent. A
/// failure reads `text_config.hidden_size must be .., got ..`, and the field
/// then has a value that is safe to compute with. Borrows the object.
class Fields {
public:
  /// `prefix` stands before a name in a failure: "rope_parameters.".
  explicit Fields(const json::object &object, std::string prefix = "")
      : object_(object), prefix_(std::move(prefix)) {}

  /// Null if the field is absent.
  const json::value *find(std::string_view name) const;
  /// Whether it is there, be it null.
  bool isStated(std::string_view name) const { return object_.contains(name); }
  const std::string &prefix() const { return prefix_; }

  /// A whole number in [low, high]. Without `otherwise` it must be there.
  int64_t integer(std::string_view name, int64_t low, int64_t high);
  int64_t integerOr(std::string_view name, int64_t otherwise, int64_t low,
                    int64_t high);
  double number(std::string_view name, double otherwise, double low,
                double high);
  bool boolean(std::string_view name, bool otherwise);
  std::string text(std::string_view name, std::string otherwise);
  /// Null if the field is absent.
  const json::object *object(std::string_view name);

  /// A token id below `vocabSize`; -1 if it is absent, or -1, which some tools
  /// write for "none".
  int32_t tokenId(std::string_view name, int64_t vocabSize);
  /// One token id or a list of them; none if the field is absent.
  std::vector<int32_t> tokenIds(std::string_view name, int64_t vocabSize);

  void fail(std::string_view name, const std::string &what);
  /// Takes over the failure of a part, if it has one.
  void adopt(const g4rt::Status &status);
  const g4rt::Status &status() const { return status_; }

private:
  int64_t inRange(std::string_view name, const json::value &value, int64_t low,
                  int64_t high);
  int32_t idOf(std::string_view name, const json::value &value,
               int64_t vocabSize);

  const json::object &object_;
  std::string prefix_;
  g4rt::Status status_;
};

} // namespace g4::json_fields

#endif // G4_MODELS_CHECKPOINT_JSONFIELDS_H
