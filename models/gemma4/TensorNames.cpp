//===- TensorNames.cpp - Finding a model's tensors in a checkpoint --------===//

#include "models/gemma4/TensorNames.h"

namespace g4::gemma4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

std::vector<std::string> namesEndingIn(const Checkpoint &checkpoint,
                                       const std::string &last) {
  std::vector<std::string> names = checkpoint.names();
  std::erase_if(names, [&](const std::string &name) {
    return name != last && !name.ends_with("." + last);
  });
  return names;
}

/// "model.language_model.embed_tokens.weight (nor model.embed_tokens.weight)".
static std::string namesTried(const std::string &last,
                              std::span<const char *const> prefixes) {
  std::string others;
  for (const char *prefix : prefixes.subspan(1))
    others += (others.empty() ? " (nor " : ", ") + (prefix + last);
  return prefixes[0] + last + (others.empty() ? "" : others + ")");
}

Result<std::string> findPrefix(const Checkpoint &checkpoint,
                               const std::string &last,
                               std::span<const char *const> prefixes) {
  for (const char *prefix : prefixes)
    if (checkpoint.find(prefix + last))
      return std::string(prefix);
  std::vector<std::string> names = namesEndingIn(checkpoint, last);
  if (names.size() == 1)
    return names[0].substr(0, names[0].size() - last.size());
  std::string message =
      checkpoint.folder() + ": no tensor " + namesTried(last, prefixes);
  if (names.size() > 1)
    message += ", but both " + names[0] + " and " + names[1];
  return Status(StatusCode::InvalidArgument, message);
}

static bool hasShape(const RowSource &tensor,
                     const std::vector<int64_t> &shape) {
  bool isScalar = tensor.shape().empty() && shape == std::vector<int64_t>{1};
  return isScalar || tensor.shape() == shape;
}

static Status checkTensor(const RowSource &tensor,
                          const std::vector<int64_t> &shape) {
  std::string what = "tensor " + tensor.name();
  if (!tensor.isReadable())
    return Status(StatusCode::InvalidArgument,
                  what + ": dtype " + tensor.typeName() +
                      ", needed F32, BF16, F16 or a type of docs/import.md");
  if (!hasShape(tensor, shape))
    return Status(StatusCode::InvalidArgument,
                  what + ": shape " + shapeText(tensor.shape()) + ", needed " +
                      shapeText(shape));
  return Status();
}

Status needTensor(const Checkpoint &checkpoint, const std::string &name,
                  const std::vector<int64_t> &shape) {
  const RowSource *tensor = checkpoint.find(name);
  if (!tensor)
    return Status(StatusCode::InvalidArgument,
                  checkpoint.folder() + ": tensor " +
                      checkpoint.nameInFile(name) + " is missing; " +
                      shapeText(shape) + " is needed");
  Status status = checkTensor(*tensor, shape);
  return status.ok() ? status : std::move(status).during(checkpoint.folder());
}

} // namespace g4::gemma4
