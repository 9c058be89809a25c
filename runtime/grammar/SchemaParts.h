//===- SchemaParts.h - Schemas that hold together ---------------*- C++ -*-===//
//
// A value must obey a schema, what its $ref leads to and all of its allOf at
// once. Such a conjunction is a list of fragments, each a schema without these;
// SchemaGrammar asks it what it says of each kind of value.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_GRAMMAR_SCHEMAPARTS_H
#define G4_RUNTIME_GRAMMAR_SCHEMAPARTS_H

#include "runtime/base/Status.h"
#include "runtime/text/conversation/Value.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// A schema and where it stands. Borrows it.
struct SchemaFragment {
  const Value *schema = nullptr;
  std::string path = {};
  /// A branch of it was chosen and stands beside it.
  bool isAnyOfDone = false;
  bool isOneOfDone = false;

  /// A keyword's value, null if it is missing.
  const Value *find(std::string_view keyword) const;
  std::string at(std::string_view keyword) const {
    return path + (path.empty() ? "" : ".") + std::string(keyword);
  }
};

using Conjunction = std::vector<SchemaFragment>;

/// `path: what`.
Status schemaWrong(const std::string &path, std::string_view what);
Status schemaUnsupported(const std::string &path, std::string_view what);

/// Bits of the kinds of value.
enum TypeBit : uint32_t {
  kNull = 1,
  kBoolean = 2,
  kInteger = 4, // and no other number
  kNumber = 8,
  kString = 16,
  kArray = 32,
  kObject = 64,
  kAllTypes = kNull | kBoolean | kNumber | kString | kArray | kObject
};

/// Resolves and splits schemas of one document. Borrows it.
class SchemaParts {
public:
  explicit SchemaParts(const Value &root);

  /// `schema` and all that holds with it. Errors: InvalidArgument for what is
  /// no schema, Unimplemented for keywords that are refused.
  Result<Conjunction> flatten(const Value &schema, const std::string &path);
  /// The same of several that hold together.
  Result<Conjunction> flatten(const Conjunction &fragments);

private:
  Status add(const SchemaFragment &fragment, Conjunction &out);
  Status checkKeywords(const SchemaFragment &fragment) const;
  Result<const Value *> resolve(const std::string &reference,
                                const std::string &path) const;

  const Value &root_;
  bool isOlderDraft_; // 7 or before
};

/// Whether it is the schema `false`, which nothing obeys.
bool isNever(const Conjunction &schema);
/// The types that all fragments allow.
Result<uint32_t> typesOf(const Conjunction &schema);
/// The values of enum and const that are in all of them; none if there are no
/// such keywords.
std::optional<std::vector<const Value *>> choicesOf(const Conjunction &schema);
/// Which type a value has: kInteger for a whole number.
TypeBit typeOf(const Value &value);
/// Whether a value of type `type` is among `types`.
bool isAmong(TypeBit type, uint32_t types);
/// A text that equal values share, and no others.
std::string canonical(const Value &value);
/// Those texts of several values.
std::set<std::string> canonical(const std::vector<const Value *> &values);

/// The first fragment that has `keyword`, null if none has.
const SchemaFragment *holderOf(const Conjunction &schema,
                               std::string_view keyword);
/// The largest (or smallest) whole number of a keyword, from 0 to `limit`.
/// Errors: InvalidArgument; Unimplemented above the limit.
Result<std::optional<int64_t>> countOf(const Conjunction &schema,
                                       std::string_view keyword, int64_t limit);

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_SCHEMAPARTS_H
