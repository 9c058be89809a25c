//===- JsonFields.h - Fields of a JSON file, or what is wrong ---*- C++ -*-===//
//
// For readers of a checkpoint's JSON files. Every failure is InvalidArgument
// and reads `path.key: what it holds, needs what`. A missing field is null.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_JSONFIELDS_H
#define G4_MODELS_CHECKPOINT_JSONFIELDS_H

#include "runtime/base/Json.h"
#include "runtime/base/Status.h"

#include <string>
#include <string_view>

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

} // namespace g4::json_fields

#endif // G4_MODELS_CHECKPOINT_JSONFIELDS_H
